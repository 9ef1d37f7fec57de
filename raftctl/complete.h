/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may stand next on a line: for the completion of shells, and for hints. */
#ifndef RAFTCTL_COMPLETE_H
#define RAFTCTL_COMPLETE_H

#include "raftctl/verbs.h"

/* What stands around the name of a member in a condition. */
#define COMPLETE_NODE  "node="
#define COMPLETE_COLON ":"

/* What the table knows of a place on a line. */
struct complete {
    /* what a word here stands for; members, keys and files are not offered. KIND_CONDITION: one in
     * which a member's name is begun or still to come, between COMPLETE_NODE and COMPLETE_COLON */
    enum ctl_kind kind;
    bool none; /* no argument belongs here: options at most */
    /* what may still come, as written in help: "NODE HOST:PORT [--learner]"; a key or a word of the
     * verb's name that is half written is left out */
    struct buf hint; /* owned: complete_free */
};

/* words: the whole words before the place, without the program's name; prefix: what there is of the
 * word at it. offer is called for each verb, word of a verb's name, option and choice that begins
 * with the prefix, with its one line of help (never NULL); both texts are borrowed for the call. */
void complete_ask(char *const *words, size_t count, const char *prefix,
                  void (*offer)(void *to, const char *word, const char *help), void *to,
                  struct complete *ret);
void complete_free(struct complete *c);

#endif
