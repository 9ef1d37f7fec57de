/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workloads: what is drawn, how it is asked, what an answer means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/support/asking.h"
#include "trace/text.h"

#define DRAWS 4000

/* ---- drawing ---- */

static void test_the_same_seed_draws_the_same(void **state)
{
    (void)state;
    struct scenario_clients c = asking_clients("register");
    struct workload *a = asking_workload(&c, 1), *b = asking_workload(&c, 1),
                    *other = asking_workload(&c, 2);
    struct workload_op x = {0}, y = {0}, z = {0};
    unsigned different = 0;
    for (unsigned i = 0; i < DRAWS; i++) {
        workload_draw(a, i % 4, WORKLOAD_LOAD, &x);
        workload_draw(b, i % 4, WORKLOAD_LOAD, &y);
        workload_draw(other, i % 4, WORKLOAD_LOAD, &z);
        assert_int_equal(x.kind, y.kind);
        assert_string_equal(x.key, y.key);
        assert_string_equal(buf_str(&x.value), buf_str(&y.value));
        different += x.kind != z.kind || strcmp(x.key, z.key) != 0;
    }
    assert_true(different > DRAWS / 2);
    workload_op_free(&x);
    workload_op_free(&y);
    workload_op_free(&z);
    workload_free(a);
    workload_free(b);
    workload_free(other);
}

