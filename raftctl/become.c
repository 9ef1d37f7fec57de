/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/become.h"

#include "raftctl/program.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The one beside this program; false: where that is is not known. */
static bool find_beside(char ret[PATH_MAX + 8])
{
    char self[PATH_MAX] = "";
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    (void)snprintf(ret, PATH_MAX + 8, "%s/raftd", dirname(self));
    return len > 0;
}

void become_raftd(char *const *argv)
{
    char beside[PATH_MAX + 8];
    if (find_beside(beside))
        (void)execv(beside, argv);
    (void)execvp("raftd", argv);
}

int become_run(char *const *argv)
{
    char beside[PATH_MAX + 8];
    int code = find_beside(beside) ? program_run(beside, argv) : -ENOENT;
    return code < 0 ? program_run("raftd", argv) : code;
}

void become_failed(struct failure *f, int error_number)
{
    failure_set(f, CTL_UNREACHABLE, "NORAFTD", "raftd: %s", strerror(error_number));
    failure_why(f, "the files of a node are read by raftd, which is neither beside raftctl nor in "
                   "PATH");
}
