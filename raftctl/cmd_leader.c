/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl leader: its name, and nothing else, so that a script can use it. */
#include "raftctl/ask.h"
#include "raftctl/cmd.h"
#include "raftctl/leader.h"
#include "raftctl/leaderless.h"

enum ctl_exit cmd_leader(const struct ctl *ctl)
{
    struct survey survey;
    struct failure failure;
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    if (survey_leads(&survey))
        return leader_print(ctl, &survey);
    leaderless_set(&failure, &survey);
    return print_failure(ctl, &failure);
}
