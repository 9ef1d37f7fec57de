/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links that are cut: each by the faults that have it, and open when none has it any more. */
#include "emulator/runner/runner_private.h"

static struct link_set *cuts_of(struct runner *r, const struct fault *f)
{
    struct links *lane = links_lane_of(&r->links, f->messages);
    return f->apart ? &lane->partition : &lane->cut;
}

void cuts_open(struct runner *r, struct fault *f)
{
    struct link_set *cuts = cuts_of(r, f);
    link_set_remove(cuts, &f->links);
    f->links = (struct link_set){0};
    for (size_t i = 0; i < r->faults_count; i++) {
        if (r->faults[i].class == FAULT_CUT && cuts_of(r, &r->faults[i]) == cuts)
            link_set_add(cuts, &r->faults[i].links);
    }
}

void cuts_mend(struct runner *r, struct links *lane, const struct link_set *set, bool partitions)
{
    link_set_remove(&lane->cut, set);
    if (partitions)
        link_set_remove(&lane->partition, set);
    for (size_t i = 0; i < r->faults_count; i++) {
        struct fault *f = &r->faults[i];
        if (f->class == FAULT_CUT && f->messages == lane->messages && (partitions || !f->apart))
            link_set_remove(&f->links, set);
    }
}

void cuts_flap_begin(struct runner *r, struct activity *a)
{
    ASSERT(r->faults_count > 0);
    a->flap = ++r->flaps;
    r->faults[r->faults_count - 1].flap = a->flap;
}

/* NULL: it was mended for good, or there is none. */
static struct fault *fault_of(struct runner *r, const struct activity *a)
{
    for (size_t i = 0; i < r->faults_count; i++) {
        if (a->flap != 0 && r->faults[i].flap == a->flap)
            return &r->faults[i];
    }
    return NULL;
}

void cuts_flap(struct runner *r, const struct activity *a)
{
    struct fault *f = fault_of(r, a);
    if (f != NULL && a->down) {
        f->links = a->links;
        link_set_add(cuts_of(r, f), &f->links);
    } else if (f != NULL) {
        cuts_open(r, f);
    }
}

void cuts_flap_end(struct runner *r, const struct activity *a)
{
    struct fault *f = fault_of(r, a);
    if (f != NULL)
        f->flap = 0;
}

void cuts_rejoin(struct runner *r)
{
    for (size_t i = 0; i < r->faults_count; i++) {
        if (r->faults[i].class == FAULT_CUT && r->faults[i].apart)
            r->faults[i].links = (struct link_set){0};
    }
    r->links.partition = (struct link_set){0};
}

void cuts_open_all(struct runner *r)
{
    for (struct links *lane = &r->links; lane != NULL; lane = lane->lane)
        lane->cut = lane->partition = (struct link_set){0};
    for (size_t i = 0; i < r->faults_count; i++) {
        if (r->faults[i].class != FAULT_CUT)
            continue;
        r->faults[i].links = (struct link_set){0};
        r->faults[i].flap = 0; /* who flaps has nothing to cut any more */
    }
}
