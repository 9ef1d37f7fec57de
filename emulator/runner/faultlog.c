/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which faults are in force: opened by a step, closed when their effect is gone, whoever undid it.
 */
#include "emulator/runner/runner_private.h"
#include "emulator/scenario/print.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

const char *step_name(const struct scenario_step *step, char out[RUNNER_STEP_NAME])
{
    if (step->label != NULL)
        (void)snprintf(out, RUNNER_STEP_NAME, "%s", step->label);
    else
        (void)snprintf(out, RUNNER_STEP_NAME, "%u", step->number);
    return out;
}

static void tell(struct runner *r, const char *step, const char *phase, const char *action,
                 nodeset nodes, const struct scenario_args *args)
{
    struct buf params = {0};
    if (args != NULL) {
        struct jsonw w;
        jsonw_init(&w, &params);
        scenario_print_args(args, &w);
    }
    r->w.fault(r->w.arg, &(struct world_fault){.step = step,
                                               .phase = phase,
                                               .action = action,
                                               .targets = nodes,
                                               .params = args == NULL ? NULL : buf_str(&params)});
    r->last_fault_ns = runner_now(r);
    buf_free(&params);
}

int fault_begin(struct runner *r, const struct scenario_step *step, enum fault_class class,
                const struct link_set *links, nodeset nodes, struct err *e)
{
    if (r->faults_count == RUNNER_FAULTS_MAX)
        return err_set(e, -E_LIMIT, "more than %d faults in force at once", RUNNER_FAULTS_MAX);
    struct fault *f = &r->faults[r->faults_count++];
    *f = (struct fault){.action = vocab_action(step->action)->name,
                        .class = class,
                        .nodes = nodes,
                        .undo_ns = step->for_ns == 0 ? UINT64_MAX : runner_now(r) + step->for_ns};
    (void)step_name(step, f->step);
    f->messages = runner_lane_messages(step);
    if (links != NULL)
        f->links = *links;
    tell(r, f->step, "begin", f->action, nodes, &step->args);
    return 0;
}

void fault_tell(struct runner *r, const struct scenario_step *step, const char *phase,
                nodeset nodes)
{
    char name[RUNNER_STEP_NAME];
    bool begins = phase[0] == 'b';
    tell(r, step_name(step, name), phase, vocab_action(step->action)->name, nodes,
         begins ? &step->args : NULL);
}

/* For expectations about the minority of the first partition: nothing begins or ends with it. */
static void tell_minority(struct runner *r, const char *phase)
{
    r->w.fault(r->w.arg,
               &(struct world_fault){
                   .step = "", .phase = phase, .action = "net.partition", .targets = r->minority});
}

void fault_apart(struct runner *r, nodeset minority)
{
    if (r->minority != 0)
        return;
    r->minority = minority;
    tell_minority(r, "apart");
}

void fault_together(struct runner *r)
{
    if (r->minority != 0 && !r->together)
        tell_minority(r, "together");
    r->together = r->minority != 0;
}

const struct selectors *runner_stuck(const struct runner *r)
{
    const struct scenario_expect *x = scenario_expect_find(r->s, CHECKER_noProgressExpected);
    return x == NULL ? NULL : scenario_arg_who(&x->args, PARAM_who);
}

void fault_reunited(struct runner *r)
{
    bool cut = runner_stuck(r) != NULL && link_set_meets(&r->links.cut, &r->links.cut);
    if (!cut && !link_set_meets(&r->links.partition, &r->links.partition))
        fault_together(r);
}

void fault_moment(struct runner *r, const struct scenario_step *step, nodeset nodes)
{
    char name[RUNNER_STEP_NAME];
    tell(r, step_name(step, name), "begin", vocab_action(step->action)->name, nodes, &step->args);
}

static nodeset paused_nodes(const struct runner *r)
{
    nodeset set = 0;
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if (r->o->nodes[i].paused)
            set |= NODE_BIT(i);
    }
    return set;
}

nodeset faults_outsiders(const struct runner *r)
{
    nodeset set = 0;
    for (unsigned i = 0; i < r->o->nodes_count; i++)
        set |= (nodeset)r->o->nodes[i].removed << i;
    return set;
}

nodeset runner_ended(const struct runner *r)
{
    nodeset set = 0;
    for (unsigned i = 0; i < r->o->nodes_count; i++)
        set |= (nodeset)!r->o->nodes[i].alive << i;
    return set;
}

static struct links *lane_of(struct runner *r, const struct fault *f)
{
    return links_lane_of(&r->links, f->messages);
}

