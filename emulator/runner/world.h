/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a runner needs of a world, be it real processes in namespaces or virtual time.
 *
 * The world owns time and the cluster; it tells the observer every trace record as it appears and
 * calls runner_advance after every change and at the time the runner asked for. No call here calls
 * back into the runner. Endpoints are numbered nodes first (n1 is 0), then client hosts, then, in a
 * world where the administrator is asked over links, he. */
#ifndef EMULATOR_WORLD_H
#define EMULATOR_WORLD_H

#include "base/err.h"
#include "base/jsonw.h"
#include "base/span.h"
#include "netem/model/impair.h"
#include "trace/record.h"

#define WORLD_ENDPOINTS_MAX NODESET_MAX /* sets of nodes hold them */
#define WORLD_TEXT_MAX      256
#define WORLD_ADDRESS_MAX   64

struct scenario_load; /* these three: emulator/scenario/model.h */
struct text_list;
struct pair_list;

struct world_link {
    unsigned from, to;
    uint32_t messages; /* bits MESSAGE_x: it is about these types only, and comes before what the
                        * link does to everything; 0: it is about everything */
    const struct impairment *state; /* absolute; borrowed for the call */
};

enum world_verdict { WORLD_DROP, WORLD_HOLD, WORLD_DUPLICATE, WORLD_DELAY, WORLD_SWAP };

/* A fate for message types between nodes. Borrowed for the call. */
struct world_filter {
    const nodeset *links; /* WORLD_ENDPOINTS_MAX sets: bit `to` of links[from] */
    uint32_t messages;    /* bit MESSAGE_x */
    enum world_verdict verdict;
    uint64_t count;     /* frames it is for; 0: all that come */
    double probability; /* that it befalls one of them, 0..1 */
    uint64_t delay_ns;  /* WORLD_DELAY */
};

/* What befalls connections on some links. */
enum world_break {
    WORLD_BREAK_RESET,   /* every packet is answered with a reset */
    WORLD_BREAK_REJECT,  /* new ones are refused at once; those that are open carry nothing */
    WORLD_BREAK_OPENING, /* new ones get no answer; those that are open go on */
    WORLD_BREAK_OLD      /* those that are open now carry nothing; new ones are fine */
};

/* A crash or a stall at a point of a node's work (emulator/scenario/point.h). Borrowed. */
struct world_point {
    const char *name;
    uint64_t hit;      /* at the n-th time it comes there from now, from 1 */
    uint64_t stall_ns; /* 0: it crashes there */
    /* Of an event: only those; NULL: all of that name. Its texts outlive the point. */
    const struct event_where *where;
};

enum world_disk_kind {
    WORLD_DISK_SLOW,
    WORLD_DISK_STALL,
    WORLD_DISK_ERROR,
    WORLD_DISK_FULL,
    WORLD_DISK_READONLY,
    WORLD_DISK_UNSYNCED, /* a crash loses what was not synced */
    WORLD_DISK_TEAR      /* the power fails in the middle of the next write, once */
};

/* What calls do, and to which files. */
enum { WORLD_DISK_READ = 1, WORLD_DISK_WRITE = 2, WORLD_DISK_FSYNC = 4, WORLD_DISK_RENAME = 8 };
enum { WORLD_FILE_LOG = 1, WORLD_FILE_META = 2, WORLD_FILE_SNAPSHOT = 4 };
#define WORLD_DISK_ANY 15u
#define WORLD_FILE_ANY 7u

enum world_loss { WORLD_LOSE_ALL, WORLD_LOSE_SUFFIX, WORLD_LOSE_RANDOM, WORLD_LOSE_NAMES };

enum world_keep { WORLD_KEEP_PREFIX, WORLD_KEEP_SUFFIX, WORLD_KEEP_RANDOM };

/* What a broken-off write leaves. */
struct world_tear {
    enum world_keep keep;
    uint64_t at_bytes;     /* prefix and suffix: where it breaks; 0: at a drawn sector */
    uint64_t sector_bytes; /* what the disk writes whole or not at all; 0: as large as it is */
};

enum world_damage_kind {
    WORLD_DAMAGE_FLIP,
    WORLD_DAMAGE_ZERO,
    WORLD_DAMAGE_TRUNCATE,
    WORLD_DAMAGE_MISDIRECT, /* a block of the same file stands there */
    WORLD_DAMAGE_STALE,     /* what stood there before it was written last does again */
    WORLD_DAMAGE_TEAR       /* what was written last is half there */
};

/* Parts of a file's smallest checked things: batches of the log, slots of the hard state, headers
 * and pieces of snapshots. Of a log, all but `last` mean what was written before its last batch. */
