/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/case.h"

#include "base/mem.h"
#include "emulator/explore/case_states.h"

#include <string.h>

#define ULL(x) ((unsigned long long)(x))

/* The runner keeps messages in the order they were sent until one is named by its link, its kind
 * and how many of these stand before it. */
struct queue {
    struct ex_message *at; /* owned */
    uint32_t count;
};

struct writing {
    struct buf *out;
    const struct ex_path *path;
    const char *broken;
    struct queue queue;
    bool manual[EX_SERVERS]; /* its disk waits to be told */
};

static void queue_put(struct queue *q, const struct ex_message *m)
{
    q->at = mem_grow(q->at, q->count + 1, sizeof(*q->at));
    q->at[q->count++] = *m;
}

static bool same_kind(const struct raft_message *a, const struct raft_message *b)
{
    return a->type == b->type && a->from == b->from && a->to == b->to;
}

/* The place of such a message, and the how-manieth of its kind it is. */
static uint32_t queue_find(const struct queue *q, const struct ex_message *m, uint32_t *ret_nth)
{
    *ret_nth = 1;
    for (uint32_t i = 0; i < q->count; i++) {
        if (memcmp(&q->at[i], m, sizeof(*m)) == 0)
            return i;
        *ret_nth += same_kind(&q->at[i].m, &m->m);
    }
    UNREACHABLE(); /* it arrives, so it was sent */
}

static void queue_drop(struct queue *q, uint32_t at)
{
    q->count--;
    memmove(&q->at[at], &q->at[at + 1], (q->count - at) * sizeof(*q->at));
}

static void write_verb(struct writing *w, const char *verb, const struct raft_message *m,
                       uint32_t nth)
{
    buf_putf(w->out, "quiet %s %llu>%llu %s", verb, ULL(m->from), ULL(m->to),
             raft_message_name(m->type));
    if (nth > 1)
        buf_putf(w->out, " nth %u", nth);
    buf_putc(w->out, '\n');
}

static void write_message(struct writing *w, const struct ex_step *step)
{
    const struct ex_action *a = &step->action;
    const struct ex_message *m = &ex_space_met(step->space, a->event.argument)->message;
    uint32_t nth, at = queue_find(&w->queue, m, &nth);
    if (a->duplicate) {
        write_verb(w, "dup", &m->m, nth);
        queue_put(&w->queue, m);
    }
    write_verb(w, "deliver", &m->m, nth);
    queue_drop(&w->queue, at);
}

/* In the order they stand in, which is that of messages to them. */
static void write_change(struct writing *w, uint32_t n, const struct raft_config *c)
{
    uint32_t said = UINT32_MAX;
    buf_putf(w->out, "quiet change %u", n);
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t flags = c->members[i].flags & RAFT_VOTER;
        if (flags != said)
            buf_puts(w->out, flags != 0 ? " voters" : " learners");
        said = flags;
        buf_putf(w->out, " %llu", ULL(c->members[i].id));
    }
    buf_putc(w->out, '\n');
}

static void write_image(struct writing *w, uint32_t n, const struct ex_step *step)
{
    struct raft_image image = ex_host_image(&step->turn->row.host);
    buf_putf(w->out, "quiet image %u at %llu bytes %llu digest %llu\n", n, ULL(image.pos.index),
             ULL(image.bytes), ULL(image.digest));
    buf_putf(w->out, "quiet compact %u to %llu\n", n, ULL(image.pos.index));
}

/* The verb timeout moves the clock by itself. */
static void write_time(struct writing *w, const struct ex_step *step)
{
    if (step->action.event.kind != EX_EVENT_WAKE && step->turn->passed_ns > 0)
        buf_putf(w->out, "pass %u +%lluns\n", step->action.server + 1, ULL(step->turn->passed_ns));
}

static void write_event(struct writing *w, const struct ex_step *step, const struct ex_row *before)
{
    uint32_t n = step->action.server + 1, argument = step->action.event.argument;
    switch ((enum ex_event_kind)step->action.event.kind) {
    case EX_EVENT_DELIVER: write_message(w, step); return;
    case EX_EVENT_WAKE:
    case EX_EVENT_OVERSLEPT: buf_putf(w->out, "quiet timeout %u\n", n); return;
    case EX_EVENT_SYNC: buf_putf(w->out, "quiet persist %u %u\n", n, argument); return;
    case EX_EVENT_CRASH: buf_putf(w->out, "crash %u kept %u\n", n, argument); return;
    case EX_EVENT_RESTART:
        buf_putf(w->out, "quiet restart %u hold %lluns\n", n,
                 ULL(before->host.disk.term == 0 ? 0 : step->space->timing.election_ns_min));
        return;
    case EX_EVENT_PROPOSE: buf_putf(w->out, "quiet propose %u\n", n); return;
    case EX_EVENT_READ:
        buf_putf(w->out, "quiet read %u ctx %u%s\n", n, before->host.reads + 1u,
                 (argument & EX_READ_LEASE) != 0 ? " lease" : "");
        return;
    case EX_EVENT_CHANGE: write_change(w, n, &step->space->configs.at[argument]); return;
    case EX_EVENT_TRANSFER:
        buf_putf(w->out, "quiet transfer %u to %u within %lluns\n", n, argument,
                 ULL(EX_TRANSFER_NS(step->space)));
        return;
    case EX_EVENT_IMAGE: write_image(w, n, step); return;
    case EX_EVENT_PASS:
    case EX_EVENT_KINDS: return;
    }
}

