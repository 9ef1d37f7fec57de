/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/panic.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local raft_panic_hook *hook;

void raft_panic_catch(raft_panic_hook *f)
{
    hook = f;
}

void raft_panic(const char *file, int line, const char *what)
{
    if (hook != NULL)
        hook(file, line, what);
    (void)fprintf(stderr, "panic: %s:%d: %s\n", file, line, what);
    (void)fflush(stderr);
    abort();
}