enum world_region {
    WORLD_REGION_ANY,
    WORLD_REGION_HEADER,
    WORLD_REGION_CRC,
    WORLD_REGION_MIDDLE,
    WORLD_REGION_LAST
};

/* Damage to what stands on a disk, synced as it may be. */
struct world_damage {
    enum world_damage_kind kind;
    unsigned files; /* a set of WORLD_FILE_x */
    enum world_region region;
    uint64_t count; /* places; at most as many as there are */
    uint64_t bytes; /* at each; 0: one (flip), a sector (zero), a block (misdirect, stale) */
    struct world_tear tear; /* tear */
};

/* A fault of disks; which members count follows from kind. Borrowed for the call. */
struct world_disk {
    enum world_disk_kind kind;
    unsigned ops, files;          /* slow, stall, error: sets of the above; tear: files */
    uint64_t delay_ns, jitter_ns; /* slow */
    double probability;           /* slow */
    int code;                     /* error: -E_IO, -E_NOSPACE or -E_PERMISSION */
    uint64_t after, count;        /* error: calls spared first; calls that fail, 0: all */
    uint64_t free_bytes;          /* full */
    enum world_loss loss;         /* unsynced */
    bool lies;                    /* unsynced: syncs do nothing and say they did */
    struct world_tear tear;       /* tear */
};

enum world_clock_kind {
    WORLD_CLOCK_JUMP, /* once, by by_ns */
    WORLD_CLOCK_RATE,
    WORLD_CLOCK_STROBE, /* ahead by by_ns, and back, in turn, each period_ns */
    WORLD_CLOCK_FREEZE
};

/* A fault of the clocks that nodes live by; which members count follows from kind. Borrowed. A
 * monotonic clock that is set back stands until it would have come there again. */
struct world_clock {
    enum world_clock_kind kind;
    int64_t by_ns;
    int64_t rate_ppm; /* how much too fast; > -1000000 */
    uint64_t period_ns;
    bool wall; /* the wall clock alone */
};

/* One operation of one client, beside the load. The texts are borrowed for the call. */
struct world_operation {
    unsigned client;
    unsigned kind;     /* OP_x */
    unsigned mode;     /* of a read: READ_x */
    int via;           /* the node it is asked; -1: whomever the client would */
    const char *key;   /* NULL: the load's first one */
    const char *value; /* NULL: one that nobody ever wrote */
};

enum world_image { WORLD_IMAGE_WIPE, WORLD_IMAGE_SAVE, WORLD_IMAGE_RESTORE };

/* A line of the fault log; texts are borrowed. */
struct world_fault {
    const char *step;  /* label or number */
    const char *phase; /* armed, begin, end, failed; harmed, apart, together (trace/events.h) */
    const char *action;
    nodeset targets;    /* nodes */
    const char *params; /* one JSON object, or NULL */
};

/* Hosts that so many clients live on, beside so many nodes; further clients share them. */
unsigned world_hosts(size_t clients, size_t nodes);
/* Why a process that exited by itself with that code did so in order: `planned`, why it was told to
 * end (or NULL); `leaving`, why it may end by itself (or NULL); removed: the node is no member any
 * more. NULL: for no reason. */
const char *world_exit_cause(int code, const char *planned, const char *leaving, bool removed);
/* Whether it exited with that code because of its disk. set_back: its files are not what it wrote,
 * or a copy; failed: these, or calls failed, or there was no space. */
bool world_exit_of_disk(int code, bool set_back, bool failed);
/* An answer of a node as text for people. */
void world_text(struct span answer, char out[WORLD_TEXT_MAX]);
/* Its record, at t_ns on the clock of the traces. It borrows the texts. */
struct trace_record world_fault_record(const struct world_fault *f, uint64_t t_ns);
/* What a process takes; UINT64_MAX: not known. */
struct world_usage {
    uint64_t mem_bytes, fds, log_bytes;
};
struct trace_record world_usage_record(unsigned node, const struct world_usage *u, uint64_t t_ns);
/* Is it a file of the log, by its path? */
bool world_is_log(const char *path);
/* Names for records: the number of a node is its place in the scenario, from 0. */
void world_names(struct trace_names *names, size_t nodes_count);

/* What a process may take. A world refuses beforehand what of it means nothing there. */
struct world_limit {
    double cpu;                       /* its share of a processor; 1: all it wants */
    uint64_t mem_bytes, fds, threads; /* UINT64_MAX: as the system has it */
    bool log_blocked;                 /* nobody reads what it logs */
};
#define WORLD_UNLIMITED    \
    ((struct world_limit){ \
        .cpu = 1, .mem_bytes = UINT64_MAX, .fds = UINT64_MAX, .threads = UINT64_MAX})

