/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT RECOVER: a running survivor goes on alone. Refused while a quorum answers, and while
 * somebody who answers has more than this node: unsafe all the same, since who does not answer may
 * be alive.
 */
#include "base/jsonw.h"
#include "node/members/recovery.h"
#include "node/node_private.h"

#include <string.h>

#define PROBE_TIMEOUTS 3 /* longest election timeouts that the others have for an answer */
#define DAMAGED        "ERR the log of this node was damaged and is not whole yet: recover another"
#define NO_MEMBER      "ERR this node is no member: it has nothing to recover"

static void answer(struct node *n)
{
    struct request *r = n->recovery.request;
    n->recovery.request = NULL;
    if (r != NULL)
        requests_answer(n, r, PEER_OUTCOME_OK);
}

static void give_up(struct node *n, const char *error)
{
    if (n->recovery.request != NULL)
        respw_error(&n->recovery.request->reply, error);
    n->recovery.phase = RECOVERY_IDLE;
    answer(n);
}

/* ---- who is there ---- */

static void probe(struct node *n, const struct membership *m)
{
    struct err e = {0};
    for (uint32_t i = 0; i < m->config.count; i++) {
        struct peer_probe p = {.link = n->link,
                               .from = n->self,
                               .to = m->peers[i].id,
                               .request_id = n->recovery.request_id};
        if (p.to == n->self)
            continue;
        buf_reset(&n->frame);
        if (peer_probe_encode(&n->frame, &p, &e) == 0)
            (void)n->env.send(n->env.arg, p.to, n->frame.data, n->frame.len);
    }
}

void recovery_probed(struct node *n, const struct peer_probe *p)
{
    struct err e = {0};
    uint64_t index = wal_durable(n->wal);
    struct peer_probe_reply reply = {
        .link = n->link,
        .from = n->self,
        .to = p->from,
        .request_id = p->request_id,
        .last = {.term = index == 0 ? 0 : wal_term_at(n->wal, index), .index = index}};
    buf_reset(&n->frame);
    if (peer_probe_reply_encode(&n->frame, &reply, &e) == 0)
        (void)n->env.send(n->env.arg, p->from, n->frame.data, n->frame.len);
}

void recovery_probe_reply(struct node *n, const struct peer_probe_reply *p)
{
    struct recovery *c = &n->recovery;
    if (c->phase != RECOVERY_PROBING || p->request_id != c->request_id)
        return;
    for (size_t i = 0; i < c->answered_count; i++) {
        if (c->answered[i] == p->from)
            return;
    }
    if (c->answered_count == ARRAY_LEN(c->answered))
        return;
    c->answered[c->answered_count++] = p->from;
    if (raft_pos_compare(p->last, c->best) > 0) {
        c->best = p->last;
        c->best_id = p->from;
    }
}

static bool is_there(const struct node *n, raft_id id)
{
    bool there = id == n->self;
    for (size_t i = 0; i < n->recovery.answered_count; i++)
        there |= n->recovery.answered[i] == id;
    return there;
}

/* Whether those who answered could decide something under this configuration. */
static bool quorum_there(const struct node *n, const struct membership *m)
{
    static const uint32_t halves[] = {RAFT_VOTER, RAFT_VOTER_OLD};
    bool all = m->config.count > 0;
    for (size_t h = 0; h < ARRAY_LEN(halves); h++) {
        uint32_t total = 0, there = 0;
        for (uint32_t i = 0; i < m->config.count; i++) {
            if ((m->config.members[i].flags & halves[h]) == 0)
                continue;
            total++;
            there += is_there(n, m->config.members[i].id);
        }
        all &= total == 0 || there >= total / 2 + 1;
    }
    return all;
}

static bool quorum_alive(const struct node *n)
{
    bool open = n->config_index > n->commit;
    return quorum_there(n, &n->membership) || (open && quorum_there(n, &n->former));
}

/* ---- the step ---- */

/* What is known and what is not, for the operator. */
static void tell(struct node *n, const struct membership *after, uint64_t index)
{
    struct request *r = n->recovery.request;
    struct buf text = {0};
    struct jsonw w;
    if (r == NULL)
        return;
    jsonw_init(&w, &text);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "node", n->options.name);
    jsonw_kv_u64(&w, "generation", after->generation);
    jsonw_kv_u64(&w, "term", n->term);
    jsonw_kv_u64(&w, "commit", n->commit);
    jsonw_kv_u64(&w, "undecided_from", n->commit + 1);
    jsonw_kv_u64(&w, "undecided_to", index - 1);
    jsonw_kv_u64(&w, "recovered_at", index);
    jsonw_key(&w, "given_up");
    jsonw_array(&w);
    for (uint32_t i = 0; i < n->recovery.before.config.count; i++) {
        if (n->recovery.before.peers[i].id != n->self)
            jsonw_string(&w, n->recovery.before.peers[i].name);
    }
    jsonw_end(&w);
    jsonw_end(&w);
    respw_bulk(&r->reply, span_of(text.data, text.len));
    buf_free(&text);
}

