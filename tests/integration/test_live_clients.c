/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live clients against servers that misbehave: what is in the history, and what is not.
 * test_live_clients FAKE_RAFTD */
#include "tests/support/liverun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a client waits for an answer: not long, where none comes. */
static const char *patience(const char *act)
{
    return strcmp(act, "silent") == 0 || strcmp(act, "deaf") == 0 ? "1s" : "20s";
}

/* One client, two nodes; n1 does what `act` says. */
static struct liverun *run_against(const char *act, const char *attach, const char *wait)
{
    struct buf text = {0};
    assert_int_equal(setenv("FAKE_RAFTD", act, 1), 0);
    buf_putf(&text,
             "{\"version\":1,\"name\":\"clients\",\"cluster\":{\"voters\":2},"
             "\"clients\":{\"count\":1,\"ratePerS\":0,\"keys\":1,\"timeout\":\"%s\","
             "\"mix\":{\"write\":1},\"attach\":\"%s\"},"
             "\"steps\":[{\"wait\":{\"event\":{\"type\":\"boot\",\"count\":2}},\"within\":\"60s\"},"
             "{\"load.start\":{}},{\"wait\":%s%s}]}",
             patience(act), attach, wait, wait[0] == '{' ? ",\"within\":\"60s\"" : "");
    struct liverun *run = liverun(buf_str(&text));
    buf_free(&text);
    liverun_assert_ran(run);
    return run;
}

static const char *text_of(const struct liverun_seen *seen, uint32_t number)
{
    static char out[128];
    struct trace_text text = texts_get(&seen->history.texts, number);
    (void)snprintf(out, sizeof(out), "%.*s", (int)text.len, text.at == NULL ? "" : text.at);
    return out;
}

static void assert_op(const struct liverun_seen *seen, size_t i, const char *client,
                      const char *node, enum history_outcome outcome, const char *error)
{
    assert_true(i < seen->history.count);
    const struct history_op *op = &seen->history.ops[i];
    assert_string_equal(text_of(seen, op->client), client);
    assert_string_equal(trace_names_text(&seen->names, op->node), node);
    assert_int_equal(op->outcome, outcome);
    assert_string_equal(text_of(seen, op->error), error);
}

#define OPS_OK "{\"ops\":{\"ok\":3}}"

