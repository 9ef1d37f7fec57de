/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps about the load: how often clients ask, what, for how long. */
#include "base/mem.h"
#include "base/span.h"
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLUSTER \
    "\"voters\":3,\"config\":{\"election_timeout\":\"200ms..400ms\",\"heartbeat\":\"50ms\"}"
#define CLIENTS(more) ",\"clients\":{\"count\":4,\"ratePerS\":100,\"keys\":5,\"idle\":true" more "}"
#define LEADER        "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"10s\"},"

/* The history of a run of these steps, after a leader was there. */
static char *history_of(uint64_t seed, const char *steps, const char *rest)
{
    struct simrun r;
    char whole[2048];
    (void)snprintf(whole, sizeof(whole), LEADER "%s", steps);
    simrun(&r, seed, CLUSTER, whole, rest);
    simrun_assert_done(&r);
    char *text = simrun_file(&r, "history.ndjson");
    simrun_close(&r);
    return text;
}

static uint64_t number_after(const char *line, const char *key)
{
    uint64_t number = 0;
    const char *at = strstr(line, key);
    assert_non_null(at);
    for (at += strlen(key); *at >= '0' && *at <= '9'; at++)
        number = 10 * number + (uint64_t)(*at - '0');
    return number;
}

/* Operations that began in each half second since the first of them, with all of these in them. */
static void asked(const char *text, const char *a, const char *b, unsigned *ret, size_t halves)
{
    uint64_t first = 0;
    memset(ret, 0, halves * sizeof(*ret));
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        size_t len = strcspn(line, "\n");
        char *own = mem_dup(line, len);
        bool counts = strstr(own, "clientInvoke") != NULL;
        uint64_t t = number_after(own, "\"t\":");
        first = counts && first == 0 ? t : first;
        size_t half = (size_t)((t - first) / 500000000u);
        if (counts && half < halves && strstr(own, a) != NULL && strstr(own, b) != NULL)
            ret[half]++;
        free(own);
    }
}

static void near(unsigned value, unsigned wanted)
{
    if (value + wanted / 5 + 2 < wanted || value > wanted + wanted / 5 + 2)
        fail_msg("%u operations, not about %u", value, wanted);
}

/* Each ends by itself, whichever began first; what stays stays. */
static void for_a_while(void **state)
{
    static const unsigned wanted[] = {50, 200, 100, 30, 30, 0}; /* the newest is on top */
    unsigned n[ARRAY_LEN(wanted)];
    (void)state;
    char *text =
        history_of(4,
                   "{\"load.start\":{},\"for\":\"2500ms\"},"
                   "{\"after\":\"500ms\",\"load.rate\":{\"ratePerS\":200},\"for\":\"1500ms\"},"
                   "{\"load.rate\":{\"ratePerS\":400},\"for\":\"500ms\"},"
                   "{\"after\":\"1s\",\"load.rate\":{\"ratePerS\":60}},{\"wait\":\"2s\"}",
                   CLIENTS(""));
    asked(text, "", "", n, ARRAY_LEN(n));
    for (size_t i = 0; i < ARRAY_LEN(n); i++)
        near(n[i], wanted[i]);
    free(text);
}

static void what_and_of_which(void **state)
{
    unsigned all[2], reads[2], first[2];
    (void)state;
    char *text = history_of(5,
                            "{\"load.start\":{\"profile\":\"readOnly\",\"keys\":1,\"ops\":30}},"
                            "{\"wait\":\"1s\"}",
                            CLIENTS(""));
    asked(text, "", "", all, 2);
    asked(text, "\"read\"", "\"k0\"", reads, 2);
    assert_int_equal(all[0] + all[1], 30);
    assert_int_equal(reads[0] + reads[1], 30);
    free(text);
    text = history_of(5,
                      "{\"load.start\":{\"keys\":200,\"hot\":\"50%\",\"mix\":{\"write\":1}}},"
                      "{\"wait\":\"2s\"}",
                      CLIENTS(""));
    asked(text, "\"write\"", "", all, 2);
    asked(text, "\"write\"", "\"k0\"", first, 2);
    near(all[0], 50);
    assert_true(first[0] + first[1] > 25 && first[0] + first[1] < 75);
    assert_non_null(strstr(text, "\"k1")); /* k10 to k199 */
    free(text);
}

