/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/filters.h"

#include "base/prng.h"
#include "emulator/scenario/vocab.h"

#define BILLION 1e9

/* ---- what processes are told ---- */

static void put_nodes(struct buf *out, nodeset nodes)
{
    for (nodeset left = nodes; left != 0; left &= left - 1)
        buf_putf(out, "%sn%d", left == nodes ? "" : ",", nodeset_first(left) + 1);
}

/* As the daemon calls them; it sends no answers to TimeoutNow. */
static void put_types(struct buf *out, uint32_t messages)
{
    bool first = true;
    for (unsigned i = 0; i < MESSAGES_COUNT; i++) {
        if ((messages >> i & 1) == 0 || i == MESSAGE_TimeoutNowReply)
            continue;
        const char *name = i == MESSAGE_AppendEntriesReply ? "AppendReply"
                                                           : vocab_message_name((enum message_id)i);
        buf_putf(out, "%s%s", first ? "" : ",", name);
        first = false;
    }
}

static const char *verdict_of(enum world_verdict verdict)
{
    switch (verdict) {
    case WORLD_DROP: return "drop";
    case WORLD_HOLD: return "hold";
    case WORLD_DUPLICATE: return "duplicate";
    case WORLD_DELAY: return "delay";
    case WORLD_SWAP: return "swapWithNext";
    }
    UNREACHABLE();
}

static void say(const struct filters *f, const struct filter *one, unsigned node,
                struct node_lab *lab)
{
    struct buf to = {0}, types = {0};
    bool limited = one->what.count > 0;
    uint64_t seed = prng_mix(f->seed ^ prng_mix(one->number * (LIMIT_MEMBERS + 1) + node));
    put_nodes(&to, one->links[node]);
    put_types(&types, one->what.messages);
    if (to.len > 0 && types.len > 0 && one->left > 0)
        node_lab_say(lab,
                     "filter number=%llu to=%s types=%s verdict=%s count=%llu chance=%llu "
                     "delay=%llu seed=%llu",
                     (unsigned long long)one->number, buf_str(&to), buf_str(&types),
                     verdict_of(one->what.verdict), limited ? (unsigned long long)one->left : 0,
                     (unsigned long long)(one->what.probability * BILLION),
                     (unsigned long long)one->what.delay_ns, (unsigned long long)seed);
    buf_free(&to);
    buf_free(&types);
}

static void say_removed(uint64_t number, nodeset away, struct node_lab *lab)
{
    struct buf to = {0};
    put_nodes(&to, away);
    if (to.len > 0)
        node_lab_say(lab, "unfilter number=%llu to=%s", (unsigned long long)number, buf_str(&to));
    buf_free(&to);
}

void filters_greet(const struct filters *f, unsigned node, struct node_lab *lab)
{
    for (size_t i = 0; i < FILTERS_MAX; i++) {
        if (f->list[i].number != 0)
            say(f, &f->list[i], node, lab);
    }
}

/* ---- filters ---- */

/* FILTERS_MAX: there is none. */
static size_t place_of(const struct filters *f, uint64_t number)
{
    size_t i = 0;
    while (i < FILTERS_MAX && f->list[i].number != number)
        i++;
    return i;
}

int filters_add(struct filters *f, uint64_t number, const struct world_filter *what, struct err *e)
{
    size_t at = place_of(f, 0);
    if (at == FILTERS_MAX)
        return err_set(e, -E_LIMIT, "more than %d filters at once", FILTERS_MAX);
    struct filter *one = &f->list[at];
    *one = (struct filter){
        .number = number, .what = *what, .left = what->count == 0 ? UINT64_MAX : what->count};
    one->what.links = NULL;
    for (unsigned i = 0; i < f->nodes_count; i++) {
        struct node_lab *lab = nodes_lab(f->nodes, i);
        one->links[i] = what->links[i] & nodeset_below(f->nodes_count) & ~NODE_BIT(i);
        if (lab != NULL)
            say(f, one, i, lab);
    }
    return 0;
}

bool filters_active(const struct filters *f, uint64_t number)
{
    size_t at = place_of(f, number);
    return number != 0 && at < FILTERS_MAX && (f->list[at].left > 0 || f->list[at].holds);
}

void filters_remove(struct filters *f, uint64_t number, const nodeset *links)
{
    size_t at = place_of(f, number);
    nodeset any = 0;
    if (number == 0 || at == FILTERS_MAX)
        return;
    struct filter *one = &f->list[at];
    for (unsigned i = 0; i < f->nodes_count; i++) {
        struct node_lab *lab = nodes_lab(f->nodes, i);
        nodeset away = links == NULL ? one->links[i] : one->links[i] & links[i];
        if (lab != NULL)
            say_removed(number, away, lab);
        one->links[i] &= ~away;
        any |= one->links[i];
    }
    if (any == 0)
        one->number = 0;
}

bool filters_met(struct filters *f, unsigned node, uint64_t number)
{
    size_t at = place_of(f, number);
    if (at == FILTERS_MAX)
        return false;
    struct filter *one = &f->list[at];
    f->dropped += one->what.verdict == WORLD_DROP;
    one->holds = one->holds || one->what.verdict == WORLD_HOLD;
    if (one->what.count == 0 || one->left == 0 || --one->left > 0)
        return true;
    for (unsigned i = 0; i < f->nodes_count; i++) {
        struct node_lab *lab = i == node || one->links[i] == 0 ? NULL : nodes_lab(f->nodes, i);
        if (lab != NULL)
            node_lab_say(lab, "spend number=%llu", (unsigned long long)number);
    }
    return true;
}
