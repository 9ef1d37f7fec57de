/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets, queues and stores: what is drawn, how it is asked, what an answer means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/asking.h"

#define DRAWS 4000

/* What the language promises of a model is what it has. */
static void test_models_have_what_they_are_said_to(void **state)
{
    static const char *const models[] = {"register", "cas",   "append", "counter",
                                         "set",      "queue", "kv"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        struct scenario_clients c = asking_clients(models[i]);
        struct workload *w = asking_workload(&c, 1);
        for (unsigned op = 0; op < OPS_COUNT; op++) {
            struct scenario_load load = scenario_load_of(&c);
            struct workload_op drawn = {0};
            struct err e;
            load.mix = (struct scenario_mix){0};
            load.mix.weight[op] = 1;
            bool has = vocab_model_has(models[i], (enum op_id)op);
            assert_int_equal(workload_shape(w, WORKLOAD_LOAD, &load, &e), has ? 0 : -E_UNSUPPORTED);
            if (!has)
                continue;
            workload_draw(w, 0, WORKLOAD_LOAD, &drawn);
            assert_int_equal(vocab_model_looks(models[i], (enum op_id)op),
                             history_only_looks(drawn.kind));
            workload_op_free(&drawn);
        }
        workload_free(w);
    }
}

static void test_requests_for_elements(void **state)
{
    static const struct {
        enum history_kind kind;
        const char *value, *request;
    } cases[] = {
        {HISTORY_READ, NULL, "*2\r\n$8\r\nSMEMBERS\r\n$2\r\nk0\r\n"},
        {HISTORY_ADD, "7", "*3\r\n$4\r\nSADD\r\n$2\r\nk0\r\n$1\r\n7\r\n"},
        {HISTORY_REMOVE, "7", "*3\r\n$4\r\nSREM\r\n$2\r\nk0\r\n$1\r\n7\r\n"},
        {HISTORY_CONTAINS, "7", "*3\r\n$9\r\nSISMEMBER\r\n$2\r\nk0\r\n$1\r\n7\r\n"},
        {HISTORY_ENQUEUE, "7", "*3\r\n$5\r\nRPUSH\r\n$2\r\nk0\r\n$1\r\n7\r\n"},
        {HISTORY_DEQUEUE, NULL, "*2\r\n$4\r\nLPOP\r\n$2\r\nk0\r\n"},
        {HISTORY_DELETE, NULL, "*2\r\n$3\r\nDEL\r\n$2\r\nk0\r\n"},
    };
    struct scenario_clients c = asking_clients("set");
    struct workload *w = asking_workload(&c, 1);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct workload_op op = asking_op(cases[i].kind, cases[i].value);
        asking_expect(w, &op, cases[i].request);
        workload_op_free(&op);
    }
    workload_free(w);
}

static void test_answers_about_elements(void **state)
{
    static const struct {
        enum history_kind kind;
        const char *reply, *result; /* NULL: none */
        bool done, malformed;
    } cases[] = {
        {HISTORY_READ, "*2\r\n*0\r\n:9\r\n", NULL, false, false},
        {HISTORY_READ, "*2\r\n*2\r\n$1\r\n1\r\n$2\r\n22\r\n:9\r\n", ",1,22", false, false},
        {HISTORY_READ, "*2\r\n*1\r\n:1\r\n:9\r\n", NULL, false, true},
        {HISTORY_READ, "*2\r\n$1\r\n1\r\n:9\r\n", NULL, false, true},
        {HISTORY_ADD, "*2\r\n:1\r\n:9\r\n", NULL, true, false},
        {HISTORY_REMOVE, "*2\r\n:0\r\n:9\r\n", NULL, false, false},
        {HISTORY_CONTAINS, "*2\r\n:1\r\n:9\r\n", NULL, true, false},
        {HISTORY_DELETE, "*2\r\n:1\r\n:9\r\n", NULL, true, false},
        {HISTORY_DELETE, "*2\r\n:2\r\n:9\r\n", NULL, false, true},
        {HISTORY_ADD, "*2\r\n+OK\r\n:9\r\n", NULL, false, true},
        {HISTORY_ENQUEUE, "*2\r\n:3\r\n:9\r\n", NULL, false, false},
        {HISTORY_ENQUEUE, "*2\r\n:0\r\n:9\r\n", NULL, false, true},
        {HISTORY_DEQUEUE, "*2\r\n$1\r\n7\r\n:9\r\n", "7", false, false},
        {HISTORY_DEQUEUE, "*2\r\n$-1\r\n:9\r\n", NULL, false, false},
        {HISTORY_DEQUEUE, "*2\r\n:1\r\n:9\r\n", NULL, false, true},
    };
    struct scenario_clients c = asking_clients("set");
    struct workload *w = asking_workload(&c, 1);
    struct workload_answer a = {0};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct workload_op op = asking_op(cases[i].kind, "1");
        asking_judge(w, &op, cases[i].reply, &a);
        assert_int_equal(a.malformed, cases[i].malformed);
        assert_int_equal(a.done, cases[i].done);
        assert_int_equal(a.has_result, cases[i].result != NULL);
        if (a.has_result)
            assert_string_equal(buf_str(&a.result), cases[i].result);
        workload_op_free(&op);
    }
    workload_answer_free(&a);
    workload_free(w);
}

