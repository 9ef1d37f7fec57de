/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/kernel/stats.h"

#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

struct dump {
    void (*fn)(const struct qdisc_stats *s, void *arg);
    void *arg;
};

/* Copies as much as the kernel sent: structs grew over the years, always at the end. */
static bool copy_inside(struct nlattr *nest, int attribute, void *to, size_t size)
{
    struct nlattr *a = nest == NULL ? NULL : nla_find(nla_data(nest), nla_len(nest), attribute);
    if (a == NULL)
        return false;
    size_t len = (size_t)nla_len(a);
    memcpy(to, nla_data(a), len < size ? len : size);
    return true;
}

static void on_qdisc(struct nlmsghdr *answer, void *arg)
{
    struct dump *d = arg;
    struct tcmsg *h = nlmsg_data(answer);
    struct gnet_stats_basic basic = {0};
    struct gnet_stats_queue queue = {0};
    struct tc_htb_glob glob = {0};
    if (answer->nlmsg_type != RTM_NEWQDISC)
        return;
    struct nlattr *kind = nlmsg_find_attr(answer, sizeof(*h), TCA_KIND);
    struct nlattr *stats = nlmsg_find_attr(answer, sizeof(*h), TCA_STATS2);
    if (kind == NULL || stats == NULL)
        return;
    struct qdisc_stats s = {.port_index = h->tcm_ifindex};
    bool root = h->tcm_parent == TC_H_ROOT;
    if (root && nla_strcmp(kind, "htb") != 0)
        return;
    if (!root && TC_H_MAJ(h->tcm_parent) != 1u << 16)
        return;
    if (root && copy_inside(nlmsg_find_attr(answer, sizeof(*h), TCA_OPTIONS), TCA_HTB_INIT, &glob,
                            sizeof(glob)))
        s.direct = glob.direct_pkts;
    if (!root)
        s.from_number = (uint16_t)TC_H_MIN(h->tcm_parent);
    s.blackhole = nla_strcmp(kind, "blackhole") == 0;
    copy_inside(stats, TCA_STATS_BASIC, &basic, sizeof(basic));
    copy_inside(stats, TCA_STATS_QUEUE, &queue, sizeof(queue));
    s.packets = basic.packets;
    s.drops = queue.drops;
    s.waiting = queue.qlen;
    d->fn(&s, d->arg);
}

int stats_dump(struct netlink *nl, void (*fn)(const struct qdisc_stats *s, void *arg), void *arg,
               struct err *e)
{
    struct dump d = {.fn = fn, .arg = arg};
    struct tcmsg h = {.tcm_family = AF_UNSPEC};
    return netlink_dump(nl, RTM_GETQDISC, &h, sizeof(h), on_qdisc, &d, e);
}
