/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The roads to a verdict against brute force, both directions, on small random histories with many
 * equal stamps, unknown outcomes and planted faults. RAFTLAB_TWINS=N: N histories a type. */
#include "base/buf.h"
#include "emulator/check/lin/cut.h"
#include "emulator/check/lin/prune.h"
#include "tests/support/effort.h"
#include "tests/support/lintwin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HISTORIES_DEFAULT EFFORT(100000u)

struct tally {
    unsigned legal;
    unsigned illegal;
    unsigned unknown; /* with at least one unknown outcome */
    unsigned refused;
    unsigned proven; /* by the log order */
    unsigned unspoiled;
    unsigned cuts;    /* behind a legal left part */
    unsigned uncut;   /* … where nobody knows what crosses it */
    unsigned carried; /* … where something does */
    unsigned pruned;
    unsigned emptied; /* with an empty answer beside dequeues of unknown outcome */
};

static unsigned histories(void)
{
    const char *text = getenv("RAFTLAB_TWINS");
    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : HISTORIES_DEFAULT;
}

static void expect(const struct twin *t, unsigned i, const char *road, enum lin_answer answer,
                   bool legal)
{
    if ((answer == LIN_LEGAL) == legal && (answer == LIN_LEGAL || answer == LIN_ILLEGAL))
        return;
    twin_print(t);
    fail_msg("history %u: %s says %d, brute force %s", i, road, (int)answer,
             legal ? "legal" : "illegal");
}

static bool has_unknown(const struct twin *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->ops[i].outcome == HISTORY_UNKNOWN)
            return true;
    }
    return false;
}

static bool has_emptied(const struct twin *t)
{
    bool empty = false;
    bool lost = false;
    for (size_t i = 0; i < t->count; i++) {
        const struct twin_op *op = &t->ops[i];
        if (op->kind != HISTORY_DEQUEUE)
            continue;
        lost = lost || op->outcome == HISTORY_UNKNOWN;
        empty = empty || (op->outcome == HISTORY_OK && op->result == 0);
    }
    return empty && lost;
}

/* The type's algorithm, or the search. */
static enum lin_answer judge(const struct lin_key *key, struct lin_scratch *s)
{
    struct lin_finding why = {0};
    struct lin_budget budget = {.steps = 1000000, .bytes = 1u << 28};
    enum lin_answer answer = lin_typed(key, s, &why);
    if (answer == LIN_REFUSED)
        answer = lin_search(key, &budget, &why);
    if (answer == LIN_ILLEGAL)
        assert_true(why.pattern != NULL && why.sentence[0] != '\0' && why.ops_count > 0);
    return answer;
}

/* The history in two parts, each by itself; LIN_REFUSED if there is no exact cut. */
static enum lin_answer judge_cut(const struct lin_key *key, size_t left, struct lin_scratch *s,
                                 struct tally *tally)
{
    struct lin_cut cut;
    uint32_t pos[TWIN_OPS_MAX];
    size_t count = 0;
    if (!lin_cut_find(key, left, left, 0, &cut))
        return LIN_REFUSED;
    struct lin_key part = *key;
    part.count = cut.left;
    if (judge(&part, s) == LIN_ILLEGAL)
        return LIN_ILLEGAL;
    tally->cuts++;
    if (!lin_cut_carry(key, &cut, s, pos, &count)) {
        tally->uncut++;
        return LIN_REFUSED;
    }
    tally->carried += count > 0;
    for (size_t i = cut.left; i < key->count; i++)
        pos[count++] = key->pos[i];
    part = (struct lin_key){
        .h = key->h, .pos = pos, .count = count, .initial = cut.initial, .told = cut.told + 1};
    return judge(&part, s);
}

/* The history as it is known at now_ns, and what else may be called before the answers of that are
 * all known. */
