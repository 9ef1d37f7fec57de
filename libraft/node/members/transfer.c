/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT TRANSFER [NODE] and RAFT STEPDOWN [FORCE]: leadership goes to a voter; the answer comes when
 * it is known who leads. */
#include "node/node_private.h"

#include <stdio.h>
#include <string.h>

static const struct node_peer *member_named(const struct node *n, struct span name)
{
    for (uint32_t i = 0; i < n->membership.config.count; i++) {
        if (span_equal(name, span_str(n->membership.peers[i].name)))
            return &n->membership.peers[i];
    }
    return NULL;
}

/* Refusals are for whoever asked just now, and end nothing that others wait for. */
static bool is_refusal(enum raft_transfer_news news)
{
    switch (news) {
    case RAFT_TRANSFER_NOT_LEADER:
    case RAFT_TRANSFER_NOT_READY:
    case RAFT_TRANSFER_NO_TARGET:
    case RAFT_TRANSFER_IN_PROGRESS: return true;
    case RAFT_TRANSFER_NO_NEWS:
    case RAFT_TRANSFER_DONE:
    case RAFT_TRANSFER_CHANGED:
    case RAFT_TRANSFER_TIMEOUT:
    case RAFT_TRANSFER_NEWS: return false;
    }
    UNREACHABLE();
}

static void write_news(struct node *n, const struct transfer_waiter *w,
                       enum raft_transfer_news news)
{
    struct buf *reply = &w->request->reply;
    switch (news) {
    case RAFT_TRANSFER_NEWS:
    case RAFT_TRANSFER_NO_NEWS: UNREACHABLE();
    case RAFT_TRANSFER_DONE: respw_bulk_str(reply, node_name_of(n, n->leader)); break;
    case RAFT_TRANSFER_CHANGED:
        if (w->stepdown)
            respw_ok(reply);
        else
            respw_errorf(reply, "CHANGED leadership moved, but not to %s: ask for the leader again",
                         w->target);
        break;
    case RAFT_TRANSFER_TIMEOUT:
        respw_errorf(reply, "TIMEOUT %s did not take over in time; this node still leads",
                     w->target);
        break;
    case RAFT_TRANSFER_NOT_LEADER: requests_say_leader(n, reply); break;
    case RAFT_TRANSFER_NOT_READY:
        respw_error(reply, "INPROGRESS the leader's term or a change of members is not committed "
                           "yet; try again");
        break;
    case RAFT_TRANSFER_NO_TARGET:
        if (n->leader == n->self && strcmp(w->target, n->options.name) == 0)
            respw_errorf(reply, "NOTARGET %s leads already", w->target);
        else if (w->best)
            respw_error(reply, "NOTARGET nobody can take over: no other voter is ready: heard "
                               "lately, with data, and not fetching a snapshot");
        else
            respw_errorf(reply, "NOTARGET %s is no voter with data that was heard lately",
                         w->target);
        break;
    case RAFT_TRANSFER_IN_PROGRESS:
        respw_error(reply, "INPROGRESS another transfer is under way");
        break;
    }
}

static void answer(struct node *n, const struct transfer_waiter *w, enum raft_transfer_news news)
{
    write_news(n, w, news);
    requests_answer(n, w->request, PEER_OUTCOME_OK);
}

/* Whoever insists leads no more in any case. */
static void step_down(struct node *n)
{
    node_step(n, &(struct raft_event){.type = RAFT_STEP_DOWN, .now_ns = n->now_ns});
}

static void ask(struct node *n, const struct transfer_waiter *w, raft_id to)
{
    if (n->transfers_count == ARRAY_LEN(n->transfers)) {
        respw_error(&w->request->reply, "INPROGRESS too many wait for the transfer under way");
        return;
    }
    raft_id heir = 0;
    if (to == 0 && n->role == RAFT_LEADER && leave_heir(n, &heir))
        to = heir; /* whoever leaves is none; 0: nobody leaves, the core knows best */
    n->transfers[n->transfers_count++] = *w;
    w->request->parked = true;
    n->transfer_asked = true;
    node_step(n, &(struct raft_event){
                     .type = RAFT_TRANSFER, .now_ns = n->now_ns, .transfer = {.target = to}});
    n->transfer_asked = false;
}

/* to: NULL if whoever is best is meant. */
static void name_target(struct transfer_waiter *w, const struct node_peer *to)
{
    w->best = to == NULL;
    (void)snprintf(w->target, sizeof(w->target), "%s", to == NULL ? "the best voter" : to->name);
}

void transfer_request(struct node *n, struct request *r, struct span target)
{
    const struct node_peer *to = target.len == 0 ? NULL : member_named(n, target);
    struct transfer_waiter w = {.request = r};
    if (n->raft == NULL) {
        respw_error(&r->reply, "NOLEADER the node is starting; try again");
        return;
    }
    if (target.len > 0 && to == NULL) {
        respw_errorf(&r->reply, "NOSUCHMEMBER there is no member named %.*s",
                     target.len > LIMIT_NODE_NAME ? LIMIT_NODE_NAME : (int)target.len, target.data);
        return;
    }
    if (to != NULL && leave_wanted_by(n, to->id)) {
        respw_errorf(&r->reply, "NOTARGET %s is leaving", to->name);
        return;
    }
    name_target(&w, to);
    ask(n, &w, to == NULL ? 0 : to->id);
}

void transfer_stepdown(struct node *n, struct request *r, const struct span *argv, size_t argc)
{
    struct transfer_waiter w = {.request = r, .stepdown = true};
    name_target(&w, NULL);
    w.force = argc == 1 && span_is_word(argv[0], "force");
    if (argc > 1 || (argc == 1 && !w.force)) {
        respw_error(&r->reply,
                    "ERR give STEPDOWN, or STEPDOWN FORCE to lead no more even if nobody "
                    "can take over");
        return;
    }
    if (n->raft == NULL) {
        respw_error(&r->reply, "NOLEADER the node is starting; try again");
        return;
    }
    ask(n, &w, 0);
}

void transfer_forget(struct node *n, const struct request *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < n->transfers_count; i++) {
        if (n->transfers[i].request != r)
            n->transfers[kept++] = n->transfers[i];
    }
    n->transfers_count = kept;
}

void transfer_news(struct node *n)
{
    enum raft_transfer_news news = n->out->transfer;
    struct transfer_waiter waiters[NODE_TRANSFER_WAITERS];
    size_t count = n->transfers_count, first = 0;
    bool forced = false;
    if (news == RAFT_TRANSFER_NO_NEWS || count == 0)
        return;
    if (is_refusal(news)) {
        if (!n->transfer_asked)
            return;
        first = count - 1; /* who asked just now */
    }
    n->transfers_count = first;
    count -= first;
    memcpy(waiters, n->transfers + first, count * sizeof(*waiters));
    for (size_t i = 0; i < count; i++)
        forced |= waiters[i].force && news != RAFT_TRANSFER_DONE && news != RAFT_TRANSFER_CHANGED &&
                  news != RAFT_TRANSFER_NOT_LEADER;
    for (size_t i = 0; i < count; i++)
        answer(n, &waiters[i], forced && waiters[i].force ? RAFT_TRANSFER_CHANGED : news);
    n->transfer_forced |= forced;
}

/* Not within the step that brought the news. */
void transfer_turn(struct node *n)
{
    if (!n->transfer_forced)
        return;
    n->transfer_forced = false;
    step_down(n);
}
