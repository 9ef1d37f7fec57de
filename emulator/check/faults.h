/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When which fault was active, from the `fault` events of the run. */
#ifndef EMULATOR_CHECK_FAULTS_H
#define EMULATOR_CHECK_FAULTS_H

#include "emulator/trace/reader.h"

#define FAULTS_NAME_MAX 48

struct fault_window {
    char step[FAULTS_NAME_MAX];
    char action[FAULTS_NAME_MAX];
    uint64_t begin_ns;
    uint64_t end_ns; /* UINT64_MAX while open */
    uint64_t line;
};

/* All-zero is empty. Windows stand in the order of their begin. */
struct faults {
    struct fault_window *windows; /* owned */
    size_t count;
    size_t cap;
    uint64_t last_ns; /* of the last begin or end */
};

void faults_free(struct faults *f);
/* A `fault` event. Phase "begin" opens the window of its step, "end" closes it; a healing action
 * (net.heal, *.resume, *.start, *.uncut, *.release) is a moment, not a window. */
void faults_add(struct faults *f, const struct trace_record *rec);
/* Time during which at least one window was open, up to now. */
uint64_t faults_active_ns(const struct faults *f, uint64_t now_ns);
/* When the last window closed; 0 when there was no fault, UINT64_MAX when one is still open. */
uint64_t faults_healed_at(const struct faults *f);
/* The window that is open at t and began last, or NULL. */
const struct fault_window *faults_at(const struct faults *f, uint64_t t_ns);

#endif
