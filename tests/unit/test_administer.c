/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that ask a node something, against a world that answers as the test says. */
#include "emulator/runner/runner.h"
#include "tests/support/scenario_text.h"

#include "base/mem.h"
#include "base/units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A world without a cluster: n1 leads, as the observer is told, and questions find their answers
 * in a list. */
static struct fake {
    uint64_t now_ns;
    struct scenario *s;
    struct runner *r;
    const char *const
        *answers; /* "+text" ok, "-text" refused, "?" lost, "." never; the last stays */
    size_t at;
    char asked[2048];  /* "n1: RAFT TRANSFER n2\n" a question */
    char started[256]; /* "n4 joins n1\n" a start */
    char said[8192];
    unsigned expected_ends, loads, open, busy;
    uint64_t tickets;
} w;

static struct observer o;

static void add(char *to, size_t size, const char *text)
{
    size_t used = strlen(to);
    (void)snprintf(to + used, size - used, "%s", text);
}

static uint64_t now(void *arg)
{
    (void)arg;
    return w.now_ns;
}

static int start(void *arg, unsigned node, const struct world_start *how, struct err *e)
{
    char text[64];
    (void)arg;
    (void)e;
    (void)snprintf(text, sizeof(text), how->joins ? "n%u joins n%u%s\n" : "n%u\n", node + 1,
                   how->via + 1, how->wipe ? " wiped" : "");
    add(w.started, sizeof(w.started), text);
    observer_started(&o, node, w.now_ns);
    return 0;
}

static int links(void *arg, const struct world_link *changes, size_t count, struct err *e)
{
    (void)arg;
    (void)changes;
    (void)count;
    (void)e;
    return 0;
}

static void load(void *arg, bool on, uint64_t operations)
{
    (void)arg;
    (void)operations;
    w.loads += on;
}

static int load_shape(void *arg, const struct scenario_load *how, struct err *e)
{
    (void)arg;
    (void)how;
    (void)e;
    return 0;
}

static void fault(void *arg, const struct world_fault *f)
{
    (void)arg;
    (void)f;
}

static void say(void *arg, const char *text)
{
    (void)arg;
    add(w.said, sizeof(w.said), text);
    add(w.said, sizeof(w.said), "\n");
}

static void expect_end(void *arg, unsigned node, const char *cause)
{
    (void)arg;
    (void)node;
    assert_string_equal(cause, "leave");
    w.expected_ends++;
}

static int ask(void *arg, unsigned node, const struct span *words, size_t count,
               uint64_t *ret_ticket, struct err *e)
{
    char text[64];
    (void)arg;
    (void)e;
    (void)snprintf(text, sizeof(text), "n%u:", node + 1);
    add(w.asked, sizeof(w.asked), text);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(text, sizeof(text), " %.*s", (int)words[i].len, words[i].data);
        add(w.asked, sizeof(w.asked), text);
    }
    add(w.asked, sizeof(w.asked), "\n");
    *ret_ticket = ++w.tickets;
    w.open++;
    return 0;
}

static enum world_reply reply(void *arg, uint64_t ticket, char text[WORLD_TEXT_MAX])
{
    const char *answer = w.answers[w.at];
    (void)arg;
    (void)ticket;
    (void)snprintf(text, WORLD_TEXT_MAX, "%s", answer + 1);
    switch (answer[0]) {
    case '+': return WORLD_OK;
    case '-': return WORLD_REFUSED;
    case '?': return WORLD_LOST;
    default: return WORLD_PENDING;
    }
}

static void done(void *arg, uint64_t ticket)
{
    (void)arg;
    (void)ticket;
    w.open--;
    if (w.answers[w.at + 1] != NULL)
        w.at++;
}

static int recover(void *arg, unsigned node, struct err *e)
{
    char text[64];
    (void)arg;
    if (w.busy > 0) {
        w.busy--;
        return err_set(e, -E_BUSY, "not yet");
    }
    (void)snprintf(text, sizeof(text), "recover n%u\n", node + 1);
    add(w.started, sizeof(w.started), text);
    return 0;
}

