/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transactions over several lists against brute force: small random histories with equal stamps,
 * unknown outcomes and planted faults, written down as Jepsen would and judged as the command does.
 * RAFTLAB_TWINS=N: so many histories. */
#include "base/buf.h"
#include "base/prng.h"
#include "emulator/check/verdict.h"
#include "emulator/formats/foreign.h"
#include "emulator/trace/history.h"
#include "tests/support/effort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HISTORIES EFFORT(10000u)
#define TXNS      5
#define PARTS     3
#define KEYS      2
#define LIST      (TXNS * PARTS)

struct list {
    unsigned at[LIST];
    unsigned count;
};

struct part {
    unsigned key;
    unsigned element; /* 0: a read */
    struct list result;
};

struct small {
    uint64_t call, ret, instant;
    bool unknown;
    struct part parts[PARTS];
    unsigned count;
};

struct twin {
    struct small txns[TXNS];
    unsigned count;
    unsigned elements;
};

static void execute(struct small *txn, struct list lists[KEYS])
{
    for (unsigned p = 0; p < txn->count; p++) {
        struct part *part = &txn->parts[p];
        struct list *list = &lists[part->key];
        if (part->element != 0)
            list->at[list->count++] = part->element;
        else
            part->result = *list;
    }
}

static void spoil(struct twin *t, struct prng *p)
{
    struct small *txn = &t->txns[prng_below(p, t->count)];
    struct part *part = &txn->parts[prng_below(p, txn->count)];
    struct list *list = &part->result;
    switch (prng_below(p, 4)) {
    case 0: list->count -= list->count > 0; break;
    case 1: list->at[list->count++] = 1 + (unsigned)prng_below(p, t->elements); break;
    case 2:
        txn->call = prng_below(p, 12);
        txn->ret = txn->call + prng_below(p, 4);
        break;
    default:
        for (unsigned i = 1; i < list->count; i++) {
            unsigned x = list->at[i];
            list->at[i] = list->at[i - 1];
            list->at[i - 1] = x;
        }
    }
    if (list->count == LIST)
        list->count--;
}

static void generate(struct twin *t, struct prng *p)
{
    struct list lists[KEYS] = {0};
    *t = (struct twin){.count = 2 + (unsigned)prng_below(p, TXNS - 1)};
    for (unsigned i = 0; i < t->count; i++) {
        struct small *txn = &t->txns[i];
        txn->call = prng_below(p, 12);
        txn->ret = txn->call + prng_below(p, 7);
        txn->instant = txn->call + prng_below(p, txn->ret - txn->call + 1);
        txn->unknown = prng_below(p, 6) == 0;
        if (txn->unknown)
            txn->instant = prng_below(p, 2) == 0 ? UINT64_MAX : txn->call + prng_below(p, 20);
        txn->count = 1 + (unsigned)prng_below(p, PARTS);
        for (unsigned k = 0; k < txn->count; k++) {
            bool appends = prng_below(p, 2) == 0;
            txn->parts[k].key = (unsigned)prng_below(p, KEYS);
            txn->parts[k].element = appends ? ++t->elements : 0;
        }
    }
    for (uint64_t now = 0; now < 40; now++) {
        for (unsigned i = 0; i < t->count; i++) {
            if (t->txns[i].instant == now)
                execute(&t->txns[i], lists);
        }
    }
    for (uint64_t n = t->elements == 0 ? 0 : prng_below(p, 3); n > 0; n--)
        spoil(t, p);
}

/* ---- brute force ---- */

static bool explains(const struct twin *t, const unsigned *order, unsigned left_out)
{
    struct list lists[KEYS] = {0};
    for (unsigned i = 0; i < t->count; i++) {
        const struct small *a = &t->txns[order[i]];
        if ((left_out >> order[i] & 1) != 0)
            continue;
        for (unsigned k = i + 1; k < t->count; k++) {
            const struct small *b = &t->txns[order[k]];
            if ((left_out >> order[k] & 1) == 0 && !b->unknown && b->ret < a->call)
                return false;
        }
        struct small copy = *a;
        execute(&copy, lists);
        for (unsigned p = 0; p < a->count && !a->unknown; p++) {
            const struct list *x = &a->parts[p].result;
            const struct list *y = &copy.parts[p].result;
            if (a->parts[p].element == 0 &&
                (x->count != y->count || memcmp(x->at, y->at, x->count * sizeof(x->at[0])) != 0))
                return false;
        }
    }
    return true;
}

