/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/judging/judge.h"

#include "base/units.h"
#include "base/version.h"
#include "emulator/scenario/clocks.h"
#include "emulator/scenario/model.h"
#include "emulator/scenario/recovery.h"
#include "emulator/scenario/walk.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static size_t name_nodes(struct node_texts *t, nodeset nodes)
{
    size_t count = 0;
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        if ((nodes >> i & 1) == 0)
            continue;
        (void)snprintf(t->text[count], sizeof(t->text[0]), "n%u", i + 1);
        t->list[count] = t->text[count];
        count++;
    }
    return count;
}

/* Whose exit codes count, by name; nobody: everybody's. */
static void name_ended(struct node_texts *t, const struct scenario_expect *x,
                       struct check_params *params)
{
    params->nodes_count = name_nodes(t, selectors_named(scenario_arg_who(&x->args, PARAM_who)));
    params->nodes = t->list;
}

static int want(struct judgement *j, const struct scenario_expect *x, struct err *e)
{
    const struct scenario *s = j->scenario;
    struct check_params params = {.within_ns = scenario_arg_u64(&x->args, PARAM_within, 0),
                                  .max = scenario_arg_u64(&x->args, PARAM_max, 0),
                                  .min = scenario_arg_u64(&x->args, PARAM_min, 0),
                                  .code = scenario_arg_u64(&x->args, PARAM_code, 0),
                                  .error = scenario_arg_text(&x->args, PARAM_error, ""),
                                  .pattern = scenario_arg_text(&x->args, PARAM_pattern, "")};
    if (x->checker == CHECKER_finally)
        return 0; /* judged by the runner */
    if (x->checker == CHECKER_recovers) {
        params.within_ns = scenario_within_ns(s);
        params.core_within_ns = scenario_core(s) == NULL ? 0 : scenario_core_within_ns(s);
    }
    if (x->checker == CHECKER_exitCode)
        name_ended(&j->ended, x, &params);
    return check_want(j->run, vocab_checker(x->checker)->name, &params, e);
}

static int ask(struct judgement *j, struct err *e)
{
    const struct scenario *s = j->scenario;
    int code = 0;
    for (size_t i = 0; i < s->expects_count && code == 0; i++)
        code = want(j, &s->expects[i], e);
    for (size_t i = 0; i < s->covers_count && code == 0; i++)
        code =
            check_need(j->run, vocab_coverage_name(s->covers[i].counter), s->covers[i].at_least, e);
    return code;
}

static uint64_t counted(const struct check_run *run, const char *name)
{
    for (size_t i = 0; i < check_counters_count(run); i++) {
        struct check_counter c = check_counters_at(run, i);
        if (strcmp(c.name, name) == 0)
            return c.value;
    }
    UNREACHABLE(); /* every run has the counters that are asked for here */
}

/* Checkers hold in a run where nothing happens, too: they prove nothing there. */
static void note_tested(struct check_run *run)
{
    if (counted(run, "faultsBegun") == 0 && counted(run, "opsOk") == 0)
        check_note(run, "tested", CHECK_VACUOUS, 0,
                   "nothing was tested: no step did anything to the cluster, and no client "
                   "operation succeeded");
}

/* The laboratory's own part: what it says here may explain a time limit that was missed. */
static void note_harness(struct check_run *run, const struct scenario *s,
                         const struct judge_facts *facts)
{
    char text[CHECK_SENTENCE_MAX];
    if (facts->harness_fault != NULL) {
        check_note(run, "harness", CHECK_UNKNOWN, 1, facts->harness_fault);
    } else if (facts->harness_warning != NULL) {
        check_note(run, "harness", CHECK_OK, 1, facts->harness_warning);
    } else if (facts->host_stall_ns > s->cluster.election_ns_min / 4) {
        (void)snprintf(text, sizeof(text),
                       "the host stalled for %.0f ms; time limits missed in this run prove nothing",
                       (double)facts->host_stall_ns / (double)NS_PER_MS);
        check_note(run, "harness", CHECK_OK, 1, text);
    }
}

/* What leases were asked to bear, and never promised to. */
static void note_promise(struct check_run *run, const struct scenario *s)
{
    char beyond[SCENARIO_CLOCKS_TEXT_MAX], text[CHECK_SENTENCE_MAX];
    if (scenario_clocks_beyond(s, beyond) == NULL)
        return;
    (void)snprintf(text, sizeof(text), "%s: a stale lease read is outside the promise", beyond);
    check_note(run, "clocks", CHECK_OK, 1, text);
}

