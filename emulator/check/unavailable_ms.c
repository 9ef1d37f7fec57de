/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The longest time without a successful write while somebody wanted one. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/check/registry.h"

#include <stdlib.h>

struct gap {
    uint64_t from_ns;
    uint64_t to_ns;
};

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* From when on a write was wanted inside the gap: called in it, or open when it began and answered
 * at or after its end. gap.to_ns if none was. */
static uint64_t wanted_from(const struct history *h, struct gap gap)
{
    for (size_t i = 0; i < h->count; i++) {
        const struct history_op *op = &h->ops[i];
        if (op->call_ns >= gap.to_ns)
            break;
        if (op->kind == HISTORY_READ)
            continue;
        if (op->call_ns > gap.from_ns)
            return op->call_ns;
        if (op->ret_ns != HISTORY_NEVER && op->ret_ns >= gap.to_ns)
            return gap.from_ns;
    }
    return gap.to_ns;
}

/* Times of ok answers to writes, sorted; owned by the caller. */
static uint64_t *answers(const struct history *h, size_t *ret_count)
{
    size_t count = 0;
    uint64_t *times = mem_array(h->count, sizeof(*times));
    for (size_t i = 0; i < h->count; i++) {
        if (h->ops[i].outcome == HISTORY_OK && h->ops[i].kind != HISTORY_READ)
            times[count++] = h->ops[i].ret_ns;
    }
    qsort(times, count, sizeof(*times), by_value);
    *ret_count = count;
    return times;
}

/* The longest gap in which a write was wanted. A gap is looked into only if it beats the longest so
 * far, so few are. */
static struct gap longest(const struct history *h, const uint64_t *times, size_t count,
                          uint64_t end_ns)
{
    struct gap best = {0, 0};
    for (size_t i = 0; i < count; i++) {
        struct gap gap = {times[i], i + 1 < count ? times[i + 1] : end_ns};
        if (gap.to_ns <= gap.from_ns || gap.to_ns - gap.from_ns <= best.to_ns - best.from_ns)
            continue;
        gap.from_ns = wanted_from(h, gap);
        if (gap.to_ns - gap.from_ns > best.to_ns - best.from_ns)
            best = gap;
    }
    return best;
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    size_t count = 0;
    (void)state;
    uint64_t *times = answers(in->history, &count);
    struct gap gap = longest(in->history, times, count, in->end_ns);
    uint64_t gap_ms = (gap.to_ns - gap.from_ns) / NS_PER_MS;
    free(times);
    res->seen = count;
    if (count > 0 && gap_ms > in->params->max &&
        result_violate(res, "no write succeeded for %llu ms (bound %llu ms)",
                       (unsigned long long)gap_ms, (unsigned long long)in->params->max))
        result_paragraph(res,
                         "Writes were asked, but none succeeded between %.3f s and %.3f s of the "
                         "run's clock.",
                         (double)gap.from_ns / 1e9, (double)gap.to_ns / 1e9);
    result_settle(res, "successful writes");
    if (res->verdict == CHECK_OK)
        result_say(res, "the longest time without a successful write was %llu ms",
                   (unsigned long long)gap_ms);
    result_excuse(res, in->facts, "availability");
}

const struct checker check_unavailable_ms = {
    .name = "unavailableMs",
    .property = "While writes are asked, one succeeds at least every max milliseconds.",
    .source = "thesis 9.2",
    .class = CHECKER_LIVENESS,
    .state_size = 1,
    .finish = finish,
};
