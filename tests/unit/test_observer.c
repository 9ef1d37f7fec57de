/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cluster as its trace shows it: members, joint configurations, transfers, ends. */
#include "emulator/runner/observer.h"

#include "emulator/runner/world.h"
#include "emulator/trace/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct observer o;
static struct trace_names names;
static struct trace_reader reader;
static uint64_t seq;

/* One event of a node; fields is the rest of its line. */
static void tell(const char *node, uint64_t term, const char *ev, const char *fields)
{
    char line[512];
    struct trace_record rec;
    struct err e;
    seq++;
    int len = snprintf(line, sizeof(line),
                       "{\"t\":%llu,\"node\":\"%s\",\"disk\":\"0000000000000001\",\"inc\":1,"
                       "\"seq\":%llu,\"term\":%llu,\"ev\":\"%s\"%s%s}\n",
                       (unsigned long long)(1000 + seq), node, (unsigned long long)seq,
                       (unsigned long long)term, ev, fields[0] == '\0' ? "" : ",", fields);
    if (trace_read_line(&reader, line, (size_t)len, seq, &rec, &e) < 0)
        fail_msg("%s: %s", line, e.text);
    observer_feed(&o, &rec);
}

/* Three founders, of whom n1 leads in term 1, and two spare nodes. */
static int open_cluster(void **state)
{
    (void)state;
    memset(&names, 0, sizeof(names));
    world_names(&names, 5);
    trace_reader_init(&reader, &names);
    seq = 0;
    observer_init(&o, 3, 0, 2, 1000);
    for (unsigned i = 0; i < 3; i++)
        observer_started(&o, i, 1000);
    tell("n1", 1, "becameLeader", "\"last\":{\"term\":0,\"index\":0},\"config_index\":0");
    tell("n2", 1, "appendAccepted", "\"peer\":\"n1\",\"match\":1,\"for_term\":1");
    tell("n3", 1, "appendAccepted", "\"peer\":\"n1\",\"match\":1,\"for_term\":1");
    assert_int_equal(o.leader, 0);
    return 0;
}

static int close_cluster(void **state)
{
    (void)state;
    trace_reader_free(&reader);
    return 0;
}

static void appended(const char *node, uint64_t term, unsigned index, const char *voters,
                     const char *old, const char *learners)
{
    char fields[256];
    (void)snprintf(fields, sizeof(fields),
                   "\"index\":%u,\"voters\":[%s],\"old\":[%s],\"learners\":[%s]", index, voters,
                   old, learners);
    tell(node, term, "configAppended", fields);
}

static void committed(const char *node, uint64_t term, unsigned index)
{
    char fields[32];
    (void)snprintf(fields, sizeof(fields), "\"index\":%u", index);
    tell(node, term, "configCommitted", fields);
}

static nodeset flagged(size_t offset)
{
    nodeset set = 0;
    for (size_t i = 0; i < o.nodes_count; i++)
        set |= (nodeset) * ((const bool *)&o.nodes[i] + offset) << i;
    return set;
}

#define FLAGGED(member) flagged(offsetof(struct view_node, member))

static void test_learner_becomes_voter(void **state)
{
    (void)state;
    assert_int_equal(FLAGGED(voter), 0x7);
    appended("n1", 1, 5, "\"n1\",\"n2\",\"n3\"", "", "\"n4\"");
    assert_int_equal(FLAGGED(learner), 0x8); /* in force when appended */
    assert_int_equal(o.configs.committed.index, 0);
    committed("n1", 1, 5);
    assert_int_equal(o.configs.committed.index, 5);
    appended("n1", 1, 9, "\"n1\",\"n2\",\"n3\",\"n4\"", "", "");
    assert_int_equal(FLAGGED(voter), 0xf);
    assert_int_equal(FLAGGED(learner), 0);
    assert_int_equal(FLAGGED(removed), 0);
}

