/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scenarios that are well formed and still wrong, and what a world says it cannot do. */
#include "base/mem.h"
#include "emulator/scenario/lint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct outcome {
    size_t errors, warnings;
    char *said;
};

static struct outcome lint(const char *text, const struct lint_world *world)
{
    struct scenario_source src;
    struct err e;
    struct buf out = {0};
    struct outcome o = {0};
    if (scenario_source_text(&src, "t.json", text, strlen(text), &e) < 0)
        fail_msg("no JSON: %s", text);
    struct scenario *s = scenario_source_parse(&src);
    if (s != NULL)
        o.errors = scenario_lint(s, &src, world);
    o.warnings = src.diags.warnings;
    diags_render(&src.diags, &out);
    if (s == NULL)
        fail_msg("not parsed: %s\n%s", text, buf_str(&out));
    o.said = mem_strdup(buf_str(&out));
    buf_free(&out);
    scenario_free(s);
    scenario_source_close(&src);
    return o;
}

static char *whole(const char *cluster, const char *steps, const char *sections)
{
    struct buf out = {0};
    buf_putf(&out,
             "{\"version\":1,\"name\":\"t\",\"cluster\":{%s},\"steps\":[%s],\"coverage\":{"
             "\"elections\":1}%s}",
             cluster, steps, sections);
    char *text = mem_strdup(buf_str(&out));
    buf_free(&out);
    return text;
}

static void check(const char *cluster, const char *steps, const char *sections, size_t errors,
                  size_t warnings, const char *message)
{
    char *text = whole(cluster, steps, sections);
    struct outcome o = lint(text, NULL);
    if (o.errors != errors || o.warnings != warnings || strstr(o.said, message) == NULL)
        fail_msg("%s\n%zu errors, %zu warnings, said:\n%s\nexpected %zu, %zu, %s", text, o.errors,
                 o.warnings, o.said, errors, warnings, message);
    free(o.said);
    free(text);
}

static void bad(const char *steps, const char *message)
{
    check("\"voters\":5", steps, "", 1, 0, message);
}

static void fine(const char *steps)
{
    check("\"voters\":5", steps, "", 0, 0, "");
}

#define LEADER "{\"wait\":{\"leader\":{}},\"within\":\"5s\"}"
#define COMMIT "{\"wait\":{\"commit\":{\"plus\":1}},\"within\":\"5s\"}"
#define HEAL   "{\"net.heal\":{\"link\":\"all\"}}"

#define TYPED(more) "\"link\":{\"from\":\"n1\",\"message\":[\"PreVote\"]}" more
#define FILTER(more) \
    "{\"net.filter\":{\"link\":\"all\",\"message\":[\"PreVote\"],\"verdict\":" more "}}"

static void test_links(void **state)
{
    (void)state;
    fine("{\"net.cut\":{" TYPED("") "}},{\"net.hold\":{" TYPED("") "}},{\"net.trickle\":{" TYPED(
        ",\"bytesPerS\":125") "}}");
    bad("{\"net.cut\":{" TYPED(",\"style\":\"reset\"") "}}", "a connection carries every type");
    bad("{\"net.halfOpen\":{" TYPED("") "}}", "a connection carries every type");
    bad("{\"net.filter\":{" TYPED(",\"message\":[\"PreVote\"],\"verdict\":\"drop\"") "}}",
        "which of the two?");
    bad("{\"net.reset\":{\"link\":{\"from\":\"n1\",\"plane\":\"admin\"}}}",
        "a connection of its own");
    bad("{\"net.filter\":{\"link\":{\"from\":\"n1\",\"plane\":\"all\"},\"message\":["
        "\"PreVote\"],\"verdict\":\"drop\"}}",
        "message types cross the links between nodes only");
    fine(FILTER("\"delay\",\"delay\":\"5ms\""));
    bad(FILTER("\"delay\",\"delay\":\"0s\""), "no time at all");
    bad("{\"net.trickle\":{\"link\":\"all\",\"bytesPerS\":124}}", "must be 125..");
    bad("{\"proc.crashAt\":{\"who\":\"n1\",\"point\":\"logSync\",\"hit\":0}}", "counted from 1");
    bad("{\"proc.stallAt\":{\"who\":\"n1\",\"point\":\"logSync\",\"stall\":\"0s\"}}",
        "no time at all");
}

/* Links from 1 and up to this one, each with a list of types of its own. */
static void lanes(struct buf *out, const char *before, const char *after, unsigned count)
{
    for (unsigned i = 1; i <= count; i++) {
        buf_putf(out, "%s%s{\"from\":\"n1\",\"message\":[", i > 1 ? "," : "", before);
        const char *separator = "";
        for (unsigned m = 0; m < 4; m++) {
            if ((i >> m & 1) == 0)
                continue;
            buf_putf(out, "%s\"%s\"", separator, vocab_message_name((enum message_id)m));
            separator = ",";
        }
        buf_putf(out, "]}%s", after);
    }
}

