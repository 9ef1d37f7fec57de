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

/* For a verb that must tidy up before the program ends: from here on to stop_let_go, SIGINT,
 * SIGTERM and SIGHUP ask to stop, where they would have ended it. Where somebody catches them
 * already, as a shell does, nothing changes. */
void stop_catch(void);
void stop_let_go(void);

/* Whoever was told to stop tidies up first: in between, nothing looks as if it were to end. What
 * was asked is asked again afterwards; another ^C meanwhile ends the tidying. */
bool stop_hold(void);
void stop_release(bool held);

/* Rests so long, or until the deadline, or until it is to stop. */
void stop_rest(uint64_t rest_ns, uint64_t deadline_ns);

#endif