static uint64_t until(struct history *h, uint64_t now_ns)
{
    uint64_t since_ns = now_ns + 1;
    for (size_t i = 0; i < h->count; i++) {
        struct history_op *op = &h->ops[i];
        if (op->outcome == HISTORY_UNKNOWN && op->ret_ns > now_ns)
            op->ret_ns = HISTORY_NEVER; /* that it is over is not known yet */
        if (op->call_ns > now_ns || op->ret_ns <= now_ns || op->outcome == HISTORY_UNKNOWN)
            continue;
        op->outcome = HISTORY_UNKNOWN;
        op->answered = false;
        op->ret_ns = HISTORY_NEVER;
        since_ns = op->call_ns < since_ns ? op->call_ns : since_ns;
    }
    return since_ns;
}

/* Pruned at an instant, then judged with what comes later; LIN_REFUSED if nothing can be pruned. */
static enum lin_answer judge_pruned(const struct lin_key *key, uint64_t now_ns,
                                    struct lin_scratch *s, struct tally *tally)
{
    uint32_t pos[TWIN_OPS_MAX];
    struct history now = *key->h;
    struct history_op ops[TWIN_OPS_MAX];
    struct lin_finding why = {0};
    struct lin_pruned pruned = {.pos = pos};
    memcpy(ops, now.ops, now.count * sizeof(*ops));
    now.ops = ops;
    uint64_t since_ns = until(&now, now_ns);
    struct lin_key part = *key;
    part.h = &now;
    for (part.count = 0; part.count < key->count; part.count++) {
        if (ops[part.count].call_ns > now_ns)
            break;
    }
    enum lin_answer so_far = lin_typed(&part, s, &why);
    if (so_far != LIN_LEGAL)
        return so_far == LIN_ILLEGAL ? LIN_ILLEGAL : LIN_REFUSED;
    if (!lin_prune(&part, since_ns, s, &pruned) || pruned.count == part.count)
        return LIN_REFUSED;
    tally->pruned++;
    for (size_t i = part.count; i < key->count; i++)
        pos[pruned.count++] = key->pos[i];
    struct lin_key rest = {.h = key->h, .pos = pos, .count = pruned.count, .told = pruned.told};
    if (pruned.told != 0)
        rest.initial = lin_cut_told(&key->h->ops[pruned.told - 1]);
    return judge(&rest, s);
}

/* What shrinking named contradicts itself: the others need not have happened, and nobody need have
 * looked. */
static void expect_contradiction(const struct twin *t, unsigned i, const struct history *h,
                                 const struct lin_finding *why)
{
    struct twin rest = *t;
    if (why->ops_count == LIN_OPS_MAX)
        return; /* there may be more */
    for (uint32_t k = 0; k < t->count; k++) {
        bool named = false;
        for (size_t n = 0; n < why->ops_count; n++)
            named = named || why->ops[n] == k;
        if (named || rest.ops[k].outcome != HISTORY_OK)
            continue;
        rest.ops[k].outcome = history_observes(&h->ops[k]) ? HISTORY_FAIL : HISTORY_UNKNOWN;
        rest.ops[k].ret = HISTORY_NEVER;
    }
    if (!twin_is_legal(&rest))
        return;
    twin_print(t);
    twin_print(&rest);
    fail_msg("history %u: shrunk to what is legal", i);
}

/* The type's algorithm and the search against brute force; the witness never proves an illegal
 * history, and does prove a legal one whose operations all tell their index. */
