/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log of a node is damaged in its middle: it starts, keeps the old files, votes for nobody and
 * does not lead until the others have given it the log again. R-PERS-9. */
#include "base/units.h"
#include "tests/support/judge_nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT  (20 * NS_PER_S)
#define LOG    "/data/log-0000000000000001"
#define WRITES 20

struct kept {
    uint8_t *data; /* owned */
    size_t len;
};

static void write_some(struct nodes *n, unsigned from, unsigned count)
{
    char words[64];
    for (unsigned k = from; k < from + count; k++) {
        int l = nodes_leader(n, LIMIT);
        assert_true(l >= 0);
        (void)snprintf(words, sizeof words, "SET w%u %u", k, k);
        assert_string_equal(nodes_ask(n, (unsigned)l, 0, words, LIMIT), "+OK\r\n");
    }
}

static void expect_writes(struct nodes *n, unsigned count)
{
    char words[64];
    int l = nodes_leader(n, LIMIT);
    assert_true(l >= 0);
    for (unsigned k = 0; k < count; k++) {
        (void)snprintf(words, sizeof words, "EXISTS w%u", k);
        assert_string_equal(nodes_ask(n, (unsigned)l, 0, words, LIMIT), ":1\r\n");
    }
}

/* A cluster of three with some writes; its leader. */
static unsigned founded(struct nodes *n)
{
    nodes_open(n, 3, 77);
    assert_true(nodes_leader(n, LIMIT) >= 0);
    write_some(n, 0, WRITES);
    nodes_run(n, 500 * NS_PER_MS);
    int l = nodes_leader(n, LIMIT);
    assert_true(l >= 0);
    return (unsigned)l;
}

/* Of the node, which is down: one byte in the middle batch. */
static struct kept damage(struct nodes *n, unsigned i)
{
    size_t len = 0, used = 0;
    uint8_t *data = memvfs_bytes(n->one[i].disk, LOG, &len);
    while (used < len && data[used] != 0)
        used += 4096;
    assert_true(used >= 8 * 4096);
    data[used / 2 / 4096 * 4096 + 170] ^= 0x55;
    struct kept k = {.data = malloc(len), .len = len};
    memcpy(k.data, data, len);
    n->one[i].harmed = true;
    memvfs_bytes_changed(n->one[i].disk, LOG);
    return k;
}

static void start(struct nodes *n, unsigned i)
{
    struct err e = {0};
    if (nodes_start(n, i, &e) < 0)
        fail_msg("n%u does not start: %s", i + 1, e.text);
}

static bool restoring(struct nodes *n, unsigned i)
{
    return strstr(nodes_ask(n, i, 1, "RAFT STATUS", LIMIT), "\"restoring\":") != NULL;
}

/* The damaged file is there under some start's name, byte for byte. */
static void expect_kept(struct nodes *n, unsigned i, struct kept *k)
{
    bool found = false;
    for (unsigned start = 1; start < 16 && !found; start++) {
        char path[VFS_PATH_MAX];
        size_t len = 0;
        (void)snprintf(path, sizeof path, "/data/damaged-%x-log-0000000000000001", start);
        if (!memvfs_exists(n->one[i].disk, path))
            continue;
        const uint8_t *data = memvfs_bytes(n->one[i].disk, path, &len);
        found = len == k->len && memcmp(data, k->data, len) == 0;
    }
    assert_true(found);
    free(k->data);
    k->data = NULL;
}

static void judge(struct nodes *n)
{
    const char *violated = judge_nodes(n, NULL);
    if (violated != NULL)
        fail_msg("%s", violated);
}

static void crash(struct nodes *n, unsigned i)
{
    nodes_crash(n, i, MEMVFS_CUT_LOSE);
}

/* The leader that knows it from before its damage gives it everything, too. */
static void same_leader(void **state)
{
    (void)state;
    static struct nodes n;
    unsigned l = founded(&n), f = (l + 1) % 3, other = (l + 2) % 3;
    crash(&n, f);
    struct kept k = damage(&n, f);
    start(&n, f);
    assert_true(restoring(&n, f));
    nodes_run(&n, 2 * NS_PER_S);
    assert_false(restoring(&n, f));
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    expect_kept(&n, f, &k);
    /* It votes again: with it alone the other one is a quorum. */
    crash(&n, l);
    expect_writes(&n, WRITES);
    crash(&n, other);
    start(&n, l);
    write_some(&n, WRITES, 3);
    judge(&n);
    nodes_close(&n);
}

#define BEING_RESTORED "-NOTDATA this node's damaged log is being restored; ask another\r\n"

/* Without its vote there is no leader; with both of the others there is. Nor does it answer from
 * what it has begun anew. */
static void votes_for_nobody(void **state)
{
    (void)state;
    static struct nodes n;
    unsigned l = founded(&n), f = (l + 1) % 3;
    crash(&n, f);
    crash(&n, l);
    struct kept k = damage(&n, f);
    start(&n, f);
    assert_int_equal(nodes_leader(&n, 5 * NS_PER_S), -1);
    assert_true(restoring(&n, f));
    assert_string_equal(nodes_ask(&n, f, 2, "RAFT READMODE LOCAL", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, f, 2, "GET w1", LIMIT), BEING_RESTORED);
    /* A second start goes on. */
    crash(&n, f);
    start(&n, f);
    assert_int_equal(nodes_leader(&n, 5 * NS_PER_S), -1);
    assert_true(restoring(&n, f));
    start(&n, l);
    expect_writes(&n, WRITES);
    nodes_run(&n, 2 * NS_PER_S);
    assert_false(restoring(&n, f));
    assert_string_equal(nodes_ask(&n, f, 2, "RAFT READMODE LOCAL", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, f, 2, "GET w1", LIMIT), "$1\r\n1\r\n");
    expect_kept(&n, f, &k);
    judge(&n);
    nodes_close(&n);
}

