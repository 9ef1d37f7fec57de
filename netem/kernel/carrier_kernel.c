/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel carrier: a bridge in the hub, and at every port the tree of leaf.h. All of it is in
 * one namespace, so one socket and one system call turn any number of links. */
#include <string.h>

#include "base/mem.h"
#include "netem/carrier.h"
#include "netem/kernel/leaf.h"
#include "netem/kernel/mirror.h"
#include "netem/kernel/stats.h"

struct kernel_link {
    char label[TOPO_PAIR_MAX];
    struct impairment now;
    bool has_table;            /* the leaf holds a distribution table, which the kernel keeps */
    struct netem_counters old; /* of leaves and mirrors that are gone */
    struct netem_counters live;
    bool unsure;     /* a change failed: what of it holds, the next refresh says */
    bool has_mirror; /* at the last refresh, as is_blackhole */
    bool is_blackhole;
};

struct carrier {
    const struct topo *topo;
    int endpoints_count;
    struct kernel_link *links; /* squared, owned; [from * count + to] */
    struct leaf_tables tables;
    bool can_mirror[NETEM_ENDPOINTS_MAX];
    bool bridged;
    uint64_t direct_packets;
};

static struct kernel_link *link_at(struct carrier *c, int from, int to)
{
    return &c->links[from * c->endpoints_count + to];
}

static struct leaf leaf_of(struct carrier *c, int from, int to)
{
    return (struct leaf){.port_index = c->topo->endpoints[to].hub_index,
                         .from_number = c->topo->endpoints[from].number,
                         .label = link_at(c, from, to)->label};
}

static struct mirror mirror_of(struct carrier *c, int from, int to)
{
    return (struct mirror){.from_index = c->topo->endpoints[from].hub_index,
                           .to_index = c->topo->endpoints[to].hub_index,
                           .to_number = c->topo->endpoints[to].number,
                           .label = link_at(c, from, to)->label};
}

/* ---- opening ----------------------------------------------------------------------------------
 */

/* By doing, not by version: administrators build, blacklist and back-port. */
static int probe(struct carrier *c, struct err *e)
{
    struct netlink *nl = c->topo->hub;
    int port = c->topo->endpoints[0].hub_index;
    leaf_add_probe(nl, port);
    int r = netlink_send(nl, e);
    if (r < 0)
        return r;
    leaf_delete_root(nl, port);
    return netlink_send(nl, e);
}

static int add_bridge(struct carrier *c, struct err *e)
{
    struct netlink *nl = c->topo->hub;
    link_add_bridge(nl, "hub", TOPO_BRIDGE_INDEX);
    int r = netlink_send(nl, e);
    if (r < 0)
        return r;
    c->bridged = true;
    for (int p = 0; p < c->endpoints_count; p++)
        link_join_bridge(nl, c->topo->endpoints[p].hub_index, TOPO_BRIDGE_INDEX,
                         c->topo->endpoints[p].number);
    return netlink_send(nl, e);
}

static int add_trees(struct carrier *c, struct err *e)
{
    static const struct impairment perfect;
    struct netlink *nl = c->topo->hub;
    for (int to = 0; to < c->endpoints_count; to++) {
        int port = c->topo->endpoints[to].hub_index;
        leaf_add_root(nl, port);
        leaf_add_classifier(nl, port);
        for (int from = 0; from < c->endpoints_count; from++) {
            if (from == to)
                continue;
            struct leaf l = leaf_of(c, from, to);
            leaf_add_class(nl, &l);
            leaf_set_netem(nl, &l, &perfect, NULL);
        }
    }
    return netlink_send(nl, e);
}

/* Leaves the hub as it was found: after a failure another carrier may take over. */
static void kernel_close(struct carrier *c)
{
    struct netlink *nl = c->topo->hub;
    struct err ignored;
    for (int p = 0; c->bridged && p < c->endpoints_count; p++)
        leaf_delete_root(nl, c->topo->endpoints[p].hub_index);
    if (c->bridged)
        link_delete(nl, TOPO_BRIDGE_INDEX);
    if (netlink_send(nl, &ignored) < 0)
        c->bridged = false; /* roots that were not there yet; the namespace goes anyway */
    leaf_tables_free(&c->tables);
    mem_free(c->links);
    mem_free(c);
}

