/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two logs with an entry of equal index and term are equal up to it: their chains agree. */
#include "emulator/check/marks.h"
#include "emulator/check/registry.h"

struct state {
    struct marks marks;
};

static void meet(struct state *s, const struct check_input *in, const struct trace_record *rec,
                 struct trace_position at, uint64_t chain, struct check_result *res)
{
    if (at.index == 0 || at.term == 0)
        return;
    const struct mark_slot *old =
        marks_meet(&s->marks, at.index, at.term, chain, event_ref_of(rec));
    if (old == NULL)
        return;
    res->seen++;
    if (old->value == chain)
        return;
    const char *first = trace_names_text(in->names, old->first.node);
    const char *second = trace_names_text(in->names, rec->node);
    unsigned long long index = at.index;
    unsigned long long term = at.term;
    if (!result_violate(res, "the logs of %s and %s differ at or before index %llu of term %llu",
                        first, second, index, term))
        return;
    result_event(res, in->names, old->first, "chain %016llx at index %llu, term %llu",
                 (unsigned long long)old->value, index, term);
    result_event(res, in->names, event_ref_of(rec), "chain %016llx at index %llu, term %llu",
                 (unsigned long long)chain, index, term);
    result_paragraph(res,
                     "%s and %s both hold an entry of term %llu at index %llu, yet the chains over "
                     "everything up to it differ. A leader makes one entry an index and a term, "
                     "and followers accept it only behind an equal prefix: one of the two skipped "
                     "that comparison, or changed an entry afterwards.",
                     first, second, term, index);
}

/* The marks of an append, each with the term its own runs give it. */
static void on_appended(struct state *s, const struct check_input *in,
                        const struct trace_record *rec, struct check_result *res)
{
    uint32_t run = 0;
    uint64_t run_end = rec->from - 1;
    for (uint32_t i = 0; i < rec->marks_count; i++) {
        uint64_t index = rec->marks[i].index;
        if (index < rec->from || index > rec->to)
            continue;
        while (run < rec->runs_count && run_end < index)
            run_end += rec->runs[run++].count;
        if (run == 0 || run_end < index || index + rec->runs[run - 1].count <= run_end)
            continue; /* marks out of order or runs too short: nothing is known */
        meet(s, in, rec, (struct trace_position){rec->runs[run - 1].term, index},
             rec->marks[i].value, res);
    }
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    if (rec->ev == TRACE_appended) {
        on_appended(s, in, rec, res);
    } else if (!trace_has(rec, TRACE_HAS_chain)) {
        return;
    } else if (rec->ev == TRACE_boot) {
        meet(s, in, rec, rec->last, rec->chain, res);
    } else {
        uint64_t term = view_log_term(&in->view->nodes[rec->node].log, rec->to);
        meet(s, in, rec, (struct trace_position){term, rec->to}, rec->chain, res);
    }
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "chains at equal index and term");
}

const struct checker check_log_matching = {
    .name = "logMatching",
    .property = "Logs that hold an entry of equal index and term are equal up to that entry.",
    .source = "thesis 3.2 (log matching), 3.5",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(appended) | CHECKER_ON(committed) | CHECKER_ON(boot),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
