/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mending some nodes while the others stay as they are. */
#include "emulator/runner/runner_private.h"

/* Links between the core and others: endpoints, the core among them. */
static void core_links(const struct runner *r, nodeset core, nodeset others, struct link_set *ret)
{
    *ret = (struct link_set){0};
    for (unsigned a = 0; a < r->links.endpoints_count; a++) {
        nodeset ends = ((core >> a & 1) != 0 ? others : 0) | ((others >> a & 1) != 0 ? core : 0);
        ret->pairs[a] = ends & ~NODE_BIT(a);
    }
}

static int open_links(struct runner *r, nodeset core, struct err *e)
{
    struct link_set inner, every;
    nodeset ends = links_ends(&r->links), nodes = nodeset_below(r->links.nodes_count);
    core_links(r, core, core | (ends & ~nodes), &inner); /* clients need it, too */
    core_links(r, ends, ends, &every);
    /* A leader outside whose heartbeats arrive while its entries do not would be followed for
     * ever, by the core or with the others' help: a link carries all messages from now on, or none
     * of them. */
    for (struct links *lane = &r->links; lane != NULL; lane = lane->lane) {
        const struct link_set *mended = lane->messages == 0 ? &inner : &every;
        cuts_mend(r, lane, mended, true);
        links_release(lane, mended, NULL);
        links_unshape(lane, mended);
    }
    faults_unfilter(r, &every);
    return links_apply(&r->links, &r->w, e);
}

/* Points of the core are not waited for any more. */
static void forget_points(struct runner *r, nodeset core)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->armed_count; i++) {
        struct armed a = r->armed[i];
        if ((core >> a.node & 1) != 0)
            r->w.unpoint(r->w.arg, a.number);
        else
            r->armed[kept++] = a;
    }
    r->armed_count = kept;
}

/* Who ended because its disk did not work is started again. */
static void heal_disks(struct runner *r, nodeset core)
{
    for (size_t i = 0; i < r->faults_count; i++) {
        const struct fault *f = &r->faults[i];
        if (f->class != FAULT_DISK)
            continue;
        r->w.disk_spare(r->w.arg, f->number, core);
        for (unsigned n = 0; n < r->o->nodes_count; n++)
            r->dead |=
                (f->nodes & core & NODE_BIT(n)) != 0 && !r->o->nodes[n].alive ? NODE_BIT(n) : 0;
    }
}

static void heal_clocks(struct runner *r, nodeset core)
{
    for (size_t i = 0; i < r->faults_count; i++) {
        if (r->faults[i].class == FAULT_CLOCK)
            r->w.unclock(r->w.arg, r->faults[i].number, core);
    }
}

static int run_again(struct runner *r, nodeset core, struct err *e)
{
    int code = 0;
    for (unsigned i = 0; i < r->o->nodes_count && code == 0; i++) {
        if ((core >> i & 1) == 0)
            continue;
        if (r->o->nodes[i].paused)
            code = r->w.pause(r->w.arg, i, false, e);
        else if ((r->dead >> i & 1) != 0)
            code = runner_start_node(r, i, NULL, e);
    }
    return code;
}

int faults_heal_core(struct runner *r, nodeset core, struct err *e)
{
    int code = open_links(r, core, e);
    forget_points(r, core);
    heal_disks(r, core);
    heal_clocks(r, core);
    if (code == 0)
        code = faults_unlimit(r, core, e);
    if (code == 0)
        code = faults_end_twins(r, e);
    if (code == 0)
        code = run_again(r, core, e);
    for (size_t i = 0; i < r->faults_count; i++)
        r->faults[i].undo_ns = UINT64_MAX;
    faults_close(r);
    return code;
}
