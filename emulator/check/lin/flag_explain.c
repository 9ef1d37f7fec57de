/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The few operations of one element that contradict each other. What is left after each step is
 * still illegal, and would not be if the whole were legal:
 *  - whatever was called after the return that failed is left out, whatever returned later may
 *    happen or not;
 *  - from an instant on: what had returned by then is left out, what was pending may happen or not,
 *    and the history must be illegal whether the element was there or not;
 *  - an observer is left out, a change may happen or not. */
#include "base/mem.h"
#include "emulator/check/lin/flag.h"

#define SINGLE_MAX 200 /* operations that are tried one by one */

struct core {
    struct flag_op *ops;
    size_t count;
    bool anyhow; /* illegal from both states, not only from "not there" */
};

static bool is_illegal(const struct flag_op *ops, size_t count, bool anyhow)
{
    return lin_flag_walk(ops, count, false) < count &&
           (!anyhow || lin_flag_walk(ops, count, true) < count);
}

static bool is_must(const struct flag_op *op)
{
    return op->ret_ns != HISTORY_NEVER;
}

/* Operations up to t_ns. */
static void cut_after(struct core *c, uint64_t t_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++) {
        struct flag_op op = c->ops[i];
        if (op.call_ns > t_ns || (op.ret_ns > t_ns && !op.changes))
            continue;
        if (op.ret_ns > t_ns)
            op.ret_ns = HISTORY_NEVER;
        c->ops[kept++] = op;
    }
    c->count = kept;
}

/* Operations from t_ns on, into out. Those that were pending may have happened before. */
static size_t cut_before(const struct core *c, uint64_t t_ns, struct flag_op *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++) {
        struct flag_op op = c->ops[i];
        bool before = op.call_ns < t_ns;
        if (before && (op.ret_ns < t_ns || !op.changes))
            continue;
        if (before)
            op.ret_ns = HISTORY_NEVER;
        out[kept++] = op;
    }
    return kept;
}

/* The latest beginning that is still illegal: earlier ones only add to it. */
static void shorten(struct core *c)
{
    size_t low = 0;
    size_t high = c->count; /* beginning with the call of operation low or later is not known */
    struct flag_op *out = mem_array(c->count, sizeof(*out));
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        size_t count = cut_before(c, c->ops[mid].call_ns, out);
        if (is_illegal(out, count, true))
            low = mid + 1;
        else
            high = mid;
    }
    if (low > 0) {
        c->count = cut_before(c, c->ops[low - 1].call_ns, out);
        for (size_t i = 0; i < c->count; i++)
            c->ops[i] = out[i];
        c->anyhow = true;
    }
    mem_free(out);
}

/* One operation less, where that is possible. */
static void drop_single(struct core *c)
{
    for (size_t i = c->count; i > 0; i--) {
        struct flag_op kept = c->ops[i - 1];
        if (!is_must(&kept))
            continue;
        c->ops[i - 1].ret_ns = HISTORY_NEVER;
        if (!kept.changes)
            c->ops[i - 1].call_ns = HISTORY_NEVER; /* after everything, never forced: left out */
        if (!is_illegal(c->ops, c->count, c->anyhow))
            c->ops[i - 1] = kept;
    }
}

static size_t musts(const struct core *c)
{
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++)
        count += is_must(&c->ops[i]);
    return count;
}

static void say(const struct lin_key *key, const struct flag_op *failed, struct lin_finding *why)
{
    char client[LIN_TEXT_MAX];
    char v[LIN_TEXT_MAX];
    const struct history_op *op = lin_op(key, failed->pos);
    double at = (double)op->ret_ns / 1e9;
    (void)lin_text(key->h, op->client, client);
    (void)lin_text(key->h, op->value, v);
    if (failed->changes && failed->state)
        lin_say(why, "added twice",
                "client %s was told by %.6f s that its add of %s changed the set, but it was there "
                "already, and no remove that was asked in time can have come between",
                client, at, v);
    else if (failed->changes)
        lin_say(why, "removed twice",
                "client %s was told by %.6f s that its remove of %s changed the set, but it was "
                "not there, and no add that was asked in time can have come between",
                client, at, v);
    else if (failed->state)
        lin_say(why, "removed element seen",
                "client %s saw %s in the set by %.6f s, but it was not there, and no add that was "
                "asked in time can have brought it",
                client, v, at);
    else
        lin_say(why, "lost element",
                "client %s missed %s in the set by %.6f s, but it was there, and no remove that "
                "was asked in time can have taken it",
                client, v, at);
}

void lin_flag_explain(const struct lin_key *key, struct flag_op *ops, size_t count, size_t failed,
                      struct lin_finding *why)
{
    struct core c = {.ops = ops, .count = count};
    struct flag_op last = ops[failed];
    cut_after(&c, last.ret_ns);
    shorten(&c);
    if (musts(&c) <= SINGLE_MAX)
        drop_single(&c);
    say(key, &last, why);
    lin_show(why, last.pos);
    for (size_t i = c.count; i > 0; i--) {
        if (is_must(&c.ops[i - 1]))
            lin_show(why, c.ops[i - 1].pos);
    }
}
