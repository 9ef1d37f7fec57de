/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftd --recover DIR [--yes] [--json]: a data directory at rest, looked at or recovered by force.
 */
#ifndef RAFTD_RECOVER_H
#define RAFTD_RECOVER_H

#include "base/jsonw.h"
#include "raft/recover.h"

/* argv: what follows --recover. Prints, and returns an exit code. */
int recover_run(int argc, char *const *argv);

/* DIR [--yes] [--json], in any order behind DIR; ret_yes NULL: no --yes. False: it is something
 * else. */
bool recover_words(int argc, char *const *argv, bool *ret_yes, bool *ret_json);

/* Whose directory it is, and how far its log goes: members of an object. */
void recover_put_node(struct jsonw *w, const struct node_recovery *r);
/* Ends the object, prints and frees it. An exit code. */
int recover_print(struct jsonw *w, struct buf *json);

#endif
