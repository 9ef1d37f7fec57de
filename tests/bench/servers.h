/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is measured: three raftd on loopback, and one Redis beside them. */
#ifndef BENCH_SERVERS_H
#define BENCH_SERVERS_H

#include "child.h"
#include "scratch.h"

#define CLUSTER_NODES 3

/* Nodes n1, n2, n3. */
struct cluster {
    struct child nodes[CLUSTER_NODES];
    uint16_t client_ports[CLUSTER_NODES];
    uint16_t peer_ports[CLUSTER_NODES];
};

struct cluster_state {
    unsigned leader; /* index into nodes */
    uint64_t term;
};

/* Starts them with their data in s and waits until all three know one leader. The options are
 * raftd's defaults. *ret is to be stopped in any case. Errors: -E_CLOSED (a node ended),
 * -E_TIMEOUT (no leader), -E_IO. */
int cluster_start(struct cluster *ret, const char *raftd, const struct scratch *s,
                  struct err *e) MUST_CHECK;
/* Who leads, by the word of all three. The same errors. */
int cluster_leader(struct cluster *c, struct cluster_state *ret, struct err *e) MUST_CHECK;
void cluster_stop(struct cluster *c);
uint64_t cluster_cpu_ns(const struct cluster *c);

struct redis {
    struct child server;
    uint16_t port;
    char version[32];
};

/* redis-server as named (a path), or, when NULL, found in PATH. False: there is none. */
bool redis_find(const char *named, char out[PATH_MAX]);
/* Appends every write to its file and syncs before it answers; no snapshots and no rewriting of
 * the file, since raftd compacts nothing in these runs either. *ret is to be stopped in any case.
 * Errors: -E_CLOSED, -E_TIMEOUT, -E_IO. */
int redis_start(struct redis *ret, const char *program, const struct scratch *s,
                struct err *e) MUST_CHECK;
void redis_stop(struct redis *r);

/* Ports of 127.0.0.1 nobody listens on, below those the kernel gives to outgoing connections. */
int free_ports(uint16_t *ports, unsigned count, struct err *e) MUST_CHECK;

#endif
