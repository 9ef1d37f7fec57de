/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of the lab channel, a row each: a part of the laboratory in this process has its
 * commands in its own file, and adds them to the table here. */
#ifndef RAFTD_LAB_COMMAND_H
#define RAFTD_LAB_COMMAND_H

#include "raftd/lab_calls.h"
#include "raftd/lab_clock.h"
#include "raftd/lab_disk.h"
#include "raftd/lab_filter.h"
#include "raftd/lab_points.h"
#include "raftd/lab_undo.h"
#include "raftd/lab_words.h"

struct lab;

/* What commands act on. They run on the loop, between the node's turns. */
struct lab_parts {
    struct lab *lab;
    struct lab_clock *clock, *wall;
    struct lab_calls *calls;
    struct lab_disk *disk;
    struct lab_undo *undo;
    struct lab_points *points;
    struct lab_filters *filters;
};

struct lab_command {
    const char *verb;
    /* Takes its words, checks that none is left (lab_words_end), and only then does it; a failure
     * has done nothing. Errors: any, with a text for whoever sent it. */
    int (*run)(const struct lab_parts *parts, struct lab_words *w, struct err *e);
};

/* Carries out one line of so many bytes, without its end; writes into it. line[len] is NUL.
 * *ret_id: that of the command, 0 if it has none that can be read. Errors: -E_INVALID, and those of
 * the command. */
int lab_command_run(const struct lab_parts *parts, char *line, size_t len, uint64_t *ret_id,
                    struct err *e) MUST_CHECK;

#endif