/* How a process starts. All-zero: on the data directory it has, as before. */
struct world_start {
    bool wipe;                        /* on an empty data directory; the old one is put aside */
    bool joins;                       /* an empty directory asks `via` for its cluster */
    bool hints;                       /* it is told where all nodes are now */
    unsigned via;                     /* a node */
    const struct text_list *flags;    /* further options; or NULL; borrowed for the call */
    const struct pair_list *settings; /* of its version, before all others; or NULL; borrowed as
                                       * long as it runs */
    const struct pair_list *env;      /* variables; or NULL; borrowed for the call */
};

enum world_reply {
    WORLD_PENDING,
    WORLD_OK,
    WORLD_REFUSED, /* nothing was done, and text says why: "CODE sentence" */
    WORLD_LOST     /* no answer will come: it may be done or not */
};

struct world {
    void *arg; /* first argument of every call */
    const char *name;

    /* The clock of the traces. */
    uint64_t (*now)(void *arg);
    /* How many events have happened. NULL: in this world they do not come in the same order again,
     * so nothing can be put between two of them. */
    uint64_t (*events)(void *arg);

    /* Processes. start: on the data directory it has. kill: the signal is delivered when it
     * returns; the node counts as crashed by `cause` ("kill", "stop"); one that has not ended
     * grace_ns later (0: the world's own patience) is killed. Errors: -E_IO. */
    int (*start)(void *arg, unsigned node, const struct world_start *how, struct err *e);
    int (*kill)(void *arg, unsigned node, int signal, const char *cause, uint64_t grace_ns,
                struct err *e);
    int (*pause)(void *arg, unsigned node, bool paused, struct err *e);
    /* What the node may take from now on, whether it runs or will start. NULL: not in this world.
     * Errors: -E_UNSUPPORTED, -E_IO. */
    int (*limit)(void *arg, unsigned node, const struct world_limit *limit, struct err *e);
    /* The node is about to end by itself, in order, because of `cause`: that is no crash. */
    void (*expect_end)(void *arg, unsigned node, const char *cause);

    /* Starts at `at`, a host where nothing runs, a second process on a copy of the node's directory
     * as it is now: the same member, twice. NULL: not in this world. Errors: -E_BUSY (something
     * runs there). */
    int (*twin)(void *arg, unsigned node, unsigned at, struct err *e);

    /* The node will be found elsewhere from its next start on. NULL: not in this world. */
    void (*readdress)(void *arg, unsigned node);

    /* Administration: one command for one node, from its own host, where no fault of a link
     * reaches. The words are copied. *ret_ticket names the question until admin_done.
     * Errors: -E_LIMIT (too many at once), -E_IO. */
    int (*admin)(void *arg, unsigned node, const struct span *words, size_t count,
                 uint64_t *ret_ticket, struct err *e);
    /* What has become of it; text: the answer, or why it was refused or lost; "" while pending. */
    enum world_reply (*admin_reply)(void *arg, uint64_t ticket, char text[WORLD_TEXT_MAX]);
    /* The ticket is forgotten. A question that was not answered yet stays asked. */
    void (*admin_done)(void *arg, uint64_t ticket);
    /* Recovers the data directory of a node that does not run by force: it goes on alone when it
     * is started. NULL: not in this world. Errors: -E_BUSY (its process has not ended yet), -E_IO,
     * -E_INVALID (refused). */
    int (*recover)(void *arg, unsigned node, struct err *e);
    /* Where peers reach the node: "10.9.0.4:7001". Returns out. */
    const char *(*peer_address)(void *arg, unsigned node, char out[WORLD_ADDRESS_MAX]);

    /* All changes at once. When it returns they hold. Errors: -E_INVALID, -E_IO. */
    int (*links)(void *arg, const struct world_link *changes, size_t count, struct err *e);

    /* Filters; NULL in a world that cannot look into packets. *ret_number names it until it is
     * gone. Errors: -E_LIMIT. */
    int (*filter)(void *arg, const struct world_filter *filter, uint64_t *ret_number,
                  struct err *e);
    /* Whether it may still do something, or holds what it met. */
    bool (*filter_active)(void *arg, uint64_t number);
    /* It leaves these links alone from now on, and lets go what it held there. NULL: all. */
    void (*unfilter)(void *arg, uint64_t number, const nodeset *links);

