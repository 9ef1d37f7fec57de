/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the nodes' traces prove of writes whose answer was lost: small random histories beside the
 * trace of a cluster that executed them. What is proved must be true; the verdict must be that of
 * brute force over what is proved; and no proof may make a history legal that is not. */
#include "base/prng.h"
#include "tests/support/effort.h"
#include "tests/support/lintwin.h"
#include "tests/support/logtold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TRIALS  EFFORT(6000u)
#define MOMENTS 120
#define END     48 /* after everything in a twin */

enum what { INVOKE, EFFECT, ANSWER, LEADER, POWER, RESTART };

/* Something that happens at a time; `at` is an operation, or a node. */
struct moment {
    uint64_t t;
    enum what what;
    size_t at;
};

struct trial {
    struct twin twin;
    struct history texts; /* the twin's operations in the checkers' form */
    struct prng prng;
    struct moment moments[MOMENTS];
    size_t count;
    bool lies; /* the trace keeps silent about one write that happens */
    struct {
        uint64_t given_up; /* of unknown ones: when */
        bool invoked, hidden;
    } ops[TWIN_OPS_MAX];
    struct check_run *run;
    struct trace_names names;
    struct logtold log;
};

static struct {
    size_t happened, never, open, lies, legal, illegal, sharper;
} seen;

static uint64_t time_of(uint64_t t)
{
    return 1000 + t * 1000;
}

static void add(struct trial *x, uint64_t t, enum what what, size_t at)
{
    assert_true(x->count < MOMENTS);
    x->moments[x->count++] = (struct moment){t, what, at};
}

/* Does the node's process live from one time to the other? */
static bool lives(const struct trial *x, size_t node, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < x->count; i++) {
        const struct moment *m = &x->moments[i];
        if ((m->what == POWER || (m->what == RESTART && m->at == node)) && m->t >= from &&
            m->t <= to)
            return false;
    }
    return true;
}

/* A request that its client has given up can still be somewhere at `to`: with who had it at `from`,
 * or with whom that one sent it on to in between. */
static bool survives(const struct trial *x, uint64_t from, uint64_t to)
{
    for (uint64_t sent = from; sent <= to; sent++) {
        for (size_t pair = 0; pair < LOGTOLD_NODES * LOGTOLD_NODES; pair++) {
            if (lives(x, pair / LOGTOLD_NODES, from, sent) &&
                lives(x, pair % LOGTOLD_NODES, sent, to))
                return true;
        }
    }
    return false;
}

/* Its client gives up some time; what only a process remembers dies with it. */
static uint64_t give_up(struct trial *x, const struct twin_op *op)
{
    uint64_t t = op->call + prng_below(&x->prng, 10);
    if (op->instant != HISTORY_NEVER && t < op->instant && !survives(x, t, op->instant))
        t = op->instant;
    return t;
}

/* The nodes alone tell that something is over. */
static void forget_ends(struct twin *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->ops[i].outcome == HISTORY_UNKNOWN)
            t->ops[i].ret = HISTORY_NEVER;
    }
}

static void plan(struct trial *x)
{
    for (uint64_t n = prng_below(&x->prng, 3); n > 0; n--)
        add(x, prng_below(&x->prng, END), LEADER, 0);
    for (uint64_t n = prng_below(&x->prng, 2); n > 0; n--)
        add(x, prng_below(&x->prng, END), POWER, 0);
    uint64_t until = prng_chance(&x->prng, 0.5) ? END / 2 : END;
    for (uint64_t n = prng_below(&x->prng, 20); n > 0; n--)
        add(x, prng_below(&x->prng, until), RESTART, prng_below(&x->prng, LOGTOLD_NODES));
    for (size_t i = 0; i < x->twin.count; i++) {
        const struct twin_op *op = &x->twin.ops[i];
        add(x, op->call, INVOKE, i);
        x->ops[i].given_up = op->outcome == HISTORY_UNKNOWN ? give_up(x, op) : op->ret;
        if (op->kind != HISTORY_READ && op->instant != HISTORY_NEVER)
            add(x, op->instant, EFFECT, i);
        add(x, x->ops[i].given_up, ANSWER, i);
        x->ops[i].hidden = x->lies && op->outcome == HISTORY_UNKNOWN;
    }
}