static int kernel_open(const struct carrier_options *o, struct carrier **ret, struct err *e)
{
    struct carrier *c = mem_alloc(sizeof(*c));
    c->topo = o->topo;
    c->endpoints_count = o->topo->endpoints_count;
    c->links = mem_array((size_t)(c->endpoints_count * c->endpoints_count), sizeof(*c->links));
    for (int l = 0; l < c->endpoints_count * c->endpoints_count; l++)
        topo_pair_name(c->topo, l / c->endpoints_count, l % c->endpoints_count, c->links[l].label);
    int r = probe(c, e);
    if (r == 0)
        r = add_bridge(c, e);
    if (r == 0)
        r = add_trees(c, e);
    if (r < 0) {
        kernel_close(c);
        return r;
    }
    *ret = c;
    return 0;
}

/* ---- counting ---------------------------------------------------------------------------------
 */

static int endpoint_of_port(const struct carrier *c, int port_index)
{
    int p = port_index - TOPO_HUB_INDEX;
    return p >= 0 && p < c->endpoints_count ? p : -1;
}

static void on_qdisc(const struct qdisc_stats *s, void *arg)
{
    struct carrier *c = arg;
    int to = endpoint_of_port(c, s->port_index);
    if (to < 0)
        return;
    c->direct_packets += s->direct;
    int from = topo_endpoint_of(c->topo, s->from_number);
    if (from < 0 || from == to)
        return;
    struct netem_counters *live = &link_at(c, from, to)->live;
    live->delivered = s->packets;
    live->waiting = s->waiting;
    live->lost = s->blackhole ? 0 : s->drops;
    live->cut = s->blackhole ? s->drops : 0;
    link_at(c, from, to)->is_blackhole = s->blackhole;
}

struct mirror_dump_of {
    struct carrier *carrier;
    int from;
};

static void on_mirror(uint16_t to_number, uint64_t packets, void *arg)
{
    struct mirror_dump_of *d = arg;
    int to = topo_endpoint_of(d->carrier->topo, to_number);
    if (to < 0)
        return;
    link_at(d->carrier, d->from, to)->live.duplicated = packets;
    link_at(d->carrier, d->from, to)->has_mirror = true;
}

static int kernel_refresh(struct carrier *c, struct err *e)
{
    struct netlink *nl = c->topo->hub;
    c->direct_packets = 0;
    for (int l = 0; l < c->endpoints_count * c->endpoints_count; l++) {
        memset(&c->links[l].live, 0, sizeof(c->links[l].live));
        c->links[l].has_mirror = c->links[l].is_blackhole = false;
    }
    int r = stats_dump(nl, on_qdisc, c, e);
    for (int p = 0; p < c->endpoints_count && r == 0; p++) {
        struct mirror_dump_of d = {.carrier = c, .from = p};
        if (c->can_mirror[p])
            r = mirror_dump(nl, c->topo->endpoints[p].hub_index, on_mirror, &d, e);
    }
    return r;
}

static void kernel_counters(struct carrier *c, int from, int to, struct netem_counters *ret)
{
    const struct kernel_link *l = link_at(c, from, to);
    ret->delivered = l->old.delivered + l->live.delivered;
    ret->lost = l->old.lost + l->live.lost;
    ret->cut = l->old.cut + l->live.cut;
    ret->duplicated = l->old.duplicated + l->live.duplicated;
    ret->waiting = l->live.waiting;
    ret->queue_full = 0;
    ret->reordered = 0;
    ret->corrupted = 0;
    ret->sent = ret->delivered + ret->lost + ret->cut + ret->waiting - ret->duplicated;
}

static int kernel_health(struct carrier *c, struct netem_health *ret, struct err *e)
{
    int r = kernel_refresh(c, e);
    if (r < 0)
        return r;
    memset(ret, 0, sizeof(*ret));
    ret->overload_packets = c->direct_packets;
    ret->truthful = c->direct_packets == 0;
    return 0;
}

/* ---- changing ---------------------------------------------------------------------------------
 */

static bool is_cut(const struct impairment *i)
{
    return i->gate == IMPAIR_CUT;
}

