/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Executes a scenario's steps against a world: when, on whom, what, and what it waits for.
 *
 * It has no clock and no loop of its own: the world calls runner_advance after every change and at
 * the time the last call asked for. Every random choice comes from the seed. */
#ifndef EMULATOR_RUNNER_H
#define EMULATOR_RUNNER_H

#include "emulator/runner/observer.h"
#include "emulator/runner/world.h"
#include "emulator/scenario/lint.h"

struct runner; /* opaque */

/* Capabilities the runner itself has, whatever the world: waits, marks, branches, triggers. */
uint64_t runner_capabilities(void);
/* What the world refuses of the scenario's first step of which it refuses something. */
int runner_refuse(const struct scenario *s, lint_refusal *own, struct err *e) MUST_CHECK;
/* What of links, or of a step on them, the kernel's carrier cannot do; NULL: it can do all. */
const char *runner_beyond_kernel(const struct scenario *s);
/* Whether they are about the administrator: then he asks over links of his own. */
bool runner_wants_admin(const struct scenario *s);

/* All are borrowed until runner_free. client_hosts: endpoints that clients live on. */
/* … and those for which the world must be able to look into its nodes: message types, the calls to
 * their disks, what they trace. */
uint64_t runner_inner_capabilities(void);
/* … and those for which the disks of its nodes must be its own. */
uint64_t runner_disk_capabilities(void);

struct runner *runner_new(const struct scenario *s, const struct world *w, struct observer *o,
                          unsigned client_hosts, uint64_t seed);
void runner_free(struct runner *r);

/* Brings the links into the scenario's first state, starts the members and, unless a step does it,
 * the load. */
int runner_start(struct runner *r, struct err *e) MUST_CHECK;

/* Does everything that is due. Returns when to be called again at the latest; UINT64_MAX: only a
 * change can bring it further. */
uint64_t runner_advance(struct runner *r);
/* … and when it comes to that time, when so many events (world.h) have happened; UINT64_MAX: when
 * all of that instant have. */
uint64_t runner_next_event(const struct runner *r);
bool runner_done(const struct runner *r);
/* Ends it now, healing what is broken: the run is aborted. */
void runner_abort(struct runner *r, const char *why);

/* ---- somebody beside the run ---- */

/* One step by hand, beside the scenario's own: it begins with the next runner_advance. one, a
 * branch of one step, is borrowed until runner_free. If it fails, the run goes on. Errors: -E_BUSY
 * (the steps are over, or the cluster is not complete), -E_UNSUPPORTED (one that waits), -E_LIMIT.
 */
int runner_do(struct runner *r, const struct scenario_branch *one, struct err *e) MUST_CHECK;
/* Where it will begin, for the step key `place`; 0: the world has no places. */
uint64_t runner_place(const struct runner *r);
/* 1: the newest of them is under way, 0: it is done; negative: one has failed since it was begun,
 * and e says why. */
int runner_did(const struct runner *r, struct err *e) MUST_CHECK;
/* What is in force, in the order in which it began; false: there are no more than i. Texts are
 * borrowed until the next change. */
struct runner_fault {
    const char *step, *action;
    uint64_t until_ns; /* UINT64_MAX: it does not end by itself */
};
bool runner_fault_at(const struct runner *r, size_t i, struct runner_fault *ret);
/* Undoes all of it, at once, and ends what steps by hand go on doing; members that no step ended
 * are started, too. */
int runner_heal(struct runner *r, struct err *e) MUST_CHECK;
/* On: the story does not end when its steps are done, but waits for more of them. */
void runner_stay(struct runner *r, bool on);
/* What somebody waits for, from now on; nothing of the run changes by it. c is borrowed until
 * runner_await_end. Errors: as of a wait. */
int runner_await(struct runner *r, const struct scenario_condition *c, struct err *e) MUST_CHECK;
bool runner_awaited(struct runner *r); /* it holds */
void runner_await_end(struct runner *r);

/* Afterwards. */
struct runner_result {
    bool failed; /* a step could not be done or a wait ran out: the run proves nothing */
    char sentence[ERR_TEXT_MAX];
    bool contradicted;  /* … because a node answered otherwise than it should have */
    bool finals_failed; /* a condition of `finally` did not come true */
    char finals_sentence[ERR_TEXT_MAX];
    uint64_t finals_checked;
    uint64_t started_ns;
    uint64_t healed_at_ns; /* when no fault was active any more; 0: there never was one */
    uint64_t ended_ns;
    unsigned steps_done;
    nodeset started; /* who ever ran */
    /* Who was mended while the others stayed broken, and from when to when; 0: nobody. */
    nodeset core;
    uint64_t core_from_ns, core_to_ns;
};
struct runner_result runner_result(const struct runner *r);

/* The scenario that does what this run did: its steps at the times they were done and with the
 * nodes they were done to by name, flows and waits resolved. False: there were more than a scenario
 * can hold; out is untouched then. */
bool runner_schedule(const struct runner *r, struct buf *out);
/* The same as DIR/schedule.json; nothing if it is false. Errors: -E_IO. */
int runner_write_schedule(const struct runner *r, const char *dir, struct err *e) MUST_CHECK;

#endif