/* At one moment: in any order, but asked before answered, and executed before a process ends. */
static int by_time(const void *a, const void *b)
{
    const struct moment *x = a;
    const struct moment *y = b;
    if (x->t != y->t)
        return x->t < y->t ? -1 : 1;
    return (x->what > y->what) - (x->what < y->what);
}

/* ---- telling ---- */

static void feed(struct trial *x, const struct trace_record *rec)
{
    struct err e;
    if (check_feed(x->run, rec, &e) < 0)
        fail_msg("%s", e.text);
}

static struct trace_text text(const struct trial *x, uint32_t number)
{
    return texts_get(&x->texts.texts, number);
}

static uint64_t name_of(size_t at)
{
    return 77 + at;
}

static void invoke(struct trial *x, size_t at)
{
    const struct history_op *op = &x->texts.ops[at];
    struct trace_record rec;
    trace_record_init(&rec, TRACE_clientInvoke);
    TRACE_PUT(&rec, t, x->log.t_ns);
    TRACE_PUT(&rec, op, at);
    TRACE_PUT(&rec, client, trace_text_of("c"));
    TRACE_PUT(&rec, kind, trace_text_of(history_kind_name((enum history_kind)op->kind)));
    TRACE_PUT(&rec, key, trace_text_of("k"));
    TRACE_PUT(&rec, value, text(x, op->value));
    TRACE_PUT(&rec, expect, text(x, op->expect));
    if (op->kind != HISTORY_READ)
        TRACE_PUT(&rec, write, name_of(at));
    feed(x, &rec);
    x->ops[at].invoked = true;
}

static void answer(struct trial *x, size_t at)
{
    const struct history_op *op = &x->texts.ops[at];
    struct trace_record rec;
    trace_record_init(&rec, TRACE_clientReturn);
    TRACE_PUT(&rec, t, x->log.t_ns);
    TRACE_PUT(&rec, op, at);
    TRACE_PUT(&rec, outcome,
              trace_text_of(history_outcome_name((enum history_outcome)op->outcome)));
    if (op->outcome == HISTORY_OK && !op->silent &&
        (op->kind != HISTORY_INCR || !x->twin.ops[at].silent))
        TRACE_PUT(&rec, result, text(x, op->result));
    if (op->kind == HISTORY_CAS || (op->kind == HISTORY_DELETE && !op->silent))
        TRACE_PUT(&rec, done, op->done);
    feed(x, &rec);
}

/* What will not happen may yet have been appended by a leader that loses it, if anybody still has
 * it. */
static void depose(struct trial *x, uint64_t t)
{
    logtold_commit(&x->log);
    for (size_t i = 0; i < x->twin.count; i++) {
        const struct twin_op *op = &x->twin.ops[i];
        if (op->outcome == HISTORY_UNKNOWN && op->instant == HISTORY_NEVER && x->ops[i].invoked &&
            (x->ops[i].given_up >= t || survives(x, x->ops[i].given_up, t)) &&
            prng_chance(&x->prng, 0.5))
            (void)logtold_append(&x->log, name_of(i), false);
    }
    logtold_depose(&x->log);
}

static void effect(struct trial *x, size_t at)
{
    (void)logtold_append(&x->log, name_of(at), x->ops[at].hidden);
    if (x->twin.ops[at].outcome != HISTORY_UNKNOWN || prng_chance(&x->prng, 0.5))
        logtold_commit(&x->log);
}

static void tell(struct trial *x)
{
    qsort(x->moments, x->count, sizeof(x->moments[0]), by_time);
    logtold_start(&x->log, x->run, &x->names);
    for (size_t i = 0; i < x->count; i++) {
        const struct moment *m = &x->moments[i];
        x->log.t_ns = time_of(m->t);
        switch (m->what) {
        case INVOKE: invoke(x, m->at); break;
        case ANSWER: answer(x, m->at); break;
        case EFFECT: effect(x, m->at); break;
        case LEADER: depose(x, m->t); break;
        case POWER: logtold_power_cut(&x->log); break;
        case RESTART: logtold_restart(&x->log, (int)m->at); break;
        }
    }
    /* Now whatever can be proved is. */
    for (uint64_t i = 0; prng_chance(&x->prng, 0.7) && i < 3; i++) {
        x->log.t_ns = time_of(END + i);
        logtold_power_cut(&x->log);
    }
}

