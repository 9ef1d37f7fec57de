/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which model a history's operations have, and whether their values carry keys. */
#include "emulator/formats/inside.h"

#include <stdlib.h>

#define SHOWN 24

static struct trace_text name_of(const struct foreign *f, const struct event *event)
{
    return texts_get(&f->events.names, event->f);
}

/* Is the value of a call [key value], as independent keys are written? A cas has a pair of its own
 * inside, a read nothing yet. */
static bool is_pair(const struct value_tree *t, const struct value *v, enum verb verb)
{
    if (v->type != VALUE_LIST || v->count != 2)
        return false;
    const struct value *key = value_child(t, v, 0);
    const struct value *inner = value_child(t, v, 1);
    if (value_is_collection(key) || key->type == VALUE_NIL)
        return false;
    switch (verb) {
    case VERB_READ:
    case VERB_DELETE:
    case VERB_DEQUEUE:
    case VERB_DRAIN: return inner->type == VALUE_NIL;
    case VERB_CAS: return inner->type == VALUE_LIST && inner->count == 2;
    case VERB_TXN: return inner->type == VALUE_LIST;
    case VERB_WRITE:
    case VERB_APPEND:
    case VERB_ADD:
    case VERB_INCR:
    case VERB_REMOVE:
    case VERB_CONTAINS:
    case VERB_ENQUEUE: return true;
    case VERBS: break;
    }
    return false;
}

/* Where the key of a call is. */
enum keyed { KEYED_NOT, KEYED_BESIDE, KEYED_PAIR };

/* A transaction has its keys inside: as good as beside. */
static enum keyed keyed_how(const struct foreign *f, const struct event *call, struct value_tree *t)
{
    enum verb verb = verb_find(name_of(f, call));
    if (call->key != 0)
        return KEYED_BESIDE;
    if (is_pair(t, event_value(f, call, t), verb))
        return KEYED_PAIR;
    return verb == VERB_TXN ? KEYED_BESIDE : KEYED_NOT;
}

/* All calls must have their keys in the same place: f->independent if that is their value. */
static int find_independent(struct foreign *f, struct value_tree *t, struct err *e)
{
    static const char *const told[] = {"has no key", "has its key beside the value",
                                       "has a value [key value]"};
    const struct event *first = NULL;
    enum keyed all = KEYED_NOT;
    for (size_t i = 0; i < f->events.count; i++) {
        const struct event *event = &f->events.at[i];
        if (event->type != EVENT_INVOKE)
            continue;
        enum keyed how = keyed_how(f, event, t);
        if (first != NULL && how != all) {
            struct trace_text name = name_of(f, event);
            return err_set(e, -E_INVALID,
                           "line %u: this %.*s %s, but the call of line %u %s: all operations have "
                           "their keys in the same place, or none has one",
                           event->line, (int)name.len, name.at, told[how], first->line, told[all]);
        }
        first = first != NULL ? first : event;
        all = how;
    }
    f->independent = all == KEYED_PAIR;
    return 0;
}

static bool reads_collections(const struct foreign *f, struct value_tree *t)
{
    for (size_t i = 0; i < f->events.count; i++) {
        const struct event *event = &f->events.at[i];
        const struct value *key;
        if (event->type != EVENT_OK || verb_find(name_of(f, event)) != VERB_READ)
            continue;
        const struct value *v = event_inner(f, event, t, &key);
        if (v != NULL && (v->type == VALUE_LIST || v->type == VALUE_SET))
            return true;
    }
    return false;
}

static struct seen look(const struct foreign *f, struct value_tree *t)
{
    struct seen seen = {.collection = reads_collections(f, t)};
    for (size_t i = 0; i < f->events.count; i++) {
        const struct event *event = &f->events.at[i];
        enum verb verb = verb_find(name_of(f, event));
        seen.keyed = seen.keyed || event->key != 0;
        if (event->type == EVENT_INVOKE && verb != VERBS)
            seen.verbs |= 1u << verb;
    }
    return seen;
}