/* Spread, beside the load and without it. */
static void a_burst_of_its_own(void **state)
{
    unsigned all[4], burst[4];
    (void)state;
    char *text =
        history_of(6,
                   "{\"load.start\":{\"profile\":\"readOnly\"}},"
                   "{\"load.burst\":{\"ops\":60,\"ratePerS\":60,\"profile\":\"writeOnly\"}},"
                   "{\"wait\":\"2500ms\"}",
                   CLIENTS(""));
    asked(text, "", "", all, 4);
    asked(text, "\"write\"", "", burst, 4);
    near(all[0], 80);
    near(burst[0], 30);
    assert_int_equal(burst[0] + burst[1] + burst[2] + burst[3], 60);
    assert_int_equal(burst[3], 0);
    free(text);
    text = history_of(6, "{\"load.burst\":{\"ops\":60,\"keys\":1}},{\"wait\":\"2s\"}", CLIENTS(""));
    asked(text, "", "\"k0\"", all, 4);
    assert_int_equal(all[0], 60);
    free(text);
}

/* A compare-and-set expects the bytes that are there, whatever size values have by now. */
static void sizes_change(void **state)
{
    size_t done = 0;
    (void)state;
    char *text =
        history_of(7,
                   "{\"load.start\":{\"value\":\"100B\"},\"for\":\"1s\"},{\"wait\":\"1100ms\"},"
                   "{\"mark\":{\"name\":\"m\"}},{\"load.start\":{\"value\":\"40B\"}},"
                   "{\"wait\":\"2s\"}",
                   CLIENTS(",\"model\":\"cas\",\"value\":\"20B\",\"mix\":{\"cas\":1}"));
    assert_null(strstr(text, "..")); /* no padding was taken for a value */
    for (const char *at = strstr(text, "\"done\":true"); at != NULL;
         at = strstr(at + 1, "\"done\":true"))
        done++;
    assert_true(done > 150);
    free(text);
}

/* Before the first load.start nobody asks of his own accord, whatever steps there are about it. */
static void waiting_for_the_start(void **state)
{
#define AWAKE ",\"clients\":{\"count\":2,\"ratePerS\":100}"
    unsigned n[4];
    (void)state;
    char *text = history_of(9,
                            "{\"load.burst\":{\"ops\":7}},{\"wait\":\"1s\"},"
                            "{\"load.rate\":{\"ratePerS\":20}},{\"wait\":\"1s\"},"
                            "{\"load.start\":{\"ops\":5}},{\"wait\":\"2s\"}",
                            AWAKE);
    asked(text, "", "", n, 4);
    assert_int_equal(n[0], 7);
    assert_int_equal(n[1] + n[2] + n[3], 0);
    free(text);
    text =
        history_of(9, "{\"load.burst\":{\"ops\":7}},{\"wait\":\"2s\"},{\"load.stop\":{}}", AWAKE);
    asked(text, "", "", n, 4);
    assert_true(n[3] > 10); /* none that starts it: it runs from the beginning */
    free(text);
}

static void barrier(void **state)
{
    (void)state;
    char *text = history_of(
        8, "{\"client.op\":{\"kind\":\"barrier\",\"via\":\"follower(0)\",\"expect\":\"ok\"}}",
        CLIENTS(",\"readMode\":\"local\""));
    assert_non_null(strstr(text, "\"read\""));
    assert_null(strstr(text, "\"mode\":\"local\""));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(for_a_while),           cmocka_unit_test(what_and_of_which),
        cmocka_unit_test(a_burst_of_its_own),    cmocka_unit_test(sizes_change),
        cmocka_unit_test(waiting_for_the_start), cmocka_unit_test(barrier)};
    return cmocka_run_group_tests_name("sim_load", tests, NULL, NULL);
}