/* Two of three: nobody leads with their votes, and the third keeps what it has. */
static void two_damaged(void **state)
{
    (void)state;
    static struct nodes n;
    unsigned l = founded(&n), a = (l + 1) % 3, b = (l + 2) % 3;
    for (unsigned i = 0; i < 3; i++)
        crash(&n, i);
    struct kept ka = damage(&n, a), kb = damage(&n, b);
    for (unsigned i = 0; i < 3; i++)
        start(&n, i);
    assert_int_equal(nodes_leader(&n, 5 * NS_PER_S), -1);
    assert_true(restoring(&n, a) && restoring(&n, b) && !restoring(&n, l));
    expect_kept(&n, a, &ka);
    expect_kept(&n, b, &kb);
    /* The only intact copy is there to go on from, and no other one. */
    char words[32];
    (void)snprintf(words, sizeof words, "RAFT RECOVER %s", n.one[a].name);
    assert_int_equal(nodes_ask(&n, a, NODES_ADMIN, words, LIMIT)[0], '-');
    crash(&n, a);
    crash(&n, b);
    nodes_run(&n, NS_PER_S);
    (void)snprintf(words, sizeof words, "RAFT RECOVER %s", n.one[l].name);
    assert_int_equal(nodes_ask(&n, l, NODES_ADMIN, words, LIMIT)[0], '$');
    expect_writes(&n, WRITES);
    judge(&n);
    nodes_close(&n);
}

/* Both lose their logs under a leader, which has all of it and is still in office: it leads them
 * on, but does not count them, and nothing is lost. */
static void two_under_a_leader(void **state)
{
    (void)state;
    static struct nodes n;
    unsigned l = founded(&n), a = (l + 1) % 3, b = (l + 2) % 3;
    crash(&n, a);
    crash(&n, b);
    struct kept ka = damage(&n, a), kb = damage(&n, b);
    start(&n, a);
    start(&n, b);
    nodes_run(&n, 3 * NS_PER_S);
    expect_writes(&n, WRITES);
    expect_kept(&n, a, &ka);
    expect_kept(&n, b, &kb);
    judge(&n);
    nodes_close(&n);
}

static void often(struct node_options *o)
{
    o->snapshot_every = 12;
    o->snapshot_trailing = 3;
}

#define IMAGES_MAX 8

struct images {
    char paths[IMAGES_MAX][VFS_PATH_MAX];
    unsigned count;
};

static void find_image(void *ctx, const char *name)
{
    struct images *found = ctx;
    if (strncmp(name, "image-", 6) == 0 && found->count < IMAGES_MAX)
        (void)snprintf(found->paths[found->count++], VFS_PATH_MAX, "/data/%s", name);
}

static void damage_images(struct memvfs *disk)
{
    static struct images found;
    const struct vfs *v = memvfs_vfs(disk);
    struct err e = {0};
    found.count = 0;
    assert_int_equal(v->list(v->arg, "/data", find_image, &found, &e), 0);
    assert_true(found.count > 0);
    for (unsigned i = 0; i < found.count; i++) {
        size_t len = 0;
        uint8_t *data = memvfs_bytes(disk, found.paths[i], &len);
        assert_true(data != NULL && len > 200);
        for (size_t at = 0; at < len; at += 64)
            data[at] ^= 0x55;
        memvfs_bytes_changed(disk, found.paths[i]);
    }
}

/* Its images are damaged, and the log does not reach back: it is sent another one. */
static void image_damaged(void **state)
{
    (void)state;
    static struct nodes n;
    nodes_open_tuned(&n, 3, 78, often);
    assert_true(nodes_leader(&n, LIMIT) >= 0);
    write_some(&n, 0, WRITES);
    nodes_run(&n, NS_PER_S);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    crash(&n, f);
    damage_images(n.one[f].disk);
    n.one[f].harmed = true;
    start(&n, f);
    assert_true(restoring(&n, f));
    nodes_run(&n, 3 * NS_PER_S);
    assert_false(restoring(&n, f));
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    judge(&n);
    nodes_close(&n);
}

/* It dies at each call of that start; false: the start was through before. */
static bool dies_at(uint64_t call)
{
    static struct nodes n;
    struct err e = {0};
    unsigned l = founded(&n), f = (l + 1) % 3;
    crash(&n, f);
    crash(&n, l);
    struct kept k = damage(&n, f);
    memvfs_halt_at(n.one[f].disk, call);
    bool died = nodes_start(&n, f, &e) < 0;
    if (died) {
        memvfs_crash(n.one[f].disk, (enum memvfs_crash)(call % 6));
        memvfs_halt_at(n.one[f].disk, 1000000);
        start(&n, f);
    } else {
        memvfs_halt_at(n.one[f].disk, 1000000);
    }
    assert_int_equal(nodes_leader(&n, NS_PER_S), -1);
    assert_true(restoring(&n, f));
    start(&n, l);
    expect_writes(&n, WRITES);
    nodes_run(&n, 2 * NS_PER_S);
    assert_false(restoring(&n, f));
    expect_kept(&n, f, &k);
    judge(&n);
    nodes_close(&n);
    return died;
}

static void every_call(void **state)
{
    (void)state;
    uint64_t call = 1;
    while (dies_at(call))
        call++;
    assert_in_range(call, 20, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_leader),   cmocka_unit_test(votes_for_nobody),
        cmocka_unit_test(two_damaged),   cmocka_unit_test(two_under_a_leader),
        cmocka_unit_test(image_damaged), cmocka_unit_test(every_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
