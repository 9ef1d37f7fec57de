/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/nodes.h"

#include "base/mem.h"
#include "base/units.h"
#include "trace/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t nodes_clock(const struct nodes *n, unsigned i)
{
    int64_t passed = (int64_t)(n->now_ns - NS_PER_S);
    return n->now_ns - n->one[i].stood_ns + (uint64_t)(passed / 1000 * n->one[i].clock_ppm / 1000);
}

static bool on_send(void *arg, raft_id to, const void *frame, size_t len)
{
    struct nodes_one *one = arg;
    struct nodes *n = one->all;
    if (n->refuse)
        return false;
    for (unsigned i = 0; i < n->count; i++) {
        if (node_id_of_name(n->one[i].name) != to)
            continue;
        if (!n->up[one->number][i])
            return false;
        if (n->cut[one->number][i])
            return true; /* taken, and lost */
        struct nodes_frame *f = mem_alloc(sizeof(*f));
        *f = (struct nodes_frame){
            .from = one->number, .to = i, .data = mem_dup(frame, len), .len = len};
        *n->last = f;
        n->last = &f->next;
        n->frames_sent++;
        return true;
    }
    return false;
}

static void on_reply(void *arg, uint64_t client, const void *bytes, size_t len)
{
    struct nodes_one *one = arg;
    buf_put(&one->replies[client - 1], bytes, len);
}

static size_t on_unread(void *arg, uint64_t client)
{
    const struct nodes_one *one = arg;
    return one->slow[client - 1] ? one->replies[client - 1].len : 0;
}

static void on_hang_up(void *arg, uint64_t client)
{
    struct nodes_one *one = arg;
    one->hung_up[client - 1] = true;
}

/* Whom it dials, where it did so before. */
static bool stays(const struct nodes_one *one, const char *name, const struct node_peer *peers,
                  size_t count)
{
    const struct node_peer *before = NULL, *now = NULL;
    raft_id id = node_id_of_name(name);
    for (size_t d = 0; d < one->dials_count; d++) {
        if (one->dials[d].id == id)
            before = &one->dials[d];
    }
    for (size_t d = 0; d < count; d++) {
        if (peers[d].id == id)
            now = &peers[d];
    }
    return before != NULL && now != NULL && strcmp(before->address, now->address) == 0;
}

static void on_peers(void *arg, const struct node_peer *peers, size_t count)
{
    struct nodes_one *one = arg;
    ASSERT(count <= ARRAY_LEN(one->dials));
    for (unsigned k = 0; k < one->all->count; k++)
        one->all->up[one->number][k] &= stays(one, one->all->one[k].name, peers, count);
    one->dials_count = count;
    if (count > 0)
        memcpy(one->dials, peers, count * sizeof(*peers));
}

static void on_log(void *arg, enum env_topic topic, enum env_level level, const char *text)
{
    struct nodes_one *one = arg;
    (void)topic;
    buf_putf(&one->said, "%s %s\n", env_level_name(level), text);
}

static void on_fatal(void *arg, int exit_code, const char *text)
{
    struct nodes_one *one = arg;
    one->fatal = exit_code;
    (void)snprintf(one->fatal_text, sizeof(one->fatal_text), "%s", text);
}

static void on_trace(void *arg, struct trace_record *rec)
{
    struct nodes_one *one = arg;
    trace_print(&one->trace, &one->all->names, rec);
    trace_print(&one->all->events, &one->all->names, rec);
}

