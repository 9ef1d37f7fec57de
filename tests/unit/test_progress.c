/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a leader knows of one member, against a twin that keeps a plain list of what is in flight.
 */
#include "base/prng.h"
#include "core/progress.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CASES      3000 /* members; each takes 60 operations */
#define WINDOW_MAX 4

struct twin {
    uint64_t match, next;
    bool replicate, paused;
    uint64_t flight[WINDOW_MAX]; /* the last index of each append, oldest first */
    uint32_t count;
};

static void twin_probe(struct twin *t, uint64_t next)
{
    *t = (struct twin){.match = t->match, .next = next};
}

static void twin_matched(struct twin *t, uint64_t match)
{
    if (match > t->match)
        t->match = match;
    if (!t->replicate) {
        twin_probe(t, t->match + 1);
        t->replicate = true;
    }
    if (t->next <= t->match)
        t->next = t->match + 1;
    t->paused = false;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        if (t->flight[i] > t->match)
            t->flight[kept++] = t->flight[i];
    }
    t->count = kept;
}

static void twin_unsent(struct twin *t, uint64_t first)
{
    t->paused = true;
    if (!t->replicate || first >= t->next)
        return;
    t->next = first > t->match ? first : t->match + 1;
    while (t->count > 0 && t->flight[t->count - 1] >= t->next)
        t->count--;
}

static void compare(const struct progress *p, const uint64_t *window, uint32_t max,
                    const struct twin *t)
{
    assert_true(p->match == t->match && p->next == t->next && p->match < p->next);
    assert_int_equal(p->state == PROGRESS_REPLICATE, t->replicate);
    assert_int_equal(p->paused, t->paused);
    assert_int_equal(p->window_count, t->count);
    assert_int_equal(progress_window_full(p, max), t->count == max);
    for (uint32_t i = 0; i < t->count; i++)
        assert_true(window[(p->window_head + i) % max] == t->flight[i]);
}

/* One random operation on both. last: the end of the leader's log, which may grow. */
static void operate(struct prng *dice, struct progress *p, uint64_t *window, uint32_t max,
                    struct twin *t, uint64_t *last)
{
    uint64_t now = prng_below(dice, 1000);
    switch (prng_below(dice, 6)) {
    case 0: {
        uint64_t match = prng_below(dice, t->next + 1);
        match = match > *last ? *last : match;
        bool news = match > t->match;
        assert_int_equal(progress_matched(p, window, max, match, now), news);
        twin_matched(t, match);
        break;
    }
    case 1: {
        uint64_t first = prng_below(dice, *last + 3);
        progress_unsent(p, window, max, first, now + 50);
        twin_unsent(t, first);
        assert_true(p->resend_ns == now + 50);
        break;
    }
    case 2: {
        uint64_t next = t->match + 1 + prng_below(dice, *last - t->match + 1);
        if (!prng_chance(dice, 0.3))
            break;
        progress_probe(p, next);
        twin_probe(t, next);
        break;
    }
    default:
        *last += prng_below(dice, 4);
        if (!t->replicate || t->count == max || t->next > *last)
            break;
        uint64_t to = t->next + prng_below(dice, *last - t->next + 1);
        progress_sent(p, window, max, to, now);
        if (t->count == 0)
            assert_true(p->oldest_sent_ns == now);
        t->flight[t->count++] = to;
        t->next = to + 1;
    }
}

static void like_the_twin(void **state)
{
    (void)state;
    struct prng dice = prng_named(1, "progress");
    uint32_t full = 0, probes = 0;
    for (uint32_t i = 0; i < CASES; i++) {
        uint32_t max = 1 + (uint32_t)prng_below(&dice, WINDOW_MAX);
        uint64_t window[WINDOW_MAX] = {0}, last = 1 + prng_below(&dice, 10);
        struct progress p = {.id = 7, .match = 99, .window_count = 3};
        progress_reset(&p, last, 5);
        struct twin t = {.next = last + 1};
        assert_true(p.id == 7 && p.contact_ns == 5 && p.acked_round == 0);
        for (uint32_t op = 0; op < 60; op++) {
            compare(&p, window, max, &t);
            operate(&dice, &p, window, max, &t, &last);
            full += t.count == max;
            probes += !t.replicate;
        }
    }
    assert_true(full > CASES && probes > CASES);
}

/* The window's age is that of its oldest append. */
static void oldest(void **state)
{
    (void)state;
    uint64_t window[WINDOW_MAX];
    struct progress p = {.id = 1};
    progress_reset(&p, 0, 0);
    assert_false(progress_matched(&p, window, WINDOW_MAX, 0, 10));
    progress_sent(&p, window, WINDOW_MAX, 3, 20);
    progress_sent(&p, window, WINDOW_MAX, 5, 30);
    assert_int_equal(p.oldest_sent_ns, 20);
    assert_true(progress_matched(&p, window, WINDOW_MAX, 2, 40)); /* only a part of the first */
    assert_int_equal(p.oldest_sent_ns, 20);
    assert_true(progress_matched(&p, window, WINDOW_MAX, 4, 50));
    assert_int_equal(p.oldest_sent_ns, 50); /* the second is the oldest from now on */
    assert_int_equal(p.window_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(like_the_twin), cmocka_unit_test(oldest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