static void test_mix_keys_and_hot_share(void **state)
{
    (void)state;
    struct scenario_clients c = asking_clients("register");
    unsigned reads = 0, hot = 0, last = 0;
    struct workload_op op = {0};
    c.mix.weight[OP_read] = 80;
    c.mix.weight[OP_write] = 20;
    c.hot = 0.5;
    struct workload *w = asking_workload(&c, 3);
    for (unsigned i = 0; i < DRAWS; i++) {
        workload_draw(w, i % 4, WORKLOAD_LOAD, &op);
        reads += op.kind == HISTORY_READ;
        hot += strcmp(op.key, "k0") == 0;
        last += strcmp(op.key, "k4") == 0;
        assert_in_range(op.slot, 0, 4);
    }
    assert_in_range(reads, DRAWS * 0.77, DRAWS * 0.83);
    assert_in_range(hot, DRAWS * 0.46, DRAWS * 0.54);
    assert_in_range(last, DRAWS * 0.10, DRAWS * 0.15);
    workload_op_free(&op);
    workload_free(w);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void no_value_twice(const char *model, enum history_kind kind)
{
    struct scenario_clients c = asking_clients(model);
    struct workload *w = asking_workload(&c, 4);
    struct workload_op op = {0};
    char *values[DRAWS];
    size_t count = 0;
    for (unsigned i = 0; i < DRAWS; i++) {
        workload_draw(w, i % 4, WORKLOAD_LOAD, &op);
        if (op.kind == kind)
            values[count++] = mem_strdup(buf_str(&op.value));
    }
    assert_true(count > DRAWS / 3);
    qsort(values, count, sizeof(values[0]), compare);
    for (size_t i = 0; i < count; i++) {
        assert_true(values[i][0] != '\0');
        if (i > 0)
            assert_string_not_equal(values[i - 1], values[i]);
    }
    for (size_t i = 0; i < count; i++)
        free(values[i]);
    workload_op_free(&op);
    workload_free(w);
}

static void test_no_value_is_written_twice(void **state)
{
    (void)state;
    no_value_twice("register", HISTORY_WRITE);
    no_value_twice("append", HISTORY_APPEND);
    no_value_twice("cas", HISTORY_CAS);
    no_value_twice("set", HISTORY_ADD);
    no_value_twice("queue", HISTORY_ENQUEUE);
    no_value_twice("kv", HISTORY_WRITE);
}

static void test_what_a_model_does_not_know(void **state)
{
    (void)state;
    struct scenario_clients c = asking_clients("register");
    struct workload *w = NULL;
    struct err e = {0};
    c.mix.weight[OP_scan] = 1;
    assert_int_equal(workload_new(&c, 1, &w, &e), -E_UNSUPPORTED);
    assert_string_equal(e.text, "clients: mix: the model \"register\" has no scan");
    assert_null(w);
}

/* ---- asking ---- */

static void test_request_in_a_session(void **state)
{
    (void)state;
    struct scenario_clients c = asking_clients("register");
    struct workload *w = asking_workload(&c, 1);
    struct workload_op write = asking_op(HISTORY_WRITE, "17");
    const struct workload_session session = {.id = 12, .seq = 3};
    struct buf out = {0};
    workload_encode(w, &write, &session, &out);
    assert_string_equal(buf_str(&out),
                        "*9\r\n$4\r\nRAFT\r\n$7\r\nSESSION\r\n$5\r\nWRITE\r\n$2\r\n12\r\n"
                        "$1\r\n3\r\n$1\r\n3\r\n$3\r\nSET\r\n$2\r\nk0\r\n$2\r\n17\r\n");
    buf_free(&out);
    workload_op_free(&write);
    workload_free(w);
}

static void test_requests(void **state)
{
    (void)state;
    struct scenario_clients c = asking_clients("cas");
    struct workload *w = asking_workload(&c, 1);
    struct workload_op read = asking_op(HISTORY_READ, NULL), write = asking_op(HISTORY_WRITE, "17");
    struct workload_op append = asking_op(HISTORY_APPEND, ",1.1"),
                       incr = asking_op(HISTORY_INCR, NULL);
    struct workload_op cas = asking_op(HISTORY_CAS, "18");
    asking_expect(w, &read, "*2\r\n$3\r\nGET\r\n$2\r\nk0\r\n");
    asking_expect(w, &write, "*3\r\n$3\r\nSET\r\n$2\r\nk0\r\n$2\r\n17\r\n");
    asking_expect(w, &append, "*3\r\n$6\r\nAPPEND\r\n$2\r\nk0\r\n$4\r\n,1.1\r\n");
    asking_expect(w, &incr, "*2\r\n$4\r\nINCR\r\n$2\r\nk0\r\n");
    asking_expect(w, &cas, "*3\r\n$3\r\nCAS\r\n$2\r\nk0\r\n$2\r\n18\r\n");
    cas.has_expect = true;
    buf_puts(&cas.expect, "17");
    asking_expect(w, &cas, "*4\r\n$3\r\nCAS\r\n$2\r\nk0\r\n$2\r\n17\r\n$2\r\n18\r\n");
    cas.size = cas.expect_size = write.size = 5;
    asking_expect(w, &cas, "*4\r\n$3\r\nCAS\r\n$2\r\nk0\r\n$5\r\n17...\r\n$5\r\n18...\r\n");
    asking_expect(w, &write, "*3\r\n$3\r\nSET\r\n$2\r\nk0\r\n$5\r\n17...\r\n");
    workload_op_free(&write);
    workload_op_free(&append);
    workload_op_free(&cas);
    workload_free(w);
}

/* ---- answers ---- */

struct answer_case {
    enum history_kind kind;
    const char *reply;
    enum history_outcome outcome;
    const char *result; /* NULL: none */
    uint64_t index;
    const char *error;
    bool malformed;
};

static void test_answers(void **state)
{
    (void)state;
    static const struct answer_case cases[] = {
        {HISTORY_READ, "*2\r\n$2\r\n17\r\n:9\r\n", HISTORY_OK, "17", 9, "", false},
        {HISTORY_READ, "*2\r\n$-1\r\n:9\r\n", HISTORY_OK, NULL, 9, "", false},
        {HISTORY_READ, "*2\r\n$0\r\n\r\n:9\r\n", HISTORY_OK, "", 9, "", false},
        {HISTORY_WRITE, "*2\r\n+OK\r\n:10\r\n", HISTORY_OK, NULL, 10, "", false},
        {HISTORY_APPEND, "*2\r\n:12\r\n:11\r\n", HISTORY_OK, "12", 11, "", false},
        {HISTORY_INCR, "*2\r\n:-3\r\n:11\r\n", HISTORY_OK, "-3", 11, "", false},
        /* Promised not to have happened. */
        {HISTORY_WRITE, "*2\r\n-NOLEADER no leader is known here\r\n:0\r\n", HISTORY_FAIL, NULL, 0,
         "NOLEADER", false},
        {HISTORY_WRITE, "-NOTLEADER n2 10.77.0.2:6379\r\n", HISTORY_FAIL, NULL, 0, "NOTLEADER",
         false},
        {HISTORY_WRITE, "-BUSY x\r\n", HISTORY_FAIL, NULL, 0, "BUSY", false},
        {HISTORY_WRITE, "-ABORTED\r\n", HISTORY_FAIL, NULL, 0, "ABORTED", false},
        {HISTORY_WRITE, "-NOSPACE x\r\n", HISTORY_FAIL, NULL, 0, "NOSPACE", false},
        {HISTORY_WRITE, "-TRANSFER x\r\n", HISTORY_FAIL, NULL, 0, "TRANSFER", false},
        {HISTORY_WRITE, "-ERR the command is too long\r\n", HISTORY_FAIL, NULL, 0, "ERR", false},
        /* May have happened. */
        {HISTORY_WRITE, "*2\r\n-UNKNOWN the leader is gone\r\n:0\r\n", HISTORY_UNKNOWN, NULL, 0,
         "UNKNOWN", false},
        {HISTORY_WRITE, "- x\r\n", HISTORY_UNKNOWN, NULL, 0, "MALFORMED", true},
        /* No answers to the question. */
        {HISTORY_WRITE, "*2\r\n$2\r\nOK\r\n:10\r\n", HISTORY_UNKNOWN, NULL, 0, "MALFORMED", true},
        {HISTORY_WRITE, "+OK\r\n", HISTORY_UNKNOWN, NULL, 0, "MALFORMED", true},
        {HISTORY_WRITE, "*2\r\n+OK\r\n:-1\r\n", HISTORY_UNKNOWN, NULL, 0, "MALFORMED", true},
        {HISTORY_WRITE, "*2\r\n+OK\r\n$1\r\n9\r\n", HISTORY_UNKNOWN, NULL, 0, "MALFORMED", true},
        {HISTORY_WRITE, "*3\r\n+OK\r\n:1\r\n:1\r\n", HISTORY_UNKNOWN, NULL, 0, "MALFORMED", true},
        {HISTORY_READ, "*2\r\n:17\r\n:9\r\n", HISTORY_UNKNOWN, NULL, 0, "MALFORMED", true},
        {HISTORY_APPEND, "*2\r\n$2\r\n12\r\n:9\r\n", HISTORY_UNKNOWN, NULL, 0, "MALFORMED", true},
        {HISTORY_CAS, "*2\r\n:1\r\n:9\r\n", HISTORY_UNKNOWN, NULL, 0, "MALFORMED", true},
        {HISTORY_CAS, "*2\r\n*2\r\n:2\r\n$1\r\nx\r\n:9\r\n", HISTORY_UNKNOWN, NULL, 0, "MALFORMED",
         true},
    };
    struct scenario_clients c = asking_clients("register");
    struct workload *w = asking_workload(&c, 1);
    struct workload_answer a = {0};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct answer_case *x = &cases[i];
        struct workload_op op = asking_op(x->kind, "1");
        asking_judge(w, &op, x->reply, &a);
        assert_int_equal(a.outcome, x->outcome);
        assert_int_equal(a.has_result, x->result != NULL);
        assert_string_equal(buf_str(&a.result), x->result == NULL ? "" : x->result);
        assert_int_equal(a.index, x->index);
        assert_string_equal(a.error, x->error);
        assert_int_equal(a.malformed, x->malformed);
        workload_op_free(&op);
    }
    workload_answer_free(&a);
    workload_free(w);
}

