/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of the writes whose answer was lost, as far as the nodes' traces prove it.
 *
 * A write has a name, which its client tells when it asks and the leader that appends it tells with
 * the entry (`proposed`). An entry is its index and its term. Two things can be proved of a write
 * with an unknown outcome:
 *
 * It happened. An entry with its name lies at or below the commit index of some node, in the log
 *   that nodes agree on. Entries that are committed are applied, in the order of the log, by every
 *   node, and whatever is asked later is answered behind them: so the write took effect between its
 *   call and the moment this was told. From then on it counts as answered at that moment, with its
 *   index. Of several entries the first of the log is the one: it was sent again within a session,
 *   which executes it once. Exact: for a write, an append and an enqueue that is all there is to
 *   know, as it is for an increment but for the number it made, for a delete but for what it found.
 *   Of a cas it is not known whether it swapped: it stays unknown, but did so by then or never will
 *   (`ret_ns`).
 *
 * It never will. A write can take effect as long as it is somewhere: on its way to a node, in the
 *   memory of a process, or in a log.
 *   - On its way, in memory: its client has given up, so nobody sends it any more but who has it.
 *     A connection and what is in memory end with the process. Whoever had it from the client may
 *     have sent it on to another node; that one sends nothing on (a write is forwarded once). So
 *     when, after the client gave up, every process has ended, and then every one again, it is in
 *     no memory. Rounds are counted: a round is over when every node has been down since it began.
 *     The round in which the client gave up may have begun before that, so it takes two whole ones
 *     after it. Nothing else proves it: clocks do not, since what a network holds back may come
 *     at any time.
 *   - In a log: leaders tell what they append before they do. Entries with its name are counted
 *     until their place is committed: with another term, that entry is none of the log's any more.
 *   When it is in no memory and no entry is left, it counts as refused at that moment. Exact.
 *
 * What is not proved stays open. Nothing is proved
 *   - of writes without a name: histories from elsewhere, and those of older traces;
 *   - by absence, of writes called before some leader appended without telling what, or some node
 *     turned out to hold entries it had not told of (a process killed in mid-sentence);
 *   - while a member of the cluster has told nothing at all: it may hold anything;
 *   - of two writes by one name (increments without a session) that were open at the same time;
 *   - once some disk breaks its promises, or an operator rewrote the log by force: what is
 * committed can then be lost.
 *
 * Either proof takes possibilities away and adds none: a history that is not linearizable is none
 * afterwards, and a trace that lies can only make one of a run that is. */
#ifndef EMULATOR_CHECK_FATES_H
#define EMULATOR_CHECK_FATES_H

#include "emulator/check/checker.h"

/* What was refused is followed, too: of the newest FATES_REFUSED writes that a node promised to be
 * appended nowhere it is noticed when an entry with their name is committed all the same. */
#define FATES_REFUSED 1024u

/* A write that is under way, or whose answer was lost, or that was refused. */
struct fate {
    uint64_t name; /* 0: an empty slot */
    uint64_t op;
    uint64_t index;            /* committed there; 0: not yet */
    uint64_t index_ns;         /* … and told at this moment */
    uint64_t round;            /* in which its client gave up */
    uint32_t copies;           /* entries with its name whose place is not committed */
    bool lost;                 /* its client gave up */
    bool refused;              /* its client was told that it happens nowhere */
    bool shared;               /* another open write had the same name */
    struct event_ref proposal; /* of the entry at that index */
    struct event_ref refusal;
};

/* An entry that bears the name of a write and is not committed yet. */
struct fate_copy {
    uint64_t name;
    uint64_t op; /* whose it is */
    uint64_t index;
    struct event_ref proposal; /* has its term */
};

/* A write that was refused and committed. */
struct fate_broken {
    uint64_t op;
    uint64_t index;
    uint64_t index_ns; /* when it was told that this is committed */
    struct event_ref proposal;
    struct event_ref refusal;
};

struct fate_copies {
    struct fate_copy *at; /* owned */
    size_t count;
    size_t cap;
};

/* All-zero is empty. Invariant: what was told at now_ns is looked at when time has passed, since
 * events of one instant may come in any order. */
struct fates {
    struct fate *slots; /* owned; open addressing by name */
    size_t cap;         /* a power of two, or 0 */
    size_t count;
    struct fate_copies told;   /* at this instant */
    struct fate_copies copies; /* before it */
    uint64_t *refused;         /* owned; names of the newest, in a ring of FATES_REFUSED */
    size_t refused_count;      /* ever */
    struct fate_broken broken; /* the first one, if broken_count > 0 */
    uint64_t broken_count;
    uint64_t now_ns;
    uint64_t just_lost; /* the name of a write whose client gave up at the last event; 0: none */
    uint64_t committed; /* up to where copies were looked at */
    uint64_t untold_ns; /* absence proves nothing of what was called until then */
    nodeset members;    /* nodes that were part of the cluster */
    nodeset ended;      /* nodes whose processes ended at this instant */
    nodeset rested;     /* … in this round, before it */
    uint64_t round;
    uint64_t named_to[TRACE_NODES_MAX]; /* the last entry of what a node told it will append */
};

void fates_free(struct fates *f);

/* With every event, when the history has it, and before the view has it and anybody judges it: what
 * is proved by events before it counts from here on. Not once traces prove nothing (see above). */
void fates_feed(struct fates *f, const struct view *view, struct history *h,
                const struct trace_record *rec);

/* How many writes are open: under way, or lost without a proof. */
size_t fates_open(const struct fates *f);

#endif
