/* One receiver with ever more senders: Penstock's rate must not fall far. */
#ifndef ACTORS_HOT_RECEIVER_H
#define ACTORS_HOT_RECEIVER_H

#include "options.h"

/* Returns how many results were wrong. */
int hot_receiver_run(const struct options *options);

#endif
