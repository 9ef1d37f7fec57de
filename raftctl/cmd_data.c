/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl data VERB DIR: a data directory at rest. */
#include "raftctl/become.h"
#include "raftctl/cmd.h"

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
    int code = become_run(argv);
    if (code >= 0)
        return (enum ctl_exit)code;
    become_failed(&f, -code);
    failure_fix(&f, "raftd %s %s", option, ctl->argv[0]);
    return print_failure(ctl, &f);
}
