/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/lin/queue.h"

static double seconds(uint64_t t_ns)
{
    return (double)t_ns / 1e9;
}

static const char *who(const struct queue *q, uint32_t pos, char out[LIN_TEXT_MAX])
{
    return lin_text(q->key->h, lin_op(q->key, pos)->client, out);
}

bool lin_queue_phantom(const struct queue *q, const struct queue_value *v, struct lin_finding *why)
{
    char client[LIN_TEXT_MAX];
    char value[LIN_TEXT_MAX];
    char failure[LIN_FAILURE_MAX];
    double at = seconds(lin_op(q->key, v->out)->ret_ns);
    (void)who(q, v->out, client);
    (void)lin_text(q->key->h, v->text, value);
    if (v->failed == LIN_NONE) {
        lin_say(why, "phantom value", "client %s took %s at %.6f s, which nobody put in%s", client,
                value, at, q->key->told != 0 ? " after the queue had been empty" : "");
    } else {
        lin_say(why, "failed write applied",
                "client %s took %s at %.6f s, but its enqueue was %s at %.6f s", client, value, at,
                lin_failure(q->key, v->failed, failure),
                seconds(lin_op(q->key, v->failed)->ret_ns));
        lin_show(why, v->failed);
    }
    lin_show(why, v->out);
    return false;
}

bool lin_queue_twice(const struct queue *q, const struct queue_value *v, uint32_t pos,
                     struct lin_finding *why)
{
    char a[LIN_TEXT_MAX];
    char b[LIN_TEXT_MAX];
    char value[LIN_TEXT_MAX];
    lin_say(why, "taken twice", "clients %s and %s both took %s, which was put in once",
            who(q, v->out, a), who(q, pos, b), lin_text(q->key->h, v->text, value));
    if (v->in != LIN_NONE)
        lin_show(why, v->in);
    lin_show(why, v->out);
    lin_show(why, pos);
    return false;
}

bool lin_queue_future(const struct queue *q, const struct queue_value *v, struct lin_finding *why)
{
    char client[LIN_TEXT_MAX];
    char value[LIN_TEXT_MAX];
    const struct history_op *out = lin_op(q->key, v->out);
    lin_say(why, "read from the future",
            "client %s took %s at %.6f s, %.3f ms before anyone asked to put it in",
            who(q, v->out, client), lin_text(q->key->h, v->text, value), seconds(out->ret_ns),
            (double)(lin_op(q->key, v->in)->call_ns - out->ret_ns) / 1e6);
    lin_show(why, v->out);
    lin_show(why, v->in);
    return false;
}

bool lin_queue_overtaken(const struct queue *q, const struct queue_value *a,
                         const struct queue_value *b, struct lin_finding *why)
{
    char x[LIN_TEXT_MAX];
    char y[LIN_TEXT_MAX];
    char client[LIN_TEXT_MAX];
    double in = seconds(lin_op(q->key, a->in)->ret_ns);
    double gone = seconds(lin_op(q->key, b->out)->ret_ns);
    (void)lin_text(q->key->h, a->text, x);
    (void)lin_text(q->key->h, b->text, y);
    (void)who(q, b->out, client);
    if (a->out != LIN_NONE)
        lin_say(why, "overtaken",
                "%s was in the queue by %.6f s, before %s was begun, but client %s had taken %s by "
                "%.6f s, before anyone began to take %s",
                x, in, y, client, y, gone, x);
    else if (q->takers_count == 0)
        lin_say(why, "lost element",
                "%s was in the queue by %.6f s, before %s was begun; client %s took %s by %.6f s, "
                "and nobody ever took %s",
                x, in, y, client, y, gone, x);
    else
        lin_say(why, "lost element",
                "%s was in the queue by %.6f s, before %s was begun; client %s took %s by %.6f s, "
                "and too few dequeues of unknown outcome were asked by then to have taken %s and "
                "what else is missing",
                x, in, y, client, y, gone, x);
    lin_show(why, a->in);
    lin_show(why, b->in);
    lin_show(why, b->out);
    if (a->out != LIN_NONE)
        lin_show(why, a->out);
    return false;
}

bool lin_queue_not_empty(const struct queue *q, uint32_t empty, const struct queue_value *const *in,
                         size_t count, struct lin_finding *why)
{
    char client[LIN_TEXT_MAX];
    char value[LIN_TEXT_MAX];
    const struct history_op *op = lin_op(q->key, empty);
    (void)who(q, empty, client);
    (void)lin_text(q->key->h, count == 0 ? 0 : in[0]->text, value);
    if (count == 1 && in[0]->out == LIN_NONE && q->takers_count > 0)
        lin_say(why, "not empty",
                "client %s found the queue empty between %.6f s and %.6f s, but too few dequeues "
                "of unknown outcome were asked by then to have taken %s and what else is missing",
                client, seconds(op->call_ns), seconds(op->ret_ns), value);
    else if (count == 1)
        lin_say(why, "not empty",
                "client %s found the queue empty between %.6f s and %.6f s, but %s was in it all "
                "that time",
                client, seconds(op->call_ns), seconds(op->ret_ns), value);
    else
        lin_say(why, "not empty",
                "client %s found the queue empty between %.6f s and %.6f s, but at every instant "
                "one of %zu elements was in it, the first of them %s",
                client, seconds(op->call_ns), seconds(op->ret_ns), count, value);
    lin_show(why, empty);
    for (size_t i = 0; i < count; i++) {
        lin_show(why, in[i]->in);
        if (in[i]->out != LIN_NONE)
            lin_show(why, in[i]->out);
    }
    return false;
}
