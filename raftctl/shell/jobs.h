/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs that go on beside the shell: what they say comes above the prompt. */
#ifndef RAFTCTL_SHELL_JOBS_H
#define RAFTCTL_SHELL_JOBS_H

#include "raftctl/shell/child.h"
#include "raftctl/verbs.h"

#define JOBS_MAX            8
#define JOBS_LINE_BYTES_MAX (1u << 20) /* of a line that has not ended: it is shown as it is */

struct job {
    struct child child;
    unsigned number; /* from 1, by which it is ended */
    char *line;      /* owned: how it was typed */
    struct buf said; /* an unfinished line, or picture */
    bool picture;    /* what it says replaces what it said */
};

/* Invariant: jobs[0..count) run, in the order in which they began. */
struct jobs {
    struct job jobs[JOBS_MAX];
    size_t count;
    unsigned last;
};

/* Starts what the words say (words[count] is NULL). Returns its number, or a code. picture: it
 * shows how things are, again and again. */
int jobs_start(struct jobs *j, char **words, size_t count, const char *const *defaults,
               const char *line, bool picture, struct err *e) MUST_CHECK;

/* The i-th one's socket is readable: whole lines it said, or its last whole
 * picture, go into *ret. True: it is over, was taken
 * off the list, and *ret ends with a line that says so. */
bool jobs_read(struct jobs *j, size_t i, struct buf *ret);

/* Ends that one, or all (0), and puts a line for each into *ret. Returns how many. */
size_t jobs_stop(struct jobs *j, unsigned number, struct buf *ret);

#endif
