/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every mistake in a scenario is called, and where it is said to be. */
#include "base/mem.h"
#include "emulator/scenario/lint.h"
#include "tests/support/scenario_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void bad_text(const char *text, const char *message, const char *pointer)
{
    char *said;
    struct scenario *s = scenario_text_parse(text, NULL, &said);
    if (s != NULL)
        fail_msg("accepted: %s", text);
    if (strstr(said, message) == NULL || strstr(said, pointer) == NULL)
        fail_msg("%s\nsaid:\n%s\nbut not: %s %s", text, said, message, pointer);
    free(said);
}

static void bad_steps(const char *steps, const char *message, const char *pointer)
{
    char *text = scenario_text_around(steps, "");
    bad_text(text, message, pointer);
    free(text);
}

static void bad_sections(const char *sections, const char *message, const char *pointer)
{
    char *text = scenario_text_around("{\"wait\":\"1s\"}", sections);
    bad_text(text, message, pointer);
    free(text);
}

#define WHERE(event, fields) \
    "{\"wait\":{\"event\":{\"type\":\"" event "\",\"where\":{" fields "}}},\"within\":\"1s\"}"

static const struct {
    const char *steps, *message, *pointer;
} step_mistakes[] = {
    {"{}", "a step needs an action", "[/steps/0]"},
    {"[]", "expected a step", "[/steps/0]"},
    {"{\"label\":\"x\"}", "a step needs an action", "[/steps/0]"},
    {"{\"net.heel\":{}}", "did you mean \"net.heal\"?", "[/steps/0/net.heel]"},
    {"{\"partition\":{}}", "did you mean \"net.partition\"?", "[/steps/0/partition]"},
    {"{\"wait\":\"1s\",\"mark\":{\"name\":\"m\"}}", "a step has one action", "[/steps/0/mark]"},
    {"{\"wait\":\"1s\",\"atx\":\"1s\"}", "did you mean \"at\"?", "[/steps/0/atx]"},
    {"{\"wait\":\"1s\",\"background\":true}", "this step is always waited for",
     "[/steps/0/background]"},
    {"{\"mark\":{\"name\":\"m\"},\"when\":{\"event\":\"boot\",\"once\":false},\"within\":\"1s\","
     "\"background\":true}",
     "a branch of \"parallel\"", "[/steps/0/background]"},
    {"{\"wait\":\"1s\",\"place\":7}", "one of the instant", "[/steps/0/place]"},
    {"{\"wait\":\"1s\",\"at\":\"0s\",\"place\":\"7\"}", "whole number", "[/steps/0/place]"},
    {"{\"load.burst\":{\"ops\":0}}", "must be 1..1000000", "[/steps/0/load.burst/ops]"},
    {"{\"load.start\":{\"keys\":0}}", "must be 1..1000000", "[/steps/0/load.start/keys]"},
    {"{\"load.start\":{\"value\":\"9MiB\"}}", "fits no entry", "[/steps/0/load.start/value]"},
    {"{\"load.start\":{\"profile\":\"mixt\"}}", "expected one of readOnly|readMostly",
     "[/steps/0/load.start/profile]"},
    {"{\"client.op\":{\"kind\":\"barrier\",\"value\":\"x\"}}",
     "a barrier is always a linearizable read", "[/steps/0/client.op/value]"},
    {"{\"wait\":1}", "did you mean \"1ms\"?", "[/steps/0/wait]"},
    {"{\"wait\":\"1\"}", "expected a duration", "[/steps/0/wait]"},
    {"{\"wait\":\"1x\"}", "expected a duration", "[/steps/0/wait]"},
    {"{\"wait\":\"xET\"}", "expected a duration", "[/steps/0/wait]"},
    {"{\"wait\":\"999h\"}", "longer than 30 days", "[/steps/0/wait]"},
    {"{\"wait\":\"99999999ET\"}", "longer than 30 days", "[/steps/0/wait]"},
    {"{\"wait\":{\"leader\":{}}}", "a wait needs a limit", "[/steps/0]"},
    {"{\"wait\":{\"leader\":{}},\"within\":\"0s\"}", "a limit of nothing", "[/steps/0/within]"},
    {"{\"wait\":{\"leadr\":{}},\"within\":\"1s\"}", "did you mean \"leader\"?",
     "[/steps/0/wait/leadr]"},
    {"{\"wait\":{},\"within\":\"1s\"}", "a condition is missing", "[/steps/0/wait]"},
    {"{\"wait\":{\"leader\":{},\"quiet\":{\"for\":\"1s\"}},\"within\":\"1s\"}",
     "\"leader\" is here already", "[/steps/0/wait/quiet]"},
    {"{\"wait\":{\"trigger\":{}},\"within\":\"1s\"}", "unknown key \"trigger\"", "wait/trigger]"},
    {"{\"wait\":{\"commit\":{}},\"within\":\"1s\"}", "exactly one of \"atLeast\" or \"plus\"",
     "[/steps/0/wait/commit]"},
    {"{\"wait\":{\"commit\":{\"plus\":1,\"atLeast\":1}},\"within\":\"1s\"}", "exactly one of",
     "[/steps/0/wait/commit]"},
    {"{\"wait\":{\"ops\":{}},\"within\":\"1s\"}", "needs \"ok\" or \"fail\" or \"unknown\"",
     "ops]"},
    {"{\"wait\":{\"any\":[]},\"within\":\"1s\"}", "a list of 1..16", "[/steps/0/wait/any]"},
    {"{\"wait\":{\"any\":[{\"any\":[{\"any\":[{\"any\":[{\"leader\":{}}]}]}]}]},\"within\":\"1s\"}",
     "nested more than 4", "any/0/any/0/any/0/any]"},
    {"{\"wait\":{\"event\":{\"type\":\"becomeLeader\"}},\"within\":\"1s\"}",
     "did you mean \"becameLeader\"?", "event/type]"},
    {WHERE("votePersisted", "\"candidat\":\"n2\""), "did you mean \"candidate\"?",
     "[/steps/0/wait/event/where/candidat]"},
    {WHERE("votePersisted", "\"pre\":true"), "votePersisted has no field \"pre\"", "where/pre]"},
    {WHERE("fsyncBegin", "\"durable\":1"), "fsyncBegin has no field", "where/durable]"},
    {WHERE("fault", "\"begin\":\"x\""), "no event has a field \"begin\"", "where/begin]"},
    {WHERE("fault", "\"index\":1"), "fault has no field \"index\"", "where/index]"},
    {WHERE("boot", "\"voters\":\"n1\""), "only numbers, texts, booleans", "where/voters]"},
    {WHERE("votePersisted", "\"candidate\":2"), "the name of a node", "where/candidate]"},
    {WHERE("votePersisted", "\"candidate\":\"n6\""), "n1..n5", "where/candidate]"},
    {WHERE("votePersisted", "\"candidate\":\"n3x\""), "the name of a node", "where/candidate]"},
    {WHERE("votePersisted", "\"candidate\":\"3\""), "the name of a node", "where/candidate]"},
    {WHERE("votePersisted", "\"term\":\"2\""), "a whole number", "where/term]"},
    {WHERE("votePersisted", "\"term\":1.5"), "a whole number", "where/term]"},
    {WHERE("voteGranted", "\"pre\":\"true\""), "true or false", "where/pre]"},
    {WHERE("readServed", "\"mode\":1"), "expected a text", "where/mode]"},
    {WHERE("committed", "\"chain\":\"12\""), "16 hex digits", "where/chain]"},
    {WHERE("boot", ""), "expected 1..8 fields", "[/steps/0/wait/event/where]"},
    {"{\"proc.kill\":{\"who\":\"n1\"},\"when\":{\"event\":\"campaign\",\"where\":{"
     "\"for_trm\":2}},\"within\":\"1s\"}",
     "did you mean \"for_term\"?", "[/steps/0/when/where/for_trm]"},
    {"{\"fuzz\":{\"alphabet\":[\"net.cut\"]}}", "fuzz needs \"for\"", "[/steps/0]"},
    {"{\"fuzz\":{\"alphabet\":[]},\"for\":\"9s\"}", "an empty alphabet", "fuzz/alphabet]"},
    {"{\"fuzz\":{\"alphabet\":[\"net.cuts\"]},\"for\":\"9s\"}", "did you mean \"net.cut\"?",
     "fuzz/alphabet/0]"},
    {"{\"fuzz\":{\"alphabet\":[\"net.cut\",\"member.add\"]},\"for\":\"9s\"}",
     "nothing can be drawn for \"member.add\"", "fuzz/alphabet/1]"},
    {"{\"fuzz\":{\"alphabet\":[\"net.cut\"],\"maxConcurrent\":17},\"for\":\"9s\"}", "1..16",
     "fuzz/maxConcurrent]"},
    {"{\"fuzz\":{\"alphabet\":[\"net.cut\"],\"minGap\":\"0s\"},\"for\":\"9s\"}", "a gap of nothing",
     "fuzz/minGap]"},
    {"{\"wait\":\"1s\",\"within\":\"1s\"}", "nothing to wait for", "[/steps/0/within]"},
    {"{\"proc.kill\":{\"who\":\"n1\"},\"when\":{\"event\":\"campain\"},\"within\":\"1s\"}",
     "did you mean \"campaign\"?", "[/steps/0/when/event]"},
    {"{\"proc.kill\":{\"who\":\"n1\"},\"when\":{\"event\":\"campaign\"}}", "needs a limit",
     "[/steps/0/when]"},
    {"{\"proc.kill\":{\"who\":\"n1\"},\"when\":{\"event\":\"campaign\",\"before\":true,"
     "\"after\":true},\"within\":\"1s\"}",
     "not both", "[/steps/0/when/after]"},
    {"{\"wait\":\"1s\",\"at\":\"1s\",\"after\":\"1s\"}", "not both", "[/steps/0/after]"},
    {"{\"wait\":\"1s\",\"at\":\"5s\"},{\"wait\":\"1s\",\"at\":\"4s\"}", "earlier than the step",
     "[/steps/1/at]"},
    {"{\"wait\":\"1s\",\"as\":\"x\"}", "finds nobody to call \"x\"", "[/steps/0/as]"},
    {"{\"proc.kill\":{\"who\":\"n1\"},\"as\":\"a b\"}", "a name has", "[/steps/0/as]"},
    {"{\"proc.kill\":{\"who\":\"n1\"},\"must\":1}", "expected true or false", "[/steps/0/must]"},
    {"{\"proc.start\":{\"who\":\"n1\"},\"for\":\"1s\"}", "not undone", "[/steps/0/for]"},
    {"{\"proc.pause\":{\"who\":\"n1\"},\"for\":\"0s\"}", "undone before", "[/steps/0/for]"},
    {"{\"disk.stall\":{\"who\":\"n1\"}}", "needs \"for\"", "[/steps/0]"},
    {"{\"proc.kill\":{}}", "proc.kill needs \"who\"", "[/steps/0/proc.kill]"},
    {"{\"proc.kill\":{\"who\":\"n1\",\"signal\":\"SIGKIL\"}}", "did you mean \"SIGKILL\"?",
     "[/steps/0/proc.kill/signal]"},
    {"{\"proc.stop\":{\"who\":\"n1\",\"signal\":\"SIGFOO\"}}", "t.json:4:", "proc.stop/signal]"},
    {"{\"proc.restart\":{\"who\":\"n1\",\"signal\":9}}", "expected one of SIGKILL|SIGTERM",
     "[/steps/0/proc.restart/signal]"},
    {"{\"proc.kill\":[]}", "expected an object of its parameters", "[/steps/0/proc.kill]"},
    {"{\"proc.kill\":{\"who\":\"n6\"}}", "cluster has n1..n5; did you mean \"n5\"?", "who]"},
    {"{\"proc.kill\":{\"who\":5}}", "expected a selector", "who]"},
    {"{\"proc.kill\":{\"who\":[]}}", "a list of 1..32 selectors", "who]"},
    {"{\"proc.kill\":{\"who\":[\"n1\",\"leadr\"]}}", "did you mean \"leader\"?", "who/1]"},
    {"{\"proc.kill\":{\"who\":\"$x\"}}", "no earlier step binds this name", "who]"},
    {"{\"proc.kill\":{\"who\":\"$x\"},\"as\":\"x\"}", "no earlier step binds", "who]"},
    {"{\"proc.kill\":{\"who\":\"leaderAt(m)\"}}", "no earlier step sets this mark", "who]"},
    {"{\"proc.kill\":{\"who\":\"client(0)\"}}", "nodes are needed here", "who]"},
    {"{\"proc.kill\":{\"who\":\"n1\",\"signl\":\"x\"}}", "did you mean \"signal\"?", "signl]"},
    {"{\"client.pin\":{\"client\":\"n1\",\"to\":\"n1\"}}", "clients are needed here", "client]"},
    {"{\"client.pin\":{\"client\":\"client(8)\",\"to\":\"n1\"}}", "there are 8 clients", "client]"},
    {"{\"client.pin\":{\"client\":\"client(0)\",\"to\":\"all\"}}", "one node is needed", "to]"},
    {"{\"net.partition\":{}}", "exactly one of \"groups\" or \"shape\"", "net.partition]"},
    {"{\"net.partition\":{\"groups\":[[\"n1\"]]}}", "2..120 groups", "groups]"},
    {"{\"net.partition\":{\"groups\":[[\"n1\"],[\"n9\"]]}}", "in partition group 2", "groups/1/0]"},
    {"{\"net.partition\":{\"shape\":\"brige\"}}", "did you mean \"bridge\"?", "shape]"},
    {"{\"net.partition\":{\"shape\":\"halves(n1)\"}}", "halves takes no node", "shape]"},
    {"{\"net.partition\":{\"shape\":\"star(all)\"}}", "one node is needed as the centre", "shape]"},
    {"{\"net.partition\":{\"shape\":\"star(n9)\"}}", "unknown node \"n9\"", "shape]"},
    {"{\"net.partition\":{\"shape\":\"star(\"}}", "spelled star(NODE)", "shape]"},
    {"{\"net.heal\":{\"link\":\"al\"}}", "expected \"all\" or", "link]"},
    {"{\"net.cut\":{\"link\":{\"to\":\"n1\"}}}", "a link needs \"from\"", "link]"},
    {"{\"net.cut\":{\"link\":{\"from\":\"n1\",\"direction\":\"up\"}}}", "one of both|out|in",
     "direction]"},
    {"{\"net.cut\":{\"link\":{\"from\":\"n1\",\"way\":\"out\"}}}", "unknown key \"way\"", "way]"},
    {"{\"net.set\":{\"link\":\"all\"}}", "net.set needs \"delay\" or", "[/steps/0/net.set]"},
    {"{\"net.set\":{\"link\":\"all\",\"delay\":20}}", "did you mean \"20ms\"?", "delay]"},
    {"{\"net.set\":{\"link\":\"all\",\"delay\":\"2h\"}}", "delay: at most 1h", "net.set]"},
    {"{\"net.set\":{\"link\":\"all\",\"loss\":10}}", "did you mean \"10%\"?", "loss]"},
    {"{\"net.set\":{\"link\":\"all\",\"loss\":\"101%\"}}", "expected a share", "loss]"},
    {"{\"net.set\":{\"link\":\"all\",\"rate\":\"10MB\"}}", "expected a rate", "rate]"},
    {"{\"net.set\":{\"link\":\"all\",\"rate\":\"1bit\"}}", "rate: must be", "net.set]"},
    {"{\"net.set\":{\"link\":\"all\",\"mtu\":\"64B\"}}", "mtu: must be 68B to 1500B", "net.set]"},
    {"{\"net.set\":{\"link\":\"all\",\"mtu\":\"9KiB\"}}", "mtu: must be 68B to 1500B", "net.set]"},
    {"{\"net.ramp\":{\"link\":\"all\",\"parameter\":\"mtu\",\"from\":\"1KiB\",\"to\":\"100B\","
     "\"over\":\"1s\"}}",
     "\"mtu\": expected one of", "parameter]"},
    {"{\"net.set\":{\"link\":\"all\",\"queuePackets\":9999999999}}", "queuePackets: at most",
     "net.set]"},
    {"{\"net.set\":{\"link\":\"all\",\"lossModel\":{\"gilbert\":{\"p\":\"1%\"}}}}",
     "gilbert needs \"p\" and \"r\"", "gilbert]"},
    {"{\"net.set\":{\"link\":\"all\",\"lossModel\":\"burst\"}}", "expected \"bernoulli\"",
     "lossModel]"},
    {"{\"net.set\":{\"link\":\"all\",\"lossModel\":{\"burst\":{\"lenPackets\":0}}}}", "must be 1..",
     "lenPackets]"},
    {"{\"net.set\":{\"link\":\"all\",\"distribution\":\"norml\"}}", "did you mean \"normal\"?",
     "distribution]"},
    {"{\"net.cut\":{\"link\":{\"from\":\"n1\",\"plane\":\"admin\",\"to\":\"n2\"}}}",
     "the other end is the administrator", "to]"},
    {"{\"net.cut\":{\"link\":{\"from\":\"n1\",\"plane\":\"all\",\"message\":[\"PreVote\"]}}}",
     "cross the links between nodes only", "message]"},
    {"{\"proc.limit\":{\"who\":\"n1\",\"cpu\":\"0%\"}}", "no processor at all", "cpu]"},
    {"{\"net.set\":{\"link\":\"all\",\"distribution\":{}}}", "or {\"table\":", "distribution]"},
    {"{\"net.set\":{\"link\":\"all\",\"distribution\":{\"tabel\":[1]}}}", "did you mean \"table\"?",
     "tabel]"},
    {"{\"net.set\":{\"link\":\"all\",\"distribution\":{\"table\":[]}}}", "1..4096 quantiles",
     "table]"},
    {"{\"net.set\":{\"link\":\"all\",\"distribution\":{\"table\":[0,32768]}}}",
     "expected a whole number from -32768 to 32767", "table/1]"},
    {"{\"net.set\":{\"link\":\"all\",\"distribution\":{\"table\":[1,0.5]}}}",
     "expected a whole number from", "table/1]"},
    {"{\"net.set\":{\"link\":\"all\",\"distribution\":{\"table\":[1,0]}}}", "quantiles do not fall",
     "table/1]"},
    {"{\"net.ramp\":{\"link\":\"all\",\"parameter\":\"rate\",\"from\":\"1mbit\","
     "\"to\":\"1bit\",\"over\":\"1s\"}}",
     "rate: must be 1kbit to 100gbit", "to]"},
    {"{\"net.ramp\":{\"link\":\"all\",\"parameter\":\"rate\",\"from\":\"0bit\","
     "\"to\":\"1mbit\",\"over\":\"1s\"}}",
     "a rate of 0 is no limit", "from]"},
    {"{\"net.ramp\":{\"link\":\"all\",\"parameter\":\"gapPackets\",\"from\":1,"
     "\"to\":4294967297,\"over\":\"1s\"}}",
     "gapPackets: at most", "to]"},
    {"{\"net.ramp\":{\"link\":\"all\",\"parameter\":\"delay\",\"from\":\"1ms\","
     "\"to\":\"2h\",\"over\":\"1s\"}}",
     "delay: at most 1h", "to]"},
    {"{\"net.ramp\":{\"link\":\"all\",\"parameter\":\"distribution\",\"from\":\"1ms\","
     "\"to\":\"1ms\",\"over\":\"1s\"}}",
     "\"distribution\": expected one of", "parameter]"},
    {"{\"net.ramp\":{\"link\":\"all\",\"parameter\":\"loss\",\"from\":\"1ms\",\"to\":\"5%\","
     "\"over\":\"1s\"}}",
     "expected a share", "from]"},
    {"{\"net.filter\":{\"link\":\"all\",\"message\":[\"Vote\"],\"verdict\":\"drop\"}}",
     "unknown message type \"Vote\"", "message/0]"},
    {"{\"net.filter\":{\"link\":\"all\",\"message\":[\"PreVote\"],\"verdict\":\"delay\"}}",
     "needs \"delay\"", "net.filter]"},
    {"{\"net.flap\":{\"link\":\"all\",\"up\":\"1s\",\"down\":\"1s\",\"cycles\":0}}",
     "must be 1..100000", "cycles]"},
    {"{\"proc.limit\":{\"who\":\"n1\",\"cpu\":\"5%\",\"fds\":-1}}", "whole number", "fds]"},
    {"{\"proc.limit\":{\"who\":\"n1\",\"fds\":1.5}}", "whole number", "fds]"},
    {"{\"clock.jump\":{\"who\":\"n1\",\"by\":\"--1s\"}}", "expected a duration with a sign", "by]"},
    {"{\"clock.rate\":{\"who\":\"n1\",\"ppm\":200}}", "did you mean \"200ppm\"?", "ppm]"},
    {"{\"disk.tear\":{\"who\":\"n1\"}}", "exactly one of \"at\" or \"sector\"", "disk.tear]"},
    {"{\"disk.rollback\":{\"who\":\"n1\",\"toMark\":\"m\"}}", "no earlier step sets the mark",
     "toMark]"},
    {"{\"mark\":{\"name\":\"a b\"}}", "a name has", "name]"},
    {"{\"member.add\":{\"who\":\"n5\",\"as\":\"vter\"}}", "did you mean \"voter\"?", "as]"},
    {"{\"member.remove\":{\"who\":\"n5\",\"by\":\"all\"}}", "one node is needed", "by]"},
    {"{\"member.replace\":{\"who\":\"n5\"}}", "member.replace needs \"to\"", "member.replace]"},
    {"{\"member.remove\":{\"who\":\"n5\",\"error\":\"LASTVOTER\"}}",
     "\"error\" is the code of a refusal", "error]"},
    {"{\"member.remove\":{\"who\":\"n5\",\"waitCommit\":false,\"expect\":\"any\"}}",
     "the answer is not waited for", "expect]"},
    {"{\"leader.transfer\":{\"to\":\"n6\"}}", "did you mean \"n5\"?", "to]"},
    {"{\"leader.transfer\":{\"timeout\":5}}", "did you mean \"5ms\"?", "timeout]"},
    {"{\"wait\":{\"config\":{}},\"within\":\"1s\"}",
     "needs \"members\" or \"voters\" or \"learners\" or \"committed\"", "config]"},
    {"{\"wait\":{\"joint\":{\"state\":\"lefft\"}},\"within\":\"1s\"}", "did you mean \"left\"?",
     "state]"},
    {"{\"repeat\":{\"times\":0,\"steps\":[]}}", "must be 1..", "times]"},
    {"{\"repeat\":{\"times\":1,\"steps\":[{\"at\":\"1s\",\"wait\":\"1s\"}]}}", "these steps repeat",
     "steps/0/at]"},
    {"{\"repeat\":{\"times\":1,\"steps\":{}}}", "expected a list of steps", "steps]"},
    {"{\"choose\":{\"branches\":[[],[]],\"weights\":[1]}}", "a list of 2 weights", "weights]"},
    {"{\"choose\":{\"branches\":[[],[]],\"weights\":[0,0]}}", "every weight is 0", "weights]"},
    {"{\"choose\":{\"branches\":[]}}", "1..120 lists of steps", "branches]"},
    {"{\"every\":{\"period\":\"0s\",\"times\":1,\"steps\":[]}}", "a period of nothing", "period]"},
    {"{\"fuzz\":{\"alphabet\":[\"net.cutt\"]},\"for\":\"1s\"}", "did you mean \"net.cut\"?",
     "alphabet/0]"},
    {"{\"repeat\":{\"times\":1,\"steps\":[{\"repeat\":{\"times\":1,\"steps\":[{\"repeat\":"
     "{\"times\":1,\"steps\":[{\"repeat\":{\"times\":1,\"steps\":[]}}]}}]}}]}}",
     "nested more than 4 deep", "steps]"},
};

