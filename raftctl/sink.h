/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a verb's words go: standard output and error, or wherever a shell wants them. */
#ifndef RAFTCTL_SINK_H
#define RAFTCTL_SINK_H

#include "base/buf.h"

enum sink_side { SINK_ANSWER, SINK_FAILURE };

struct sink {
    /* False: it does not take them, with errno. */
    bool (*put)(void *to, enum sink_side side, const char *bytes, size_t len);
    void *to;
    bool terminal[2]; /* by enum sink_side: a person reads it, and colours show */
    bool pictures;    /* who reads it lets a picture take the place of the one before: the end of
                         each is told by SINK_PICTURE_END */
};

#define SINK_PICTURE_END '\f'

/* Standard output and standard error. */
void sink_standard(struct sink *ret);

bool sink_put(struct sink *sink, enum sink_side side, const struct buf *text);

/* What was put since the last such call is one whole picture. */
bool sink_end_picture(struct sink *sink);

#endif
