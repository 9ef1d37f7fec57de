/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who the members of an etcd cluster are, and changing that: by the JSON gateway. A member is known
 * by the address it is to be found at. */
#ifndef EMULATOR_ADAPTERS_ETCD_MEMBERS_H
#define EMULATOR_ADAPTERS_ETCD_MEMBERS_H

#include "emulator/adapters/serve.h"

#define ETCD_CLIENT_PORT 2379
#define ETCD_PEER_PORT   2380

struct etcd_members {
    struct {
        char id[24]; /* a number, as text */
        const struct adapter_peer *peer;
    } items[ADAPTER_PEERS_MAX];
    size_t count;
};

/* As this node's server knows them; those at addresses of no peer are left out. Errors: it does not
 * answer. */
int etcd_members_here(const struct adapter_setting *here, struct etcd_members *ret,
                      struct err *e) MUST_CHECK;
/* The place of a node, or of the member of that number, among them; -1: it has none. */
int etcd_members_find(const struct etcd_members *m, const char *node);
int etcd_members_find_id(const struct etcd_members *m, const char *id);
/* Waits until this node is one of them for every other that answers, and these agree on the rest: a
 * server that asks one who does not know of it yet gives up. Errors: -E_TIMEOUT. */
int etcd_members_await(const struct adapter_setting *here, uint64_t until_ns,
                       struct etcd_members *ret, struct err *e) MUST_CHECK;
/* Whether another node answers, and has this one for a member no more. */
bool etcd_members_left(const struct adapter_setting *here);

/* Asks this node's server to take it in, or to do without it; what is so already is done. */
void etcd_member_add(const struct adapter_setting *here, const char *node,
                     struct adapter_tell *tell);
void etcd_member_remove(const struct adapter_setting *here, const char *node,
                        struct adapter_tell *tell);

#endif
