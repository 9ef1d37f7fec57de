/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of a node's own: taken while writes go on, started from, the log below them dropped.
 * R-SNAP-1, R-SNAP-2, R-SNAP-3, R-SNAP-4, R-SNAP-5, R-SNAP-6, R-PERS-13. */
#include "base/prng.h"
#include "base/units.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (10 * NS_PER_S)

static void every_20(struct node_options *o)
{
    o->snapshot_every = 20;
    o->snapshot_trailing = 5;
}

/* The number behind "key": in the last reply of client c of node i. */
static uint64_t number_in(const char *json, const char *key)
{
    char quoted[32];
    (void)snprintf(quoted, sizeof(quoted), "\"%s\":", key);
    const char *at = strstr(json, quoted);
    if (at == NULL)
        fail_msg("no %s in %s", quoted, json);
    return strtoull(at + strlen(quoted), NULL, 10);
}

static void copy_field(const char *json, const char *key, char *ret, size_t size)
{
    char quoted[32];
    (void)snprintf(quoted, sizeof(quoted), "\"%s\":", key);
    const char *at = strstr(json, quoted);
    assert_non_null(at);
    (void)snprintf(ret, size, "%.*s", (int)strcspn(at, ",}"), at);
}

static void write_some(struct nodes *n, unsigned i, unsigned count)
{
    char words[64];
    for (unsigned k = 0; k < count; k++) {
        (void)snprintf(words, sizeof(words), "SET key%u value%u", k, k);
        assert_string_equal(nodes_ask(n, i, 0, words, LIMIT), "+OK\r\n");
    }
}

/* R-SNAP-5: whatever way the nodes got there, the same entry gives the same bytes. */
static void on_request_the_same_everywhere(void **state)
{
    struct nodes n;
    char first[64] = "", digest[64];
    (void)state;
    nodes_open(&n, 3, 100);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    assert_non_null(strstr(nodes_ask(&n, l, 0, "RAFT SNAPSHOT STATUS", LIMIT), "\"image\":null"));
    write_some(&n, l, 30);
    assert_string_equal(nodes_ask(&n, l, 0, "RAFT SESSION OPEN", LIMIT)[0] == ':' ? "" : "no", "");
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < 3; i++) {
        const char *reply = nodes_ask(&n, i, 0, "RAFT SNAPSHOT", LIMIT);
        assert_int_equal(number_in(reply, "index"), node_applied(n.one[i].node));
        copy_field(reply, "digest", digest, sizeof(digest));
        if (i == 0)
            memcpy(first, digest, sizeof(first));
        assert_string_equal(digest, first);
        reply = nodes_ask(&n, i, 0, "RAFT SNAPSHOT STATUS", LIMIT);
        assert_int_equal(number_in(reply, "taken"), 1);
        /* Nothing new: the one that is there. */
        reply = nodes_ask(&n, i, 0, "RAFT SNAPSHOT", LIMIT);
        copy_field(reply, "digest", digest, sizeof(digest));
        assert_string_equal(digest, first);
        reply = nodes_ask(&n, i, 0, "RAFT STATUS", LIMIT);
        assert_int_equal(number_in(reply, "taken"), 1);
    }
    assert_int_equal(strncmp(nodes_ask(&n, l, 0, "RAFT SNAPSHOT NOW", LIMIT), "-ERR", 4), 0);
    assert_int_equal(strncmp(nodes_ask(&n, l, 0, "RAFT SNAPSHOT READ 1 x", LIMIT), "-ERR", 4), 0);
    assert_int_equal(strncmp(nodes_ask(&n, l, 0, "RAFT SNAPSHOT READ 1 0", LIMIT), "-NOSNAP", 7),
                     0);
    nodes_close(&n);
}

