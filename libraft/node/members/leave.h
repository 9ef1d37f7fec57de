/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaving the cluster: the state of a node on its way out, and the wishes that wait at a leader. */
#ifndef NODE_LEAVE_H
#define NODE_LEAVE_H

#include "node/members/voters_window.h"
#include "raft/node.h"

struct request;

/* Of a leader on its way out: first the others, then leadership, then itself. */
enum leave_step {
    LEAVE_WAITING,      /* for its term, an open change, others that want to leave */
    LEAVE_HANDING_OVER, /* a transfer is under way */
    LEAVE_SELF,         /* nobody takes over: it removes itself */
    LEAVE_GOING         /* that is appended: until it is committed */
};

struct leave {
    enum node_parting state;
    bool stops;              /* asked for by the host: the process ends, whatever comes of it */
    bool only_hand_over;     /* leadership goes, membership stays */
    struct request *request; /* RAFT LEAVE waits for the end; NULL: nobody */
    uint64_t attempts;       /* begun in this life */
    uint64_t attempt;        /* of the present one: never used before */
    uint64_t deadline_ns;
    uint64_t resend_ns; /* of Leave */
    raft_id asked;      /* who was asked last; 0: everybody, since nobody was known to lead */
    uint64_t asked_term;
    enum leave_step step;
    enum raft_transfer_news news; /* how the transfer of this step ended */
    bool told_removed;            /* another member knows of a committed configuration without us */
    uint64_t
        marked_index; /* configuration in force at start: a newer one may make it a member again */
    /* The oldest configuration known here that has this node, with this disk or none yet, since the
     * newest that has its name with another disk; 0: none. A newcomer whose log still ends before
     * its own admission, or whose admission was rolled back, was not removed. */
    uint64_t member_index;
    /* Committed already when the first entries reached this empty log: who was removed up to here
     * is not this node. 0: it was not empty when it started. */
    uint64_t history_index;
    /* The configuration that removes this node and asks it to stop; 0: none. */
    uint64_t shutdown_index;
};

struct leave_wish {
    raft_id who;
    uint64_t attempt;
    uint64_t asked_ns; /* last; who stops asking is forgotten */
    bool refused;      /* for good, in this attempt and term */
    bool removed;      /* that is committed, and it is being told */
    bool gone;         /* refused or removed, and the connection to it has ended */
    uint64_t refused_ns;
    char why[PEER_LEAVE_WHY_MAX + 1];
};

/* At a leader, in the order of arrival; forgotten with its term. */
struct leave_queue {
    uint64_t term;
    size_t count;
    struct leave_wish wishes[LIMIT_MEMBERS];
};

/* leave.c: the node that goes */
void leave_start(struct node *n);   /* the core runs now */
void leave_advance(struct node *n); /* once a turn */
uint64_t leave_wake(const struct node *n);
void leave_request(struct node *n, struct request *r); /* RAFT LEAVE */
void leave_transfer_news(struct node *n);
void leave_answered(struct node *n, const struct peer_leave_reply *reply);
/* The image's configuration, the oldest that is known at start. */
void leave_note_image(struct node *n);
/* Entries of a leader that has committed so many are about to be appended. */
void leave_note_first(struct node *n, uint64_t commit);
/* A configuration entry was appended, here or received; the log was cut. */
void leave_note_config(struct node *n, const struct entry *entry);
void leave_note_cut(struct node *n, uint64_t index);

/* leave_queue.c: the leader that lets go */
enum leave_verdict { LEAVE_LATER, LEAVE_BEGUN, LEAVE_REFUSED };

void leave_asked(struct node *n, const struct peer_leave *wish);
void leave_queue_advance(struct node *n); /* once a turn, before leave_advance */
void leave_queue_peer_lost(struct node *n, raft_id peer);
/* Others want to leave, or have not heard yet that they may not. */
bool leave_queue_busy(const struct node *n);
bool leave_change_open(const struct node *n); /* the configuration in force is not committed */
bool leave_wanted_by(const struct node *n, raft_id who);
/* Removes who, unless it has to wait or must not be; ret_why only when refused. */
enum leave_verdict leave_judge(struct node *n, raft_id who,
                               char ret_why[PEER_LEAVE_WHY_MAX + 1]) MUST_CHECK;
/* Who is to lead next: *ret 0, the core's choice, if nobody wants to leave. False: nobody can. */
bool leave_heir(const struct node *n, raft_id *ret) MUST_CHECK;

#endif
