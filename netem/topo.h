/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The star: a hub namespace, and for every endpoint a namespace with one device into the hub. The
 * same for both carriers; what runs in the hub is their business. */
#ifndef NETEM_TOPO_H
#define NETEM_TOPO_H

#include "netem/link.h"
#include "netem/netem.h"

/* Numbers are the low 16 bits of the address 10.77.0.0: nodes from 1, clients from 257. Who moves
 * goes on to 10.78, 10.79, ... with the same number. */
#define TOPO_CLIENT_NUMBER 256
#define TOPO_PREFIX_BITS   8
#define TOPO_SECOND_BYTE   77
#define TOPO_MOVES_MAX     100
/* Device indexes are ours to choose: fixed ones save look-ups. */
#define TOPO_ETH0_INDEX   1000
#define TOPO_HUB_INDEX    1000 /* + endpoint */
#define TOPO_BRIDGE_INDEX 2000

/* Invariants: while the topology stands, ns_fd >= 0 and hub_index is its device in the hub. */
struct endpoint {
    char name[NETEM_NAME_MAX];
    char address[NETEM_ADDRESS_MAX];
    char first_address[NETEM_ADDRESS_MAX];
    struct in_addr in_addr;
    struct in_addr device_addr; /* its device's: the former one until it settles */
    unsigned moves;
    uint16_t number;
    int ns_fd; /* owned */
    int hub_index;
};

struct topo {
    int nodes_count;
    int endpoints_count;
    uint32_t mtu_bytes;
    int hub_fd;          /* owned */
    struct netlink *hub; /* owned; of the hub namespace */
    struct endpoint endpoints[NETEM_ENDPOINTS_MAX];
};

/* Builds the star; the calling thread is back in its own namespace afterwards. On failure nothing
 * is left and topo_close must not be called. Errors: as netem_open. */
int topo_open(struct topo *t, int nodes_count, int clients_count, uint32_t mtu_bytes,
              struct err *e) MUST_CHECK;
void topo_close(struct topo *t);

/* netem_readdress and netem_settle. */
int topo_readdress(struct topo *t, int index, struct err *e) MUST_CHECK;
int topo_settle(struct topo *t, int index, struct err *e) MUST_CHECK;

/* "n1>n3", the directed link's name. Returns out. */
#define TOPO_PAIR_MAX (2 * NETEM_NAME_MAX)
const char *topo_pair_name(const struct topo *t, int from, int to, char out[TOPO_PAIR_MAX]);

/* The endpoint with this number; -1 if there is none. */
int topo_endpoint_of(const struct topo *t, uint16_t number);

#endif
