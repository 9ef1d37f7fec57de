/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node dies at every single call to its disk, once each, while the cluster takes writes,
 * snapshots and changes of members: what was acknowledged stays, and all end with the same state.
 * R-PERS-1, R-PERS-14, R-SNAP-9, R-INV-15. */
#include "base/units.h"
#include "tests/support/effort.h"
#include "tests/support/judge_nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT      (20 * NS_PER_S)
#define WRITES_MAX 200

#define STRIDE (SANITIZED ? 11u : 1u) /* calls from one death to the next */

static void often(struct node_options *o)
{
    o->snapshot_every = 12;
    o->snapshot_trailing = 3;
    o->snapshot_chunk_bytes = 512;
    o->segment_bytes = 16 * KIB;
}

/* One run: three found the cluster, a fourth joins. */
struct run {
    struct nodes n;
    unsigned victim;
    enum memvfs_crash how;
    bool died;
    bool installed; /* the snapshot that the fourth begins with */
    unsigned writes;
    bool acknowledged[WRITES_MAX];
};

/* Whoever asked to be stopped is, and starts again. */
static void bury(struct run *r)
{
    struct err e = {0};
    for (unsigned i = 0; i < r->n.count; i++) {
        if (r->n.one[i].node == NULL || r->n.one[i].fatal == 0)
            continue;
        if (i != r->victim || r->died || r->n.one[i].fatal != NODE_EXIT_DISK)
            fail_msg("n%u: exit %d: %s", i + 1, r->n.one[i].fatal, r->n.one[i].fatal_text);
        r->died = true;
        nodes_crash(&r->n, i, r->how);
        nodes_run(&r->n, 20 * NS_PER_MS);
        if (nodes_start(&r->n, i, &e) < 0)
            fail_msg("n%u does not start: %s", i + 1, e.text);
    }
}

static void pass(struct run *r, uint64_t ms)
{
    for (uint64_t i = 0; i < ms; i++) {
        nodes_run(&r->n, NS_PER_MS);
        bury(r);
    }
}

/* Says it to node i; true if that is the answer, within the time. */
static bool ask(struct run *r, unsigned i, const char *words, const char *answer, uint64_t ms)
{
    struct buf *reply = &r->n.one[i].replies[0];
    buf_reset(reply);
    nodes_say(&r->n, i, 0, words);
    while (reply->len == 0 && ms-- > 0)
        pass(r, 1);
    bool as_wanted = strncmp(buf_str(reply), answer, strlen(answer)) == 0;
    buf_reset(reply);
    return as_wanted;
}

static void write_some(struct run *r, unsigned count)
{
    char words[320];
    for (unsigned k = 0; k < count; k++) {
        unsigned number = r->writes++;
        ASSERT(number < WRITES_MAX);
        (void)snprintf(words, sizeof(words), "SET w%u %0200u", number, number);
        r->acknowledged[number] = ask(r, number % 3, words, "+OK", 40);
    }
}

/* At whoever leads, until it is done; a change that was done meanwhile is done again. */
static void change(struct run *r, const char *words)
{
    for (unsigned attempt = 0; attempt < 60; attempt++) {
        int l = nodes_leader(&r->n, NS_PER_MS);
        bury(r);
        if (l >= 0 && ask(r, (unsigned)l, words, "+OK", 400))
            return;
        pass(r, 50);
    }
    fail_msg("n%u: %s: never done", r->victim + 1, words);
}

static void live(struct run *r)
{
    write_some(r, 15);
    (void)ask(r, 0, "RAFT SNAPSHOT", "$", 40);
    pass(r, 400);                               /* the log is kept while somebody lags */
    change(r, "RAFT MEMBER ADD n4 host4:7001"); /* through a snapshot: entry 1 is gone */
    write_some(r, 10);
    (void)ask(r, 1, "RAFT SNAPSHOT", "$", 40);
    change(r, "RAFT MEMBER DEMOTE n3");
    write_some(r, 10);
    change(r, "RAFT MEMBER PROMOTE n3");
    write_some(r, 5);
}

static bool all_equal(struct run *r)
{
    for (unsigned i = 1; i < r->n.count; i++) {
        if (node_digest(r->n.one[i].node) != node_digest(r->n.one[0].node) ||
            node_applied(r->n.one[i].node) != node_applied(r->n.one[0].node))
            return false;
    }
    return true;
}

static void judge(struct run *r, uint64_t call)
{
    unsigned long long at = call;
    unsigned victim = r->victim + 1;
    char words[32];
    pass(r, 500);
    for (unsigned attempt = 0; attempt < 20 && !all_equal(r); attempt++)
        pass(r, 200);
    if (!all_equal(r))
        fail_msg("n%u died at call %llu: the nodes differ", victim, at);
    int l = nodes_leader(&r->n, LIMIT);
    assert_true(l >= 0);
    for (unsigned k = 0; k < r->writes; k++) {
        (void)snprintf(words, sizeof(words), "EXISTS w%u", k);
        if (r->acknowledged[k] && !ask(r, (unsigned)l, words, ":1", 1000))
            fail_msg("n%u died at call %llu: write %u was acknowledged and is lost", victim, at, k);
    }
    r->installed = strstr(buf_str(&r->n.events), "snapshotInstalled") != NULL;
    const char *violated = judge_nodes(&r->n, "snapshotPrefix");
    if (violated != NULL)
        fail_msg("n%u died at call %llu: %s", victim, at, violated);
}

/* False: the victim's disk was never called so often. */
static bool dies_at(unsigned victim, uint64_t call, unsigned *installs)
{
    static struct run r;
    unsigned acknowledged = 0;
    r = (struct run){.victim = victim, .how = (enum memvfs_crash)(call / STRIDE % 4)};
    nodes_open_tuned(&r.n, 3, 300, often);
    assert_true(nodes_leader(&r.n, LIMIT) >= 0);
    (void)nodes_join(&r.n);
    memvfs_halt_at(r.n.one[victim].disk, call);
    live(&r);
    memvfs_halt_at(r.n.one[victim].disk, 1000000);
    judge(&r, call);
    for (unsigned k = 0; k < r.writes; k++)
        acknowledged += r.acknowledged[k];
    assert_true(acknowledged > r.writes / 2);
    *installs += r.installed;
    nodes_close(&r.n);
    return r.died;
}

static void every_call(unsigned victim)
{
    uint64_t call = 1;
    unsigned runs = 1, installs = 0;
    for (; dies_at(victim, call, &installs); runs++)
        call += STRIDE;
    assert_true(installs > runs * 3 / 4); /* not where one that died finished it at its start */
    assert_in_range(call, 60, 5000);
}

static void the_first(void **state)
{
    (void)state;
    every_call(0);
}

static void the_second(void **state)
{
    (void)state;
    every_call(1);
}

static void the_third(void **state)
{
    (void)state;
    every_call(2);
}

static void the_newcomer(void **state)
{
    (void)state;
    every_call(3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first),
        cmocka_unit_test(the_second),
        cmocka_unit_test(the_third),
        cmocka_unit_test(the_newcomer),
    };
    return cmocka_run_group_tests_name("node_crashes", tests, NULL, NULL);
}
