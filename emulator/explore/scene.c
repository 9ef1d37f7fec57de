/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/scene.h"

#include "emulator/explore/scene_plan.h"

#include <string.h>

/* Every step has its moment on the scenario's clock; ET and heartbeat on the nodes'. */
#define BEGIN_MS    200u
#define MOMENT_MS   100u
#define ACT_MS      10u /* later; then what was on its way arrives, too */
#define ELECTION_MS 300u
#define BEAT_MS     100u

struct scene {
    struct buf *out;
    struct scene_plan plan;
    const struct ex_path *path;
    uint32_t unsaid;
    uint32_t number; /* the step's */
};

static unsigned moment_ms(uint32_t number)
{
    return BEGIN_MS + number * MOMENT_MS;
}

/* The beginning of a step of the scenario, so long after its moment. */
static void begin(struct scene *s, unsigned after_ms)
{
    buf_putf(s->out, ",\n  {\"at\": \"%ums\", ", moment_ms(s->number) + after_ms);
}

/* ---- messages ---- */

static const char *word_of(uint32_t type)
{
    return type == RAFT_APPEND_REPLY ? "AppendEntriesReply" : raft_message_name(type);
}

static void put_filter(struct scene *s, raft_id from, raft_id to, uint32_t type, uint32_t count,
                       unsigned delay_ms)
{
    begin(s, 0);
    buf_putf(s->out,
             "\"net.filter\": {\"link\": {\"from\": \"n%u\", \"to\": \"n%u\", \"direction\": "
             "\"out\"}, \"message\": [\"%s\"], ",
             (unsigned)from, (unsigned)to, word_of(type));
    if (delay_ms == 0)
        buf_puts(s->out, "\"verdict\": \"drop\"");
    else
        buf_putf(s->out, "\"verdict\": \"delay\", \"delay\": \"%ums\"", delay_ms);
    buf_putf(s->out, ", \"count\": %u}, \"for\": \"%ums\"}", count, MOMENT_MS - 1);
}

/* A first append arrives: before it, whole nodes ask where their logs agree. */
static void let_ask(struct scene *s)
{
    for (uint32_t i = 0; i < s->plan.count; i++) {
        const struct scene_flight *f = &s->plan.flights[i];
        const struct raft_message *m = &f->message.m;
        if (f->arrives != s->number || !f->probes)
            continue;
        put_filter(s, m->to, m->from, RAFT_APPEND_REPLY, 1, 1);
        put_filter(s, m->from, m->to, RAFT_APPEND, 1, 1);
    }
}

/* Those of this moment that arrive, and those of their kind that do not before them. */
static void let_arrive(struct scene *s)
{
    for (uint32_t i = 0; i < s->plan.count; i++) {
        const struct scene_flight *f = &s->plan.flights[i];
        const struct raft_message *m = &f->message.m;
        bool later = false;
        for (uint32_t k = i; k < s->plan.count; k++) {
            const struct scene_flight *g = &s->plan.flights[k];
            later = later || (g->sent == s->number && g->arrives != 0 &&
                              scene_same_stream(&g->message.m, m));
        }
        if (f->sent == s->number && later)
            put_filter(s, m->from, m->to, m->type, 1,
                       f->arrives == 0 ? 0 : moment_ms(f->arrives) - moment_ms(f->sent));
    }
}

static void let_go(struct scene *s)
{
    begin(s, 0);
    buf_puts(s->out, "\"net.filter\": {\"link\": \"all\", \"message\": [");
    for (uint32_t type = 1; type < RAFT_MESSAGE_TYPES; type++)
        buf_putf(s->out, "%s\"%s\"", type == 1 ? "" : ", ", word_of(type));
    buf_putf(s->out, "], \"verdict\": \"drop\"}, \"for\": \"%ums\"}", MOMENT_MS - 1);
}

/* ---- what happens ---- */

static void jump(struct scene *s, uint32_t n, unsigned by_ms, unsigned after_ms)
{
    begin(s, after_ms);
    buf_putf(s->out, "\"clock.jump\": {\"who\": \"n%u\", \"by\": \"%ums\"}}", n, by_ms);
}

