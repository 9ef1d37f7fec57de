/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question to the cluster, wherever it is answered, and what went wrong in a user's words. */
#ifndef RAFTCTL_ASK_H
#define RAFTCTL_ASK_H

#include "raftctl/conn.h"
#include "raftctl/print.h"
#include "raftctl/survey.h"
#include "raftctl/verbs.h"

/* A reply and the connection that holds its bytes. */
struct answer {
    struct conn conn;
    const struct resp_value *value; /* never an error, attributes removed */
    char session[24];               /* the client session it was written in; empty: none */
};

enum ask_kind {
    ASK_READ,  /* may be repeated elsewhere if no reply comes */
    ASK_WRITE, /* once sent and not answered, its outcome is unknown */
    ASK_CHANGE /* the same, of something else than keys: members, leadership, a node's files */
};

/* Sends the request to one endpoint after another until one answers it; goes on where none could
 * be reached, where a read got no reply, and where the node says that it was not applied.
 * Returns CTL_OK and fills *ret, to be closed with conn_close(&ret->conn); else fills *f and
 * returns its exit code: CTL_UNREACHABLE, CTL_UNKNOWN, CTL_TRY_AGAIN, CTL_NOT_PERMITTED, CTL_NO
 * (the node refuses the request). */
enum ctl_exit ask_cluster(const struct ctl *ctl, enum ask_kind kind, const struct span *argv,
                          size_t argc, struct answer *ret, struct failure *f);

/* What a node said counts for more than a node that was not there, and what a member said for more
 * than what another node did. */
bool ask_counts_less(const struct failure *f);

/* An error reply, "CODE sentence", in a user's words: fills *f and returns its exit code. */
enum ctl_exit ask_explain(const struct conn *c, struct span text, struct failure *f);

/* Closes the connection, and the session: whether that arrives is nobody's concern, for it expires.
 */
void ask_close(struct answer *a);

/* The same for a survey: CTL_OK if any node answered, else CTL_UNREACHABLE with *f filled. */
enum ctl_exit ask_survey(const struct ctl *ctl, uint64_t deadline_ns, struct survey *ret,
                         struct failure *f);

/* For a reply of a kind the request cannot have: fills *f and returns CTL_INTERNAL. */
enum ctl_exit ask_surprised(const struct answer *a, struct failure *f);

#endif
