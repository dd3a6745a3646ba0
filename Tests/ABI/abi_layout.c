/* The binary layout of the public structs and the values of the public enums on LP64, pinned. A
 * line here changes only together with PST_SOVERSION, or when an options struct grows at its end:
 * then its SIZE changes and new AT lines follow; those that are there stay. */
#include <penstock.h>

#include <stdio.h>
#include <string.h>

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "size of " #type)
#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field)
#define IS(name, value) _Static_assert((int)(name) == (value), #name)

_Static_assert(sizeof(void *) == 8 && sizeof(long) == 8, "this list is for LP64");

SIZE(pst_type, 56);
AT(pst_type, struct_size, 0);
AT(pst_type, size, 8);
AT(pst_type, alignment, 16);
AT(pst_type, name, 24);
AT(pst_type, destroy, 32);
AT(pst_type, copy, 40);
AT(pst_type, user, 48);

SIZE(pst_bytes, 32);
AT(pst_bytes, data, 0);
AT(pst_bytes, size, 8);
AT(pst_bytes, owner, 16);
AT(pst_bytes, release, 24);

SIZE(pst_engine_options, 72);
AT(pst_engine_options, struct_size, 0);
AT(pst_engine_options, topology, 8);
AT(pst_engine_options, executor, 16);
AT(pst_engine_options, workers, 24);
AT(pst_engine_options, reserve, 28);
AT(pst_engine_options, policy, 32);
AT(pst_engine_options, spin_ns, 40);
AT(pst_engine_options, trace_capacity, 48);
AT(pst_engine_options, actor_bytes, 56);
AT(pst_engine_options, watchdog_ns, 64);

SIZE(pst_engine_info, 48);
AT(pst_engine_info, struct_size, 0);
AT(pst_engine_info, processors, 8);
AT(pst_engine_info, allowed, 12);
AT(pst_engine_info, cores, 16);
AT(pst_engine_info, quota, 24);
AT(pst_engine_info, workers, 32);
AT(pst_engine_info, threads, 36);
AT(pst_engine_info, live, 40);
AT(pst_engine_info, simulated, 41);

SIZE(pst_stage, 8);
AT(pst_stage, id, 0);

SIZE(pst_stage_options, 128);
AT(pst_stage_options, struct_size, 0);
AT(pst_stage_options, replicas, 8);
AT(pst_stage_options, order, 12);
AT(pst_stage_options, key, 16);
AT(pst_stage_options, batch, 24);
AT(pst_stage_options, linger_ns, 32);
AT(pst_stage_options, max_outputs, 40);
AT(pst_stage_options, thread, 44);
AT(pst_stage_options, cost_ns, 48);
AT(pst_stage_options, on_failure, 56);
AT(pst_stage_options, retries, 60);
AT(pst_stage_options, backoff_ns, 64);
AT(pst_stage_options, capacity, 72);
AT(pst_stage_options, on, 80);
AT(pst_stage_options, near, 88);
AT(pst_stage_options, exclusive, 96);
AT(pst_stage_options, setup, 104);
AT(pst_stage_options, teardown, 112);
AT(pst_stage_options, finish, 120);

SIZE(pst_edge_options, 24);
AT(pst_edge_options, struct_size, 0);
AT(pst_edge_options, capacity, 8);
AT(pst_edge_options, fusion, 16);

SIZE(pst_stage_stats, 120);
AT(pst_stage_stats, struct_size, 0);
AT(pst_stage_stats, elements_in, 8);
AT(pst_stage_stats, elements_out, 16);
AT(pst_stage_stats, activations, 24);
AT(pst_stage_stats, busy_ns, 32);
AT(pst_stage_stats, starved_ns, 40);
AT(pst_stage_stats, blocked_ns, 48);
AT(pst_stage_stats, queue_length, 56);
AT(pst_stage_stats, queue_high_water, 64);
AT(pst_stage_stats, queue_capacity, 72);
AT(pst_stage_stats, failed, 80);
AT(pst_stage_stats, skipped, 88);
AT(pst_stage_stats, retried, 96);
AT(pst_stage_stats, dead_lettered, 104);
AT(pst_stage_stats, rate, 112);

