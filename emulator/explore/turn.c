/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/turn.h"

#include "base/mem.h"
#include "base/panic.h"
#include "base/prng.h"

#include <stdio.h>
#include <string.h>

/* Steps that one event may bring about: a sync after each, and what that makes it write. */
#define STEPS_MAX 16

static _Thread_local struct ex_turn *stepping;

static void on_panic(const char *file, int line, const char *what)
{
    struct ex_turn *t = stepping;
    if (t == NULL)
        return;
    (void)snprintf(t->broken, sizeof(t->broken), "assertion failed at %s:%d: %s", file, line, what);
    longjmp(t->panicked, 1);
}

void ex_turn_init(struct ex_turn *t, struct ex_space *space)
{
    memset(t, 0, sizeof(*t));
    t->space = space;
    t->core = mem_array(space->block_words, sizeof(*t->core));
    t->out = mem_alloc(sizeof(*t->out));
}

void ex_turn_free(struct ex_turn *t)
{
    mem_free(t->core);
    mem_free(t->out);
}

const struct raft *ex_turn_core(const struct ex_turn *t)
{
    return (const struct raft *)(const void *)t->core;
}

void ex_turn_broken(struct ex_turn *t, const char *what)
{
    t->flags |= EX_BROKEN;
    if (t->broken[0] == '\0')
        (void)snprintf(t->broken, sizeof(t->broken), "%s", what);
}

/* Equal servers are to go on equally, so that they are one; when faults stop, each is by itself,
 * and draws anew in each term: who always came first would keep the others from ever being elected.
 */
static uint64_t seed(const struct ex_turn *t)
{
    const struct ex_host *h = &t->row.host;
    if (!t->calm)
        return h->attempts;
    return prng_mix((uint64_t)t->row.term << 16 | (uint64_t)h->id << 8 | h->attempts);
}

/* An event for the core. False: an assertion failed. */
static bool step(struct ex_turn *t, struct raft_event *event)
{
    struct raft *core = (struct raft *)(void *)t->core;
    event->now_ns = t->row.now_ns;
    raft_reseed(core, seed(t));
    raft_glance(core, &t->before);
    stepping = t;
    raft_panic_catch(on_panic);
    bool fine = setjmp(t->panicked) == 0;
    if (fine)
        raft_step(core, event, t->out);
    raft_panic_catch(NULL);
    stepping = NULL;
    if (!fine)
        t->flags |= EX_BROKEN;
    return fine;
}

/* A deadline that is still due after nothing came of it is due for ever: its host would spin. */
static bool spins(const struct ex_turn *t)
{
    const struct raft_output *out = t->out;
    return out->wake_at_ns <= t->row.now_ns && out->messages_count == 0 &&
           out->reasons_count == 0 && out->append_from == 0 && !out->hard_state;
}

static void core_step(struct ex_turn *t, struct raft_event event, const struct ex_message *packet)
{
    if ((t->flags & (EX_BROKEN | EX_BEYOND)) != 0 || !step(t, &event))
        return;
    ex_turn_host(t, packet);
    ex_turn_checks(t, packet);
    if (event.type == RAFT_TIMEOUT && (t->flags & (EX_BROKEN | EX_BEYOND)) == 0 && spins(t))
        ex_turn_broken(t, "its deadline has passed and stays due, though nothing came of it");
}

