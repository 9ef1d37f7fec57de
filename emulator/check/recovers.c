/* SPDX-License-Identifier: GPL-3.0-or-later */
/* After the last fault, a write succeeds within a bound and every live voter catches up. */
#include "base/units.h"
#include "emulator/check/recovers_core.h"
#include "emulator/check/recovers_writes.h"
#include "emulator/check/registry.h"

#include <stdio.h>

static double ms(uint64_t ns)
{
    return (double)ns / (double)NS_PER_MS;
}

struct state {
    struct recovers_core core;
    struct recovers_writes writes;
};

/* A live voter that does not know the write's index as committed; -1 if all do. */
static int laggard(const struct view *view, uint64_t index)
{
    const struct view_config *newest = NULL;
    for (size_t i = 0; i < TRACE_NODES_MAX; i++) {
        const struct view_config *c = view_config_committed(&view->nodes[i]);
        if (c != NULL && (newest == NULL || c->index > newest->index))
            newest = c;
    }
    for (nodeset left = newest == NULL ? 0 : newest->voters; left != 0; left &= left - 1) {
        int i = nodeset_first(left);
        const struct view_node *n = &view->nodes[i];
        if (n->known && n->role != VIEW_DOWN && n->commit < index)
            return i;
    }
    return -1;
}

static void unknown(struct check_result *res, const char *why)
{
    res->verdict = CHECK_UNKNOWN;
    result_say(res, "recovery cannot be judged: %s", why);
}

static void none(const struct check_input *in, uint64_t asked, struct check_result *res)
{
    uint64_t within = in->params->within_ns;
    if (asked == 0 && in->end_ns < in->healed_at_ns + within) {
        unknown(res, "no write was asked after the last fault, and the run ended early");
    } else if (asked == 0) {
        result_settle(res, "writes after the last fault");
    } else if (in->end_ns < in->healed_at_ns + within) {
        unknown(res, "the run ended before the bound had passed");
    } else if (result_violate(res, "no write succeeded within %.0f ms after the last fault",
                              ms(within))) {
        result_paragraph(res,
                         "All faults were over at %.3f s. Of the %llu writes asked after that, "
                         "none was answered with OK by the end of the run at %.3f s.",
                         ms(in->healed_at_ns) / 1000, (unsigned long long)asked,
                         ms(in->end_ns) / 1000);
    }
}

static void judge(const struct check_input *in, const struct history_op *op,
                  struct check_result *res)
{
    uint64_t took = op->ret_ns - in->healed_at_ns;
    uint64_t within = in->params->within_ns;
    int behind = laggard(in->view, op->index);
    res->seen++;
    if (took > within) {
        if (result_violate(res,
                           "the first write succeeded %.0f ms after the last fault, not within "
                           "%.0f ms",
                           ms(took), ms(within))) {
            result_operation(res, in->history, op);
            result_paragraph(res,
                             "All faults were over at %.3f s; the first write that was asked "
                             "after that and succeeded returned %.0f ms later.",
                             ms(in->healed_at_ns) / 1000, ms(took));
        }
    } else if (behind >= 0 && in->end_ns >= in->healed_at_ns + within) {
        if (result_violate(res, "%s did not catch up after the last fault",
                           trace_names_text(in->names, behind))) {
            result_operation(res, in->history, op);
            result_paragraph(res,
                             "A write succeeded at index %llu after all faults were over, but at "
                             "the end of the run %s, which runs, knew only index %llu as "
                             "committed.",
                             (unsigned long long)op->index, trace_names_text(in->names, behind),
                             (unsigned long long)in->view->nodes[behind].commit);
        }
    }
    res->verdict = res->verdict == CHECK_VIOLATED ? CHECK_VIOLATED : CHECK_OK;
    result_say(res, "the first write succeeded %.0f ms after the last fault (bound %.0f ms)",
               ms(took), ms(within));
}

static void whole(const struct state *s, const struct check_input *in, struct check_result *res)
{
    const struct history_op *op;
    uint64_t asked = 0;
    if (in->healed_at_ns == UINT64_MAX) {
        unknown(res, "a fault was still active when the run ended");
        return;
    }
    if (in->healed_at_ns == 0) {
        result_settle(res, "faults");
        return;
    }
    if (!recovers_writes_first(&s->writes, in, in->healed_at_ns, &op, &asked))
        unknown(res, "too much has happened since all faults were over");
    else if (op == NULL)
        none(in, asked, res);
    else
        judge(in, op, res);
}

static void init(void *state, const struct check_input *in)
{
    if (in->facts->healed_at_ns != 0)
        recovers_writes_from(&((struct state *)state)->writes, in, in->facts->healed_at_ns);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    (void)res;
    if ((RECOVERS_CORE_EVENTS >> rec->ev & 1) != 0)
        recovers_core_feed(&s->core, in, rec);
    if ((RECOVERS_WRITES_EVENTS >> rec->ev & 1) != 0)
        recovers_writes_feed(&s->writes, in, rec);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    struct state *s = state;
    whole(s, in, res);
    recovers_core_finish(&s->core, in, res);
    result_excuse(res, in->facts, "recovery");
}

static void release(void *state)
{
    recovers_writes_free(&((struct state *)state)->writes);
}

const struct checker check_recovers = {
    .name = "recovers",
    .property = "After the last fault a write succeeds within the bound, and live voters catch up; "
                "so does a core, as soon as it is mended.",
    .source = "thesis 3.9, 9.2",
    .class = CHECKER_LIVENESS,
    .untraced = true,
    .events = RECOVERS_CORE_EVENTS | RECOVERS_WRITES_EVENTS,
    .state_size = sizeof(struct state),
    .init = init,
    .feed = feed,
    .finish = finish,
    .free = release,
};
