/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps about single clients, in virtual time: what is in the history of it. */
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLUSTER                                                                              \
    "\"voters\":3,\"config\":{\"election_timeout\":\"200ms..400ms\",\"heartbeat\":\"50ms\"," \
    "\"lease_reads\":\"on\"}"
#define CLIENTS(more)                                                                              \
    ",\"clients\":{\"count\":2,\"ratePerS\":0,\"keys\":2,\"timeout\":\"1s\",\"mix\":{\"read\":50," \
    "\"write\":50}" more "}"
/* Nobody asks anything but what steps want. */
#define QUIET             \
    "{\"load.stop\":{}}," \
    "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"10s\",\"as\":\"l\"},"

static char *history_of(struct simrun *r, uint64_t seed, const char *steps, const char *rest)
{
    char text[2048];
    (void)snprintf(text, sizeof(text), "%s%s", QUIET, steps);
    simrun(r, seed, CLUSTER, text, rest);
    return simrun_file(r, "history.ndjson");
}

/* The n-th (from 0) whole line of the text with `what`; "" if there is none. */
static const char *line_of(const char *text, const char *what, unsigned n, char out[512])
{
    const char *at = text;
    out[0] = '\0';
    for (;; n--) {
        at = strstr(at, what);
        if (at == NULL)
            return out;
        if (n == 0)
            break;
        at++;
    }
    while (at > text && at[-1] != '\n')
        at--;
    (void)snprintf(out, 512, "%.*s", (int)strcspn(at, "\n"), at);
    return out;
}

static unsigned long long number_in(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    assert_non_null(at);
    return strtoull(at + strlen(key), NULL, 10);
}

/* What one client writes at a follower, another reads at the leader. */
static void asked_where_and_what(void **state)
{
    (void)state;
    struct simrun r;
    char line[512];
    char *text = history_of(
        &r, 3,
        "{\"client.op\":{\"client\":\"client(1)\",\"kind\":\"write\",\"key\":\"colour\","
        "\"value\":\"red\",\"via\":\"follower(0)\",\"expect\":\"ok\"}},"
        "{\"client.op\":{\"kind\":\"read\",\"key\":\"colour\",\"via\":\"leader\",\"readMode\":"
        "\"lease\",\"expect\":\"ok\"}}",
        CLIENTS(""));
    simrun_assert_done(&r);
    assert_non_null(strstr(line_of(text, "\"client\":\"c2\"", 0, line), "\"red\""));
    assert_non_null(strstr(line_of(text, "\"client\":\"c1\"", 0, line), "\"mode\":\"lease\""));
    assert_non_null(strstr(line_of(text, "\"clientReturn\"", 1, line), "\"red\""));
    assert_string_equal(line_of(text, "\"clientInvoke\"", 2, line), "");
    free(text);
    simrun_close(&r);
}

static void steps_end(const char *steps, bool done, bool contradicted, const char *part)
{
    struct simrun r;
    char *text = history_of(&r, 5, steps, CLIENTS(""));
    assert_int_equal(r.outcome.runner.failed, !done);
    assert_int_equal(r.outcome.runner.contradicted, contradicted);
    if (part != NULL && strstr(r.outcome.runner.sentence, part) == NULL)
        fail_msg("the sentence is: %s", r.outcome.runner.sentence);
    free(text);
    simrun_close(&r);
}