/* A set that grows has elements of its own; one that loses some has few, and another name. */
static void test_two_sorts_of_sets(void **state)
{
    (void)state;
    struct scenario_clients c = asking_clients("set");
    struct workload_op op = {0};
    struct err e;
    c.keys = 1;
    struct workload *w = asking_workload(&c, 1);
    for (unsigned i = 0; i < 256; i++) {
        asking_draw(w, HISTORY_ADD, &op);
        assert_string_equal(op.key, "k0.1");
    }
    asking_draw(w, HISTORY_READ, &op);
    assert_string_equal(op.key, "k0.2");
    c.mix.weight[OP_delete] = 20;
    struct scenario_load load = scenario_load_of(&c);
    assert_int_equal(workload_shape(w, WORKLOAD_LOAD, &load, &e), 0);
    for (unsigned i = 0; i < DRAWS; i++) {
        workload_draw(w, 0, WORKLOAD_LOAD, &op);
        assert_true(op.kind != HISTORY_READ);
        assert_string_equal(op.key, "k0");
        assert_in_range(buf_str(&op.value)[0], '0', '7');
        assert_int_equal(op.value.len, 1);
    }
    workload_op_free(&op);
    workload_free(w);
}

/* Every key is read by some scan, and a scan reads keys that stand together. */
static void test_scans(void **state)
{
    (void)state;
    struct scenario_clients c = asking_clients("kv");
    struct workload_op op = {0};
    bool seen[123] = {false};
    c.keys = ARRAY_LEN(seen);
    c.mix = (struct scenario_mix){0};
    c.mix.weight[OP_scan] = 1;
    struct workload *w = asking_workload(&c, 1);
    for (unsigned i = 0; i < DRAWS; i++) {
        workload_draw(w, 0, WORKLOAD_LOAD, &op);
        assert_string_equal(op.key, workload_key(&op, 0));
        for (unsigned part = 0; part < workload_parts(&op); part++) {
            const char *key = workload_key(&op, part);
            uint64_t slot;
            assert_true(span_to_u64(span_str(key + 1), &slot) && slot < ARRAY_LEN(seen));
            seen[slot] = true;
            assert_true(strcmp(key, part + 1 < workload_parts(&op) ? workload_key(&op, part + 1)
                                                                   : op.scan_end) < 0);
        }
        for (unsigned slot = 0; slot < c.keys; slot++) {
            char key[24];
            (void)snprintf(key, sizeof(key), "k%u", slot);
            bool inside = strcmp(key, op.key) >= 0 && strcmp(key, op.scan_end) < 0, named = false;
            for (unsigned part = 0; part < workload_parts(&op); part++)
                named = named || strcmp(key, workload_key(&op, part)) == 0;
            assert_int_equal(inside, named);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(seen); i++)
        assert_true(seen[i]);
    workload_op_free(&op);
    workload_free(w);
}

static void test_what_a_scan_found(void **state)
{
    (void)state;
    struct scenario_clients c = asking_clients("kv");
    struct workload_op op = {0};
    struct workload_answer a = {0};
    c.keys = 3;
    c.mix.weight[OP_scan] = 1000000;
    struct workload *w = asking_workload(&c, 1);
    do
        workload_draw(w, 0, WORKLOAD_LOAD, &op);
    while (op.scans != 3);
    asking_expect(w, &op, "*4\r\n$5\r\nRANGE\r\n$2\r\nk0\r\n$4\r\n1000\r\n$1\r\nl\r\n");
    asking_judge(w, &op, "*2\r\n*4\r\n$2\r\nk1\r\n$1\r\nx\r\n$3\r\nk1a\r\n$1\r\ny\r\n:9\r\n", &a);
    assert_int_equal(a.outcome, HISTORY_OK);
    for (unsigned part = 0; part < 3; part++) {
        const struct trace_record told = workload_return_record(&op, part, &a, 5, 7 + part, -1);
        assert_int_equal(told.op, 7 + part);
        assert_int_equal(told.index, 9);
        if (part == 1)
            assert_true(trace_text_is(told.result, "x"));
        else
            assert_null(told.result.at);
    }
    static const char *const malformed[] = {
        "*2\r\n*1\r\n$2\r\nk1\r\n:9\r\n", "*2\r\n*2\r\n$2\r\nk1\r\n$-1\r\n:9\r\n",
        "*2\r\n*4\r\n$2\r\nk1\r\n$1\r\nx\r\n$2\r\nk0\r\n$1\r\ny\r\n:9\r\n"};
    for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
        asking_judge(w, &op, malformed[i], &a);
        assert_true(a.malformed);
    }
    workload_op_free(&op);
    workload_answer_free(&a);
    workload_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_models_have_what_they_are_said_to),
        cmocka_unit_test(test_requests_for_elements),
        cmocka_unit_test(test_answers_about_elements),
        cmocka_unit_test(test_two_sorts_of_sets),
        cmocka_unit_test(test_scans),
        cmocka_unit_test(test_what_a_scan_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
