/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal of what the node's calls to its disk replace (store/undo.h), for a laboratory that
 * plays a power cut: it outlives the process, as a power cut does not. */
#ifndef RAFTD_LAB_UNDO_H
#define RAFTD_LAB_UNDO_H

#include "raftd/lab_calls.h"

#include <stdatomic.h>

struct lab_parts;
struct lab_words;

/* All-zero: nothing is written. */
struct lab_undo {
    atomic_bool on;         /* what follows is valid, and stays so */
    char dir[VFS_PATH_MAX]; /* the journal, and links to files that lose their names */
    int fd;                 /* of the journal */
    atomic_bool lies;       /* no sync is worth anything */
};

/* It is to be the last one asked: a call that fails before it has replaced nothing. */
struct lab_watcher lab_undo_watcher(struct lab_undo *u);

/* disk-undo dir=PATH: writes it there from now on, behind what is there; what was written before
 * counts as synced. Once. */
int lab_undo_command(const struct lab_parts *parts, struct lab_words *w, struct err *e) MUST_CHECK;

/* The power fails before this file can be synced. */
_Noreturn void lab_undo_power(struct lab_undo *u, const char *path);

void lab_undo_close(struct lab_undo *u);

#endif