static void restarts_from_it(enum memvfs_crash how)
{
    struct nodes n;
    struct err e = {0};
    unsigned long long sid = 0;
    char words[64];
    nodes_open(&n, 1, 101);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    assert_int_equal(sscanf(nodes_ask(&n, 0, 0, "RAFT SESSION OPEN", LIMIT), ":%llu", &sid), 1);
    (void)snprintf(words, sizeof(words), "RAFT SESSION WRITE %llu 1 1 INCR n", sid);
    assert_string_equal(nodes_ask(&n, 0, 0, words, LIMIT), ":1\r\n");
    write_some(&n, 0, 30);
    assert_int_equal(nodes_ask(&n, 0, 0, "RAFT SNAPSHOT", LIMIT)[0], '$');
    uint64_t image = node_applied(n.one[0].node), digest = node_digest(n.one[0].node);
    nodes_crash(&n, 0, how);
    assert_int_equal(nodes_start(&n, 0, &e), 0);
    /* Before anything could be committed again. */
    assert_int_equal(node_applied(n.one[0].node), image);
    assert_int_equal(node_digest(n.one[0].node), digest);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    /* The session and its answer are in it. */
    assert_string_equal(nodes_ask(&n, 0, 0, words, LIMIT), ":1\r\n");
    assert_string_equal(nodes_ask(&n, 0, 0, "GET n", LIMIT), "$1\r\n1\r\n");
    assert_string_equal(nodes_ask(&n, 0, 0, "GET key7", LIMIT), "$6\r\nvalue7\r\n");
    nodes_close(&n);
}

static void a_restart_begins_from_it(void **state)
{
    (void)state;
    restarts_from_it(MEMVFS_KILL);
    restarts_from_it(MEMVFS_CUT_LOSE);
    restarts_from_it(MEMVFS_CUT_RANDOM);
}

/* 4 MiB of state, and a write in each of the many turns in which it is written. */
static void writes_go_on_meanwhile(void **state)
{
    struct nodes n;
    static char words[64 * 1024];
    unsigned during = 0;
    (void)state;
    nodes_open(&n, 1, 102);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    for (unsigned k = 0; k < 64; k++) {
        memset(words, 'x', sizeof(words) - 1);
        int len = snprintf(words, sizeof(words), "SET big%u ", k);
        words[len] = 'x';
        assert_string_equal(nodes_ask(&n, 0, 0, words, LIMIT), "+OK\r\n");
    }
    uint64_t before = node_applied(n.one[0].node);
    buf_reset(&n.one[0].replies[1]);
    nodes_say(&n, 0, 1, "RAFT SNAPSHOT");
    while (n.one[0].replies[1].len == 0 && during < 1000) {
        struct vfs_op *op;
        int status;
        nodes_say(&n, 0, 0, "INCR n");
        node_pump(n.one[0].node, n.now_ns);
        while (memvfs_complete(n.one[0].disk, &op, &status))
            node_on_io_done(n.one[0].node, n.now_ns, op, status);
        during++;
    }
    assert_in_range(during, 10, 100);
    const char *reply = buf_str(&n.one[0].replies[1]);
    assert_true(number_in(reply, "bytes") > 4000000);
    /* The state of the moment of asking, not what came since. */
    assert_in_range(number_in(reply, "index"), before, before + 1);
    nodes_settle(&n);
    assert_true(node_applied(n.one[0].node) >= before + during);
    struct err e = {0};
    nodes_crash(&n, 0, MEMVFS_CUT_LOSE);
    assert_int_equal(nodes_start(&n, 0, &e), 0);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    (void)snprintf(words, sizeof(words), ":%u\r\n", during + 1);
    assert_string_equal(nodes_ask(&n, 0, 0, "INCR n", LIMIT), words);
    nodes_close(&n);
}

static void no_space_is_no_end(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 1, 103);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    write_some(&n, 0, 10);
    memvfs_set_capacity(n.one[0].disk, memvfs_used(n.one[0].disk, NULL));
    const char *reply = nodes_ask(&n, 0, 0, "RAFT SNAPSHOT", LIMIT);
    assert_int_equal(strncmp(reply, "-NOSPACE", 8), 0);
    assert_int_equal(n.one[0].fatal, 0);
    assert_string_equal(nodes_ask(&n, 0, 0, "INCR n", LIMIT), ":1\r\n");
    memvfs_set_capacity(n.one[0].disk, 0);
    assert_int_equal(nodes_ask(&n, 0, 0, "RAFT SNAPSHOT", LIMIT)[0], '$');
    nodes_close(&n);
}

