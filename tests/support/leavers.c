/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/leavers.h"

#include "base/units.h"
#include "store/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (20 * NS_PER_S)

unsigned leavers_open(struct leavers *l, unsigned count, uint64_t seed)
{
    *l = (struct leavers){0};
    nodes_open(&l->n, count, seed);
    int leader = nodes_leader(&l->n, LIMIT);
    assert_true(leader >= 0);
    return (unsigned)leader;
}

void leavers_close(struct leavers *l)
{
    nodes_close(&l->n);
}

void leavers_leave(struct leavers *l, unsigned i)
{
    l->stops[i] = true;
    node_leave(l->n.one[i].node, l->n.now_ns);
}

void leavers_hand_over(struct leavers *l, unsigned i)
{
    l->stops[i] = true;
    node_hand_over(l->n.one[i].node, l->n.now_ns);
}

static bool has_ended(const struct leavers *l, unsigned i, enum node_parting how)
{
    switch (how) {
    case NODE_STAYS:
    case NODE_PARTING: return false;
    case NODE_LEFT:
    case NODE_REMOVED: return true;
    case NODE_STOPS:
    case NODE_LEAVE_UNKNOWN: assert_true(l->stops[i]); return true;
    }
    return false;
}

void leavers_run(struct leavers *l, uint64_t span_ns)
{
    for (uint64_t end = l->n.now_ns + span_ns; l->n.now_ns < end;) {
        nodes_run(&l->n, NS_PER_MS);
        for (unsigned i = 0; i < l->n.count; i++) {
            const struct node *node = l->n.one[i].node;
            enum node_parting how = node == NULL ? NODE_STAYS : node_parting(node);
            if (!has_ended(l, i, how))
                continue;
            l->how[i] = how;
            l->ended_ns[i] = l->n.now_ns;
            nodes_crash(&l->n, i, MEMVFS_CUT_LOSE); /* whatever matters is durable by now */
        }
    }
}

enum node_parting leavers_wait(struct leavers *l, unsigned i, uint64_t limit_ns)
{
    for (uint64_t end = l->n.now_ns + limit_ns; l->n.now_ns < end && l->how[i] == NODE_STAYS;)
        leavers_run(l, NS_PER_MS);
    assert_int_not_equal(l->how[i], NODE_STAYS);
    return l->how[i];
}

void leavers_restart(struct leavers *l, unsigned i)
{
    struct err e = {0};
    if (nodes_start(&l->n, i, &e) < 0)
        fail_msg("n%u does not start: %s", i + 1, e.text);
    l->how[i] = NODE_STAYS;
    l->stops[i] = false;
}

static const struct raft_config *config_of(const struct leavers *l, unsigned i)
{
    uint64_t index;
    return raft_config(node_raft(l->n.one[i].node), &index);
}

unsigned leavers_voters(const struct leavers *l, unsigned i)
{
    const struct raft_config *c = config_of(l, i);
    unsigned count = 0;
    for (uint32_t k = 0; k < c->count; k++)
        count += (c->members[k].flags & RAFT_VOTER) != 0;
    return count;
}

bool leavers_is_member(const struct leavers *l, unsigned i, unsigned of)
{
    const struct raft_config *c = config_of(l, of);
    for (uint32_t k = 0; k < c->count; k++) {
        if (c->members[k].id == node_id_of_name(l->n.one[i].name))
            return true;
    }
    return false;
}

bool leavers_marked(struct leavers *l, unsigned i)
{
    struct identity id;
    struct err e = {0};
    if (identity_read(memvfs_vfs(l->n.one[i].disk), "/data", &id, &e) < 0)
        fail_msg("%s", e.text);
    return id.left;
}

const char *leavers_ask(struct leavers *l, unsigned i, const char *words, uint64_t limit_ns)
{
    struct buf *reply = &l->n.one[i].replies[0];
    uint64_t end = l->n.now_ns + limit_ns;
    buf_reset(reply);
    nodes_say(&l->n, i, 0, words);
    while (reply->len == 0 && l->n.now_ns < end && l->n.one[i].node != NULL)
        nodes_run(&l->n, NS_PER_MS);
    return buf_str(reply);
}

void leavers_expect_service(struct leavers *l)
{
    char words[64];
    uint64_t digest = 0;
    uint64_t end = l->n.now_ns + LIMIT;
    int leader = -1;
    const char *reply = "";
    (void)snprintf(words, sizeof(words), "SET at %llu", (unsigned long long)l->n.now_ns);
    while (strcmp(reply, "+OK\r\n") != 0 && l->n.now_ns < end) {
        leavers_run(l, 10 * NS_PER_MS);
        leader = nodes_leader(&l->n, NS_PER_MS);
        reply = leader < 0 ? "" : leavers_ask(l, (unsigned)leader, words, NS_PER_S);
    }
    assert_string_equal(reply, "+OK\r\n");
    leavers_run(l, NS_PER_S);
    digest = node_digest(l->n.one[leader].node);
    for (unsigned i = 0; i < l->n.count; i++) {
        assert_int_equal(l->n.one[i].fatal, 0);
        if (l->n.one[i].node != NULL && leavers_is_member(l, i, (unsigned)leader))
            assert_true(node_digest(l->n.one[i].node) == digest);
    }
}
