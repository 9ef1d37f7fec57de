/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

void raft_panic(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "panic: %s:%d: %s\n", file, line, what);
    (void)fflush(stderr);
    abort();
}
