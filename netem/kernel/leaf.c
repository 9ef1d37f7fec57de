/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/kernel/leaf.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"

#define HTB_MAJOR       1u
#define HTB_VERSION     3
#define HTB_BYTES_PER_S 12500000000ull /* 100 Gbit/s: no limit of its own */
#define TABLE_SIGMA     8192           /* what the kernel takes for one standard deviation */

static struct tcmsg message_of(int index, uint32_t handle, uint32_t parent)
{
    return (struct tcmsg){
        .tcm_family = AF_UNSPEC, .tcm_ifindex = index, .tcm_handle = handle, .tcm_parent = parent};
}

void leaf_add_root(struct netlink *nl, int port_index)
{
    struct tcmsg h = message_of(port_index, TC_H_MAKE(HTB_MAJOR << 16, 0), TC_H_ROOT);
    struct tc_htb_glob glob = {.version = HTB_VERSION, .rate2quantum = 10};
    struct nl_msg *m = netlink_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &h,
                                       sizeof(h), "htb on device %d", port_index);
    netlink_put_string(m, TCA_KIND, "htb");
    struct nlattr *options = netlink_nest(m, TCA_OPTIONS);
    netlink_put(m, TCA_HTB_INIT, &glob, sizeof(glob));
    netlink_nest_end(m, options);
    netlink_add(nl, m);
}

void leaf_delete_root(struct netlink *nl, int port_index)
{
    struct tcmsg h = message_of(port_index, 0, TC_H_ROOT);
    netlink_add(nl, netlink_message(nl, RTM_DELQDISC, 0, &h, sizeof(h),
                                    "delete the qdisc of device %d", port_index));
}

/* Classic BPF, which needs no privilege beyond the namespace's own. */
void leaf_add_classifier(struct netlink *nl, int port_index)
{
    static const struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12), /* EtherType */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 3),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 28), /* low half of the source address */
        BPF_STMT(BPF_ALU | BPF_OR | BPF_K, HTB_MAJOR << 16),
        BPF_STMT(BPF_RET | BPF_A, 0),
        BPF_STMT(BPF_RET | BPF_K, 0), /* no class: passes unharmed, and is counted */
    };
    struct tcmsg h = message_of(port_index, 0, TC_H_MAKE(HTB_MAJOR << 16, 0));
    h.tcm_info = TC_H_MAKE(1u << 16, htons(ETH_P_ALL));
    struct nl_msg *m = netlink_message(nl, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &h, sizeof(h),
                                       "classifier on device %d", port_index);
    netlink_put_string(m, TCA_KIND, "bpf");
    struct nlattr *options = netlink_nest(m, TCA_OPTIONS);
    netlink_put_u16(m, TCA_BPF_OPS_LEN, ARRAY_LEN(program));
    netlink_put(m, TCA_BPF_OPS, program, sizeof(program));
    netlink_nest_end(m, options);
    netlink_add(nl, m);
}

void leaf_add_class(struct netlink *nl, const struct leaf *l)
{
    const uint64_t bytes_per_s = HTB_BYTES_PER_S;
    struct tcmsg h = message_of(l->port_index, TC_H_MAKE(HTB_MAJOR << 16, l->from_number),
                                TC_H_MAKE(HTB_MAJOR << 16, 0));
    struct tc_htb_opt opt = {
        .rate = {.rate = UINT32_MAX, .linklayer = TC_LINKLAYER_ETHERNET},
        .ceil = {.rate = UINT32_MAX, .linklayer = TC_LINKLAYER_ETHERNET},
        .buffer = 15625,
        .cbuffer = 15625,
        .quantum = 200000,
    };
    struct nl_msg *m = netlink_message(nl, RTM_NEWTCLASS, NLM_F_CREATE | NLM_F_EXCL, &h, sizeof(h),
                                       "%s: htb class", l->label);
    netlink_put_string(m, TCA_KIND, "htb");
    struct nlattr *options = netlink_nest(m, TCA_OPTIONS);
    netlink_put(m, TCA_HTB_PARMS, &opt, sizeof(opt));
    netlink_put_u64(m, TCA_HTB_RATE64, bytes_per_s);
    netlink_put_u64(m, TCA_HTB_CEIL64, bytes_per_s);
    netlink_nest_end(m, options);
    netlink_add(nl, m);
}

static uint32_t share_of(double share)
{
    return (uint32_t)(share * UINT32_MAX);
}

static void put_loss_runs(struct nl_msg *m, const struct impairment *i)
{
    struct tc_netem_gemodel ge = {.p = share_of(i->ge_p),
                                  .r = share_of(i->ge_r),
                                  .h = share_of(i->ge_h),
                                  .k1 = share_of(i->ge_k1)};
    struct nlattr *loss = netlink_nest(m, TCA_NETEM_LOSS | NLA_F_NESTED);
    netlink_put(m, NETEM_LOSS_GE, &ge, sizeof(ge));
    netlink_nest_end(m, loss);
}

/* The kernel's tables end at 4 standard deviations. Telling it a jitter `spread` times too large
 * and a table as many times too small moves that to 16, as far as the 32 bits of jitter allow. */
static const int64_t spreads[LEAF_SPREADS] = {4, 2, 1};

static int spread_of(uint64_t jitter_ns)
{
    int s = 0;
    while (s < LEAF_SPREADS - 1 && jitter_ns > LEAF_JITTER_NS_MAX / (uint64_t)spreads[s])
        s++;
    return s;
}

