/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the judge keeps of a history does not grow with it, and what it has forgotten it does not
 * need: a read that shows something from long ago is still found. */
#include "base/buf.h"
#include "base/prng.h"
#include "base/units.h"
#include "tests/support/logtold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLIENTS 6u
#define KEYS    12u
#define SHORT   20000u
#define LONG    200000u

enum shape { REGISTER, CAS, COUNTER, MIXED, SHAPES };

/* One client: asks, is executed, is answered, thinks. */
struct client {
    uint64_t due_ns;
    uint64_t op;
    unsigned number, stage, key, lives;
    enum history_kind kind;
    uint64_t value, expect, result, index;
    bool done, lost;
};

struct load {
    struct prng prng;
    double lost; /* of all writes, half of them without effect */
    bool busy;   /* nobody ever thinks: three keys are never at rest */
    bool told;   /* the nodes tell what they append, and their processes end now and then */
    uint64_t t_ns, ops, applied;
    uint64_t lost_ops;
    uint64_t state[KEYS];
    uint64_t early[2]; /* of the first register: a value that was there, one of a lost write */
    struct client clients[CLIENTS];
    struct check_run *run;
    struct trace_names names;
    struct logtold log;
    size_t peak; /* operations kept, in the second half */
};

static const char *number(char out[24], uint64_t v)
{
    (void)snprintf(out, 24, "%llu", (unsigned long long)v);
    return v == 0 ? NULL : out;
}

static const char *key_name(char out[24], unsigned key)
{
    (void)snprintf(out, 24, "k%u", key);
    return out;
}

static void feed(struct load *l, const struct trace_record *rec)
{
    struct err e;
    if (check_feed(l->run, rec, &e) < 0)
        fail_msg("%s", e.text);
}

static void invoke(struct load *l, struct client *c)
{
    char key[24], value[24], expect[24], name[40];
    (void)snprintf(name, sizeof(name), "c%u.%u", c->number, c->lives);
    feed(l, (const struct trace_record[1]){history_invoke_record(
                &(struct history_invoke){.t_ns = l->t_ns,
                                         .op = c->op,
                                         .client = name,
                                         .kind = c->kind,
                                         .key = key_name(key, c->key),
                                         .value = number(value, c->value),
                                         .expect = number(expect, c->expect),
                                         .write = c->kind == HISTORY_READ ? 0 : c->op})});
}

static void answer(struct load *l, struct client *c)
{
    char result[24];
    bool tells = !c->lost && c->kind != HISTORY_WRITE;
    feed(l, (const struct trace_record[1]){history_return_record(
                &(struct history_return){.t_ns = l->t_ns,
                                         .op = c->op,
                                         .outcome = c->lost ? HISTORY_UNKNOWN : HISTORY_OK,
                                         .result = tells ? number(result, c->result) : NULL,
                                         .tells_done = c->kind == HISTORY_CAS,
                                         .done = c->done,
                                         .index = c->lost ? 0 : c->index,
                                         .node = -1})});
    c->lives += c->lost;
}

static void draw(struct load *l, struct client *c)
{
    static const enum history_kind kinds[SHAPES][3] = {
        [REGISTER] = {HISTORY_READ, HISTORY_WRITE, HISTORY_WRITE},
        [CAS] = {HISTORY_READ, HISTORY_CAS, HISTORY_WRITE},
        [COUNTER] = {HISTORY_READ, HISTORY_INCR, HISTORY_INCR},
        [MIXED] = {HISTORY_CAS, HISTORY_INCR, HISTORY_WRITE}};
    c->key = (unsigned)prng_below(&l->prng, l->busy ? 3 : KEYS);
    c->op = ++l->ops;
    c->kind = kinds[c->key % SHAPES][prng_below(&l->prng, 3)];
    bool writes = c->kind == HISTORY_WRITE || c->kind == HISTORY_CAS;
    c->value = writes ? c->op * 1000 : 0;
    c->expect = c->kind == HISTORY_CAS ? l->state[c->key] : 0;
    c->result = 0;
    c->done = false;
    c->lost = c->kind != HISTORY_READ && c->key % SHAPES != MIXED && prng_chance(&l->prng, l->lost);
}

static void execute(struct load *l, struct client *c)
{
    uint64_t *state = &l->state[c->key];
    bool without_effect = c->lost && prng_chance(&l->prng, 0.5);
    if (c->key == 0 && c->kind == HISTORY_WRITE && l->early[without_effect] == 0)
        l->early[without_effect] = c->value;
    l->lost_ops += c->lost;
    l->log.t_ns = l->t_ns;
    if (l->told && without_effect && c->op % 2 == 0) {
        (void)logtold_append(&l->log, c->op, false);
        logtold_depose(&l->log);
    }
    if (without_effect)
        return;
    if (l->told && c->kind != HISTORY_READ) {
        (void)logtold_append(&l->log, c->op, false);
        logtold_commit(&l->log);
    }
    c->index = l->applied += c->kind != HISTORY_READ;
    c->result = *state;
    c->done = c->kind == HISTORY_CAS && *state == c->expect;
    if (c->kind == HISTORY_WRITE || c->done)
        *state = c->value;
    if (c->kind == HISTORY_INCR)
        c->result = ++*state;
}