/* Wherever they are, so many lists of types can be told apart on links, and no more. */
static void test_lanes(void **state)
{
#define MANY "more than 8 different lists of types"
    struct buf steps = {0}, pairs = {0};
    (void)state;
    buf_puts(&pairs, ",\"links\":{\"perPair\":[");
    lanes(&steps, "{\"net.cut\":{\"link\":", "}}", 8);
    lanes(&pairs, "{\"link\":", ",\"delay\":\"1ms\"}", 8);
    buf_puts(&pairs, "]}");
    check("\"voters\":5", buf_str(&steps), buf_str(&pairs), 0, 0, ""); /* the same lists */
    check(
        "\"voters\":5",
        "{\"repeat\":{\"times\":2,\"steps\":[{\"net.hold\":{\"link\":{\"from\":\"n1\",\"message\":"
        "[\"PreVote\",\"PreVote\"]}}}]}},{\"net.cut\":{\"link\":{\"from\":\"n1\"}}}",
        "", 0, 0, "");
    buf_reset(&steps);
    lanes(&steps, "{\"parallel\":{\"branches\":[[{\"net.cut\":{\"link\":", "}}]]}}", 10);
    bad(buf_str(&steps), MANY); /* said once */
    buf_reset(&pairs);
    buf_puts(&pairs, ",\"links\":{\"perPair\":[");
    lanes(&pairs, "{\"link\":", ",\"delay\":\"1ms\"}", 9);
    buf_puts(&pairs, "]}");
    check("\"voters\":5", "", buf_str(&pairs), 1, 0, MANY "    [/links/perPair/8/link]");
    buf_free(&steps);
    buf_free(&pairs);
}

#define CLIENT   ",\"clients\":{\"count\":1}"
#define KNOB(of) "{\"config.set\":{\"who\":\"all\",\"value\":\"5\",\"knob\":" of "}}"

static void test_questions(void **state)
{
    (void)state;
    bad("{\"client.op\":{\"kind\":\"read\"}}", "the scenario has no \"clients\"");
    bad("{\"client.pin\":{\"client\":\"clients\",\"to\":\"n1\"}}", "has no \"clients\"");
    check("\"voters\":5", "{\"client.op\":{\"kind\":\"read\",\"key\":\"\"}}", CLIENT, 1, 0,
          "a key of no characters");
    check("\"voters\":5", "{\"client.dropSession\":{\"client\":\"client(0)\"}}", CLIENT, 1, 0,
          "the clients have no sessions");
    check("\"voters\":5", "{\"client.op\":{\"kind\":\"read\",\"key\":\"x\"}}", CLIENT, 0, 0, "");
    fine(KNOB("\"snapshot_every\""));
    fine(KNOB("\"heartbeat\",\"expect\":\"refused\",\"error\":\"FIXED\""));
    fine(KNOB("\"heartbeet\",\"expect\":\"any\""));
    bad(KNOB("\"heartbeet\""), "raftd has no setting \"heartbeet\"");
    bad(KNOB("\"heartbeat\""), "a running node refuses to change it");
    bad(KNOB("\"heartbeat\",\"expect\":\"refused\",\"error\":\"FIXD\""), "did you mean \"FIXED\"?");
    check("\"voters\":5", LEADER, CLIENT ",\"expect\":{\"rejected\":{\"error\":\"\"}}", 1, 0,
          "no refusal begins with that word");
    check("\"voters\":5", LEADER, CLIENT ",\"expect\":{\"rejected\":{\"error\":\"NOLEADR\"}}", 1, 0,
          "did you mean \"NOLEADER\"?");
    check("\"voters\":5", LEADER, CLIENT ",\"expect\":{\"rejected\":{\"error\":\"NOTSENT\"}}", 0, 0,
          "");
}

static void test_disks(void **state)
{
    (void)state;
    bad(LEADER ",{\"disk.flip\":{\"who\":\"n1\",\"count\":0}}",
        "disk.flip: count: no place at all    [/steps/1/disk.flip/count]");
    bad(LEADER ",{\"disk.zero\":{\"who\":\"n1\",\"bytes\":0}}", "bytes: no byte at all");
    bad(LEADER ",{\"disk.tear\":{\"who\":\"n1\",\"at\":\"0B\"}}", "before its first byte");
    bad(LEADER ",{\"disk.tear\":{\"who\":\"n1\",\"at\":\"9B\",\"keep\":\"random\"}}",
        "sectors kept at random break nowhere else");
    bad(LEADER ",{\"disk.tear\":{\"who\":\"n1\",\"sector\":\"100B\"}}",
        "disk.tear: sector: must be a multiple of 512B    [/steps/1/disk.tear/sector]");
    bad(LEADER ",{\"disk.loseUnsynced\":{\"who\":\"n1\",\"atCrash\":false,"
               "\"lieAboutFsync\":true}}",
        "before the first lie");
    fine(LEADER ",{\"disk.tear\":{\"who\":\"n1\",\"sector\":\"4KiB\",\"keep\":\"random\"}}");
    fine(LEADER ",{\"disk.stale\":{\"who\":\"n1\",\"file\":\"log\",\"region\":\"crc\"}}");
    fine(LEADER ",{\"disk.loseUnsynced\":{\"who\":\"n1\",\"lieAboutFsync\":true}}");
}

