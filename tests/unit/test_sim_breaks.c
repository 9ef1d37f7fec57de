/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of connections, in virtual time: who is told, who is not, and what goes on. */
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLIENTS                                                                                  \
    ",\"clients\":{\"count\":2,\"ratePerS\":50,\"keys\":2,\"timeout\":\"1s\",\"mix\":{\"read\":" \
    "50,"                                                                                        \
    "\"write\":50}}"
/* So that an operation takes a while, and a reset meets some. */
#define DELAYED ",\"links\":{\"default\":{\"delay\":\"1ms\"}}"
#define PEERS   "\"link\":\"all\""

static void comes_true(const char *steps, bool wanted)
{
    simrun_comes_true(steps, CLIENTS, 8, wanted);
}

static void new_ones_only(void **state)
{
    (void)state;
    comes_true("{\"net.cut\":{" PEERS ",\"style\":\"synOnly\"}},"
               "{\"wait\":{\"term\":{\"unchangedFor\":\"3s\"}},\"within\":\"3100ms\"},"
               "{\"wait\":{\"commit\":{\"plus\":10}},\"within\":\"2s\"}",
               true);
    comes_true("{\"net.cut\":{" PEERS ",\"style\":\"synOnly\"}},"
               "{\"proc.restart\":{\"who\":\"follower(0)\"},\"as\":\"f\"},"
               "{\"wait\":{\"event\":{\"type\":\"boot\",\"who\":\"$f\"}},\"within\":\"1s\"},"
               "{\"wait\":{\"event\":{\"type\":\"appendAccepted\",\"who\":\"$f\"}},"
               "\"within\":\"4s\"}",
               false);
    comes_true("{\"net.cut\":{" PEERS ",\"style\":\"synOnly\"}},"
               "{\"proc.restart\":{\"who\":\"follower(0)\"},\"as\":\"f\"},{\"wait\":\"1s\"},"
               "{\"net.uncut\":{" PEERS "}},"
               "{\"wait\":{\"event\":{\"type\":\"appendAccepted\",\"who\":\"$f\"}},"
               "\"within\":\"2s\"}",
               true);
}

/* Nothing passes in any of them, and all of them end. */
static void as_good_as_cut(void **state)
{
    (void)state;
    static const char *const faults[] = {"\"style\":\"reset\"", "\"style\":\"reject\""};
    for (size_t i = 0; i < 2; i++) {
        char steps[512];
        (void)snprintf(steps, sizeof(steps),
                       "{\"net.cut\":{\"link\":{\"from\":\"$l\",\"to\":\"rest\"},%s}},"
                       "{\"wait\":{\"event\":{\"type\":\"steppedDown\",\"who\":\"$l\"}},"
                       "\"within\":\"2s\"},"
                       "{\"net.heal\":{\"link\":\"all\"}},"
                       "{\"wait\":{\"caughtUp\":{\"who\":\"all\",\"lagEntries\":10}},"
                       "\"within\":\"4s\"}",
                       faults[i]);
        comes_true(steps, true);
    }
}

/* What is open is dead; who notices dials again. */
static void forgotten(void **state)
{
    (void)state;
    comes_true("{\"net.halfOpen\":{" PEERS "}},"
               "{\"wait\":{\"commit\":{\"plus\":3}},\"within\":\"150ms\"}",
               false);
    comes_true("{\"net.halfOpen\":{" PEERS "}},{\"wait\":\"3s\"},"
               "{\"wait\":{\"commit\":{\"plus\":10}},\"within\":\"3s\"}",
               true);
}

static unsigned unknown_outcomes(const char *step)
{
    struct simrun r;
    char steps[512];
    unsigned count = 0;
    (void)snprintf(
        steps, sizeof(steps),
        "%s{\"load.rate\":{\"ratePerS\":2000}},{\"every\":{\"period\":\"20ms\",\"times\":100,"
        "\"steps\":[%s]}},{\"wait\":{\"commit\":{\"plus\":5}},\"within\":\"5s\"}",
        SIMRUN_LEADER, step);
    simrun(&r, 11, SIMRUN_CLUSTER, steps, CLIENTS DELAYED);
    simrun_assert_done(&r);
    char *text = simrun_file(&r, "history.ndjson");
    for (const char *at = strstr(text, "\"RESET\""); at != NULL; at = strstr(at + 1, "\"RESET\""))
        count++;
    free(text);
    simrun_close(&r);
    return count;
}

/* Clients hear of it, peers dial again. */
static void reset(void **state)
{
    (void)state;
    assert_int_equal(unknown_outcomes("{\"net.reset\":{" PEERS "},\"must\":false}"), 0);
    assert_true(unknown_outcomes("{\"net.reset\":{\"link\":{\"from\":\"clients\",\"to\":\"all\","
                                 "\"plane\":\"client\"}},\"must\":false}") > 0);
    comes_true("{\"net.cut\":{" PEERS "}},{\"proc.kill\":{\"who\":\"all\"}},"
               "{\"net.reset\":{" PEERS "}}",
               false);
}

static void trickle(void **state)
{
    (void)state;
    comes_true("{\"net.trickle\":{" PEERS ",\"bytesPerS\":125}},"
               "{\"wait\":{\"commit\":{\"plus\":20}},\"within\":\"3s\"}",
               false);
    comes_true("{\"net.trickle\":{" PEERS ",\"bytesPerS\":125},\"for\":\"1s\"},{\"wait\":\"2s\"},"
               "{\"wait\":{\"commit\":{\"plus\":20}},\"within\":\"6s\"}",
               true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_ones_only), cmocka_unit_test(as_good_as_cut),
        cmocka_unit_test(forgotten), cmocka_unit_test(reset), cmocka_unit_test(trickle)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
