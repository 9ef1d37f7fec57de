/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node's process takes: memory, descriptors, the files of its log. Looked at four times a
 * second; what comes and goes between two looks is not seen. */
#include "base/units.h"
#include "emulator/check/registry.h"

struct state {
    uint64_t most;
    struct event_ref ref;
};

static void meet(struct state *s, const struct trace_record *rec, enum trace_field field,
                 uint64_t value, struct check_result *res)
{
    if (!trace_has(rec, field))
        return;
    res->seen++;
    if (value <= s->most && res->seen > 1)
        return;
    s->most = value;
    s->ref = event_ref_of(rec);
}

static void feed_mem(void *state, const struct check_input *in, const struct trace_record *rec,
                     struct check_result *res)
{
    (void)in;
    meet(state, rec, TRACE_HAS_mem, (rec->mem + MIB - 1) / MIB, res);
}

static void feed_fds(void *state, const struct check_input *in, const struct trace_record *rec,
                     struct check_result *res)
{
    (void)in;
    meet(state, rec, TRACE_HAS_fds, rec->fds, res);
}

static void feed_log(void *state, const struct check_input *in, const struct trace_record *rec,
                     struct check_result *res)
{
    (void)in;
    meet(state, rec, TRACE_HAS_log, rec->log, res);
}

static void judge(const struct state *s, const struct check_input *in, const char *what,
                  struct check_result *res)
{
    unsigned long long most = s->most, max = in->params->max;
    const char *node = res->seen == 0 ? "" : trace_names_text(in->names, s->ref.node);
    if (res->seen > 0 && most > max &&
        result_violate(res, "%s held %llu %s (bound %llu)", node, most, what, max)) {
        result_event(res, in->names, s->ref, "%llu %s", most, what);
        result_paragraph(res,
                         "The scenario allows a node %llu %s; at %.3f s the process of %s held "
                         "%llu, the most that was seen of any node.",
                         max, what, (double)s->ref.t_ns / 1e9, node, most);
    }
    result_settle(res, "looks at processes");
    if (res->verdict == CHECK_OK)
        result_say(res, "no node held more than %llu %s (bound %llu)", most, what, max);
}

static void finish_mem(void *state, const struct check_input *in, struct check_result *res)
{
    judge(state, in, "MiB of memory", res);
}

static void finish_fds(void *state, const struct check_input *in, struct check_result *res)
{
    judge(state, in, "open descriptors", res);
}

static void finish_log(void *state, const struct check_input *in, struct check_result *res)
{
    judge(state, in, "bytes of log files", res);
}

const struct checker check_mem_mib = {
    .name = "memMiB",
    .property = "No node's process has more than so much memory.",
    .source = "thesis 5.1",
    .class = CHECKER_LIVENESS,
    .events = CHECKER_ON(usage),
    .state_size = sizeof(struct state),
    .feed = feed_mem,
    .finish = finish_mem,
};

const struct checker check_fds = {
    .name = "fds",
    .property = "No node's process has more than so many open descriptors.",
    .source = "thesis 10.1",
    .class = CHECKER_LIVENESS,
    .events = CHECKER_ON(usage),
    .state_size = sizeof(struct state),
    .feed = feed_fds,
    .finish = finish_fds,
};

const struct checker check_log_bytes = {
    .name = "logBytes",
    .property = "No node's log takes more than so many bytes of its disk.",
    .source = "thesis 5.1",
    .class = CHECKER_LIVENESS,
    .events = CHECKER_ON(usage),
    .state_size = sizeof(struct state),
    .feed = feed_log,
    .finish = finish_log,
};
