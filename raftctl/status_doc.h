/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node answers to RAFT STATUS: a JSON document, read into a struct. */
#ifndef RAFTCTL_STATUS_DOC_H
#define RAFTCTL_STATUS_DOC_H

#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

#define STATUS_WORD_MAX    31 /* characters of a role or a version */
#define STATUS_REASON_MAX  (ERR_TEXT_MAX - 1)
#define STATUS_ID_MAX      16 /* hexadecimal digits of a 64-bit id */
#define STATUS_NUMBER_NONE UINT64_MAX

struct status_names {
    char names[LIMIT_MEMBERS][LIMIT_NODE_NAME + 1];
    size_t count;
};

/* Texts are empty and numbers STATUS_NUMBER_NONE where the node did not say. */
struct status_cluster {
    char name[LIMIT_NODE_NAME + 1];
    char id[STATUS_ID_MAX + 1];
    char leader[LIMIT_NODE_NAME + 1]; /* empty: this node knows of none */
    uint64_t term;
    uint64_t commit;
    uint64_t config_index; /* of the configuration whose members the node lists */
    bool joint;            /* a change of several voters is under way: two quorums count */
    uint64_t generation;   /* how often it was recovered by force */
};

/* The change of members that a leader makes for somebody; phase is empty if it makes none. */
struct status_change {
    char asked[STATUS_REASON_MAX + 1];
    char phase[STATUS_WORD_MAX + 1];
    uint64_t for_ms;
    struct status_names newcomers; /* to vote once they have caught up */
    struct status_names leavers;   /* to go then */
};

struct status_node {
    char name[LIMIT_NODE_NAME + 1];
    char role[STATUS_WORD_MAX + 1];
    char version[STATUS_WORD_MAX + 1];
    uint64_t term;
    uint64_t last;
    uint64_t commit;
    uint64_t applied;
    uint64_t first;         /* of its log: what is below is in a snapshot */
    uint64_t election_ms;   /* the shortest silence of a leader that it takes for its death */
    uint64_t lease_ms;      /* of a leader that reads by lease: what is left */
    uint64_t heard_ms;      /* since it heard of a leader; of a leader, since a quorum was heard */
    uint64_t slow_permille; /* commits of late that the disk made wait */
    uint64_t restoring;     /* a damaged log: it votes again from this entry on */
};

struct status_member {
    char name[LIMIT_NODE_NAME + 1];
    char id[STATUS_ID_MAX + 1];
    char address[LIMIT_ADDRESS + 1]; /* for clients */
    char peer[LIMIT_ADDRESS + 1];
    char refused[STATUS_REASON_MAX + 1]; /* why the node does not talk to it */
    bool voter;
    bool witness;        /* a voter without data */
    bool voter_old;      /* of the outgoing voters, while two quorums count */
    uint64_t priority;   /* 0: drained */
    uint64_t match;      /* from a leader: the last entry it is known to have */
    uint64_t contact_ms; /* from a leader: since it was last heard */
};

struct status_doc {
    struct status_cluster cluster;
    struct status_names
        given_up; /* without whom the cluster went on when it was recovered, sorted */
    struct status_change change;
    struct status_node node;
    struct status_member members[LIMIT_MEMBERS];
    size_t members_count;
};

/* Reads {"v":1,"cluster":{…},"node":{…},"members":[…]}. Unknown keys are left alone, so that a
 * newer node can be asked too. Sentences for people are cut where they are longer than their place.
 * Returns 0, or -E_CORRUPT: not JSON, another "v", a value of the wrong type, too long or too many;
 * *ret is then undefined. */
int status_doc_parse(struct span json, struct status_doc *ret, struct err *e) MUST_CHECK;

#endif
