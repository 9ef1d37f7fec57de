/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/protocol/world.h"

#include "base/mem.h"
#include "emulator/explore/case_core.h"
#include "tests/protocol/print.h"
#include "tests/support/core_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void world_free(struct world *w)
{
    for (uint32_t id = 1; id <= w->nodes_count; id++) {
        host_free(&w->nodes[id]);
        world_forget(w, id);
    }
    for (uint32_t i = 0; i < w->queue_count; i++)
        host_packet_free(&w->queue[i]);
    free(w->queue);
    *w = (struct world){.out = w->out, .err = w->err};
}

uint64_t world_clock(const struct world *w, raft_id id)
{
    return w->now + w->ahead[id];
}

const struct raft_config *world_config(const struct world *w, const char *name)
{
    for (uint32_t i = 0; i < w->configs_count; i++) {
        if (strcmp(w->configs[i].name, name) == 0)
            return &w->configs[i].config;
    }
    return NULL;
}

static void send_messages(struct world *w, raft_id id)
{
    struct host *h = &w->nodes[id];
    for (uint32_t i = 0; i < h->out.messages_count; i++) {
        const struct raft_message *m = &h->out.messages[i];
        if (m->type == RAFT_PRE_VOTE)
            w->nonce[id] = m->nonce;
        if (m->to > w->nodes_count || w->cut[m->from][m->to])
            continue;
        w->queue = mem_grow(w->queue, w->queue_count + 1, sizeof(*w->queue));
        w->queue[w->queue_count++] = host_packet_of(h, m);
    }
}

void world_stepped(struct world *w, raft_id id, const char *what, enum raft_role before)
{
    struct host *h = &w->nodes[id];
    if (w->quiet == 0)
        print_step(w->out, h, what, before);
    else
        ex_case_fatal(h->out.fatal, w->out);
    world_look(w, id);
    send_messages(w, id);
    if (!w->disk_manual[id] && h->writes_count > 0)
        world_sync(w, id, h->writes_count);
}

/* The host takes the bytes of an image, or not, and says how far it is. */
static void take_chunk(struct world *w, raft_id id, const struct host_packet *packet)
{
    struct host *h = &w->nodes[id];
    char what[100];
    enum raft_role before = raft_role(h->core);
    struct raft_event answer = host_image_chunk(h, packet);
    (void)snprintf(what, sizeof(what), "has %u bytes of the image",
                   (unsigned)answer.chunk.next_offset);
    answer.now_ns = world_clock(w, id);
    host_step(h, &answer, NULL);
    world_stepped(w, id, answer.chunk.status == RAFT_CHUNK_OK ? what : "takes no bytes", before);
    if (!w->install_manual[id] && host_image_whole(h))
        world_install(w, id);
}

void world_install(struct world *w, raft_id id)
{
    struct host *h = &w->nodes[id];
    enum raft_role before = raft_role(h->core);
    host_image_install(h, world_clock(w, id));
    world_stepped(w, id, "has the whole image", before);
}

void world_step(struct world *w, raft_id id, struct raft_event *event,
                const struct host_packet *packet, const char *what)
{
    struct host *h = &w->nodes[id];
    enum raft_role before = raft_role(h->core);
    event->now_ns = world_clock(w, id);
    host_step(h, event, packet);
    bool chunk = h->out.chunk;
    world_stepped(w, id, what, before);
    if (chunk)
        take_chunk(w, id, packet);
}

void world_sync(struct world *w, raft_id id, uint32_t count)
{
    struct host *h = &w->nodes[id];
    enum raft_role before = raft_role(h->core);
    host_sync(h, count, world_clock(w, id));
    if (w->quiet == 0)
        print_step(w->out, h, "the disk has it", before);
    else
        ex_case_fatal(h->out.fatal, w->out);
    world_look(w, id);
    send_messages(w, id);
    if (!w->disk_manual[id] && h->writes_count > 0)
        world_sync(w, id, h->writes_count); /* a new leader's no-op: one level deep */
}

