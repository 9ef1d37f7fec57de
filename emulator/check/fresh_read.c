/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A linearizable read is answered at an index no smaller than any write acknowledged before the
 * read was asked. */
#include "base/mem.h"
#include "emulator/check/registry.h"

#include <stdlib.h>
#include <string.h>

/* The greatest index acknowledged so far, from when on, and by whom. */
struct ack {
    uint64_t t_ns;
    uint64_t index;
    uint64_t id; /* held */
};

/* Reads ask for the floor at their call. Floors only rise, so a list of their steps is enough, and
 * of those only what the oldest call that is still open, or a later one, can ask for. */
struct state {
    struct ack *steps; /* owned; rising in time and index */
    size_t first;      /* those before are forgotten */
    size_t count;
    size_t cap;
};

/* Calls still to be answered are not older than since_ns. */
static void forget(struct state *s, const struct check_input *in, uint64_t since_ns)
{
    while (s->first + 1 < s->count && s->steps[s->first + 1].t_ns < since_ns)
        history_release(in->history, s->steps[s->first++].id);
    if (s->first <= s->count / 2)
        return;
    s->count -= s->first;
    memmove(s->steps, s->steps + s->first, s->count * sizeof(*s->steps));
    s->first = 0;
}

static void on_write(struct state *s, const struct check_input *in, const struct history_op *op)
{
    uint64_t since_ns = history_open_since(in->history);
    if (s->count > s->first && op->index <= s->steps[s->count - 1].index)
        return;
    forget(s, in, since_ns < op->ret_ns ? since_ns : op->ret_ns);
    if (s->count == s->cap) {
        s->cap = s->cap == 0 ? 64 : s->cap * 2;
        s->steps = mem_grow(s->steps, s->cap, sizeof(*s->steps));
    }
    s->steps[s->count++] = (struct ack){op->ret_ns, op->index, op->id};
    history_hold(in->history, op->id);
}

/* The last step strictly before the instant, or NULL. */
static const struct ack *floor_at(const struct state *s, uint64_t call_ns)
{
    size_t low = s->first;
    size_t high = s->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (s->steps[mid].t_ns < call_ns)
            low = mid + 1;
        else
            high = mid;
    }
    return low == s->first ? NULL : &s->steps[low - 1];
}

static void stale(const struct check_input *in, const struct history_op *op, struct ack floor,
                  struct check_result *res)
{
    unsigned long long index = op->index;
    unsigned long long must = floor.index;
    if (!result_violate(res,
                        "a read was answered at index %llu although index %llu had been "
                        "acknowledged before it was asked",
                        index, must))
        return;
    result_operation(res, in->history, history_get(in->history, floor.id));
    result_operation(res, in->history, op);
    result_paragraph(res,
                     "A write at index %llu was answered with OK; after that, a linearizable read "
                     "was asked, and answered from the state at index %llu. The server that "
                     "answered did not know what was committed: it was deposed, or read without "
                     "asking a quorum, or before its first entry of the term was committed.",
                     must, index);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    const struct history_op *op = history_get(in->history, rec->op);
    if (op->outcome != HISTORY_OK || op->index == 0 || op->weak)
        return;
    if (!history_only_looks(op->kind)) {
        on_write(s, in, op);
        return;
    }
    const struct ack *floor = floor_at(s, op->call_ns);
    if (floor == NULL)
        return;
    res->seen++;
    if (op->index < floor->index)
        stale(in, op, *floor, res);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "reads after an acknowledged write");
}

static void release(void *state)
{
    mem_free(((struct state *)state)->steps);
}

const struct checker check_fresh_read = {
    .name = "freshRead",
    .property = "A linearizable read sees every write acknowledged before it was asked.",
    .source = "thesis 6.4",
    .class = CHECKER_SAFETY,
    .untraced = true,
    .events = CHECKER_ON(clientReturn),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
    .free = release,
};