static bool next_order(unsigned *order, unsigned count)
{
    unsigned i = count - 1;
    while (i > 0 && order[i - 1] > order[i])
        i--;
    if (i == 0)
        return false;
    unsigned k = count - 1;
    while (order[k] < order[i - 1])
        k--;
    unsigned x = order[k];
    order[k] = order[i - 1];
    order[i - 1] = x;
    for (unsigned a = i, b = count - 1; a < b; a++, b--) {
        x = order[a];
        order[a] = order[b];
        order[b] = x;
    }
    return true;
}

static bool is_legal(const struct twin *t)
{
    unsigned unknown = 0;
    for (unsigned i = 0; i < t->count; i++)
        unknown |= (unsigned)t->txns[i].unknown << i;
    unsigned order[TXNS] = {0, 1, 2, 3, 4};
    do {
        for (unsigned out = 0; out < 1u << t->count; out++) {
            if ((out & ~unknown) == 0 && explains(t, order, out))
                return true;
        }
    } while (next_order(order, t->count));
    return false;
}

/* ---- as the command judges ---- */

static void put_line(struct buf *out, const struct twin *t, unsigned i, bool calls)
{
    const struct small *txn = &t->txns[i];
    buf_putf(out, "{:process %u, :type :%s, :f :txn, :time %llu, :value [", i,
             calls ? "invoke" : "ok", (unsigned long long)(calls ? txn->call : txn->ret));
    for (unsigned p = 0; p < txn->count; p++) {
        const struct part *part = &txn->parts[p];
        buf_putf(out, part->element != 0 ? "[:append %u %u]" : "[:r %u ", part->key, part->element);
        if (part->element != 0)
            continue;
        buf_puts(out, calls ? "nil" : "[");
        for (unsigned k = 0; k < part->result.count && !calls; k++)
            buf_putf(out, "%u ", part->result.at[k]);
        buf_puts(out, calls ? "]" : "]]");
    }
    buf_puts(out, "]}\n");
}

static void put_history(struct buf *out, const struct twin *t)
{
    for (uint64_t now = 0; now < 40; now++) {
        for (unsigned i = 0; i < t->count; i++) {
            if (t->txns[i].call == now)
                put_line(out, t, i, true);
        }
        for (unsigned i = 0; i < t->count; i++) {
            if (t->txns[i].ret == now && !t->txns[i].unknown)
                put_line(out, t, i, false);
        }
    }
}

static int feed(void *arg, const struct trace_record *rec, struct err *e)
{
    return check_feed(arg, rec, e);
}

static enum check_verdict judged(const struct buf *text, bool *ret_whole)
{
    struct trace_names names = {0};
    struct check_facts facts = {.untraced = true};
    struct err e = {0};
    struct foreign *f = NULL;
    struct check_result res = {0};
    struct txns t = {0};
    struct check_run *run = check_open(&facts, &names);
    assert_int_equal(foreign_read(buf_str(text), text->len, &f, &e), 0);
    assert_int_equal(foreign_choose(f, LIN_LIST_APPEND, &e), 0);
    assert_int_equal(foreign_play(f, feed, run, &e), 0);
    check_finish(run);
    enum check_verdict verdict = verdict_of(run).overall;
    *ret_whole = foreign_about(f).transactions && verdict <= CHECK_VACUOUS;
    if (*ret_whole) {
        assert_int_equal(foreign_transactions(f, &t, &e), 0);
        txns_judge(&t, &res);
        assert_string_not_equal(res.sentence, "");
        assert_true((res.verdict == CHECK_VIOLATED) == (res.events_count > 0));
        verdict = res.verdict;
    }
    txns_free(&t);
    foreign_free(f);
    check_free(run);
    return verdict;
}

static void test_against_brute_force(void **state)
{
    struct prng p = prng_seed(3);
    struct twin t;
    struct buf text = {0};
    unsigned legal = 0;
    unsigned whole = 0;
    const char *given = getenv("RAFTLAB_TWINS");
    unsigned histories = given != NULL ? (unsigned)strtoul(given, NULL, 10) : HISTORIES;
    (void)state;
    for (unsigned i = 0; i < histories; i++) {
        bool by_whole = false;
        generate(&t, &p);
        buf_reset(&text);
        put_history(&text, &t);
        enum check_verdict verdict = judged(&text, &by_whole);
        bool is = is_legal(&t);
        if (verdict == CHECK_UNKNOWN || (verdict != CHECK_VIOLATED) != is)
            fail_msg("history %u: %s, brute force: %s\n%s", i, check_verdict_name(verdict),
                     is ? "legal" : "illegal", buf_str(&text));
        legal += is;
        whole += by_whole && !is;
    }
    assert_true(legal > histories / 4 && legal < histories * 9 / 10);
    assert_true(whole > histories / 50);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_brute_force)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