/* A disk syncs at once, unless it was to let this event wait, or something waits already, or a
 * promise was broken before it came to that. */
static void write_disk(struct writing *w, const struct ex_step *step, const struct ex_row *before)
{
    uint32_t i = step->action.server;
    bool ended = step->after == NULL && step->turn->row.host.writes > 0;
    bool manual = step->action.event.late || before->host.writes > 0 || ended;
    if (manual != w->manual[i])
        buf_putf(w->out, "disk %u %s\n", i + 1, manual ? "manual" : "auto");
    w->manual[i] = manual;
}

/* With one clock for all, the others' moves, too. */
static void write_others(struct writing *w, const struct ex_step *step)
{
    uint64_t passed = step->space->bounds.lease ? step->turn->passed_ns : 0;
    for (uint32_t i = 0; i < step->space->servers_count && passed > 0; i++) {
        const struct ex_row *row = ex_space_row(step->space, step->before->server[i]);
        if (i != step->action.server && row->host.up)
            buf_putf(w->out, "pass %u +%lluns\n", i + 1, ULL(passed));
    }
}

/* What the last step shows, and how everybody stands then. */
static void write_end(struct writing *w, const struct ex_step *step)
{
    char text[256];
    ex_case_shown(step, w->broken, w->out);
    buf_puts(w->out, "\nmessages\n----\n");
    for (uint32_t i = 0; i < w->queue.count; i++)
        buf_putf(w->out, "%s\n",
                 raft_describe_message(&w->queue.at[i].m, NULL, text, sizeof(text)));
    buf_puts(w->out, w->queue.count == 0 ? "none\n\n" : "\n");
    ex_case_states(step, w->out);
}

static void write_narration(struct writing *w, const struct ex_step *step)
{
    char text[400];
    buf_putf(w->out, "# %u. %s\n", step->number,
             ex_action_text(step->space, &step->action, text, sizeof(text)));
    for (uint32_t i = 0; i < step->turn->reasons_count; i++)
        buf_putf(w->out, "#    %s\n",
                 raft_describe_reason(&step->turn->reasons[i], NULL, text, sizeof(text)));
}

static void write_happening(struct writing *w, const struct ex_step *step)
{
    const struct ex_row *before =
        ex_space_row(step->space, step->before->server[step->action.server]);
    write_disk(w, step, before);
    write_time(w, step);
    write_event(w, step, before);
    for (uint32_t i = 0; i < step->turn->sent_count; i++)
        queue_put(&w->queue, &step->turn->sent[i]);
    write_others(w, step);
}

static void write_step(void *arg, const struct ex_step *step)
{
    struct writing *w = arg;
    write_narration(w, step);
    write_happening(w, step);
    buf_puts(w->out, "----\n");
    if (step->number == w->path->count)
        write_end(w, step);
    else
        buf_puts(w->out, "ok\n\n");
}

static void write_cluster(struct writing *w, const struct ex_space *s)
{
    const struct ex_bounds *b = &s->bounds;
    buf_putf(w->out, "%scluster %u", b->servers == 1 ? "quiet " : "", b->servers);
    if (b->learners > 0)
        buf_putf(w->out, " learners %u", b->learners);
    if (b->spares > b->learners)
        buf_putf(w->out, " outsiders %u", b->spares - b->learners);
    buf_putf(w->out, " apart election %lluns heartbeat %lluns", ULL(s->timing.election_ns_min),
             ULL(s->timing.heartbeat_ns));
    buf_putf(w->out, " pre_vote %s check_quorum %s%s", b->pre_vote ? "on" : "off",
             b->check_quorum ? "on" : "off", b->lease ? " lease on" : "");
    if (b->lease)
        buf_puts(w->out, " drift 0");
    buf_putf(w->out, " terms %u window %u batch %u uncommitted %u chunk %u\n", s->limits.terms_max,
             s->limits.window_max, s->limits.batch_max, s->limits.uncommitted_max,
             s->limits.chunk_bytes);
    buf_puts(w->out, "----\nok\n\n");
}

/* Before anything happens only a sole voter speaks. */
static void hear_first_words(struct writing *w, struct ex_space *space)
{
    struct ex_turn turn;
    if (space->bounds.servers > 1)
        return;
    ex_turn_init(&turn, space);
    ex_turn_begin(&turn, 1, EX_CONFIG_FIRST);
    for (uint32_t i = 0; i < turn.sent_count; i++)
        queue_put(&w->queue, &turn.sent[i]);
    ex_turn_free(&turn);
}

void ex_case_write(struct ex_expander *x, const struct ex_path *path, const char *broken,
                   const char *command, struct buf *out)
{
    struct writing w = {.out = out, .path = path, .broken = broken};
    buf_putf(out, "# %s\n# %u steps; found by: %s\n\n", broken, path->count, command);
    write_cluster(&w, x->space);
    hear_first_words(&w, x->space);
    ex_walk(x, path, write_step, &w);
    mem_free(w.queue.at);
}
