/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A snapshot at an index is the state at that index, with the configuration that holds there. */
#include "emulator/check/marks.h"
#include "emulator/check/registry.h"

struct state {
    struct marks digests;
};

static void meet(struct state *s, const struct check_input *in, const struct trace_record *rec,
                 struct trace_mark mark, struct check_result *res)
{
    const struct mark_slot *old =
        marks_meet(&s->digests, mark.index, 0, mark.value, event_ref_of(rec));
    bool snapshot = rec->ev != TRACE_applied;
    if (old == NULL || (!snapshot && old->first.ev == TRACE_applied))
        return; /* two applied states are for stateMachineSafety */
    res->seen++;
    if (old->value == mark.value)
        return;
    const char *first = trace_names_text(in->names, old->first.node);
    const char *second =
        old->first.node == rec->node ? "its own snapshot" : trace_names_text(in->names, rec->node);
    unsigned long long index = mark.index;
    if (!result_violate(res, "the snapshot at index %llu is not the state at that index", index))
        return;
    result_event(res, in->names, old->first, "%s, digest %016llx at index %llu",
                 trace_event_name((enum trace_event)old->first.ev), (unsigned long long)old->value,
                 index);
    result_event(res, in->names, event_ref_of(rec), "%s, digest %016llx at index %llu",
                 trace_event_name(rec->ev), (unsigned long long)mark.value, index);
    result_paragraph(res,
                     "%s and %s hold different data for index %llu. A snapshot must contain "
                     "exactly the effect of the entries up to its index; a node that starts from "
                     "this one diverges for good.",
                     first, second, index);
}

static bool is_same(const struct view_config *c, const struct trace_record *rec)
{
    return c->voters == rec->voters && c->old == rec->old &&
           (!trace_has(rec, TRACE_HAS_learners) || c->learners == rec->learners);
}

/* A node that starts from an image has its configuration from there, or from the log behind it. */
static void on_boot(const struct check_input *in, const struct trace_record *rec,
                    struct check_result *res)
{
    const struct view_config *due = view_config_agreed(in->view, rec->image);
    if (due == NULL || rec->image == 0 || in->facts->forced_recovery ||
        (in->bad_disks >> rec->node & 1) != 0)
        return;
    res->seen++;
    if (rec->config_index > due->index || (rec->config_index == due->index && is_same(due, rec)))
        return;
    const char *node = trace_names_text(in->names, rec->node);
    bool other = rec->config_index == due->index;
    unsigned long long image = rec->image, at = due->index;
    if (!(other ? result_violate(res,
                                 "%s starts from its snapshot at %llu with other members than the "
                                 "configuration at %llu has",
                                 node, image, at)
                : result_violate(res,
                                 "%s starts from its snapshot at %llu with the configuration at "
                                 "%llu, but the one at %llu holds there",
                                 node, image, (unsigned long long)rec->config_index, at)))
        return;
    result_event(res, in->names, event_ref_of(rec), NULL);
    result_paragraph(res,
                     "A snapshot has the newest configuration up to its index. The one at index "
                     "%llu was committed, and %s, which starts from a snapshot up to index %llu, "
                     "does not have it: it may count by members that are none any more.",
                     at, node, image);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    if (rec->ev == TRACE_boot) {
        on_boot(in, rec, res);
        return;
    }
    if (rec->ev == TRACE_applied) {
        for (uint32_t i = 0; i < rec->marks_count; i++)
            meet(state, in, rec, rec->marks[i], res);
    }
    if (trace_has(rec, TRACE_HAS_digest)) {
        uint64_t index = rec->ev == TRACE_applied ? rec->to : rec->index;
        meet(state, in, rec, (struct trace_mark){index, rec->digest}, res);
    }
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "snapshots whose state another event tells");
}

const struct checker check_snapshot_prefix = {
    .name = "snapshotPrefix",
    .property = "A snapshot at an index equals the state after applying the log up to it, "
                "configuration included.",
    .source = "thesis 5.1",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(boot) | CHECKER_ON(applied) | CHECKER_ON(snapshotTaken) |
              CHECKER_ON(snapshotInstalled),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