static int16_t *make_table(enum impair_distribution d, const struct impair_table *of,
                           int64_t spread)
{
    int16_t *table = mem_array(LEAF_TABLE_ENTRIES, sizeof(*table));
    for (int k = 0; k < LEAF_TABLE_ENTRIES; k++) {
        double x = impair_quantile(d, of, (k + 0.5) / LEAF_TABLE_ENTRIES);
        double scaled = x * TABLE_SIGMA / (double)spread;
        table[k] = (int16_t)fmax(INT16_MIN, fmin(INT16_MAX, scaled));
    }
    return table;
}

static void put_table(struct nl_msg *m, const struct impairment *i, int spread,
                      struct leaf_tables *tables)
{
    int16_t *given = NULL, **table = &given;
    if (i->distribution != IMPAIR_TABLE)
        table = &tables->tables[i->distribution][spread];
    if (*table == NULL)
        *table = make_table(i->distribution, i->table, spreads[spread]);
    netlink_put(m, TCA_NETEM_DELAY_DIST, *table, LEAF_TABLE_ENTRIES * sizeof(**table));
    mem_free(given);
}

void leaf_tables_free(struct leaf_tables *t)
{
    for (int d = 0; d <= IMPAIR_EXPONENTIAL; d++) {
        for (int s = 0; s < LEAF_SPREADS; s++) {
            mem_free(t->tables[d][s]);
            t->tables[d][s] = NULL;
        }
    }
}

/* Every attribute, also the zero ones: the kernel keeps the old value of an absent attribute. */
static void put_attributes(struct nl_msg *m, const struct impairment *i, struct leaf_tables *tables)
{
    int spread = tables != NULL ? spread_of(i->jitter_ns) : LEAF_SPREADS - 1;
    int64_t delay_ns = (int64_t)i->delay_ns;
    int64_t jitter_ns = (int64_t)i->jitter_ns * spreads[spread];
    uint64_t bytes_per_s = i->rate_bits_per_s / 8;
    struct tc_netem_corr corr = {.delay_corr = share_of(i->delay_correlation)};
    struct tc_netem_reorder reorder = {.probability = share_of(i->reorder)};
    struct tc_netem_corrupt corrupt = {.probability = share_of(i->corrupt)};
    struct tc_netem_rate rate = {.rate =
                                     bytes_per_s > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes_per_s};
    netlink_put(m, TCA_NETEM_LATENCY64, &delay_ns, sizeof(delay_ns));
    netlink_put(m, TCA_NETEM_JITTER64, &jitter_ns, sizeof(jitter_ns));
    netlink_put(m, TCA_NETEM_CORR, &corr, sizeof(corr));
    netlink_put(m, TCA_NETEM_REORDER, &reorder, sizeof(reorder));
    netlink_put(m, TCA_NETEM_CORRUPT, &corrupt, sizeof(corrupt));
    netlink_put_u32(m, TCA_NETEM_ECN, 0);
    netlink_put(m, TCA_NETEM_RATE, &rate, sizeof(rate));
    if (bytes_per_s > UINT32_MAX)
        netlink_put_u64(m, TCA_NETEM_RATE64, bytes_per_s);
    if (i->loss_model == IMPAIR_GILBERT_ELLIOTT)
        put_loss_runs(m, i);
    if (tables != NULL)
        put_table(m, i, spread, tables);
}

static struct nl_msg *netem_message(struct netlink *nl, const struct tcmsg *h, const char *label,
                                    const struct impairment *i, struct leaf_tables *tables)
{
    struct tc_netem_qopt q = {
        .limit = i->limit_packets ? i->limit_packets : IMPAIR_LIMIT_PACKETS_DEFAULT,
        .loss = i->loss_model == IMPAIR_BERNOULLI ? share_of(i->loss) : 0,
        .gap = i->reorder > 0 && i->gap == 0 ? 1
               : i->reorder > 0              ? i->gap
                                             : 0,
    };
    struct nl_msg *m = netlink_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, h,
                                       sizeof(*h), "%s: sch_netem", label);
    netlink_put_string(m, TCA_KIND, "netem");
    struct nlattr *options = netlink_nest_after(m, TCA_OPTIONS, &q, sizeof(q));
    put_attributes(m, i, tables);
    netlink_nest_end(m, options);
    return m;
}

void leaf_set_netem(struct netlink *nl, const struct leaf *l, const struct impairment *i,
                    struct leaf_tables *tables)
{
    struct tcmsg h = message_of(l->port_index, 0, TC_H_MAKE(HTB_MAJOR << 16, l->from_number));
    ASSERT(i->jitter_ns <= LEAF_JITTER_NS_MAX);
    netlink_add(nl, netem_message(nl, &h, l->label, i, tables));
}

void leaf_add_probe(struct netlink *nl, int port_index)
{
    static const struct impairment nothing;
    struct tcmsg h = message_of(port_index, TC_H_MAKE(HTB_MAJOR << 16, 0), TC_H_ROOT);
    netlink_add(nl, netem_message(nl, &h, "this kernel", &nothing, NULL));
}

void leaf_set_blackhole(struct netlink *nl, const struct leaf *l)
{
    struct tcmsg h = message_of(l->port_index, 0, TC_H_MAKE(HTB_MAJOR << 16, l->from_number));
    struct nl_msg *m = netlink_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &h,
                                       sizeof(h), "%s: cut", l->label);
    netlink_put_string(m, TCA_KIND, "blackhole");
    netlink_add(nl, m);
}
