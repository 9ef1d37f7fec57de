/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three nodes that are only sockets, and raftctl run against them. */
#ifndef TESTS_FAKE_CLUSTER_H
#define TESTS_FAKE_CLUSTER_H

#include "fake_node.h"
#include "run_program.h"

#define FAKE_NODES 3

/* What each says of itself, and what becomes of writes. */
struct fake_cluster {
    struct fake_node nodes[FAKE_NODES];
    bool started[FAKE_NODES];
    char addresses[FAKE_NODES][FAKE_ADDRESS_MAX];
    const char *roles[FAKE_NODES];
    unsigned terms[FAKE_NODES];
    const char *leaders[FAKE_NODES]; /* whom each follows */
    bool joint[FAKE_NODES];          /* a change of several voters is under way, as each knows */
    const char *ids[FAKE_NODES];     /* cluster id as each knows it */
    unsigned last[FAKE_NODES];
    unsigned election_ms[FAKE_NODES];  /* 0: it does not say */
    unsigned lease_ms[FAKE_NODES];     /* the same */
    unsigned config_index[FAKE_NODES]; /* of what each lists; 0: it does not say */
    unsigned left_at[FAKE_NODES];      /* from that index on it is not listed; 0: always is */
    const char *change;                /* JSON of the one that the leader makes; NULL: none */
    bool unheard[FAKE_NODES];          /* by the leader */
    const char *refused;               /* why those are not; NULL: nobody knows */
    char modes[FAKE_NODES][16];        /* RAFT READMODE as last said; lease is refused */
    const char *data_reply;            /* to everything that is not RAFT */
    enum fake_act data_act;
    size_t leaderless_for;           /* so many of those, and openings, find no leader first */
    unsigned leaderless_s;           /* and take so long to find that out */
    enum fake_act open_act;          /* what becomes of opening a session */
    size_t writes_lost;              /* so many writes are not answered, but hung up on */
    size_t writes[FAKE_NODES];       /* that arrived, in a session */
    char last_write[FAKE_NODES][64]; /* its session and numbers */
    size_t no_leader_for;            /* so many status requests are answered without a leader */
    size_t silent_after[FAKE_NODES]; /* so many status requests are answered; 0: all */
};

/* n2 leads in term 7; nodes in the mask run, the others refuse connections. */
void fake_cluster_start(struct fake_cluster *c, unsigned running);
void fake_cluster_stop(struct fake_cluster *c);

/* RAFT STATUS of a node that leads alone. */
void fake_put_alone(const struct fake_node *node, struct buf *reply);

extern const char *ctl_program; /* path of raftctl, from the command line */

/* Runs raftctl with the words given, NULL at the end, and no input. */
void ctl_run(struct ran *ret, ...);

/* Each fails the test with what was printed; all but the last free r. */
void ctl_expect(struct ran *r, int exit_code, const char *out);
/* A line of JSON: its members up to the last, which says who answered: that address. */
void ctl_expect_json(struct ran *r, int exit_code, const char *begin, const char *address);
/* Exit code and name of a failure on stderr. */
void ctl_expect_failure(struct ran *r, int exit_code, const char *name);
void ctl_expect_part(const struct ran *r, const char *part);
void ctl_expect_said(const struct ran *r, const char *part); /* on stderr */

#endif
