/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node said is on its disk is on its disk, and is there again after a restart. */
#include "emulator/check/registry.h"

#include <string.h>

struct promises {
    struct event_ref synced; /* the sync that made the durable index what it is */
    struct event_ref vote;
    int candidate; /* of vote; -1 = none */
    struct event_ref image;
};

struct state {
    struct promises nodes[TRACE_NODES_MAX];
};

static void init(void *state, const struct check_input *in)
{
    struct state *s = state;
    (void)in;
    for (size_t i = 0; i < TRACE_NODES_MAX; i++)
        s->nodes[i].candidate = -1;
}

static void on_accepted(const struct check_input *in, const struct trace_record *rec,
                        struct check_result *res)
{
    const struct view_node *n = &in->view->nodes[rec->node];
    uint64_t held = n->durable > n->image ? n->durable : n->image;
    const char *node = trace_names_text(in->names, rec->node);
    if (!n->known)
        return;
    res->seen++;
    if (trace_has(rec, TRACE_HAS_for_term) && rec->for_term != rec->term) {
        if (result_violate(res, "%s, in term %llu, acknowledged entries accepted in term %llu",
                           node, (unsigned long long)rec->term,
                           (unsigned long long)rec->for_term)) {
            result_event(res, in->names, event_ref_of(rec), NULL);
            result_paragraph(res, "An acknowledgement dies with the term in which the entries were "
                                  "accepted: the log may have been cut since, and an old leader "
                                  "would count a copy that is no longer there.");
        }
        return;
    }
    if (rec->match <= held)
        return;
    if (!result_violate(res, "%s acknowledged index %llu, but only %llu is on its disk", node,
                        (unsigned long long)rec->match, (unsigned long long)held))
        return;
    result_event(res, in->names, event_ref_of(rec), "appendAccepted up to index %llu",
                 (unsigned long long)rec->match);
    result_paragraph(res,
                     "%s told its leader that it holds everything up to index %llu; its last sync "
                     "covered index %llu. The leader counts that copy as safe, and a power cut "
                     "removes it.",
                     node, (unsigned long long)rec->match, (unsigned long long)held);
}

static void broken(const struct check_input *in, const struct trace_record *rec,
                   struct event_ref promise, const char *what, uint64_t promised, uint64_t found,
                   struct check_result *res)
{
    const char *node = trace_names_text(in->names, rec->node);
    unsigned long long p = promised;
    unsigned long long f = found;
    if (!result_violate(res, "%s restarted with %s %llu, but had promised %llu", node, what, f, p))
        return;
    result_event(res, in->names, promise, NULL);
    result_event(res, in->names, event_ref_of(rec), "boot with %s %llu", what, f);
    result_paragraph(res,
                     "Before it stopped, %s had reported %s %llu as stored. What it read back from "
                     "its disk says %llu. Others count on what a node says is durable: a vote, a "
                     "term, entries and images must survive any crash.",
                     node, what, p, f);
}

/* No crash of an honest disk leaves a log that does not read. */
static void undamaged(const struct check_input *in, const struct trace_record *rec,
                      struct event_ref promise, struct check_result *res)
{
    const char *node = trace_names_text(in->names, rec->node);
    if (!result_violate(res, "%s restarted with a damaged log, but nothing had damaged its disk",
                        node))
        return;
    result_event(res, in->names, promise, NULL);
    result_event(res, in->names, event_ref_of(rec), "boot with a log to be fetched again");
    result_paragraph(res,
                     "%s found its own files to contradict each other, and gave up everything it "
                     "had promised. Its disk forgot nothing that was synced: what it wrote was "
                     "wrong, or what it read was misunderstood.",
                     node);
}

static void broken_vote(const struct check_input *in, const struct trace_record *rec,
                        const struct promises *p, struct check_result *res)
{
    const char *node = trace_names_text(in->names, rec->node);
    const char *promised = trace_names_text(in->names, p->candidate);
    const char *found = rec->vote < 0 ? "nobody" : trace_names_text(in->names, rec->vote);
    unsigned long long term = rec->term;
    if (!result_violate(res, "%s restarted with its vote of term %llu for %s, but had voted for %s",
                        node, term, found, promised))
        return;
    result_event(res, in->names, p->vote, "vote for %s in term %llu", promised, term);
    result_event(res, in->names, event_ref_of(rec), "boot with a vote for %s", found);
    result_paragraph(res,
                     "Before it stopped, %s had reported its vote of term %llu for %s as stored. "
                     "Its disk says it voted for %s: it can vote a second time in that term, and "
                     "two candidates can win it.",
                     node, term, promised, found);
}

