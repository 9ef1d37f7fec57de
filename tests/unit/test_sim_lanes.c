/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of single message types on links, and of the administrator's links, in virtual time. */
#include "base/buf.h"
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CLIENTS                                                                                   \
    ",\"clients\":{\"count\":2,\"ratePerS\":50,\"keys\":2,\"timeout\":\"1s\",\"mix\":{\"write\":" \
    "1}}"

/* Links of these types, everywhere; of the administrator. */
#define ENTRIES   "\"link\":{\"from\":\"all\",\"message\":[\"AppendEntries\"]}"
#define ANSWERS   "\"link\":{\"from\":\"all\",\"message\":[\"AppendEntriesReply\"]}"
#define HANDOVERS "\"link\":{\"from\":\"all\",\"message\":[\"TimeoutNow\"]}"
#define ORDERS    "\"link\":{\"from\":\"all\",\"message\":[\"AppendEntries\",\"Heartbeat\"]}"
#define ADMIN     "\"link\":{\"from\":\"all\",\"plane\":\"admin\"}"

#define CALM     "{\"wait\":{\"term\":{\"unchangedFor\":\"2s\"}},\"within\":\"2100ms\"}"
#define COMMITS  "{\"wait\":{\"commit\":{\"plus\":5}},\"within\":\"1s\"}"
#define TRANSFER "{\"leader.transfer\":{\"timeout\":\"2s\",\"to\":\"follower(0)\"}}"

static void comes_true(const char *steps, bool wanted)
{
    simrun_comes_true(steps, CLIENTS, 4, wanted);
}

/* Heartbeats alone keep a leader, and commit nothing. */
static void what_is_cut_are_these_types_alone(void **state)
{
    (void)state;
    comes_true("{\"net.cut\":{" ENTRIES "}}," CALM, true);
    comes_true("{\"net.cut\":{" ENTRIES "}}," COMMITS, false);
    comes_true("{\"net.cut\":{" ORDERS "}}," CALM, false);
    comes_true("{\"net.cut\":{" ENTRIES "},\"for\":\"500ms\"}," COMMITS, true);
}

/* Whoever mends some types leaves the others alone; whoever mends links mends all of them. */
static void lanes_are_mended_one_by_one(void **state)
{
    (void)state;
    comes_true("{\"net.cut\":{" ENTRIES "}},{\"net.cut\":{" HANDOVERS "}},"
               "{\"net.uncut\":{" ENTRIES "}}," COMMITS,
               true);
    comes_true("{\"net.cut\":{" ENTRIES "}},{\"net.cut\":{" HANDOVERS "}},"
               "{\"net.uncut\":{" ENTRIES "}}," TRANSFER,
               false);
    comes_true("{\"net.cut\":{" ENTRIES "}},{\"net.cut\":{" HANDOVERS "}},"
               "{\"net.heal\":{\"link\":\"all\"}}," COMMITS "," TRANSFER,
               true);
}

static void types_are_late_held_and_lost(void **state)
{
    (void)state;
    comes_true("{\"net.set\":{" ANSWERS ",\"delay\":\"100ms\"}},{\"wait\":\"1s\"}," COMMITS, true);
    comes_true("{\"net.set\":{" ANSWERS ",\"delay\":\"1500ms\"}}," COMMITS, false);
    comes_true("{\"net.hold\":{" ENTRIES "}}," CALM ",{\"net.release\":{" ENTRIES "}}," COMMITS,
               true);
    comes_true("{\"net.hold\":{" ENTRIES "}}," COMMITS, false);
    comes_true("{\"net.ramp\":{" ENTRIES ",\"parameter\":\"loss\",\"from\":\"0%\",\"to\":\"100%\","
               "\"over\":\"500ms\"}}," COMMITS,
               false);
    comes_true("{\"net.flap\":{" ENTRIES
               ",\"up\":\"200ms\",\"down\":\"200ms\",\"cycles\":5}}," COMMITS,
               true);
}

/* Asked over links only where somebody has a word about them, and then as late as they are. */
static void the_administrator_is_cut_off_and_late(void **state)
{
    (void)state;
    comes_true("{\"net.isolate\":{\"who\":\"leader\",\"plane\":\"admin\"}}," COMMITS ","
               "{\"snapshot.take\":{\"who\":\"follower(0)\",\"timeout\":\"1s\"}}",
               true);
    comes_true("{\"net.isolate\":{\"who\":\"leader\",\"plane\":\"admin\"}},"
               "{\"snapshot.take\":{\"who\":\"leader\",\"timeout\":\"3s\"}}",
               false);
    comes_true("{\"net.isolate\":{\"who\":\"leader\",\"plane\":\"admin\",\"direction\":\"out\"},"
               "\"for\":\"500ms\"},{\"snapshot.take\":{\"who\":\"leader\",\"timeout\":\"3s\"}}",
               true);
    comes_true("{\"net.set\":{" ADMIN ",\"delay\":\"300ms\"}},"
               "{\"snapshot.take\":{\"who\":\"leader\",\"timeout\":\"550ms\"}}",
               false);
    comes_true("{\"net.set\":{" ADMIN ",\"delay\":\"300ms\"}},"
               "{\"snapshot.take\":{\"who\":\"leader\",\"timeout\":\"700ms\"}}",
               true);
}

/* Eight lists of types; lint refuses a ninth. */
static void lists_of_types_are_few(void **state)
{
    static const char *const types[] = {"PreVote",    "RequestVote",    "AppendEntries",
                                        "Heartbeat",  "HeartbeatReply", "InstallSnapshot",
                                        "TimeoutNow", "ReadIndex"};
    struct buf steps = {0};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        buf_putf(&steps,
                 "%s{\"net.set\":{\"link\":{\"from\":\"all\",\"message\":[\"%s\"]},"
                 "\"delay\":\"1ms\"}}",
                 i > 0 ? "," : "", types[i]);
    comes_true(buf_str(&steps), true);
    buf_free(&steps);
}

/* The answer of a node that died comes as late as any other, and nothing is left behind. */
static void a_question_outlives_its_node(void **state)
{
    (void)state;
    comes_true("{\"net.set\":{" ADMIN ",\"delay\":\"100ms\",\"loss\":\"30%\"}},"
               "{\"parallel\":{\"branches\":[[{\"snapshot.take\":{\"who\":\"$l\","
               "\"expect\":\"any\"}}],"
               "[{\"after\":\"80ms\",\"proc.restart\":{\"who\":\"$l\",\"gap\":\"300ms\"}}]]}},"
               "{\"wait\":{\"leader\":{}},\"within\":\"3s\"},"
               "{\"snapshot.take\":{\"who\":\"$l\"}}",
               true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_cut_are_these_types_alone),
        cmocka_unit_test(lanes_are_mended_one_by_one),
        cmocka_unit_test(types_are_late_held_and_lost),
        cmocka_unit_test(lists_of_types_are_few),
        cmocka_unit_test(the_administrator_is_cut_off_and_late),
        cmocka_unit_test(a_question_outlives_its_node),
    };
    return cmocka_run_group_tests_name("sim_lanes", tests, NULL, NULL);
}
