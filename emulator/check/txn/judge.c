/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buf.h"
#include "base/mem.h"
#include "base/prng.h"
#include "emulator/check/checker.h"
#include "emulator/check/txn/inside.h"

#include <stdio.h>
#include <string.h>

#define PARTS_MAX 1000u /* of one transaction: its own rules compare parts in pairs */

static uint32_t *appender_slot(const struct txn_judging *j, uint32_t key, uint32_t element)
{
    size_t at = (size_t)prng_mix((uint64_t)key << 32 | element) & (j->appender_cap - 1);
    for (; j->appender[at] != 0; at = (at + 1) & (j->appender_cap - 1)) {
        const struct txn_part *p = txn_part_at(j, j->appender[at] - 1);
        if (p->key == key && p->element == element)
            break;
    }
    return &j->appender[at];
}

static bool unknown(struct txn_judging *j, const char *why)
{
    j->res->verdict = CHECK_UNKNOWN;
    result_say(j->res, "whether transactions happened as a whole was not judged: %s", why);
    return false;
}

/* ---- who appended what, and the longest list of every key ---- */

static bool gather(struct txn_judging *j)
{
    for (uint32_t i = 0; i < j->t->count; i++) {
        const struct txn *txn = &j->t->at[i];
        j->in[i] = txn->ret_ns != HISTORY_NEVER;
        if (txn->parts > PARTS_MAX)
            return unknown(j, "one of them has more than 1000 parts");
        for (uint32_t p = txn->part; p < txn->part + txn->parts; p++) {
            const struct txn_part *part = txn_part_at(j, p);
            j->owner[p] = i;
            if (part->element == 0) {
                uint32_t longest = j->longest[part->key];
                if (part->known &&
                    (longest == 0 || part->count > txn_part_at(j, longest - 1)->count))
                    j->longest[part->key] = p + 1;
                continue;
            }
            uint32_t *slot = appender_slot(j, part->key, part->element);
            if (*slot != 0)
                return unknown(j, "one element is appended twice to a key");
            *slot = p + 1;
        }
    }
    return true;
}

/* Appends that are in a list; whoever made one of them happened. */
static bool mark_seen(struct txn_judging *j)
{
    for (uint32_t key = 1; key < j->t->texts.count; key++) {
        if (j->longest[key] == 0)
            continue;
        const struct txn_part *read = txn_part_at(j, j->longest[key] - 1);
        for (uint32_t i = 0; i < read->count; i++) {
            uint32_t part = *appender_slot(j, key, j->t->elements[read->first + i]);
            if (part == 0)
                return unknown(j, "a list holds what nobody appended");
            j->place[part - 1] = i + 1;
            j->in[j->owner[part - 1]] = true;
        }
    }
    return true;
}

uint32_t txn_writer(const struct txn_judging *j, const struct txn_part *read, uint32_t i)
{
    uint32_t part = *appender_slot(j, read->key, j->t->elements[read->first + i]);
    ASSERT(part != 0); /* or the key by itself were wrong */
    return j->owner[part - 1];
}

/* ---- what holds within one transaction ---- */

/* A read against an earlier part of the same key: an append is in the list, behind what was read
 * before. own: elements appended in between, the last of which ends the list. */
static bool follows(const struct txn_judging *j, const struct txn_part *read, uint32_t from,
                    uint32_t to)
{
    uint32_t at = read->count;
    for (uint32_t p = to; p-- > from;) {
        const struct txn_part *before = txn_part_at(j, p);
        if (before->key != read->key)
            continue;
        if (before->element == 0)
            return !before->known || before->count == at;
        if (at == 0 || j->t->elements[read->first + at - 1] != before->element)
            return false;
        at--;
    }
    return true;
}

/* What comes later in the transaction is not in the list yet. */
static bool is_early(const struct txn_judging *j, const struct txn_part *read, uint32_t from,
                     uint32_t to)
{
    for (uint32_t p = from; p < to; p++) {
        const struct txn_part *later = txn_part_at(j, p);
        if (later->key == read->key && j->place[p] != 0 && j->place[p] <= read->count)
            return true;
    }
    return false;
}

/* An append and those before it in the transaction are in the list in this order. */
static bool is_behind(const struct txn_judging *j, uint32_t append, uint32_t from)
{
    for (uint32_t p = from; p < append && j->place[append] != 0; p++) {
        const struct txn_part *before = txn_part_at(j, p);
        if (before->key == txn_part_at(j, append)->key && before->element != 0 &&
            j->place[p] > j->place[append])
            return false;
    }
    return true;
}

static bool fits(const struct txn_judging *j, const struct txn *t, uint32_t p)
{
    const struct txn_part *part = txn_part_at(j, p);
    if (part->element != 0)
        return is_behind(j, p, t->part);
    return !part->known ||
           (follows(j, part, t->part, p) && !is_early(j, part, p + 1, t->part + t->parts));
}

static void show(struct txn_judging *j, uint32_t txn)
{
    struct check_result *res = j->res;
    const struct txn *t = &j->t->at[txn];
    bool open = t->ret_ns == HISTORY_NEVER;
    uint64_t t_ns = open ? t->call_ns : t->ret_ns;
    size_t at = res->events_count;
    if (at == CHECK_EVENTS_MAX)
        return;
    while (at > 0 && res->events[at - 1].t_ns > t_ns)
        at--;
    memmove(&res->events[at + 1], &res->events[at],
            (res->events_count++ - at) * sizeof(res->events[0]));
    struct check_event *ev = &res->events[at];
    struct trace_text client = texts_get(&j->t->texts, t->client);
    *ev = (struct check_event){.t_ns = t_ns, .line = t->line};
    (void)snprintf(ev->node, sizeof(ev->node), "%.*s",
                   (int)(client.len < LIMIT_NODE_NAME ? client.len : LIMIT_NODE_NAME), client.at);
    if (open)
        (void)snprintf(ev->what, sizeof(ev->what), "transaction, called at %.6f s, outcome unknown",
                       (double)t->call_ns / 1e9);
    else
        (void)snprintf(ev->what, sizeof(ev->what),
                       "transaction, called at %.6f s, answered at %.6f s",
                       (double)t->call_ns / 1e9, (double)t->ret_ns / 1e9);
}

