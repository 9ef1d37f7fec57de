/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/outcomes.h"

#include "base/mem.h"
#include "emulator/explore/limits.h"

#include <string.h>

_Static_assert(sizeof(struct ex_outcome) == EX_VALUE_WORDS * sizeof(uint64_t), "one is a value");

void ex_outcomes_init(struct ex_outcomes *o)
{
    memset(o, 0, sizeof(*o));
    ex_table_init(&o->table);
    (void)pthread_mutex_init(&o->lock, NULL);
}

void ex_outcomes_free(struct ex_outcomes *o)
{
    for (uint32_t i = 0; i < EX_SENT_CHUNKS && o->sent[i] != NULL; i++)
        mem_free(o->sent[i]);
    ex_table_free(&o->table);
    (void)pthread_mutex_destroy(&o->lock);
}

bool ex_outcomes_find(const struct ex_outcomes *o, uint64_t key, struct ex_outcome *ret)
{
    uint64_t value[EX_VALUE_WORDS];
    if (!ex_table_find(&o->table, key, value))
        return false;
    memcpy(ret, value, sizeof(*ret));
    return true;
}

/* Room for as many as one event sends, in one piece. */
static uint32_t *sent_room(struct ex_outcomes *o)
{
    if (o->sent_count % EX_SENT_CHUNK + EX_SENT > EX_SENT_CHUNK)
        o->sent_count += EX_SENT_CHUNK - o->sent_count % EX_SENT_CHUNK;
    uint32_t **chunk = &o->sent[o->sent_count / EX_SENT_CHUNK];
    if (*chunk == NULL)
        *chunk = mem_array(EX_SENT_CHUNK, sizeof(**chunk));
    return *chunk + o->sent_count % EX_SENT_CHUNK;
}

static struct ex_outcome add(struct ex_outcomes *o, uint64_t key, struct ex_outcome outcome,
                             const uint32_t *sent)
{
    uint64_t value[EX_VALUE_WORDS];
    memcpy(sent_room(o), sent, outcome.sent_count * sizeof(*sent));
    outcome.sent = o->sent_count;
    o->sent_count += outcome.sent_count;
    memcpy(value, &outcome, sizeof(value));
    ex_table_add(&o->table, key, value);
    return outcome;
}

struct ex_outcome ex_outcomes_add(struct ex_outcomes *o, uint64_t key, struct ex_outcome outcome,
                                  const uint32_t *sent, const struct raft_reason *reasons,
                                  uint32_t reasons_count)
{
    struct ex_outcome first;
    (void)pthread_mutex_lock(&o->lock);
    if (!ex_outcomes_find(o, key, &first)) {
        first = add(o, key, outcome, sent);
        for (uint32_t i = 0; i < reasons_count; i++)
            o->reasons[reasons[i].code]++;
    }
    (void)pthread_mutex_unlock(&o->lock);
    return first;
}

const uint32_t *ex_outcomes_sent(const struct ex_outcomes *o, const struct ex_outcome *outcome)
{
    const uint32_t *chunk = o->sent[outcome->sent / EX_SENT_CHUNK];
    return chunk + outcome->sent % EX_SENT_CHUNK;
}

void ex_outcomes_save(const struct ex_outcomes *o, struct checkpoint_out *out)
{
    uint64_t at = 0, key, value[EX_VALUE_WORDS];
    checkpoint_put(out, o->reasons, sizeof(o->reasons));
    checkpoint_put_u64(out, ex_table_count(&o->table));
    while (ex_table_each(&o->table, &at, &key, value)) {
        struct ex_outcome outcome;
        memcpy(&outcome, value, sizeof(outcome));
        checkpoint_put_u64(out, key);
        checkpoint_put(out, &outcome, sizeof(outcome));
        checkpoint_put(out, ex_outcomes_sent(o, &outcome),
                       outcome.sent_count * sizeof(o->sent[0][0]));
    }
}

static bool load_one(struct ex_outcomes *o, struct checkpoint_in *in)
{
    struct ex_outcome outcome, there;
    uint32_t sent[EX_SENT];
    uint64_t key = checkpoint_get_u64(in);
    if (!checkpoint_get(in, &outcome, sizeof(outcome)))
        return false;
    if (key == 0 || outcome.sent_count > EX_SENT || ex_outcomes_find(o, key, &there)) {
        checkpoint_refuse(in, "an outcome is impossible");
        return false;
    }
    if (!checkpoint_get(in, sent, outcome.sent_count * sizeof(*sent)))
        return false;
    (void)add(o, key, outcome, sent);
    return true;
}

void ex_outcomes_load(struct ex_outcomes *o, struct checkpoint_in *in)
{
    ASSERT(ex_table_count(&o->table) == 0);
    (void)checkpoint_get(in, o->reasons, sizeof(o->reasons));
    uint64_t count = checkpoint_get_count(in, UINT32_MAX / 2);
    for (uint64_t i = 0; i < count && load_one(o, in); i++)
        continue;
}