    /* Faults of connections; NULL in a world that does not know them. links as in a filter; number
     * and end, too. Errors: -E_LIMIT. */
    int (*breaks)(void *arg, const nodeset *links, enum world_break how, uint64_t *ret_number,
                  struct err *e);
    bool (*break_active)(void *arg, uint64_t number);
    void (*unbreak)(void *arg, uint64_t number, const nodeset *links);
    /* Resets the connections that use one of these links, once. *ret_count: how many. Errors:
     * -E_UNSUPPORTED, -E_IO. */
    int (*reset)(void *arg, const nodeset *links, unsigned *ret_count, struct err *e);

    /* Points; NULL in a world that cannot see where a node is. It crashes or stalls there once,
     * also in a later life. A crashed node counts as crashed by "crashPoint: NAME". Errors:
     * -E_LIMIT. */
    int (*point)(void *arg, nodeset nodes, const struct world_point *point, uint64_t *ret_number,
                 struct err *e);
    int (*point_hit)(void *arg, uint64_t number); /* the node that came there; -1: none has */
    void (*unpoint)(void *arg, uint64_t number);  /* its number is forgotten */

    /* Faults of these nodes' disks; NULL in a world that has none of its own. A node that ends
     * because of one counts as crashed by "disk: …". Errors: -E_LIMIT. */
    int (*disk)(void *arg, nodeset nodes, const struct world_disk *fault, uint64_t *ret_number,
                struct err *e);
    bool (*disk_active)(void *arg, uint64_t number); /* it may still do something */
    void (*undisk)(void *arg, uint64_t number);
    /* These nodes are out of it; the others are not. */
    void (*disk_spare)(void *arg, uint64_t number, nodeset nodes);
    /* What a data directory holds: deleted, remembered under a mark, or as it was at that mark.
     * files: of WORLD_FILE_ANY. Errors: -E_BUSY (the process runs, and it is not SAVE),
     * -E_NOTFOUND (no such mark of this node), -E_LIMIT. */
    int (*image)(void *arg, unsigned node, enum world_image what, unsigned files, const char *mark,
                 struct err *e);

    /* Damages files, whether the process runs or not; text: what was done where. Errors:
     * -E_NOTFOUND (nothing of that kind is there), -E_INVALID. */
    int (*damage)(void *arg, unsigned node, const struct world_damage *what,
                  char text[WORLD_TEXT_MAX], struct err *e);
    uint64_t (*disk_used)(void *arg, unsigned node); /* bytes of all its files */

    /* Faults of these nodes' monotonic clocks; NULL in a world whose nodes share one. One ends for
     * some of them with unclock; they go on at the right rate from what they show. Errors:
     * -E_LIMIT. */
    int (*clock)(void *arg, nodeset nodes, const struct world_clock *fault, uint64_t *ret_number,
                 struct err *e);
    /* Until when a clock is not right because of it, by what is known now; not after now: none is.
     * UINT64_MAX: it does not end by itself. */
    uint64_t (*clock_until)(void *arg, uint64_t number);
    void (*unclock)(void *arg, uint64_t number, nodeset nodes);

    /* operations: then it goes off by itself; 0: it does not. */
    void (*load)(void *arg, bool on, uint64_t operations);
    /* How clients ask from now on. Errors: -E_UNSUPPORTED: their model lacks an operation. */
    int (*load_shape)(void *arg, const struct scenario_load *how, struct err *e);
    /* So many operations more, shared among the clients; also while the load is off. The rate is
     * that of the burst, 0: without a pause. Errors as above. */
    int (*load_burst)(void *arg, uint64_t operations, const struct scenario_load *how,
                      struct err *e);

    /* Errors: -E_NOTFOUND (no such client), -E_BUSY (it has one already), -E_UNSUPPORTED (not of
     * the clients' model), -E_INVALID. */
    int (*client_ask)(void *arg, const struct world_operation *op, struct err *e);
    /* What has become of it; text: the code of the refusal (NOTSENT: nobody was asked), or why no
     * answer came. */
    enum world_reply (*client_reply)(void *arg, unsigned client, char text[WORLD_TEXT_MAX]);
    /* These clients talk to that node alone; -1: to whom they like. */
    void (*client_pin)(void *arg, uint64_t clients, int node);
    void (*client_drop_sessions)(void *arg, uint64_t clients);

    void (*fault)(void *arg, const struct world_fault *fault);
    /* Traces what a node that runs takes at present (`usage`), as far as this world can know. */
    void (*usage)(void *arg, unsigned node);
    /* A line for people, at the present time. */
    void (*say)(void *arg, const char *text);
};

#endif
