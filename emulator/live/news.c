/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens, in lines for people. */
#include "base/units.h"
#include "emulator/live/loop_time.h"
#include "emulator/live/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REPORT_NS (5 * NS_PER_S)

void live_say(struct live *l, const char *fmt, ...)
{
    char text[768];
    uint64_t now = loop_now_ns();
    va_list args;
    if (l->options->say == NULL)
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    l->options->say(l->options->say_arg, l->began_ns == 0 ? 0 : now - l->began_ns, text);
}

void news_record(void *arg, unsigned node, const struct trace_record *rec)
{
    struct live *l = arg;
    points_record(&l->points, node, rec);
    if (rec->ev == TRACE_becameLeader) {
        if (l->outcome->first_leader_ns == 0)
            l->outcome->first_leader_ns = rec->t > l->began_ns ? rec->t - l->began_ns : 1;
        live_say(l, "n%u elected, term %llu", node + 1, (unsigned long long)rec->term);
    } else if (rec->ev == TRACE_steppedDown) {
        live_say(l, "n%u steps down: %.*s", node + 1, (int)rec->reason.len,
                 rec->reason.at == NULL ? "" : rec->reason.at);
    }
}

/* A node that never came to write a line was never part of the test. */
void news_crashed(void *arg, unsigned node, const char *cause, bool booted, const char *log)
{
    struct live *l = arg;
    l->outcome->unplanned_exits++;
    live_say(l, "n%u crashed: %s%s%s", node + 1, cause, log[0] == '\0' ? "" : ": ", log);
    if (booted || l->failed.code != 0)
        return;
    l->did_not_start = true;
    (void)err_set(&l->failed, -E_CLOSED, "n%u did not start: %s%s%s", node + 1, cause,
                  log[0] == '\0' ? "" : ": ", log);
}

void news_fell(void *arg, unsigned node, const char *cause, const char *log)
{
    live_say(arg, "n%u ended: %s%s%s", node + 1, cause, log[0] == '\0' ? "" : ": ", log);
}

void news_failed(void *arg, const struct err *e)
{
    struct live *l = arg;
    if (l->failed.code == 0)
        l->failed = *e;
    l->did_not_start = l->did_not_start || e->code == -E_UNSUPPORTED;
}

/* Of nodes that trace nothing. */
void news_led(void *arg, unsigned node, int leader)
{
    struct live *l = arg;
    if (l->observer.leader >= 0 && l->outcome->first_leader_ns == 0)
        l->outcome->first_leader_ns = loop_now_ns() - l->began_ns;
    if (leader < 0)
        live_say(l, "n%u knows no leader", node + 1);
    else
        live_say(l, "n%u takes n%d for the leader", node + 1, leader + 1);
}

void news_progress(struct live *l)
{
    const struct observer *o = &l->observer;
    char leader[24] = "no leader";
    uint64_t now = loop_now_ns();
    if (now < l->next_report_ns)
        return;
    if (l->next_report_ns != 0) {
        if (o->leader >= 0)
            (void)snprintf(leader, sizeof(leader), "leader n%d", o->leader + 1);
        live_say(l, "%llu ok, %llu failed, %llu unknown; %s, term %llu, commit %llu",
                 (unsigned long long)o->ops[OBSERVED_OK], (unsigned long long)o->ops[OBSERVED_FAIL],
                 (unsigned long long)o->ops[OBSERVED_UNKNOWN], leader,
                 (unsigned long long)o->term_max, (unsigned long long)o->commit_max);
    }
    l->next_report_ns = now + REPORT_NS;
}
