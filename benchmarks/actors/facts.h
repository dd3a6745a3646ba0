#ifndef ACTORS_FACTS_H
#define ACTORS_FACTS_H

/* Prints what the machine is. */
void facts_print(int usable_cpus);

#endif