static bool same_share(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

/* Whether the change throws a counter away. */
static bool replaces(const struct impairment *old, const struct impairment *new)
{
    return is_cut(old) != is_cut(new) || !same_share(old->duplicate, new->duplicate);
}

/* Counters die with their leaf and mirror: what they say now is kept. What waits in a leaf that is
 * about to be replaced by a blackhole is thrown away by that. */
static void keep_leaf_counters(struct kernel_link *l, bool now_cut)
{
    l->old.delivered += l->live.delivered;
    l->old.lost += l->live.lost;
    l->old.cut += l->live.cut + (now_cut ? l->live.waiting : 0);
    l->live.delivered = l->live.lost = l->live.cut = l->live.waiting = 0;
}

static void change_mirror(struct carrier *c, const struct netem_change *change)
{
    struct kernel_link *l = link_at(c, change->from, change->to);
    struct mirror r = mirror_of(c, change->from, change->to);
    bool had_mirror = l->unsure ? l->has_mirror : l->now.duplicate > 0;
    if (!l->unsure && same_share(l->now.duplicate, change->link.duplicate))
        return;
    if (had_mirror) {
        mirror_delete(c->topo->hub, &r);
        l->old.duplicated += l->live.duplicated;
        l->live.duplicated = 0;
    }
    if (change->link.duplicate > 0) {
        if (!c->can_mirror[change->from])
            mirror_prepare(c->topo->hub, r.from_index);
        c->can_mirror[change->from] = true;
        mirror_add(c->topo->hub, &r, change->link.duplicate);
    }
}

static void change_leaf(struct carrier *c, const struct netem_change *change)
{
    struct kernel_link *l = link_at(c, change->from, change->to);
    struct leaf leaf = leaf_of(c, change->from, change->to);
    bool was_cut = l->unsure ? l->is_blackhole : is_cut(&l->now);
    bool now_cut = is_cut(&change->link);
    if (was_cut != now_cut)
        keep_leaf_counters(l, now_cut);
    if (was_cut || now_cut)
        l->has_table = false; /* a fresh leaf has none */
    if (now_cut) {
        if (!was_cut)
            leaf_set_blackhole(c->topo->hub, &leaf);
        return;
    }
    /* Without a table jitter is uniform; one that was loaded can only be replaced. */
    bool with_table =
        change->link.jitter_ns > 0 && (change->link.distribution != IMPAIR_UNIFORM || l->has_table);
    leaf_set_netem(c->topo->hub, &leaf, &change->link, with_table ? &c->tables : NULL);
    l->has_table = l->has_table || with_table;
}

static int check_kernel_bounds(struct carrier *c, const struct netem_change *changes, int count,
                               struct err *e)
{
    for (int i = 0; i < count; i++) {
        if (changes[i].link.jitter_ns > LEAF_JITTER_NS_MAX)
            return err_set(e, -E_UNSUPPORTED,
                           "netem: %s: a jitter above 2.1s needs the user carrier",
                           link_at(c, changes[i].from, changes[i].to)->label);
    }
    return 0;
}

/* The kernel refused one of the changes and may have made any of the others: they count as not made
 * until the next change has looked. */
static void take_back(struct carrier *c, const struct netem_change *changes, int count,
                      const struct kernel_link *before)
{
    for (int i = count - 1; i >= 0; i--) { /* backwards: a link may be there twice */
        struct kernel_link *l = link_at(c, changes[i].from, changes[i].to);
        bool has_table = l->has_table || before[i].has_table;
        *l = before[i];
        l->has_table = has_table; /* replacing a table that is not there does no harm */
        l->unsure = true;
    }
}

static int kernel_apply(struct carrier *c, const struct netem_change *changes, int count,
                        struct err *e)
{
    bool replacing = false;
    int r = check_kernel_bounds(c, changes, count, e);
    for (int i = 0; i < count; i++)
        replacing = replacing || link_at(c, changes[i].from, changes[i].to)->unsure ||
                    replaces(&link_at(c, changes[i].from, changes[i].to)->now, &changes[i].link);
    if (r == 0 && replacing)
        r = kernel_refresh(c, e);
    if (r < 0)
        return r;
    struct kernel_link *before = mem_array((size_t)count, sizeof(*before));
    for (int i = 0; i < count; i++) {
        struct kernel_link *l = link_at(c, changes[i].from, changes[i].to);
        before[i] = *l;
        change_mirror(c, &changes[i]);
        change_leaf(c, &changes[i]);
        l->now = changes[i].link; /* for the next change of the same link */
        l->unsure = false;
    }
    r = netlink_send(c->topo->hub, e);
    if (r < 0)
        take_back(c, changes, count, before);
    mem_free(before);
    return r;
}

const struct carrier_ops carrier_kernel = {
    .name = "kernel: sch_netem",
    .abilities = 0,
    .open = kernel_open,
    .close = kernel_close,
    .apply = kernel_apply,
    .refresh = kernel_refresh,
    .counters = kernel_counters,
    .health = kernel_health,
};