static bool in_force(struct runner *r, const struct fault *f)
{
    switch (f->class) {
    case FAULT_CUT: return f->flap != 0 || link_set_meets(&f->links, &f->links);
    case FAULT_HOLD: return link_set_meets(&f->links, &lane_of(r, f)->hold);
    case FAULT_SHAPE: return links_shaped(lane_of(r, f), &f->links);
    case FAULT_FILTER: return r->w.filter_active(r->w.arg, f->number);
    case FAULT_BREAK: return r->w.break_active(r->w.arg, f->number);
    case FAULT_DEAD: return (f->nodes & r->dead & ~faults_outsiders(r)) != 0;
    case FAULT_PAUSED: return (f->nodes & paused_nodes(r)) != 0;
    case FAULT_DISK:
        return r->w.disk_active(r->w.arg, f->number) ||
               (f->nodes & runner_ended(r) & ~faults_outsiders(r)) != 0;
    case FAULT_CLOCK: return r->w.clock_until(r->w.arg, f->number) > runner_now(r);
    case FAULT_LIMIT: return f->limited != 0;
    case FAULT_TWIN: return (f->nodes & ~runner_ended(r)) != 0;
    }
    UNREACHABLE();
}

void faults_close(struct runner *r)
{
    size_t kept = 0, before = r->faults_count;
    for (size_t i = 0; i < before; i++) {
        struct fault *f = &r->faults[i];
        if (in_force(r, f)) {
            r->faults[kept++] = *f;
            continue;
        }
        tell(r, f->step, "end", f->action, f->nodes, NULL);
    }
    r->faults_count = kept;
    if (before > 0 && kept == 0)
        r->result.healed_at_ns = runner_now(r);
}

static int start_nodes(struct runner *r, nodeset nodes, const struct scenario_step *how,
                       struct err *e)
{
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if ((nodes >> i & 1) == 0)
            continue;
        int code = runner_start_node(r, i, how, e);
        if (code < 0)
            return code;
    }
    return 0;
}

static int resume_nodes(struct runner *r, nodeset nodes, struct err *e)
{
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if ((nodes & paused_nodes(r)) >> i & 1) {
            int code = r->w.pause(r->w.arg, i, false, e);
            if (code < 0)
                return code;
        }
    }
    return 0;
}

static int end_twin(struct runner *r, const struct fault *f, struct err *e)
{
    int code = 0;
    for (unsigned i = 0; i < r->o->nodes_count && code == 0; i++) {
        if ((f->nodes & ~runner_ended(r)) >> i & 1)
            code = r->w.kill(r->w.arg, i, SIGKILL, "kill", 0, e);
    }
    return code;
}

int faults_end_twins(struct runner *r, struct err *e)
{
    int code = 0;
    for (size_t i = 0; i < r->faults_count && code == 0; i++) {
        if (r->faults[i].class == FAULT_TWIN)
            code = end_twin(r, &r->faults[i], e);
    }
    return code;
}

/* The less of two. */
static void tighten(struct world_limit *l, const struct world_limit *by)
{
    l->cpu = by->cpu < l->cpu ? by->cpu : l->cpu;
    l->mem_bytes = by->mem_bytes < l->mem_bytes ? by->mem_bytes : l->mem_bytes;
    l->fds = by->fds < l->fds ? by->fds : l->fds;
    l->threads = by->threads < l->threads ? by->threads : l->threads;
    l->log_blocked = l->log_blocked || by->log_blocked;
}

static int apply_limits(struct runner *r, nodeset nodes, struct err *e)
{
    int code = 0;
    for (unsigned i = 0; i < r->o->nodes_count && code == 0; i++) {
        struct world_limit limit = WORLD_UNLIMITED;
        for (size_t k = 0; k < r->faults_count; k++) {
            const struct fault *f = &r->faults[k];
            if (f->class == FAULT_LIMIT && (f->limited >> i & 1) != 0)
                tighten(&limit, &f->limit);
        }
        if ((nodes >> i & 1) != 0)
            code = r->w.limit(r->w.arg, i, &limit, e);
    }
    return code;
}

int fault_limit(struct runner *r, const struct scenario_step *step, nodeset nodes, struct err *e)
{
    ASSERT(r->w.limit != NULL);
    int code = fault_begin(r, step, FAULT_LIMIT, NULL, nodes, e);
    if (code < 0)
        return code;
    const struct scenario_args *args = &step->args;
    struct fault *f = &r->faults[r->faults_count - 1];
    f->limited = nodes;
    f->limit = (struct world_limit){.cpu = scenario_arg_share(args, PARAM_cpu, 1),
                                    .mem_bytes = scenario_arg_u64(args, PARAM_mem, UINT64_MAX),
                                    .fds = scenario_arg_u64(args, PARAM_fds, UINT64_MAX),
                                    .threads = scenario_arg_u64(args, PARAM_threads, UINT64_MAX),
                                    .log_blocked = step->action == ACTION_proc_blockLog};
    code = apply_limits(r, nodes, e);
    if (code < 0) { /* none of them, or it would be in the way of the next one, too */
        struct err ignored;
        f->limited = 0;
        (void)!apply_limits(r, nodes, &ignored);
        faults_close(r);
    }
    return code;
}

int faults_unlimit(struct runner *r, nodeset nodes, struct err *e)
{
    nodeset freed = 0;
    for (size_t i = 0; i < r->faults_count; i++) {
        if (r->faults[i].class == FAULT_LIMIT)
            freed |= r->faults[i].limited & nodes;
        r->faults[i].limited &= ~nodes;
    }
    return freed == 0 ? 0 : apply_limits(r, freed, e);
}

