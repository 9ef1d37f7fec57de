/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"
#include "base/sort.h"
#include "emulator/check/lin/lin.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lin_scratch_init(struct lin_scratch *s, const struct history *h)
{
    *s = (struct lin_scratch){.texts = 2 * (size_t)h->texts.count + 1};
    s->by_text = mem_array(s->texts, sizeof(*s->by_text));
}

void lin_scratch_fit(struct lin_scratch *s, const struct history *h)
{
    if (s->texts >= h->texts.count)
        return;
    lin_scratch_free(s);
    lin_scratch_init(s, h);
}

void lin_scratch_free(struct lin_scratch *s)
{
    mem_free(s->by_text);
    mem_free(s->clusters);
    mem_free(s->cluster_of);
    *s = (struct lin_scratch){0};
}

bool lin_is_count(struct trace_text text, uint64_t *ret)
{
    uint64_t v = 0;
    if (text.len == 0 || text.len > 18 || (text.len > 1 && text.at[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(text.at[i] - '0');
    }
    *ret = v;
    return true;
}

bool lin_is_element(struct trace_text piece)
{
    return piece.len >= 1 && piece.at[0] == ',' && memchr(piece.at + 1, ',', piece.len - 1) == NULL;
}

bool lin_list_holds(struct trace_text list, struct trace_text piece)
{
    for (size_t at = 0; piece.len > 0 && at + piece.len <= list.len;) {
        const char *hit = memmem(list.at + at, list.len - at, piece.at, piece.len);
        if (hit == NULL)
            return false;
        at = (size_t)(hit - list.at) + piece.len;
        if (at == list.len || list.at[at] == ',')
            return true;
    }
    return false;
}

void lin_say(struct lin_finding *why, const char *pattern, const char *fmt, ...)
{
    va_list args;
    why->pattern = pattern;
    why->ops_count = 0;
    va_start(args, fmt);
    (void)vsnprintf(why->sentence, sizeof(why->sentence), fmt, args);
    va_end(args);
}

void lin_show(struct lin_finding *why, uint32_t pos)
{
    for (size_t i = 0; i < why->ops_count; i++) {
        if (why->ops[i] == pos)
            return;
    }
    if (why->ops_count < LIN_OPS_MAX)
        why->ops[why->ops_count++] = pos;
}

const char *lin_failure(const struct lin_key *key, uint32_t pos, char out[LIN_FAILURE_MAX])
{
    char error[LIN_TEXT_MAX];
    const struct history_op *op = lin_op(key, pos);
    if (op->proved)
        (void)snprintf(out, LIN_FAILURE_MAX, "in no node and no log any more");
    else
        (void)snprintf(out, LIN_FAILURE_MAX, "refused with %s",
                       op->error != 0 ? lin_text(key->h, op->error, error) : "an error");
    return out;
}

const char *lin_did(const struct lin_key *key, uint32_t pos, char out[LIN_DID_MAX])
{
    char client[LIN_TEXT_MAX];
    char value[LIN_TEXT_MAX];
    char result[LIN_TEXT_MAX];
    const struct history_op *op = lin_op(key, pos);
    (void)lin_text(key->h, op->client, client);
    (void)lin_piece(texts_get(&key->h->texts, op->value), value);
    (void)lin_content(key->h, op->key, op->result, result);
    switch ((int)op->kind) {
    case HISTORY_READ: (void)snprintf(out, LIN_DID_MAX, "client %s read %s", client, result); break;
    case HISTORY_APPEND:
        (void)snprintf(out, LIN_DID_MAX, "client %s appended %s", client, value);
        break;
    case HISTORY_INCR:
        if (op->outcome == HISTORY_OK && op->result != 0)
            (void)snprintf(out, LIN_DID_MAX, "client %s incremented to %s", client, result);
        else
            (void)snprintf(out, LIN_DID_MAX, "client %s incremented", client);
        break;
    case HISTORY_CAS:
        if (op->outcome == HISTORY_OK && !op->done)
            (void)snprintf(out, LIN_DID_MAX, "the cas of client %s found %s", client, result);
        else
            (void)snprintf(out, LIN_DID_MAX, "client %s swapped %s for %s", client,
                           lin_text(key->h, op->expect, result), value);
        break;
    case HISTORY_DELETE: (void)snprintf(out, LIN_DID_MAX, "client %s deleted", client); break;
    default: (void)snprintf(out, LIN_DID_MAX, "client %s wrote %s", client, value); break;
    }
    return out;
}

void lin_say_order(const struct lin_key *key, const char *pattern, uint32_t a, uint32_t b,
                   const char *by, struct lin_finding *why)
{
    char first[LIN_DID_MAX];
    char second[LIN_DID_MAX];
    const struct history_op *x = lin_op(key, a);
    const struct history_op *y = lin_op(key, b);
    lin_say(why, pattern,
            "%s by %.6f s, and %.3f ms later came the call with which %s; by %s, that comes first",
            lin_did(key, a, first), (double)x->ret_ns / 1e9, (double)(y->call_ns - x->ret_ns) / 1e6,
            lin_did(key, b, second), by);
    lin_show(why, a);
    lin_show(why, b);
}

static int by_level(const void *a, const void *b)
{
    const struct lin_placed *x = a;
    const struct lin_placed *y = b;
    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    return (x->call_ns > y->call_ns) - (x->call_ns < y->call_ns);
}

bool lin_levels(struct lin_placed *ops, size_t count, uint32_t *ret_a, uint32_t *ret_b)
{
    bool any = false;
    uint64_t before = 0; /* greatest call of the lower levels, when there is one */
    uint32_t before_pos = 0;
    sort_array(ops, count, sizeof(*ops), by_level);
    for (size_t i = 0; i < count;) {
        size_t end = i;
        for (; end < count && ops[end].level == ops[i].level; end++) {
            if (any && ops[end].ret_ns < before) {
                *ret_a = ops[end].pos;
                *ret_b = before_pos;
                return false;
            }
        }
        const struct lin_placed *last = &ops[end - 1]; /* sorted by call within its level */
        if (!any || last->call_ns > before) {
            before = last->call_ns;
            before_pos = last->pos;
        }
        any = true;
        i = end;
    }
    return true;
}
