/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When faults were active, from the `fault` events of the run. Only windows that are open are kept.
 */
#ifndef EMULATOR_CHECK_FAULTS_H
#define EMULATOR_CHECK_FAULTS_H

#include "emulator/trace/reader.h"

#define FAULTS_NAME_MAX 48

struct fault_window {
    char step[FAULTS_NAME_MAX];
    bool breaks; /* the network, a process, a disk or a clock; not members, load, … */
};

/* All-zero is empty. */
struct faults {
    struct fault_window *open; /* owned; in the order in which they began */
    size_t count;
    size_t cap;
    size_t breaking; /* of the open ones, those that break something */
    uint64_t
        active_ns;     /* with at least one window open, up to the last time that all were closed */
    uint64_t since_ns; /* since when windows have been open without a pause */
    uint64_t last_ns;  /* of the last begin or end */
    uint64_t last_end_ns;
};

void faults_free(struct faults *f);
/* A `fault` event. Phase "begin" opens the window of its step, "end" closes it; a healing action
 * (net.heal, *.resume, *.start, *.uncut, *.release) is a moment, not a window. */
void faults_add(struct faults *f, const struct trace_record *rec);
/* Time during which at least one window was open, up to now. */
uint64_t faults_active_ns(const struct faults *f, uint64_t now_ns);
/* When the last window closed; 0 when there was no fault, UINT64_MAX when one is still open. */
uint64_t faults_healed_at(const struct faults *f);
/* Was a window open at t? No event later than t has been added. */
bool faults_at(const struct faults *f, uint64_t t_ns);

struct check_facts;

/* Does the fault plan explain a crash by that cause? */
bool faults_planned(const struct check_facts *facts, struct trace_text cause);

#endif
