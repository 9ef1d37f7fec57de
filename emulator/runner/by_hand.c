/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of somebody who stands beside the run, and what he waits for. */
#include "emulator/runner/runner_private.h"

#include <string.h>

static bool goes_on(enum action_id action)
{
    return action == ACTION_wait || vocab_action(action)->area == AREA_flow;
}

int runner_do(struct runner *r, const struct scenario_branch *one, struct err *e)
{
    ASSERT(one->count == 1);
    if (r->phase != RUNNER_STEPS || !r->begun)
        return err_set(e, -E_BUSY,
                       r->begun ? "the steps are over: the run comes to its end"
                                : "the cluster is not complete yet: learners are being added");
    const struct scenario_step *step = &one->steps[0];
    if (goes_on(step->action) || step->when != NULL || step->has_at || step->after_ns > 0)
        return err_set(e, -E_UNSUPPORTED, "%s: one thing at a time, and nothing that waits",
                       vocab_action(step->action)->name);
    if (runner_on_admin_plane(&step->args) && !r->links.admin)
        return err_set(
            e, -E_UNSUPPORTED,
            "plane: nothing in the scenario is about it, so the administrator asks over no "
            "link");
    struct task *t = runner_task(r, one, NULL);
    if (t == NULL)
        return err_set(e, -E_LIMIT, "more than %d branches at once", RUNNER_TASKS_MAX);
    t->by_hand = true;
    r->hand.task = t;
    r->hand.branch = one;
    r->hand.failed = (struct err){0};
    return 0;
}

int runner_did(const struct runner *r, struct err *e)
{
    const struct task *t = r->hand.task;
    if (r->hand.failed.code < 0)
        return err_set(e, r->hand.failed.code, "%s", r->hand.failed.text);
    return t != NULL && t->used && t->branch == r->hand.branch;
}

bool hand_failed(struct runner *r, const struct scenario_step *step, const char *text)
{
    for (size_t i = 0; i < r->tasks_end; i++) {
        struct task *t = &r->tasks[i];
        if (!t->used || !t->by_hand || step != &t->branch->steps[0])
            continue;
        (void)err_set(&r->hand.failed, -E_INVALID, "%s: %.400s", vocab_action(step->action)->name,
                      text);
        t->used = false;
        return true;
    }
    return false;
}

bool runner_fault_at(const struct runner *r, size_t i, struct runner_fault *ret)
{
    if (i >= r->faults_count)
        return false;
    const struct fault *f = &r->faults[i];
    *ret = (struct runner_fault){.step = f->step, .action = f->action, .until_ns = f->undo_ns};
    return true;
}

/* Members that ended by themselves are to run, too. */
static void take_up(struct runner *r)
{
    nodeset members = observed_members(&r->o->configs.present) & ~faults_outsiders(r);
    nodeset ended = members & runner_ended(r) & ~r->dead;
    char names[NODESET_TEXT_MAX];
    r->dead |= ended;
    if (ended != 0)
        runner_say(r, "%s ended by themselves: started again", nodeset_print(ended, names));
}

int runner_heal(struct runner *r, struct err *e)
{
    take_up(r);
    for (size_t i = 0; i < r->tasks_end; i++) {
        struct task *t = &r->tasks[i];
        if (t->by_hand && t->phase == TASK_ACTIVITY)
            t->used = false;
    }
    return faults_heal_all(r, e);
}

void runner_stay(struct runner *r, bool on)
{
    r->stays = on;
}

/* ---- waiting ---- */

/* Looking must not change what the run will draw. */
int runner_await(struct runner *r, const struct scenario_condition *c, struct err *e)
{
    const struct prng before = r->rnd;
    runner_await_end(r);
    int code = waiting_arm(r, c, &r->awaited, e);
    r->rnd = before;
    r->awaited_condition = code < 0 ? NULL : c;
    return code;
}

bool runner_awaited(struct runner *r)
{
    const struct prng before = r->rnd;
    uint64_t wake = UINT64_MAX;
    nodeset found = 0;
    ASSERT(r->awaited_condition != NULL);
    bool holds = waiting_holds(r, r->awaited_condition, &r->awaited, &wake, &found);
    r->rnd = before;
    return holds;
}

void runner_await_end(struct runner *r)
{
    if (r->awaited_condition != NULL)
        waiting_free(&r->awaited, r->awaited_condition);
    r->awaited_condition = NULL;
}
