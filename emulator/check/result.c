/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/units.h"
#include "emulator/check/checker.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const verdicts[] = {"ok", "vacuous", "unknown", "violated", "not judged"};

const char *check_verdict_name(enum check_verdict verdict)
{
    ASSERT((size_t)verdict < ARRAY_LEN(verdicts));
    return verdicts[verdict];
}

struct event_ref event_ref_of(const struct trace_record *rec)
{
    return (struct event_ref){.t_ns = rec->t,
                              .seq = rec->seq,
                              .line = rec->line,
                              .term = rec->term,
                              .node = rec->node,
                              .ev = (uint32_t)rec->ev};
}

bool result_violate(struct check_result *res, const char *fmt, ...)
{
    if (res->violations++ > 0)
        return false;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(res->sentence, sizeof(res->sentence), fmt, args);
    va_end(args);
    res->verdict = CHECK_VIOLATED;
    return true;
}

void result_event(struct check_result *res, const struct trace_names *names, struct event_ref ref,
                  const char *what, ...)
{
    if (res->events_count == CHECK_EVENTS_MAX || ref.t_ns + ref.line + ref.seq == 0)
        return;
    size_t at = res->events_count;
    while (at > 0 && res->events[at - 1].t_ns > ref.t_ns)
        at--;
    memmove(&res->events[at + 1], &res->events[at],
            (res->events_count - at) * sizeof(res->events[0]));
    res->events_count++;
    struct check_event *ev = &res->events[at];
    *ev = (struct check_event){.t_ns = ref.t_ns, .seq = ref.seq, .line = ref.line};
    (void)snprintf(ev->node, sizeof(ev->node), "%s", trace_names_text(names, ref.node));
    if (what == NULL) {
        (void)snprintf(ev->what, sizeof(ev->what), "%s in term %llu",
                       trace_event_name((enum trace_event)ref.ev), (unsigned long long)ref.term);
        return;
    }
    va_list args;
    va_start(args, what);
    (void)vsnprintf(ev->what, sizeof(ev->what), what, args);
    va_end(args);
}

void result_paragraph(struct check_result *res, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(res->paragraph, sizeof(res->paragraph), fmt, args);
    va_end(args);
}

void result_say(struct check_result *res, const char *fmt, ...)
{
    if (res->verdict == CHECK_VIOLATED)
        return;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(res->sentence, sizeof(res->sentence), fmt, args);
    va_end(args);
}

void result_settle(struct check_result *res, const char *compared)
{
    if (res->verdict == CHECK_VIOLATED || res->verdict == CHECK_UNKNOWN)
        return;
    res->verdict = res->seen == 0 ? CHECK_VACUOUS : CHECK_OK;
    if (res->seen == 0)
        result_say(res, "nothing to compare: no %s", compared);
    else
        result_say(res, "%llu %s compared, none breaks the rule", (unsigned long long)res->seen,
                   compared);
}

void result_excuse(struct check_result *res, const struct check_facts *facts, const char *what)
{
    uint64_t stall = facts->host_stall_ns, enough = facts->election_timeout_ns_min / 4;
    if (res->verdict != CHECK_VIOLATED || enough == 0 || stall <= enough)
        return;
    res->verdict = CHECK_UNKNOWN;
    res->violations = 0;
    res->events_count = 0;
    res->paragraph[0] = '\0';
    if (stall == UINT64_MAX)
        result_say(res, "%s cannot be judged: the laboratory itself was too slow", what);
    else
        result_say(res, "%s cannot be judged: the host itself stalled for %.0f ms", what,
                   (double)stall / (double)NS_PER_MS);
}