SIZE(pst_gemm_args, 304);
AT(pst_gemm_args, struct_size, 0);
AT(pst_gemm_args, type, 8);
AT(pst_gemm_args, m, 16);
AT(pst_gemm_args, n, 24);
AT(pst_gemm_args, k, 32);
AT(pst_gemm_args, alpha, 40);
AT(pst_gemm_args, beta, 48);
AT(pst_gemm_args, a, 56);
AT(pst_gemm_args, a_row, 64);
AT(pst_gemm_args, a_col, 72);
AT(pst_gemm_args, b, 80);
AT(pst_gemm_args, b_row, 88);
AT(pst_gemm_args, b_col, 96);
AT(pst_gemm_args, packed_b, 104);
AT(pst_gemm_args, c, 112);
AT(pst_gemm_args, c_row, 120);
AT(pst_gemm_args, c_col, 128);
AT(pst_gemm_args, batch, 136);
AT(pst_gemm_args, a_batch, 144);
AT(pst_gemm_args, b_batch, 152);
AT(pst_gemm_args, c_batch, 160);
AT(pst_gemm_args, a_array, 168);
AT(pst_gemm_args, b_array, 176);
AT(pst_gemm_args, c_array, 184);
AT(pst_gemm_args, bias, 192);
AT(pst_gemm_args, bias_by_row, 200);
AT(pst_gemm_args, activation, 204);
AT(pst_gemm_args, low, 208);
AT(pst_gemm_args, high, 216);
AT(pst_gemm_args, scale, 224);
AT(pst_gemm_args, residual, 232);
AT(pst_gemm_args, residual_row, 240);
AT(pst_gemm_args, residual_col, 248);
AT(pst_gemm_args, residual_batch, 256);
AT(pst_gemm_args, engine, 264);
AT(pst_gemm_args, threads, 272);
AT(pst_gemm_args, kc, 280);
AT(pst_gemm_args, mc, 288);
AT(pst_gemm_args, nc, 296);

SIZE(pst_gemm_loop, 32);
AT(pst_gemm_loop, struct_size, 0);
AT(pst_gemm_loop, type, 8);
AT(pst_gemm_loop, has_bias, 12);
AT(pst_gemm_loop, activation, 16);
AT(pst_gemm_loop, failed, 24);

SIZE(pst_matmul_options, 72);
AT(pst_matmul_options, struct_size, 0);
AT(pst_matmul_options, k, 8);
AT(pst_matmul_options, n, 16);
AT(pst_matmul_options, weights, 24);
AT(pst_matmul_options, bias, 32);
AT(pst_matmul_options, activation, 40);
AT(pst_matmul_options, in_offset, 48);
AT(pst_matmul_options, out_offset, 56);
AT(pst_matmul_options, live, 64);

SIZE(pst_shuffle_state, 56);
AT(pst_shuffle_state, struct_size, 0);
AT(pst_shuffle_state, window, 8);
AT(pst_shuffle_state, seed, 16);
AT(pst_shuffle_state, period, 24);
AT(pst_shuffle_state, epoch, 32);
AT(pst_shuffle_state, taken, 40);
AT(pst_shuffle_state, given, 48);

SIZE(pst_column, 32);
AT(pst_column, data, 0);
AT(pst_column, stride, 8);
AT(pst_column, size, 16);
AT(pst_column, offset, 24);

SIZE(pst_lent, 32);
AT(pst_lent, in, 0);
AT(pst_lent, out, 8);
AT(pst_lent, count, 16);
AT(pst_lent, first, 24);

IS(PST_SOVERSION, 0);

IS(PST_OK, 0);
IS(PST_END, 1);
IS(PST_EINVAL, 2);
IS(PST_ENOMEM, 3);
IS(PST_EHANDLE, 4);
IS(PST_ETYPE, 5);
IS(PST_EPORT, 6);
IS(PST_ECYCLE, 7);
IS(PST_EDEADLK, 8);
IS(PST_ECANCELED, 9);
IS(PST_ETIMEDOUT, 10);
IS(PST_EAGAIN, 11);
IS(PST_EBUSY, 12);
IS(PST_ESTATE, 13);
IS(PST_ESTAGE, 14);
IS(PST_ETOPOLOGY, 15);
IS(PST_ENOTSUP, 16);
IS(PST_EFORK, 17);
IS(PST_ESYSTEM, 18);
IS(PST_ECLOSED, 19);
IS(PST_EINTERNAL, 20);
IS(PST_ESTALE, 21);
IS(PST_EUSER, 1000);
SIZE(pst_status, 4);