static void compare(const struct twin *t, unsigned i, struct tally *tally)
{
    struct history h = {0};
    struct lin_scratch scratch;
    struct lin_finding why = {0};
    struct lin_budget budget = {.steps = 1000000, .bytes = 1u << 28};
    uint32_t pos[TWIN_OPS_MAX];
    twin_to_history(t, &h);
    for (uint32_t k = 0; k < t->count; k++)
        pos[k] = k;
    struct lin_key key = {.h = &h, .pos = pos, .count = t->count};
    bool legal = twin_is_legal(t);
    lin_scratch_init(&scratch, &h);

    enum lin_answer type = lin_typed(&key, &scratch, &why);
    tally->refused += type == LIN_REFUSED;
    if (type != LIN_REFUSED)
        expect(t, i, "the type's algorithm", type, legal);
    if (type == LIN_ILLEGAL)
        assert_true(why.pattern != NULL && why.sentence[0] != '\0' && why.ops_count > 0);
    expect(t, i, "the search", lin_search(&key, &budget, &why), legal);
    if (!legal && i % 16 == 0) {
        lin_shrink(&key, LIN_SHRINK_STEPS, &why);
        assert_true(why.pattern != NULL && why.ops_count > 0);
        expect_contradiction(t, i, &h, &why);
    }
    enum lin_answer witness = lin_witness(&key, &scratch);
    if (witness == LIN_LEGAL)
        expect(t, i, "the witness", witness, legal);
    if (t->spoils == 0) {
        assert_true(legal);
        tally->unspoiled++;
        if (!has_unknown(t) && witness != LIN_REFUSED)
            assert_int_equal(witness, LIN_LEGAL);
    }
    for (size_t left = 1; left < key.count; left++) {
        enum lin_answer cut = judge_cut(&key, left, &scratch, tally);
        if (cut != LIN_REFUSED)
            expect(t, i, "the history cut in two", cut, legal);
    }
    for (uint64_t now_ns = 2; now_ns < 16; now_ns += 3) {
        enum lin_answer rest = judge_pruned(&key, now_ns, &scratch, tally);
        if (rest != LIN_REFUSED)
            expect(t, i, "what is left after pruning", rest, legal);
    }
    for (uint32_t k = 0; k < h.texts.count; k++)
        assert_int_equal(scratch.by_text[k], 0);
    tally->proven += witness == LIN_LEGAL;
    tally->legal += legal;
    tally->illegal += !legal;
    tally->unknown += has_unknown(t);
    tally->emptied += has_emptied(t);
    lin_scratch_free(&scratch);
    history_close(&h);
}

static void compare_type(enum twin_type type, unsigned refused_max_percent)
{
    struct tally tally = {0};
    struct prng p = prng_seed(20240607u + (unsigned)type);
    unsigned count = histories();
    for (unsigned i = 0; i < count; i++) {
        struct twin t;
        twin_generate(&t, type, &p);
        compare(&t, i, &tally);
    }
    printf("legal %u, illegal %u, with unknown outcomes %u, refused %u, proven by log order %u, "
           "cuts %u, not exact %u, carrying something %u, "
           "pruned %u, emptied %u\n",
           tally.legal, tally.illegal, tally.unknown, tally.refused, tally.proven, tally.cuts,
           tally.uncut, tally.carried, tally.pruned, tally.emptied);
    assert_true(tally.illegal >= count / 4);
    assert_true(tally.legal >= count / 5);
    assert_true(tally.unknown >= count * 2 / 5);
    assert_true(tally.unspoiled >= count / (type == TWIN_QUEUE_LOST ? 25 : 10));
    assert_true(tally.refused <= count / 100 * refused_max_percent);
    if (type == TWIN_REGISTER || type == TWIN_CHAIN || type == TWIN_COUNTER || type == TWIN_LIST)
        assert_true(tally.pruned >= count / 2);
    if (type == TWIN_QUEUE || type == TWIN_QUEUE_LOST)
        assert_true(tally.cuts >= count / 20 && tally.uncut <= tally.cuts / 200);
    if (type == TWIN_QUEUE_READ)
        assert_true(tally.cuts >= count / 4 && tally.carried >= count / 100);
    if (type == TWIN_QUEUE_LOST)
        assert_true(tally.emptied >= count / 4 && tally.carried >= count / 100);
    if (type == TWIN_KV)
        assert_true(tally.cuts >= count / 4 && tally.uncut <= tally.cuts / 2);
    if (type <= TWIN_BLIND) {
        assert_true(tally.cuts >= count / 4 && tally.carried >= count / 20);
        assert_true(tally.uncut <= tally.cuts / 200);
    }
}

static void registers(void **state)
{
    (void)state;
    compare_type(TWIN_REGISTER, 0);
}

static void lists(void **state)
{
    (void)state;
    compare_type(TWIN_LIST, 10);
}