static void test_step_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(step_mistakes); i++)
        bad_steps(step_mistakes[i].steps, step_mistakes[i].message, step_mistakes[i].pointer);
}

static void test_section_mistakes(void **state)
{
    (void)state;
    bad_sections(",\"expct\":{}", "did you mean \"expect\"?", "[/expct]");
    bad_sections(",\"seed\":\"0xg\"", "64-bit seed", "[/seed]");
    bad_sections(",\"seed\":\"0x11223344556677889\"", "64-bit seed", "[/seed]");
    bad_sections(",\"seed\":18446744073709551616", "64-bit seed", "[/seed]");
    bad_sections(",\"run\":\"real\"", "one of both|sim|live", "[/run]");
    bad_sections(",\"expect\":{\"recovers\":{\"within\":\"0s\"}}", "a limit of nothing",
                 "[/expect/recovers/within]");
    bad_sections(",\"expect\":{\"exitCode\":{\"code\":300}}", "must be 0..255",
                 "[/expect/exitCode/code]");
    bad_sections(",\"finally\":[{\"leader\":{},\"within\":\"0s\"}]", "a limit of nothing",
                 "[/finally/0/within]");
    bad_sections(",\"needs\":[\"netcut\"]", "did you mean \"netCut\"?", "[/needs/0]");
    bad_sections(",\"tags\":\"x\"", "expected a list", "[/tags]");
    bad_sections(",\"budget\":{\"wall\":5}", "did you mean \"5ms\"?", "[/budget/wall]");
    bad_sections(",\"links\":{\"default\":{\"delay\":3}}", "did you mean",
                 "[/links/default/delay]");
    bad_sections(",\"links\":{\"perPair\":[{\"link\":{\"from\":\"leader\"},\"delay\":\"1ms\"}]}",
                 "before the start there are no roles", "[/links/perPair/0/link]");
    bad_sections(",\"expect\":{\"linearisable\":true}", "did you mean \"linearizable\"?",
                 "[/expect/linearisable]");
    bad_sections(",\"expect\":{\"logMatching\":false}", "cannot be switched off",
                 "[/expect/logMatching]");
    bad_sections(",\"expect\":{\"recovers\":false}", "cannot be false", "[/expect/recovers]");
    bad_sections(",\"expect\":{\"recovers\":5}", "a number says nothing", "[/expect/recovers]");
    bad_sections(",\"expect\":{\"elections\":true}", "elections needs \"max\"",
                 "[/expect/elections]");
    bad_sections(",\"expect\":{\"elections\":\"3\"}", "true, a number or", "[/expect/elections]");
    bad_sections(",\"expect\":{\"linearizable\":{\"model\":\"kvs\"}}", "did you mean \"kv\"?",
                 "[/expect/linearizable/model]");
    bad_sections(",\"coverage\":{\"opsOK\":1}", "did you mean \"opsOk\"?", "[/coverage/opsOK]");
    bad_sections(",\"coverage\":{\"opsOk\":0}", "must be 1..", "[/coverage/opsOk]");
    bad_sections(",\"finally\":[{\"within\":\"1s\"}]", "a condition is missing", "[/finally/0]");
    bad_sections(",\"negative\":[{\"mutant\":\"E03\"}]", "needs \"mutant\" and \"violates\"",
                 "[/negative/0]");
    bad_sections(",\"negative\":[{\"mutant\":\"E03\",\"violates\":\"electionSaftey\"}]",
                 "did you mean \"electionSafety\"?", "[/negative/0/violates]");
}