int nodes_start(struct nodes *n, unsigned i, struct err *e)
{
    struct nodes_one *one = &n->one[i];
    struct node_peer list[NODES_MAX] = {{0}};
    for (unsigned k = 0; k < n->founders; k++) {
        (void)snprintf(list[k].name, sizeof(list[k].name), "%s", n->one[k].name);
        (void)snprintf(list[k].address, sizeof(list[k].address), "host%u:7001", k + 1);
    }
    bool joins = i >= n->founders || n->joins[i];
    struct node_options options = {.data_dir = "/data",
                                   .name = one->name,
                                   .cluster = "test",
                                   .bootstrap = list,
                                   .bootstrap_count = joins ? 0 : n->founders,
                                   .join_cluster_id = joins ? n->cluster_id : 0,
                                   .join_generation = joins ? n->generation : 0,
                                   .timing = {.election_ns_min = 150 * NS_PER_MS,
                                              .election_ns_max = 300 * NS_PER_MS,
                                              .heartbeat_ns = 50 * NS_PER_MS},
                                   .pre_vote = true,
                                   .check_quorum = true,
                                   .seed = n->seed++,
                                   .segment_bytes = 256 * KIB};
    (void)snprintf(options.peer_address, sizeof(options.peer_address), "%s", one->address);
    (void)snprintf(options.client_address, sizeof(options.client_address), "host%u:6379", i + 1);
    if (n->tune != NULL)
        n->tune(&options);
    if (n->set != NULL)
        n->set(n->set_arg, &options);
    struct env env = {.arg = one,
                      .send = on_send,
                      .reply = on_reply,
                      .unread = on_unread,
                      .hang_up = on_hang_up,
                      .peers = on_peers,
                      .log = on_log,
                      .fatal = on_fatal,
                      .trace = {.sink = on_trace, .arg = one, .names = &one->all->names},
                      .vfs = *memvfs_vfs(one->disk)};
    one->fatal = 0;
    one->exit_code = 0;
    memset(one->redial_ns, 0, sizeof(one->redial_ns));
    int code = node_open(&options, &env, nodes_clock(n, i), &one->node, &one->exit_code, e);
    for (uint64_t c = 1; code == 0 && c <= NODES_CLIENTS; c++)
        node_on_client(one->node, c);
    if (code == 0)
        node_trust_client(one->node, NODES_ADMIN + 1);
    return code;
}

static void prepare(struct nodes *n, unsigned i)
{
    struct nodes_one *one = &n->one[i];
    one->all = n;
    one->number = i;
    (void)snprintf(one->name, sizeof(one->name), "n%u", i + 1);
    (void)snprintf(one->address, sizeof(one->address), "host%u:7001", i + 1);
    one->disk = memvfs_new(n->seed + i);
    (void)memvfs_vfs(one->disk)->mkdir(memvfs_vfs(one->disk)->arg, "/data", NULL);
    buf_init(&one->trace, 256 * MIB);
}

unsigned nodes_join(struct nodes *n)
{
    struct err e = {0};
    unsigned i = n->count++;
    ASSERT(i < NODES_MAX);
    n->cluster_id = node_hello(n->one[0].node, 0).link.cluster_id;
    prepare(n, i);
    int code = nodes_start(n, i, &e);
    if (code < 0)
        (void)fprintf(stderr, "nodes_join: %s\n", e.text);
    ASSERT(code == 0);
    return i;
}

void nodes_open(struct nodes *n, unsigned count, uint64_t seed)
{
    nodes_open_tuned(n, count, seed, NULL);
}

void nodes_prepare(struct nodes *n, unsigned count, uint64_t seed)
{
    *n = (struct nodes){.count = count, .founders = count, .now_ns = NS_PER_S, .seed = seed};
    n->last = &n->first;
    buf_init(&n->events, 256 * MIB);
    for (unsigned i = 0; i < count; i++)
        prepare(n, i);
}

void nodes_open_tuned(struct nodes *n, unsigned count, uint64_t seed,
                      void (*tune)(struct node_options *options))
{
    nodes_prepare(n, count, seed);
    n->tune = tune;
    for (unsigned i = 0; i < count; i++) {
        struct err e = {0};
        int code = nodes_start(n, i, &e);
        if (code < 0)
            (void)fprintf(stderr, "nodes_open: %s\n", e.text);
        ASSERT(code == 0);
    }
}

static void drop_frames(struct nodes *n, unsigned to, bool all)
{
    struct nodes_frame **at = &n->first;
    while (*at != NULL) {
        struct nodes_frame *f = *at;
        if (!all && f->to != to && f->from != to) {
            at = &f->next;
            continue;
        }
        *at = f->next;
        free(f->data);
        free(f);
    }
    n->last = at;
}