/* R-SNAP-2: the state of an entry that this node's own disk does not hold yet is no image yet. */
static void waits_for_the_log(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 104);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    write_some(&n, l, 5);
    memvfs_stall_writes(n.one[l].disk, true);
    assert_string_equal(nodes_ask(&n, l, 0, "INCR late", LIMIT), ":1\r\n"); /* by the others */
    buf_reset(&n.one[l].replies[1]);
    nodes_say(&n, l, 1, "RAFT SNAPSHOT");
    nodes_run(&n, 20 * NS_PER_MS);
    const char *status = nodes_ask(&n, l, 2, "RAFT SNAPSHOT STATUS", LIMIT);
    assert_int_equal(number_in(status, "index"), node_applied(n.one[l].node));
    assert_non_null(strstr(status, "\"image\":null"));
    assert_int_equal(n.one[l].replies[1].len, 0);
    memvfs_stall_writes(n.one[l].disk, false);
    nodes_settle(&n);
    assert_int_equal(number_in(buf_str(&n.one[l].replies[1]), "index"),
                     node_applied(n.one[l].node));
    nodes_close(&n);
}

/* R-SNAP-6: entries go once an image stands for them, but for the trailing ones. */
static void the_log_below_goes(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open_tuned(&n, 3, 105, every_20);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    write_some(&n, l, 200);
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < 3; i++) {
        const char *reply = nodes_ask(&n, i, 0, "RAFT SNAPSHOT STATUS", LIMIT);
        uint64_t image = number_in(reply, "index"), first = number_in(reply, "first");
        assert_in_range(image, 180, 202);
        assert_int_equal(first, image - 5 + 1);
    }
    /* And are not needed: */
    for (unsigned i = 0; i < 3; i++)
        nodes_crash(&n, i, MEMVFS_CUT_LOSE);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(nodes_start(&n, i, &e), 0);
    l = (unsigned)nodes_leader(&n, LIMIT);
    assert_string_equal(nodes_ask(&n, l, 0, "GET key7", LIMIT), "$6\r\nvalue7\r\n");
    write_some(&n, l, 50);
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 1; i < 3; i++)
        assert_int_equal(node_digest(n.one[i].node), node_digest(n.one[0].node));
    nodes_close(&n);
}

static void only_by_hand(struct node_options *o)
{
    o->snapshot_every = 0;
    o->snapshot_trailing = 10000;
}

/* What is asked for, and the log afterwards: where it begins, counted from the snapshot's entry. */
static void log_begins(struct nodes *n, const char *words, char reply, uint64_t kept)
{
    assert_int_equal(nodes_ask(n, 0, 0, words, LIMIT)[0], reply);
    nodes_settle(n);
    const char *status = nodes_ask(n, 0, 0, "RAFT SNAPSHOT STATUS", LIMIT);
    assert_int_equal(number_in(status, "index") + 1 - number_in(status, "first"), kept);
}

/* R-SNAP-6: how many stay may be said each time. */
static void as_much_stays_as_is_said(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 1, 107, only_by_hand);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    write_some(&n, 0, 100);
    assert_int_equal(strncmp(nodes_ask(&n, 0, 0, "RAFT COMPACT", LIMIT), "-NOSNAPSHOT ", 12), 0);
    log_begins(&n, "RAFT SNAPSHOT TRAILING 60", '$', 60);
    log_begins(&n, "RAFT SNAPSHOT TRAILING 50", '$',
               50); /* nothing new: the log goes all the same */
    log_begins(&n, "RAFT COMPACT TRAILING 20", '+', 20);
    log_begins(&n, "RAFT COMPACT TRAILING 40", '+', 20);
    log_begins(&n, "RAFT COMPACT", '+', 0);
    write_some(&n, 0, 30);
    log_begins(&n, "RAFT SNAPSHOT", '$', 30); /* said once, not for ever */
    assert_int_equal(strncmp(nodes_ask(&n, 0, 0, "RAFT SNAPSHOT TRAILING x", LIMIT), "-ERR", 4), 0);
    assert_int_equal(strncmp(nodes_ask(&n, 0, 0, "RAFT COMPACT 5", LIMIT), "-ERR", 4), 0);
    nodes_close(&n);
}

