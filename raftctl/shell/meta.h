/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands of the shell itself: \help, \o, \record and so on; each is a row, and help, completion
 * and hints are read from the rows. */
#ifndef RAFTCTL_SHELL_META_H
#define RAFTCTL_SHELL_META_H

#include "raftctl/verbs.h"

struct shell;

/* Whether the word is one of them, or begins one: "\x", or ".x". */
bool meta_begins(const char *word);

/* The same for a whole word: help, quit and exit are commands without a backslash too. */
bool meta_is(const char *word);

/* Does what the words say; words[0] is the command (meta_is). */
enum ctl_exit meta_obey(struct shell *sh, char **words, size_t count);

/* The rows as help has them. */
void meta_put_help(struct buf *out);

/* Calls take for every command that begins so, with its one line of help. */
void meta_offer(const char *prefix, void (*take)(void *to, const char *word, const char *help),
                void *to);

/* The same for a word of one of them, as complete_ask does for verbs; returns what the word stands
 * for, and adds what may still come to *ret_hint (or NULL). */
enum ctl_kind meta_complete(char *const *words, size_t count, const char *prefix,
                            void (*take)(void *to, const char *word, const char *help), void *to,
                            struct buf *ret_hint);

#endif
