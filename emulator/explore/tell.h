/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A way through the states in sentences: what happened to whom, what was decided and why, and at
 * the end all servers side by side. */
#ifndef EXPLORE_TELL_H
#define EXPLORE_TELL_H

#include "base/buf.h"
#include "emulator/explore/walk.h"

/* The whole way, as lines. x: as of ex_walk. */
void ex_tell_path(struct ex_expander *x, const struct ex_path *path, struct buf *out);

/* What a server decided, sent and left unwritten in its last turn, a line each. */
void ex_tell_turn(const struct ex_turn *turn, struct buf *out);

/* The servers side by side; rows: one of each. */
void ex_tell_servers(const struct ex_space *space, const struct ex_row *const *rows,
                     struct buf *out);

/* What is on its way, who led, and what is committed. */
void ex_tell_messages(const struct ex_space *space, const struct ex_cluster *c, struct buf *out);
void ex_tell_history(const struct ex_space *space, const struct ex_cluster *c, struct buf *out);

#endif
