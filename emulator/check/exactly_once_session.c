/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A write of a session is executed once, at one index, and has one answer: on every node, however
 * often it was sent.
 *
 * Writes are remembered in a table of fixed size. Where one has to go it is the one executed
 * earliest: nodes apply the same log, and whoever lags so far behind is not compared. The verdict
 * says how many had to go. */
#include "emulator/check/registry.h"

#include "base/mem.h"
#include "base/prng.h"

#include <stdlib.h>

#define SETS 16384u
#define WAYS 4u

struct write {
    uint64_t sid; /* 0 = free */
    uint64_t number;
    uint64_t index;
    uint64_t digest;
    struct event_ref first;
};

struct state {
    struct write (*sets)[WAYS]; /* owned */
    uint64_t forgotten;         /* how many had to go */
};

static void init(void *state, const struct check_input *in)
{
    struct state *s = state;
    (void)in;
    s->sets = mem_array(SETS, sizeof(*s->sets));
}

/* Where the write stands, or the place it may have. */
static struct write *find(struct state *s, uint64_t sid, uint64_t number)
{
    struct write *set = s->sets[prng_mix(prng_mix(sid) ^ number) % SETS], *oldest = set;
    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].sid == sid && set[i].number == number)
            return &set[i];
        if (set[i].index < oldest->index)
            oldest = &set[i];
    }
    return oldest;
}

static void show(const struct check_input *in, const struct write *w,
                 const struct trace_record *rec, struct check_result *res)
{
    result_event(res, in->names, w->first, "write %llu of session %llu executed at index %llu",
                 (unsigned long long)w->number, (unsigned long long)w->sid,
                 (unsigned long long)w->index);
    result_event(res, in->names, event_ref_of(rec), "%s at index %llu",
                 rec->done ? "the same write executed" : "the same write answered, as executed",
                 (unsigned long long)rec->index);
}

static void executed_twice(const struct check_input *in, const struct write *w,
                           const struct trace_record *rec, struct check_result *res)
{
    unsigned long long number = w->number, sid = w->sid, first = w->index, second = rec->index;
    const char *node = trace_names_text(in->names, rec->node);
    if (!result_violate(res,
                        "write %llu of session %llu was executed at index %llu and at index %llu",
                        number, sid, first, second))
        return;
    show(in, w, rec, res);
    result_paragraph(res,
                     "A client that has no answer sends its write again under the same number of "
                     "its session, so that it takes effect once. %s executed write %llu of session "
                     "%llu at index %llu, %s at index %llu: who executed it a second time had "
                     "forgotten the first, and what the client wanted once has happened twice.",
                     trace_names_text(in->names, w->first.node), number, sid, first, node, second);
}

static void answered_otherwise(const struct check_input *in, const struct write *w,
                               const struct trace_record *rec, struct check_result *res)
{
    unsigned long long number = w->number, sid = w->sid;
    if (!result_violate(res, "write %llu of session %llu, executed at index %llu, has two answers",
                        number, sid, (unsigned long long)w->index))
        return;
    show(in, w, rec, res);
    result_paragraph(res,
                     "A write has the answer that came of executing it where it stands in the log. "
                     "%s knows one for write %llu of session %llu, %s another: what a client is "
                     "told depends on whom it asks, or on how often.",
                     trace_names_text(in->names, w->first.node), number, sid,
                     rec->node == w->first.node ? "and later"
                                                : trace_names_text(in->names, rec->node));
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct write *w = find(state, rec->sid, rec->number);
    if (rec->sid == 0)
        return;
    if (w->sid == rec->sid && w->number == rec->number) {
        res->seen++;
        if (w->index != rec->index)
            executed_twice(in, w, rec, res);
        else if (w->digest != rec->digest)
            answered_otherwise(in, w, rec, res);
        return;
    }
    ((struct state *)state)->forgotten += w->sid != 0;
    if (w->index < rec->index)
        *w = (struct write){rec->sid, rec->number, rec->index, rec->digest, event_ref_of(rec)};
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    const struct state *s = state;
    (void)in;
    result_settle(res, "writes of sessions");
    if (res->verdict == CHECK_OK && s->forgotten > 0)
        result_say(res,
                   "%llu writes of sessions compared, none breaks the rule; each with those that "
                   "were executed not long before it: %llu of so many were forgotten on the way",
                   (unsigned long long)res->seen, (unsigned long long)s->forgotten);
}

static void release(void *state)
{
    mem_free(((struct state *)state)->sets);
}

const struct checker check_exactly_once_session = {
    .name = "exactlyOnceSession",
    .property = "A write of a session is executed once, at one index, with one answer.",
    .source = "thesis 6.3",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(executed),
    .state_size = sizeof(struct state),
    .init = init,
    .feed = feed,
    .finish = finish,
    .free = release,
};
