/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sequential consistency in the order of the log: every client walks through it forward only. A
 * write stands at its index; a read of a value stands where that value was there, from the index
 * of its write to that of the key's next one, as early as the client's walk allows: that is best
 * for all that follows, and clients do not constrain each other. */
#include "base/mem.h"
#include "emulator/check/registry.h"
#include "emulator/check/sessions.h"

#include <stdlib.h>

struct walker {
    uint64_t place;
    uint32_t by; /* position of the operation that brought it there; VERSION_NONE */
};

/* The write that ended it; VERSION_NONE: nobody knows. */
static uint32_t ended_by(const struct versions *all, const struct version *seen)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->all[i].key == seen->key && all->all[i].index == seen->until)
            return all->all[i].maker;
    }
    return VERSION_NONE;
}

static void found(const struct history *h, const struct walker *w, uint32_t pos,
                  const struct versions *all, struct check_result *res)
{
    const struct version *seen = &all->all[all->of_op[pos]];
    const struct history_op *op = &h->ops[pos];
    struct trace_text client = texts_get(&h->texts, op->client);
    struct trace_text key = texts_get(&h->texts, op->key);
    bool writes = seen->maker == pos;
    if (!result_violate(
            res, "client %.*s had come to index %llu of the log, and then %s key %.*s %s %llu",
            (int)client.len, client.at, (unsigned long long)w->place,
            writes ? "wrote" : "read from", (int)key.len, key.at,
            writes ? "at index" : "what was gone at index",
            (unsigned long long)(writes ? seen->index : seen->until)))
        return;
    result_operation(res, h, &h->ops[w->by]);
    result_operation(res, h, op);
    if (seen->maker != VERSION_NONE && !writes)
        result_operation(res, h, &h->ops[seen->maker]);
    if (!writes && ended_by(all, seen) != VERSION_NONE)
        result_operation(res, h, &h->ops[ended_by(all, seen)]);
    result_paragraph(res,
                     "Every client has to see the writes in one order, the log's, and never goes "
                     "back in it. What this client was answered first comes after what it was "
                     "answered later.");
}

/* One operation of a client. Returns true if it has a place to be compared. */
static bool step(struct walker *w, const struct history *h, const struct versions *all,
                 uint32_t pos, struct check_result *res)
{
    const struct version *v = &all->all[all->of_op[pos]];
    bool goes_back = v->maker == pos ? v->index <= w->place : v->until <= w->place;
    if (!version_is_placed(v))
        return false;
    if (goes_back && w->by != VERSION_NONE)
        found(h, w, pos, all, res);
    if (v->index > w->place || w->by == VERSION_NONE) {
        w->place = v->index;
        w->by = pos;
    }
    return true;
}

static bool any_index(const struct history *h)
{
    for (size_t i = 0; i < h->count; i++) {
        if (h->ops[i].outcome == HISTORY_OK && h->ops[i].index != 0)
            return true;
    }
    return h->count == 0;
}

static void walk(const struct history *h, const struct versions *v, struct check_result *res)
{
    struct walker w = {0};
    struct session_turn *turns = mem_array(h->count, sizeof(*turns));
    size_t count = sessions_turns(h, v, false, turns);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || turns[i].client != turns[i - 1].client)
            w = (struct walker){.by = VERSION_NONE};
        res->seen += step(&w, h, v, turns[i].pos, res);
    }
    mem_free(turns);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    const struct kept_history *kept = state;
    struct versions v;
    (void)in;
    if (kept_history_torn(kept, res))
        return;
    if (!any_index(&kept->h)) {
        res->verdict = CHECK_UNKNOWN;
        result_say(res, "no answer tells its index in the log, and without the order of writes "
                        "the question is too hard");
        return;
    }
    versions_of(&v, &kept->h);
    walk(&kept->h, &v, res);
    versions_free(&v);
    result_settle(res, "answers with a place in the log");
}

const struct checker check_sequential = {
    .name = "sequential",
    .property = "There is one order of the writes, the log's, in which every client goes forward "
                "only.",
    .source = "Lamport 1979; Gibbons & Korach 1997",
    .class = CHECKER_LIVENESS,
    .untraced = true,
    .events = CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn),
    .state_size = sizeof(struct kept_history),
    .feed = kept_history_feed,
    .finish = finish,
    .free = kept_history_free,
};