IS(PST_PLACE_AUTO, 0);
IS(PST_PLACE_CLOSE, 1);
IS(PST_PLACE_SPREAD, 2);
IS(PST_PLACE_NONE, 3);

IS(PST_MERGE_ANY, 0);
IS(PST_MERGE_TURNS, 1);
IS(PST_MERGE_SORTED, 2);

IS(PST_BROADCAST, 0);
IS(PST_ROUND_ROBIN, 1);
IS(PST_BY_KEY, 2);

IS(PST_ORDERED, 0);
IS(PST_UNORDERED, 1);

IS(PST_WORKER, 0);
IS(PST_BLOCKING, 1);
IS(PST_HOST, 2);

IS(PST_FAIL, 0);
IS(PST_SKIP, 1);
IS(PST_RETRY, 2);
IS(PST_DEAD_LETTER, 3);

IS(PST_FUSE_AUTO, 0);
IS(PST_FUSE_NEVER, 1);

IS(PST_IDLE, 0);
IS(PST_RUNNING, 1);
IS(PST_PAUSED, 2);
IS(PST_STOPPING, 3);
IS(PST_ENDED, 4);

IS(PST_VIEW_TOPOLOGY, 0);
IS(PST_VIEW_PLAN, 1);
IS(PST_VIEW_GRAPH, 2);
IS(PST_VIEW_STATS, 3);
IS(PST_VIEW_STALL, 4);
IS(PST_VIEW_TIMELINE, 5);

IS(PST_TEXT, 0);
IS(PST_JSON, 1);
IS(PST_DOT, 2);
IS(PST_SVG, 3);

IS(PST_LINEAR, 0);
IS(PST_RELU, 1);
IS(PST_GELU, 2);
IS(PST_GELU_TANH, 3);
IS(PST_SIGMOID, 4);
IS(PST_TANH, 5);
IS(PST_CLAMP, 6);
SIZE(pst_activation, 4);

IS(PST_GEMM_F32, 0);
IS(PST_GEMM_F64, 1);
IS(PST_GEMM_BF16, 2);
IS(PST_GEMM_S8, 3);
IS(PST_GEMM_U8S8, 4);
SIZE(pst_gemm_type, 4);

SIZE(pst_actor, 8);
AT(pst_actor, id, 0);

SIZE(pst_token, 8);
AT(pst_token, id, 0);

SIZE(pst_timer, 8);
AT(pst_timer, id, 0);

SIZE(pst_message, 32);
AT(pst_message, type, 0);
AT(pst_message, token, 8);
AT(pst_message, size, 16);
AT(pst_message, data, 24);

SIZE(pst_down, 16);
AT(pst_down, actor, 0);
AT(pst_down, reason, 8);

SIZE(pst_actor_options, 104);
AT(pst_actor_options, struct_size, 0);
AT(pst_actor_options, name, 8);
AT(pst_actor_options, start, 16);
AT(pst_actor_options, destroy, 24);
AT(pst_actor_options, batch, 32);
AT(pst_actor_options, on_failure, 40);
AT(pst_actor_options, strategy, 44);
AT(pst_actor_options, max_restarts, 48);
AT(pst_actor_options, restart_period_ns, 56);
AT(pst_actor_options, capacity, 64);
AT(pst_actor_options, overflow, 72);
AT(pst_actor_options, on, 80);
AT(pst_actor_options, dispatcher, 88);
AT(pst_actor_options, statistics, 96);

SIZE(pst_actor_stats, 64);
AT(pst_actor_stats, struct_size, 0);
AT(pst_actor_stats, processed, 8);
AT(pst_actor_stats, dropped, 16);
AT(pst_actor_stats, failed, 24);
AT(pst_actor_stats, restarts, 32);
AT(pst_actor_stats, queue_length, 40);
AT(pst_actor_stats, queue_high_water, 48);
AT(pst_actor_stats, longest_ns, 56);