/* The history tells values without their padding, and strange ones as they are. */
static void test_padding(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"*2\r\n$6\r\n17....\r\n:9\r\n", "17"},
        {"*2\r\n$5\r\n17...\r\n:9\r\n", "17..."},
        {"*2\r\n$6\r\n17..x.\r\n:9\r\n", "17..x."},
        {"*2\r\n$6\r\n177777\r\n:9\r\n", "177777"},
    };
    struct scenario_clients c = asking_clients("register");
    struct workload_op op = asking_op(HISTORY_READ, NULL);
    struct workload_answer a = {0};
    c.value_bytes = 6;
    struct workload *w = asking_workload(&c, 1);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        asking_judge(w, &op, cases[i][0], &a);
        assert_string_equal(buf_str(&a.result), cases[i][1]);
    }
    workload_answer_free(&a);
    workload_free(w);
}

/* ---- models that learn ---- */

static void test_cas_expects_what_was_seen(void **state)
{
    (void)state;
    struct scenario_clients c = asking_clients("cas");
    struct workload_op op = {0}, first = {0};
    struct workload_answer a = {0};
    c.keys = 1;
    struct workload *w = asking_workload(&c, 1);
    asking_draw(w, HISTORY_CAS, &first);
    assert_false(first.has_expect);
    asking_judge(w, &first, "*2\r\n*2\r\n:1\r\n$1\r\nx\r\n:9\r\n", &a);
    assert_true(a.done);
    assert_false(a.has_result); /* it found nothing */
    asking_draw(w, HISTORY_CAS, &op);
    assert_true(op.has_expect);
    assert_string_equal(buf_str(&op.expect), buf_str(&first.value));
    asking_judge(w, &op, "*2\r\n*2\r\n:0\r\n$5\r\nother\r\n:9\r\n", &a);
    assert_int_equal(a.outcome, HISTORY_OK);
    assert_false(a.done);
    assert_string_equal(buf_str(&a.result), "other");
    asking_draw(w, HISTORY_CAS, &op);
    assert_string_equal(buf_str(&op.expect), "other");
    asking_judge(w, &op, "*2\r\n*2\r\n:1\r\n$1\r\nx\r\n:9\r\n", &a);
    assert_string_equal(buf_str(&a.result), "other");
    asking_draw(w, HISTORY_READ, &op);
    asking_judge(w, &op, "*2\r\n$-1\r\n:9\r\n", &a);
    asking_draw(w, HISTORY_CAS, &op);
    assert_false(op.has_expect);
    workload_op_free(&op);
    workload_op_free(&first);
    workload_answer_free(&a);
    workload_free(w);
}

