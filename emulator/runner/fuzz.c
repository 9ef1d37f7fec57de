/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz: faults drawn while the run goes on, each a step of its own beside the others. */
#include "base/mem.h"
#include "emulator/runner/runner_private.h"
#include "emulator/scenario/parse.h"

#include <stdio.h>

/* Of one moment: then it is waited for another. */
#define TRIES_MAX 8

/* ---- whom ---- */

static nodeset one_of(struct prng *rnd, nodeset set)
{
    for (uint64_t n = prng_below(rnd, nodeset_count(set)); n > 0; n--)
        set &= set - 1;
    return set & -set;
}

/* So many of them, the leader more often than others. */
static nodeset some_of(const struct runner *r, struct prng *rnd, nodeset pool, unsigned count)
{
    nodeset leader = r->o->leader < 0 ? 0 : pool & NODE_BIT(r->o->leader), chosen = 0;
    if (count > 0 && leader != 0 && prng_chance(rnd, 0.4))
        chosen = leader;
    while (nodeset_count(chosen) < count && (pool & ~chosen) != 0)
        chosen |= one_of(rnd, pool & ~chosen);
    return chosen;
}

/* By whichever fuzz step. */
static nodeset hit_now(const struct runner *r)
{
    nodeset hit = 0;
    for (size_t k = 0; k < r->tasks_end; k++) {
        const struct task *t = &r->tasks[k];
        for (size_t i = 0; i < SCENARIO_FUZZ_OPEN_MAX && t->used && t->phase == TASK_FUZZ; i++)
            hit |= t->fuzz.open[i].until_ns > runner_now(r) ? t->fuzz.open[i].nodes : 0;
    }
    for (unsigned i = 0; i < r->o->nodes_count; i++)
        hit |= (nodeset)(!r->o->nodes[i].alive || r->o->nodes[i].paused) << i;
    return hit;
}

/* Most of the voters are well all the time: the others are hit, or those that are hit already. */
static nodeset victims_beside_quorum(const struct runner *r, struct fuzz_task *f, nodeset members)
{
    const struct observed_config *c = &r->o->configs.present;
    nodeset hit = hit_now(r) & members;
    unsigned may = (nodeset_count(c->voters) - 1) / 2, are = nodeset_count(hit & c->voters);
    if (observed_joint(c))
        return 0;
    if (are >= may)
        return hit == 0 ? 0 : some_of(r, &f->rnd, hit, 1);
    unsigned count = 1 + (unsigned)prng_below(&f->rnd, may - are);
    return some_of(r, &f->rnd, members & ~hit, count);
}

/* 0: nobody now. */
static nodeset victims(const struct runner *r, struct fuzz_task *f,
                       const struct scenario_step *step, enum action_id action)
{
    nodeset members = observed_members(&r->o->configs.present), chosen;
    unsigned all = nodeset_count(members);
    if (all == 0)
        return 0;
    if (scenario_fuzz_is_harmless(action))
        return some_of(r, &f->rnd, members, 1);
    if (scenario_arg_bool(&step->args, PARAM_keepQuorum, false))
        chosen = victims_beside_quorum(r, f, members);
    else
        chosen = some_of(r, &f->rnd, members,
                         prng_chance(&f->rnd, 0.6) ? 1 : 1 + (unsigned)prng_below(&f->rnd, all));
    bool rest = nodeset_count(chosen) < r->o->nodes_count;
    return scenario_fuzz_needs_rest(action) && !rest ? 0 : chosen;
}

/* ---- drawing ---- */

/* Parses what was drawn and lets it begin. */
static int begin_step(struct runner *r, struct task *t, const struct scenario_step *step,
                      struct buf *text, struct err *e)
{
    char name[RUNNER_STEP_NAME], label[RUNNER_STEP_NAME + 16];
    struct buf whole = {0};
    struct scenario_source src;
    scenario_around_step(r->s, buf_str(text), &whole);
    int code = scenario_source_text(&src, "fuzz", buf_str(&whole), whole.len, e);
    struct scenario *parsed = code == 0 ? scenario_source_parse(&src) : NULL;
    ASSERT(parsed != NULL && parsed->steps.count == 1); /* the rows draw nothing else */
    scenario_source_close(&src);
    buf_free(&whole);
    (void)snprintf(label, sizeof(label), "%s.%u", step_name(step, name), ++t->fuzz.count);
    parsed->steps.steps[0].label = mem_strdup(label);
    struct drawn_step *d = mem_alloc(sizeof(*d));
    *d = (struct drawn_step){.next = r->drawn, .parsed = parsed};
    r->drawn = d;
    if (runner_task(r, &parsed->steps, t) == NULL)
        return err_set(e, -E_LIMIT, "more than %d branches at once", RUNNER_TASKS_MAX);
    return 0;
}