static int undo(struct runner *r, struct fault *f, struct err *e)
{
    nodeset limited = f->limited;
    switch (f->class) {
    case FAULT_CUT:
        cuts_open(r, f);
        f->flap = 0;
        fault_reunited(r);
        return links_apply(&r->links, &r->w, e);
    case FAULT_HOLD:
        links_release(lane_of(r, f), &f->links, NULL);
        return links_apply(&r->links, &r->w, e);
    case FAULT_SHAPE:
        links_unshape(lane_of(r, f), &f->links);
        return links_apply(&r->links, &r->w, e);
    case FAULT_FILTER: r->w.unfilter(r->w.arg, f->number, NULL); return 0;
    case FAULT_BREAK: r->w.unbreak(r->w.arg, f->number, NULL); return 0;
    case FAULT_DEAD: return start_nodes(r, f->nodes & r->dead, f->start, e);
    case FAULT_PAUSED: return resume_nodes(r, f->nodes, e);
    case FAULT_DISK: r->w.undisk(r->w.arg, f->number); return 0;
    case FAULT_CLOCK: r->w.unclock(r->w.arg, f->number, f->nodes); return 0;
    case FAULT_LIMIT: f->limited = 0; return apply_limits(r, limited, e);
    case FAULT_TWIN: return end_twin(r, f, e);
    }
    UNREACHABLE();
}

void faults_unfilter(struct runner *r, const struct link_set *links)
{
    for (size_t i = 0; i < r->faults_count; i++) {
        struct fault *f = &r->faults[i];
        if (f->class == FAULT_FILTER)
            r->w.unfilter(r->w.arg, f->number, links == NULL ? NULL : links->pairs);
        else if (f->class == FAULT_BREAK)
            r->w.unbreak(r->w.arg, f->number, links == NULL ? NULL : links->pairs);
    }
}

/* Whether a fault has come to its end by itself. */
static bool spent(struct runner *r)
{
    for (size_t i = 0; i < r->faults_count; i++) {
        enum fault_class class = r->faults[i].class;
        bool ends = class == FAULT_FILTER || class == FAULT_PAUSED || class == FAULT_DISK ||
                    class == FAULT_CLOCK || class == FAULT_TWIN;
        if (ends && !in_force(r, &r->faults[i]))
            return true;
    }
    return false;
}

int faults_undo(struct runner *r, struct err *e)
{
    uint64_t now = runner_now(r);
    bool any = false;
    int code = 0;
    for (size_t i = 0; i < r->faults_count && code == 0; i++) {
        struct fault *f = &r->faults[i];
        if (f->undo_ns > now)
            continue;
        f->undo_ns = UINT64_MAX;
        runner_say(r, "%s ends", f->action);
        code = undo(r, f, e);
        any = true;
    }
    if (any || spent(r))
        faults_close(r);
    return code;
}

uint64_t faults_next_ns(const struct runner *r)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < r->faults_count; i++) {
        const struct fault *f = &r->faults[i];
        uint64_t until =
            f->class == FAULT_CLOCK ? r->w.clock_until(r->w.arg, f->number) : UINT64_MAX;
        next = f->undo_ns < next ? f->undo_ns : next;
        next = until < next ? until : next;
    }
    return next;
}

/* Disks work again; who ended because they did not is among the dead. */
static void heal_disks(struct runner *r)
{
    for (size_t i = 0; i < r->faults_count; i++) {
        const struct fault *f = &r->faults[i];
        if (f->class != FAULT_DISK)
            continue;
        r->w.undisk(r->w.arg, f->number);
        r->dead |= f->nodes & runner_ended(r);
    }
}

static void heal_clocks(struct runner *r)
{
    for (size_t i = 0; i < r->faults_count; i++) {
        if (r->faults[i].class == FAULT_CLOCK)
            r->w.unclock(r->w.arg, r->faults[i].number, r->faults[i].nodes);
    }
}

int faults_heal_all(struct runner *r, struct err *e)
{
    bool broken = r->faults_count > 0;
    for (struct links *lane = &r->links; lane != NULL; lane = lane->lane) {
        memset(&lane->hold, 0, sizeof(lane->hold));
        links_unshape(lane, NULL);
    }
    cuts_open_all(r);
    r->groups_count = 0;
    faults_unfilter(r, NULL);
    points_forget(r);
    pins_forget(r);
    heal_disks(r);
    heal_clocks(r);
    int code = faults_unlimit(r, NODESET_ALL, e);
    if (code == 0)
        code = links_apply(&r->links, &r->w, e);
    if (code == 0)
        code = loads_forget(r, e);
    if (code == 0)
        code = faults_end_twins(r, e);
    if (code == 0)
        code = resume_nodes(r, paused_nodes(r), e);
    if (code == 0)
        code = start_nodes(r, r->dead & ~faults_outsiders(r), NULL, e);
    r->dead = 0; /* who was removed may stay away */
    if (broken)
        runner_say(r, "healed: every link open, every member started");
    faults_close(r);
    return code;
}