static void test_head_mistakes(void **state)
{
    (void)state;
    bad_text("[]", "expected a scenario", "t.json:1:1");
    bad_text("{}", "a scenario needs \"version\"", "needs \"steps\"");
    bad_text("{\"version\":2,\"name\":\"x\",\"cluster\":{\"voters\":1},\"steps\":[]}",
             "version 1 is the only one", "[/version]");
    bad_text("{\"version\":1,\"name\":\"../x\",\"cluster\":{\"voters\":1},\"steps\":[]}",
             "a name has 1..63", "[/name]");
    bad_text("{\"version\":1,\"name\":\"x\",\"cluster\":{},\"steps\":[]}", "how many nodes vote",
             "[/cluster]");
    bad_text("{\"version\":1,\"name\":\"x\",\"cluster\":{\"voters\":0},\"steps\":[]}", "1..120",
             "[/cluster/voters]");
    bad_text("{\"version\":1,\"name\":\"x\",\"cluster\":{\"voters\":118,\"spare\":3},\"steps\":[]}",
             "121 nodes are more than 120", "[/cluster]");
    bad_text("{\"version\":1,\"name\":\"x\",\"cluster\":{\"voters\":1,\"config\":"
             "{\"electiontimeout\":\"1s\"}},\"steps\":[]}",
             "did you mean \"election_timeout\"?", "[/cluster/config/electiontimeout]");
    bad_text("{\"version\":1,\"name\":\"x\",\"cluster\":{\"voters\":1,\"config\":"
             "{\"election_timeout\":\"1s\"}},\"steps\":[]}",
             "expected a range", "[/cluster/config/election_timeout]");
    bad_text("{\"version\":1,\"name\":\"x\",\"cluster\":{\"voters\":1,\"config\":"
             "{\"data_dir\":\"/\"}},\"steps\":[]}",
             "set by the emulator", "[/cluster/config/data_dir]");
    bad_text("{\"version\":1,\"name\":\"x\",\"cluster\":{\"voters\":1,\"perNode\":{\"n2\":{}}},"
             "\"steps\":[]}",
             "unknown node \"n2\"", "[/cluster/perNode/n2]");
    bad_text("{\"version\":1,\"name\":\"x\",\"cluster\":{\"voters\":1,\"perNode\":{\"all\":{}}},"
             "\"steps\":[]}",
             "name a node", "[/cluster/perNode/all]");
    bad_text("{\"version\":1,\"name\":\"x\",\"cluster\":{\"voters\":1},\"clients\":{\"count\":1,"
             "\"timeout\":\"0s\"},\"steps\":[]}",
             "a limit of nothing", "[/clients/timeout]");
    bad_text("{\"version\":1,\"name\":\"x\",\"cluster\":{\"voters\":1},\"clients\":{\"count\":65},"
             "\"steps\":[]}",
             "0..64", "[/clients/count]");
    /* Another system under test has settings of its own. */
    scenario_free(scenario_text_good(
        "{\"version\":1,\"name\":\"x\",\"cluster\":{\"voters\":1,\"sut\":\"etcd\","
        "\"config\":{\"quota\":1}},\"steps\":[]}"));
}