static void test_points(void **state)
{
    (void)state;
    fine(LEADER ",{\"proc.crashAt\":{\"who\":\"n1\",\"point\":\"imageRename\"}}");
    bad(LEADER ",{\"proc.crashAt\":{\"who\":\"n1\",\"point\":\"imageRenam\"}}",
        "did you mean \"imageRename\"");
    bad(LEADER ",{\"proc.stallAt\":{\"who\":\"n1\",\"point\":\"fault\",\"stall\":\"1s\"}}",
        "point \"fault\": neither an event");
}

static void test_clocks(void **state)
{
    static const char *const leases =
        "\"voters\":5,\"config\":{\"lease_reads\":\"on\",\"max_clock_drift\":\"50000ppm\"}";
    (void)state;
    bad("{\"clock.jump\":{\"who\":\"n1\",\"by\":\"0s\"}}",
        "a jump of nothing    [/steps/0/clock.jump/by]");
    bad("{\"clock.rate\":{\"who\":\"n1\",\"ppm\":\"0ppm\"}}", "0ppm off is right");
    bad("{\"clock.rate\":{\"who\":\"n1\",\"ppm\":\"-1000000ppm\"}}", "clock.freeze lets it stand");
    bad("{\"clock.rate\":{\"who\":\"n1\",\"ppm\":\"99000001ppm\"}}", "a hundred times");
    bad("{\"clock.strobe\":{\"who\":\"n1\",\"delta\":\"0s\",\"period\":\"1s\"},\"for\":\"1s\"}",
        "a jump of nothing    [/steps/0/clock.strobe/delta]");
    bad("{\"clock.strobe\":{\"who\":\"n1\",\"delta\":\"1s\",\"period\":\"0s\"},\"for\":\"1s\"}",
        "a period of nothing");
    fine("{\"clock.rate\":{\"who\":\"n1\",\"ppm\":\"-999999ppm\"}},"
         "{\"clock.jump\":{\"who\":\"n1\",\"by\":\"-1h\"}},{\"clock.reset\":{\"who\":\"n1\"}}");
    /* What leases bear. */
    check(leases, "{\"clock.rate\":{\"who\":\"n1\",\"ppm\":\"-50000ppm\"}}", "", 0, 0, "");
    check(leases, "{\"clock.rate\":{\"who\":\"n1\",\"ppm\":\"50001ppm\"}}", "", 0, 1,
          "off by at most 50000ppm");
    check(leases, "{\"clock.jump\":{\"who\":\"n1\",\"by\":\"1ms\"}}", "", 0, 1,
          "breaks no promise");
}

#define WHEN(keys, step) "{\"when\":{" keys "},\"within\":\"5s\"," step "}"
#define KILL_IT          "\"as\":\"it\",\"proc.kill\":{\"who\":\"$it\"}"

static void test_triggers(void **state)
{
    (void)state;
    fine(WHEN("\"event\":\"votePersisted\",\"before\":true", KILL_IT));
    fine(WHEN("\"event\":\"votePersisted\",\"who\":\"n2\",\"before\":true",
              "\"proc.kill\":{\"who\":\"n2\"}"));
    bad(WHEN("\"event\":\"votePersisted\",\"who\":\"n2\",\"before\":true",
             "\"proc.kill\":{\"who\":\"n3\"}"),
        "only the node of the event can be killed    [/steps/0/when/before]");
    bad(WHEN("\"event\":\"clientInvoke\"", KILL_IT), "no node writes this event");
    bad(WHEN("\"event\":\"crashed\",\"before\":true",
             "\"net.heal\":{\"link\":\"all\"},\"must\":false"),
        "a process that has ended");
    bad(WHEN("\"event\":\"boot\",\"nth\":0", KILL_IT), "counted from 1    [/steps/0/when/nth]");
    bad(WHEN("\"event\":\"boot\",\"once\":false",
             "\"proc.stutter\":{\"who\":\"n1\",\"run\":\"1s\",\"stop\":\"1s\",\"cycles\":2}"),
        "it cannot be done each time");
}