static void test_removed_once_committed(void **state)
{
    (void)state;
    appended("n1", 1, 5, "\"n1\",\"n2\"", "", "");
    assert_int_equal(FLAGGED(voter), 0x3);
    assert_int_equal(FLAGGED(removed), 0);
    committed("n1", 1, 5);
    assert_int_equal(FLAGGED(removed), 0x4);
    appended("n1", 1, 7, "\"n1\",\"n2\",\"n3\"", "", "");
    committed("n1", 1, 7);
    assert_int_equal(FLAGGED(removed), 0);
}

static void test_rolled_back(void **state)
{
    (void)state;
    appended("n1", 1, 5, "\"n1\",\"n2\"", "", "");
    tell("n2", 2, "becameLeader", "\"last\":{\"term\":1,\"index\":4},\"config_index\":0");
    tell("n3", 2, "appendAccepted", "\"peer\":\"n2\",\"match\":5,\"for_term\":2");
    assert_int_equal(o.leader, 1);
    assert_int_equal(FLAGGED(voter), 0x7); /* the new leader never heard of it */
    tell("n1", 2, "truncated", "\"from\":5");
    assert_int_equal(o.configs.of[0].count, 0);
    assert_int_equal(o.configs.present.index, 0);
}

static void test_joint(void **state)
{
    (void)state;
    appended("n1", 1, 5, "\"n1\",\"n4\",\"n5\"", "\"n1\",\"n2\",\"n3\"", "");
    assert_true(observed_joint(&o.configs.present));
    assert_int_equal(FLAGGED(voter), 0x19);
    assert_int_equal(FLAGGED(old_voter), 0x7);
    assert_int_equal(o.configs.joints_entered, 1);
    /* n4 and n5 do not run: n1 leads no majority of the incoming half. */
    assert_int_equal(o.leader, -1);
    for (unsigned i = 3; i < 5; i++)
        observer_started(&o, i, 2000);
    tell("n4", 1, "appendAccepted", "\"peer\":\"n1\",\"match\":5,\"for_term\":1");
    assert_int_equal(o.leader, 0);
    committed("n1", 1, 5);
    assert_int_equal(o.configs.joints_committed, 1);
    appended("n1", 1, 6, "\"n1\",\"n4\",\"n5\"", "", "");
    assert_int_equal(o.configs.joints_left, 1);
    committed("n1", 1, 6);
    assert_int_equal(FLAGGED(removed), 0x6);
}

static void test_boot_forgets(void **state)
{
    (void)state;
    appended("n2", 1, 5, "\"n1\",\"n2\"", "", "");
    tell("n2", 1, "boot",
         "\"vote\":null,\"base\":{\"term\":0,\"index\":0},\"last\":{\"term\":1,\"index\":4},"
         "\"image\":0,\"durable\":4,\"chain\":\"0000000000000000\",\"config_index\":3,"
         "\"voters\":[\"n1\",\"n2\",\"n3\"],\"old\":[],\"learners\":[\"n5\"]");
    assert_int_equal(o.configs.of[1].count, 1);
    assert_int_equal(o.configs.of[1].items[0].index, 3);
    assert_int_equal(o.configs.of[1].items[0].learners, 0x10);
}

static void test_transfer(void **state)
{
    (void)state;
    tell("n1", 1, "transferBegin", "\"target\":\"n3\"");
    assert_int_equal(o.transferee, 2);
    tell("n1", 1, "transferEnd", "\"result\":\"timeout\"");
    assert_int_equal(o.transferee, -1);
}

static void test_install(void **state)
{
    (void)state;
    tell("n3", 1, "snapshotChunk", "\"peer\":\"n1\",\"offset\":0");
    tell("n3", 1, "snapshotInstalled", "\"index\":90,\"digest\":\"0000000000000000\"");
    assert_int_equal(o.installs[2].chunks, 1);
    assert_int_equal(o.installs[2].installed, 1);
    assert_int_equal(o.applied[2], 90);
    assert_int_equal(o.nodes[2].last_index, 90);
}

