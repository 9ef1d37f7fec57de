/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl leader: its name, and nothing else, so that a script can use it. */
#include "raftctl/ask.h"
#include "raftctl/cmd.h"
#include "raftctl/leader.h"

enum ctl_exit cmd_leader(const struct ctl *ctl)
{
    struct survey survey;
    struct failure failure;
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    if (survey_has_leader(&survey))
        return leader_print(ctl, &survey);
    failure_set(&failure, CTL_TRY_AGAIN, "NOLEADER", "the cluster has no leader");
    failure_why(&failure, "%zu of %zu voters are well, %zu are needed", survey.healthy_count,
                survey.voters_count, survey_quorum(&survey));
    failure_fix(&failure, "raftctl wait leader   or   raftctl status");
    return print_failure(ctl, &failure);
}