static void chains(void **state)
{
    (void)state;
    compare_type(TWIN_CHAIN, 0);
}

static void chains_of_lost_cas(void **state)
{
    (void)state;
    compare_type(TWIN_CHAIN_LOST, 0);
}

static void counters(void **state)
{
    (void)state;
    compare_type(TWIN_COUNTER, 0);
}

static void mixtures(void **state)
{
    (void)state;
    compare_type(TWIN_MIXED, 100);
}

static void blind_counters(void **state)
{
    (void)state;
    compare_type(TWIN_BLIND, 0);
}

static void sets(void **state)
{
    (void)state;
    compare_type(TWIN_SET, 0);
}

static void flags(void **state)
{
    (void)state;
    compare_type(TWIN_FLAGS, 0);
}

static void queues(void **state)
{
    (void)state;
    compare_type(TWIN_QUEUE, 0);
}

static void queues_with_lost_dequeues(void **state)
{
    (void)state;
    compare_type(TWIN_QUEUE_LOST, 0);
}

static void queues_that_are_read(void **state)
{
    (void)state;
    compare_type(TWIN_QUEUE_READ, 100);
}

static void mixed_sets(void **state)
{
    (void)state;
    compare_type(TWIN_MIXED_SET, 100);
}

static void values_that_go(void **state)
{
    (void)state;
    compare_type(TWIN_KV, 100);
}

/* A cas that swapped by 4, if it ever did: whoever asks later may find what it made. */
static void a_cas_that_is_over_may_have_swapped(void **state)
{
    static const struct twin t = {
        .type = TWIN_CHAIN,
        .count = 5,
        .ops = {{.kind = HISTORY_WRITE, .outcome = HISTORY_OK, .call = 0, .ret = 1, .arg = 4},
                {.kind = HISTORY_READ, .outcome = HISTORY_OK, .call = 1, .ret = 2, .result = 4},
                {.kind = HISTORY_CAS,
                 .outcome = HISTORY_UNKNOWN,
                 .call = 1,
                 .ret = 4,
                 .arg = 5,
                 .expect = 4},
                {.kind = HISTORY_READ, .outcome = HISTORY_OK, .call = 2, .ret = 2, .result = 4},
                {.kind = HISTORY_READ, .outcome = HISTORY_OK, .call = 12, .ret = 13, .result = 5}}};
    struct tally tally = {0};
    (void)state;
    compare(&t, 0, &tally);
    assert_int_equal(tally.legal, 1);
    assert_true(tally.pruned > 0);
}

static void expect_illegal_and(const struct twin *t, bool cut)
{
    struct tally tally = {0};
    compare(t, 0, &tally);
    assert_int_equal(tally.illegal, 1);
    assert_true(cut ? tally.carried > 0 : tally.pruned > 0);
}

/* The read of 2 shows that a cas made it of 1, which was there for that and is gone. */
static void a_cut_knows_what_a_cas_that_is_over_expected(void **state)
{
    static const struct twin t = {
        .type = TWIN_CHAIN,
        .spoils = 1,
        .count = 6,
        .ops = {{.kind = HISTORY_WRITE, .call = 0, .ret = HISTORY_NEVER, .arg = 1},
                {.kind = HISTORY_CAS, .call = 1, .ret = 2, .arg = 2, .expect = 1},
                {.kind = HISTORY_WRITE, .call = 1, .ret = HISTORY_NEVER, .arg = 4},
                {.kind = HISTORY_READ, .outcome = HISTORY_OK, .call = 3, .ret = 4, .result = 2},
                {.kind = HISTORY_WRITE, .outcome = HISTORY_OK, .call = 5, .ret = 6, .arg = 3},
                {.kind = HISTORY_READ, .outcome = HISTORY_OK, .call = 7, .ret = 8, .result = 1}}};
    (void)state;
    expect_illegal_and(&t, true);
}