static void deliver(struct ex_turn *t, const struct ex_message *m)
{
    struct raft_entry_info infos[EX_BATCH];
    for (uint32_t i = 0; i < m->m.entries_count; i++) {
        const struct ex_entry *e = &m->entries[i];
        const struct raft_config *config = e->config == 0 ? NULL : &t->space->configs.at[e->config];
        infos[i] = (struct raft_entry_info){e->term, (enum entry_kind)e->kind, config};
    }
    struct raft_event event = {.type = RAFT_RECEIVE};
    event.receive.message = &m->m;
    event.receive.entries = infos;
    core_step(t, event, m);
    if ((t->flags & EX_BROKEN) != 0 || !t->out->chunk)
        return;
    /* The image came whole, or nothing of it did: the sender only asked. */
    event = (struct raft_event){.type = RAFT_CHUNK};
    event.chunk.image = m->m.image;
    event.chunk.next_offset = m->m.size;
    event.chunk.status = RAFT_CHUNK_OK;
    core_step(t, event, NULL);
    if (m->m.size == 0)
        return;
    event = (struct raft_event){.type = RAFT_INSTALL};
    event.install.image = m->m.image;
    event.install.config = &t->space->configs.at[m->image_config];
    event.install.config_index = m->image_config_index;
    core_step(t, event, m);
}

static void take_image(struct ex_turn *t)
{
    struct ex_host *h = &t->row.host;
    uint64_t index = t->row.commit;
    uint8_t config_index, config = ex_host_config_at(h, index, &config_index);
    h->image = (uint8_t)index;
    h->image_term = (uint8_t)ex_log_term(ex_host_log(h), index);
    h->image_config = config;
    h->image_config_index = config_index;
    struct raft_event event = {.type = RAFT_IMAGE};
    event.image = ex_host_image(h);
    core_step(t, event, NULL);
    event = (struct raft_event){.type = RAFT_COMPACT, .compact = index};
    core_step(t, event, NULL);
}

static void sync(struct ex_turn *t, uint32_t count)
{
    struct ex_host *h = &t->row.host;
    struct raft_event event = {.type = RAFT_PERSISTED};
    uint8_t ago = h->truncations_ago[count - 1];
    ex_turn_written(t, count);
    uint64_t last = ex_log_last(&h->disk.log);
    event.persisted = (struct raft_persisted){h->disk.term,
                                              h->disk.vote,
                                              {ex_log_term(&h->disk.log, last), last},
                                              t->row.truncations - ago};
    core_step(t, event, NULL);
}

static void crash(struct ex_turn *t, uint32_t kept)
{
    struct ex_host *h = &t->row.host;
    if (kept > 0)
        ex_turn_written(t, kept);
    memset(h->later, 0, sizeof(h->later));
    memset(h->truncations_ago, 0, sizeof(h->truncations_ago));
    if (h->reading)
        t->flags |= EX_READ_LOST;
    h->writes = h->up = h->attempts = h->reading = 0;
    t->row.now_ns = 0;
}

static void restart(struct ex_turn *t)
{
    ex_turn_boot(t);
    core_step(t, (struct raft_event){.type = RAFT_TIMEOUT}, NULL);
}

static void let_pass(struct ex_turn *t, struct ex_event e)
{
    struct ex_row *row = &t->row;
    uint64_t before_ns = row->now_ns;
    uint64_t longest = 4 * t->space->timing.election_ns_max; /* of any deadline but a hand-over's */
    if (e.kind == EX_EVENT_WAKE && row->wake_ns > row->now_ns)
        row->now_ns = row->wake_ns;
    else if (e.kind == EX_EVENT_OVERSLEPT)
        row->now_ns += longest + 1;
    else if (e.kind == EX_EVENT_READ && (e.argument & EX_READ_LATE) != 0)
        row->now_ns = row->wake_ns - 1;
    else if (e.kind == EX_EVENT_PASS)
        row->now_ns += e.argument;
    else if (e.after_hold && row->holds)
        row->now_ns = row->hold_ns;
    t->passed_ns = row->now_ns - before_ns;
    row->holds = row->hold_ns > row->now_ns;
}

static void read_index(struct ex_turn *t, bool lease)
{
    struct ex_host *h = &t->row.host;
    h->reads++;
    h->reading = true;
    struct raft_event event = {.type = RAFT_READ, .read = {.ctx = h->reads, .lease = lease}};
    core_step(t, event, NULL);
}

