/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/topo.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netem/netns.h"

static void set_address(struct endpoint *p)
{
    p->in_addr.s_addr = htonl(10u << 24 | (TOPO_SECOND_BYTE + p->moves) << 16 | p->number);
    ASSERT(inet_ntop(AF_INET, &p->in_addr, p->address, sizeof(p->address)) != NULL);
}

static void name_endpoint(struct topo *t, int index)
{
    struct endpoint *p = &t->endpoints[index];
    bool is_node = index < t->nodes_count;
    int rank = (is_node ? index : index - t->nodes_count) + 1;
    p->number = (uint16_t)(is_node ? rank : TOPO_CLIENT_NUMBER + rank);
    p->hub_index = TOPO_HUB_INDEX + index;
    snprintf(p->name, sizeof(p->name), "%c%d", is_node ? 'n' : 'c', rank);
    set_address(p);
    p->device_addr = p->in_addr;
    memcpy(p->first_address, p->address, sizeof(p->address));
}

const char *topo_pair_name(const struct topo *t, int from, int to, char out[TOPO_PAIR_MAX])
{
    snprintf(out, TOPO_PAIR_MAX, "%.15s>%.15s", t->endpoints[from].name, t->endpoints[to].name);
    return out;
}

int topo_endpoint_of(const struct topo *t, uint16_t number)
{
    int index =
        number > TOPO_CLIENT_NUMBER ? t->nodes_count + number - TOPO_CLIENT_NUMBER - 1 : number - 1;
    if (index < 0 || index >= t->endpoints_count || t->endpoints[index].number != number)
        return -1;
    return index;
}

/* What every namespace gets before its first device is up: no IPv6 (its discovery would be the
 * first packets on every link). */
static int quiet_ipv6(struct err *e)
{
    static const char *const knobs[] = {"ipv6/conf/all/disable_ipv6",
                                        "ipv6/conf/default/disable_ipv6"};
    for (size_t k = 0; k < ARRAY_LEN(knobs); k++) {
        int r = netns_sysctl(knobs[k], "1", e);
        if (r == -E_NOTFOUND)
            continue; /* a kernel without IPv6 is quiet already */
        if (r < 0)
            return r;
    }
    return 0;
}

/* The same TCP on every machine: the congestion control is inherited from the host (bbr, cubic),
 * and remembered metrics of an impaired connection would colour the next one. */
static int same_tcp(struct err *e)
{
    int r = netns_sysctl("ipv4/tcp_congestion_control", "reno", e);
    if (r == 0)
        r = netns_sysctl("ipv4/tcp_no_metrics_save", "1", e);
    if (r == 0)
        r = netns_sysctl("ipv4/tcp_slow_start_after_idle", "0", e);
    return r;
}

/* The new address of who moves stays when the old one goes, although both are of one net. */
static int movable(struct err *e)
{
    return netns_sysctl("ipv4/conf/all/promote_secondaries", "1", e);
}

/* In the endpoint's namespace: the devices up, the address, every peer's address. */
static int configure_inside(const struct topo *t, int index, struct netlink *nl, struct err *e)
{
    int r = netns_offloads_off("eth0", e);
    if (r < 0)
        return r;
    link_set_up(nl, 1);
    link_set_up(nl, TOPO_ETH0_INDEX);
    link_add_address(nl, TOPO_ETH0_INDEX, t->endpoints[index].in_addr, TOPO_PREFIX_BITS);
    for (int p = 0; p < t->endpoints_count; p++) {
        if (p != index)
            link_add_neighbour(nl, TOPO_ETH0_INDEX, t->endpoints[p].in_addr,
                               t->endpoints[p].number);
    }
    return netlink_send(nl, e);
}

/* Leaves the thread in the endpoint's namespace. */
static int open_endpoint(struct topo *t, int index, struct err *e)
{
    struct endpoint *p = &t->endpoints[index];
    struct netlink *nl = NULL;
    int r = netns_new(e);
    if (r < 0)
        return r;
    p->ns_fd = r;
    r = quiet_ipv6(e);
    if (r == 0)
        r = same_tcp(e);
    if (r == 0)
        r = movable(e);
    if (r == 0)
        r = netlink_open(&nl, e);
    if (r < 0)
        return r;
    struct link_veth pair = {.name = p->name,
                             .hub_index = p->hub_index,
                             .peer_index = TOPO_ETH0_INDEX,
                             .peer_ns = p->ns_fd,
                             .number = p->number,
                             .mtu_bytes = t->mtu_bytes};
    link_add_veth(t->hub, &pair);
    r = netlink_send(t->hub, e);
    if (r == 0)
        r = configure_inside(t, index, nl, e);
    netlink_close(nl);
    return r;
}