static const char *peer_address(void *arg, unsigned node, char out[WORLD_ADDRESS_MAX])
{
    (void)arg;
    (void)snprintf(out, WORLD_ADDRESS_MAX, "h%u:7001", node + 1);
    return out;
}

static const struct world world = {.name = "fake",
                                   .now = now,
                                   .start = start,
                                   .expect_end = expect_end,
                                   .admin = ask,
                                   .admin_reply = reply,
                                   .admin_done = done,
                                   .recover = recover,
                                   .peer_address = peer_address,
                                   .links = links,
                                   .load = load,
                                   .load_shape = load_shape,
                                   .fault = fault,
                                   .say = say};

static void lead(unsigned node)
{
    for (unsigned i = 0; i < o.nodes_count; i++)
        o.nodes[i].role = i == node ? VIEW_LEADER : VIEW_FOLLOWER;
    o.leader = (int)node;
    o.leader_since_ns = w.now_ns;
}

/* Until the scenario is over or `limit` has passed. */
static void advance(uint64_t limit_ns)
{
    uint64_t end_ns = w.now_ns + limit_ns;
    while (!runner_done(w.r) && w.now_ns <= end_ns) {
        uint64_t wake = runner_advance(w.r);
        w.now_ns = wake > w.now_ns && wake < w.now_ns + NS_PER_S ? wake : w.now_ns + NS_PER_S;
    }
}

/* Three founders and two spare nodes; n1 leads. */
static void begin(const char *steps, const char *const *answers)
{
    struct buf text = {0};
    buf_putf(&text,
             "{\"version\":1,\"name\":\"t\",\"cluster\":{\"voters\":3,\"spare\":2},\"steps\":[%s]}",
             steps);
    memset(&w, 0, sizeof(w));
    w.now_ns = NS_PER_S;
    w.answers = answers;
    w.s = scenario_text_good(buf_str(&text));
    buf_free(&text);
    observer_init(&o, 3, 0, 2, w.now_ns);
    w.r = runner_new(w.s, &world, &o, 0, 1);
    struct err e;
    assert_int_equal(runner_start(w.r, &e), 0);
    w.started[0] = '\0';
    lead(0);
}

static struct runner_result end(void)
{
    struct runner_result res = runner_result(w.r);
    runner_free(w.r);
    scenario_free(w.s);
    assert_int_equal(w.open, 0);
    return res;
}

static struct runner_result play(const char *steps, const char *const *answers)
{
    begin(steps, answers);
    advance(60 * NS_PER_S);
    return end();
}

#define LIST(...)         \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

