/* Many actors that have handled one message each and then wait. The harness looks at the process
 * from outside when it says "mark". */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>

enum { ITEM = FIRST_TYPE };
/* Messages are sent in groups, so that those under way take no memory to speak of. */
enum { GROUP = 1000 };

struct member {
    struct order order;
    uint64_t handled;
};

static pst_status member(pst_context *cx, void *state, const pst_message *message) {
    (void)cx;
    struct member *me = state;
    opened(&me->order, message);
    me->handled++;
    return PST_OK;
}

struct crowd {
    struct member *members;
    pst_actor *actors;
    uint64_t count;
};

static void gather(struct program *program, struct crowd *crowd, uint64_t count) {
    for (uint64_t end = crowd->count + count; crowd->count < end; crowd->count++) {
        pst_actor actor = spawn(program, member, &crowd->members[crowd->count]);
        crowd->actors[crowd->count] = actor;
        check("pst_actor_send",
              tell_from_host(program->engine, &program->host, actor, ITEM, NULL, 0));
        if ((crowd->count + 1) % GROUP == 0)
            await_rest(program);
    }
    await_rest(program);
}

static void mark(void) {
    puts("mark");
    fflush(stdout);
    getchar();
}

/* The actors' names have their memory before the first mark. The state of each actor is memory of
 * the program's, which counts like the actor's own. */
void crowd(struct program *program) {
    uint64_t all = program->size + GROUP;
    struct crowd crowd = {calloc(all, sizeof *crowd.members), reserve(all, sizeof *crowd.actors),
                          0};
    if (!crowd.members)
        fault("no memory for %llu members", (unsigned long long)all);
    gather(program, &crowd, GROUP);
    mark();
    gather(program, &crowd, program->size);
    mark();
    end_actors(program, crowd.actors, crowd.count);
    for (uint64_t i = 0; i < crowd.count; i++) {
        expect("messages of a member", crowd.members[i].handled, 1);
        order_end(&crowd.members[i].order);
    }
    program->operations = program->size;
    free(crowd.members);
    free(crowd.actors);
}
