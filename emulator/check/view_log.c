/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/view.h"

#include "base/mem.h"

#include <string.h>

void view_log_free(struct view_log *log)
{
    mem_free(log->runs);
    *log = (struct view_log){0};
}

/* The position of the run that covers index, which is 1..last. */
static size_t run_at(const struct view_log *log, uint64_t index)
{
    size_t low = 0;
    size_t high = log->count;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (log->runs[mid].from <= index)
            low = mid;
        else
            high = mid;
    }
    return low;
}

uint64_t view_log_term(const struct view_log *log, uint64_t index)
{
    if (index == 0 || index > log->last || log->count == 0)
        return 0;
    const struct view_run *tail = &log->runs[log->count - 1];
    if (tail->from <= index)
        return tail->term;
    return log->runs[run_at(log, index)].term;
}

void view_log_cut(struct view_log *log, uint64_t from)
{
    if (from == 0)
        from = 1;
    while (log->count > 0 && log->runs[log->count - 1].from >= from)
        log->count--;
    if (log->last >= from)
        log->last = from - 1;
}

static void push(struct view_log *log, uint64_t from, uint64_t term)
{
    if (log->count > 0 && log->runs[log->count - 1].term == term)
        return;
    if (log->count == log->cap) {
        log->cap = log->cap == 0 ? 8 : log->cap * 2;
        log->runs = mem_grow(log->runs, log->cap, sizeof(*log->runs));
    }
    log->runs[log->count++] = (struct view_run){from, term};
}

void view_log_set(struct view_log *log, uint64_t from, uint64_t term, uint64_t count)
{
    if (count == 0 || from == 0 || from > INT64_MAX || count > INT64_MAX)
        return;
    view_log_cut(log, from);
    if (from > log->last + 1)
        push(log, log->last + 1, 0);
    push(log, from, term);
    log->last = from + count - 1;
}

uint64_t view_log_term_start(const struct view_log *log, uint64_t term)
{
    if (log->count == 0 || log->runs[log->count - 1].term != term)
        return 0;
    return log->runs[log->count - 1].from;
}

uint64_t view_log_run_end(const struct view_log *log, uint64_t index)
{
    ASSERT(index >= 1 && index <= log->last && log->count > 0);
    size_t at = run_at(log, index);
    return at + 1 < log->count ? log->runs[at + 1].from - 1 : log->last;
}

void view_log_copy(struct view_log *to, const struct view_log *from)
{
    if (to->cap < from->count) {
        to->cap = from->count;
        to->runs = mem_grow(to->runs, to->cap, sizeof(*to->runs));
    }
    if (from->count > 0)
        memcpy(to->runs, from->runs, from->count * sizeof(*from->runs));
    to->count = from->count;
    to->last = from->last;
}

uint64_t view_log_differ(const struct view_log *a, const struct view_log *b, uint64_t low,
                         uint64_t high, uint64_t *ret_compared)
{
    high = high < a->last ? high : a->last;
    high = high < b->last ? high : b->last;
    *ret_compared = 0;
    for (uint64_t at = low; at <= high;) {
        uint64_t x = view_log_term(a, at), y = view_log_term(b, at);
        uint64_t end_a = view_log_run_end(a, at), end_b = view_log_run_end(b, at);
        *ret_compared += x != 0 && y != 0;
        if (x != 0 && y != 0 && x != y)
            return at;
        at = (end_a < end_b ? end_a : end_b) + 1;
    }
    return 0;
}
