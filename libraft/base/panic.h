/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a thread does when an assertion fails, if not abort. */
#ifndef BASE_PANIC_H
#define BASE_PANIC_H

#include "base/must.h"

/* Called with the assertion's place and text; if it returns, the program aborts as ever. It may
 * leave by longjmp, but only out of code that owns nothing, as the core is. */
typedef void raft_panic_hook(const char *file, int line, const char *what);

/* Of the calling thread alone, until the next call; NULL: none. */
void raft_panic_catch(raft_panic_hook *hook);

#endif
