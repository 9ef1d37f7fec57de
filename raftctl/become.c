/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/become.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void become_raftd(char *const *argv)
{
    char self[PATH_MAX] = "", beside[PATH_MAX + 8];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len > 0) {
        (void)snprintf(beside, sizeof(beside), "%s/raftd", dirname(self));
        (void)execv(beside, argv);
    }
    (void)execvp("raftd", argv);
}

void become_failed(struct failure *f, int error_number)
{
    failure_set(f, CTL_UNREACHABLE, "NORAFTD", "raftd: %s", strerror(error_number));
    failure_why(f, "the files of a node are read by raftd, which is neither beside raftctl nor in "
                   "PATH");
}