static void unsaid(struct scene *s, const char *why)
{
    s->unsaid++;
    begin(s, 0);
    buf_putf(s->out, "\"//\": \"not said: %s\", \"wait\": \"1ms\"}", why);
}

/* Election timers are drawn: past all that may be drawn, whatever the priorities. */
static void wake(struct scene *s, const struct ex_step *step, uint32_t n)
{
    bool rare =
        step->action.event.kind == EX_EVENT_OVERSLEPT || (step->turn->flags & EX_TIMED) != 0;
    jump(s, n, rare ? 6 * ELECTION_MS : BEAT_MS, ACT_MS);
}

static void crash(struct scene *s, const struct ex_step *step, const struct ex_row *before)
{
    uint32_t n = step->action.server + 1, kept = step->action.event.argument;
    if (kept != 0 && kept != before->host.writes)
        unsaid(s, "some of the waiting writes reach the disk");
    if (before->host.writes > kept) {
        begin(s, ACT_MS - 1);
        buf_putf(s->out, "\"disk.loseUnsynced\": {\"who\": \"n%u\", \"policy\": \"all\"}}", n);
    }
    begin(s, ACT_MS);
    buf_putf(s->out, "\"proc.kill\": {\"who\": \"n%u\"}}", n);
}

static void change(struct scene *s, const struct ex_step *step)
{
    const struct raft_config *c = &step->space->configs.at[step->action.event.argument];
    bool any = false;
    begin(s, ACT_MS);
    buf_putf(s->out, "\"member.change\": {\"by\": \"n%u\", \"target\": [", step->action.server + 1);
    for (uint32_t i = 0; i < c->count; i++) {
        if ((c->members[i].flags & RAFT_VOTER) == 0)
            continue;
        buf_putf(s->out, "%s\"n%u\"", any ? ", " : "", (unsigned)c->members[i].id);
        any = true;
    }
    buf_puts(s->out, "], \"expect\": \"any\", \"waitCommit\": false}, \"background\": true}");
}

static void ask(struct scene *s, uint32_t n, const char *kind)
{
    begin(s, ACT_MS);
    buf_putf(s->out,
             "\"client.op\": {\"kind\": \"%s\", \"key\": \"k0\", %s\"via\": \"n%u\"}, "
             "\"background\": true}",
             kind, kind[0] == 'w' ? "\"value\": \"w\", " : "", n);
}

/* Until when the disk keeps what this step writes. */
static void stall(struct scene *s, const struct ex_step *step)
{
    uint32_t until = step->number + 1;
    while (until <= s->path->count) {
        const struct ex_action *a = &s->path->action[until - 1];
        bool ends = a->event.kind == EX_EVENT_SYNC || a->event.kind == EX_EVENT_CRASH;
        if (a->server == step->action.server && ends)
            break;
        until++;
    }
    begin(s, ACT_MS / 2);
    buf_putf(s->out, "\"disk.stall\": {\"who\": \"n%u\", \"op\": \"fsync\"}, \"for\": \"%ums\"}",
             step->action.server + 1, (until - step->number) * MOMENT_MS);
}