void nodes_crash(struct nodes *n, unsigned i, enum memvfs_crash how)
{
    struct nodes_one *one = &n->one[i];
    if (one->node == NULL)
        return;
    memvfs_crash(one->disk, how);
    uint64_t term = node_raft(one->node) == NULL ? 0 : raft_term(node_raft(one->node));
    buf_putf(&n->events,
             "{\"t\":%llu,\"node\":\"%s\",\"seq\":%u,\"term\":%llu,\"ev\":\"crashed\","
             "\"cause\":\"kill\"}\n",
             (unsigned long long)n->now_ns, one->name, UINT32_MAX, (unsigned long long)term);
    node_close(one->node);
    one->node = NULL;
    for (unsigned c = 0; c < NODES_CLIENTS; c++) {
        buf_reset(&one->replies[c]);
        one->hung_up[c] = false;
    }
    drop_frames(n, i, false);
    for (unsigned k = 0; k < n->count; k++) {
        bool was_up = n->up[k][i];
        n->up[k][i] = n->up[i][k] = false;
        n->one[k].redial_ns[i] = 0;
        if (n->one[k].node != NULL && was_up)
            node_on_peer_lost(n->one[k].node, nodes_clock(n, k), node_id_of_name(one->name));
    }
}

void nodes_close(struct nodes *n)
{
    for (unsigned i = 0; i < n->count; i++) {
        struct nodes_one *one = &n->one[i];
        if (one->node != NULL) {
            memvfs_crash(one->disk, MEMVFS_KILL);
            node_close(one->node);
        }
        memvfs_free(one->disk);
        buf_free(&one->trace);
        buf_free(&one->said);
        for (unsigned c = 0; c < NODES_CLIENTS; c++)
            buf_free(&one->replies[c]);
    }
    drop_frames(n, 0, true);
    buf_free(&n->events);
}

static void disconnect(struct nodes *n, unsigned from, unsigned to)
{
    n->up[from][to] = false;
    node_on_peer_lost(n->one[from].node, nodes_clock(n, from), node_id_of_name(n->one[to].name));
}

static void deliver(struct nodes *n, struct nodes_frame *f)
{
    struct node *node = n->one[f->to].node;
    struct frame_decoder decoder;
    struct frame frame;
    struct err e = {0};
    if (node == NULL)
        return;
    frame_decoder_init(&decoder);
    frame_decoder_feed(&decoder, f->data, f->len);
    int got = frame_decoder_next(&decoder, &frame, &e);
    ASSERT(got == 1);
    struct frame_expect expect = node_expect(node, node_id_of_name(n->one[f->from].name));
    int code = frame_check(&frame.header, &expect, &e);
    bool lost = frame.header.type == n->lose_type ||
                (n->mute[f->from] && frame.header.type == RAFT_PRE_VOTE);
    if (code == 0 && !lost)
        code = node_on_frame(node, nodes_clock(n, f->to), &frame, &e);
    if (code < 0)
        disconnect(n, f->from, f->to);
    frame_decoder_free(&decoder);
}

#define REDIAL_NS (100 * NS_PER_MS)

/* Node i greets node k, which answers. */
static void greet(struct nodes *n, unsigned i, unsigned k)
{
    struct nodes_one *from = &n->one[i], *to = &n->one[k];
    struct err e = {0};
    raft_id id = node_id_of_name(to->name);
    struct peer_hello hello = node_hello(from->node, id);
    struct peer_hello_reply reply = node_answer_hello(to->node, &hello);
    n->up[i][k] = node_check_hello_reply(from->node, id, &reply, &e) == 0;
    n->torn[i][k] = false;
    from->redial_ns[k] = n->now_ns + REDIAL_NS;
}

/* Who lives at an address; it need not be who is looked for there. */
static unsigned resident(const struct nodes *n, const char *address)
{
    unsigned i = 0;
    while (i < n->count && (n->one[i].node == NULL || strcmp(n->one[i].address, address) != 0))
        i++;
    return i;
}

static void unanswered(struct nodes *n, unsigned i, raft_id id, const char *why)
{
    node_on_peer_unreached(n->one[i].node, nodes_clock(n, i), id, why);
}

/* A connection that stands when a cut comes is none when it ends: it is dialed anew. */
static void out_of_reach(struct nodes *n, unsigned i, unsigned k, raft_id id)
{
    n->torn[i][k] = n->up[i][k];
    unanswered(n, i, id, "no connection in time");
}

static void dial(struct nodes *n)
{
    for (unsigned i = 0; i < n->count; i++) {
        struct nodes_one *one = &n->one[i];
        if (one->node == NULL || one->fatal != 0)
            continue;
        for (size_t d = 0; d < one->dials_count && one->fatal == 0; d++) {
            unsigned k = resident(n, one->dials[d].address);
            if (k == n->count)
                unanswered(n, i, one->dials[d].id, "Connection refused");
            else if (n->cut[i][k] || n->cut[k][i])
                out_of_reach(n, i, k, one->dials[d].id);
            else if (k != i && n->one[k].fatal == 0 && (!n->up[i][k] || n->torn[i][k]) &&
                     n->now_ns >= one->redial_ns[k])
                greet(n, i, k);
        }
    }
}