static void test_undone_early(void **state)
{
    (void)state;
    bad(HEAL, "nothing to heal yet");
    bad(HEAL ",{\"net.cut\":{\"link\":\"all\"}}", "nothing to heal yet");
    bad("{\"net.uncut\":{\"link\":\"all\"}}", "nothing to mend yet");
    bad("{\"net.release\":{\"link\":\"all\"}}", "nothing is held yet");
    bad("{\"proc.resume\":{\"who\":\"n1\"}}", "nobody is suspended yet");
    bad("{\"proc.start\":{\"who\":\"n1\"}}", "everybody runs");
    bad("{\"clock.reset\":{\"who\":\"n1\"}}", "every clock is right");
    bad("{\"load.stop\":{}}", "there is no load");
    fine("{\"net.cut\":{\"link\":\"all\"}}," HEAL);
    fine("{\"net.heal\":{\"link\":\"all\"},\"must\":false}");
    fine("{\"fuzz\":{\"alphabet\":[\"net.cut\"]},\"for\":\"1s\"}," HEAL);
    fine("{\"proc.kill\":{\"who\":\"n1\"}},{\"proc.start\":{\"who\":\"n1\"}}");
    check("\"voters\":3,\"spare\":1", "{\"proc.start\":{\"who\":\"n4\"}}", "", 0, 0, "");
    check("\"voters\":3", "{\"load.stop\":{}}", ",\"clients\":{\"count\":1}", 0, 0, "");
    fine("{\"repeat\":{\"times\":2,\"steps\":[{\"net.cut\":{\"link\":\"all\"}}," HEAL "]}}");
}

static void test_load(void **state)
{
    static const char *const clients = ",\"clients\":{\"count\":1}";
    (void)state;
    bad("{\"load.burst\":{\"ops\":5}}", "the scenario has no \"clients\"");
    bad("{\"load.rate\":{\"ratePerS\":5}}", "the scenario has no \"clients\"");
    check("\"voters\":3", "{\"load.burst\":{\"ops\":1000000}}", clients, 0, 0, "");
    check("\"voters\":3", "{\"load.start\":{\"profile\":\"mixed\",\"mix\":{\"read\":1}}}", clients,
          1, 0, "a profile is a mix: give one of the two");
    check("\"voters\":3", "{\"load.burst\":{\"ops\":11}}",
          ",\"clients\":{\"count\":1},\"budget\":{\"maxOps\":10}", 1, 0,
          "a burst of 11 operations, but the budget's maxOps is 10");
}

static void test_retry(void **state)
{
    (void)state;
    check("\"voters\":3", "{\"wait\":\"1s\"}", ",\"clients\":{\"count\":1,\"retry\":true}", 1, 0,
          "without a session may be executed twice    [/clients/retry]");
    check("\"voters\":3", "{\"wait\":\"1s\"}",
          ",\"clients\":{\"count\":1,\"retry\":true,\"sessions\":true}", 0, 0, "");
    check("\"voters\":3", "{\"wait\":\"1s\"}",
          ",\"clients\":{\"count\":1,\"retry\":true,\"mix\":{\"read\":1}}", 0, 0, "");
}

/* What a model has not is said before anything runs: in clients, and in steps about them. */
static void test_models(void **state)
{
    static const char *const models[][3] = {
        {"set", "\"append\":1", "\"set\" has no append    [/clients/mix/append]"},
        {"queue", "\"read\":1,\"scan\":1", "\"queue\" has no scan    [/clients/mix/scan]"},
        {"register", "\"delete\":1", "\"register\" has no delete    [/clients/mix/delete]"},
        {"kv", "\"read\":1,\"append\":1", "only grow without end    [/clients/mix]"},
        {"kv", "\"write\":1,\"append\":1,\"delete\":1,\"scan\":1", NULL},
        {"set", "\"read\":1,\"write\":1,\"delete\":1", NULL},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        char sections[256];
        (void)snprintf(sections, sizeof(sections),
                       ",\"clients\":{\"count\":1,\"model\":\"%s\",\"mix\":{%s}}", models[i][0],
                       models[i][1]);
        check("\"voters\":3", "{\"wait\":\"1s\"}", sections, models[i][2] != NULL, 0,
              models[i][2] != NULL ? models[i][2] : "");
    }
    static const char queue[] = ",\"clients\":{\"count\":1,\"model\":\"queue\"}";
    check("\"voters\":3", "{\"load.mix\":{\"mix\":{\"read\":1,\"cas\":1}}}", queue, 1, 0,
          "\"queue\" has no cas    [/steps/0/load.mix/mix/cas]");
    check("\"voters\":3", "{\"client.op\":{\"kind\":\"barrier\"}}", queue, 1, 0,
          "\"queue\" has no barrier    [/steps/0/client.op/kind]");
    check("\"voters\":3", "{\"client.op\":{\"kind\":\"delete\"}}", queue, 0, 0, "");
    check("\"voters\":3", "{\"client.op\":{\"kind\":\"append\"}}", ",\"clients\":{\"count\":1}", 1,
          0, "\"register\" has no append    [/steps/0/client.op/kind]");
    check("\"voters\":3", "{\"wait\":\"1s\"}",
          ",\"clients\":{\"count\":1,\"model\":\"queue\",\"retry\":true,\"mix\":{\"read\":1}}", 1,
          0, "without a session may be executed twice    [/clients/retry]");
}

