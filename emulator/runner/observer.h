/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cluster as the trace shows it while it runs: what selectors and waits ask about. */
#ifndef EMULATOR_OBSERVER_H
#define EMULATOR_OBSERVER_H

#include "emulator/runner/observer_config.h"
#include "emulator/scenario/event_where.h"
#include "trace/trace.h"

enum observed_outcome { OBSERVED_OK, OBSERVED_FAIL, OBSERVED_UNKNOWN, OBSERVED_OUTCOMES };

#define OBSERVER_LEADERS_MAX 4096

/* Counts the events that somebody waits for, picked by their fields. Owned by who waits. */
struct event_watch {
    struct event_watch *next, **link; /* link: what points to it */
    enum trace_event ev;
    struct event_where where;
    uint64_t counts[LIMIT_MEMBERS]; /* of each node, since it began */
};

/* How the last process of a node ended. */
struct observed_exit {
    bool ended; /* false: none has, or another runs */
    int code;   /* of its exit; -1: a signal ended it */
    int signal; /* 0: none */
};

/* The snapshot a node receives. */
struct observed_install {
    uint64_t chunks;    /* received so far, of all installs */
    uint64_t installed; /* how many were finished */
};

struct observer {
    size_t nodes_count;
    struct view_node nodes[LIMIT_MEMBERS];
    uint64_t applied[LIMIT_MEMBERS];
    struct observed_exit exits[LIMIT_MEMBERS];
    struct observed_install installs[LIMIT_MEMBERS];
    struct observed_configs configs;
    int transferee;                                   /* -1: no transfer is under way */
    struct view_leader leaders[OBSERVER_LEADERS_MAX]; /* terms rising; later ones are not kept */
    size_t leaders_count;
    uint64_t events[LIMIT_MEMBERS][TRACE_EVENTS_COUNT]; /* how many so far */
    struct event_watch *watches;
    uint64_t reigns[LIMIT_MEMBERS]; /* observer_told: the term each node leads, or led last */
    unsigned named[LIMIT_MEMBERS];  /* … and whom each names: that one's number + 1; 0: nobody */
    uint64_t ops[OBSERVED_OUTCOMES];
    uint64_t term_max;
    uint64_t commit_max;
    uint64_t term_changed_ns; /* when term_max last rose */
    uint64_t unrest_ns;       /* last election, membership change, crash or start */

    /* A leader that a majority of the voters follows, and since when without a break. */
    int leader; /* -1: none */
    uint64_t leader_since_ns;
    uint64_t no_leader_since_ns; /* when the last live leader was lost */
};

/* The cluster is founded by the voters; learners are added before the first step and count as
 * members from the start; the rest are spares. */
void observer_init(struct observer *o, size_t voters, size_t learners, size_t spares,
                   uint64_t now_ns);
/* A record of a node; others are ignored. Its numbers are those of world_names. */
void observer_feed(struct observer *o, const struct trace_record *rec);
/* Begins and ends; the observer must not move in between. pairs: of `where`, from the scenario. */
void observer_watch(struct observer *o, enum trace_event ev, const struct pair_list *pairs,
                    struct event_watch *w);
void observer_unwatch(struct event_watch *w);
void observer_outcome(struct observer *o, enum observed_outcome outcome);
/* Processes: told by the world, since a dead one tells nothing. */
void observer_started(struct observer *o, unsigned node, uint64_t now_ns);
void observer_died(struct observer *o, unsigned node, uint64_t now_ns);
void observer_paused(struct observer *o, unsigned node, bool paused, uint64_t now_ns);
/* Of a node that traces nothing: whom it takes for the leader now (-1: nobody). Terms are then
 * counted here: each time a node begins to take itself for the leader is one. */
void observer_told(struct observer *o, unsigned node, int leader, uint64_t now_ns);
/* Of nodes that trace nothing: that one was taken in, or is a member no more. */
void observer_told_member(struct observer *o, unsigned node, bool member, uint64_t now_ns);
/* The process is gone. code -1: by that signal. */
void observer_ended(struct observer *o, unsigned node, int code, int signal);

#endif
