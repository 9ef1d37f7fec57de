/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/sessions.h"

#include "base/mem.h"
#include "base/sort.h"

void kept_history_feed(void *state, const struct check_input *in, const struct trace_record *rec,
                       struct check_result *res)
{
    struct kept_history *kept = state;
    struct err e = {0};
    (void)res;
    kept->h.names = in->names;
    if (history_add(&kept->h, rec, &e) < 0) {
        kept->torn = true;
    } else if (rec->ev == TRACE_clientReturn && rec->node >= 0) {
        const struct history_op *op = history_get(in->history, rec->op);
        history_served(&kept->h, rec->op, op->role, op->term);
    }
}

void kept_history_free(void *state)
{
    history_close(&((struct kept_history *)state)->h);
}

bool kept_history_torn(const struct kept_history *kept, struct check_result *res)
{
    if (kept->torn) {
        res->verdict = CHECK_UNKNOWN;
        result_say(res, "the numbers of operations are not unique in the run");
    }
    return kept->torn;
}

/* What a client knew of a key: the newest by each of the ways to tell. */
struct known {
    uint32_t at[4]; /* positions; VERSION_NONE */
};

enum { BY_INDEX, BY_TOKEN, BY_TIME, BY_TIME_NEXT };

static const struct version *version_at(const struct versions *v, uint32_t pos)
{
    return pos == VERSION_NONE ? NULL : &v->all[v->of_op[pos]];
}

static void learn(struct known *k, const struct versions *v, uint32_t pos)
{
    const struct version *new = version_at(v, pos);
    const struct version *by_index = version_at(v, k->at[BY_INDEX]);
    const struct version *by_token = version_at(v, k->at[BY_TOKEN]);
    const struct version *by_time = version_at(v, k->at[BY_TIME]);
    const struct version *next = version_at(v, k->at[BY_TIME_NEXT]);
    if (version_is_placed(new) && (by_index == NULL || new->index > by_index->index))
        k->at[BY_INDEX] = pos;
    if (new->is_list && (by_token == NULL || new->token > by_token->token))
        k->at[BY_TOKEN] = pos;
    if (by_time == NULL || new->s_ns > by_time->s_ns) {
        if (by_time != new)
            k->at[BY_TIME_NEXT] = k->at[BY_TIME];
        k->at[BY_TIME] = pos;
    } else if (by_time != new && (next == NULL || new->s_ns > next->s_ns)) {
        k->at[BY_TIME_NEXT] = pos;
    }
}

/* An operation that showed something newer than `pos` does; VERSION_NONE: there is none. */
static uint32_t newer(const struct known *k, const struct versions *v, const struct history *h,
                      uint32_t pos)
{
    for (size_t i = 0; i < ARRAY_LEN(k->at); i++) {
        uint32_t at = k->at[i];
        if (at != VERSION_NONE && h->ops[at].ret_ns <= h->ops[pos].call_ns &&
            version_is_older(version_at(v, pos), version_at(v, at)))
            return at;
    }
    return VERSION_NONE;
}

static int by_session(const void *a, const void *b)
{
    const struct session_turn *x = a;
    const struct session_turn *y = b;
    if (x->client != y->client)
        return x->client < y->client ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->pos > y->pos) - (x->pos < y->pos);
}

size_t sessions_turns(const struct history *h, const struct versions *v, bool by_key,
                      struct session_turn *ret_turns)
{
    size_t count = 0;
    for (size_t i = 0; i < h->count; i++) {
        const struct history_op *op = &h->ops[i];
        if (op->outcome == HISTORY_OK && v->of_op[i] != VERSION_NONE)
            ret_turns[count++] =
                (struct session_turn){op->client, by_key ? op->key : 0, (uint32_t)i};
    }
    sort_array(ret_turns, count, sizeof(*ret_turns), by_session);
    return count;
}

static void compare(const struct history *h, const struct versions *v, bool by_writes,
                    session_found found, struct check_result *res)
{
    static const struct known nothing = {{VERSION_NONE, VERSION_NONE, VERSION_NONE, VERSION_NONE}};
    struct session_turn *turns = mem_array(h->count, sizeof(*turns));
    size_t count = sessions_turns(h, v, true, turns);
    struct known known = nothing;
    for (size_t i = 0; i < count; i++) {
        const struct session_turn *t = &turns[i];
        bool sees = history_observes(&h->ops[t->pos]);
        if (i == 0 || t->client != t[-1].client || t->key != t[-1].key)
            known = nothing;
        uint32_t knew = sees ? newer(&known, v, h, t->pos) : VERSION_NONE;
        res->seen += sees && known.at[BY_TIME] != VERSION_NONE;
        if (knew != VERSION_NONE)
            found(
                h,
                &(struct session_finding){knew, t->pos, version_at(v, knew), version_at(v, t->pos)},
                res);
        if (sees != by_writes)
            learn(&known, v, t->pos);
    }
    mem_free(turns);
}

void sessions_judge(const struct kept_history *kept, bool by_writes, session_found found,
                    const char *compared, struct check_result *res)
{
    struct versions v;
    if (kept_history_torn(kept, res))
        return;
    versions_of(&v, &kept->h);
    compare(&kept->h, &v, by_writes, found, res);
    versions_free(&v);
    result_settle(res, compared);
}
