/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A step about processes that would do nothing is not done in silence. */
#include "base/buf.h"
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define KILL(more)  "{\"proc.kill\":{\"who\":\"$l\"}" more "}"
#define PAUSE(more) "{\"proc.pause\":{\"who\":\"$l\"}" more "}"
#define START(more) "{\"proc.start\":{\"who\":\"$l\"" more "}}"
#define OTHER(more) "{\"proc.start\":{\"who\":\"follower(0)\"" more "}}"
#define HEALED      "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"10s\"}"

static void comes_true(const char *steps, bool wanted)
{
    simrun_comes_true(steps, "", 2, wanted);
}

static void only_who_runs_can_be_ended(void **state)
{
    (void)state;
    comes_true(KILL("") "," KILL(""), false);
    comes_true(KILL("") "," PAUSE(",\"for\":\"100ms\""), false);
    comes_true(KILL("") "," KILL(",\"must\":false"), true);
    comes_true(KILL("") ",{\"proc.kill\":{\"who\":\"all\"}}", true); /* some of them ran */
    comes_true(KILL("") ",{\"proc.restart\":{\"who\":\"all\"}}," HEALED, true);
}

/* Who was dead before is not brought back by the end of another fault. */
static void only_who_was_killed_comes_back(void **state)
{
    (void)state;
    comes_true(KILL("") ",{\"proc.kill\":{\"who\":[\"$l\",\"follower(0)\"]},\"for\":\"100ms\"},"
                        "{\"wait\":\"1s\"},{\"proc.pause\":{\"who\":\"$l\"},\"for\":\"100ms\"}",
               false);
}

static void who_runs_takes_nothing_new(void **state)
{
    (void)state;
    comes_true(KILL("") "," OTHER(""), true);
    comes_true(KILL("") "," OTHER(",\"keepData\":false"), false);
    comes_true(KILL("") "," OTHER(",\"flags\":[\"--heartbeat=20ms\"]"), false);
    comes_true(KILL("") "," START(",\"flags\":[\"--heartbeat=20ms\"]") "," HEALED, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_runs_can_be_ended),
        cmocka_unit_test(only_who_was_killed_comes_back),
        cmocka_unit_test(who_runs_takes_nothing_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
