/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cluster of cores in a random world of virtual time: messages are lost, doubled, late and out
 * of order, syncs take time, nodes crash, links are cut; every step is checked. Everything follows
 * from the seed. */
#ifndef SUPPORT_CORE_NET_H
#define SUPPORT_CORE_NET_H

#include "base/prng.h"
#include "base/timerq.h"
#include "tests/support/core_checks.h"

struct net_item;

/* Chances per message, or mean gaps. All zero but the delays: a perfect network. */
struct net_weather {
    double loss;
    double dup;
    double late;        /* of a delay of up to 2 s: it comes back in another term */
    double late_answer; /* the same for votes and acknowledgements */
    double unsent;
    uint64_t delay_ns_max;
    uint64_t sync_ns_max;
    uint64_t fault_ns;  /* between faults; 0: none any more */
    uint64_t client_ns; /* the same for proposals and reads */
};

struct net {
    uint64_t seed;
    uint64_t now;
    uint64_t steps;
    struct net_weather weather;
    struct raft_config config;   /* of the nodes that begin as members */
    struct raft_config outsider; /* empty: what the others know */
    bool churn;                  /* members change */
    bool images;                 /* images are taken, logs cut under them */
    bool transfers;              /* leadership is handed over on request */
    bool leases;                 /* reads may be served by lease; clocks differ */
    bool witness[CHECK_NODES];   /* who keeps no data, for life */
    bool priorities;             /* not all are the usual ones */
    uint32_t nodes_count;
    struct host hosts[CHECK_NODES];
    struct {
        uint32_t incarnation;
        uint32_t syncing; /* writes in the sync under way */
        uint64_t wake_at; /* the wake-up that is in the queue */
        uint32_t spins;   /* steps in a row that asked to be woken at once */
        int64_t ppm;      /* how much faster its clock runs */
    } node[CHECK_NODES];
    bool cut[CHECK_NODES][CHECK_NODES];
    uint64_t entry_ids;
    struct timerq queue; /* of struct net_item, owned */
    struct prng dice;
    struct checks checks;
    void (*after)(void *arg, raft_id id); /* of every step; may be NULL */
    void *after_arg;
};

/* Shape, limits and weather are drawn from the seed; everybody is down. */
void net_draw(struct net *n, uint64_t seed);
/* Everybody starts. */
void net_begin(struct net *n);
void net_init(struct net *n, uint64_t seed); /* both */
void net_free(struct net *n);

/* What the clock of a node shows. */
uint64_t net_clock(const struct net *n, raft_id id);

/* Takes the next thing that happens. False once a check failed. */
bool net_step(struct net *n);
/* Everybody up and linked, no faults, quick disks; clients go on. */
void net_heal(struct net *n);

/* Within this the healed cluster has a leader with a committed entry, but for one run in a million.
 * Priorities make an attempt longer. */
uint64_t net_bound_ns(const struct net *n);

void net_propose(struct net *n, raft_id id);
/* The node that leads and has committed in its term; 0: none. */
raft_id net_leader(const struct net *n);
const char *net_failure(const struct net *n); /* NULL: none */

#endif