static void test_newcomers(void **state)
{
    (void)state;
    bad("{\"member.add\":{\"who\":\"n5\"}}", "n5 is a member from the start");
    fine("{\"member.remove\":{\"who\":\"n5\"}},{\"member.add\":{\"who\":\"n5\"}}");
    check("\"voters\":3,\"spare\":1", "{\"member.add\":{\"who\":\"n4\"}}", "", 0, 0, "");
}

static void test_never_healed(void **state)
{
    (void)state;
    const char *recovers = ",\"expect\":{\"recovers\":true}";
    const char *cut = "{\"net.partition\":{\"shape\":\"halves\"}}";
    check("\"voters\":5", cut, recovers, 0, 1,
          "nothing heals this partition, \"recovers\" can only fail    [/expect/recovers]");
    check("\"voters\":5", "{\"net.isolate\":{\"who\":\"n1\"}}," HEAL, recovers, 0, 0, "");
    check("\"voters\":5", "{\"net.partition\":{\"shape\":\"halves\"},\"for\":\"2s\"}", recovers, 0,
          0, "");
    check("\"voters\":5", cut, "", 0, 0, "");
    check("\"voters\":5", "{\"wait\":\"1s\"}", recovers, 0, 1, "no step breaks anything");
}

static void test_time(void **state)
{
    (void)state;
    bad("{\"wait\":\"12s\"},{\"at\":\"5s\",\"mark\":{\"name\":\"m\"}}",
        "cannot start at 5s: the steps before it take at least 12s");
    bad("{\"net.flap\":{\"link\":\"all\",\"up\":\"1s\",\"down\":\"1s\",\"cycles\":3}},"
        "{\"at\":\"5s\",\"mark\":{\"name\":\"m\"}}",
        "the steps before it take at least 6s");
    fine("{\"wait\":\"12s\"},{\"at\":\"12s\",\"mark\":{\"name\":\"m\"}}");
    check("\"voters\":5", "{\"at\":\"11s\",\"mark\":{\"name\":\"m\"}}",
          ",\"budget\":{\"wall\":\"10s\",\"virtual\":\"1h\"}", 1, 0, "a step after the end");
}

static void test_targets(void **state)
{
    (void)state;
    bad("{\"proc.kill\":{\"who\":[\"n1\",\"n2\",\"n1\"]}}",
        "n1 is named twice    [/steps/0/proc.kill/who/2]");
    bad("{\"net.partition\":{\"groups\":[[\"n1\",\"n2\"],[\"n3\",\"n2\"]]}}",
        "n2 is named twice    [/steps/0/net.partition/groups/1/1]");
    bad("{\"proc.pause\":{\"who\":\"random(6)\"}}", "the cluster has 5");
    bad("{\"proc.pause\":{\"who\":\"follower(4)\"}}", "more followers than there can be");
    check("\"voters\":3", "{\"net.partition\":{\"shape\":\"ring\"}}", "", 1, 0,
          "ring needs at least 4 nodes, there are 3");
    check("\"voters\":1", "{\"net.partition\":{\"shape\":\"halves\"}}", "", 1, 0,
          "halves needs at least 2");
}

