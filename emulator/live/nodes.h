/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nodes of a run: their processes, their traces, and the difference between a node that was
 * stopped and one that stopped. */
#ifndef LIVE_NODES_H
#define LIVE_NODES_H

#include "emulator/live/adapter.h"
#include "emulator/live/lab.h"
#include "emulator/runner/observer.h"
#include "emulator/runner/world.h"
#include "emulator/scenario/model.h"
#include "emulator/trace/collect.h"
#include "netem/netem.h"

#include <uv.h>

struct nodes; /* opaque */

/* Everything is borrowed until nodes_close. None of the calls starts or ends a process. */
struct nodes_options {
    uv_loop_t *loop;
    struct netem *net;
    const struct scenario *s;
    const char *raftd;
    char *const *adapter; /* the words of the program that nodes are behind; NULL: they are raftd */
    const char *dir;      /* the result directory */
    bool traces;          /* are written to files in it; else nobody reads them but the observer */
    struct observer *observer;
    struct trace_names *names; /* that records name nodes by */
    collect_record *record;    /* every line of every trace, after the observer has seen it */
    /* A process ended by itself. booted: it had written a line of its trace, in this life or one
     * before; log is the end of what it said, borrowed. */
    void (*crashed)(void *arg, unsigned node, const char *cause, bool booted, const char *log);
    /* One has ended; told: a step told it to. Why, if that was a fault's doing, borrowed until the
     * next call; NULL: it was not. What a fault does to the dead is done before it starts again. */
    const char *(*struck)(void *arg, unsigned node, int status, bool told);
    /* One ended because of that. */
    void (*fell)(void *arg, unsigned node, const char *cause, const char *log);
    /* A node whose start had to wait for the old process could not be started, its adapter says
     * that it cannot go on, or it has refused a command of the lab channel. */
    void (*failed)(void *arg, const struct err *e);
    /* A process of raftd is about to start: what is said is the first that it hears. */
    void (*greet)(void *arg, unsigned node, struct node_lab *lab);
    /* See struct node_lab_events. */
    void (*met)(void *arg, unsigned node, uint64_t number);
    /* A node's adapter names another leader than before; -1: none. */
    void (*led)(void *arg, unsigned node, int leader);
    void *arg;
};

/* A file for records that nobody reads. */
#define NODES_NO_TRACE "/dev/null"

/* Makes nodes/ and trace/ below dir. Errors: -E_IO and those of mkdir. */
int nodes_open(const struct nodes_options *o, struct nodes **ret, struct err *e) MUST_CHECK;
/* No adapter, lab channel or log is listened to any more, and no beat limits; before the loop is
 * closed. NULL is fine. */
void nodes_silence(struct nodes *n);
/* The loop is closed already. 0, or the first error of writing a trace. */
int nodes_close(struct nodes *n, struct err *e) MUST_CHECK;

/* While its former process is still ending, the start waits for that and 0 is returned. Makes
 * nodes/nK and opens the trace at the first start. Errors: those of process_start, and of mkdir. */
int nodes_start(struct nodes *n, unsigned node, const struct world_start *how,
                struct err *e) MUST_CHECK;
/* Of nodes behind adapters: it was taken in, or is a member no more. */
void nodes_member(struct nodes *n, unsigned node, bool member);
/* It will end by itself, in order, because of `cause` (borrowed for ever). */
void nodes_expect_end(struct nodes *n, unsigned node, const char *cause);
/* Sends the signal (0: none, it ends by itself at once); cause is borrowed as long as it runs. From
 * now on the node counts as dead. If it has not ended grace_ns later, it is killed. */
int nodes_kill(struct nodes *n, unsigned node, int signal, const char *cause, uint64_t grace_ns,
               struct err *e) MUST_CHECK;
int nodes_pause(struct nodes *n, unsigned node, bool paused, struct err *e) MUST_CHECK;

/* It is found at a new address from its next start on. Failing at that is told as `failed`. */
void nodes_readdress(struct nodes *n, unsigned node);
/* The process has said that it stops, by itself: it is suspended now, unless somebody has let
 * it go on meanwhile. */
void nodes_stopped(struct nodes *n, unsigned node);

/* What it may take, whether it runs or will start. Errors: -E_UNSUPPORTED (its log is no pipe),
 * -E_IO. */
int nodes_limit(struct nodes *n, unsigned node, const struct world_limit *limit,
                struct err *e) MUST_CHECK;
/* As world.h has it. Errors: -E_BUSY, -E_IO, those of nodes_start. */
int nodes_twin(struct nodes *n, unsigned node, unsigned at, struct err *e) MUST_CHECK;

/* Runs raftd --recover on the directory of a node that does not run, and waits for it. Errors:
 * -E_BUSY, -E_INVALID (it refused; its words are in the node's log), -E_IO. */
int nodes_recover(struct nodes *n, unsigned node, struct err *e) MUST_CHECK;

/* Its data directory; NULL: it was never started. */
const char *nodes_data_dir(const struct nodes *n, unsigned node);
/* Where its process runs, nodes/nK, which the data directory is in. In it, NODES_UNDO: where it
 * keeps what its calls replace. */
#define NODES_UNDO "undo"
const char *nodes_home(const struct nodes *n, unsigned node);
/* Bytes of its files. */
uint64_t nodes_used(const struct nodes *n, unsigned node);
/* Its process runs, and was not told to end. */
bool nodes_runs(const struct nodes *n, unsigned node);
/* It is suspended, by whomever. */
bool nodes_paused(const struct nodes *n, unsigned node);
/* One that was told to end starts once more when it has, as it was started last. */
int nodes_again(struct nodes *n, unsigned node, struct err *e) MUST_CHECK;
/* From now until nodes_release nobody writes to its data directory: its process stands still, or
 * has ended, which is waited for a while if it was told to. Errors: -E_BUSY (it has not),
 * -E_NOTFOUND (it was never started), -E_IO. */
int nodes_hold(struct nodes *n, unsigned node, struct err *e) MUST_CHECK;
void nodes_release(struct nodes *n, unsigned node);
/* Puts the directory of a node that does not run aside: it joins again at its next start. Errors as
 * above. */
int nodes_empty(struct nodes *n, unsigned node, struct err *e) MUST_CHECK;

/* The node's admin socket, by a path that is short enough for one. Returns out. */
#define NODES_PATH_MAX 64
const char *nodes_admin_path(const struct nodes *n, unsigned node, char out[NODES_PATH_MAX]);

/* What the node's process takes at present; what cannot be read is not known. */
void nodes_usage(const struct nodes *n, unsigned node, struct world_usage *ret);

/* The channel to the node's process; NULL: none runs, or it is not raftd. */
struct node_lab *nodes_lab(const struct nodes *n, unsigned node);
bool nodes_have_adapters(const struct nodes *n);
/* Who speaks for the node; NULL: its process does not run, or it is raftd. */
struct adapter *nodes_adapter(const struct nodes *n, unsigned node);

/* After SIGCHLD. */
void nodes_reap(struct nodes *n);
/* Now and then: kills whose grace is over, files to disk. */
void nodes_tick(struct nodes *n);
/* How many processes there are. */
unsigned nodes_running(const struct nodes *n);
/* Lines the nodes could not deliver, together. */
uint64_t nodes_lost(const struct nodes *n);

#endif
