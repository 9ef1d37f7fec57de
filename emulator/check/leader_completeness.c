/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every leader of a term holds all entries committed in earlier terms. */
#include "emulator/check/registry.h"

#include <stdlib.h>

#define COMMITS 64u /* newest terms in which something was committed */
#define LEADERS 16u /* newest elections */

/* Everything up to index was committed in term or before. */
struct commit {
    uint64_t term; /* 0 = free */
    uint64_t index;
    struct event_ref ref;
};

struct leader {
    struct event_ref ref; /* term 0 = free */
    struct view_log log;  /* at its election */
};

struct state {
    struct commit commits[COMMITS];
    struct leader leaders[LEADERS];
    size_t next_leader;
};

/* At that index, up to which c committed or further. */
static void missing(const struct check_input *in, const struct commit *c, uint64_t at,
                    const struct leader *leader, uint64_t theirs, uint64_t mine,
                    struct check_result *res)
{
    const char *name = trace_names_text(in->names, leader->ref.node);
    unsigned long long index = at;
    unsigned long long term = leader->ref.term;
    if (!result_violate(res, "%s leads term %llu without the entry committed at index %llu", name,
                        term, index))
        return;
    result_event(res, in->names, c->ref, "committed up to index %llu in term %llu",
                 (unsigned long long)c->index, (unsigned long long)c->term);
    result_event(res, in->names, leader->ref, NULL);
    if (mine == 0)
        result_paragraph(res,
                         "%s reported index %llu as committed in term %llu. The log of %s ended at "
                         "index %llu when it was elected in term %llu: the entry is missing and "
                         "will be overwritten.",
                         trace_names_text(in->names, c->ref.node), index,
                         (unsigned long long)c->term, name, (unsigned long long)leader->log.last,
                         term);
    else
        result_paragraph(
            res,
            "%s reported index %llu as committed in term %llu; the entry there has "
            "term %llu. %s was elected in term %llu with an entry of term %llu at that "
            "index, and will overwrite what clients were told is safe.",
            trace_names_text(in->names, c->ref.node), index, (unsigned long long)c->term,
            (unsigned long long)theirs, name, term, (unsigned long long)mine);
}

/* All that c committed, as it stands in that log. */
static void compare(const struct check_input *in, const struct commit *c,
                    const struct leader *leader, const struct view_log *log,
                    struct check_result *res)
{
    uint64_t compared = 0;
    if (leader->log.last < c->index) {
        res->seen++;
        missing(in, c, c->index, leader, view_log_term(log, c->index), 0, res);
        return;
    }
    uint64_t at = view_log_differ(&leader->log, log, 1, c->index, &compared);
    res->seen += compared > 0;
    if (at != 0)
        missing(in, c, at, leader, view_log_term(log, at), view_log_term(&leader->log, at), res);
}

static void on_leader(struct state *s, const struct check_input *in, const struct trace_record *rec,
                      struct check_result *res)
{
    struct leader *leader = &s->leaders[s->next_leader++ % LEADERS];
    const struct commit *greatest = NULL;
    leader->ref = event_ref_of(rec);
    view_log_copy(&leader->log, &in->view->nodes[rec->node].log);
    for (size_t i = 0; i < COMMITS; i++) {
        const struct commit *c = &s->commits[i];
        if (c->term != 0 && c->term < rec->term && (greatest == NULL || c->index > greatest->index))
            greatest = c;
    }
    if (greatest != NULL)
        compare(in, greatest, leader, &in->view->committed, res);
}

static void on_committed(struct state *s, const struct check_input *in,
                         const struct trace_record *rec, struct check_result *res)
{
    struct commit now = {rec->term, rec->to, event_ref_of(rec)};
    struct commit *c = &s->commits[rec->term % COMMITS];
    if (rec->term > c->term || (rec->term == c->term && rec->to > c->index))
        *c = now;
    for (size_t i = 0; i < LEADERS; i++) {
        if (s->leaders[i].ref.term > rec->term)
            compare(in, &now, &s->leaders[i], &in->view->nodes[rec->node].log, res);
    }
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    if (rec->ev == TRACE_becameLeader)
        on_leader(state, in, rec, res);
    else
        on_committed(state, in, rec, res);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "elections after a commit");
}

static void release(void *state)
{
    struct state *s = state;
    for (size_t i = 0; i < LEADERS; i++)
        view_log_free(&s->leaders[i].log);
}

const struct checker check_leader_completeness = {
    .name = "leaderCompleteness",
    .property = "A leader holds every entry that was committed in an earlier term.",
    .source = "thesis 3.2 (leader completeness), 3.6",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(becameLeader) | CHECKER_ON(committed),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
    .free = release,
};