static void test_quorum(void **state)
{
    (void)state;
    bad("{\"proc.kill\":{\"who\":[\"n1\",\"n2\",\"n3\"]}}," LEADER,
        "this cannot come: at least 3 of 5 voters are down here");
    bad("{\"proc.kill\":{\"who\":\"all\"}}," COMMIT, "at least 5 of 5 voters are down");
    bad("{\"proc.kill\":{\"who\":\"majorityWithLeader\"}}," LEADER, "at least 3 of 5");
    bad("{\"proc.kill\":{\"who\":\"leader\"}},{\"proc.kill\":{\"who\":\"random(2)\"}}," LEADER,
        "at least 3 of 5");
    fine("{\"proc.kill\":{\"who\":\"minorityWithLeader\"}}," LEADER);
    fine("{\"proc.kill\":{\"who\":\"leader\"}},{\"proc.kill\":{\"who\":[\"n1\",\"n2\"]}}," LEADER);
    fine("{\"proc.kill\":{\"who\":\"all\"}},{\"proc.start\":{\"who\":\"all\"}}," LEADER);
    fine("{\"proc.kill\":{\"who\":\"all\"}},{\"wait\":{\"noLeader\":{}},\"within\":\"1s\"}");
    bad("{\"net.partition\":{\"groups\":[[\"n1\",\"n2\"],[\"n3\",\"n4\"],[\"n5\"]]}}," LEADER,
        "no side of the partition has a majority of the 5 voters");
    check("\"voters\":4",
          LEADER
          ",{\"net.partition\":{\"groups\":[[\"leader\",\"random(1)\"],[\"rest\"]]}}," COMMIT,
          "", 1, 0, "no side of the partition has a majority of the 4 voters");
    fine(LEADER
         ",{\"net.partition\":{\"groups\":[[\"leader\",\"random(1)\"],[\"rest\"]]}}," COMMIT);
    check("\"voters\":4",
          "{\"wait\":{\"leader\":{}},\"within\":\"5s\",\"as\":\"old\"},"
          "{\"net.partition\":{\"groups\":[[\"$old\",\"random(1)\"],[\"rest\"]]}}," LEADER,
          "", 1, 0, "no side of the partition");
    check("\"voters\":4",
          "{\"net.partition\":{\"groups\":[[\"n1\",\"n2\"],[\"rest\"]]}}," HEAL "," LEADER, "", 0,
          0, "");
    check("\"voters\":4,\"learners\":1",
          "{\"net.partition\":{\"groups\":[[\"n1\",\"random(1)\"],[\"rest\"]]}}," LEADER, "", 0, 0,
          "");
}

static void timing(const char *config, size_t errors, const char *message)
{
    char cluster[256];
    (void)snprintf(cluster, sizeof(cluster), "\"voters\":3,\"config\":{%s}", config);
    check(cluster, "", "", errors, 0, message);
}

static void test_timing(void **state)
{
    (void)state;
    timing("\"election_timeout\":\"100ms..300ms\"", 1,
           "election_timeout: 100ms: must be at least 3 x heartbeat (150ms), or one late heartbeat "
           "starts an election    [/cluster/config/election_timeout]");
    timing("\"election_timeout\":\"150ms..200ms\"", 1,
           "election_timeout: 150ms..200ms: upper end must be at least twice the lower, or votes "
           "split");
    timing("\"heartbeat\":\"100us\"", 1,
           "heartbeat: 100us: below 1ms    [/cluster/config/heartbeat]");
    timing("\"heartbeat\":\"60ms\"", 1, "must be at least 3 x heartbeat (180ms)");
    timing("\"election_timeout\":\"1s..90s\"", 1, "election_timeout: 1s..90s: above 60s");
    timing("\"election_timeout\":\"150ms..300ms\",\"heartbeat\":\"50ms\"", 0, "");
    timing("\"lease_reads\":true", 0, "");
    timing("\"lease_reads\":\"on\",\"max_clock_drift\":\"300000ppm\"", 1,
           "max_clock_drift: 300000ppm: lease of 81ms would not outlive two heartbeats (100ms)    "
           "[/cluster/config/max_clock_drift]");
    timing("\"lease_reads\":\"on\",\"max_clock_drift\":\"500000ppm\"", 1,
           "max_clock_drift: 500000ppm: must be below 500000ppm");
    timing("\"lease_reads\":\"on\",\"check_quorum\":\"off\"", 1,
           "lease_reads: on: needs check_quorum on");
    timing("\"lease_reads\":\"off\",\"max_clock_drift\":\"300000ppm\"", 0, "");
    check("\"voters\":3,\"perNode\":{\"n2\":{\"lease_reads\":\"off\"}},\"config\":{\"lease_reads\":"
          "\"on\"}",
          "{\"load.start\":{}}", ",\"clients\":{\"count\":1,\"readMode\":\"lease\"}", 1, 0,
          "readMode: n2 serves no lease reads: set lease_reads to \"on\" in cluster.config");
    check("\"voters\":3,\"config\":{\"lease_reads\":\"on\"}", "{\"load.start\":{}}",
          ",\"clients\":{\"count\":1,\"readMode\":\"lease\"}", 0, 0, "");
    check("\"voters\":3,\"perNode\":{\"n2\":{\"heartbeat\":\"100ms\"}}", "", "", 1, 0,
          "[/cluster/perNode/n2/heartbeat]");
    check("\"voters\":3,\"config\":{\"heartbeat\":\"100ms\"},\"perNode\":{\"n1\":{\"heartbeat\":"
          "\"10ms\"}}",
          "", "", 1, 0, "must be at least 3 x heartbeat (300ms)");
    check("\"voters\":3,\"sut\":\"etcd\",\"config\":{\"heartbeat\":\"100us\"}", "", "", 0, 0, "");
    check("\"voters\":3,\"learners\":1,\"sut\":\"etcd\"", "", "", 1, 0,
          "cluster: learners: nodes behind an adapter do not know it (sut: etcd)");
    check("\"voters\":3,\"sut\":\"etcd\"", "{\"load.start\":{}}",
          ",\"clients\":{\"count\":1,\"sessions\":true,\"retry\":true}", 2, 0, "[/clients/retry]");
    check("\"voters\":3,\"sut\":\"exec:x\"", "{\"load.start\":{}}",
          ",\"clients\":{\"count\":1,\"model\":\"queue\"}", 1, 0, "clients: model: nodes behind");
    check("\"voters\":3,\"sut\":\"etcd\"", "{\"load.start\":{}}",
          ",\"clients\":{\"count\":1,\"model\":\"set\"}", 1, 0, "clients: model: nodes behind");
    check("\"voters\":3,\"sut\":\"etcd\"", "{\"load.start\":{}}",
          ",\"clients\":{\"count\":1,\"model\":\"cas\"}", 0, 0, "");
}

