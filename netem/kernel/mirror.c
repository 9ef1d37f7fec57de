/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/kernel/mirror.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/gen_stats.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <string.h>

#define INGRESS TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)

/* One filter a link; the receiver's number is its priority. */
static struct tcmsg filter_of(const struct mirror *r)
{
    return (struct tcmsg){.tcm_family = AF_UNSPEC,
                          .tcm_ifindex = r->from_index,
                          .tcm_handle = 1,
                          .tcm_parent = INGRESS,
                          .tcm_info = TC_H_MAKE((uint32_t)r->to_number << 16, htons(ETH_P_ALL))};
}

void mirror_prepare(struct netlink *nl, int port_index)
{
    struct tcmsg h = {.tcm_family = AF_UNSPEC,
                      .tcm_ifindex = port_index,
                      .tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
                      .tcm_parent = TC_H_CLSACT};
    struct nl_msg *m = netlink_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &h, sizeof(h),
                                       "clsact on device %d", port_index);
    netlink_put_string(m, TCA_KIND, "clsact");
    netlink_add(nl, m);
}

static void put_action(struct nl_msg *m, int to_index)
{
    struct tc_mirred mirred = {
        .action = TC_ACT_PIPE, .eaction = TCA_EGRESS_MIRROR, .ifindex = (uint32_t)to_index};
    struct nlattr *actions = netlink_nest(m, TCA_BPF_ACT);
    struct nlattr *action = netlink_nest(m, 1);
    netlink_put_string(m, TCA_ACT_KIND, "mirred");
    struct nlattr *options = netlink_nest(m, TCA_ACT_OPTIONS);
    netlink_put(m, TCA_MIRRED_PARMS, &mirred, sizeof(mirred));
    netlink_nest_end(m, options);
    netlink_nest_end(m, action);
    netlink_nest_end(m, actions);
}

void mirror_add(struct netlink *nl, const struct mirror *r, double share)
{
    const struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12), /* EtherType */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 5),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 32), /* low half of the destination address */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, r->to_number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)(share * UINT32_MAX), 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct tcmsg h = filter_of(r);
    struct nl_msg *m = netlink_message(nl, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &h, sizeof(h),
                                       "%s: duplicate", r->label);
    netlink_put_string(m, TCA_KIND, "bpf");
    struct nlattr *options = netlink_nest(m, TCA_OPTIONS);
    netlink_put_u16(m, TCA_BPF_OPS_LEN, ARRAY_LEN(program));
    netlink_put(m, TCA_BPF_OPS, program, sizeof(program));
    put_action(m, r->to_index);
    netlink_nest_end(m, options);
    netlink_add(nl, m);
}

void mirror_delete(struct netlink *nl, const struct mirror *r)
{
    struct tcmsg h = filter_of(r);
    struct nl_msg *m =
        netlink_message(nl, RTM_DELTFILTER, 0, &h, sizeof(h), "%s: no duplicate", r->label);
    netlink_put_string(m, TCA_KIND, "bpf");
    netlink_add(nl, m);
}

struct dump {
    void (*fn)(uint16_t to_number, uint64_t packets, void *arg);
    void *arg;
};

static struct nlattr *inside(struct nlattr *nest, int attribute)
{
    return nest == NULL ? NULL : nla_find(nla_data(nest), nla_len(nest), attribute);
}

static void on_filter(struct nlmsghdr *answer, void *arg)
{
    struct dump *d = arg;
    struct tcmsg *h = nlmsg_data(answer);
    struct gnet_stats_basic basic = {0};
    if (answer->nlmsg_type != RTM_NEWTFILTER || h->tcm_handle == 0)
        return;
    struct nlattr *options = nlmsg_find_attr(answer, sizeof(*h), TCA_OPTIONS);
    struct nlattr *action = inside(inside(options, TCA_BPF_ACT), 1);
    struct nlattr *stats = inside(inside(action, TCA_ACT_STATS), TCA_STATS_BASIC);
    if (stats == NULL)
        return;
    size_t len = (size_t)nla_len(stats);
    memcpy(&basic, nla_data(stats), len < sizeof(basic) ? len : sizeof(basic));
    d->fn((uint16_t)(h->tcm_info >> 16), basic.packets, d->arg);
}

int mirror_dump(struct netlink *nl, int port_index,
                void (*fn)(uint16_t to_number, uint64_t packets, void *arg), void *arg,
                struct err *e)
{
    struct dump d = {.fn = fn, .arg = arg};
    struct tcmsg h = {.tcm_family = AF_UNSPEC, .tcm_ifindex = port_index, .tcm_parent = INGRESS};
    return netlink_dump(nl, RTM_GETTFILTER, &h, sizeof(h), on_filter, &d, e);
}
