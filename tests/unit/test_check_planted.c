/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Violations planted into long lawful histories are found, wherever they stand and however many
 * clients there are; the same histories without them raise no alarm. */
#include "base/buf.h"
#include "emulator/check/lin/lin.h"
#include "tests/support/linload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct plant {
    const char *name;
    const char *patterns; /* what the finding may be called */
    bool list;
    bool (*put)(struct linload *l, size_t at); /* false: not possible from there on */
};

static struct history_op *op_at(struct linload *l, size_t i)
{
    return &l->history.ops[i];
}

static bool is_ok(const struct history_op *op, enum history_kind kind)
{
    return op->kind == kind && op->outcome == HISTORY_OK;
}

/* Two acknowledged writes, executed one after the other without overlap, the first at or after
 * `at` of the order; then a read called after the second was acknowledged. */
static bool find_overwritten(struct linload *l, size_t at, uint32_t *v, uint32_t *u, uint32_t *r)
{
    for (size_t i = at; i < l->order_count; i++) {
        if (!is_ok(op_at(l, l->order[i]), l->history.ops[l->order[i]].kind) ||
            op_at(l, l->order[i])->kind == HISTORY_READ)
            continue;
        for (size_t k = i + 1; k < l->order_count; k++) {
            struct history_op *b = op_at(l, l->order[k]);
            if (b->kind == HISTORY_READ || b->outcome != HISTORY_OK ||
                op_at(l, l->order[i])->ret_ns >= b->call_ns)
                continue;
            for (size_t n = k + 1; n < l->order_count; n++) {
                if (is_ok(op_at(l, l->order[n]), HISTORY_READ) &&
                    op_at(l, l->order[n])->call_ns > b->ret_ns) {
                    *v = l->order[i];
                    *u = l->order[k];
                    *r = l->order[n];
                    return true;
                }
            }
        }
    }
    return false;
}

static bool stale_read(struct linload *l, size_t at)
{
    uint32_t v;
    uint32_t u;
    uint32_t r;
    if (!find_overwritten(l, at, &v, &u, &r))
        return false;
    op_at(l, r)->result = op_at(l, v)->value;
    return true;
}

static bool lost_write(struct linload *l, size_t at)
{
    uint32_t v;
    uint32_t u;
    uint32_t r;
    if (!find_overwritten(l, at, &v, &u, &r))
        return false;
    op_at(l, r)->result = 0;
    return true;
}

static struct history_op *writer_of(struct linload *l, uint32_t value)
{
    for (size_t i = 0; i < l->history.count; i++) {
        if (op_at(l, i)->kind == HISTORY_WRITE && op_at(l, i)->value == value)
            return op_at(l, i);
    }
    return NULL;
}

/* A write without an answer was seen, overwritten, and is there again. */
static bool lands_twice(struct linload *l, size_t at)
{
    uint32_t v;
    uint32_t u;
    uint32_t r;
    for (size_t i = at; i < l->order_count; i++) {
        const struct history_op *seen = op_at(l, l->order[i]);
        if (!is_ok(seen, HISTORY_READ) || seen->result == 0 ||
            !find_overwritten(l, i, &v, &u, &r) || op_at(l, v)->call_ns <= seen->ret_ns)
            continue;
        struct history_op *write = writer_of(l, seen->result);
        write->outcome = HISTORY_UNKNOWN;
        write->ret_ns = HISTORY_NEVER;
        op_at(l, r)->result = seen->result;
        return true;
    }
    return false;
}

/* A read that somebody made is of a value whose write is called refused. */
static bool refused(struct linload *l, size_t at)
{
    for (size_t i = at; i < l->order_count; i++) {
        const struct history_op *read = op_at(l, l->order[i]);
        for (size_t k = 0; k < l->history.count && is_ok(read, HISTORY_READ); k++) {
            struct history_op *op = op_at(l, k);
            if (op->kind == HISTORY_WRITE && op->value == read->result &&
                op->outcome == HISTORY_OK) {
                op->outcome = HISTORY_FAIL;
                return true;
            }
        }
    }
    return false;
}

static bool phantom(struct linload *l, size_t at)
{
    for (size_t i = at; i < l->order_count; i++) {
        struct history_op *op = op_at(l, l->order[i]);
        if (is_ok(op, HISTORY_READ)) {
            op->result = linload_text(l, "nobody", 6);
            return true;
        }
    }
    return false;
}

