/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log against a naive twin (arrays), through random work, compaction, resets, faults and
 * crashes: after each start it holds exactly what the last completed batch said, or what the one in
 * flight would have said. */
#include "tests/support/walrig.h"

#include "base/prng.h"
#include "store/wal_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

#define ENTRIES_MAX 1500

/* A log as two arrays; entry i + 1 at i, those up to base are gone. */
struct model {
    uint64_t term[ENTRIES_MAX];
    uint32_t len[ENTRIES_MAX];
    size_t base; /* its term too is kept */
    uint64_t base_chain;
    size_t n;
};

struct twin {
    struct rig r;
    struct prng prng;
    struct model now;    /* in memory */
    struct model disk;   /* after the last completed batch */
    struct model flight; /* after the batch in flight, if there is one */
    bool flying;
    bool compacts;
    unsigned starts;
    unsigned survived; /* batches in flight that a start found complete */
    unsigned failures;
    unsigned recycled; /* segments that took a freed file */
    unsigned resets;
};

static uint64_t draw(struct twin *t, uint64_t bound)
{
    return prng_below(&t->prng, bound);
}

static uint64_t term_of(const struct model *m, size_t index)
{
    return index == 0 ? 0 : m->term[index - 1];
}

static bool same(const struct model *a, const struct model *b)
{
    size_t n = a->n - a->base;
    return a->n == b->n && a->base == b->base && a->base_chain == b->base_chain &&
           term_of(a, a->base) == term_of(b, b->base) &&
           memcmp(a->term + a->base, b->term + a->base, n * sizeof a->term[0]) == 0 &&
           memcmp(a->len + a->base, b->len + a->base, n * sizeof a->len[0]) == 0;
}

static void append(struct twin *t)
{
    struct model *m = &t->now;
    uint64_t count = 1 + draw(t, 4);
    for (uint64_t i = 0; i < count && m->n < ENTRIES_MAX; i++) {
        uint64_t term = m->n == 0 ? 1 : term_of(m, m->n);
        if (draw(t, 5) == 0)
            term++;
        uint32_t max = wal_entry_bytes_max(t->r.wal);
        uint32_t len = (uint32_t)draw(t, draw(t, 8) == 0 ? max + 1 : 600);
        m->term[m->n] = term;
        m->len[m->n] = len;
        m->n++;
        rig_append(&t->r, term, len);
    }
}

static void cut(struct twin *t)
{
    uint64_t all = t->now.n - t->now.base;
    uint64_t back = draw(t, draw(t, 4) == 0 || all < 6 ? all + 1 : 6);
    wal_truncate(t->r.wal, t->now.n + 1 - back);
    t->now.n -= back;
}

static void compact(struct twin *t)
{
    size_t durable = (size_t)wal_durable(t->r.wal);
    if (durable <= t->now.base)
        return;
    size_t above = durable - t->now.base;
    size_t index = durable - (size_t)draw(t, draw(t, 3) == 0 ? 1 : above);
    t->now.base_chain = wal_chain_at(t->r.wal, index);
    t->now.base = index;
    wal_compact(t->r.wal, index);
    assert_int_equal(wal_base(t->r.wal).term, term_of(&t->now, index));
    assert_int_equal(wal_first(t->r.wal), index + 1);
}

/* An installed snapshot: inside the log, at its end, or beyond it. */
static void reset(struct twin *t)
{
    struct model *m = &t->now;
    size_t index = m->base + 1 + (size_t)draw(t, m->n - m->base + 5);
    if (index >= ENTRIES_MAX - 100)
        return;
    struct wal_origin origin = {.at = {.index = index, .term = term_of(m, m->base) + draw(t, 3)},
                                .chain = draw(t, UINT32_MAX)};
    if (origin.at.term == 0)
        origin.at.term = 1;
    wal_reset_to(t->r.wal, &origin);
    m->base = m->n = index;
    m->term[index - 1] = origin.at.term;
    m->base_chain = origin.chain;
    t->resets++;
    assert_int_equal(wal_durable(t->r.wal), 0);
    assert_int_equal(wal_last(t->r.wal).index, index);
}

static void flush(struct twin *t)
{
    if (wal_flush(t->r.wal) == NULL)
        return;
    assert_false(t->flying);
    t->flying = true;
    t->flight = t->now;
    t->flight.n = t->r.wal->written.last.index;
    assert_true(t->flight.n <= t->now.n && t->flight.n >= t->flight.base);
    assert_int_equal(t->r.wal->written.base.index, t->flight.base);
}

