/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl data inspect|recover DIR: a data directory at rest. What it means is known to raftd,
 * whose format it is: this starts the raftd beside this program, or the one in PATH. */
#include "raftctl/cmd.h"
#include "raftctl/print.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* Only returns if there is no raftd. */
static void become_raftd(char *dir, bool really)
{
    char self[PATH_MAX] = "", beside[PATH_MAX + 8];
    static char option[] = "--recover", yes[] = "--yes", name[] = "raftd";
    char *argv[] = {name, option, dir, really ? yes : NULL, NULL};
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len > 0) {
        (void)snprintf(beside, sizeof(beside), "%s/raftd", dirname(self));
        (void)execv(beside, argv);
    }
    (void)execvp("raftd", argv);
}

enum ctl_exit cmd_data(const struct ctl *ctl)
{
    struct failure f;
    bool recover = strcmp(ctl->verb->name, "data recover") == 0;
    become_raftd(ctl->argv[0], recover && ctl->given[OPT_YES]);
    failure_set(&f, CTL_UNREACHABLE, "NORAFTD", "raftd: %s", strerror(errno));
    failure_why(&f, "the directory is read by raftd, which is neither beside raftctl nor in PATH");
    failure_fix(&f, "raftd --recover %s", ctl->argv[0]);
    return print_failure(ctl, &f);
}