static void test_expectations(void **state)
{
    (void)state;
    check("\"voters\":3", "", ",\"expect\":{\"linearizable\":true}", 1, 0, "there are no clients");
    check("\"voters\":3", "",
          ",\"clients\":{\"count\":1},\"expect\":{\"linearizable\":{\"model\":\"kv\"}}", 1, 0,
          "the clients' model is \"register\"");
    check("\"voters\":3", "", ",\"expect\":{\"elections\":0}", 1, 0,
          "elections: at most 0 allowed, but the coverage needs 1");
    check("\"voters\":3", "", ",\"expect\":{\"leaderChanges\":0}", 0, 0, "");
    struct outcome o = lint("{\"version\":1,\"name\":\"t\",\"cluster\":{\"voters\":3},\"steps\":"
                            "[{\"proc.kill\":{\"who\":\"n1\"}}]}",
                            NULL);
    assert_int_equal(o.warnings, 1);
    assert_non_null(strstr(o.said, "no \"coverage\""));
    free(o.said);
}

static void test_core(void **state)
{
#define KILL "{\"proc.kill\":{\"who\":\"n1\"}}"
    (void)state;
    check("\"voters\":5", KILL, ",\"expect\":{\"recovers\":{\"core\":\"quorum\"}}", 0, 0, "");
    check("\"voters\":5", KILL, ",\"expect\":{\"recovers\":{\"core\":[\"n1\",\"n2\",\"n5\"]}}", 0,
          0, "");
    check("\"voters\":5", KILL, ",\"expect\":{\"recovers\":{\"core\":[\"n1\",\"n2\"]}}", 1, 0,
          "this core is no quorum of the 5 voters");
    check("\"voters\":5,\"config\":{\"prevote\":\"off\"}", KILL,
          ",\"expect\":{\"recovers\":{\"core\":\"quorum\"}}", 0, 1,
          "n1 runs without prevote: outside the core it may disturb it for ever");
    check("\"voters\":5,\"perNode\":{\"n4\":{\"check_quorum\":\"off\"}}", KILL,
          ",\"expect\":{\"recovers\":{\"core\":\"quorum\"}}", 0, 1, "n4 runs without check_quorum");
}

/* ---- worlds ---- */

#define BIT(x) ((uint64_t)1 << (x))

static void in_world(const struct lint_world *world, const char *steps, const char *sections,
                     const char *message)
{
    char *text = whole("\"voters\":5", steps, sections);
    struct outcome o = lint(text, world);
    bool good = message == NULL ? o.errors == 0 : o.errors == 1 && strstr(o.said, message) != NULL;
    if (!good)
        fail_msg("%s\nsaid:\n%s\nexpected %s", text, o.said, message == NULL ? "nothing" : message);
    free(o.said);
    free(text);
}

