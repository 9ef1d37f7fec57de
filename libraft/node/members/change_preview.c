/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT MEMBER DRYRUN: what a change of members would mean, by the leader, who would make it: why it
 * would be refused, or whose votes count before and after, and who of them was heard of late. */
#include "base/sort.h"
#include "node/node_private.h"

#include <string.h>

/* The voters of one moment, and which of them an entry could count on now. */
struct side {
    struct {
        const char *name; /* borrowed */
        bool heard;
    } voters[LIMIT_MEMBERS];
    uint32_t count, heard;
    uint32_t awaited; /* not heard, but they vote only once they have caught up */
};

/* As the core hears members; who is none yet was not heard. */
static bool is_heard(const struct node *n, raft_id id)
{
    struct raft_progress_view view;
    if (id == n->self)
        return true;
    return raft_progress_of(n->raft, id, &view) && view.heard && !view.regressed &&
           n->now_ns - view.contact_ns <= n->options.timing.election_ns_max;
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b; /* the first member */
    return strcmp(*x, *y);
}

static bool is_awaited(const struct member_change *c, raft_id id)
{
    bool found = false;
    for (uint32_t i = 0; i < c->newcomers_count; i++)
        found |= c->newcomers[i].id == id;
    return found;
}

static void look(const struct node *n, const struct member_change *c, const struct membership *m,
                 struct side *ret)
{
    ret->count = ret->heard = ret->awaited = 0;
    for (uint32_t i = 0; i < m->config.count; i++) {
        if ((m->config.members[i].flags & RAFT_VOTER) == 0)
            continue;
        bool heard = is_heard(n, m->config.members[i].id);
        ret->voters[ret->count].name = m->peers[i].name;
        ret->voters[ret->count++].heard = heard;
        ret->heard += heard;
        ret->awaited += !heard && is_awaited(c, m->config.members[i].id);
    }
    sort_array(ret->voters, ret->count, sizeof(ret->voters[0]), by_name);
}

static uint32_t quorum_of(const struct side *s)
{
    return s->count / 2 + 1;
}

static bool lacks_quorum(const struct side *s)
{
    return s->heard < quorum_of(s);
}

static void put_side(struct jsonw *w, const char *when, const struct side *s)
{
    jsonw_key(w, when);
    jsonw_object(w);
    jsonw_key(w, "voters");
    jsonw_array(w);
    for (uint32_t i = 0; i < s->count; i++)
        jsonw_string(w, s->voters[i].name);
    jsonw_end(w);
    jsonw_kv_u64(w, "quorum", quorum_of(s));
    jsonw_kv_u64(w, "reachable", s->heard);
    jsonw_kv_u64(w, "tolerates", lacks_quorum(s) ? 0 : s->heard - quorum_of(s));
    jsonw_end(w);
}

static void put_silent(struct jsonw *w, const struct side *s, const struct side *beside)
{
    for (uint32_t i = 0; i < s->count; i++) {
        bool again = false;
        for (uint32_t k = 0; beside != NULL && k < beside->count; k++)
            again |= strcmp(beside->voters[k].name, s->voters[i].name) == 0;
        if (!again && !s->voters[i].heard)
            jsonw_string(w, s->voters[i].name);
    }
}

static void put(struct buf *out, const struct side *now, const struct side *after, bool joint,
                const char *refusal)
{
    struct jsonw w;
    bool ends = !joint || !lacks_quorum(now);
    bool blocks = !ends || after->heard + after->awaited < quorum_of(after);
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    put_side(&w, "now", now);
    put_side(&w, "after", after);
    jsonw_kv_bool(&w, "joint", joint);
    jsonw_kv_bool(&w, "blocks", blocks);
    jsonw_kv_bool(&w, "commits", ends && !lacks_quorum(after));
    jsonw_key(&w, "silent");
    jsonw_array(&w);
    put_silent(&w, after, NULL);
    if (joint)
        put_silent(&w, now, after);
    jsonw_end(&w);
    if (joint)
        jsonw_kv_string(&w, "needed", "until the change is done, a quorum of these is needed too");
    if (blocks)
        jsonw_kv_string(&w, "warning",
                        ends ? "no quorum: every write would block"
                             : "the change could not end: it needs both quorums");
    if (refusal != NULL)
        jsonw_kv_string(&w, "refusal", refusal);
    jsonw_end(&w);
}

/* Both steps as the core would see them now. A newcomer that has not caught up is waited for, so
 * only what else is wrong with the second step counts. */
static enum raft_change_answer would(const struct node *n, const struct member_change *c,
                                     const struct membership *after, bool *ret_joint)
{
    uint64_t expected = c->expected == 0 ? n->config_index : c->expected;
    enum raft_change_answer first =
        raft_change_would(n->raft, n->now_ns, &c->wanted.config, expected, ret_joint);
    if (c->newcomers_count == 0 || (first != RAFT_CHANGE_ACCEPTED && first != RAFT_CHANGE_SAME))
        return first;
    if (after->config.count == 0)
        return RAFT_CHANGE_LAST_VOTER;
    enum raft_change_answer second =
        raft_change_would(n->raft, n->now_ns, &after->config, expected, ret_joint);
    return second == RAFT_CHANGE_NOT_CAUGHT_UP ? RAFT_CHANGE_ACCEPTED : second;
}

void change_preview(const struct node *n, const struct span *argv, size_t argc, struct buf *reply)
{
    struct member_change c = {0};
    struct membership last;
    struct side now, after;
    struct buf json = {0};
    bool joint;
    if (!change_understood(n, argv, argc, &c, reply))
        return;
    change_second(&c.wanted, &c, &last);
    enum raft_change_answer a = would(n, &c, &last, &joint);
    const char *refusal = change_refusal(a);
    /* The guard counts what is shown here. */
    if (refusal != NULL && a != RAFT_CHANGE_QUORUM_GUARD) {
        respw_error(reply, refusal);
        return;
    }
    look(n, &c, &n->membership, &now);
    look(n, &c, &last, &after);
    put(&json, &now, &after, joint, refusal);
    respw_bulk(reply, span_of(json.data, json.len));
    buf_free(&json);
}