void world_start(struct world *w, raft_id id, uint64_t commit, uint64_t hold_ns)
{
    struct host *h = &w->nodes[id];
    host_start(h, commit, hold_ns, world_clock(w, id));
    if (w->quiet == 0 && h->out.reasons_count > 0)
        print_step(w->out, h, "starts", RAFT_FOLLOWER);
    world_forget(w, id);
    world_look(w, id);
    send_messages(w, id);
    if (!w->disk_manual[id] && h->writes_count > 0)
        world_sync(w, id, h->writes_count);
}

static struct host_packet take(struct world *w, uint32_t at)
{
    ASSERT(at < w->queue_count);
    struct host_packet p = w->queue[at];
    memmove(&w->queue[at], &w->queue[at + 1], (w->queue_count - at - 1) * sizeof(p));
    w->queue_count--;
    return p;
}

void world_drop(struct world *w, uint32_t at)
{
    struct host_packet p = take(w, at);
    host_packet_free(&p);
}

void world_deliver(struct world *w, uint32_t at)
{
    struct host_packet p = take(w, at);
    if (w->nodes[p.message.to].up) {
        char text[256], what[300];
        raft_describe_message(&p.message, NULL, text, sizeof(text));
        (void)snprintf(what, sizeof(what), "receives %s", text);
        struct raft_event event = {.type = RAFT_RECEIVE};
        world_step(w, p.message.to, &event, &p, what);
    }
    host_packet_free(&p);
}

int world_settle(struct world *w)
{
    for (uint32_t steps = 0; steps < 100000; steps++) {
        bool busy = false;
        for (raft_id id = 1; id <= w->nodes_count; id++) {
            struct host *h = &w->nodes[id];
            if (!h->up || h->writes_count == 0 || w->disk_stuck[id])
                continue;
            world_sync(w, id, h->writes_count);
            busy = true;
        }
        if (w->queue_count > 0)
            world_deliver(w, 0);
        else if (!busy)
            return 0;
    }
    return err_set(w->err, -E_LIMIT, "messages without end");
}

/* The node that wants to be woken first; 0: none. */
static raft_id earliest(const struct world *w)
{
    raft_id found = 0;
    for (raft_id id = 1; id <= w->nodes_count; id++) {
        const struct host *h = &w->nodes[id];
        if (!h->up || h->out.wake_at_ns == RAFT_NEVER)
            continue;
        if (found == 0 || h->out.wake_at_ns < w->nodes[found].out.wake_at_ns)
            found = id;
    }
    return found;
}

int world_pass(struct world *w, uint64_t then, bool deliver)
{
    uint32_t idle = 0;
    if (w->apart)
        return err_set(w->err, -E_INVALID, "every node has a clock of its own: pass N +D");
    for (;;) {
        if (deliver && world_settle(w) < 0)
            return w->err->code;
        raft_id id = earliest(w);
        if (id == 0 || w->nodes[id].out.wake_at_ns > then)
            break;
        idle = w->nodes[id].out.wake_at_ns > w->now ? 0 : idle + 1;
        if (idle > 100)
            return err_set(w->err, -E_LIMIT, "n%u wants to be woken for ever", (unsigned)id);
        if (w->nodes[id].out.wake_at_ns > w->now)
            w->now = w->nodes[id].out.wake_at_ns;
        world_step(w, id, &(struct raft_event){.type = RAFT_TIMEOUT}, NULL, "wakes");
    }
    w->now = then;
    return 0;
}

int world_command(struct world *w, struct words *line)
{
    static const struct verb *const tables[] = {verbs_cluster, verbs_network, verbs_node,
                                                verbs_image, verbs_invariants};
    w->quiet = words_take(line, "quiet");
    const char *name = words_next(line);
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        for (const struct verb *v = tables[t]; v->name != NULL; v++) {
            if (strcmp(v->name, name) != 0)
                continue;
            int code = v->run(w, line);
            if (code < 0 && line->err.code < 0)
                *w->err = line->err;
            return code;
        }
    }
    return err_set(w->err, -E_INVALID, "no such verb");
}
