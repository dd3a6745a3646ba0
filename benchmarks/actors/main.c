/* The actor benchmark: Penstock, CAF and Erlang in one run. See ../README.md. */
#include "../matrix/goals.h"
#include "at_rest.h"
#include "check.h"
#include "facts.h"
#include "hot_receiver.h"
#include "json.h"
#include "limits.h"
#include "machine.h"
#include "repetition.h"
#include "rounds.h"
#include "savina.h"
#include "timing.h"

#include <signal.h>
#include <stdio.h>

int main(int count, char **words) {
    struct options options = options_read(count, words);
    int cpus = timing_init();
    signal(SIGPIPE, SIG_IGN); /* a child that has ended is a fault of its row */
    worker_counts_set(cpus);
    facts_print(cpus);
    if (!systems_open(options.check ? "penstock" : options.systems))
        return 1;
    if (options.check)
        return check_run(&options) ? 1 : 0;
    repetition_init();
    json_open(options.output);
    struct machine_load start = machine_load_now();

    int wrong = savina_run(&options);
    wrong += hot_receiver_run(&options);
    wrong += memory_run(&options);
    wrong += idle_run(&options);
    wrong += limits_run(&options);

    printf("\n");
    machine_print_load(stdout, &start, cpus);
    int missed = goals_print();
    json_close();
    if (wrong)
        printf("%d wrong results\n", wrong);
    return wrong ? 1 : options.strict && missed ? 2 : 0;
}