static void test_words(void **state)
{
    static const struct {
        const char *step, *asked;
    } cases[] = {
        {"{\"member.add\":{\"who\":[\"n4\",\"n5\"]}}",
         "n1: RAFT MEMBER ADD n4 h4:7001\nn1: RAFT MEMBER ADD n5 h5:7001\n"},
        {"{\"member.add\":{\"who\":\"n4\",\"as\":\"learner\"}}",
         "n1: RAFT MEMBER ADD n4 h4:7001 LEARNER\n"},
        {"{\"member.add\":{\"who\":\"n4\",\"as\":\"witness\"}}",
         "n1: RAFT MEMBER ADD n4 h4:7001 WITNESS\n"},
        {"{\"member.promote\":{\"who\":\"n2\"}}", "n1: RAFT MEMBER PROMOTE n2\n"},
        {"{\"member.demote\":{\"who\":\"n2\",\"by\":\"n3\"}}", "n3: RAFT MEMBER DEMOTE n2\n"},
        {"{\"member.remove\":{\"who\":\"n2\"}}", "n1: RAFT MEMBER REMOVE n2\n"},
        {"{\"member.remove\":{\"who\":\"n2\",\"shutdown\":true}}",
         "n1: RAFT MEMBER REMOVE n2 SHUTDOWN\n"},
        {"{\"member.replace\":{\"who\":\"n2\",\"to\":\"n4\"}}",
         "n1: RAFT MEMBER REPLACE n2 n4 h4:7001\n"},
        {"{\"member.change\":{\"target\":[\"n1\",\"n2\",\"n4\"]}}",
         "n1: RAFT MEMBER ADD n4 h4:7001\nn1: RAFT MEMBER REMOVE n3\n"},
        {"{\"member.change\":{\"target\":[\"n1\",\"n2\",\"n3\"]}}", ""},
        {"{\"member.change\":{\"target\":[\"n1\",\"n4\",\"n5\"],\"style\":\"joint\"}}",
         "n1: RAFT MEMBER CHANGE n1=h1:7001,n4=h4:7001,n5=h5:7001\n"},
        {"{\"cluster.forceRecover\":{\"survivors\":\"n3\"}}", "n3: RAFT RECOVER n3\n"},
        {"{\"leader.transfer\":{}}", "n1: RAFT TRANSFER\n"},
        {"{\"leader.transfer\":{\"to\":\"follower(1)\"}}", "n1: RAFT TRANSFER n3\n"},
        {"{\"leader.stepDown\":{\"force\":true}}", "n1: RAFT STEPDOWN FORCE\n"},
        {"{\"node.leave\":{\"who\":\"n3\"}}", "n3: RAFT LEAVE\n"},
        {"{\"snapshot.take\":{\"who\":[\"n2\",\"n3\"]}}", "n2: RAFT SNAPSHOT\nn3: RAFT SNAPSHOT\n"},
        {"{\"snapshot.take\":{\"who\":\"n2\",\"keepEntries\":7}}",
         "n2: RAFT SNAPSHOT TRAILING 7\n"},
        {"{\"log.compact\":{\"who\":\"n3\"}}", "n3: RAFT COMPACT\n"},
        {"{\"log.compact\":{\"who\":\"n3\",\"keepEntries\":0}}", "n3: RAFT COMPACT TRAILING 0\n"},
        {"{\"config.set\":{\"who\":[\"n1\",\"n2\"],\"knob\":\"forward\",\"value\":\"off\"}}",
         "n1: RAFT CONFIG SET forward off\nn2: RAFT CONFIG SET forward off\n"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct runner_result res = play(cases[i].step, LIST("+OK"));
        if (res.failed || strcmp(w.asked, cases[i].asked) != 0)
            fail_msg("%s\nasked:\n%s\nnot:\n%s\n%s", cases[i].step, w.asked, cases[i].asked,
                     res.sentence);
    }
}

static void test_newcomers_start(void **state)
{
    (void)state;
    assert_false(
        play("{\"member.add\":{\"who\":\"n4\"}},{\"member.add\":{\"who\":\"n4\"}}", LIST("+OK"))
            .failed);
    assert_string_equal(w.started, "n4 joins n1\n");
    assert_false(
        play("{\"proc.kill\":{\"who\":\"n2\"},\"must\":false,\"when\":{\"event\":\"crashed\"},"
             "\"within\":\"1s\"}",
             LIST("+OK"))
            .finals_failed);
}

static void test_asks_again(void **state)
{
    (void)state;
    struct runner_result res =
        play("{\"leader.transfer\":{\"to\":\"n2\"}}",
             LIST("-INPROGRESS wait", "-NOTLEADER n3 host3:6379", "-TIMEOUT it", "+n2"));
    assert_false(res.failed);
    assert_int_equal(w.tickets, 4);
    assert_non_null(strstr(w.said, "leader.transfer: n2\n"));
}

static void test_waits_for_a_leader(void **state)
{
    (void)state;
    begin("{\"member.demote\":{\"who\":\"n2\"}}", LIST("+OK"));
    o.leader = -1;
    advance(5 * NS_PER_S);
    assert_string_equal(w.asked, "");
    lead(2);
    advance(5 * NS_PER_S);
    assert_string_equal(w.asked, "n3: RAFT MEMBER DEMOTE n2\n");
    assert_false(end().failed);
}

static void test_gives_up(void **state)
{
    (void)state;
    struct runner_result res =
        play("{\"member.demote\":{\"who\":\"n2\",\"timeout\":\"3s\"}}", LIST("-BUSY later"));
    assert_true(res.failed);
    assert_false(res.contradicted);
    assert_non_null(strstr(res.sentence, "n2: not done within 3s: BUSY later"));
    res = play("{\"member.demote\":{\"who\":\"n2\",\"timeout\":\"3s\"}}", LIST("."));
    assert_non_null(strstr(res.sentence, "not done within 3s: no answer"));
}

static void test_refused(void **state)
{
    (void)state;
    struct runner_result res = play("{\"member.remove\":{\"who\":\"n2\"}}",
                                    LIST("-NOSUCHMEMBER there is no member named n2"));
    assert_true(res.failed && res.contradicted);
    assert_non_null(
        strstr(res.sentence, "step 1 (member.remove): n2: refused: NOSUCHMEMBER there is no"));
}

static void test_refusal_expected(void **state)
{
    static const char *const step =
        "{\"member.remove\":{\"who\":\"n2\",\"expect\":\"refused\",\"error\":\"LASTVOTER\"}}";
    (void)state;
    assert_false(play(step, LIST("-INPROGRESS wait", "?lost", "-LASTVOTER no")).failed);
    struct runner_result res = play(step, LIST("+OK"));
    assert_true(res.failed && res.contradicted);
    assert_non_null(strstr(res.sentence, "accepted, and should have been refused: OK"));
    res = play(step, LIST("-LASTVOTERS no"));
    assert_true(res.failed && res.contradicted);
    assert_non_null(strstr(res.sentence, "refused for another reason: LASTVOTERS no"));
    /* Who was named is who was meant. */
    assert_false(play("{\"member.remove\":{\"who\":\"n2\",\"by\":\"n3\",\"expect\":\"refused\","
                      "\"error\":\"NOTLEADER\"}}",
                      LIST("-NOTLEADER n1 host1:6379"))
                     .failed);
}

static void test_anything_goes(void **state)
{
    static const char *const step = "{\"leader.transfer\":{\"expect\":\"any\",\"timeout\":\"2s\"}}";
    (void)state;
    assert_false(play(step, LIST("-ERR whatever")).failed);
    assert_false(play(step, LIST("?RESET")).failed);
    assert_false(play(step, LIST(".")).failed);
}

/* A lost answer is not asked for blindly: what is so is not done again. */
static void test_lost_answer(void **state)
{
    (void)state;
    begin("{\"member.demote\":{\"who\":\"n2\"}}", LIST("?RESET", "-ERR it is a learner already"));
    o.configs.committed = (struct observed_config){.index = 7, .voters = 0x5, .learners = 0x2};
    advance(10 * NS_PER_S);
    assert_int_equal(w.tickets, 1);
    assert_false(end().failed);
    begin("{\"member.demote\":{\"who\":\"n2\"}}", LIST("?RESET", "+OK"));
    advance(10 * NS_PER_S);
    assert_int_equal(w.tickets, 2);
    assert_false(end().failed);
}

static void test_not_waited_for(void **state)
{
    (void)state;
    begin("{\"member.demote\":{\"who\":\"n2\",\"waitCommit\":false}},{\"wait\":\"1s\"}", LIST("."));
    advance(500 * NS_PER_MS);
    assert_string_equal(w.asked, "n1: RAFT MEMBER DEMOTE n2\n");
    assert_int_equal(w.open, 0);
    advance(10 * NS_PER_S);
    assert_false(end().failed);
}

static void test_recovery_at_rest(void **state)
{
    (void)state;
    begin("{\"proc.kill\":{\"who\":\"all\"},\"must\":false},"
          "{\"cluster.forceRecover\":{\"survivors\":\"n3\",\"mode\":\"peersFile\"}}",
          LIST("."));
    for (unsigned i = 0; i < 3; i++)
        observer_died(&o, i, w.now_ns);
    w.busy = 2;
    advance(10 * NS_PER_S);
    assert_int_equal(strncmp(w.started, "recover n3\nn3\n", 14), 0);
    assert_string_equal(w.asked, "");
    assert_false(end().failed);
}

static void test_aborted(void **state)
{
    (void)state;
    begin("{\"member.demote\":{\"who\":\"n2\"}}", LIST("."));
    (void)runner_advance(w.r);
    assert_int_equal(w.open, 1);
    runner_abort(w.r, "enough");
    (void)end(); /* and no question is left open */
}

static void test_waits(void **state)
{
    (void)state;
    begin(
        "{\"wait\":{\"config\":{\"voters\":[\"n1\",\"n2\"],\"learners\":\"n3\",\"committed\":true}}"
        ","
        "\"within\":\"50s\"},{\"wait\":{\"exit\":{\"who\":\"n3\",\"code\":86}},\"within\":\"50s\"},"
        "{\"wait\":{\"joint\":{\"state\":\"left\"}},\"within\":\"50s\"},"
        "{\"wait\":{\"snapshot\":{\"who\":\"n2\",\"phase\":\"chunk\",\"chunk\":2}},"
        "\"within\":\"50s\"}",
        LIST("."));
    struct observed_config next = {.index = 7, .voters = 0x3, .learners = 0x4};
    o.configs.present = next;
    advance(3 * NS_PER_S);
    assert_int_equal(runner_result(w.r).steps_done, 0); /* not committed */
    o.configs.committed = next;
    advance(3 * NS_PER_S);
    assert_int_equal(runner_result(w.r).steps_done, 1);
    observer_ended(&o, 2, 0, 0);
    advance(3 * NS_PER_S);
    assert_int_equal(runner_result(w.r).steps_done, 1); /* another code */
    observer_ended(&o, 2, 86, 0);
    advance(3 * NS_PER_S);
    assert_int_equal(runner_result(w.r).steps_done, 2);
    o.configs.joints_left++;
    advance(3 * NS_PER_S);
    assert_int_equal(runner_result(w.r).steps_done, 3);
    o.installs[1].chunks += 1;
    advance(3 * NS_PER_S);
    assert_int_equal(runner_result(w.r).steps_done, 3);
    o.installs[1].chunks += 1;
    advance(3 * NS_PER_S);
    assert_false(end().failed);
}

/* Learners are there before the story begins, and before the load. */
static void test_learners(void **state)
{
    static const char *const answers[] = {".", "+OK", NULL};
    struct err e;
    (void)state;
    memset(&w, 0, sizeof(w));
    w.now_ns = NS_PER_S;
    w.answers = answers;
    w.s = scenario_text_good("{\"version\":1,\"name\":\"t\",\"cluster\":{\"voters\":1,"
                             "\"learners\":1},\"clients\":{\"count\":1},\"steps\":["
                             "{\"wait\":\"1s\"}]}");
    observer_init(&o, 1, 1, 0, w.now_ns);
    w.r = runner_new(w.s, &world, &o, 1, 1);
    assert_int_equal(runner_start(w.r, &e), 0);
    lead(0);
    (void)runner_advance(w.r);
    assert_string_equal(w.started, "n1\nn2 joins n1\n");
    assert_string_equal(w.asked, "n1: RAFT MEMBER ADD n2 h2:7001 LEARNER\n");
    assert_int_equal(w.loads, 0);
    w.at = 1;
    advance(5 * NS_PER_S);
    assert_int_equal(w.loads, 1);
    assert_false(end().failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_newcomers_start),
        cmocka_unit_test(test_asks_again),
        cmocka_unit_test(test_waits_for_a_leader),
        cmocka_unit_test(test_gives_up),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refusal_expected),
        cmocka_unit_test(test_anything_goes),
        cmocka_unit_test(test_lost_answer),
        cmocka_unit_test(test_not_waited_for),
        cmocka_unit_test(test_recovery_at_rest),
        cmocka_unit_test(test_aborted),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_learners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