static void expectations_bite(void **state)
{
    (void)state;
    steps_end("{\"client.op\":{\"kind\":\"write\",\"expect\":\"fail\"}}", false, true,
              "expected fail, but it was answered");
    steps_end("{\"net.isolate\":{\"who\":\"$l\"}},"
              "{\"client.op\":{\"kind\":\"write\",\"via\":\"$l\",\"expect\":\"ok\"}}",
              false, true, "expected ok, but it got no answer: TIMEOUT");
    steps_end("{\"net.isolate\":{\"who\":\"$l\"}},"
              "{\"client.op\":{\"kind\":\"write\",\"via\":\"$l\",\"expect\":\"timeout\"}}",
              true, false, NULL);
    steps_end("{\"client.cut\":{\"client\":\"client(0)\",\"to\":\"$l\"}},"
              "{\"client.op\":{\"kind\":\"write\",\"via\":\"$l\",\"expect\":\"timeout\"}},"
              "{\"client.op\":{\"client\":\"client(1)\",\"kind\":\"write\",\"via\":\"$l\","
              "\"expect\":\"ok\"}}",
              true, false, NULL);
    steps_end("{\"net.isolate\":{\"who\":\"$l\"}},"
              "{\"client.op\":{\"kind\":\"barrier\",\"via\":\"$l\",\"expect\":\"ok\"}}",
              false, true, "expected ok, but it was refused: NOLEADER");
    steps_end("{\"client.op\":{\"client\":\"clients\",\"kind\":\"read\"}}", false, false,
              "not several");
    steps_end("{\"proc.kill\":{\"who\":\"n2\"}},"
              "{\"client.op\":{\"kind\":\"read\",\"via\":\"n2\",\"expect\":\"ok\"}}",
              false, true, "expected ok, but it was not sent: no connection to n2");
}

/* Nodes told of by the answers of one client. */
static unsigned nodes_asked(const char *text)
{
    unsigned set = 0;
    for (const char *at = strstr(text, "\"node\":\"n"); at != NULL;
         at = strstr(at + 1, "\"node\":\"n"))
        set |= 1u << (at[strlen("\"node\":\"n")] - '1');
    return set;
}

static void pinned(void **state)
{
    (void)state;
    struct simrun r;
    char *text = history_of(&r, 7,
                            "{\"client.pin\":{\"client\":\"clients\",\"to\":\"n3\"}},"
                            "{\"load.start\":{\"ratePerS\":100}},{\"wait\":\"2s\"}",
                            CLIENTS(""));
    assert_int_equal(nodes_asked(text), 4);
    free(text);
    simrun_close(&r);
    text = history_of(&r, 7,
                      "{\"client.pin\":{\"client\":\"clients\",\"to\":\"n3\"},\"for\":\"1s\"},"
                      "{\"load.start\":{\"ratePerS\":100}},{\"proc.kill\":{\"who\":\"n3\"}},"
                      "{\"wait\":\"3s\"}",
                      CLIENTS(""));
    assert_true((nodes_asked(text) & 3) != 0); /* it is over */
    free(text);
    simrun_close(&r);
}

/* A session is opened by an entry of the log. */
static void session_dropped(void **state)
{
    (void)state;
    struct simrun r;
    char line[512];
    unsigned long long index[3];
    char *text = history_of(&r, 9,
                            "{\"client.op\":{\"kind\":\"write\",\"expect\":\"ok\"}},"
                            "{\"client.op\":{\"kind\":\"write\",\"expect\":\"ok\"}},"
                            "{\"client.dropSession\":{\"client\":\"client(0)\"}},"
                            "{\"client.op\":{\"kind\":\"write\",\"expect\":\"ok\"}}",
                            CLIENTS(",\"sessions\":true"));
    simrun_assert_done(&r);
    for (unsigned i = 0; i < 3; i++)
        index[i] = number_in(line_of(text, "\"clientReturn\"", i, line), "\"index\":");
    assert_true(index[1] == index[0] + 1);
    assert_true(index[2] == index[1] + 2);
    free(text);
    simrun_close(&r);
}

static void idle_until_a_step_says(void **state)
{
    static const char *const steps[] = {"{\"wait\":\"2s\"}",
                                        "{\"load.start\":{}},{\"wait\":\"2s\"}"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct simrun r;
        char *text = history_of(&r, 5, steps[i], CLIENTS(",\"idle\":true"));
        simrun_assert_done(&r);
        assert_int_equal(strstr(text, "clientInvoke") != NULL, i == 1);
        free(text);
        simrun_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(asked_where_and_what),
                                       cmocka_unit_test(expectations_bite),
                                       cmocka_unit_test(pinned), cmocka_unit_test(session_dropped),
                                       cmocka_unit_test(idle_until_a_step_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
