/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulated run under somebody's hand: event by event, with everything to be looked at and
 * laid hands on, and with a way back.
 *
 * Commands are lines of text; what they print goes to the host. A run is its seed and what was
 * done by hand at which event, so going back is running again up to there: exact, because the same
 * seed gives the same run. */
#ifndef STEP_STEP_H
#define STEP_STEP_H

#include "emulator/sim/sim.h"

#include <signal.h>

/* Borrowed until step_close. */
struct step_host {
    void *arg;                                  /* first argument of every call */
    void (*print)(void *arg, const char *line); /* without '\n' */
    /* An empty directory for a run; what the run before left is not needed any more. *ret_dir is
     * borrowed until the next call. */
    int (*fresh)(void *arg, const char **ret_dir, struct err *e);
    /* Told of every record, as sim_options.judge: false, and the run goes no further. It can still
     * be looked at, until `run` ends it. May be NULL. */
    bool (*judge)(void *arg, const struct trace_record *rec);
    /* What names the nodes in those records; asked for after fresh. NULL: nobody needs them. */
    struct trace_names *(*names)(void *arg);
    /* The run came to its end, or was ended where its judge stopped it: its files are written. */
    void (*ended)(void *arg, const struct sim_outcome *outcome);
    /* Not 0: what goes on shall stop. Set back to 0 by the next command. */
    volatile sig_atomic_t *stop;
};

struct step; /* opaque */

/* narrate: NARRATE_x. Errors: as of sim_open. */
int step_open(const struct scenario *s, uint64_t seed, unsigned narrate,
              const struct step_host *host, struct step **ret, struct err *e) MUST_CHECK;
void step_close(struct step *s); /* NULL is allowed */

/* Does one line; empty ones and those that begin with '#' do nothing. *ret_quit: it was the last
 * one. Negative: nothing was done, and e says what is wrong and what would be right. */
int step_command(struct step *s, const char *line, bool *ret_quit, struct err *e) MUST_CHECK;

/* The k-th command's name, for completion; NULL: there are no more. */
const char *step_name_at(size_t k);
/* What to show before each command: "1.2034 s> ". Borrowed until the next call. */
const char *step_prompt(struct step *s);

#endif