/* 4 was written after the read of nothing, so the cas of 4 came too late. */
static void a_cas_that_is_over_came_too_late(void **state)
{
    static const struct twin t = {
        .type = TWIN_CHAIN,
        .spoils = 1,
        .count = 5,
        .ops = {{.kind = HISTORY_READ, .outcome = HISTORY_OK, .call = 3, .ret = 6},
                {.kind = HISTORY_WRITE, .outcome = HISTORY_OK, .call = 4, .ret = 6, .arg = 4},
                {.kind = HISTORY_CAS, .call = 5, .ret = 5, .arg = 3, .expect = 4},
                {.kind = HISTORY_READ, .outcome = HISTORY_OK, .call = 6, .ret = 7},
                {.kind = HISTORY_READ, .outcome = HISTORY_OK, .call = 12, .ret = 15, .result = 3}}};
    (void)state;
    expect_illegal_and(&t, false);
}

/* 2 was gone when 5 was written: that the value of 1 was swapped for it belongs to the story. */
static void shrinking_keeps_who_made_a_value(void **state)
{
    static const struct twin t = {
        .type = TWIN_MIXED,
        .spoils = 1,
        .count = 5,
        .ops = {{.kind = HISTORY_WRITE, .outcome = HISTORY_OK, .call = 0, .ret = 1, .arg = 1},
                {.kind = HISTORY_CAS,
                 .outcome = HISTORY_OK,
                 .call = 2,
                 .ret = 3,
                 .arg = 2,
                 .expect = 1,
                 .result = 1,
                 .done = true},
                {.kind = HISTORY_WRITE, .outcome = HISTORY_OK, .call = 4, .ret = 5, .arg = 1},
                {.kind = HISTORY_WRITE, .outcome = HISTORY_OK, .call = 6, .ret = 7, .arg = 5},
                {.kind = HISTORY_READ, .outcome = HISTORY_OK, .call = 8, .ret = 9, .result = 2}}};
    struct tally tally = {0};
    (void)state;
    compare(&t, 0, &tally);
    assert_int_equal(tally.illegal, 1);
}

/* 1 was seen in the queue, which is empty later: nobody can take it after that. */
static void a_cut_knows_what_a_queue_held(void **state)
{
    static const struct twin t = {
        .type = TWIN_QUEUE_READ,
        .spoils = 1,
        .count = 6,
        .ops = {
            {.kind = HISTORY_ENQUEUE, .call = 0, .ret = HISTORY_NEVER, .arg = 1},
            {.kind = HISTORY_ENQUEUE, .call = 0, .ret = HISTORY_NEVER, .arg = 2},
            {.kind = HISTORY_READ, .outcome = HISTORY_OK, .call = 1, .ret = 2, .result = 1},
            {.kind = HISTORY_DEQUEUE, .call = 3, .ret = HISTORY_NEVER},
            {.kind = HISTORY_DEQUEUE, .outcome = HISTORY_OK, .call = 4, .ret = 5},
            {.kind = HISTORY_DEQUEUE, .outcome = HISTORY_OK, .call = 6, .ret = 7, .result = 1}}};
    (void)state;
    expect_illegal_and(&t, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers),
        cmocka_unit_test(lists),
        cmocka_unit_test(chains),
        cmocka_unit_test(chains_of_lost_cas),
        cmocka_unit_test(counters),
        cmocka_unit_test(mixtures),
        cmocka_unit_test(sets),
        cmocka_unit_test(blind_counters),
        cmocka_unit_test(flags),
        cmocka_unit_test(queues),
        cmocka_unit_test(queues_that_are_read),
        cmocka_unit_test(mixed_sets),
        cmocka_unit_test(queues_with_lost_dequeues),
        cmocka_unit_test(values_that_go),
        cmocka_unit_test(a_cas_that_is_over_may_have_swapped),
        cmocka_unit_test(a_cut_knows_what_a_cas_that_is_over_expected),
        cmocka_unit_test(a_cas_that_is_over_came_too_late),
        cmocka_unit_test(a_cut_knows_what_a_queue_held),
        cmocka_unit_test(shrinking_keeps_who_made_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
