/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A narrator's parts. Private to narrate/. */
#ifndef NARRATE_INSIDE_H
#define NARRATE_INSIDE_H

#include "emulator/narrate/narrate.h"
#include "emulator/scenario/select.h"

/* What a node was about when it decided something. */
struct cause {
    enum sim_event_kind kind;
    uint8_t type;  /* SIM_PACKET of a frame between nodes: what it carries; else 0 */
    unsigned from; /* … and whose it is */
};

struct remembered {
    uint64_t t_ns;
    struct cause cause;
    struct raft_reason reason;
};

/* What a node may say again and again while nothing changes: told once, then counted. */
enum again {
    AGAIN_PRE_VOTES,  /* it asks, and nobody is elected */
    AGAIN_ANSWERS,    /* what it is answered */
    AGAIN_MISMATCHES, /* entries that arrive before those they follow */
    AGAIN_READS,
    AGAIN_OLD_TERM,
    AGAIN_KINDS
};

/* What was counted since the last line of that kind. */
struct quiet {
    uint64_t since_ns;
    uint64_t heartbeats, reads;
    uint64_t again[AGAIN_KINDS];
    uint64_t commit; /* the highest; stays over lines */
    uint64_t commit_told;
};

struct sentence {
    enum raft_reason_code code;
    raft_id peer;
};

/* What a node has said since something changed for it. Full: all else is told. */
struct said {
    struct sentence of[4 * LIMIT_MEMBERS];
    size_t count;
};

/* The last word of a leader; from the node itself: when it last led. */
struct heard {
    bool any;
    unsigned from;
    uint64_t t_ns;
};

struct narrator {
    struct sim_watch watch;
    unsigned nodes;
    unsigned what;
    void (*line)(void *arg, const char *text);
    void *arg;
    void (*share)(void *arg, uint64_t t_ns, const struct sim_event *event); /* or NULL */
    void *share_arg;
    bool muted;
    uint64_t told_ns; /* when the last line was */
    uint64_t now_ns;
    struct quiet quiet;
    struct cause cause; /* of what happens now */
    struct heard heard[LIMIT_MEMBERS], before[LIMIT_MEMBERS];
    bool leads[LIMIT_MEMBERS];
    struct said said[LIMIT_MEMBERS];
    const struct sim_packet *told; /* whose arrival is not to be told; or NULL */
    const char *fault;             /* the last one told; for what the runner says of it once more */
    uint64_t fault_ns;
    struct remembered ring[LIMIT_MEMBERS][NARRATE_REMEMBERED];
    uint64_t count[LIMIT_MEMBERS];
    struct buf text;
};

/* A line; who may be NULL: nobody in particular. */
void narrator_tell(struct narrator *n, uint64_t t_ns, const char *who, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* The same, and nothing is told before it. */
void narrator_put(struct narrator *n, uint64_t t_ns, const char *who, const char *text);

/* ---- quiet.c ---- */

/* The counters' line, if it is worth one. */
void narrator_quiet(struct narrator *n, uint64_t t_ns);
/* What is counted when it is said again; AGAIN_KINDS: nothing, it is told each time. */
enum again narrator_again_of(enum raft_reason_code code);
/* The node has said this since something changed for it: counted. */
bool narrator_again(struct narrator *n, unsigned node, const struct raft_reason *r);
/* Something changed for the node: what it says is news. */
void narrator_fresh(struct narrator *n, unsigned node);

/* ---- decisions.c, others.c: the watch's calls ---- */

void narrate_decided(void *arg, uint64_t t_ns, unsigned node, const struct raft_reason *reasons,
                     size_t count);
void narrate_moved(void *arg, uint64_t t_ns, enum sim_packet_news news, const struct sim_packet *p);
void narrate_process(void *arg, uint64_t t_ns, unsigned node, const char *why);
void narrate_fault(void *arg, uint64_t t_ns, const struct world_fault *f);
void narrate_operation(void *arg, uint64_t t_ns, const struct sim_operation *o);

#endif