static void happen(struct ex_turn *t, struct ex_event e)
{
    struct raft_event event = {0};
    switch ((enum ex_event_kind)e.kind) {
    case EX_EVENT_DELIVER: deliver(t, &ex_space_met(t->space, e.argument)->message); break;
    case EX_EVENT_WAKE:
    case EX_EVENT_OVERSLEPT: core_step(t, (struct raft_event){.type = RAFT_TIMEOUT}, NULL); break;
    case EX_EVENT_SYNC: sync(t, e.argument); break;
    case EX_EVENT_CRASH: crash(t, e.argument); break;
    case EX_EVENT_RESTART: restart(t); break;
    case EX_EVENT_PROPOSE:
        event = (struct raft_event){.type = RAFT_PROPOSE, .propose = {1, ENTRY_DATA}};
        core_step(t, event, NULL);
        break;
    case EX_EVENT_READ: read_index(t, (e.argument & EX_READ_LEASE) != 0); break;
    case EX_EVENT_CHANGE:
        event.type = RAFT_CHANGE;
        event.change.config = &t->space->configs.at[e.argument];
        core_step(t, event, NULL);
        break;
    case EX_EVENT_TRANSFER:
        event = (struct raft_event){.type = RAFT_TRANSFER,
                                    .transfer = {e.argument, EX_TRANSFER_NS(t->space)}};
        core_step(t, event, NULL);
        break;
    case EX_EVENT_IMAGE: take_image(t); break;
    case EX_EVENT_PASS:
    case EX_EVENT_KINDS: break;
    }
}

/* Writes that are not late are on the disk before anything else happens, and so is what follows. */
static void settle(struct ex_turn *t, bool late)
{
    struct ex_host *h = &t->row.host;
    if (h->writes > 0)
        t->flags |= EX_WROTE;
    for (uint32_t i = 0; h->writes > 0 && !late; i++) {
        if ((t->flags & (EX_BROKEN | EX_BEYOND)) != 0)
            return;
        if (i == STEPS_MAX) {
            ex_turn_broken(t, "it writes and writes, and comes to no end");
            return;
        }
        sync(t, h->writes);
    }
}

void ex_turn_take(struct ex_turn *t, uint32_t server, struct ex_event e)
{
    t->row = *ex_space_row(t->space, server);
    t->flags = t->sent_count = t->reasons_count = 0;
    t->broken[0] = '\0';
    ex_unpack(t->row.packed, t->row.packed_words, t->core, t->space->block_words);
    bool clean = t->row.host.writes == 0, led = t->row.role == RAFT_LEADER;
    uint8_t term = t->row.host.disk.term, commit = t->row.commit;
    let_pass(t, e);
    happen(t, e);
    if (clean)
        settle(t, e.late);
    if (t->row.role == RAFT_LEADER && !led)
        t->flags |= EX_LED;
    if (t->row.commit > commit && t->row.host.up)
        t->flags |= EX_COMMITTED;
    if (t->row.host.disk.term != term)
        t->flags |= EX_HARDENED;
}

void ex_turn_begin(struct ex_turn *t, uint8_t id, uint8_t config)
{
    memset(&t->row, 0, sizeof(t->row));
    t->flags = t->sent_count = t->reasons_count = 0;
    t->broken[0] = '\0';
    t->row.host.id = id;
    t->row.host.boot = config;
    restart(t);
    settle(t, false);
}

uint32_t ex_turn_server(struct ex_turn *t)
{
    struct ex_row *row = &t->row;
    if (!row->host.up) {
        row->role = RAFT_FOLLOWER;
        row->term = row->host.disk.term;
        row->commit = row->host.image;
        row->leader = row->config = 0;
        row->holds = false;
        row->hold_ns = row->wake_ns = row->truncations = row->now_ns = 0;
        memset(row->match, 0, sizeof(row->match));
    }
    return ex_space_server(t->space, row, ex_turn_core(t));
}
