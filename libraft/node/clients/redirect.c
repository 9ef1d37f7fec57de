/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT FORWARD: whether writes of a connection that come to a node that does not lead are sent on
 * to the leader (T 6.2), or refused with its name and address, for clients that follow themselves.
 * Reads never need it: every node answers them in the mode of their connection. */
#include "node/node_private.h"

#include <stdio.h>

const char *clients_address_of(const struct node *n, raft_id id)
{
    return id == n->self ? n->options.client_address : idmap_get(&n->client_addresses, id);
}

void requests_no_leader(const struct node *n, char ret[REQUESTS_NO_LEADER_MAX])
{
    if (outsider_is(n))
        outsider_refusal(n, ret, REQUESTS_NO_LEADER_MAX);
    else
        (void)snprintf(ret, REQUESTS_NO_LEADER_MAX,
                       "NOLEADER no leader is known here; nothing was done, try again");
}

void requests_say_leader(const struct node *n, struct buf *reply)
{
    char line[REQUESTS_NO_LEADER_MAX];
    ASSERT(n->role != RAFT_LEADER);
    if (n->leader == 0) {
        requests_no_leader(n, line);
        respw_error(reply, line);
        return;
    }
    const char *at = clients_address_of(n, n->leader);
    respw_errorf(reply, "NOTLEADER %s%s%s", node_name_of(n, n->leader), at == NULL ? "" : " ",
                 at == NULL ? "" : at);
}

void requests_redirect(struct node *n, struct request *r)
{
    ASSERT(n->leader != 0);
    buf_reset(&r->reply);
    requests_say_leader(n, &r->reply);
    requests_answer(n, r, PEER_OUTCOME_FAIL);
}

void requests_forward_mode(struct client *c, const struct span *argv, size_t argc,
                           struct buf *reply)
{
    bool on = argc == 1 && span_is_word(argv[0], "on");
    bool off = argc == 1 && span_is_word(argv[0], "off");
    if (argc == 0) {
        respw_bulk_str(reply, c->redirects ? "off" : "on");
    } else if (!on && !off) {
        respw_error(reply, "ERR give RAFT FORWARD [ON|OFF]");
    } else {
        c->redirects = off;
        respw_ok(reply);
    }
}