static void test_good(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run = run_against("good", "any", OPS_OK);
    liverun_look(run, 2, &seen);
    for (size_t i = 0; i < 3; i++)
        assert_op(&seen, i, "c1", "n1", HISTORY_OK, "");
    assert_true(seen.history.ops[0].index > 0);
    assert_true(seen.history.ops[0].ret_ns > seen.history.ops[0].call_ns);
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* It was asked, and nobody knows what became of it: another name, another node. */
static void lost(const char *act, const char *error)
{
    struct liverun_seen seen;
    struct liverun *run = run_against(act, "any", OPS_OK);
    liverun_look(run, 2, &seen);
    assert_op(&seen, 0, "c1", "n1", HISTORY_UNKNOWN, error);
    for (size_t i = 1; i < 4; i++)
        assert_op(&seen, i, "c1.1", "n2", HISTORY_OK, "");
    liverun_seen_free(&seen);
    liverun_free(run);
}

static void test_silent(void **state)
{
    (void)state;
    lost("silent", "TIMEOUT");
}

static void test_hangup(void **state)
{
    (void)state;
    lost("hangup", "CLOSED");
}

static void test_garbage(void **state)
{
    (void)state;
    lost("garbage", "PROTOCOL");
}

/* The connection is good; the name is used up. */
static void test_unknown(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run = run_against("unknown", "any", "{\"ops\":{\"unknown\":3}}");
    liverun_look(run, 2, &seen);
    assert_op(&seen, 0, "c1", "n1", HISTORY_UNKNOWN, "UNKNOWN");
    assert_op(&seen, 1, "c1.1", "n1", HISTORY_UNKNOWN, "UNKNOWN");
    assert_op(&seen, 2, "c1.2", "n1", HISTORY_UNKNOWN, "UNKNOWN");
    liverun_seen_free(&seen);
    liverun_free(run);
}

static void test_failing(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run = run_against("failing", "any", "{\"ops\":{\"fail\":3}}");
    liverun_look(run, 2, &seen);
    for (size_t i = 0; i < 3; i++)
        assert_op(&seen, i, "c1", "n1", HISTORY_FAIL, "NOLEADER");
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* Never asked: not in the history. */
static void unreached(const char *act)
{
    struct liverun_seen seen;
    struct liverun *run = run_against(act, "any", OPS_OK);
    liverun_look(run, 2, &seen);
    assert_int_equal(seen.ops[HISTORY_UNKNOWN] + seen.ops[HISTORY_FAIL], 0);
    for (size_t i = 0; i < 3; i++)
        assert_op(&seen, i, "c1", "n2", HISTORY_OK, "");
    liverun_seen_free(&seen);
    liverun_free(run);
}

static void test_absent(void **state)
{
    (void)state;
    unreached("absent");
}

static void test_deaf(void **state)
{
    (void)state;
    unreached("deaf");
}

static void test_pinned_clients_stay(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run = run_against("silent", "pinned", "{\"ops\":{\"unknown\":3}}");
    liverun_look(run, 2, &seen);
    assert_op(&seen, 0, "c1", "n1", HISTORY_UNKNOWN, "TIMEOUT");
    assert_op(&seen, 1, "c1.1", "n1", HISTORY_UNKNOWN, "TIMEOUT");
    assert_op(&seen, 2, "c1.2", "n1", HISTORY_UNKNOWN, "TIMEOUT");
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* Its operations come in one piece, beside a load that sleeps; so does another mix. */
static void test_a_burst(void **state)
{
    (void)state;
    struct liverun_seen seen;
    assert_int_equal(setenv("FAKE_RAFTD", "good", 1), 0);
    struct liverun *run = liverun(
        "{\"version\":1,\"name\":\"burst\",\"cluster\":{\"voters\":2},"
        "\"clients\":{\"count\":2,\"keys\":1,\"mix\":{\"write\":1},\"ratePerS\":1000},"
        "\"steps\":[{\"wait\":{\"event\":{\"type\":\"boot\",\"count\":2}},\"within\":\"60s\"},"
        "{\"load.burst\":{\"ops\":7}},{\"wait\":{\"ops\":{\"ok\":7}},\"within\":\"60s\"},"
        "{\"load.mix\":{\"mix\":{\"read\":1}}},"
        "{\"load.burst\":{\"ops\":4}},{\"wait\":{\"ops\":{\"ok\":4}},\"within\":\"60s\"},"
        "{\"wait\":\"100ms\"},{\"load.start\":{}},{\"load.stop\":{}}]}");
    liverun_assert_ran(run);
    liverun_look(run, 2, &seen);
    assert_true(seen.history.count >= 11 && seen.history.count <= 13);
    for (size_t i = 0; i < 11; i++)
        assert_int_equal(seen.history.ops[i].kind, i < 7 ? HISTORY_WRITE : HISTORY_READ);
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* What is under way when the run ends has an outcome, too. */
static void test_the_end_of_a_run(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run = run_against("silent", "pinned", "\"50ms\"");
    liverun_look(run, 2, &seen);
    assert_int_equal(seen.events[TRACE_clientInvoke], seen.events[TRACE_clientReturn]);
    assert_int_equal(seen.ops[HISTORY_OK] + seen.ops[HISTORY_FAIL], 0);
    liverun_seen_free(&seen);
    liverun_free(run);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_silent),
        cmocka_unit_test(test_hangup),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_failing),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_deaf),
        cmocka_unit_test(test_pinned_clients_stay),
        cmocka_unit_test(test_a_burst),
        cmocka_unit_test(test_the_end_of_a_run),
    };
    if (argc != 2) {
        (void)fprintf(stderr, "test_live_clients FAKE_RAFTD\n");
        return 64;
    }
    liverun_raftd = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
