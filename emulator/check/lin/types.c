/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which road is made for which operations, and the names of the data they are asked of. */
#include "emulator/check/lin/set.h"

#include <string.h>

#define REGISTER (LIN_KIND(HISTORY_READ) | LIN_KIND(HISTORY_WRITE))
#define CHAIN    (REGISTER | LIN_KIND(HISTORY_CAS))
#define LIST     (LIN_KIND(HISTORY_READ) | LIN_KIND(HISTORY_APPEND))
#define COUNTER  (LIN_KIND(HISTORY_READ) | LIN_KIND(HISTORY_INCR))
#define ELEMENTS (LIN_KIND(HISTORY_ADD) | LIN_KIND(HISTORY_REMOVE) | LIN_KIND(HISTORY_CONTAINS))
#define SET      (LIN_KIND(HISTORY_READ) | ELEMENTS)
#define QUEUE    (LIN_KIND(HISTORY_ENQUEUE) | LIN_KIND(HISTORY_DEQUEUE))

static const struct {
    const char *name;
    unsigned kinds;
} data[] = {
    [LIN_REGISTER] = {"register", REGISTER},
    [LIN_CAS_REGISTER] = {"cas-register", CHAIN},
    [LIN_KV] = {"kv", CHAIN | LIST | COUNTER | LIN_KIND(HISTORY_DELETE)},
    [LIN_COUNTER] = {"counter", COUNTER},
    [LIN_SET] = {"set", SET},
    [LIN_QUEUE] = {"queue", LIN_KIND(HISTORY_READ) | QUEUE},
    [LIN_LIST_APPEND] = {"list-append", LIST},
};

const char *lin_data_name(enum lin_data which)
{
    ASSERT((size_t)which < ARRAY_LEN(data));
    return data[which].name;
}

int lin_data_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(data); i++) {
        if (strcmp(data[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

bool lin_data_has(enum lin_data which, enum history_kind kind)
{
    ASSERT((size_t)which < ARRAY_LEN(data));
    return (data[which].kinds & LIN_KIND(kind)) != 0;
}

enum lin_answer lin_set(const struct lin_key *key, struct lin_scratch *s, struct lin_finding *why)
{
    bool reads = false;
    bool removes = false;
    if (key->initial != 0)
        return LIN_REFUSED;
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        reads = reads || (op->kind == HISTORY_READ && lin_counts(op));
        removes = removes || (op->kind == HISTORY_REMOVE && lin_counts(op));
    }
    if (!removes)
        return lin_set_grown(key, s, why);
    return reads ? LIN_REFUSED : lin_set_flags(key, s, why);
}

unsigned lin_kinds(const struct lin_key *key)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < key->count; i++)
        kinds |= LIN_KIND(lin_op(key, key->pos[i])->kind);
    return kinds;
}

enum lin_answer lin_typed(const struct lin_key *key, struct lin_scratch *s, struct lin_finding *why)
{
    unsigned kinds = lin_kinds(key);
    if (key->h->counts && (kinds & ~COUNTER) == 0)
        return lin_counter(key, why);
    if ((kinds & ~REGISTER) == 0)
        return lin_register(key, s, why);
    if ((kinds & ~LIST) == 0)
        return lin_list(key, s, why);
    if ((kinds & ~CHAIN) == 0)
        return lin_chain(key, s, why);
    if ((kinds & ~COUNTER) == 0)
        return lin_counter(key, why);
    if ((kinds & ~SET) == 0)
        return lin_set(key, s, why);
    if ((kinds & ~QUEUE) == 0)
        return lin_queue(key, s, why);
    return LIN_REFUSED;
}