static void test_full_lists_are_left(void **state)
{
    (void)state;
    struct scenario_clients c = asking_clients("append");
    struct workload_op op = {0}, late = {0};
    struct workload_answer a = {0};
    c.keys = 1;
    struct workload *w = asking_workload(&c, 1);
    asking_draw(w, HISTORY_APPEND, &op);
    asking_draw(w, HISTORY_APPEND, &late);
    assert_string_equal(op.key, "k0");
    asking_judge(w, &op, "*2\r\n:4095\r\n:9\r\n", &a);
    asking_draw(w, HISTORY_APPEND, &op);
    assert_string_equal(op.key, "k0");
    asking_judge(w, &op, "*2\r\n:4096\r\n:9\r\n", &a);
    asking_judge(w, &late, "*2\r\n:4101\r\n:10\r\n", &a); /* of the list that is full already */
    asking_draw(w, HISTORY_READ, &op);
    assert_string_equal(op.key, "k0.1");
    workload_op_free(&op);
    workload_op_free(&late);
    workload_answer_free(&a);
    workload_free(w);
}

/* ---- the history ---- */

static void test_history_lines(void **state)
{
    (void)state;
    struct workload_op cas = asking_op(HISTORY_CAS, "18"), read = asking_op(HISTORY_READ, NULL);
    struct workload_answer a = {.outcome = HISTORY_OK, .done = true, .index = 5};
    struct buf out = {0};
    struct trace_names names = {0};
    int node = trace_names_add(&names, "n2", 2);
    const struct trace_record cas_asked = workload_invoke_record(&cas, 0, 100, 7, "c3.1", 0xab);
    const struct trace_record cas_done = workload_return_record(&cas, 0, &a, 200, 7, node);
    trace_print(&out, &names, &cas_asked);
    trace_print(&out, &names, &cas_done);
    a = (struct workload_answer){.outcome = HISTORY_UNKNOWN, .error = "TIMEOUT"};
    read.mode = workload_mode_name(READ_lease);
    assert_null(workload_mode_name(READ_index));
    const struct trace_record read_asked = workload_invoke_record(&read, 0, 300, 8, "c1", 0);
    const struct trace_record read_lost = workload_return_record(&read, 0, &a, 400, 8, -1);
    trace_print(&out, &names, &read_asked);
    trace_print(&out, &names, &read_lost);
    assert_string_equal(
        buf_str(&out),
        "{\"t\":100,\"ev\":\"clientInvoke\",\"op\":7,\"client\":\"c3.1\",\"kind\":\"cas\","
        "\"key\":\"k0\",\"value\":\"18\",\"expect\":null,\"write\":\"00000000000000ab\"}\n"
        "{\"t\":200,\"node\":\"n2\",\"ev\":\"clientReturn\",\"op\":7,\"outcome\":\"ok\",\"result\":"
        "null,"
        "\"done\":true,\"index\":5}\n"
        "{\"t\":300,\"ev\":\"clientInvoke\",\"op\":8,\"client\":\"c1\",\"kind\":\"read\","
        "\"key\":\"k0\",\"mode\":\"lease\"}\n"
        "{\"t\":400,\"ev\":\"clientReturn\",\"op\":8,\"outcome\":\"unknown\",\"error\":\"TIMEOUT\"}"
        "\n");
    buf_free(&out);
    workload_op_free(&cas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_seed_draws_the_same),
        cmocka_unit_test(test_mix_keys_and_hot_share),
        cmocka_unit_test(test_no_value_is_written_twice),
        cmocka_unit_test(test_what_a_model_does_not_know),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_request_in_a_session),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_cas_expects_what_was_seen),
        cmocka_unit_test(test_full_lists_are_left),
        cmocka_unit_test(test_history_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
