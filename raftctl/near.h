/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was meant by a word that is no name: names that are spelled nearly so, or begin so. */
#ifndef RAFTCTL_NEAR_H
#define RAFTCTL_NEAR_H

#include "base/buf.h"
#include "raftctl/print.h"

#define NEAR_NAMES 3

/* Of all that were offered those that are nearest, the first few of them. All is borrowed. */
struct near {
    struct span word;
    size_t wrong; /* letters; SIZE_MAX: there is none yet */
    struct span names[NEAR_NAMES];
    size_t count;
};

struct near near_new(struct span word);

/* One name: as it is spelled, and as it is told. Told once, if it has several spellings. */
void near_offer(struct near *n, struct span spelled, struct span told);

/* "; did you mean --this or --that?", each behind the mark; nothing if no name is near. */
void near_put(struct buf *out, const struct near *n, const char *mark);

/* These words are no verb, and not the first word of one alone: fills f. */
void near_verb(struct failure *f, char *const *words, size_t count);

/* The verb (NULL: none yet) has no option of that name, of which the word is shown: fills f. */
void near_option(struct failure *f, const struct ctl_verb *verb, struct span name,
                 const char *word);

#endif
