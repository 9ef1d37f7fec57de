/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a keeper is made of. Private to lab/. */
#ifndef LAB_INSIDE_H
#define LAB_INSIDE_H

#include "emulator/lab/control.h"
#include "emulator/lab/deeds.h"
#include "emulator/lab/lab.h"
#include "emulator/live/stay.h"

struct lab {
    const struct lab_options *o;
    char dir[LABS_PATH_MAX];
    int report_fd; /* to who waits for it to be up; -1: it was told */
    struct live *live;
    struct control *control;
    struct lab_deeds deeds;
    bool under_way;         /* the newest step by hand is … */
    struct caller *waiting; /* … and that one waits for it, or NULL */
    bool up, down;
    uint64_t give_up_ns; /* then it has to be up */
};

/* requests.c: a line that somebody sent. */
void lab_request(struct lab *lab, struct caller *c, const char *text, size_t len);
/* After each turn: whoever waits for a step is answered. */
void lab_look(struct lab *lab);
/* The last word about a request: its exit code, and why it is not 0. */
void lab_answered(struct caller *c, int exit, const char *error);

/* state.c: what there is to see, as a value. */
void lab_state(const struct lab *lab, struct jsonw *w);
/* heal.c: everything mended, and put down as steps of that moment. */
int lab_heal(struct lab *lab, uint64_t story_ns, struct err *e) MUST_CHECK;

#endif
