/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/scene_plan.h"

#include "base/mem.h"

#include <string.h>

bool scene_same_stream(const struct raft_message *a, const struct raft_message *b)
{
    return a->type == b->type && a->from == b->from && a->to == b->to;
}

static void sent(struct scene_plan *p, const struct ex_message *m, uint32_t number)
{
    uint32_t nth = 1;
    for (uint32_t i = 0; i < p->count; i++) {
        const struct scene_flight *f = &p->flights[i];
        nth += f->sent == number && scene_same_stream(&f->message.m, &m->m);
    }
    p->flights = mem_grow(p->flights, p->count + 1, sizeof(*p->flights));
    p->flights[p->count++] = (struct scene_flight){.message = *m, .sent = number, .nth = nth};
}

/* Once its log is empty no leader has to ask; a whole node's never is. */
static bool is_first(struct scene_plan *p, const struct raft_message *m)
{
    bool *asked = &p->asked[m->from - 1][m->to - 1];
    bool first = m->type == RAFT_APPEND && m->prev.index == 0 && m->entries_count > 0 && !*asked;
    *asked = *asked || first;
    return first;
}

/* A copy that arrives again has no flight of its own: the scenario does not say it. */
static void arrived(struct scene_plan *p, const struct ex_step *step)
{
    const struct ex_message *m = &ex_space_met(step->space, step->action.event.argument)->message;
    for (uint32_t i = 0; i < p->count; i++) {
        struct scene_flight *f = &p->flights[i];
        if (f->arrives != 0 || memcmp(&f->message, m, sizeof(*m)) != 0)
            continue;
        f->arrives = step->number;
        f->probes = is_first(p, &m->m);
        return;
    }
}

void scene_plan_step(void *plan, const struct ex_step *step)
{
    struct scene_plan *p = plan;
    if (step->action.event.kind == EX_EVENT_DELIVER)
        arrived(p, step);
    for (uint32_t i = 0; i < step->turn->sent_count; i++)
        sent(p, &step->turn->sent[i], step->number);
}

void scene_plan_free(struct scene_plan *p)
{
    mem_free(p->flights);
    *p = (struct scene_plan){0};
}