static bool future(struct linload *l, size_t at)
{
    for (size_t i = at; i < l->order_count; i++) {
        struct history_op *read = op_at(l, l->order[i]);
        for (size_t k = i + 1; k < l->order_count && is_ok(read, HISTORY_READ); k++) {
            const struct history_op *op = op_at(l, l->order[k]);
            if (op->kind == HISTORY_WRITE && op->call_ns > read->ret_ns) {
                read->result = op->value;
                return true;
            }
        }
    }
    return false;
}

/* Rewrites every read from the element of operation p on. edit gets the list, the place where the
 * element stands, and its length. */
static void edit_lists(struct linload *l, uint32_t p,
                       void (*edit)(struct buf *list, size_t at, size_t len))
{
    struct trace_text piece = texts_get(&l->history.texts, op_at(l, p)->value);
    struct buf list = {0};
    for (size_t i = 0; i < l->history.count; i++) {
        struct history_op *op = op_at(l, i);
        if (!is_ok(op, HISTORY_READ) || op->result == 0)
            continue;
        struct trace_text text = texts_get(&l->history.texts, op->result);
        char *found = memmem(text.at, text.len, piece.at, piece.len);
        if (found == NULL)
            continue;
        buf_reset(&list);
        buf_put(&list, text.at, text.len);
        edit(&list, (size_t)(found - text.at), piece.len);
        op->result = linload_text(l, list.data, list.len);
    }
    buf_free(&list);
}

static void cut_out(struct buf *list, size_t at, size_t len)
{
    memmove(list->data + at, list->data + at + len, list->len - at - len);
    list->len -= len;
}

static void put_twice(struct buf *list, size_t at, size_t len)
{
    char piece[64];
    memcpy(piece, list->data + at, len);
    buf_put(list, piece, len);
}

/* All elements have one length, so two neighbours change places in place. */
static void swap_with_next(struct buf *list, size_t at, size_t len)
{
    char piece[64];
    if (at + 2 * len > list->len)
        return;
    memcpy(piece, list->data + at, len);
    memmove(list->data + at, list->data + at + len, len);
    memcpy(list->data + at + len, piece, len);
}

static bool edit_from(struct linload *l, size_t at,
                      void (*edit)(struct buf *list, size_t at, size_t len))
{
    uint32_t v;
    uint32_t u;
    uint32_t r;
    if (!find_overwritten(l, at, &v, &u, &r))
        return false;
    edit_lists(l, v, edit);
    return true;
}

static bool lost_append(struct linload *l, size_t at)
{
    return edit_from(l, at, cut_out);
}

static bool duplicate(struct linload *l, size_t at)
{
    return edit_from(l, at, put_twice);
}

static bool reordered(struct linload *l, size_t at)
{
    return edit_from(l, at, swap_with_next);
}

/* One read ends in an element of its own. */
static bool divergent(struct linload *l, size_t at)
{
    for (size_t i = at; i + 1 < l->order_count; i++) {
        struct history_op *op = op_at(l, l->order[i]);
        struct trace_text text = texts_get(&l->history.texts, op->result);
        if (!is_ok(op, HISTORY_READ) || text.len < 16)
            continue;
        struct buf list = {0};
        buf_put(&list, text.at, text.len);
        list.data[list.len - 1] = list.data[list.len - 1] == '0' ? '1' : '0';
        op->result = linload_text(l, list.data, list.len);
        buf_free(&list);
        return true;
    }
    return false;
}

static bool forgotten_tail(struct linload *l, size_t at)
{
    uint32_t v;
    uint32_t u;
    uint32_t r;
    if (!find_overwritten(l, at, &v, &u, &r))
        return false;
    struct trace_text text = texts_get(&l->history.texts, op_at(l, r)->result);
    struct trace_text piece = texts_get(&l->history.texts, op_at(l, u)->value);
    char *found = memmem(text.at, text.len, piece.at, piece.len);
    assert_non_null(found);
    op_at(l, r)->result =
        found == text.at ? 0 : linload_text(l, text.at, (size_t)(found - text.at));
    return true;
}

static const struct plant plants[] = {
    {"stale read", "stale read, went back, two histories", false, stale_read},
    {"lost write", "lost write", false, lost_write},
    {"unknown write lands twice", "stale read, went back, two histories", false, lands_twice},
    {"failed write applied", "failed write applied", false, refused},
    {"phantom", "phantom value", false, phantom},
    {"future", "read from the future, stale read", false, future},
    {"lost append", "lost append, divergent lists, reordered appends", true, lost_append},
    {"duplicate", "duplicate apply, divergent lists, lost append", true, duplicate},
    {"reordered", "reordered appends, lost append, divergent lists", true, reordered},
    {"divergent", "divergent lists, phantom value", true, divergent},
    {"forgotten tail", "lost append, stale read", true, forgotten_tail},
};

