/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a walk by hand. */
#ifndef EXPLORE_HAND_INSIDE_H
#define EXPLORE_HAND_INSIDE_H

#include "emulator/explore/hand.h"
#include "emulator/explore/search.h"

/* Where it stands is the last of at[]; none of them is ever computed again. */
struct ex_hand {
    struct ex_space space;
    struct ex_expander expander; /* of where it stands */
    struct ex_expander again;    /* for going the whole way anew */
    struct ex_path path;
    struct ex_cluster *at; /* owned; path.count + 1, but one less when it is broken */
    char broken[160];      /* "": nothing is */
    char prompt[32];
};

struct ex_words {
    const char *argument; /* "": none */
    bool number;          /* it is one, … */
    uint32_t value;       /* … this */
    bool two;             /* something stands after it … */
    bool wrong_second;    /* … that is no number */
    uint32_t second;      /* … this; 0: nothing does */
};

/* The state where it stands. */
const struct ex_cluster *ex_hand_here(const struct ex_hand *h);

/* hand_show.c: commands that only look. */
typedef int ex_hand_command(struct ex_hand *h, const struct ex_words *w, struct buf *out,
                            struct err *e);
ex_hand_command ex_hand_list, ex_hand_state, ex_hand_why, ex_hand_near, ex_hand_path, ex_hand_case;

#endif