/* ---- judging ---- */

/* What is proved of one operation; whether it is true. */
static void compare(struct trial *x, size_t at, const struct history_op *told)
{
    struct twin_op *op = &x->twin.ops[at];
    if (op->outcome != HISTORY_UNKNOWN || op->kind == HISTORY_READ)
        return;
    bool never = told->proved && told->outcome == HISTORY_FAIL;
    bool happened = told->proved && !never;
    seen.never += never;
    seen.happened += happened;
    seen.open += !told->proved;
    if (x->ops[at].hidden && op->instant != HISTORY_NEVER) {
        assert_false(happened);
    } else if (op->call <= op->instant) { /* else it was spoiled: moved behind its own effect */
        assert_false(never && op->instant != HISTORY_NEVER);
        assert_false(happened && op->instant == HISTORY_NEVER);
        assert_false(happened && told->ret_ns < time_of(op->instant));
    }
    if (!told->proved)
        return;
    op->outcome = (enum history_outcome)told->outcome;
    op->ret = (told->ret_ns - 1000) / 1000;
    /* what they made or found is not told */
    op->silent = op->kind == HISTORY_INCR || op->kind == HISTORY_DELETE;
    if (op->kind == HISTORY_APPEND)
        op->result = 0;
}

static void judge(struct trial *x)
{
    bool before = twin_is_legal(&x->twin);
    check_finish(x->run);
    const struct history *h = check_history(x->run);
    const struct check_result *res = check_results_at(x->run, 0);
    assert_int_equal(h->count, x->twin.count);
    for (size_t i = 0; i < h->count; i++)
        compare(x, (size_t)h->ops[i].id, &h->ops[i]);
    bool after = twin_is_legal(&x->twin);
    bool legal = res->verdict == CHECK_OK || res->verdict == CHECK_VACUOUS;
    if (legal != after || (legal && !before)) {
        twin_print(&x->twin);
        fail_msg("%s; by brute force it is %d, before any proof %d", res->sentence, after, before);
    }
    assert_true(after || x->twin.spoils > 0 || x->lies);
    seen.legal += legal;
    seen.illegal += !legal;
    seen.sharper += before && !after;
    seen.lies += x->lies && before && !after;
}

static void proofs_are_true_and_exact(void **state)
{
    static const enum twin_type types[] = {TWIN_REGISTER, TWIN_LIST, TWIN_CHAIN,
                                           TWIN_COUNTER,  TWIN_KV,   TWIN_QUEUE};
    static const struct check_facts facts = {0};
    (void)state;
    for (uint64_t seed = 1; seed <= TRIALS; seed++) {
        struct trial x = {.prng = prng_seed(seed)};
        twin_generate(&x.twin, types[seed % ARRAY_LEN(types)], &x.prng);
        forget_ends(&x.twin);
        x.lies = prng_chance(&x.prng, 0.15);
        twin_to_history(&x.twin, &x.texts);
        x.run = check_open(&facts, &x.names);
        plan(&x);
        tell(&x);
        judge(&x);
        check_free(x.run);
        history_close(&x.texts);
    }
    printf("%u histories: %zu legal, %zu not, %zu only by proof; of lost writes %zu happened, %zu "
           "never will, %zu stay open; %zu lies found\n",
           TRIALS, seen.legal, seen.illegal, seen.sharper, seen.happened, seen.never, seen.open,
           seen.lies);
    assert_true(seen.happened > TRIALS / 10 && seen.never > TRIALS / 10 &&
                seen.open > TRIALS / 10 && seen.illegal > TRIALS / 5 && seen.legal > TRIALS / 5 &&
                seen.sharper > TRIALS / 200 && seen.lies > TRIALS / 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(proofs_are_true_and_exact)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
