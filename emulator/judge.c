/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/judge.h"

#include "base/units.h"
#include "base/version.h"
#include "emulator/scenario/clocks.h"
#include "emulator/scenario/model.h"
#include "emulator/scenario/recovery.h"
#include "emulator/scenario/walk.h"
#include "emulator/trace/merge.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* Names of nodes for the checkers, which speak no numbers. */
struct node_texts {
    char text[LIMIT_MEMBERS][8];
    const char *list[LIMIT_MEMBERS];
};

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

static int want(struct check_run *run, const struct scenario *s, const struct scenario_expect *x,
                const struct judge_facts *facts, struct node_texts *minority, struct err *e)
{
    struct check_params params = {.within_ns = scenario_arg_u64(&x->args, PARAM_within, 0),
                                  .max = scenario_arg_u64(&x->args, PARAM_max, 0)};
    if (x->checker == CHECKER_finally)
        return 0; /* judged by the runner */
    if (x->checker == CHECKER_recovers) {
        params.within_ns = scenario_within_ns(s);
        params.core_within_ns = scenario_core(s) == NULL ? 0 : scenario_core_within_ns(s);
    }
    if (x->checker == CHECKER_noProgressExpected) {
        params.nodes = minority->list;
        params.nodes_count = name_nodes(minority, facts->runner.minority);
        params.from_ns = facts->runner.minority_from_ns;
        params.to_ns = facts->runner.minority_to_ns;
    }
    return check_want(run, vocab_checker(x->checker)->name, &params, e);
}

static int ask(struct check_run *run, const struct scenario *s, const struct judge_facts *facts,
               struct node_texts *minority, struct err *e)
{
    int code = 0;
    for (size_t i = 0; i < s->expects_count && code == 0; i++)
        code = want(run, s, &s->expects[i], facts, minority, e);
    for (size_t i = 0; i < s->covers_count && code == 0; i++)
        code = check_need(run, vocab_coverage_name(s->covers[i].counter), s->covers[i].at_least, e);
    return code;
}

static int add_files(struct merge *m, const struct scenario *s, const struct results *r,
                     struct err *e)
{
    char path[PATH_MAX + 64];
    static const char *const files[] = {"history.ndjson", "faults.ndjson"};
    int code = 0;
    for (size_t i = 0; i < ARRAY_LEN(files) && code == 0; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", r->dir, files[i]);
        code = merge_add_file(m, path, e);
    }
    for (size_t i = 0; i < scenario_nodes_count(s) && code == 0; i++) {
        (void)snprintf(path, sizeof(path), "%s/trace/n%zu.ndjson", r->dir, i + 1);
        if (access(path, F_OK) == 0) /* a spare that was never started has none */
            code = merge_add_file(m, path, e);
    }
    return code;
}

static int feed(struct check_run *run, struct merge *m, struct err *e)
{
    const struct trace_record *rec;
    int code;
    while ((code = merge_next(m, &rec, e)) > 0) {
        code = check_feed(run, rec, e);
        if (code < 0)
            return err_wrap(e, "%s: line %llu", merge_source_name(m),
                            (unsigned long long)rec->line);
    }
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
    if (r->failed)
        check_note(run, "steps", r->contradicted ? CHECK_VIOLATED : CHECK_UNKNOWN, r->steps_done,
                   r->sentence);
    else
        check_note(run, "steps", CHECK_OK, r->steps_done, "every step was done");
    note_harness(run, s, facts);
    note_promise(run, s);
    note_tested(run);
    if (s->finals_count == 0 || r->failed)
        return;
    if (r->finals_failed)
        check_note(run, "finally", CHECK_VIOLATED, r->finals_checked, r->finals_sentence);
    else
        check_note(run, "finally", CHECK_OK, r->finals_checked, "every end condition came true");
}

static void find_force(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                       uint64_t likely_ns, void *arg)
{
    (void)depth;
    (void)early_ns;
    (void)likely_ns;
    *(bool *)arg = *(bool *)arg || step->action == ACTION_cluster_forceRecover;
}

static bool recovers_by_force(const struct scenario *s)
{
    bool forced = false;
    const struct walk w = {.visit = find_force, .arg = &forced};
    (void)scenario_walk(s, &w);
    return forced;
}

static struct check_facts facts_of(const struct scenario *s, const struct judge_facts *facts,
                                   struct node_texts *voters, struct node_texts *bad,
                                   const struct check_counter *world)
{
    nodeset first = s->cluster.voters == 64 ? UINT64_MAX : (1ull << s->cluster.voters) - 1;
    return (struct check_facts){
        .voters_count = name_nodes(voters, first),
        .voters = voters->list,
        .election_timeout_ns_min = s->cluster.election_ns_min,
        .election_timeout_ns_max = s->cluster.election_ns_max,
        .bad_disks_count = name_nodes(bad, facts->bad_disks),
        .bad_disks = bad->list,
        .healed_at_ns = facts->runner.healed_at_ns,
        .end_ns = facts->runner.ended_ns,
        .host_stall_ns = facts->harness_warning == NULL ? facts->host_stall_ns : UINT64_MAX,
        .forced_recovery = recovers_by_force(s),
        .counters = world,
        .counters_count = 2,
        .budget_ns = s->budget.checker_ns,
        .budget_bytes = s->budget.checker_bytes,
    };
}

static int write_verdict(const struct scenario *s, const struct results *r,
                         const struct judge_facts *facts, const struct check_run *run,
                         struct err *e)
{
    struct buf text = {0};
    verdict_write(&text, run,
                  &(struct verdict_header){.scenario = s->name,
                                           .world = facts->world,
                                           .seed = facts->seed,
                                           .has_seed = facts->has_seed,
                                           .version = RAFTLAB_VERSION});
    int code = results_write(r, "verdict.json", &text, e);
    buf_free(&text);
    return code;
}

int judge_run(const struct scenario *s, const struct results *r, const struct judge_facts *facts,
              struct judgement *ret, struct err *e)
{
    struct node_texts voters, bad, minority;
    struct check_counter world[] = {{"packetsDropped", facts->packets_dropped},
                                    {"crashPointsHit", facts->crash_points_hit}};
    struct merge merge;
    memset(ret, 0, sizeof(*ret));
    uint64_t began = now_ns();
    struct check_facts check = facts_of(s, facts, &voters, &bad, world);
    char beyond[SCENARIO_CLOCKS_TEXT_MAX];
    check.clock_faults = scenario_clocks_of(s).faults;
    check.clocks_beyond = scenario_clocks_beyond(s, beyond);
    ret->run = check_open(&check, &ret->names);
    merge_init(&merge, &ret->names);
    int code = ask(ret->run, s, facts, &minority, e);
    if (code == 0)
        code = add_files(&merge, s, r, e);
    if (code == 0)
        code = feed(ret->run, &merge, e);
    if (code == 0) {
        check_finish(ret->run);
        note_run(ret->run, s, facts);
        ret->took_ns = now_ns() - began;
        code = write_verdict(s, r, facts, ret->run, e);
    }
    merge_free(&merge);
    if (code < 0)
        judgement_free(ret);
    return code;
}

void judgement_free(struct judgement *j)
{
    check_free(j->run);
    j->run = NULL;
}