static enum lin_answer judge(const struct linload *l, bool list, struct lin_finding *why)
{
    struct lin_scratch scratch;
    struct lin_key key = {.h = &l->history, .pos = l->pos, .count = l->history.count};
    lin_scratch_init(&scratch, &l->history);
    enum lin_answer answer =
        list ? lin_list(&key, &scratch, why) : lin_register(&key, &scratch, why);
    lin_scratch_free(&scratch);
    return answer;
}

/* The operations a finding names are by themselves a contradiction: whatever else happened. */
static void assert_contradicts(const struct linload *l, const struct lin_finding *why)
{
    struct lin_finding again = {0};
    struct lin_budget budget = {.steps = 100000, .bytes = 1u << 26};
    struct lin_key key = {.h = &l->history, .pos = why->ops, .count = why->ops_count};
    assert_int_equal(lin_search(&key, &budget, &again), LIN_ILLEGAL);
}

static void plant_one(const struct plant *p, const struct linload_shape *shape, double where)
{
    struct linload l;
    struct lin_finding why = {0};
    linload_make(&l, shape);
    size_t at = (size_t)((double)l.order_count * where);
    if (p->put(&l, at) || p->put(&l, 0)) {
        if (judge(&l, p->list, &why) != LIN_ILLEGAL)
            fail_msg("%s, %u clients, at %.2f: not found", p->name, shape->clients, where);
        if (strstr(p->patterns, why.pattern) == NULL)
            fail_msg("%s is called %s: %s", p->name, why.pattern, why.sentence);
        assert_true(why.ops_count > 0 && why.ops_count <= LIN_OPS_MAX);
        if (!p->list)
            assert_contradicts(&l, &why);
    } else if (shape->clients == 1) {
        fail_msg("%s could not be planted", p->name);
    }
    linload_free(&l);
}

static void every_plant_is_found(void **state)
{
    static const unsigned clients[] = {1, 5, 50};
    static const double places[] = {0.02, 0.5, 0.9};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(plants); i++) {
        for (size_t c = 0; c < ARRAY_LEN(clients); c++) {
            for (size_t w = 0; w < ARRAY_LEN(places); w++) {
                for (unsigned u = 0; u < 2; u++)
                    plant_one(&plants[i],
                              &(struct linload_shape){.ops = plants[i].list ? 400 : 2000,
                                                      .clients = clients[c],
                                                      .unknown = u == 0 ? 0 : 0.03,
                                                      .list = plants[i].list,
                                                      .seed = 7 + u},
                              places[w]);
            }
        }
    }
}

static void one_fault_in_a_long_run(void **state)
{
    struct linload l;
    struct lin_finding why = {0};
    (void)state;
    linload_make(&l,
                 &(struct linload_shape){.ops = 300000, .clients = 50, .unknown = 0.02, .seed = 3});
    assert_int_equal(judge(&l, false, &why), LIN_LEGAL);
    assert_true(stale_read(&l, l.order_count / 2));
    assert_int_equal(judge(&l, false, &why), LIN_ILLEGAL);
    linload_free(&l);
}

static void no_false_alarm(void **state)
{
    struct prng p = prng_seed(11);
    (void)state;
    for (unsigned i = 0; i < 400; i++) {
        struct linload l;
        struct lin_finding why = {0};
        struct lin_scratch scratch;
        bool list = i % 2 == 1;
        linload_make(&l, &(struct linload_shape){.ops = list ? 200 : 2000,
                                                 .clients = (unsigned)prng_between(&p, 1, 40),
                                                 .unknown = prng_unit(&p) * 0.1,
                                                 .list = list,
                                                 .seed = prng_u64(&p)});
        if (judge(&l, list, &why) != LIN_LEGAL)
            fail_msg("history %u: %s: %s", i, why.pattern, why.sentence);
        struct lin_key key = {.h = &l.history, .pos = l.pos, .count = l.history.count};
        lin_scratch_init(&scratch, &l.history);
        bool quiet = true; /* no unknown operation */
        for (size_t k = 0; k < l.history.count; k++)
            quiet = quiet && l.history.ops[k].outcome == HISTORY_OK;
        enum lin_answer witness = lin_witness(&key, &scratch);
        if (quiet)
            assert_int_equal(witness, LIN_LEGAL);
        lin_scratch_free(&scratch);
        linload_free(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_plant_is_found),
        cmocka_unit_test(one_fault_in_a_long_run),
        cmocka_unit_test(no_false_alarm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