static void happen(struct scene *s, const struct ex_step *step)
{
    uint32_t n = step->action.server + 1;
    const struct ex_row *before = ex_space_row(step->space, step->before->server[n - 1]);
    if (step->action.event.late && before->host.writes == 0)
        stall(s, step);
    switch ((enum ex_event_kind)step->action.event.kind) {
    case EX_EVENT_DELIVER:
        if (step->action.event.after_hold)
            jump(s, n, ELECTION_MS, ACT_MS / 2);
        if (step->action.duplicate)
            unsaid(s, "another copy stays on its way");
        return;
    case EX_EVENT_WAKE:
    case EX_EVENT_OVERSLEPT: wake(s, step, n); return;
    case EX_EVENT_SYNC:
        if (step->action.event.argument != before->host.writes)
            unsaid(s, "some of the waiting writes reach the disk");
        return;
    case EX_EVENT_CRASH: crash(s, step, before); return;
    case EX_EVENT_RESTART:
        begin(s, ACT_MS);
        buf_putf(s->out, "\"proc.start\": {\"who\": \"n%u\"}}", n);
        return;
    case EX_EVENT_PROPOSE: ask(s, n, "write"); return;
    case EX_EVENT_READ: ask(s, n, "read"); return;
    case EX_EVENT_CHANGE: change(s, step); return;
    case EX_EVENT_TRANSFER:
        begin(s, ACT_MS);
        buf_putf(s->out,
                 "\"leader.transfer\": {\"to\": \"n%u\", \"by\": \"n%u\", \"expect\": \"any\", "
                 "\"waitAnswer\": false}, \"background\": true}",
                 step->action.event.argument, n);
        return;
    case EX_EVENT_IMAGE:
        begin(s, ACT_MS);
        buf_putf(s->out,
                 "\"log.compact\": {\"who\": \"n%u\", \"keepEntries\": 0, \"expect\": \"any\", "
                 "\"waitAnswer\": false}, \"background\": true}",
                 n);
        return;
    case EX_EVENT_PASS:
    case EX_EVENT_KINDS: return;
    }
}

/* ---- the file ---- */

static void write_step(void *arg, const struct ex_step *step)
{
    struct scene *s = arg;
    char text[400];
    s->number = step->number;
    let_ask(s);
    let_arrive(s);
    let_go(s);
    (void)ex_action_text(step->space, &step->action, text, sizeof(text));
    begin(s, 1);
    buf_putf(s->out, "\"//\": \"%u. %s\", \"wait\": \"1ms\"}", step->number, text);
    happen(s, step);
}

static const char *on(bool set)
{
    return set ? "on" : "off";
}

static void write_head(struct scene *s, const struct ex_space *space, const char *broken)
{
    const struct ex_bounds *b = &space->bounds;
    buf_putf(s->out,
             "{\"version\": 1,\n \"name\": \"explored\",\n \"why\": \"%s\",\n \"run\": \"sim\",\n",
             broken);
    buf_putf(s->out, " \"cluster\": {\"voters\": %u", b->servers);
    if (b->spares > 0)
        buf_putf(s->out, ", \"learners\": %u, \"spare\": %u", b->learners, b->spares - b->learners);
    buf_putf(s->out,
             ", \"config\": {\"election_timeout\": \"%ums..%ums\", \"heartbeat\": \"%ums\", "
             "\"prevote\": \"%s\", \"check_quorum\": \"%s\"}},\n",
             ELECTION_MS, 2 * ELECTION_MS, BEAT_MS, on(b->pre_vote), on(b->check_quorum));
    buf_puts(s->out, " \"links\": {\"default\": {\"delay\": \"1ms\"}},\n"
                     " \"clients\": {\"count\": 1, \"model\": \"register\", \"ratePerS\": 1, "
                     "\"timeout\": \"1s\"},\n");
    buf_putf(s->out, " \"steps\": [\n  {\"clock.freeze\": {\"who\": \"all\"}, \"for\": \"%ums\"}",
             moment_ms(s->path->count + 3));
}

static void write_foot(struct scene *s)
{
    s->number = s->path->count + 1;
    let_go(s);
    begin(s, 2 * MOMENT_MS);
    buf_puts(s->out, "\"load.start\": {}}],\n \"coverage\": {\"packetsDropped\": 1}}\n");
}

uint32_t ex_scene_write(struct ex_expander *x, const struct ex_path *path, const char *broken,
                        struct buf *out)
{
    struct scene s = {.out = out, .path = path};
    ex_walk(x, path, scene_plan_step, &s.plan);
    write_head(&s, x->space, broken);
    if (x->space->bounds.learners > 0)
        s.unsaid++; /* they join by entries, before the story begins */
    ex_walk(x, path, write_step, &s);
    write_foot(&s);
    scene_plan_free(&s.plan);
    return s.unsaid;
}
