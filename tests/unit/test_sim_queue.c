/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulator's queue against a plain list: whatever is put in, taken and removed out of turn,
 * the next one is always the earliest, and of equal ones the oldest. */
#include "base/prng.h"
#include "emulator/sim/queue.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MOVES  4000
#define LISTED 256

struct plain {
    struct sim_event list[LISTED];
    size_t count;
};

static size_t earliest(const struct plain *p)
{
    size_t best = 0;
    for (size_t i = 1; i < p->count; i++) {
        const struct sim_event *a = &p->list[i], *b = &p->list[best];
        if (a->t_ns < b->t_ns || (a->t_ns == b->t_ns && a->seq < b->seq))
            best = i;
    }
    return best;
}

static void forget(struct plain *p, uint64_t seq)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->list[i].seq == seq)
            p->list[i] = p->list[--p->count];
    }
}

static void put(struct sim_queue *q, struct plain *p, uint64_t t_ns)
{
    struct sim_event event = {.t_ns = t_ns, .kind = SIM_TIMER};
    if (p->count == LISTED)
        return;
    sim_queue_put(q, &event);
    event.seq = q->seq;
    p->list[p->count++] = event;
}

static void takes_the_earliest_whatever_was_removed(void **state)
{
    struct sim_queue q = {0};
    struct plain p = {.count = 0};
    struct prng rnd = prng_named(11, "queue");
    uint64_t taken = 0;
    (void)state;
    for (int i = 0; i < MOVES; i++) {
        uint64_t move = prng_below(&rnd, 8);
        if (move < 4 || q.count == 0) {
            put(&q, &p, prng_below(&rnd, 50));
        } else if (move < 6) {
            size_t place = (size_t)prng_below(&rnd, q.count);
            uint64_t seq = q.heap[place].seq;
            assert_int_equal(sim_queue_remove(&q, place).seq, seq);
            forget(&p, seq);
        } else {
            uint64_t want = p.list[earliest(&p)].seq;
            assert_int_equal(sim_queue_take(&q).seq, want);
            forget(&p, want);
            taken++;
        }
        assert_int_equal(q.count, p.count);
        assert_int_equal(sim_queue_next_ns(&q),
                         p.count == 0 ? UINT64_MAX : p.list[earliest(&p)].t_ns);
    }
    assert_int_equal(q.taken, taken); /* what is removed does not count */
    sim_queue_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_earliest_whatever_was_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
