/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ^C: the verb under way is to end, soon, and the program is not. Whoever wants that sets it from
 * its signal handler; what waits looks at it at least ten times a second. */
#ifndef RAFTCTL_STOP_H
#define RAFTCTL_STOP_H

#include "base/must.h"

#define STOP_LOOK_MS 100

/* May be called from a signal handler. */
void stop_ask(void);
void stop_clear(void);
bool stop_asked(void);

/* Rests so long, or until the deadline, or until it is to stop. */
void stop_rest(uint64_t rest_ns, uint64_t deadline_ns);

#endif
