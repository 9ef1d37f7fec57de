/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/trail.h"

void trail_init(struct trail *t, struct raft_pos base, uint32_t cap)
{
    ASSERT(cap > 0);
    *t = (struct trail){.base = base, .last = base.index, .cap = cap};
}

/* The run that holds index: the last one with first <= index. Precondition: one exists. */
static uint32_t find_run(const struct trail *t, const struct raft_run *runs, uint64_t index)
{
    uint32_t low = 0, high = t->count;
    ASSERT(t->count > 0 && runs[0].first <= index);
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (runs[middle].first <= index)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t trail_term(const struct trail *t, const struct raft_run *runs, uint64_t index)
{
    if (index == t->base.index)
        return t->base.term;
    if (index < t->base.index || index > t->last)
        return 0;
    return runs[find_run(t, runs, index)].term;
}

struct raft_pos trail_last(const struct trail *t, const struct raft_run *runs)
{
    if (t->count == 0)
        return t->base;
    return (struct raft_pos){.term = runs[t->count - 1].term, .index = t->last};
}

bool trail_has_room(const struct trail *t, const struct raft_run *runs, uint64_t term)
{
    if (t->count < t->cap)
        return true;
    return runs[t->count - 1].term == term;
}

uint32_t trail_runs_upto(const struct trail *t, const struct raft_run *runs, uint64_t index)
{
    ASSERT(index >= t->base.index && index <= t->last);
    return index == t->base.index ? 0 : find_run(t, runs, index) + 1;
}

void trail_append(struct trail *t, struct raft_run *runs, uint64_t term)
{
    ASSERT(term >= trail_last(t, runs).term);
    ASSERT(trail_has_room(t, runs, term));
    t->last++;
    if (t->count > 0 && runs[t->count - 1].term == term)
        return;
    runs[t->count++] = (struct raft_run){.first = t->last, .term = term};
}

void trail_truncate(struct trail *t, struct raft_run *runs, uint64_t index)
{
    ASSERT(index > t->base.index);
    if (index > t->last)
        return;
    t->last = index - 1;
    while (t->count > 0 && runs[t->count - 1].first > t->last)
        t->count--;
    ASSERT((t->count == 0) == (t->last == t->base.index));
}

void trail_compact(struct trail *t, struct raft_run *runs, uint64_t index)
{
    ASSERT(index >= t->base.index && index <= t->last);
    if (index == t->base.index)
        return;
    uint32_t drop = find_run(t, runs, index);
    struct raft_pos base = {.term = runs[drop].term, .index = index};
    bool ends = drop + 1 == t->count ? t->last == index : runs[drop + 1].first == index + 1;
    drop += ends;
    for (uint32_t i = drop; i < t->count; i++)
        runs[i - drop] = runs[i];
    t->count -= drop;
    t->base = base;
    if (t->count > 0)
        runs[0].first = index + 1;
}

void trail_reset(struct trail *t, struct raft_pos base)
{
    trail_init(t, base, t->cap);
}

uint64_t trail_find(const struct trail *t, const struct raft_run *runs, uint64_t upto,
                    uint64_t term)
{
    uint64_t end = upto < t->last ? upto : t->last; /* last index of the run looked at */
    for (uint32_t i = t->count; i > 0; i--) {
        const struct raft_run *run = &runs[i - 1];
        if (run->first > end)
            continue;
        if (run->term <= term)
            return end;
        end = run->first - 1;
    }
    return t->base.index;
}

uint64_t trail_run_first(const struct trail *t, const struct raft_run *runs, uint64_t index)
{
    ASSERT(index >= t->base.index && index <= t->last);
    if (index == t->base.index)
        return index;
    return runs[find_run(t, runs, index)].first;
}
