/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/asking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct scenario_clients asking_clients(const char *model)
{
    struct scenario_clients c = {.count = 4, .model = (char *)(uintptr_t)model, .keys = 5};
    c.mix.weight[OP_read] = c.mix.weight[OP_write] = 50;
    return c;
}

struct workload *asking_workload(const struct scenario_clients *c, uint64_t seed)
{
    struct workload *w = NULL;
    struct err e = {0};
    if (workload_new(c, seed, &w, &e) < 0)
        fail_msg("%s", e.text);
    return w;
}

void asking_judge(struct workload *w, const struct workload_op *op, const char *reply,
                  struct workload_answer *ret)
{
    struct resp_replies in;
    const struct resp_value *value;
    struct err e = {0};
    resp_replies_init(&in, 0);
    resp_replies_feed(&in, reply, strlen(reply));
    assert_int_equal(resp_replies_next(&in, &value, &e), 1);
    workload_judge(w, op, value, ret);
    resp_replies_free(&in);
}

struct workload_op asking_op(enum history_kind kind, const char *value)
{
    struct workload_op op = {.kind = kind, .key = "k0"};
    if (value != NULL)
        buf_puts(&op.value, value);
    return op;
}

void asking_expect(struct workload *w, const struct workload_op *op, const char *wanted)
{
    struct buf out = {0};
    workload_encode(w, op, NULL, &out);
    assert_string_equal(buf_str(&out), wanted);
    buf_free(&out);
}

void asking_draw(struct workload *w, enum history_kind kind, struct workload_op *ret)
{
    do
        workload_draw(w, 0, WORKLOAD_LOAD, ret);
    while (ret->kind != kind);
}