/* Delivers one completion; false if the log failed. */
static bool complete(struct twin *t)
{
    struct vfs_op *op;
    int status;
    if (!memvfs_complete(t->r.m, &op, &status))
        return true;
    bool batch = op->kind == VFS_OP_WRITE;
    t->recycled += op->kind == VFS_OP_PREPARE && op->prepare.recycled[0] != '\0' && status == 0;
    int code = wal_on_done(t->r.wal, op, status, &t->r.e);
    if (code < 0) {
        assert_true(batch);
        assert_true(wal_failed(t->r.wal) && wal_flush(t->r.wal) == NULL);
        return false;
    }
    if (batch) {
        t->disk = t->flight;
        t->flying = false;
    }
    return true;
}

static void check_durable(struct twin *t)
{
    uint64_t durable = wal_durable(t->r.wal);
    assert_true(durable <= t->now.n);
    if (durable < t->now.base) {
        assert_true(t->r.wal->reset_pending || t->flying);
        return;
    }
    assert_true(t->disk.base <= t->now.base);
    for (size_t i = t->now.base; i < durable; i++) {
        assert_true(t->disk.n > i);
        assert_true(t->disk.term[i] == t->now.term[i] && t->disk.len[i] == t->now.len[i]);
    }
}

/* What the opened log holds, read back entry by entry; 0 or the reading's code. */
static int read_all(struct twin *t, struct model *ret)
{
    struct wal_position base = wal_base(t->r.wal);
    struct model m = {.n = wal_last(t->r.wal).index, .base = base.index};
    if (m.base > 0)
        m.term[m.base - 1] = base.term;
    m.base_chain = wal_chain_at(t->r.wal, m.base);
    for (size_t i = m.base; i < m.n; i++) {
        m.term[i] = wal_term_at(t->r.wal, i + 1);
        m.len[i] = wal_size_of(t->r.wal, i + 1);
        int code = rig_check(&t->r, i + 1, m.term[i], m.len[i]);
        if (code < 0)
            return code;
    }
    *ret = m;
    return 0;
}

/* After a successful start: one of the two, and from now on for ever that one. */
static void judge(struct twin *t)
{
    struct model found = {0};
    assert_int_equal(read_all(t, &found), 0);
    bool old = same(&found, &t->disk);
    if (!old && !(t->flying && same(&found, &t->flight)))
        fail_msg("start %u: entries %zu to %zu, expected %zu to %zu or %zu to %zu", t->starts,
                 found.base + 1, found.n, t->disk.base + 1, t->disk.n, t->flight.base + 1,
                 t->flight.n);
    t->survived += !old;
    t->now = t->disk = found;
    t->flying = false;
    t->starts++;
}

/* Crashes and starts again; some starts are disturbed themselves. */
static void restart(struct twin *t, enum memvfs_crash how, unsigned disturbed)
{
    rig_crash(&t->r, how);
    memvfs_set_direct(t->r.m, draw(t, 2) == 0);
    for (unsigned i = 0; i < disturbed; i++) {
        uint64_t n = 1 + draw(t, 30);
        if (draw(t, 2) == 0)
            memvfs_fail_call(t->r.m, n, -E_IO);
        else
            memvfs_halt_at(t->r.m, n);
        if (rig_open(&t->r) < 0) {
            t->failures++;
            if (t->r.e.code != -E_IO)
                fail_msg("start %u: %s", t->starts, t->r.e.text);
        } else {
            memvfs_halt_at(t->r.m, UINT32_MAX);
            memvfs_fail_call(t->r.m, UINT32_MAX, -E_IO);
            judge(t);
        }
        rig_crash(&t->r, (enum memvfs_crash)draw(t, 4));
    }
    if (rig_open(&t->r) < 0)
        fail_msg("start %u: %s", t->starts, t->r.e.text);
    judge(t);
}

static enum memvfs_crash any_crash(struct twin *t)
{
    return (enum memvfs_crash)draw(t, 4);
}

/* One random step; false if the log failed in it. */
static bool step(struct twin *t)
{
    switch (draw(t, 13)) {
    case 0:
    case 1:
    case 2:
    case 3: append(t); break;
    case 4: cut(t); break;
    case 5:
    case 6:
    case 7: flush(t); break;
    case 8:
    case 9:
    case 10:
        if (!complete(t))
            return false;
        break;
    case 11:
        if (t->compacts && draw(t, 8) == 0)
            reset(t);
        else if (t->compacts)
            compact(t);
        break;
    default:
        if (t->now.n > t->now.base) {
            uint64_t index = t->now.base + 1 + draw(t, t->now.n - t->now.base);
            int code = rig_check(&t->r, index, t->now.term[index - 1], t->now.len[index - 1]);
            if (code < 0)
                return false; /* an injected read error: the node would stop */
        }
        (void)wal_reserve(t->r.wal);
        break;
    }
    check_durable(t);
    return true;
}

