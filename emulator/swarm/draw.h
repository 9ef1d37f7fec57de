/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of a drawing share. Private to swarm. */
#ifndef EMULATOR_SWARM_DRAW_H
#define EMULATOR_SWARM_DRAW_H

#include "base/buf.h"
#include "base/nodeset.h"
#include "base/prng.h"
#include "emulator/swarm/swarm.h"

/* A drawing under way. */
struct draw {
    struct prng rnd;
    struct buf *out;
    uint64_t capabilities;                 /* bit CAP_x, of the world */
    const struct swarm_alphabet *alphabet; /* NULL: everything */
    bool foreign;            /* a step was drawn that is not in the alphabet, or not in the world */
    const char *const *sets; /* PATH=VALUE: what is to be, whatever is drawn */
    size_t sets_count;
    unsigned voters, learners, spare;
    unsigned spare_used;
    nodeset witnesses; /* bit k: nK; its directory can hold no data any more */
    unsigned et_ms;    /* lower end of the election timeout */
    bool fixed;        /* members stay who they are */
    bool steady; /* a quorum cannot be disturbed from outside: pre-vote and check-quorum are on */
    bool lease_reads;
    bool snapshots;
    bool leaves_on_sigterm;
    /* Voters that may still go: at least one of the first members stays one, so that there is
     * always somebody to recover. */
    unsigned may_go;
    bool core; /* a quorum recovers first */
    unsigned steps;
    unsigned bindings; /* names given with "as" */
    unsigned rotten;   /* its disk rots: nK; 0: nobody's */
    bool torn_meta;    /* a write of somebody's hard state was torn */
};

/* Two draws never stand in one call: whichever is made first there is the compiler's choice, and a
 * seed means one scenario. */

/* The number that an override says of path (with its '='); the drawn one if none does. */
unsigned draw_said(const struct draw *d, const char *path, unsigned drawn);
/* Uniform in low..high, both included. */
unsigned draw_count(struct draw *d, unsigned low, unsigned high);
bool draw_chance(struct draw *d, unsigned percent);
/* One of the texts. */
const char *draw_text(struct draw *d, const char *const *texts, size_t count);
#define DRAW(d, ...)                                   \
    draw_text((d), (const char *const[]){__VA_ARGS__}, \
              sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* ,"cluster":… to ,"clients":…: draw_cluster.c */
void draw_cluster(struct draw *d);
/* The steps that break things, and those that mend them again: draw_faults.c */
void draw_steps(struct draw *d);
/* What is broken when the steps end, and who then has to recover: draw_end.c */
void draw_end(struct draw *d);
/* Calls draw(arg) until nothing it drew is foreign, from the same state with other luck; false:
 * that came to nothing, and nothing is drawn. draw_faults.c */
bool draw_within(struct draw *d, void (*draw)(struct draw *d, const void *arg), const void *arg);
/* Somebody, often somebody who matters. */
const char *draw_victim(struct draw *d);
/* Steps about members and leadership, one a call; false: this cluster has none of that kind left.
 * draw_members.c */
bool draw_member_add(struct draw *d);
bool draw_member_promote(struct draw *d);
bool draw_member_demote(struct draw *d);
bool draw_member_remove(struct draw *d);
bool draw_member_replace(struct draw *d);
bool draw_member_change(struct draw *d);
bool draw_leave(struct draw *d);
bool draw_transfer(struct draw *d);
bool draw_step_down(struct draw *d);
bool draw_snapshot(struct draw *d);

/* Faults inside nodes, on kinds of messages, and of several steps: draw_inner.c */
bool draw_filter(struct draw *d);
bool draw_crash_at(struct draw *d);
bool draw_stall_at(struct draw *d);
bool draw_stranded(struct draw *d);
bool draw_cut_short(struct draw *d);
bool draw_left_behind(struct draw *d);

/* Faults of clocks: draw_clocks.c */
bool draw_clock_rate(struct draw *d);
bool draw_clock_drift(struct draw *d);
bool draw_clock_jump(struct draw *d);
bool draw_clock_strobe(struct draw *d);
bool draw_clock_freeze(struct draw *d);
/* Disks and wires: draw_rot.c */
bool draw_rot(struct draw *d);
bool draw_tear(struct draw *d);
bool draw_wire(struct draw *d);

/* One step, after a drawn pause: body is its action and parameters. for_ms 0: it is not undone by
 * itself. Finding nobody is no error. */
void draw_step(struct draw *d, unsigned for_ms, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same at once, with the step before. */
void draw_now(struct draw *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The leader, a follower or anybody: one node. */
const char *draw_member(struct draw *d);
/* How long a fault lasts: well below an election timeout, about one, or several. */
unsigned draw_span_ms(struct draw *d);

#endif
