/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A link that several faults cut is open when the last of them has ended. */
#include "base/buf.h"
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CLIENTS                                                                                   \
    ",\"clients\":{\"count\":2,\"ratePerS\":50,\"keys\":2,\"timeout\":\"1s\",\"mix\":{\"write\":" \
    "1}}"

/* The links of one who led, each time. */
#define LINK     "\"link\":{\"from\":\"$l\"}"
#define ALONE    "\"net.partition\":{\"groups\":[[\"$l\"],[\"rest\"]]}"
#define ISOLATED "\"net.isolate\":{\"who\":\"$l\"}"
#define CUT      "\"net.cut\":{" LINK "}"
#define FLAPS    "\"net.flap\":{" LINK ",\"up\":\"50ms\",\"down\":\"50ms\",\"cycles\":3}"
#define UNCUT    "{\"net.uncut\":{" LINK "}},"
#define HEALED   "{\"net.heal\":{" LINK "}},"
#define FOR      ",\"for\":\"100ms\"},"
/* The others go on without it, unless they can go on with it. */
#define JOINS                                                                                  \
    "{\"wait\":\"2s\"},{\"wait\":{\"caughtUp\":{\"who\":\"$l\",\"lagEntries\":5}},\"within\":" \
    "\"2s\"}"

static void joins(const char *steps, bool wanted)
{
    simrun_comes_true(steps, CLIENTS, 3, wanted);
}

static void what_another_fault_cuts_stays_cut(void **state)
{
    (void)state;
    joins("{" ALONE "},{" ISOLATED FOR JOINS, false);
    joins("{" ISOLATED "},{" ALONE FOR JOINS, false);
    joins("{" CUT "},{" ISOLATED FOR JOINS, false);
    joins("{" CUT "},{" FLAPS "}," JOINS, false);
}

static void the_last_one_opens_it(void **state)
{
    (void)state;
    joins("{" ISOLATED FOR JOINS, true);
    joins("{" FLAPS "}," JOINS, true);
    joins("{" ALONE FOR "{" ISOLATED FOR JOINS, true);
}

/* What a step mends no fault has any more. */
static void mended_is_mended_for_all(void **state)
{
    (void)state;
    joins("{" CUT "},{" ISOLATED "}," UNCUT JOINS, true);
    joins("{" CUT "},{" ISOLATED FOR UNCUT JOINS, true);
    joins("{" CUT "},{" ALONE "}," UNCUT JOINS, false);
    joins("{" CUT "},{" ALONE "}," HEALED JOINS, true);
    joins("{" CUT "}," UNCUT "{" CUT "},{" ISOLATED FOR JOINS, false);
}

/* The end of a partition that has made room for the next one opens nothing. */
static void one_partition_after_the_other(void **state)
{
    (void)state;
    joins("{" ALONE FOR "{" ALONE "}," JOINS, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_another_fault_cuts_stays_cut),
        cmocka_unit_test(the_last_one_opens_it),
        cmocka_unit_test(mended_is_mended_for_all),
        cmocka_unit_test(one_partition_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
