/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/runner/observer_config.h"

#include "trace/record.h"

#include <string.h>

nodeset observed_members(const struct observed_config *c)
{
    return c->voters | c->old | c->learners;
}

bool observed_joint(const struct observed_config *c)
{
    return c->old != 0;
}

void observed_configs_init(struct observed_configs *c, nodeset voters)
{
    memset(c, 0, sizeof(*c));
    c->committed = c->present = (struct observed_config){.voters = voters};
    c->members_ever = voters;
}

static void cut(struct observed_configs *c, unsigned node, uint64_t from)
{
    while (c->of[node].count > 0 && c->of[node].items[c->of[node].count - 1].index >= from)
        c->of[node].count--;
}

static void push(struct observed_configs *c, unsigned node, const struct observed_config *one)
{
    struct observed_config *items = c->of[node].items;
    if (c->of[node].count == OBSERVED_CONFIGS_MAX) {
        memmove(items, items + 1, (OBSERVED_CONFIGS_MAX - 1) * sizeof(*items));
        c->of[node].count--;
    }
    items[c->of[node].count++] = *one;
}

static struct observed_config config_of(const struct trace_record *rec, uint64_t index)
{
    return (struct observed_config){
        .index = index, .voters = rec->voters, .old = rec->old, .learners = rec->learners};
}

/* What a node has read from its disk: at least this much of it is true. */
static void booted(struct observed_configs *c, unsigned node, const struct trace_record *rec)
{
    struct observed_config one = config_of(rec, rec->config_index);
    c->of[node].count = 0;
    if (observed_members(&one) != 0)
        push(c, node, &one);
}

static void commit(struct observed_configs *c, unsigned node, uint64_t index)
{
    for (size_t i = 0; i < c->of[node].count; i++) {
        const struct observed_config *one = &c->of[node].items[i];
        if (one->index != index || index <= c->committed.index)
            continue;
        c->committed = *one;
        c->members_ever |= observed_members(one);
        c->joints_committed += observed_joint(one);
    }
}

bool observed_configs_feed(struct observed_configs *c, unsigned node,
                           const struct trace_record *rec)
{
    ASSERT(node < LIMIT_MEMBERS);
    switch ((int)rec->ev) {
    case TRACE_boot: booted(c, node, rec); return true;
    case TRACE_truncated: cut(c, node, rec->from); return true;
    case TRACE_configCommitted: commit(c, node, rec->index); return true;
    case TRACE_configAppended: {
        struct observed_config one = config_of(rec, rec->index);
        cut(c, node, rec->index);
        push(c, node, &one);
        return true;
    }
    default: return false;
    }
}

void observed_configs_told(struct observed_configs *c, unsigned node, bool member)
{
    nodeset bit = (nodeset)1 << node;
    c->committed.index++;
    c->committed.voters = member ? c->committed.voters | bit : c->committed.voters & ~bit;
    c->members_ever |= bit;
}

void observed_configs_choose(struct observed_configs *c, int leader)
{
    struct observed_config next = c->committed;
    if (leader >= 0 && c->of[leader].count > 0) {
        const struct observed_config *latest = &c->of[leader].items[c->of[leader].count - 1];
        if (latest->index >= next.index)
            next = *latest;
    }
    bool before = observed_joint(&c->present), after = observed_joint(&next);
    c->joints_entered += after && !before;
    c->joints_left += before && !after;
    c->present = next;
}