static void test_worlds(void **state)
{
    (void)state;
    struct lint_world live = {.name = "live",
                              .id = WORLD_live,
                              .capabilities = BIT(CAP_flow) | BIT(CAP_netCut),
                              .checkers = UINT64_MAX & ~BIT(CHECKER_catchUpMs),
                              .coverage = UINT64_MAX & ~BIT(COVERAGE_crashPointsHit)};
    struct lint_world sim = live;
    sim.name = "sim";
    sim.id = WORLD_sim;
    const char *slow =
        "{\"wait\":\"1s\"},{\"wait\":\"1s\"},{\"disk.slow\":{\"who\":\"n1\",\"delay\":\"1s\"}}";
    in_world(&live, LEADER, "", NULL);
    in_world(&live, slow, "",
             "step 3: disk.slow: the live world cannot do this yet (slow and stalled disks)");
    in_world(&sim, slow, "", "step 3: disk.slow: the sim world cannot do this yet");
    live.capabilities |= BIT(CAP_diskDelay);
    in_world(&live, slow, "", NULL);
    in_world(&live, "{\"net.cut\":{\"link\":\"all\",\"style\":\"drop\"}}", "", NULL);
    in_world(&live, "{\"net.cut\":{\"link\":\"all\",\"style\":\"reset\"}}", "",
             "step 1: style: the live world cannot do this yet");
    in_world(&live, "{\"net.cut\":{\"link\":{\"from\":\"n1\",\"plane\":\"client\"}}}", "",
             "step 1: plane: the live world");
    in_world(&live, "{\"net.cut\":{\"link\":{\"from\":\"n1\",\"message\":[\"PreVote\"]}}}", "",
             "step 1: message: the live world");
    in_world(&live, "{\"net.isolate\":{\"who\":\"n1\",\"plane\":\"admin\"}}", "",
             "step 1: plane: the live world cannot do this yet (faults on the links of the "
             "administrator)");
    in_world(&live, "{\"wait\":{\"any\":[{\"exit\":{\"who\":\"n1\"}}]},\"within\":\"1s\"}", "",
             "step 1: exit: the live world");
    in_world(&live,
             "{\"when\":{\"event\":\"campaign\"},\"within\":\"1s\",\"mark\":{\"name\":\"m\"}}", "",
             "step 1: trigger: the live world");
    in_world(&live, "{\"repeat\":{\"times\":2,\"steps\":[{\"proc.kill\":{\"who\":\"n1\"}}]}}", "",
             "step 2: proc.kill: the live world");
    live.capabilities |= BIT(CAP_procVersion);
    in_world(&live, "{\"proc.upgrade\":{\"who\":\"n1\",\"version\":\"v2\"}}", "",
             "there is no version \"v2\"");
    in_world(&live, "", ",\"links\":{\"default\":{\"delay\":\"1ms\"}}", "links: the live world");
    live.capabilities |= BIT(CAP_netShape);
    in_world(&live, "",
             ",\"links\":{\"perPair\":[{\"link\":{\"from\":\"n1\",\"message\":[\"PreVote\"]},"
             "\"delay\":\"1ms\"}]}",
             "links: message: the live world");
    in_world(&live, "",
             ",\"links\":{\"perPair\":[{\"link\":{\"from\":\"n1\",\"plane\":\"admin\"},"
             "\"delay\":\"1ms\"}]}",
             "links: plane: the live world");
    in_world(&live, "", ",\"needs\":[\"clock\"]", "needs clock");
    in_world(&live, "", ",\"run\":\"sim\"", "does not run in the live world");
    in_world(&sim, "", ",\"run\":\"live\"", "does not run in the sim world");
    in_world(&live, "", ",\"expect\":{\"catchUpMs\":5}", "cannot judge this yet");
    in_world(&sim, "", ",\"expect\":{\"memMiB\":5}", "memMiB: means nothing in the sim world");
    sim.capabilities = UINT64_MAX & ~BIT(CAP_clockWall);
    in_world(&sim, "{\"clock.jump\":{\"who\":\"n1\",\"by\":\"1s\"}}", "", NULL);
    in_world(&sim, "{\"clock.jump\":{\"who\":\"n1\",\"by\":\"1s\",\"clock\":\"both\"}}", "", NULL);
    in_world(&sim, "{\"clock.jump\":{\"who\":\"n1\",\"by\":\"1s\",\"clock\":\"realtime\"}}", "",
             "step 1: clock: the sim world cannot do this yet (the wall clock alone");
    in_world(&sim, "{\"proc.blockLog\":{\"who\":\"n1\"},\"for\":\"1s\"}", "",
             "step 1: proc.blockLog: means nothing in the sim world");
    char *text = whole("\"voters\":5", "{\"proc.blockLog\":{\"who\":\"n1\"},\"for\":\"1s\"}",
                       ",\"run\":\"sim\"");
    struct outcome o = lint(text, NULL);
    assert_int_equal(o.errors, 1);
    free(o.said);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_undone_early), cmocka_unit_test(test_points),
        cmocka_unit_test(test_load),         cmocka_unit_test(test_never_healed),
        cmocka_unit_test(test_time),         cmocka_unit_test(test_targets),
        cmocka_unit_test(test_quorum),       cmocka_unit_test(test_links),
        cmocka_unit_test(test_lanes),        cmocka_unit_test(test_disks),
        cmocka_unit_test(test_questions),    cmocka_unit_test(test_timing),
        cmocka_unit_test(test_expectations), cmocka_unit_test(test_worlds),
        cmocka_unit_test(test_core),         cmocka_unit_test(test_newcomers),
        cmocka_unit_test(test_retry),        cmocka_unit_test(test_models),
        cmocka_unit_test(test_clocks),       cmocka_unit_test(test_triggers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