static bool is_whole_inside(struct txn_judging *j, uint32_t txn)
{
    const struct txn *t = &j->t->at[txn];
    for (uint32_t p = t->part; p < t->part + t->parts; p++) {
        if (fits(j, t, p))
            continue;
        struct trace_text key = texts_get(&j->t->texts, txn_part_at(j, p)->key);
        (void)result_violate(j->res,
                             "the transaction of line %u contradicts itself: what it appended to "
                             "%.*s and what it or others read there do not fit together",
                             t->line, (int)(key.len < 32 ? key.len : 32), key.at);
        result_paragraph(j->res, "A transaction happens as a whole: its appends stand in the list "
                                 "in its own order, and its reads see those before them and none "
                                 "behind.");
        show(j, txn);
        return false;
    }
    return true;
}

/* ---- what is said ---- */

static void put_edge(struct txn_judging *j, struct buf *out, const struct txn_edge *edge)
{
    struct trace_text key = texts_get(&j->t->texts, edge->key);
    int len = (int)(key.len < 24 ? key.len : 24);
    unsigned from = j->t->at[edge->from].line;
    unsigned to = j->t->at[edge->to].line;
    switch (edge->why) {
    case TXN_WW:
        buf_putf(out, "line %u appended to %.*s before line %u", from, len, key.at, to);
        break;
    case TXN_WR:
        buf_putf(out, "line %u read in %.*s what line %u appended", to, len, key.at, from);
        break;
    case TXN_RW:
        buf_putf(out, "line %u read %.*s without what line %u appended", from, len, key.at, to);
        break;
    case TXN_TIME: buf_putf(out, "line %u had returned before line %u was called", from, to); break;
    case TXN_HELP: UNREACHABLE();
    }
}

static void tell_cycle(struct txn_judging *j, const struct txn_cycle *cycle)
{
    struct buf text = {0};
    size_t kept = cycle->count < TXN_CYCLE_MAX ? cycle->count : TXN_CYCLE_MAX;
    for (size_t i = 0; i < kept; i++) {
        buf_puts(&text, i == 0 ? "" : ", ");
        put_edge(j, &text, &cycle->edges[i]);
    }
    (void)result_violate(j->res, "transactions in no order: %s%s", buf_str(&text),
                         kept < cycle->count ? ", and so on in a circle" : "");
    for (size_t i = 0; i < kept; i++)
        show(j, cycle->edges[i].from);
    result_paragraph(j->res,
                     "Each of these transactions would have to come before the next, and "
                     "the last before the first: no order of them, each as a whole, "
                     "explains what they read. All others may be left out of the argument.");
    buf_free(&text);
}

static void judge(struct txn_judging *j)
{
    struct txn_cycle cycle;
    if (!gather(j) || !mark_seen(j))
        return;
    for (uint32_t i = 0; i < j->t->count; i++) {
        if (j->in[i] && !is_whole_inside(j, i))
            return;
    }
    txn_order(j);
    if (txn_graph_cycle(&j->graph, &cycle)) {
        tell_cycle(j, &cycle);
        return;
    }
    result_settle(j->res, "reads in transactions");
    if (j->res->verdict == CHECK_OK)
        result_say(j->res, "%zu transactions have a legal order over all keys", j->t->count);
}

void txns_judge(const struct txns *t, struct check_result *ret)
{
    struct txn_judging j = {.t = t, .res = ret, .appender_cap = 64};
    size_t keys = (size_t)t->texts.count + 1;
    *ret = (struct check_result){.name = "transactions", .required = true};
    while (j.appender_cap < 2 * t->parts_count)
        j.appender_cap *= 2;
    j.owner = mem_array(t->parts_count, sizeof(*j.owner));
    j.appender = mem_array(j.appender_cap, sizeof(*j.appender));
    j.longest = mem_array(keys, sizeof(*j.longest));
    j.place = mem_array(t->parts_count, sizeof(*j.place));
    j.in = mem_array(t->count, sizeof(*j.in));
    j.late_next = mem_array(t->parts_count, sizeof(*j.late_next));
    j.late_prev = mem_array(t->parts_count, sizeof(*j.late_prev));
    j.late = mem_array(keys, sizeof(*j.late));
    j.late_last = mem_array(keys, sizeof(*j.late_last));
    j.before = mem_array(t->parts_count, sizeof(*j.before));
    j.after = mem_array(t->parts_count, sizeof(*j.after));
    for (size_t i = 0; i < t->parts_count; i++)
        j.before[i] = TXN_NONE;
    j.graph.real = j.graph.nodes = (uint32_t)t->count;
    judge(&j);
    txn_graph_free(&j.graph);
    mem_free(j.owner);
    mem_free(j.appender);
    mem_free(j.longest);
    mem_free(j.place);
    mem_free(j.in);
    mem_free(j.late_next);
    mem_free(j.late_prev);
    mem_free(j.late);
    mem_free(j.late_last);
    mem_free(j.before);
    mem_free(j.after);
}