SIZE(pst_actor_counts, 88);
AT(pst_actor_counts, struct_size, 0);
AT(pst_actor_counts, sent, 8);
AT(pst_actor_counts, delivered, 16);
AT(pst_actor_counts, dropped, 24);
AT(pst_actor_counts, dead_letters, 32);
AT(pst_actor_counts, late_replies, 40);
AT(pst_actor_counts, spawned, 48);
AT(pst_actor_counts, stopped, 56);
AT(pst_actor_counts, failed, 64);
AT(pst_actor_counts, restarts, 72);
AT(pst_actor_counts, bytes, 80);

SIZE(pst_actor_event, 56);
AT(pst_actor_event, kind, 0);
AT(pst_actor_event, actor, 8);
AT(pst_actor_event, name, 16);
AT(pst_actor_event, message, 24);
AT(pst_actor_event, status, 32);
AT(pst_actor_event, text, 40);
AT(pst_actor_event, ns, 48);

IS(PST_ACTOR_STOPS, 0);
IS(PST_ACTOR_RESUMES, 1);
IS(PST_ACTOR_RESTARTS, 2);
IS(PST_ACTOR_ESCALATES, 3);
SIZE(pst_on_failure, 4);

IS(PST_ONE_FOR_ONE, 0);
IS(PST_ONE_FOR_ALL, 1);
IS(PST_REST_FOR_ONE, 2);
SIZE(pst_strategy, 4);

IS(PST_REFUSE, 0);
IS(PST_DROP_NEWEST, 1);
IS(PST_DROP_OLDEST, 2);
IS(PST_WAIT, 3);
SIZE(pst_overflow, 4);

IS(PST_STOP_LAST, 0);
IS(PST_STOP_NOW, 1);
SIZE(pst_stop_mode, 4);

IS(PST_EVENT_DEAD_LETTER, 0);
IS(PST_EVENT_DROPPED, 1);
IS(PST_EVENT_FAILED, 2);
IS(PST_EVENT_RESTARTED, 3);
IS(PST_EVENT_BLOCKED, 4);
SIZE(pst_actor_event_kind, 4);

SIZE(pst_layout, 24);
AT(pst_layout, struct_size, 0);
AT(pst_layout, scalar, 8);
AT(pst_layout, rank, 12);
AT(pst_layout, shape, 16);

SIZE(pst_part, 16);
AT(pst_part, value, 0);
AT(pst_part, offset, 8);

IS(PST_BOOL, 0);
IS(PST_I8, 1);
IS(PST_I16, 2);
IS(PST_I32, 3);
IS(PST_I64, 4);
IS(PST_U8, 5);
IS(PST_U16, 6);
IS(PST_U32, 7);
IS(PST_U64, 8);
IS(PST_F32, 9);
IS(PST_F64, 10);
IS(PST_BYTES, 11);
SIZE(pst_scalar, 4);

IS(PST_NEGATIVE, 0);
IS(PST_ABSOLUTE, 1);
IS(PST_SQUARE_ROOT, 2);
IS(PST_FLOOR, 3);
IS(PST_CEIL, 4);
IS(PST_ROUND, 5);
IS(PST_NOT, 6);
SIZE(pst_unary, 4);

IS(PST_ADD, 0);
IS(PST_SUBTRACT, 1);
IS(PST_MULTIPLY, 2);
IS(PST_DIVIDE, 3);
IS(PST_FLOOR_DIVIDE, 4);
IS(PST_REMAINDER, 5);
IS(PST_MINIMUM, 6);
IS(PST_MAXIMUM, 7);
IS(PST_AND, 8);
IS(PST_OR, 9);
IS(PST_XOR, 10);
IS(PST_EQUAL, 11);
IS(PST_NOT_EQUAL, 12);
IS(PST_LESS, 13);
IS(PST_LESS_EQUAL, 14);
IS(PST_GREATER, 15);
IS(PST_GREATER_EQUAL, 16);
SIZE(pst_binary, 4);

IS(PST_BILINEAR, 0);
IS(PST_NEAREST, 1);
SIZE(pst_resize, 4);

