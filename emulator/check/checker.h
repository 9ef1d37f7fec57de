/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a checker is made of. One file a property; registry.c lists them. */
#ifndef EMULATOR_CHECK_CHECKER_H
#define EMULATOR_CHECK_CHECKER_H

#include "emulator/check/check.h"
#include "emulator/check/faults.h"
#include "emulator/check/view.h"

struct fates;

/* What a checker may look at. */
struct check_input {
    const struct check_facts *facts;
    const struct check_params *params; /* never NULL */
    const struct trace_names *names;
    const struct view *view; /* during feed: the cluster just before the event */
    /* During feed: up to and including the event, but without what nobody holds. Operations are
     * remembered by id, and held; positions and texts may be others at the next event. */
    struct history *history;
    const struct fates *fates;   /* like faults */
    const struct faults *faults; /* during feed: up to and including the event */
    nodeset bad_disks;           /* known so far, as a set */
    uint64_t healed_at_ns;       /* valid in finish */
    uint64_t end_ns;             /* valid in finish */
};

#define CHECKER_ON(ev) (1ull << TRACE_##ev)
#define CHECKER_ON_NODES                                                         \
    (~(CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn) | CHECKER_ON(usage) | \
       CHECKER_ON(logLine))) /* what the view shows */
_Static_assert(TRACE_EVENTS_COUNT <= 64, "sets of events are one 64-bit word");

enum checker_class {
    CHECKER_SAFETY,  /* always on */
    CHECKER_LIVENESS /* on when asked for */
};

struct checker {
    const char *name;
    const char *property; /* one sentence */
    const char *source;   /* where it comes from: "thesis 3.2, figure 3.2" */
    enum checker_class class;
    bool untraced;     /* judged of nodes that trace nothing, too: clients and ends tell enough */
    uint64_t events;   /* CHECKER_ON(x) | …: which events feed is called for */
    size_t state_size; /* zeroed before init */
    void (*init)(void *state, const struct check_input *in); /* may be NULL */
    void (*feed)(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res); /* may be NULL */
    void (*finish)(void *state, const struct check_input *in, struct check_result *res);
    void (*free)(void *state); /* frees what init and feed allocated; may be NULL */
};

/* Where a remembered event stands; enough to show it later. */
struct event_ref {
    uint64_t t_ns;
    uint64_t seq;
    uint64_t line;
    uint64_t term;
    int32_t node;
    uint32_t ev;
};

struct event_ref event_ref_of(const struct trace_record *rec);

/* Counts a violation; the first one also gets its sentence and starts the list of events. Returns
 * true for the first: then add events and a paragraph. */
bool result_violate(struct check_result *res, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Adds an event (ignored beyond CHECK_EVENTS_MAX). what may be NULL: name and term. */
void result_event(struct check_result *res, const struct trace_names *names, struct event_ref ref,
                  const char *what, ...) PRINTF_LIKE(4, 5);
/* The same for a client operation: at its answer, or at its call when it has none. */
void result_operation(struct check_result *res, const struct history *h,
                      const struct history_op *op);
/* "read k1 = 7, called at 2.310 s, answered at 2.315 s by n1 (leader, term 2)" */
void operation_print(char *out, size_t size, const struct history *h, const struct history_op *op);
void result_paragraph(struct check_result *res, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Sentence of a result that is not violated; later calls replace it. */
void result_say(struct check_result *res, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* At the end: ok or vacuous by seen, unless violated or unknown. */
void result_settle(struct check_result *res, const char *compared);
/* A host that stands still makes nodes look dead: a violated bound on time or restlessness proves
 * nothing then, and becomes unknown. `what` is what cannot be judged. It never makes a success. */
void result_excuse(struct check_result *res, const struct check_facts *facts, const char *what);

#endif