/* The first model that has this operation, for an error. */
static const char *home_of(enum verb verb)
{
    for (size_t i = 0; i < LIN_DATA_COUNT; i++) {
        if (model_has((enum lin_data)i, verb))
            return lin_data_name((enum lin_data)i);
    }
    UNREACHABLE();
}

static int check_names(const struct foreign *f, struct err *e)
{
    for (size_t i = 0; i < f->events.count; i++) {
        const struct event *event = &f->events.at[i];
        struct trace_text name = name_of(f, event);
        int len = (int)(name.len < SHOWN ? name.len : SHOWN);
        enum verb verb = verb_find(name);
        if (verb == VERBS)
            return err_set(e, -E_INVALID,
                           "line %u: no model has an operation %.*s; known are read, write, cas, "
                           "get, put, delete, append, add, incr, remove, contains, enqueue, "
                           "dequeue, drain, txn",
                           event->line, len, name.at);
        if (f->model != FOREIGN_GUESS && !model_has(f->model, verb))
            return err_set(e, -E_INVALID,
                           "line %u: a %s has no operation %.*s (it has %s); --model %s has",
                           event->line, lin_data_name(f->model), len, name.at,
                           model_operations(f->model), home_of(verb));
    }
    return 0;
}

static int choose_events(struct foreign *f, enum lin_data wanted, struct err *e)
{
    struct value_tree t = {0};
    f->model = wanted;
    int code = check_names(f, e);
    if (code == 0)
        code = find_independent(f, &t, e);
    if (code == 0) {
        if (wanted == FOREIGN_GUESS)
            f->model = f->events.count == 0 ? LIN_REGISTER : model_guess(look(f, &t));
        if (f->model == FOREIGN_GUESS)
            code = err_set(e, -E_INVALID,
                           "these operations do not belong to one model: name it with --model to "
                           "see which of them are strange to it");
    }
    value_tree_free(&t);
    return code;
}

/* ---- our own format ---- */

/* What is looked for in our own history. */
struct looking {
    struct seen seen;
    enum lin_data wanted;
};

static int look_own(void *arg, const struct trace_record *rec, struct err *e)
{
    struct looking *l = arg;
    if (rec->ev != TRACE_clientInvoke)
        return 0;
    enum verb verb = verb_find(rec->kind);
    if (verb == VERBS)
        return 0; /* whoever takes the record says what kinds there are */
    l->seen.verbs |= 1u << verb;
    l->seen.collection =
        l->seen.collection || verb == VERB_APPEND || verb == VERB_ADD || verb == VERB_ENQUEUE;
    if (l->wanted != FOREIGN_GUESS && !model_has(l->wanted, verb))
        return err_set(e, -E_INVALID, "line %llu: a %s has no operation %.*s (it has %s)",
                       (unsigned long long)rec->line, lin_data_name(l->wanted), (int)rec->kind.len,
                       rec->kind.at, model_operations(l->wanted));
    return 0;
}

/* The kinds say all: the model is only a check, and may differ from key to key. */
static int choose_own(struct foreign *f, enum lin_data wanted, struct err *e)
{
    struct looking l = {.wanted = wanted};
    const uint32_t wholes = 1u << VERB_WRITE | 1u << VERB_CAS | 1u << VERB_DELETE;
    int code = foreign_play_own(f, look_own, &l, e);
    if ((l.seen.verbs & wholes) != 0)
        l.seen.collection = false; /* strings, then, that are appended to */
    f->model = wanted != FOREIGN_GUESS ? wanted : model_guess(l.seen);
    f->mixed = f->model == FOREIGN_GUESS;
    return code;
}

int foreign_choose(struct foreign *f, enum lin_data wanted, struct err *e)
{
    ASSERT(wanted <= FOREIGN_GUESS);
    return f->format == FORMAT_OWN ? choose_own(f, wanted, e) : choose_events(f, wanted, e);
}
