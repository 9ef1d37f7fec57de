/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT TRANSFER [NODE]: leadership goes to a voter; the answer comes when it is known who leads. */
#include "node/node_private.h"

#include <stdio.h>

static const struct node_peer *member_named(const struct node *n, struct span name)
{
    for (uint32_t i = 0; i < n->membership.config.count; i++) {
        if (span_equal(name, span_str(n->membership.peers[i].name)))
            return &n->membership.peers[i];
    }
    return NULL;
}

void transfer_request(struct node *n, struct request *r, struct span target)
{
    const struct node_peer *to = target.len == 0 ? NULL : member_named(n, target);
    if (n->raft == NULL) {
        respw_error(&r->reply, "NOLEADER the node is starting; try again");
        return;
    }
    if (target.len > 0 && to == NULL) {
        respw_errorf(&r->reply, "NOTARGET there is no member named '%.*s'",
                     target.len > LIMIT_NODE_NAME ? LIMIT_NODE_NAME : (int)target.len, target.data);
        return;
    }
    if (n->transfer != NULL) {
        respw_error(&r->reply, "INPROGRESS another transfer is under way");
        return;
    }
    if (to != NULL && leave_wanted_by(n, to->id)) {
        respw_errorf(&r->reply, "NOTARGET %s is leaving", to->name);
        return;
    }
    raft_id chosen = to == NULL ? 0 : to->id;
    if (to == NULL && n->role == RAFT_LEADER && !leave_heir(n, &chosen)) {
        respw_error(&r->reply, "NOTARGET no voter that stays was heard lately");
        return;
    }
    n->transfer = r;
    r->parked = true;
    (void)snprintf(n->transfer_target, sizeof(n->transfer_target), "%s",
                   to == NULL ? "the best voter" : to->name);
    node_step(n, &(struct raft_event){
                     .type = RAFT_TRANSFER, .now_ns = n->now_ns, .transfer = {.target = chosen}});
}

static void write_news(struct node *n, struct buf *reply)
{
    const char *target = n->transfer_target;
    switch (n->out->transfer) {
    case RAFT_TRANSFER_NEWS:
    case RAFT_TRANSFER_NO_NEWS: UNREACHABLE();
    case RAFT_TRANSFER_DONE: respw_bulk_str(reply, node_name_of(n, n->leader)); break;
    case RAFT_TRANSFER_CHANGED:
        respw_errorf(reply, "CHANGED leadership moved, but not to %s: ask for the leader again",
                     target);
        break;
    case RAFT_TRANSFER_TIMEOUT:
        respw_errorf(reply, "TIMEOUT %s did not take over in time; this node still leads", target);
        break;
    case RAFT_TRANSFER_NOT_LEADER:
        respw_errorf(reply, "NOTLEADER %s leads",
                     n->leader == 0 ? "nobody known" : node_name_of(n, n->leader));
        break;
    case RAFT_TRANSFER_NOT_READY:
        respw_error(reply, "INPROGRESS the leader's term or a change of members is not committed "
                           "yet; try again");
        break;
    case RAFT_TRANSFER_NO_TARGET:
        respw_errorf(reply, "NOTARGET %s is no voter that was heard lately", target);
        break;
    case RAFT_TRANSFER_IN_PROGRESS:
        respw_error(reply, "INPROGRESS another transfer is under way");
        break;
    }
}

void transfer_news(struct node *n)
{
    struct request *r = n->transfer;
    if (n->out->transfer == RAFT_TRANSFER_NO_NEWS || r == NULL)
        return;
    n->transfer = NULL;
    write_news(n, &r->reply);
    requests_answer(n, r, PEER_OUTCOME_OK);
}
