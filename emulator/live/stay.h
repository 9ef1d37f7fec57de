/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A live run that stays, for who stands beside it: the same world, opened, turned and closed by
 * hand. What he does is done by the runner (runner_do), in the same loop.
 *
 *     live_open, live_start, live_turn until he has enough, live_stop, live_close */
#ifndef EMULATOR_LIVE_STAY_H
#define EMULATOR_LIVE_STAY_H

#include "emulator/live/live.h"

#include <uv.h>

struct live; /* opaque */

/* The network, the loop and all parts; no process yet. As live_run. Borrows both. */
int live_open(const struct scenario *s, const struct live_options *options, struct live **ret,
              struct err *e) MUST_CHECK;
/* Starts the members. */
int live_start(struct live *l, struct err *e) MUST_CHECK;
/* Does what is due, and lets the loop turn once. False: the run is over. */
bool live_turn(struct live *l);
/* Ends the nodes, and waits for them. */
int live_stop(struct live *l, struct err *e) MUST_CHECK;
/* Returns code if it is negative, else 0 or what went wrong in closing. */
int live_close(struct live *l, int code, struct err *e) MUST_CHECK;

/* Handles on it that are somebody else's are closed by live_close. */
uv_loop_t *live_loop(struct live *l);
struct runner *live_runner(struct live *l);
const struct observer *live_observer(const struct live *l);
const struct netem *live_net(const struct live *l);
unsigned live_hosts(const struct live *l); /* that clients live on */
uint64_t live_now_ns(void);                /* the clock of all of it */
/* SIGINT or SIGTERM came. */
bool live_interrupted(const struct live *l);
/* Something went wrong that no step is to blame for: a node that ended before its first word, say.
 * Told once. */
bool live_failed(struct live *l, struct err *ret);

#endif
