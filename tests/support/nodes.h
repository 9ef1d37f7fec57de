/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cluster of whole nodes in one process: memory disks, a queue of frames for a network, and a
 * clock that moves only when told (those of nodes may be wrong). Deterministic. */
#ifndef TESTS_SUPPORT_NODES_H
#define TESTS_SUPPORT_NODES_H

#include "base/buf.h"
#include "emulator/disk/memvfs.h"
#include "raft/node.h"

#define NODES_MAX     5
#define NODES_CLIENTS 20
#define NODES_ADMIN   7 /* the client that came by the admin socket */

struct nodes_frame {
    unsigned from, to;
    char *data;
    size_t len;
    struct nodes_frame *next;
};

struct nodes;

struct nodes_one {
    struct nodes *all;
    unsigned number;
    char name[16];
    struct memvfs *disk;
    struct node *node;                 /* NULL: not running */
    struct buf replies[NODES_CLIENTS]; /* what client i was sent */
    bool slow[NODES_CLIENTS];          /* it has read nothing of that */
    bool hung_up[NODES_CLIENTS];
    int fatal;     /* exit code asked for, 0 = none */
    int exit_code; /* of a start that failed */
    char fatal_text[512];
    struct buf trace;
    struct buf said;                           /* what it logged: a level and a text a line */
    char address[32];                          /* where it can be dialed: "host1:7001" */
    struct node_peer dials[3 * LIMIT_MEMBERS]; /* whom it wants to be connected to */
    size_t dials_count;
    uint64_t redial_ns[NODES_MAX]; /* not earlier: it was refused */
    uint64_t stood_ns;             /* for so long its clock stood still */
    int64_t clock_ppm;             /* how much faster its clock runs; set before time passes */
    bool harmed;                   /* its files were changed: set by who did it, for the judge */
};

struct nodes {
    unsigned count;
    uint64_t now_ns;
    uint64_t seed;
    unsigned founders;                          /* the first so many stand in the bootstrap list */
    uint64_t cluster_id;                        /* for those who join */
    uint64_t generation;                        /* the same */
    bool joins[NODES_MAX];                      /* a founder that comes back as one who joins */
    void (*tune)(struct node_options *options); /* of every start from now on; NULL: as they are */
    void (*set)(void *arg, struct node_options *options); /* the same, with something to hand */
    void *set_arg;
    struct nodes_one one[NODES_MAX];
    bool up[NODES_MAX][NODES_MAX];         /* connected: they have greeted each other */
    bool cut[NODES_MAX][NODES_MAX];        /* frames from..to are dropped */
    bool torn[NODES_MAX][NODES_MAX];       /* they were, on a connection that stood */
    bool held[NODES_MAX][NODES_MAX];       /* frames from..to wait until it is false again */
    unsigned passes[NODES_MAX][NODES_MAX]; /* but so many of them go on */
    bool asleep[NODES_MAX];                /* it does nothing; what is sent to it waits */
    bool stalled[NODES_MAX];               /* its disk does nothing until it is false again */
    unsigned steps[NODES_MAX];             /* but for so many operations */
    bool refuse;                           /* send answers false */
    void (*watch)(struct nodes *n);        /* called often while things settle; NULL: nobody */
    unsigned lose_type;                    /* frames of this type are lost; 0: none */
    bool mute[NODES_MAX];                  /* its pre-votes are lost: it will not lead */
    struct nodes_frame *first, **last;
    uint64_t frames_sent;
    struct buf events; /* the traces of all nodes in the order of happening, and their crashes */
    struct trace_names names; /* of the nodes that were traced */
};

/* count nodes n1.., founded as one cluster, running. */
void nodes_open(struct nodes *n, unsigned count, uint64_t seed);
void nodes_open_tuned(struct nodes *n, unsigned count, uint64_t seed,
                      void (*tune)(struct node_options *options));
/* The same, none of them started yet. */
void nodes_prepare(struct nodes *n, unsigned count, uint64_t seed);
/* One more node that joins; nobody knows it yet. Its number. */
unsigned nodes_join(struct nodes *n);
void nodes_close(struct nodes *n);

/* Starts node i on its disk; returns node_open's code. */
int nodes_start(struct nodes *n, unsigned i, struct err *e);
/* The process dies; how decides what the disk keeps. */
void nodes_crash(struct nodes *n, unsigned i, enum memvfs_crash how);

/* Delivers everything that can be delivered without time passing: frames, disk, turns. */
void nodes_settle(struct nodes *n);
/* Lets time pass in steps of a millisecond, settling at each. */
void nodes_run(struct nodes *n, uint64_t span_ns);
/* Runs until some running node leads with its term committed; its number, or -1 after limit. */
int nodes_leader(struct nodes *n, uint64_t limit_ns);

/* What the clock of node i shows. */
uint64_t nodes_clock(const struct nodes *n, unsigned i);

/* Client c (0..) of node i says the words, a space between them. */
void nodes_say(struct nodes *n, unsigned i, unsigned client, const char *words);
/* The same, then settles until an answer came or limit passed; the reply bytes (never NULL),
 * valid until the client speaks again. */
const char *nodes_ask(struct nodes *n, unsigned i, unsigned client, const char *words,
                      uint64_t limit_ns);

#endif