static void start(struct twin *t, uint64_t seed)
{
    memset(t, 0, sizeof *t);
    t->prng = prng_named(seed, "twin");
    rig_start(&t->r, seed, (2 + draw(t, 6)) * VFS_BLOCK);
    t->r.options.cache_bytes = draw(t, 2) == 0 ? 0 : 2000;
    t->compacts = draw(t, 4) != 0;
    rig_reopen(&t->r);
}

static void random_work_and_crashes(void **state)
{
    (void)state;
    struct twin *t = malloc(sizeof *t);
    unsigned starts = 0, survived = 0, failures = 0, recycled = 0, resets = 0;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        start(t, seed);
        for (unsigned i = 0; i < 250; i++) {
            if (draw(t, 60) == 0)
                memvfs_fail_call(t->r.m, 1 + draw(t, 10), draw(t, 2) ? -E_IO : -E_NOSPACE);
            if (!step(t) || draw(t, 25) == 0)
                restart(t, any_crash(t), (unsigned)draw(t, 3));
        }
        restart(t, MEMVFS_CUT_LOSE, 0);
        starts += t->starts;
        survived += t->survived;
        failures += t->failures;
        recycled += t->recycled;
        resets += t->resets;
        rig_stop(&t->r);
    }
    free(t);
    /* The interesting things did happen. */
    assert_true(starts > 1000 && survived > 50 && failures > 100);
    assert_true(recycled > 200 && resets > 100);
}

/* A fixed piece of work, from a seed; stops where the log fails. */
static void work(struct twin *t)
{
    for (unsigned i = 0; i < 60; i++)
        if (!step(t))
            return;
}

/* Every call of that work, start included, fails once, or is the last one before a crash. */
static void every_call_fails_once(void **state)
{
    (void)state;
    struct twin *t = malloc(sizeof *t);
    for (uint64_t seed = 1; seed <= 6; seed++) {
        bool struck = true;
        for (uint64_t n = 1; struck; n++) {
            for (unsigned how = 0; how < 6; how++) {
                start(t, seed);
                memvfs_set_direct(t->r.m, how % 2 == 0);
                if (how < 4)
                    memvfs_fail_call(t->r.m, n, how < 2 ? -E_IO : -E_NOSPACE);
                else
                    memvfs_halt_at(t->r.m, n);
                work(t);
                struck = memvfs_struck(t->r.m);
                restart(t, (enum memvfs_crash)(n % 4), 0);
                rig_stop(&t->r);
            }
        }
    }
    free(t);
}

/* The n-th call of a start fails; the next start finds everything. */
static void every_call_of_a_start_fails_once(void **state)
{
    (void)state;
    struct twin *t = malloc(sizeof *t);
    for (uint64_t seed = 1; seed <= 10; seed++) {
        start(t, seed);
        work(t);
        rig_crash(&t->r, (enum memvfs_crash)(seed % 4));
        struct memvfs *before = memvfs_clone(t->r.m, seed);
        bool struck = true;
        for (uint64_t n = 1; struck; n++) {
            for (unsigned halt = 0; halt < 2; halt++) {
                memvfs_free(t->r.m);
                t->r.m = memvfs_clone(before, n);
                t->r.vfs = memvfs_vfs(t->r.m);
                if (halt)
                    memvfs_halt_at(t->r.m, n);
                else
                    memvfs_fail_call(t->r.m, n, -E_IO);
                struct model disk = t->disk;
                bool flying = t->flying;
                int code = rig_open(&t->r);
                struck = memvfs_struck(t->r.m);
                assert_true(struck == (code < 0));
                rig_crash(&t->r, (enum memvfs_crash)(n % 4));
                assert_int_equal(rig_open(&t->r), 0);
                judge(t);
                wal_close(t->r.wal);
                t->r.wal = NULL;
                t->disk = disk;
                t->flying = flying;
            }
        }
        memvfs_free(before);
        rig_stop(&t->r);
    }
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_work_and_crashes),
        cmocka_unit_test(every_call_fails_once),
        cmocka_unit_test(every_call_of_a_start_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
