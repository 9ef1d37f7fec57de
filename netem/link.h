/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices, addresses and neighbours: one rtnetlink message each, added to a batch. */
#ifndef NETEM_LINK_H
#define NETEM_LINK_H

#include <netinet/in.h>

#include "netem/netlink.h"

#define LINK_MAC_BYTES 6

/* 02:00:00:00:hh:ll, the number big-endian: locally administered, and readable in a capture. */
void link_mac(uint16_t number, uint8_t ret_mac[LINK_MAC_BYTES]);
/* The number behind such an address; 0 (no endpoint's) for any other. */
uint16_t link_mac_number(const uint8_t mac[LINK_MAC_BYTES]);

/* A veth pair seen from the hub: `name` here with index hub_index, up; its peer is born as eth0
 * with index peer_index and the MAC of number inside the namespace peer_ns, still down (the kernel
 * cannot open it before the pair is joined). One queue, one segment a packet, the given MTU. */
struct link_veth {
    const char *name;
    int hub_index;
    int peer_index;
    int peer_ns;
    uint16_t number;
    uint32_t mtu_bytes;
};
void link_add_veth(struct netlink *nl, const struct link_veth *v);

void link_set_up(struct netlink *nl, int index);
void link_add_address(struct netlink *nl, int index, struct in_addr address, int prefix_bits);
void link_delete_address(struct netlink *nl, int index, struct in_addr address, int prefix_bits);
/* A neighbour that is never asked for: no ARP that could be lost or delayed. */
void link_add_neighbour(struct netlink *nl, int index, struct in_addr address, uint16_t number);

/* A bridge without spanning tree and multicast snooping, up. */
void link_add_bridge(struct netlink *nl, const char *name, int index);
/* Makes the device a port of the bridge that neither learns nor floods, and tells the bridge that
 * the endpoint `number` lives behind it. */
void link_join_bridge(struct netlink *nl, int index, int bridge_index, uint16_t number);

void link_delete(struct netlink *nl, int index);

#endif