static void large_log(struct node_options *o)
{
    o->segment_bytes = 4 * MIB;
    o->snapshot_trailing = 2;
}

/* R-SNAP-4: by the log's size, which the state's own size excuses. */
static void a_long_log_is_enough(void **state)
{
    struct nodes n;
    static char words[MIB];
    (void)state;
    nodes_open_tuned(&n, 1, 106, large_log);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    for (unsigned k = 0; k < 90; k++) {
        memset(words, 'x', sizeof(words) - 1);
        int len = snprintf(words, sizeof(words), "SET one ");
        words[len] = 'x';
        assert_string_equal(nodes_ask(&n, 0, 0, words, LIMIT), "+OK\r\n");
        /* 64 MiB, and up to a quarter more by the node's id. */
        if (k < 62)
            assert_non_null(
                strstr(nodes_ask(&n, 0, 1, "RAFT SNAPSHOT STATUS", LIMIT), "\"image\":null"));
    }
    nodes_run(&n, 100 * NS_PER_MS);
    const char *status = nodes_ask(&n, 0, 1, "RAFT SNAPSHOT STATUS", LIMIT);
    assert_int_equal(number_in(status, "taken"), 1);
    assert_true(number_in(status, "first") > 60);
    nodes_close(&n);
}

static void a_crash_round(struct nodes *n, struct prng *random, uint64_t *acknowledged)
{
    unsigned long long value;
    struct err e = {0};
    uint64_t writes = prng_between(random, 1, 60);
    for (uint64_t w = 0; w < writes; w++) {
        buf_reset(&n->one[0].replies[0]);
        nodes_say(n, 0, 0, "INCR n");
        if (prng_chance(random, 0.7))
            nodes_run(n, prng_between(random, 1, 4) * NS_PER_MS);
        if (sscanf(buf_str(&n->one[0].replies[0]), ":%llu", &value) == 1 && value > *acknowledged)
            *acknowledged = value;
    }
    nodes_crash(n, 0, prng_chance(random, 0.5) ? MEMVFS_CUT_LOSE : MEMVFS_CUT_RANDOM);
    if (nodes_start(n, 0, &e) < 0)
        fail_msg("does not start: %s", e.text);
    assert_int_equal(nodes_leader(n, LIMIT), 0);
}

static void power_cuts_lose_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct nodes n;
        struct prng random = prng_named(seed, "snapshots");
        uint64_t acknowledged = 0;
        unsigned long long value = 0;
        nodes_open_tuned(&n, 1, seed * 100, every_20);
        assert_int_equal(nodes_leader(&n, LIMIT), 0);
        for (unsigned round = 0; round < 10; round++)
            a_crash_round(&n, &random, &acknowledged);
        assert_int_equal(sscanf(nodes_ask(&n, 0, 1, "INCR n", LIMIT), ":%llu", &value), 1);
        assert_true(value > acknowledged && acknowledged > 50);
        const char *status = nodes_ask(&n, 0, 1, "RAFT SNAPSHOT STATUS", LIMIT);
        assert_true(number_in(status, "index") > 20);
        nodes_close(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_request_the_same_everywhere),
        cmocka_unit_test(a_restart_begins_from_it),
        cmocka_unit_test(writes_go_on_meanwhile),
        cmocka_unit_test(no_space_is_no_end),
        cmocka_unit_test(waits_for_the_log),
        cmocka_unit_test(the_log_below_goes),
        cmocka_unit_test(as_much_stays_as_is_said),
        cmocka_unit_test(a_long_log_is_enough),
        cmocka_unit_test(power_cuts_lose_nothing),
    };
    return cmocka_run_group_tests_name("node_snapshot", tests, NULL, NULL);
}
