/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One event that happens to one server: raft_step, and what a host has to do before and after. What
 * comes of it depends on nothing but the server and the event, so it is looked up the next time
 * (memo.h). */
#ifndef EXPLORE_TURN_H
#define EXPLORE_TURN_H

#include "emulator/explore/limits.h"
#include "emulator/explore/space.h"

#include <setjmp.h>

enum ex_event_kind {
    EX_EVENT_DELIVER,   /* argument: the message, by number */
    EX_EVENT_WAKE,      /* its next deadline is there */
    EX_EVENT_OVERSLEPT, /* all deadlines it has are long over */
    EX_EVENT_SYNC,      /* so many of its writes are on the disk */
    EX_EVENT_CRASH,     /* so many of its writes still got there */
    EX_EVENT_RESTART,
    EX_EVENT_PROPOSE,
    EX_EVENT_READ,     /* EX_READ_* */
    EX_EVENT_CHANGE,   /* the configuration wanted, by number */
    EX_EVENT_TRANSFER, /* to whom */
    EX_EVENT_IMAGE,    /* of what is committed here; and the log is cut under it */
    EX_EVENT_PASS,     /* so much of its time passes, and nothing else happens */
    EX_EVENT_KINDS
};

struct ex_event {
    uint8_t kind;       /* enum ex_event_kind */
    uint8_t late;       /* what it writes is not on the disk before a SYNC */
    uint8_t after_hold; /* DELIVER: when its hold is over */
    uint32_t argument;
};

/* How a read is asked for. */
#define EX_READ_LEASE 1u /* an answer by lease will do */
#define EX_READ_LATE  2u /* just before the next deadline, so that this one is over first */

/* What happened. */
#define EX_LED       1u    /* it leads now, and did not before */
#define EX_COMMITTED 2u    /* its commit index rose */
#define EX_LOGGED    4u    /* its log is another one */
#define EX_WROTE     8u    /* something went to the disk while nothing was under way */
#define EX_TIMED     16u   /* the deadline was an election timer, or as rare */
#define EX_BEYOND    32u   /* a limit is reached: not followed */
#define EX_BROKEN    64u   /* a promise was broken: see broken */
#define EX_READ_DONE 128u  /* the read may be served, at read_index */
#define EX_READ_LOST 256u  /* it never will be */
#define EX_LEASED    512u  /* with EX_READ_DONE: by lease, now */
#define EX_HARDENED  1024u /* its disk holds another term */

/* How long the target of a transfer may take to come close. */
#define EX_TRANSFER_NS(space) (4 * (space)->timing.election_ns_max)

#define EX_REASONS 96

struct ex_turn {
    struct ex_space *space;
    struct ex_row row; /* the server; packed and hash are not kept up to date */
    uint64_t *core;    /* its block */
    struct raft_output *out;
    struct raft_glance before;

    bool calm; /* bounds do not count: see calm.h */
    uint32_t flags;
    enum ex_limit limit; /* BEYOND: which */
    uint8_t read_index;
    uint64_t passed_ns; /* on its clock, before the event */
    uint32_t sent_count;
    struct ex_message sent[EX_SENT];
    uint32_t reasons_count;
    struct raft_reason reasons[EX_REASONS];
    char broken[160];
    jmp_buf panicked;
};

void ex_turn_init(struct ex_turn *t, struct ex_space *space);
void ex_turn_free(struct ex_turn *t);

/* A server at its very first start, with the first step taken. */
void ex_turn_begin(struct ex_turn *t, uint8_t id, uint8_t config);
/* The event happens to server: t holds what became of it, until the next call. */
void ex_turn_take(struct ex_turn *t, uint32_t server, struct ex_event e);
/* What it became, by number. */
uint32_t ex_turn_server(struct ex_turn *t);

const struct raft *ex_turn_core(const struct ex_turn *t);
/* A promise is broken: kept if it is the first. */
void ex_turn_broken(struct ex_turn *t, const char *what);

/* turn_host.c: the host's part of one step that was taken. packet: what it received, or NULL. */
void ex_turn_host(struct ex_turn *t, const struct ex_message *packet);
/* The oldest count writes are on the disk. */
void ex_turn_written(struct ex_turn *t, uint32_t count);
/* turn_boot.c: a start from what is on the disk. */
void ex_turn_boot(struct ex_turn *t);
/* turn_checks.c: what must hold of one server, after every step. */
void ex_turn_checks(struct ex_turn *t, const struct ex_message *packet);

#endif
