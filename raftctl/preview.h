/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a change of members would mean for the quorum, before it is made. */
#ifndef RAFTCTL_PREVIEW_H
#define RAFTCTL_PREVIEW_H

#include "raftctl/print.h"
#include "raftctl/survey.h"

/* The voters of one moment, and who of them answers. */
struct preview_side {
    char names[LIMIT_MEMBERS + 1][LIMIT_NODE_NAME + 1];
    bool reached[LIMIT_MEMBERS + 1];
    size_t count;
};

/* Invariant: outgoing is empty unless a change of voters is under way; then now is who comes. */
struct preview {
    struct preview_side now, outgoing, after;
};

/* without and with may be NULL: the voter that goes, the one that comes (which is taken to answer,
 * if it is not known not to). */
void preview_make(const struct survey *s, const char *without, const char *with,
                  struct preview *ret);
/* The voters become those of a list NODE=HOST:PORT,... */
void preview_list(const struct survey *s, const char *list, struct preview *ret);
/* After the change no quorum of the voters would answer: nothing could commit. Or none does now of
 * one half of a change under way, which has to end first. */
bool preview_blocks(const struct preview *p);
/* Exit code CTL_NO if it blocks. via: who told of the members. */
enum ctl_exit preview_show(const struct ctl *ctl, const struct preview *p, const char *via);

#endif
