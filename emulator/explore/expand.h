/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that can happen next. */
#ifndef EXPLORE_EXPAND_H
#define EXPLORE_EXPAND_H

#include "emulator/explore/cluster.h"
#include "emulator/explore/memo.h"

struct ex_action {
    struct ex_event event;
    uint8_t server;    /* to whom it happens: a place, not an id */
    uint8_t stray;     /* DELIVER: of a stray */
    uint8_t overtakes; /* DELIVER: so many older ones of its link, which are gone then */
    uint8_t priced;    /* of these, so many that may not be lost for nothing */
    uint8_t duplicate; /* DELIVER: another copy is a stray then */
    uint64_t late; /* DELIVER: the older ones that are strays then and not lost; bit 0: oldest */
};

/* One state that may come next. */
struct ex_next {
    struct ex_action action;
    struct fingerprint fingerprint;
    struct ex_cluster to;
    const char *broken; /* a promise is: nothing above but action counts; NULL: none */
};

struct ex_expander {
    struct ex_space *space;
    struct ex_memo memo;
    const struct ex_cluster *from;
    struct ex_sums sums; /* of from */
    const struct ex_row *rows[EX_SERVERS];
    struct ex_next *next; /* owned; always in the same order */
    uint32_t count;
    uint32_t room;
    struct ex_ended ended; /* where it was not gone on */
};

void ex_expander_init(struct ex_expander *x, struct ex_space *space);
void ex_expander_free(struct ex_expander *x);

/* Fills next[0..count). from is borrowed until the next call. */
void ex_expand(struct ex_expander *x, const struct ex_cluster *from);

/* One that may be offered: its outcome is looked up and judged. at: where its message is in from;
 * budget: what it takes one of; EX_FREE: nothing. expand_next.c */
void ex_offer(struct ex_expander *x, struct ex_action action, uint32_t at, enum ex_budget budget);

/* What n.broken says of a server's own promises: the turn's sentence is to be asked for again. */
extern const char ex_broken_alone[];

#endif