static void step(struct load *l)
{
    struct client *c = &l->clients[0];
    for (unsigned i = 1; i < CLIENTS; i++)
        c = l->clients[i].due_ns < c->due_ns ? &l->clients[i] : c;
    l->t_ns = c->due_ns;
    if (c->stage == 0) {
        draw(l, c);
        invoke(l, c);
    } else if (c->stage == 1) {
        execute(l, c);
    } else {
        answer(l, c);
    }
    c->stage = (c->stage + 1) % 3;
    if (l->told && l->ops % 500 == 0 && c->stage == 1)
        logtold_power_cut(&l->log);
    uint64_t pause_ns = l->busy ? 1 : 20 * NS_PER_MS;
    c->due_ns += prng_below(&l->prng, c->stage == 0 ? pause_ns : 3 * NS_PER_MS);
}

static void run_load(struct load *l, unsigned ops, double lost, bool busy, bool told)
{
    static const struct check_facts facts = {.budget_steps = 1000};
    *l = (struct load){.prng = prng_seed(7), .lost = lost, .busy = busy, .told = told, .t_ns = 1};
    l->run = check_open(&facts, &l->names);
    if (told)
        logtold_start(&l->log, l->run, &l->names);
    for (unsigned i = 0; i < CLIENTS; i++) {
        l->clients[i].number = i;
        l->clients[i].due_ns = 1 + prng_below(&l->prng, 20 * NS_PER_MS);
    }
    while (l->ops < ops) {
        step(l);
        size_t kept = check_history(l->run)->count;
        if (l->ops > ops / 2 && kept > l->peak)
            l->peak = kept;
    }
}

static const struct check_result *verdict(const struct load *l)
{
    check_finish(l->run);
    const struct check_result *res = check_results_at(l->run, 0);
    assert_string_equal(res->name, "linearizable");
    return res;
}

static void expect_ok(const struct load *l)
{
    const struct check_result *res = verdict(l);
    if (res->verdict != CHECK_OK)
        fail_msg("%s", res->sentence);
}

/* Ten times as many operations, and as many kept. */
static void nothing_is_kept_of_every_operation(void **state)
{
    static const struct {
        double lost;
        bool busy, told;
    } loads[] = {{0, false, false},    {0.02, false, false}, {0, true, false},
                 {0.002, true, false}, {0.1, false, true},   {0.1, true, true}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(loads); i++) {
        struct load brief, lengthy;
        run_load(&brief, SHORT, loads[i].lost, loads[i].busy, loads[i].told);
        run_load(&lengthy, LONG, loads[i].lost, loads[i].busy, loads[i].told);
        printf("%g lost, %s%s: %zu kept of %u, %zu of %u\n", loads[i].lost,
               loads[i].busy ? "never at rest" : "with pauses", loads[i].told ? ", nodes tell" : "",
               brief.peak, SHORT, lengthy.peak, LONG);
        /* Only what was lost and never shown may still happen, if nothing proves what became of it.
         * Between two tidyings so many more. */
        uint64_t open = loads[i].told ? 0 : 4 * lengthy.lost_ops;
        assert_in_range(lengthy.peak, 1, brief.peak + 1024 + open);
        expect_ok(&brief);
        expect_ok(&lengthy);
        check_free(brief.run);
        check_free(lengthy.run);
    }
}

/* A client reads that of the first register, after everything else. */
static const struct check_result *read_late(struct load *l, uint64_t value)
{
    struct client c = {
        .number = 99, .op = ++l->ops, .kind = HISTORY_READ, .index = l->applied, .result = value};
    for (unsigned i = 0; i < 5000; i++) /* whatever was forgotten by then */
        step(l);
    l->t_ns++;
    invoke(l, &c);
    l->t_ns++;
    answer(l, &c);
    return verdict(l);
}

static void what_was_forgotten_is_still_wrong(void **state)
{
    struct load l;
    (void)state;
    run_load(&l, SHORT, 0.02, true, false);
    const struct check_result *busy = read_late(&l, l.early[0]);
    if (busy->verdict != CHECK_VIOLATED || strstr(busy->sentence, "key k0, stale read: ") == NULL)
        fail_msg("%s", busy->sentence);
    check_free(l.run);
    run_load(&l, SHORT, 0.02, false, false);
    const struct check_result *res = read_late(&l, l.early[0]);
    assert_int_equal(res->verdict, CHECK_VIOLATED);
    if (strstr(res->sentence, "key k0, stale read: client c99.0 read ") == NULL)
        fail_msg("%s", res->sentence);
    assert_non_null(strstr(res->sentence, "although the key had held "));
    assert_true(res->events_count >= 2);
    check_free(l.run);
}

/* A write whose outcome nobody knows may take effect however late. */
static void what_is_lost_may_land_late(void **state)
{
    (void)state;
    for (int busy = 0; busy < 2; busy++) {
        struct load l;
        run_load(&l, SHORT, 0.02, busy == 1, false);
        const struct check_result *res = read_late(&l, l.early[1]);
        if (res->verdict != CHECK_OK)
            fail_msg("%s", res->sentence);
        check_free(l.run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_forgotten_is_still_wrong),
        cmocka_unit_test(what_is_lost_may_land_late),
        cmocka_unit_test(nothing_is_kept_of_every_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
