/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl data VERB DIR: a data directory at rest. */
#include "raftctl/become.h"
#include "raftctl/cmd.h"

#include <errno.h>

enum ctl_exit cmd_data(const struct ctl *ctl)
{
    static char name[] = "raftd", recover[] = "--recover", verify[] = "--verify", dump[] = "--dump",
                yes[] = "--yes";
    struct failure f;
    const char *what = ctl->verb->name + strlen("data ");
    char *option = strcmp(what, "verify") == 0 ? verify
                   : strcmp(what, "dump") == 0 ? dump
                                               : recover;
    char *argv[] = {name, option, ctl->argv[0], ctl->given[OPT_YES] ? yes : NULL, NULL};
    become_raftd(argv);
    become_failed(&f, errno);
    failure_fix(&f, "raftd %s %s", option, ctl->argv[0]);
    return print_failure(ctl, &f);
}
