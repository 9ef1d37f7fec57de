/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was typed, kept over sessions in a file of its owner's alone: entries end with a NUL, so
 * that one of several lines stays one. */
#ifndef RAFTCTL_SHELL_HISTORY_H
#define RAFTCTL_SHELL_HISTORY_H

#include "base/buf.h"
#include "base/err.h"

#define HISTORY_ENTRIES_MAX     1000
#define HISTORY_ENTRY_BYTES_MAX (64u << 10) /* longer ones are remembered in this session alone */
#define HISTORY_FILE_BYTES_MAX  (4u << 20)  /* what is read of it: the end */

/* Invariant: count <= HISTORY_ENTRIES_MAX; the oldest first. */
struct history {
    char *path; /* owned; NULL: this session alone */
    char *entries[HISTORY_ENTRIES_MAX];
    size_t count;
};

/* $XDG_STATE_HOME/raftctl/history, else ~/.local/state/raftctl/history; empty if there is neither.
 */
void history_default_path(struct buf *ret);

/* Reads the file, if it is there; its folders are made. h is usable in any case, and to be closed.
 * Returns 0, or a code with a sentence: it then keeps nothing over the session. */
int history_open(struct history *h, const char *path, struct err *e) MUST_CHECK;
void history_close(struct history *h);

/* What must not lie about in a file: it begins with a blank, or has a word such as "password". */
bool history_is_secret(const char *entry);

/* Remembers the entry, unless the last one was the same; and writes it behind the file's end,
 * unless it is secret. Returns 1, 0 if it was the same, or a code: it is remembered, but not
 * written. */
int history_add(struct history *h, const char *entry, struct err *e) MUST_CHECK;

/* Forgets all of them, in the file too. */
int history_clear(struct history *h, struct err *e) MUST_CHECK;

/* The newest entry that begins so and goes on, or NULL. */
const char *history_find(const struct history *h, const char *prefix);

#endif
