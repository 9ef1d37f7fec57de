/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A linearizable read is answered at an index no smaller than any write acknowledged before the
 * read was asked. */
#include "base/mem.h"
#include "emulator/check/registry.h"

#include <stdlib.h>

/* The greatest index acknowledged strictly before an instant, and by whom. */
struct ack {
    uint64_t index;
    size_t pos;
};

struct state {
    struct ack *floors; /* owned; by position of the operation: what it must not fall below */
    size_t floors_cap;
    struct ack before; /* acknowledged before now_ns */
    struct ack now;    /* before or at now_ns */
    uint64_t now_ns;
};

static void advance(struct state *s, uint64_t t_ns)
{
    if (t_ns > s->now_ns) {
        s->before = s->now;
        s->now_ns = t_ns;
    }
}

static void on_invoke(struct state *s, size_t pos)
{
    if (pos >= s->floors_cap) {
        s->floors_cap = s->floors_cap == 0 ? 1024 : s->floors_cap * 2;
        s->floors = mem_grow(s->floors, s->floors_cap, sizeof(*s->floors));
    }
    s->floors[pos] = s->before;
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
    result_operation(res, in->history, &in->history->ops[floor.pos]);
    result_operation(res, in->history, op);
    result_paragraph(res,
                     "A write at index %llu was answered with OK; after that, a linearizable read "
                     "was asked, and answered from the state at index %llu. The server that "
                     "answered did not know what was committed: it was deposed, or read without "
                     "asking a quorum, or before its first entry of the term was committed.",
                     must, index);
}

static void on_return(struct state *s, const struct check_input *in, size_t pos,
                      struct check_result *res)
{
    const struct history_op *op = &in->history->ops[pos];
    if (op->outcome != HISTORY_OK || op->index == 0)
        return;
    if (op->kind != HISTORY_READ) {
        if (op->index > s->now.index)
            s->now = (struct ack){op->index, pos};
        return;
    }
    if (op->weak || s->floors[pos].index == 0)
        return;
    res->seen++;
    if (op->index < s->floors[pos].index)
        stale(in, op, s->floors[pos], res);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    size_t pos = (size_t)history_find(in->history, rec->op);
    advance(s, rec->t);
    if (rec->ev == TRACE_clientInvoke)
        on_invoke(s, pos);
    else
        on_return(s, in, pos, res);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "reads after an acknowledged write");
}

static void release(void *state)
{
    free(((struct state *)state)->floors);
}

const struct checker check_fresh_read = {
    .name = "freshRead",
    .property = "A linearizable read sees every write acknowledged before it was asked.",
    .source = "thesis 6.4",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
    .free = release,
};