static void go_on_alone(struct node *n)
{
    struct recovery *c = &n->recovery;
    struct node_peer self = *membership_find(&n->membership, n->self);
    self.disk = n->disk;
    memcpy(self.address, n->options.peer_address, sizeof(self.address));
    c->before = n->membership;
    recovery_membership(&c->before, &self, &c->after);
    c->phase = RECOVERY_WRITING;
    c->index = wal_last(n->wal).index + 1;
    journal_say(n, ENV_ABOUT_MEMBER, ENV_WARNING,
                "FORCED RECOVERY: going on alone; what only the others have is lost");
    node_step(n, &(struct raft_event){
                     .type = RAFT_RECOVER, .now_ns = n->now_ns, .recover = &c->after.config});
    if (n->out->change != RAFT_CHANGE_ACCEPTED) {
        give_up(n, "BUSY the log holds too many terms; take a snapshot first");
        return;
    }
    tell(n, &c->after, c->index);
}

/* The entry is durable: from now on this is another generation of the cluster. */
static void finish(struct node *n)
{
    struct err e = {0};
    n->recovery.phase = RECOVERY_IDLE;
    if (recovery_adopt_generation(n, &e) < 0) {
        node_die(n, NODE_EXIT_DISK, "disk: %s", e.text);
        return;
    }
    n->env.peers(n->env.arg, NULL, 0); /* every link greets anew */
    node_tell_peers(n);
    answer(n);
}

static void judge(struct node *n)
{
    struct recovery *c = &n->recovery;
    if (c->best_id != 0) {
        if (c->request != NULL)
            respw_errorf(&c->request->reply,
                         "BEHIND %s answers and has more, up to %llu of term %llu: recover there",
                         node_name_of(n, c->best_id), (unsigned long long)c->best.index,
                         (unsigned long long)c->best.term);
        c->phase = RECOVERY_IDLE;
        answer(n);
        return;
    }
    if (membership_find(&n->membership, n->self) == NULL) {
        give_up(n, NO_MEMBER); /* removed while it asked */
        return;
    }
    if (raft_installing(n->raft)) {
        give_up(n, "BUSY a snapshot is being received: try again, or stop the node and recover its "
                   "directory");
        return;
    }
    go_on_alone(n);
}

void recovery_advance(struct node *n)
{
    struct recovery *c = &n->recovery;
    if (c->phase == RECOVERY_WRITING && wal_durable(n->wal) >= c->index)
        finish(n);
    if (c->phase != RECOVERY_PROBING)
        return;
    if (quorum_alive(n)) {
        give_up(n, "QUORUMALIVE a quorum of the voters answers: nothing is lost; to change "
                   "the members, add, remove or replace them");
        return;
    }
    if (n->now_ns >= c->until_ns) {
        judge(n);
        return;
    }
    if (n->now_ns >= c->probe_ns) {
        probe(n, &n->membership);
        probe(n, &n->former);
        c->probe_ns = n->now_ns + n->options.timing.heartbeat_ns;
    }
}

uint64_t recovery_wake(const struct node *n)
{
    const struct recovery *c = &n->recovery;
    if (c->phase != RECOVERY_PROBING)
        return RAFT_NEVER;
    return c->probe_ns < c->until_ns ? c->probe_ns : c->until_ns;
}

void recovery_request(struct node *n, struct client *client, struct request *r, struct span name)
{
    struct recovery *c = &n->recovery;
    const char *error = NULL;
    if (!client->trusted)
        error = "NOPERM RAFT RECOVER is taken on the admin socket only";
    else if (!span_equal(name, span_str(n->options.name)))
        error = "ERR give the name of this very node: RAFT RECOVER NODE";
    else if (n->raft == NULL || c->phase != RECOVERY_IDLE)
        error = "INPROGRESS the node starts, or recovers already";
    else if (membership_find(&n->membership, n->self) == NULL)
        error = NO_MEMBER;
    else if (n->store.identity.restoring != 0)
        error = DAMAGED;
    if (error != NULL) {
        respw_error(&r->reply, error);
        return;
    }
    c->phase = RECOVERY_PROBING;
    c->request = r;
    c->request_id++;
    c->answered_count = 0;
    c->best = raft_last(n->raft);
    c->best_id = 0;
    c->probe_ns = n->now_ns;
    c->until_ns = n->now_ns + PROBE_TIMEOUTS * n->options.timing.election_ns_max;
    r->parked = true;
    n->again = true;
}
