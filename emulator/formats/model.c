/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/formats/model.h"

static const struct {
    const char *object;
    const char *operations;
} models[LIN_DATA_COUNT] = {
    [LIN_REGISTER] = {"register", "read, write"},
    [LIN_CAS_REGISTER] = {"register", "read, write, cas"},
    [LIN_KV] = {"store", "get, put, append, cas, delete, incr"},
    [LIN_COUNTER] = {"counter", "read, add, incr"},
    [LIN_SET] = {"set", "add, remove, contains, read"},
    [LIN_QUEUE] = {"queue", "enqueue, dequeue, drain, read"},
    [LIN_LIST_APPEND] = {"list", "append, read, txn of them"},
};

static const struct {
    const char *name;
    enum verb verb;
} verbs[] = {
    {"read", VERB_READ},
    {"get", VERB_READ},
    {"r", VERB_READ},
    {"write", VERB_WRITE},
    {"put", VERB_WRITE},
    {"set", VERB_WRITE},
    {"w", VERB_WRITE},
    {"cas", VERB_CAS},
    {"delete", VERB_DELETE},
    {"append", VERB_APPEND},
    {"add", VERB_ADD},
    {"incr", VERB_INCR},
    {"inc", VERB_INCR},
    {"increment", VERB_INCR},
    {"remove", VERB_REMOVE},
    {"contains", VERB_CONTAINS},
    {"contains?", VERB_CONTAINS},
    {"enqueue", VERB_ENQUEUE},
    {"dequeue", VERB_DEQUEUE},
    {"drain", VERB_DRAIN},
    {"txn", VERB_TXN},
};

const char *model_object(enum lin_data model)
{
    ASSERT((size_t)model < LIN_DATA_COUNT);
    return models[model].object;
}

const char *model_operations(enum lin_data model)
{
    ASSERT((size_t)model < LIN_DATA_COUNT);
    return models[model].operations;
}

enum history_kind model_kind(enum lin_data model, enum verb verb)
{
    switch (verb) {
    case VERB_READ: return HISTORY_READ;
    case VERB_WRITE: return HISTORY_WRITE;
    case VERB_CAS: return HISTORY_CAS;
    case VERB_DELETE: return HISTORY_DELETE;
    case VERB_APPEND: return HISTORY_APPEND;
    case VERB_ADD: return model == LIN_SET ? HISTORY_ADD : HISTORY_INCR;
    case VERB_INCR: return HISTORY_INCR;
    case VERB_REMOVE: return HISTORY_REMOVE;
    case VERB_CONTAINS: return HISTORY_CONTAINS;
    case VERB_ENQUEUE: return HISTORY_ENQUEUE;
    case VERB_DEQUEUE:
    case VERB_DRAIN: return HISTORY_DEQUEUE;
    case VERB_TXN:
    case VERBS: break;
    }
    UNREACHABLE();
}

bool model_has(enum lin_data model, enum verb verb)
{
    ASSERT((size_t)model < LIN_DATA_COUNT && verb < VERBS);
    return verb == VERB_TXN ? model == LIN_LIST_APPEND
                            : lin_data_has(model, model_kind(model, verb));
}

static bool has_all(enum lin_data model, uint32_t verbs_seen)
{
    for (unsigned verb = 0; verb < VERBS; verb++) {
        if ((verbs_seen >> verb & 1) != 0 && !model_has(model, (enum verb)verb))
            return false;
    }
    return true;
}

enum verb verb_find(struct trace_text name)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (trace_text_is(name, verbs[i].name))
            return verbs[i].verb;
    }
    return VERBS;
}

/* What would be told apart only by an answer: an append and a read of whole lists or of strings, an
 * add and a read of whole sets or of numbers. Without any answer it does not matter. */
enum lin_data model_guess(struct seen seen)
{
    static const enum lin_data simplest[] = {LIN_REGISTER, LIN_CAS_REGISTER, LIN_COUNTER, LIN_SET,
                                             LIN_QUEUE,    LIN_LIST_APPEND,  LIN_KV};
    for (size_t i = 0; i < ARRAY_LEN(simplest); i++) {
        enum lin_data model = simplest[i];
        bool whole = model == LIN_SET || model == LIN_LIST_APPEND || model == LIN_QUEUE;
        bool reads = (seen.verbs >> VERB_READ & 1) != 0;
        bool lists = (seen.verbs >> VERB_TXN & 1) != 0 || seen.collection;
        if (!has_all(model, seen.verbs) || seen.verbs == 0)
            continue;
        if (reads && whole != lists)
            continue;
        if (seen.keyed && model == LIN_REGISTER)
            return LIN_KV;
        return model;
    }
    return FOREIGN_GUESS;
}
