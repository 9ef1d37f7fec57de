/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files of the nodes. */
#ifndef LIVE_NODES_INSIDE_H
#define LIVE_NODES_INSIDE_H

#include "emulator/live/command_line.h"
#include "emulator/live/lab.h"
#include "emulator/live/limiter.h"
#include "emulator/live/nodes.h"
#include "emulator/live/process.h"
#include "emulator/live/sink.h"

/* Invariant: pid == 0 means lab == NULL and adapter == NULL; otherwise one of them is there. */
struct one {
    struct nodes *nodes;
    unsigned index;
    bool opened;         /* its files are; false: never started */
    bool wipe;           /* before the next start */
    bool joined;         /* its directory is not a founder's */
    unsigned via;        /* … and whom it asks */
    const char *leaving; /* why it may end by itself; or NULL */
    char *home;          /* nodes/nK */
    int home_fd;
    char *data_dir;
    char *log_path;
    struct command_line words;
    struct collector collector;
    pid_t pid;            /* 0: none */
    struct node_lab *lab; /* of raftd */
    struct adapter *adapter;
    struct pair_list configs[2]; /* what its start says: settings of all nodes, and its own … */
    char via_name[16];           /* … and whom it asks */
    bool booted;                 /* the adapter has said that its node runs */
    int status;                  /* of the adapter, once it has ended */
    const char *planned;         /* why it was told to end; NULL: it was not */
    int planned_signal;
    uint64_t kill_at_ns; /* UINT64_MAX: never */
    bool start_again;
    bool paused;
    bool held; /* its files are in use: it goes on when they are not, and not before */
    struct limiter limiter;
    struct sink *sink;                /* of its log; NULL: the file itself */
    const struct pair_list *settings; /* of its version; borrowed */
    char *sink_path;                  /* … where the process finds it */
    const struct one *twin_of;        /* whose directory it has a copy of, and who it is; or NULL */
};

struct nodes {
    struct nodes_options o;
    char *raftd;    /* absolute: nodes run in their own directories */
    bool pipes;     /* that they log into */
    uint32_t needs; /* what their adapters must be able to do: bit ADAPTER_CAN_x */
    struct one each[LIMIT_MEMBERS];
    unsigned count;
};

/* So long a process that was stopped may take to stand still: it may be in a call to a disk. */
#define NODES_STOP_MS 5000

/* Its directory, trace and log are there. */
int nodes_open_one(struct nodes *n, struct one *one, struct err *e) MUST_CHECK;
/* Errors: -E_IO. */
int nodes_signal(const struct one *one, int signal, struct err *e) MUST_CHECK;
/* After SIGCHLD, of one alone. */
void nodes_reap_one(struct nodes *n, struct one *one);

#endif
