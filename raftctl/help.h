/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts made of the table: --help, and the manual page's sections. */
#ifndef RAFTCTL_HELP_H
#define RAFTCTL_HELP_H

#include "raftctl/verbs.h"

void help_put_all(struct buf *out);
void help_put_verb(struct buf *out, const struct ctl_verb *verb);
/* The verbs of two words that begin with this one. */
void help_put_group(struct buf *out, const char *group);
/* The sections VERBS and OPTIONS of raftctl(1), for man(7). */
void help_put_manual(struct buf *out);

#endif
