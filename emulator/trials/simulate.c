/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trials/simulate.h"

#include "base/span.h"
#include "base/version.h"
#include "emulator/judging/facts.h"
#include "emulator/judging/memory.h"
#include "emulator/scenario/print.h"

#include <stdio.h>

static int write_scenario(const struct simulation *run, struct err *e)
{
    struct buf text = {0};
    scenario_print(run->scenario, &text);
    int code = results_write(&run->results, "scenario.json", &text, e);
    buf_free(&text);
    return code;
}

static int write_run_json(const struct simulation *run, const struct sim_outcome *out,
                          struct err *e)
{
    struct buf text = {0};
    struct jsonw w;
    char seed[32], unseed[32];
    (void)snprintf(seed, sizeof(seed), "0x%llX", (unsigned long long)run->seed);
    (void)snprintf(unseed, sizeof(unseed), "0x%016llX", (unsigned long long)out->unseed);
    jsonw_init(&w, &text);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "scenario", run->scenario->name);
    jsonw_kv_string(&w, "world", "sim");
    jsonw_kv_string(&w, "seed", seed);
    jsonw_kv_string(&w, "unseed", unseed);
    jsonw_kv_string(&w, "version", RAFTLAB_VERSION);
    jsonw_kv_u64(&w, "events", out->events);
    jsonw_key(&w, "packets");
    jsonw_object(&w);
    jsonw_kv_u64(&w, "sent", out->counters.sent);
    jsonw_kv_u64(&w, "delivered", out->counters.delivered);
    jsonw_kv_u64(&w, "lost", out->counters.lost);
    jsonw_kv_u64(&w, "cut", out->counters.cut);
    jsonw_kv_u64(&w, "queue_full", out->counters.queue_full);
    jsonw_kv_u64(&w, "filtered", out->counters.filtered);
    jsonw_kv_u64(&w, "damaged", out->counters.damaged);
    jsonw_end(&w);
    jsonw_kv_u64(&w, "started_ns", out->runner.started_ns);
    jsonw_kv_u64(&w, "healed_at_ns", out->runner.healed_at_ns);
    jsonw_kv_u64(&w, "ended_ns", out->runner.ended_ns);
    jsonw_kv_u64(&w, "unplanned_exits", out->unplanned_exits);
    jsonw_end(&w);
    buf_putc(&text, '\n');
    int code = results_write(&run->results, "run.json", &text, e);
    buf_free(&text);
    return code;
}

/* ---- judging while it goes on ---- */

bool simulate_feed(void *arg, const struct trace_record *rec)
{
    struct simulate_watch *w = arg;
    if (judgement_feed(w->j, rec, &w->failed) < 0)
        return false;
    return check_violated(w->j->run) == NULL;
}

static struct judge_facts facts_of(const struct simulation *run, const struct sim_outcome *out)
{
    return (struct judge_facts){.runner = out->runner,
                                .stop = {out->stopped, out->standings},
                                .packets_dropped = out->counters.lost + out->counters.cut +
                                                   out->counters.queue_full +
                                                   out->counters.filtered,
                                .crash_points_hit = out->points_hit,
                                .has_seed = true,
                                .seed = run->seed,
                                .world = "sim"};
}

static int run_in(const struct simulation *run, const char *dir, struct sim_outcome *ret,
                  struct judgement *j, bool *ret_ran, struct err *e)
{
    struct simulate_watch w = {.j = j};
    *ret_ran = false;
    memory_set_aside();
    int code = judgement_open(j, run->scenario, e);
    if (code < 0)
        return code;
    const struct sim_options options = {.dir = dir,
                                        .seed = run->seed,
                                        .names = &j->names,
                                        .judge = simulate_feed,
                                        .judge_arg = &w,
                                        .say = run->say,
                                        .say_arg = run->say_arg,
                                        .watch = run->watch};
    code = sim_run(run->scenario, &options, ret, e);
    if (code < 0)
        return code;
    *ret_ran = true;
    if (w.failed.code < 0)
        return err_set(e, w.failed.code, "%s", w.failed.text);
    struct judge_facts facts = facts_of(run, ret);
    judgement_finish(j, &facts);
    return 0;
}

int simulate(const struct simulation *run, struct sim_outcome *ret, struct judgement *j,
             bool *ret_ran, struct err *e)
{
    return run_in(run, NULL, ret, j, ret_ran, e);
}

static int write_verdict(const struct simulation *run, const struct sim_outcome *out,
                         const struct judgement *j, struct err *e)
{
    struct judge_facts facts = facts_of(run, out);
    int code = write_run_json(run, out, e);
    if (code == 0)
        code = facts_write(&run->results, &facts, e);
    return code < 0 ? code : judgement_write(j, &run->results, &facts, e);
}

int simulate_keep(struct simulation *run, struct sim_outcome *ret, struct judgement *j,
                  bool *ret_ran, struct err *e)
{
    int code = 0;
    *j = (struct judgement){0};
    *ret_ran = false;
    if (run->runs != NULL) {
        run->results.dir[0] = '\0';
        code = results_create(run->runs, run->scenario->name, &run->results, e);
    }
    if (code == 0)
        code = write_scenario(run, e);
    if (code == 0)
        code = run_in(run, run->results.dir, ret, j, ret_ran, e);
    return code < 0 ? code : write_verdict(run, ret, j, e);
}

int simulate_finish(const struct simulation *run, const struct sim_outcome *out,
                    struct simulate_watch *w, struct err *e)
{
    if (w->failed.code < 0)
        return err_set(e, w->failed.code, "%s", w->failed.text);
    struct judge_facts facts = facts_of(run, out);
    judgement_finish(w->j, &facts);
    int code = write_scenario(run, e);
    return code < 0 ? code : write_verdict(run, out, w->j, e);
}

bool simulate_same(const struct sim_outcome *a, const struct sim_outcome *b, char *out, size_t size)
{
    if (a->unseed == b->unseed && a->events == b->events)
        return true;
    (void)snprintf(out, size,
                   "the same seed gave two runs: unseed 0x%016llX and 0x%016llX, %llu and %llu "
                   "events",
                   (unsigned long long)a->unseed, (unsigned long long)b->unseed,
                   (unsigned long long)a->events, (unsigned long long)b->events);
    return false;
}
