/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one thread does in a level. */
#include "base/prng.h"
#include "emulator/explore/search_inside.h"

#define LOOK_EVERY 256 /* states: at limits, and at whether somebody else halts the level */

static void found(struct ex_worker *w, uint32_t ordinal)
{
    struct ex_search *s = w->search;
    (void)pthread_mutex_lock(&s->found_lock);
    bool step = ordinal != FOUND_ITSELF, other_step = s->found_ordinal != FOUND_ITSELF;
    bool before =
        w->number < s->found_number || (w->number == s->found_number && ordinal < s->found_ordinal);
    if (!s->found || (step && !other_step) || (step == other_step && before)) {
        s->found_number = w->number;
        s->found_ordinal = ordinal;
    }
    s->found = true;
    (void)pthread_mutex_unlock(&s->found_lock);
    int goes_on = EX_GO; /* who was told to halt for another reason does */
    (void)atomic_compare_exchange_strong(&s->halt, &goes_on, EX_FOUND);
}

/* Whoever is told to halt goes on with that, and grows when he is called again. */
static void call_for_room(struct ex_search *s)
{
    int was = atomic_load(&s->halt);
    while (was != EX_HALTED && !atomic_compare_exchange_weak(&s->halt, &was, EX_GROW))
        continue;
}

bool ex_worker_look_up(struct ex_worker *w)
{
    struct ex_search *s = w->search;
    struct ex_expander *x = &w->expander;
    for (; w->pending < x->count; w->pending++) {
        const struct ex_next *n = &x->next[w->pending];
        if (n->broken != NULL) {
            found(w, w->pending);
            continue;
        }
        enum fpset_answer answer = fpset_insert(s->seen, n->fingerprint);
        if (answer == FPSET_FULL) {
            call_for_room(s);
            return false;
        }
        if (answer == FPSET_SEEN)
            continue;
        uint8_t record[EX_RECORD_MAX];
        size_t len = ex_cluster_write(&n->to, &s->space, record);
        uint64_t parent = w->number << PARENT_ORDINAL_BITS | w->pending;
        w->code = frontier_add(w->writer, record, len, parent, &w->e);
        if (w->code < 0)
            return false;
    }
    return true;
}

/* Of some states: their fingerprints say which, so that they are the same ones whoever meets them,
 * and when. */
static void calm(struct ex_worker *w)
{
    struct ex_search *s = w->search;
    uint64_t every = s->options.calm_every;
    if (every == 0)
        return;
    uint64_t print = ex_cluster_fingerprint(&w->from, &s->space, &w->expander.sums).word[0];
    if (prng_mix(print) % every != 0)
        return;
    atomic_fetch_add_explicit(&w->calmed, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&w->calmed_sum, print, memory_order_relaxed);
    if (ex_calm_run(&w->calm, &w->from) != NULL)
        found(w, FOUND_ITSELF);
    atomic_store_explicit(&w->unclear, w->calm.unclear, memory_order_relaxed);
}

static void expand(struct ex_worker *w)
{
    struct ex_expander *x = &w->expander;
    ex_expand(x, &w->from);
    calm(w);
    ASSERT(x->count < 1u << PARENT_ORDINAL_BITS);
    for (uint32_t i = 0; i < x->count; i++) {
        if (x->next[i].broken == NULL)
            fpset_prefetch(w->search->seen, x->next[i].fingerprint);
    }
    w->pending = 0;
    atomic_fetch_add_explicit(&w->generated, x->count, memory_order_relaxed);
    for (int i = 0; i < EX_LIMITS_COUNT; i++)
        atomic_store_explicit(&w->ended[i], x->ended.times[i] + w->calm.ended.times[i],
                              memory_order_relaxed);
}

/* The first worker looks at the limits for all. */
static bool halted(struct ex_worker *w)
{
    struct ex_search *s = w->search;
    if (w == &s->workers[0] && ex_search_over(s))
        atomic_store(&s->halt, EX_HALTED);
    if (fpset_wants_room(s->seen) && atomic_load(&s->halt) == EX_GO)
        call_for_room(s);
    return atomic_load_explicit(&s->halt, memory_order_relaxed) != EX_GO;
}

/* A level in which something was found is read to its end, so that what is told does not depend on
 * who was first. */
void *ex_worker_run(void *arg)
{
    struct ex_worker *w = arg;
    struct frontier_record record;
    for (uint32_t i = 0; w->code == 0 && ex_worker_look_up(w); i++) {
        if (i % LOOK_EVERY == 0 && halted(w) && atomic_load(&w->search->halt) != EX_FOUND)
            break;
        int got = frontier_next(w->reader, &record, &w->e);
        if (got <= 0) {
            w->code = got;
            break;
        }
        w->number = record.number;
        ex_cluster_read(&w->from, &w->search->space, record.data);
        expand(w);
    }
    frontier_give_back(w->reader);
    if (w->code < 0)
        atomic_store(&w->search->halt, EX_HALTED);
    return NULL;
}
