/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/recovers_writes.h"

#include "base/mem.h"

#include <string.h>

void recovers_writes_free(struct recovers_writes *w)
{
    mem_free(w->moments);
    mem_free(w->writes);
}

/* The oldest half, with the writes that only it needs. */
static void forget(struct recovers_writes *w, const struct check_input *in)
{
    size_t half = w->moments_count / 2;
    size_t start = w->moments[half].start;
    w->moments_count -= half;
    memmove(w->moments, w->moments + half, w->moments_count * sizeof(*w->moments));
    for (size_t i = 0; i < start; i++)
        history_release(in->history, w->writes[i].id);
    w->count -= start;
    if (w->count > 0)
        memmove(w->writes, w->writes + start, w->count * sizeof(*w->writes));
    for (size_t i = 0; i < w->moments_count; i++)
        w->moments[i].start -= start;
}

void recovers_writes_from(struct recovers_writes *w, const struct check_input *in, uint64_t t_ns)
{
    if (w->moments_count > 0 && w->moments[w->moments_count - 1].t_ns == t_ns)
        return;
    if (w->moments_count == RECOVERS_MOMENTS_MAX)
        forget(w, in);
    if (w->moments_count == w->moments_cap) {
        w->moments_cap = w->moments_cap == 0 ? 16 : w->moments_cap * 2;
        w->moments = mem_grow(w->moments, w->moments_cap, sizeof(*w->moments));
    }
    uint64_t before = t_ns > w->now_ns ? w->asked : w->asked - w->asked_now;
    w->moments[w->moments_count++] = (struct recovers_moment){t_ns, before, w->count};
    w->found = 0;
}

static void on_answer(struct recovers_writes *w, const struct check_input *in,
                      const struct history_op *op)
{
    if (op->outcome != HISTORY_OK || w->moments_count == 0 || w->found == RECOVERS_WRITES_EACH ||
        op->call_ns < w->moments[0].t_ns)
        return;
    if (w->count == w->cap) {
        w->cap = w->cap == 0 ? 32 : w->cap * 2;
        w->writes = mem_grow(w->writes, w->cap, sizeof(*w->writes));
    }
    w->writes[w->count++] = (struct recovers_write){op->id, op->call_ns, op->ret_ns};
    w->found += op->call_ns >= w->moments[w->moments_count - 1].t_ns;
    history_hold(in->history, op->id);
}

void recovers_writes_feed(struct recovers_writes *w, const struct check_input *in,
                          const struct trace_record *rec)
{
    if (rec->ev == TRACE_fault) {
        if (in->facts->healed_at_ns == 0 &&
            (trace_text_is(rec->phase, "begin") || trace_text_is(rec->phase, "end")))
            recovers_writes_from(w, in, rec->t);
        return;
    }
    const struct history_op *op = history_get(in->history, rec->op);
    if (history_only_looks(op->kind))
        return;
    if (rec->ev == TRACE_clientReturn) {
        on_answer(w, in, op);
        return;
    }
    w->asked_now = rec->t > w->now_ns ? 1 : w->asked_now + 1;
    w->now_ns = rec->t;
    w->asked++;
    if (w->moments_count > 0 && rec->t < w->moments[w->moments_count - 1].t_ns)
        w->moments[w->moments_count - 1].asked++; /* it was known beforehand */
}

bool recovers_writes_first(const struct recovers_writes *w, const struct check_input *in,
                           uint64_t t_ns, const struct history_op **ret, uint64_t *ret_asked)
{
    size_t m = w->moments_count;
    size_t passed = 0;
    while (m > 0 && w->moments[m - 1].t_ns > t_ns)
        m--;
    if (m == 0)
        return false;
    *ret = NULL;
    *ret_asked = w->asked - w->moments[m - 1].asked;
    for (size_t i = w->moments[m - 1].start; i < w->count; i++) {
        if (w->writes[i].call_ns >= t_ns) {
            *ret = history_get(in->history, w->writes[i].id);
            return true;
        }
        passed += w->writes[i].call_ns >= w->moments[m - 1].t_ns;
    }
    return passed < RECOVERS_WRITES_EACH;
}