static void test_exit(void **state)
{
    (void)state;
    observer_died(&o, 2, 2000);
    assert_false(o.exits[2].ended); /* told to, and still at it */
    observer_ended(&o, 2, 86, 0);
    assert_true(o.exits[2].ended);
    assert_int_equal(o.exits[2].code, 86);
    observer_started(&o, 2, 3000);
    assert_false(o.exits[2].ended);
}

static void test_strangers(void **state)
{
    (void)state;
    tell("n6", 9, "becameLeader", "\"last\":{\"term\":0,\"index\":0},\"config_index\":0");
    assert_int_equal(o.leader, 0);
    assert_int_equal(o.term_max, 1);
}

#define VOTE(candidate, pre, term) \
    "\"candidate\":\"" candidate "\",\"pre\":" pre ",\"for_term\":" term

/* Counted from the beginning of the watch to its end, if every field is what it must be. */
static void test_watch(void **state)
{
    struct pair fields[] = {
        {"candidate", "n3", true}, {"pre", "false", false}, {"for_term", "4", false}};
    const struct pair_list all = {fields, 3}, first = {fields, 1};
    struct event_watch a, b, c;
    (void)state;
    tell("n1", 3, "voteGranted", VOTE("n3", "false", "4"));
    observer_watch(&o, TRACE_voteGranted, &all, &a);
    observer_watch(&o, TRACE_voteGranted, &first, &b);
    observer_watch(&o, TRACE_voteRefused, &first, &c);
    tell("n1", 3, "voteGranted", VOTE("n2", "false", "4"));
    tell("n1", 3, "voteGranted", VOTE("n3", "true", "4"));
    tell("n1", 3, "voteGranted", VOTE("n3", "false", "5"));
    tell("n2", 3, "voteGranted", VOTE("n3", "false", "4"));
    assert_int_equal(a.counts[0], 0);
    assert_int_equal(a.counts[1], 1);
    assert_int_equal(b.counts[0], 2);
    assert_int_equal(b.counts[1], 1);
    assert_int_equal(c.counts[0] + c.counts[1], 0);
    observer_unwatch(&b);
    tell("n1", 3, "voteGranted", VOTE("n3", "false", "4"));
    assert_int_equal(a.counts[0], 1);
    assert_int_equal(b.counts[0], 2);
    observer_unwatch(&c);
    observer_unwatch(&a);
    assert_null(o.watches);
}

/* Numbers, texts and digests; a key that is null is nothing. */
static void test_watch_kinds(void **state)
{
    struct pair mode = {"mode", "lease", true}, chain = {"chain", "00000000000000ff", true},
                peer = {"vote", "n1", true};
    struct event_watch read, commit, boot;
    (void)state;
    observer_watch(&o, TRACE_readServed, &(struct pair_list){&mode, 1}, &read);
    observer_watch(&o, TRACE_committed, &(struct pair_list){&chain, 1}, &commit);
    observer_watch(&o, TRACE_boot, &(struct pair_list){&peer, 1}, &boot);
    tell("n1", 1, "readServed", "\"mode\":\"lease\",\"point\":1");
    tell("n1", 1, "readServed", "\"mode\":\"leas\",\"point\":1");
    tell("n1", 1, "readServed", "\"mode\":\"index\",\"point\":1");
    tell("n1", 1, "committed", "\"to\":1,\"chain\":\"00000000000000ff\"");
    tell("n1", 1, "committed", "\"to\":2,\"chain\":\"10000000000000ff\"");
    assert_int_equal(read.counts[0], 1);
    assert_int_equal(commit.counts[0], 1);
    assert_int_equal(boot.counts[0], 0);
    observer_unwatch(&read);
    observer_unwatch(&commit);
    observer_unwatch(&boot);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_cluster, close_cluster)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_learner_becomes_voter),
        TEST(test_removed_once_committed),
        TEST(test_rolled_back),
        TEST(test_joint),
        TEST(test_boot_forgets),
        TEST(test_transfer),
        TEST(test_install),
        TEST(test_exit),
        TEST(test_strangers),
        TEST(test_watch),
        TEST(test_watch_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
