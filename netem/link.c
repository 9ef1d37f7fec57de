/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/link.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>

void link_mac(uint16_t number, uint8_t ret_mac[LINK_MAC_BYTES])
{
    const uint8_t mac[LINK_MAC_BYTES] = {2, 0, 0, 0, (uint8_t)(number >> 8), (uint8_t)number};
    memcpy(ret_mac, mac, LINK_MAC_BYTES);
}

uint16_t link_mac_number(const uint8_t mac[LINK_MAC_BYTES])
{
    static const uint8_t prefix[4] = {2, 0, 0, 0};
    if (memcmp(mac, prefix, sizeof(prefix)) != 0)
        return 0;
    return (uint16_t)(mac[4] << 8 | mac[5]);
}

static void put_veth_end(struct nl_msg *m, const char *name, uint32_t mtu_bytes)
{
    netlink_put_string(m, IFLA_IFNAME, name);
    netlink_put_u32(m, IFLA_MTU, mtu_bytes);
    netlink_put_u32(m, IFLA_NUM_TX_QUEUES, 1);
    netlink_put_u32(m, IFLA_NUM_RX_QUEUES, 1);
    netlink_put_u32(m, IFLA_GSO_MAX_SEGS, 1);
}

void link_add_veth(struct netlink *nl, const struct link_veth *v)
{
    struct ifinfomsg here = {.ifi_family = AF_UNSPEC,
                             .ifi_index = v->hub_index,
                             .ifi_flags = IFF_UP,
                             .ifi_change = IFF_UP};
    struct ifinfomsg there = {.ifi_family = AF_UNSPEC, .ifi_index = v->peer_index};
    uint8_t mac[LINK_MAC_BYTES];
    link_mac(v->number, mac);
    struct nl_msg *m = netlink_message(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &here,
                                       sizeof(here), "create the veth pair of %s", v->name);
    put_veth_end(m, v->name, v->mtu_bytes);
    struct nlattr *info = netlink_nest(m, IFLA_LINKINFO);
    netlink_put_string(m, IFLA_INFO_KIND, "veth");
    struct nlattr *data = netlink_nest(m, IFLA_INFO_DATA);
    struct nlattr *peer = netlink_nest_after(m, VETH_INFO_PEER, &there, sizeof(there));
    put_veth_end(m, "eth0", v->mtu_bytes);
    netlink_put(m, IFLA_ADDRESS, mac, sizeof(mac));
    netlink_put_u32(m, IFLA_NET_NS_FD, (uint32_t)v->peer_ns);
    netlink_nest_end(m, peer);
    netlink_nest_end(m, data);
    netlink_nest_end(m, info);
    netlink_add(nl, m);
}

void link_set_up(struct netlink *nl, int index)
{
    struct ifinfomsg h = {
        .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    netlink_add(nl,
                netlink_message(nl, RTM_NEWLINK, 0, &h, sizeof(h), "bring device %d up", index));
}

static void put_address(struct netlink *nl, struct nl_msg *m, struct in_addr address)
{
    netlink_put(m, IFA_LOCAL, &address, sizeof(address));
    netlink_put(m, IFA_ADDRESS, &address, sizeof(address));
    netlink_add(nl, m);
}

void link_add_address(struct netlink *nl, int index, struct in_addr address, int prefix_bits)
{
    struct ifaddrmsg h = {.ifa_family = AF_INET,
                          .ifa_prefixlen = (uint8_t)prefix_bits,
                          .ifa_scope = RT_SCOPE_UNIVERSE,
                          .ifa_index = (uint32_t)index};
    put_address(nl,
                netlink_message(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &h, sizeof(h),
                                "give device %d its address", index),
                address);
}

void link_delete_address(struct netlink *nl, int index, struct in_addr address, int prefix_bits)
{
    struct ifaddrmsg h = {
        .ifa_family = AF_INET, .ifa_prefixlen = (uint8_t)prefix_bits, .ifa_index = (uint32_t)index};
    put_address(
        nl, netlink_message(nl, RTM_DELADDR, 0, &h, sizeof(h), "take device %d its address", index),
        address);
}

void link_add_neighbour(struct netlink *nl, int index, struct in_addr address, uint16_t number)
{
    struct ndmsg h = {.ndm_family = AF_INET, .ndm_ifindex = index, .ndm_state = NUD_PERMANENT};
    uint8_t mac[LINK_MAC_BYTES];
    link_mac(number, mac);
    struct nl_msg *m = netlink_message(nl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &h,
                                       sizeof(h), "add neighbour %u", number);
    netlink_put(m, NDA_DST, &address, sizeof(address));
    netlink_put(m, NDA_LLADDR, mac, sizeof(mac));
    netlink_add(nl, m);
}

void link_add_bridge(struct netlink *nl, const char *name, int index)
{
    struct ifinfomsg h = {
        .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct nl_msg *m = netlink_message(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &h, sizeof(h),
                                       "create the bridge");
    netlink_put_string(m, IFLA_IFNAME, name);
    struct nlattr *info = netlink_nest(m, IFLA_LINKINFO);
    netlink_put_string(m, IFLA_INFO_KIND, "bridge");
    struct nlattr *data = netlink_nest(m, IFLA_INFO_DATA);
    netlink_put_u8(m, IFLA_BR_MCAST_SNOOPING, 0);
    netlink_put_u32(m, IFLA_BR_STP_STATE, 0);
    netlink_nest_end(m, data);
    netlink_nest_end(m, info);
    netlink_add(nl, m);
}

void link_join_bridge(struct netlink *nl, int index, int bridge_index, uint16_t number)
{
    struct ifinfomsg h = {.ifi_family = AF_UNSPEC, .ifi_index = index};
    struct nl_msg *m =
        netlink_message(nl, RTM_NEWLINK, 0, &h, sizeof(h), "make device %d a bridge port", index);
    netlink_put_u32(m, IFLA_MASTER, (uint32_t)bridge_index);
    netlink_add(nl, m);

    /* An unknown destination would be flooded through every port and count as traffic there. */
    struct ifinfomsg port = {.ifi_family = AF_BRIDGE, .ifi_index = index};
    m = netlink_message(nl, RTM_SETLINK, 0, &port, sizeof(port), "set up bridge port %d", index);
    struct nlattr *info = netlink_nest(m, IFLA_PROTINFO | NLA_F_NESTED);
    netlink_put_u8(m, IFLA_BRPORT_LEARNING, 0);
    netlink_put_u8(m, IFLA_BRPORT_UNICAST_FLOOD, 0);
    netlink_nest_end(m, info);
    netlink_add(nl, m);

    struct ndmsg fdb = {.ndm_family = AF_BRIDGE,
                        .ndm_ifindex = index,
                        .ndm_state = NUD_NOARP,
                        .ndm_flags = NTF_MASTER};
    uint8_t mac[LINK_MAC_BYTES];
    link_mac(number, mac);
    m = netlink_message(nl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &fdb, sizeof(fdb),
                        "tell the bridge of endpoint %u", number);
    netlink_put(m, NDA_LLADDR, mac, sizeof(mac));
    netlink_add(nl, m);
}

void link_delete(struct netlink *nl, int index)
{
    struct ifinfomsg h = {.ifi_family = AF_UNSPEC, .ifi_index = index};
    netlink_add(nl, netlink_message(nl, RTM_DELLINK, 0, &h, sizeof(h), "delete device %d", index));
}
