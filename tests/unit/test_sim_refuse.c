/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a step says and this world would ignore is refused before anything starts. */
#include "emulator/sim/sim.h"
#include "tests/support/scenario_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* why: how the refusal begins; NULL: it is done. */
static void try(const char *step, const char *sections, const char *why)
{
    char *text = scenario_text_around(step, sections);
    struct scenario *s = scenario_text_good(text);
    struct trace_names names = {0};
    const struct sim_options options = {.seed = 1, .names = &names};
    struct sim *sim = NULL;
    struct err e = {0};
    int code = sim_open(s, &options, &sim, &e);
    assert_int_equal(code, why == NULL ? 0 : -E_UNSUPPORTED);
    if (why != NULL && strncmp(e.text, why, strlen(why)) != 0)
        fail_msg("%s: %s", step, e.text);
    assert_int_equal(sim_close(sim, NULL, &e), 0);
    scenario_free(s);
    free(text);
}

static void nothing_is_ignored(void **state)
{
    static const struct {
        const char *step, *why; /* NULL: it is done */
    } cases[] = {
        {"{\"net.set\":{\"link\":\"all\",\"mtu\":\"1KiB\"}}", NULL},
        {"{\"net.isolate\":{\"who\":\"n1\",\"plane\":\"admin\"}}", NULL},
        {"{\"net.cut\":{\"link\":{\"from\":\"n1\",\"plane\":\"admin\"}}}", NULL},
        {"{\"net.cut\":{\"link\":{\"from\":\"n1\",\"message\":[\"Heartbeat\"]}}}", NULL},
        {"{\"proc.kill\":{\"who\":\"n1\"}},{\"proc.start\":{\"who\":\"n1\",\"flags\":[\"-x\"]}}",
         "step 2: proc.start: flags: -x: "},
        {"{\"proc.restart\":{\"who\":\"n1\",\"flags\":[\"--heartbeat\",\"20ms\",\"--prevote\","
         "\"--lease-reads=on\"]}}",
         NULL},
        {"{\"proc.restart\":{\"who\":\"n1\",\"flags\":[\"--heartbeat\",\"--prevote\"]}}",
         "step 1: proc.restart: flags: --heartbeat: "},
        {"{\"proc.restart\":{\"who\":\"n1\",\"flags\":[\"--data-dir=/x\"]}}",
         "step 1: proc.restart: flags: --data-dir=/x: "},
        {"{\"proc.restart\":{\"who\":\"n1\",\"env\":{\"A\":1}}}", "step 1: proc.restart: env: "},
        {"{\"proc.limit\":{\"who\":\"n1\",\"cpu\":\"5%\"}}", NULL},
        {"{\"proc.limit\":{\"who\":\"n1\",\"fds\":32}}",
         "step 1: proc.limit: fds: a process has it"},
        {"{\"disk.slow\":{\"who\":\"n1\",\"delay\":\"1ms\",\"op\":\"read\"}}", NULL},
        {"{\"load.start\":{\"ratePerS\":3,\"mix\":{\"read\":1}},\"for\":\"1s\"},{\"load.burst\":{"
         "\"ops\":3}}",
         NULL},
        {"{\"client.cut\":{\"client\":\"clients\"},\"for\":\"1s\"}", NULL},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        try(cases[i].step, "", cases[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_ignored),
    };
    return cmocka_run_group_tests_name("sim_refuse", tests, NULL, NULL);
}
