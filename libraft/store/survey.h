/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can still be said about a damaged log: how far it can have reached at most. */
#ifndef STORE_SURVEY_H
#define STORE_SURVEY_H

#include "base/buf.h"
#include "store/vfs.h"

struct survey {
    /* No entry above this index was ever in the log or in an image here. An upper bound: every
     * batch whose header reads says how far it goes, and what was written before a batch that
     * reads is bounded by what that one says came before it; behind the last one every block that
     * is not empty, or that its file lost together with its end, may be as many of the smallest
     * records as fit in it. */
    uint64_t last_max;
    /* The newest hard state that a batch repeats, for the cross-check with the slots. */
    uint64_t hard_term;
    uint64_t hard_vote;
    uint64_t last_term; /* the highest term of an entry or an image */
    struct buf config;  /* payload of the newest configuration that reads; empty: none. Owned */
};

/* Looks at every log and image file in dir, of the disk with this mark. Changes nothing. Returns 0
 * or the vfs's errors: then nothing is known. *Ownership*: the caller frees ret->config. */
int survey_take(const struct vfs *v, const char *dir, uint64_t disk_mark, struct survey *ret,
                struct err *e) MUST_CHECK;

#endif