IS(PST_CUT_LINES, 0);
IS(PST_CUT_SPACES, 1);
IS(PST_CUT_RECORDS, 2);
IS(PST_CUT_FILES, 3);
SIZE(pst_cut, 4);

SIZE(pst_files_options, 40);
AT(pst_files_options, struct_size, 0);
AT(pst_files_options, cut, 8);
AT(pst_files_options, record_size, 16);
AT(pst_files_options, block_size, 24);
AT(pst_files_options, largest, 32);

IS(PST_SPLIT_WORDS, 0);
IS(PST_SPLIT_LINES, 1);
IS(PST_SPLIT_BYTE, 2);
IS(PST_SPLIT_RECORDS, 3);
SIZE(pst_split_kind, 4);

SIZE(pst_split_options, 24);
AT(pst_split_options, struct_size, 0);
AT(pst_split_options, kind, 8);
AT(pst_split_options, delimiter, 12);
AT(pst_split_options, record_size, 16);

IS(PST_COUNT, 0);
IS(PST_SUM, 1);
IS(PST_MIN, 2);
IS(PST_MAX, 3);
IS(PST_MEAN, 4);
SIZE(pst_reduction, 4);

SIZE(pst_aggregate, 16);
AT(pst_aggregate, what, 0);
AT(pst_aggregate, field, 4);
AT(pst_aggregate, offset, 8);

SIZE(pst_reduce_options, 48);
AT(pst_reduce_options, struct_size, 0);
AT(pst_reduce_options, key, 8);
AT(pst_reduce_options, key_offset, 16);
AT(pst_reduce_options, aggregates, 24);
AT(pst_reduce_options, aggregate_count, 32);
AT(pst_reduce_options, sorted, 40);

IS(PST_SYSTEM_TYPES, 0xff00);
IS(PST_DOWN, 0xff00);
IS(PST_IDLE_TIMEOUT, 0xff01);
IS(PST_INLINE_BYTES, 48);
IS(PST_INLINE_ASK_BYTES, 40);

static int failures;

static void expect(int holds, const char *what) {
    if (holds)
        return;
    printf("FAIL: %s\n", what);
    failures++;
}

/* The initialiser names no fields, so a value may stand one place off. Padding of statics is zero.
 */
static void gemm_args_are_neutral(void) {
    static const pst_gemm_args init = PST_GEMM_ARGS_INIT;
    static pst_gemm_args neutral;
    neutral.struct_size = sizeof(neutral);
    neutral.alpha = 1;
    neutral.batch = 1;
    neutral.scale = 1;
    expect(memcmp(&init, &neutral, sizeof(init)) == 0, "PST_GEMM_ARGS_INIT");
}

/* The same header, as the library was built with it. */
int main(void) {
    uint32_t version = PST_VERSION_MAJOR * 10000 + PST_VERSION_MINOR * 100 + PST_VERSION_PATCH;
    expect(pst_version() == version, "pst_version() is the header's");

#define STATUS(name, value, text)                                                                  \
    expect(strcmp(pst_status_name(PST_##name), "PST_" #name) == 0, "name of PST_" #name);          \
    expect(strcmp(pst_status_text(PST_##name), text) == 0, "text of PST_" #name);
    PST_STATUS_MAP(STATUS)
#undef STATUS
    expect(pst_status_name((pst_status)-1) != NULL, "an unknown status has a name");
    expect(pst_status_text((pst_status)999) != NULL, "an unknown status has a text");

    gemm_args_are_neutral();
    pst_type bytes = pst_bytes_type(), tensor = pst_tensor_type();
    expect(bytes.struct_size == sizeof(pst_type) && bytes.size == sizeof(pst_bytes) &&
               bytes.alignment == _Alignof(pst_bytes) && bytes.name && bytes.destroy,
           "pst_bytes_type()");
    expect(tensor.struct_size == sizeof(pst_type) && tensor.size == sizeof(void *) &&
               tensor.alignment == _Alignof(void *) && tensor.name && tensor.destroy,
           "pst_tensor_type()");
    expect(strcmp(pst_last_error(), "") == 0, "no error yet");
    expect(pst_build_info()[0] != '\0', "pst_build_info() says something");
    return failures > 0;
}
