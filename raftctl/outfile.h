/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that is there whole or not at all: written beside its place, synced, and renamed. */
#ifndef RAFTCTL_OUTFILE_H
#define RAFTCTL_OUTFILE_H

#include "raftctl/print.h"

struct outfile {
    char path[4096];
    char temporary[4128];
    int fd;
};

/* Each fills *f and returns CTL_CANNOT_CREATE or CTL_IO when it fails; then, and after finish,
 * there is nothing to give up. The file must not be there yet. */
enum ctl_exit outfile_begin(struct outfile *o, const char *path, struct failure *f) MUST_CHECK;
enum ctl_exit outfile_write(struct outfile *o, struct span bytes, struct failure *f) MUST_CHECK;
enum ctl_exit outfile_finish(struct outfile *o, struct failure *f) MUST_CHECK;
/* Nothing of it is left. */
void outfile_give_up(struct outfile *o);

#endif