static int draw(struct runner *r, struct task *t, const struct scenario_step *step, size_t slot,
                struct err *e)
{
    struct fuzz_task *f = &t->fuzz;
    const struct text_list *alphabet = &scenario_arg(&step->args, PARAM_alphabet)->texts;
    struct buf text = {0};
    uint64_t now = runner_now(r), ns = 0;
    struct scenario_fuzz how = {.et_ns = r->s->cluster.election_ns_min, .ns = f->end_ns - now};
    enum action_id action = ACTION_fuzz;
    for (int i = 0; i < TRIES_MAX && how.who == 0; i++) {
        action = (enum action_id)vocab_find_action(
            alphabet->items[prng_below(&f->rnd, alphabet->count)]);
        how.who = victims(r, f, step, action);
    }
    if (how.who == 0)
        return 0;
    buf_putc(&text, '{');
    ns = scenario_fuzz_draw(action, &how, &f->rnd, &text);
    buf_puts(&text, ",\"must\":false}");
    if (ns > 0) {
        f->open[slot].nodes = how.who;
        f->open[slot].until_ns = now + ns;
    }
    int code = begin_step(r, t, step, &text, e);
    buf_free(&text);
    return code;
}

/* The next one now, or, where there are as many as may be, when one of them has ended. */
static int draw_or_wait(struct runner *r, struct task *t, const struct scenario_step *step,
                        struct err *e)
{
    struct fuzz_task *f = &t->fuzz;
    uint64_t now = runner_now(r), first_end = UINT64_MAX;
    uint64_t most = scenario_arg_u64(&step->args, PARAM_maxConcurrent, FUZZ_OPEN_USUAL);
    uint64_t gap = scenario_arg_u64(&step->args, PARAM_minGap, r->s->cluster.election_ns_min);
    size_t free_slot = most;
    for (size_t i = 0; i < most; i++) {
        if (f->open[i].until_ns <= now)
            free_slot = i;
        else if (f->open[i].until_ns < first_end)
            first_end = f->open[i].until_ns;
    }
    if (free_slot == most) {
        f->next_ns = first_end;
        return 0;
    }
    f->next_ns = now + prng_between(&f->rnd, gap, 3 * gap);
    return draw(r, t, step, free_slot, e);
}

/* ---- life ---- */

void fuzz_begin(struct runner *r, struct task *t, const struct scenario_step *step)
{
    t->fuzz = (struct fuzz_task){.rnd = prng_seed(prng_u64(&r->rnd)),
                                 .end_ns = runner_now(r) + step->for_ns,
                                 .next_ns = runner_now(r)};
}

bool fuzz_advance(struct runner *r, struct task *t, const struct scenario_step *step,
                  uint64_t *wake, struct err *e, int *ret_code)
{
    struct fuzz_task *f = &t->fuzz;
    uint64_t now = runner_now(r);
    uint64_t calm_ns = f->end_ns + scenario_arg_u64(&step->args, PARAM_stability, 0);
    while (*ret_code == 0 && now >= f->next_ns && now < f->end_ns)
        *ret_code = draw_or_wait(r, t, step, e);
    if (*ret_code < 0)
        return true;
    if (now >= calm_ns)
        return t->children == 0;
    uint64_t until = now >= f->end_ns ? calm_ns : f->next_ns < f->end_ns ? f->next_ns : f->end_ns;
    *wake = until < *wake ? until : *wake;
    return false;
}

void fuzz_free(struct runner *r)
{
    while (r->drawn != NULL) {
        struct drawn_step *next = r->drawn->next;
        scenario_free(r->drawn->parsed);
        mem_free(r->drawn);
        r->drawn = next;
    }
}