/* It came back to an image that it had no time to tell of, and that its log does not lead to: what
 * stood behind is not the leader's. */
static bool replaced(const struct view_node *n, const struct trace_record *rec)
{
    uint64_t known = view_log_term(&n->log, rec->image);
    return rec->image > n->image && rec->last.index == rec->image && known != 0 &&
           known != rec->last.term;
}

/* The log read from disk against the log that was written there. */
static void boot_log(const struct check_input *in, const struct trace_record *rec,
                     const struct promises *p, struct check_result *res)
{
    const struct view_node *n = &in->view->nodes[rec->node];
    uint64_t found = rec->last.index > rec->image ? rec->last.index : rec->image;
    uint64_t known = view_log_term(&n->log, rec->last.index);
    /* A node that knows its log to be damaged says how far it can have reached, and promises
     * nothing before it reaches that again. */
    if (trace_has(rec, TRACE_HAS_restoring)) {
        if (rec->restoring < n->durable)
            broken(in, rec, p->synced, "a damaged log that ended at most at index", n->durable,
                   rec->restoring, res);
        else
            undamaged(in, rec, p->synced, res);
        return;
    }
    if (found < n->durable && !replaced(n, rec)) {
        broken(in, rec, p->synced, "its log ending at index", n->durable, found, res);
        return;
    }
    /* An entry of an older term than the one that stood there came back after its removal had been
     * synced. A newer one may have been written just before the end, and not been traced. */
    if (known != 0 && rec->last.term < known && !n->cut_open && rec->last.index > rec->image)
        broken(in, rec, p->synced, "a last entry of term", known, rec->last.term, res);
}

/* A node that has no name for a candidate any more writes "?". */
static bool other_vote(const struct check_input *in, int promised, int found)
{
    return found != promised && strcmp(trace_names_text(in->names, promised), "?") != 0 &&
           (found < 0 || strcmp(trace_names_text(in->names, found), "?") != 0);
}

static void on_boot(struct state *s, const struct check_input *in, const struct trace_record *rec,
                    struct check_result *res)
{
    const struct view_node *n = &in->view->nodes[rec->node];
    struct promises *p = &s->nodes[rec->node];
    if (!n->known || n->disk != rec->disk) {
        *p = (struct promises){.candidate = -1};
        return;
    }
    if ((in->bad_disks >> rec->node & 1) != 0)
        return;
    res->seen++;
    if (p->candidate >= 0 && rec->term < p->vote.term)
        broken(in, rec, p->vote, "term", p->vote.term, rec->term, res);
    else if (p->candidate >= 0 && rec->term == p->vote.term &&
             other_vote(in, p->candidate, rec->vote))
        broken_vote(in, rec, p, res);
    if (trace_has(rec, TRACE_HAS_image) && rec->image < n->image &&
        !trace_has(rec, TRACE_HAS_restoring))
        broken(in, rec, p->image, "a snapshot at index", n->image, rec->image, res);
    if (trace_has(rec, TRACE_HAS_image) && rec->base.index > rec->image)
        broken(in, rec, p->image, "entries removed that no snapshot covers, up to index",
               rec->image, rec->base.index, res);
    boot_log(in, rec, p, res);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    struct promises *p = &s->nodes[rec->node];
    switch ((int)rec->ev) {
    case TRACE_boot: on_boot(s, in, rec, res); break;
    case TRACE_appendAccepted: on_accepted(in, rec, res); break;
    case TRACE_fsyncEnd: p->synced = event_ref_of(rec); break;
    case TRACE_votePersisted:
        p->vote = event_ref_of(rec);
        p->candidate = rec->candidate;
        break;
    case TRACE_snapshotTaken:
    case TRACE_snapshotInstalled: p->image = event_ref_of(rec); break;
    default: break;
    }
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "acknowledgements and restarts");
}

const struct checker check_promise_kept = {
    .name = "promiseKept",
    .property = "Acknowledged terms, votes, entries and images are on disk, also after a restart.",
    .source = "thesis 3.8, 10.2.1",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(boot) | CHECKER_ON(appendAccepted) | CHECKER_ON(fsyncEnd) |
              CHECKER_ON(votePersisted) | CHECKER_ON(snapshotTaken) | CHECKER_ON(snapshotInstalled),
    .state_size = sizeof(struct state),
    .init = init,
    .feed = feed,
    .finish = finish,
};
