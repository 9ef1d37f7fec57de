/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judging a run: a merged stream of trace events goes in, one verdict a property comes out.
 *
 * The judge knows traces only: not which world ran, not how the key-value store is written.
 * Use: check_open, any number of check_want and check_need, check_feed for every event in the order
 * of merge.h (the simulator: in the order of happening), check_finish. */
#ifndef EMULATOR_CHECK_CHECK_H
#define EMULATOR_CHECK_CHECK_H

#include "emulator/trace/history.h"
#include "emulator/trace/reader.h"

/* The first four in rising order of weight: the overall verdict is the heaviest. */
enum check_verdict {
    CHECK_OK,
    CHECK_VACUOUS, /* nothing was compared */
    CHECK_UNKNOWN, /* could not be decided within its budget, or the harness is at fault */
    CHECK_VIOLATED,
    CHECK_NOT_JUDGED, /* it needs a trace, and the nodes wrote none; has no weight */
};

const char *check_verdict_name(enum check_verdict verdict);

#define CHECK_SENTENCE_MAX  512
#define CHECK_PARAGRAPH_MAX 2048
#define CHECK_EVENTS_MAX    6
#define CHECK_WHAT_MAX      256

/* One event behind a violation. */
struct check_event {
    char node[LIMIT_NODE_NAME + 1]; /* the node, or the client */
    uint64_t t_ns;
    uint64_t seq;              /* 0 for client operations */
    uint64_t line;             /* in its file; 0 = unknown */
    char what[CHECK_WHAT_MAX]; /* "becameLeader in term 4", "read k1 = 7" */
};

/* Invariants: verdict is CHECK_VIOLATED iff events_count > 0 or the property counts something
 * that is absent (a recovery); sentence is never empty after check_finish. */
struct check_result {
    const char *name;
    enum check_verdict verdict;
    bool required;       /* asked for by name: being vacuous counts in the overall verdict */
    uint64_t seen;       /* times its rule really compared something */
    uint64_t violations; /* all of them; the texts tell of the first */
    char sentence[CHECK_SENTENCE_MAX];
    char paragraph[CHECK_PARAGRAPH_MAX]; /* a plain explanation, where there is something to explain
                                          */
    struct check_event events[CHECK_EVENTS_MAX]; /* in the order of time */
    size_t events_count;
};

/* A number counted during the run, for coverage and the report. */
struct check_counter {
    const char *name;
    uint64_t value;
};

/* What the scenario knows and the trace does not tell. Everything is borrowed and must outlive the
 * run; every zero means "not known". */
struct check_facts {
    const char *const *voters; /* at the start */
    size_t voters_count;
    uint64_t election_timeout_ns_min;
    uint64_t election_timeout_ns_max;
    /* When no fault was active any more and the core ran; 0: the end of the last fault event. */
    uint64_t healed_at_ns;
    uint64_t end_ns; /* of the run; 0: time of the last event */
    /* Nodes whose disk lied about a successful sync, or lost or changed synced bytes: promises over
     * their restarts are not judged. More of them may become known by fault events ("harmed"). */
    const char *const *bad_disks;
    size_t bad_disks_count;
    /* Causes of `crashed` that the fault plan explains; NULL: kill, stop, power, crashPoint, disk,
     * leave, restart. A cause matches when it is one of these or begins with one and ':'. */
    const char *const *planned_causes;
    size_t planned_causes_count;
    bool clock_faults; /* clocks of nodes were bent: rules that compare durations are off */
    /* What was done to clocks beyond the bound that leases are told of; NULL: nothing. */
    const char *clocks_beyond;
    bool forced_recovery; /* an operator rewrote a configuration by force */
    bool counts;          /* every key is a counter: 0 from the start, told or not */
    bool untraced;        /* the nodes trace nothing but, by the world's hand, their ends */
    /* Worst gap of the canary thread: when large, a missed time limit proves nothing. UINT64_MAX:
     * the laboratory was too slow for another reason. */
    uint64_t host_stall_ns;
    /* Counters only the world knows: packetsDropped, crashPointsHit, … */
    const struct check_counter *counters;
    size_t counters_count;
    /* Search: steps over all keys, then wall clock and memory as backstops. 0: 20 million steps,
     * 60 s, 1 GiB. */
    uint64_t budget_steps;
    uint64_t budget_ns;
    uint64_t budget_bytes;
};

/* An expectation of the scenario. Only the members its checker names in registry.h are read. */
struct check_params {
    uint64_t within_ns;       /* recovers */
    uint64_t core_within_ns;  /* recovers: the same for a core, while the others stay broken; 0:
                               * nothing is expected of one */
    uint64_t max;             /* of what the checker's name says, in the unit that ends it */
    uint64_t min;             /* throughputPct, transfersDone */
    const char *error;        /* rejected */
    const char *pattern;      /* logHasNo */
    uint64_t code;            /* exitCode */
    const char *const *nodes; /* noProgressExpected: who must not get anywhere; exitCode: of whom,
                               * nobody: of all */
    size_t nodes_count;
    uint64_t from_ns; /* noProgressExpected: the window; to_ns 0 = until healed_at */
    uint64_t to_ns;   /* without nodes: who the fault log says is apart, and as long as they are */
};

struct check_run; /* opaque; owned by the caller between check_open and check_free */

/* facts is copied, what it points to is borrowed. Every safety checker is on. names is the table of
 * the readers whose records will be fed (borrowed, must outlive the run). */
struct check_run *check_open(const struct check_facts *facts, struct trace_names *names);
void check_free(struct check_run *run);

/* Puts a checker on, or makes one that is on required. params may be NULL. Call before the first
 * check_feed. -E_NOTFOUND names the nearest known checker. */
int check_want(struct check_run *run, const char *name, const struct check_params *params,
               struct err *e) MUST_CHECK;
/* Coverage: the counter must reach min, or "coverage.NAME" is vacuous. name is borrowed.
 * -E_NOTFOUND: neither counted here (counters.h) nor given in facts->counters. */
int check_need(struct check_run *run, const char *name, uint64_t min, struct err *e) MUST_CHECK;

/* Events in order. Client events build the history. Errors are those of history_add: the harness is
 * at fault, the run cannot be judged. */
int check_feed(struct check_run *run, const struct trace_record *rec, struct err *e) MUST_CHECK;

/* What only the end of a run that is judged while it goes on can tell, in place of what check_open
 * was given. Before check_finish, where the counters' values are read, too. */
struct check_ending {
    uint64_t healed_at_ns;
    uint64_t end_ns;
    uint64_t host_stall_ns;
};
void check_ended(struct check_run *run, const struct check_ending *ending);

/* The first violation so far, or NULL: the simulator stops here. Cheap. */
const struct check_result *check_violated(const struct check_run *run);

/* Ends the stream and judges what needs the whole of it. Call once; results stay valid until
 * check_free. */
void check_finish(struct check_run *run);

/* After check_finish: a result judged elsewhere, about the run as a whole (the scenario's end
 * conditions, the harness itself). It counts like one asked for by name. */
void check_note(struct check_run *run, const char *name, enum check_verdict verdict, uint64_t seen,
                const char *sentence);

/* After check_finish: results in the order of the registry, then coverage. */
size_t check_results_count(const struct check_run *run);
const struct check_result *check_results_at(const struct check_run *run, size_t i);
size_t check_counters_count(const struct check_run *run);
struct check_counter check_counters_at(const struct check_run *run, size_t i);
/* The operations that are still kept: those under way, and those some checker holds. */
const struct history *check_history(const struct check_run *run);

#endif
