/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl wait leader: asks again and again until it is so, or time is up. */
#include "base/units.h"
#include "raftctl/ask.h"
#include "raftctl/cmd.h"
#include "raftctl/leader.h"
#include "raftctl/stop.h"

#include <errno.h>

#define PAUSE_NS (50 * NS_PER_MS)

/* Whoever still names a leader whose process is gone is about to elect another. */
static bool leads(const struct survey *s)
{
    const struct survey_row *row = survey_find(s, s->cluster.leader);
    bool gone = row != NULL && !row->reached &&
                (row->error_number == ECONNREFUSED || row->error_number == ENOENT);
    return survey_has_leader(s) && !gone;
}

static enum ctl_exit give_up(const struct ctl *ctl, enum ctl_exit last, const struct survey *survey,
                             const struct failure *unreached)
{
    char within[UNITS_TEXT_MAX];
    struct failure failure;
    failure_set(&failure, CTL_UNKNOWN, "TIMEOUT", "no leader within %s",
                units_print_duration(ctl->timeout_ns, within));
    if (last == CTL_OK)
        failure_why(&failure, "last seen: term %llu, %zu of %zu voters well, leader %s",
                    (unsigned long long)survey->cluster.term, survey->healthy_count,
                    survey->voters_count,
                    survey->cluster.leader[0] != '\0' ? survey->cluster.leader : "none");
    else
        failure_why(&failure, "%s", unreached->why);
    failure_fix(&failure, "raftctl status");
    return print_failure(ctl, &failure);
}

enum ctl_exit cmd_wait(const struct ctl *ctl)
{
    struct survey survey;
    struct failure failure;
    uint64_t deadline_ns = conn_now_ns() + ctl->timeout_ns;
    for (;;) {
        enum ctl_exit exit = ask_survey(ctl, deadline_ns, &survey, &failure);
        if (exit == CTL_OK && leads(&survey))
            return leader_print(ctl, &survey);
        if (conn_now_ns() >= deadline_ns || stop_asked())
            return give_up(ctl, exit, &survey, &failure);
        stop_rest(PAUSE_NS, deadline_ns);
    }
}
