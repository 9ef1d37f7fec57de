/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens is told: to whoever judges the run while it goes on, to the files of a run that is
 * kept, and to the digest. */
#include "emulator/sim/run.h"

static void pass_on(struct sim *sim, struct sim_teller *to, struct trace_record *rec)
{
    rec->line = ++to->lines;
    TRACE_PUT(rec, ord, ++sim->told);
    sim->digest = trace_record_digest(sim->digest, rec);
    sim->changed = true;
    if (to->file.path != NULL)
        outfile_record(&to->file, sim->names, rec);
    if (sim->options->judge == NULL || sim->options->judge(sim->options->judge_arg, rec))
        return;
    sim->stopped = true;
    sim_stand(sim, &sim->result.standings);
}

/* Disks that have lied or were tampered with, before anything that may come of it. */
static void tell_harm(struct sim *sim)
{
    nodeset bad = sim->outcome->bad_disks;
    if (bad == sim->harmed)
        return;
    const struct world_fault harm = {
        .step = "", .phase = "harmed", .action = "disk", .targets = bad & ~sim->harmed};
    struct trace_record rec = world_fault_record(&harm, sim->now_ns);
    sim->harmed = bad;
    pass_on(sim, &sim->faults, &rec);
}

static void tell(struct sim *sim, struct sim_teller *to, struct trace_record *rec)
{
    if (!sim->stopped)
        tell_harm(sim);
    if (!sim->stopped)
        pass_on(sim, to, rec);
}

void sim_tell_node(struct sim_node *n, struct trace_record *rec)
{
    /* A life that ends before it has written a line begins with its end. */
    n->told = (struct sim_told){.t_ns = rec->t,
                                .disk = rec->disk,
                                .inc = rec->inc,
                                .seq = rec->ev == TRACE_crashed ? 0 : rec->seq,
                                .term = rec->term};
    tell(n->sim, &n->trace, rec);
    if (n->sim->stopped)
        return;
    observer_feed(&n->sim->observer, rec);
    sim_points_event(n, rec);
}

/* Written for a process that cannot do it any more. */
void sim_tell_crash(struct sim_node *n, const char *cause, int code)
{
    struct trace_record rec;
    trace_record_init(&rec, TRACE_crashed);
    TRACE_PUT(&rec, t, n->sim->now_ns);
    TRACE_PUT(&rec, node, (int)n->index);
    TRACE_PUT(&rec, disk, n->told.disk);
    TRACE_PUT(&rec, inc, n->told.inc);
    TRACE_PUT(&rec, seq, n->told.seq + 1);
    TRACE_PUT(&rec, term, n->told.term);
    TRACE_PUT(&rec, cause, trace_text_of(cause));
    if (code >= 0)
        TRACE_PUT(&rec, code, (uint64_t)code);
    sim_tell_node(n, &rec);
}

void sim_tell_history(struct sim *sim, const struct trace_record *rec)
{
    struct trace_record own = *rec;
    tell(sim, &sim->history, &own);
}

/* A simulated node has no process with memory and descriptors of its own. */
void sim_tell_usage(struct sim_node *n)
{
    const struct world_usage u = {.mem_bytes = UINT64_MAX,
                                  .fds = UINT64_MAX,
                                  .log_bytes = memvfs_used(n->disk, world_is_log)};
    struct trace_record rec = world_usage_record(n->index, &u, n->sim->now_ns);
    tell(n->sim, &n->sim->faults, &rec);
}

void sim_tell_fault(struct sim *sim, const struct world_fault *fault)
{
    struct trace_record rec = world_fault_record(fault, sim->now_ns);
    tell(sim, &sim->faults, &rec);
}

/* ---- files ---- */

int sim_teller_open(struct sim *sim, struct sim_teller *t, const char *name, struct err *e)
{
    if (sim->options->dir == NULL)
        return 0;
    return outfile_open_in(&t->file, sim->options->dir, name, e);
}

int sim_teller_close(struct sim_teller *t, struct err *e)
{
    return outfile_close(&t->file, e);
}
