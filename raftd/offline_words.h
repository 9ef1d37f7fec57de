/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What work on a directory at rest is asked for with, and what each such answer has in JSON. */
#ifndef RAFTD_OFFLINE_WORDS_H
#define RAFTD_OFFLINE_WORDS_H

#include "base/jsonw.h"
#include "raft/recover.h"

/* DIR [--yes] [--json], in any order behind DIR; ret_yes NULL: no --yes. False: it is something
 * else. */
bool offline_words(int argc, char *const *argv, bool *ret_yes, bool *ret_json);

/* Lines about a node that does not count any more; none if it does. */
void offline_tell_standing(const struct node_recovery *r);

/* Whose directory it is, and how far its log goes: members of an object. */
void offline_put_node(struct jsonw *w, const struct node_recovery *r);
/* Ends the object, prints and frees it. An exit code. */
int offline_print(struct jsonw *w, struct buf *json);

#endif