static int open_hub(struct topo *t, struct err *e)
{
    int r = netns_new(e);
    if (r < 0)
        return r;
    t->hub_fd = r;
    r = quiet_ipv6(e);
    if (r == 0)
        r = netlink_open(&t->hub, e);
    return r;
}

static int build(struct topo *t, struct err *e)
{
    int r = open_hub(t, e);
    for (int p = 0; p < t->endpoints_count && r == 0; p++) {
        r = open_endpoint(t, p, e);
        if (r < 0)
            err_wrap(e, "%s", t->endpoints[p].name);
    }
    if (r == 0)
        r = netns_enter(t->hub_fd, e);
    for (int p = 0; p < t->endpoints_count && r == 0; p++)
        r = netns_offloads_off(t->endpoints[p].name, e);
    return r;
}

int topo_open(struct topo *t, int nodes_count, int clients_count, uint32_t mtu_bytes, struct err *e)
{
    memset(t, 0, sizeof(*t));
    t->nodes_count = nodes_count;
    t->endpoints_count = nodes_count + clients_count;
    t->mtu_bytes = mtu_bytes;
    t->hub_fd = -1;
    ASSERT(t->endpoints_count <= NETEM_ENDPOINTS_MAX);
    for (int p = 0; p < t->endpoints_count; p++) {
        t->endpoints[p].ns_fd = -1;
        name_endpoint(t, p);
    }
    int home = netns_open_self(e);
    if (home < 0)
        return home;
    int r = build(t, e);
    netns_return(home);
    close(home);
    if (r < 0)
        topo_close(t);
    return r;
}

/* ---- moving ----------------------------------------------------------------------------------
 */

/* The change that add puts together, made in the endpoint's namespace. */
static int inside(const struct topo *t, int index, const struct endpoint *moved,
                  void (*add)(struct netlink *nl, const struct endpoint *moved), struct err *e)
{
    struct netlink *nl = NULL;
    int home = netns_open_self(e);
    if (home < 0)
        return home;
    int r = netns_enter(t->endpoints[index].ns_fd, e);
    if (r == 0) {
        r = netlink_open(&nl, e);
        netns_return(home);
    }
    close(home);
    if (r < 0)
        return r;
    add(nl, moved);
    r = netlink_send(nl, e);
    netlink_close(nl);
    return r;
}

static void add_neighbour(struct netlink *nl, const struct endpoint *moved)
{
    link_add_neighbour(nl, TOPO_ETH0_INDEX, moved->in_addr, moved->number);
}

/* The new one first: with its last address a device forgets its neighbours. */
static void move_device(struct netlink *nl, const struct endpoint *moved)
{
    link_add_address(nl, TOPO_ETH0_INDEX, moved->in_addr, TOPO_PREFIX_BITS);
    link_delete_address(nl, TOPO_ETH0_INDEX, moved->device_addr, TOPO_PREFIX_BITS);
}

int topo_readdress(struct topo *t, int index, struct err *e)
{
    struct endpoint *p = &t->endpoints[index];
    if (p->moves == TOPO_MOVES_MAX)
        return err_set(e, -E_LIMIT, "netem: %s: no address is left after %d", p->name,
                       TOPO_MOVES_MAX);
    p->moves++;
    set_address(p);
    int r = 0;
    for (int i = 0; i < t->endpoints_count && r == 0; i++) {
        if (i != index)
            r = inside(t, i, p, add_neighbour, e);
    }
    return r;
}

int topo_settle(struct topo *t, int index, struct err *e)
{
    struct endpoint *p = &t->endpoints[index];
    if (p->device_addr.s_addr == p->in_addr.s_addr)
        return 0;
    int r = inside(t, index, p, move_device, e);
    if (r == 0)
        p->device_addr = p->in_addr;
    return r;
}

void topo_close(struct topo *t)
{
    netlink_close(t->hub);
    if (t->hub_fd >= 0)
        close(t->hub_fd);
    for (int p = 0; p < t->endpoints_count; p++) {
        if (t->endpoints[p].ns_fd >= 0)
            close(t->endpoints[p].ns_fd);
    }
}