/* What the runner and the world know. */
static void note_run(struct check_run *run, const struct scenario *s,
                     const struct judge_facts *facts)
{
    const struct runner_result *r = &facts->runner;
    if (facts->stop.stopped)
        check_note(run, "steps", CHECK_OK, r->steps_done,
                   "the run was stopped at the first violation");
    else if (r->failed)
        check_note(run, "steps", r->contradicted ? CHECK_VIOLATED : CHECK_UNKNOWN, r->steps_done,
                   r->sentence);
    else
        check_note(run, "steps", CHECK_OK, r->steps_done, "every step was done");
    note_harness(run, s, facts);
    note_promise(run, s);
    if (!facts->stop.stopped)
        note_tested(run);
    if (s->finals_count == 0 || r->failed || facts->stop.stopped)
        return;
    if (r->finals_failed)
        check_note(run, "finally", CHECK_VIOLATED, r->finals_checked, r->finals_sentence);
    else
        check_note(run, "finally", CHECK_OK, r->finals_checked, "every end condition came true");
}

static void find_force(const struct scenario_step *step, void *arg)
{
    *(bool *)arg = *(bool *)arg || step->action == ACTION_cluster_forceRecover;
}

static bool recovers_by_force(const struct scenario *s)
{
    bool forced = false;
    scenario_each_step(s, find_force, &forced);
    return forced;
}

/* Before the run. */
static struct check_facts facts_of(struct judgement *j)
{
    const struct scenario *s = j->scenario;
    nodeset first = nodeset_below(s->cluster.voters);
    return (struct check_facts){
        .voters_count = name_nodes(&j->voters, first),
        .voters = j->voters.list,
        .election_timeout_ns_min = s->cluster.election_ns_min,
        .election_timeout_ns_max = s->cluster.election_ns_max,
        .clock_faults = scenario_clocks_of(s).faults,
        .clocks_beyond = scenario_clocks_beyond(s, j->beyond),
        .forced_recovery = recovers_by_force(s),
        .untraced = !scenario_is_raftd(s),
        .counters = j->counters,
        .counters_count = JUDGEMENT_COUNTERS,
        .budget_ns = s->budget.checker_ns,
        .budget_bytes = s->budget.checker_bytes,
    };
}

int judgement_open(struct judgement *j, const struct scenario *s, struct err *e)
{
    *j = (struct judgement){.scenario = s,
                            .counters = {{.name = "packetsDropped"}, {.name = "crashPointsHit"}}};
    struct check_facts facts = facts_of(j);
    world_names(&j->names, scenario_nodes_count(s)); /* as in the world, not as they are met */
    j->run = check_open(&facts, &j->names);
    return ask(j, e);
}

void judgement_free(struct judgement *j)
{
    check_free(j->run);
    j->run = NULL;
}

int judgement_feed(struct judgement *j, const struct trace_record *rec, struct err *e)
{
    j->last_ns = rec->t > j->last_ns ? rec->t : j->last_ns;
    return check_feed(j->run, rec, e);
}

void judgement_finish(struct judgement *j, const struct judge_facts *facts)
{
    uint64_t began = now_ns();
    j->counters[0].value = facts->packets_dropped;
    j->counters[1].value = facts->crash_points_hit;
    j->stop = facts->stop;
    check_ended(j->run, &(struct check_ending){.healed_at_ns = facts->runner.healed_at_ns,
                                               .end_ns = facts->runner.ended_ns,
                                               .host_stall_ns = facts->harness_warning == NULL
                                                                    ? facts->host_stall_ns
                                                                    : UINT64_MAX});
    check_finish(j->run);
    note_run(j->run, j->scenario, facts);
    j->took_ns += now_ns() - began;
}

int judgement_write(const struct judgement *j, const struct results *r,
                    const struct judge_facts *facts, struct err *e)
{
    struct buf text = {0};
    verdict_write(&text, j->run,
                  &(struct verdict_header){
                      .scenario = j->scenario->name,
                      .world = facts->world,
                      .seed = facts->seed,
                      .has_seed = facts->has_seed,
                      .version = RAFTLAB_VERSION,
                      .standings = j->stop.stopped ? &j->stop.standings : NULL,
                      .names = &j->names,
                  });
    int code = results_write(r, "verdict.json", &text, e);
    buf_free(&text);
    return code;
}

int judge_run(const struct scenario *s, const struct results *r, const struct judge_facts *facts,
              struct judgement *ret, struct err *e)
{
    uint64_t began = now_ns();
    int code = judgement_open(ret, s, e);
    ret->stop = facts->stop;
    /* What the world knows it lost makes the verdict unknown by itself. */
    if (code == 0)
        code = judgement_files(ret, r, facts->harness_fault == NULL, facts->runner.started, e);
    ret->took_ns = now_ns() - began;
    if (code == 0) {
        judgement_finish(ret, facts);
        code = judgement_write(ret, r, facts, e);
    }
    if (code < 0)
        judgement_free(ret);
    return code;
}