/* The sample every user meets first. */
static void test_rendered(void **state)
{
    (void)state;
    char *said;
    assert_null(scenario_text_parse(
        "{\"version\":1,\"name\":\"s\",\"cluster\":{\"voters\":5},\"steps\":[\n"
        "  {\"at\":\"8s\",\"net.partition\":{\"groups\":[[\"n1\",\"n2\"],[\"n6\",\"n4\"]]}}]}",
        NULL, &said));
    assert_string_equal(
        said, "t.json:2:54: error: unknown node \"n6\" in partition group 2"
              "    [/steps/0/net.partition/groups/1/0]\n"
              "    2 |   "
              "{\"at\":\"8s\",\"net.partition\":{\"groups\":[[\"n1\",\"n2\"],[\"n6\",\"n4\"]]}}]}\n"
              "      |                                                      ^~~~ "
              "cluster has n1..n5; did you mean \"n5\"?\n"
              "1 error\n");
    free(said);
}

/* The parser looks at these twice. */
static void test_said_once(void **state)
{
    static const char *const wrong[] = {"\"config\":{\"heartbeat\":\"5\"}",
                                        "\"config\":{\"election_timeout\":\"x\"}"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        char text[256], *said;
        (void)snprintf(text, sizeof(text),
                       "{\"version\":1,\"name\":\"s\",\"cluster\":{\"voters\":3,%s},\"steps\":[{"
                       "\"wait\":\"1s\"}],\"coverage\":{\"elections\":1}}",
                       wrong[i]);
        struct scenario *s = scenario_text_parse(text, NULL, &said);
        if (s != NULL || strstr(said, "\n1 error\n") == NULL)
            fail_msg("%s\n%s", text, said);
        free(said);
    }
}

static void test_many_errors(void **state)
{
    (void)state;
    struct buf steps = {0};
    char *said;
    for (int i = 0; i < 30; i++)
        buf_putf(&steps, "%s{\"net.heel\":{}}", i > 0 ? "," : "");
    char *text = scenario_text_around(buf_str(&steps), "");
    assert_null(scenario_text_parse(text, NULL, &said));
    assert_non_null(strstr(said, "30 errors (the first 20 shown)"));
    free(said);
    free(text);
    buf_free(&steps);
}

static void test_too_many_steps(void **state)
{
    (void)state;
    struct buf steps = {0};
    for (int i = 0; i < SCENARIO_STEPS_MAX + 1; i++)
        buf_putf(&steps, "%s{\"wait\":\"1s\"}", i > 0 ? "," : "");
    bad_steps(buf_str(&steps), "more than 1000 steps", "[/steps]");
    buf_free(&steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step_mistakes),  cmocka_unit_test(test_section_mistakes),
        cmocka_unit_test(test_head_mistakes),  cmocka_unit_test(test_rendered),
        cmocka_unit_test(test_many_errors),    cmocka_unit_test(test_said_once),
        cmocka_unit_test(test_too_many_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