static bool settle_disk(struct nodes *n, struct nodes_one *one)
{
    struct vfs_op *op;
    int status;
    bool stalled = n->stalled[one->number];
    if ((stalled && n->steps[one->number] == 0) || !memvfs_complete(one->disk, &op, &status))
        return false;
    n->steps[one->number] -= stalled;
    node_on_io_done(one->node, nodes_clock(n, one->number), op, status);
    return true;
}

static bool waits(const struct nodes *n, const struct nodes_frame *f)
{
    bool held = n->held[f->from][f->to] && n->passes[f->from][f->to] == 0;
    return held || n->asleep[f->to];
}

/* A frame that the next round would deliver. */
static bool under_way(const struct nodes *n)
{
    const struct nodes_frame *f = n->first;
    while (f != NULL && waits(n, f))
        f = f->next;
    return f != NULL;
}

/* Every frame that is under way now; what is held goes back into the queue. */
static bool settle_frames(struct nodes *n)
{
    bool moved = false;
    struct nodes_frame *f = n->first;
    n->first = NULL;
    n->last = &n->first;
    while (f != NULL) {
        struct nodes_frame *next = f->next;
        unsigned *passes = &n->passes[f->from][f->to];
        if (waits(n, f)) {
            f->next = NULL;
            *n->last = f;
            n->last = &f->next;
        } else {
            moved = true;
            *passes -= *passes > 0;
            deliver(n, f);
            free(f->data);
            free(f);
        }
        f = next;
    }
    return moved;
}

void nodes_settle(struct nodes *n)
{
    bool moved = true;
    for (unsigned round = 0; moved && round < 10000; round++) {
        dial(n);
        moved = settle_frames(n);
        if (n->watch != NULL)
            n->watch(n);
        for (unsigned i = 0; i < n->count; i++) {
            struct nodes_one *one = &n->one[i];
            if (one->node == NULL || one->fatal != 0 || n->asleep[i])
                continue;
            uint64_t now_ns = nodes_clock(n, i);
            if (node_wake_at(one->node) <= now_ns)
                node_on_timer(one->node, now_ns);
            node_pump(one->node, now_ns);
            if (settle_disk(n, one))
                moved = true;
            if (one->fatal == 0 && node_wake_at(one->node) <= now_ns)
                moved = true;
        }
        moved |= under_way(n);
    }
    ASSERT(!moved);
}

void nodes_run(struct nodes *n, uint64_t span_ns)
{
    for (uint64_t end = n->now_ns + span_ns; n->now_ns < end;) {
        n->now_ns += NS_PER_MS;
        nodes_settle(n);
    }
}

static int leader_now(const struct nodes *n)
{
    for (unsigned i = 0; i < n->count; i++) {
        const struct node *node = n->one[i].node;
        if (node != NULL && node_raft(node) != NULL && raft_term_committed(node_raft(node)))
            return (int)i;
    }
    return -1;
}

int nodes_leader(struct nodes *n, uint64_t limit_ns)
{
    uint64_t end = n->now_ns + limit_ns;
    while (leader_now(n) < 0 && n->now_ns < end)
        nodes_run(n, NS_PER_MS);
    return leader_now(n);
}

void nodes_say(struct nodes *n, unsigned i, unsigned client, const char *words)
{
    struct span argv[16];
    size_t argc = 0;
    for (const char *p = words; *p != '\0' && argc < ARRAY_LEN(argv);) {
        size_t len = strcspn(p, " ");
        argv[argc++] = span_of(p, len);
        p += len;
        p += *p == ' ';
    }
    node_on_request(n->one[i].node, nodes_clock(n, i), client + 1, argv, argc);
}

const char *nodes_ask(struct nodes *n, unsigned i, unsigned client, const char *words,
                      uint64_t limit_ns)
{
    struct buf *reply = &n->one[i].replies[client];
    uint64_t end = n->now_ns + limit_ns;
    buf_reset(reply);
    nodes_say(n, i, client, words);
    nodes_settle(n);
    while (reply->len == 0 && n->now_ns < end)
        nodes_run(n, NS_PER_MS);
    return buf_str(reply);
}
