/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fates of single types of Raft messages, on their way from the node to its links: what a
 * laboratory has its eye on is lost, kept back, doubled, late, or swapped with the next. */
#ifndef RAFTD_LAB_FILTER_H
#define RAFTD_LAB_FILTER_H

#include "base/prng.h"
#include "raftd/peers.h"

struct lab;
struct lab_parts;
struct lab_words;

#define LAB_FILTERS_MAX 32

enum lab_verdict { LAB_DROP, LAB_HOLD, LAB_DUPLICATE, LAB_DELAY, LAB_SWAP };

struct lab_frame; /* opaque */

/* Invariant: number 0 = free, and nothing is held. */
struct lab_filter {
    uint64_t number;
    uint32_t types; /* bit: enum raft_message_type */
    raft_id to[NODE_PEERS_MAX];
    size_t to_count;
    enum lab_verdict verdict;
    uint64_t left;   /* frames it will still meet */
    uint64_t chance; /* that it befalls one of them, in billionths */
    uint64_t delay_ns;
    struct prng dice;
    struct lab_frame *held; /* owned, oldest first */
};

struct lab_filters {
    struct lab *lab;
    struct turn *turn;
    struct peers *peers; /* NULL: not yet */
    struct lab_filter list[LAB_FILTERS_MAX];
    struct lab_frame *late; /* owned, in the order in which they are due */
    size_t kept_bytes;      /* of all frames here */
    uv_timer_t timer;       /* the first of the late ones */
};

/* Both are borrowed. */
void lab_filters_init(struct lab_filters *f, struct lab *lab, struct turn *turn);
/* The loop runs once more before lab_filters_free. */
void lab_filters_stop(struct lab_filters *f);
void lab_filters_free(struct lab_filters *f);
/* Where frames go on. Borrowed. */
void lab_filters_serve(struct lab_filters *f, struct peers *peers);

/* As peers_send, past the filters. */
bool lab_filters_send(struct lab_filters *f, raft_id to, const void *frame, size_t len);

/* filter number=N to=NAME,NAME types=TYPE,TYPE verdict=V count=N chance=B delay=NS seed=N: count 0
 * is as many as come. Each that it befalls is told (labMet), of a swap when it is done. unfilter
 * number=N to=NAME,NAME: it leaves these links alone from now on, and lets go what it held there.
 * spend number=N: it meets no more, and what it holds stays held. */
int lab_filters_command(const struct lab_parts *parts, struct lab_words *w,
                        struct err *e) MUST_CHECK;
int lab_filters_end_command(const struct lab_parts *parts, struct lab_words *w,
                            struct err *e) MUST_CHECK;
int lab_filters_spend_command(const struct lab_parts *parts, struct lab_words *w,
                              struct err *e) MUST_CHECK;

#endif
