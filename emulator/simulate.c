/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/simulate.h"

#include "base/span.h"
#include "base/version.h"
#include "emulator/facts.h"
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

int simulate_write(const struct simulation *run, const struct sim_outcome *out, struct err *e)
{
    int code = write_scenario(run, e);
    return code < 0 || out == NULL ? code : write_run_json(run, out, e);
}

int simulate(struct simulation *run, struct sim_outcome *ret, struct err *e)
{
    struct trace_names names = {0};
    const struct sim_options options = {.dir = run->results.dir,
                                        .seed = run->seed,
                                        .names = &names,
                                        .say = run->say,
                                        .say_arg = run->say_arg,
                                        .watch = run->watch};
    int code = 0;
    if (run->runs != NULL) {
        run->results.dir[0] = '\0';
        code = results_create(run->runs, run->scenario->name, &run->results, e);
    }
    if (code == 0)
        code = write_scenario(run, e);
    if (code == 0)
        code = sim_run(run->scenario, &options, ret, e);
    if (code == 0)
        code = write_run_json(run, ret, e);
    return code;
}

int simulate_judge(const struct simulation *run, const struct sim_outcome *out,
                   struct judgement *ret, struct err *e)
{
    struct judge_facts facts = {.runner = out->runner,
                                .packets_dropped = out->counters.lost + out->counters.cut +
                                                   out->counters.queue_full +
                                                   out->counters.filtered,
                                .crash_points_hit = out->points_hit,
                                .bad_disks = out->bad_disks,
                                .has_seed = true,
                                .seed = run->seed,
                                .world = "sim"};
    int code = facts_write(&run->results, &facts, e);
    return code < 0 ? code : judge_run(run->scenario, &run->results, &facts, ret, e);
}
