/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/adapters/serve.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/adapters/server.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WORKERS   12
#define QUEUE_MAX 512

#define END_WAIT_S   3 /* what was asked is answered before the end, if it can be by then */
#define END_GRACE_MS 1000

/* What the threads share. waiting is a ring: count of them from first on. */
static struct {
    const struct adapter_system *system;
    pthread_mutex_t lock, speech;
    pthread_cond_t change, rest;
    struct adapter_line waiting[QUEUE_MAX];
    uint64_t came_ns[QUEUE_MAX];
    size_t first, count;
    size_t open;                     /* questions not answered yet, waiting ones included */
    char missing[ADAPTER_ERROR_MAX]; /* why nothing is started; of the listening thread */
} serving = {.lock = PTHREAD_MUTEX_INITIALIZER,
             .speech = PTHREAD_MUTEX_INITIALIZER,
             .change = PTHREAD_COND_INITIALIZER,
             .rest = PTHREAD_COND_INITIALIZER,
             .missing = "NOHELLO hello comes first"};

uint64_t adapter_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* ---- answering ---- */

/* A line at a time; a laboratory that does not listen any more has ended us. */
static void speak(uint64_t id, const struct adapter_tell *tell)
{
    struct buf line = {0};
    adapter_tell_write(id, tell, &line);
    (void)pthread_mutex_lock(&serving.speech);
    for (size_t at = 0; at < line.len;) {
        ssize_t n = write(STDOUT_FILENO, line.data + at, line.len - at);
        if (n < 0)
            break;
        at += (size_t)n;
    }
    (void)pthread_mutex_unlock(&serving.speech);
    buf_free(&line);
}

static void operate(const struct adapter_line *asked, uint64_t came_ns, struct adapter_tell *tell,
                    struct buf *text)
{
    const char *kind = adapter_line_text(asked, "kind");
    int found = kind == NULL ? -1 : adapter_ability_find(kind);
    const struct adapter_op op = {
        .kind = found < 0 ? ADAPTER_CAN_leader : (enum adapter_ability)found,
        .key = adapter_line_text(asked, "key"),
        .value = adapter_line_text(asked, "value"),
        .expect = adapter_line_text(asked, "expect"),
        .until_ns = came_ns + adapter_line_number(asked, "timeout_ms", 2000) * NS_PER_MS};
    bool writes =
        op.kind == ADAPTER_CAN_write || op.kind == ADAPTER_CAN_append || op.kind == ADAPTER_CAN_cas;
    bool known = op.kind <= ADAPTER_CAN_increment && (serving.system->can >> op.kind & 1) != 0;
    if (!known)
        adapter_tell_error(tell, ADAPTER_FAIL, "UNSUPPORTED no operation of that kind");
    else if (op.key == NULL || (writes && op.value == NULL))
        adapter_tell_error(tell, ADAPTER_FAIL, "INVALID key and value must be texts");
    else if (adapter_now_ns() >= op.until_ns)
        adapter_tell_error(tell, ADAPTER_FAIL, "TIMEOUT it was never begun");
    else
        serving.system->op(&op, tell, text);
}

static void change_members(const struct adapter_line *asked, bool joins, struct adapter_tell *tell)
{
    const char *node = adapter_line_text(asked, "node");
    struct adapter_setting setting;
    struct err e;
    if ((serving.system->can >> ADAPTER_CAN_members & 1) == 0)
        adapter_tell_error(tell, ADAPTER_FAIL, "UNSUPPORTED its members are who founded it");
    else if (adapter_setting_read(&setting, &e) < 0)
        adapter_tell_error(tell, ADAPTER_FAIL, "INVALID %s", e.text);
    else if (node == NULL || adapter_peer_named(&setting, node) == NULL)
        adapter_tell_error(tell, ADAPTER_FAIL, "INVALID node must be a name in LAB_PEERS");
    else
        serving.system->member(joins, node, tell);
}

/* An adapter_question, or -1. */
static int what_is(const struct adapter_line *asked)
{
    const char *word = adapter_line_text(asked, "do");
    return word == NULL ? -1 : adapter_question_find(word);
}

static void answer(const struct adapter_line *asked, uint64_t came_ns, struct buf *text)
{
    const struct adapter_system *s = serving.system;
    struct adapter_tell tell = {0};
    int what = what_is(asked);
    buf_reset(text);
    if (what == ADAPTER_start) {
        s->start(asked, &tell);
    } else if (what == ADAPTER_stop) {
        server_stop_all(adapter_line_number(asked, "grace_ms", 1000));
    } else if (what == ADAPTER_leader) {
        tell.has_leader = true;
        s->leader(&tell, text);
    } else if (what == ADAPTER_join || what == ADAPTER_remove) {
        change_members(asked, what == ADAPTER_join, &tell);
    } else if (what == ADAPTER_op) {
        operate(asked, came_ns, &tell, text);
    } else {
        adapter_tell_error(&tell, ADAPTER_FAIL, "UNSUPPORTED");
    }
    speak(asked->id, &tell);
}

static void *work(void *arg)
{
    struct buf text = {0};
    (void)arg;
    for (;;) {
        (void)pthread_mutex_lock(&serving.lock);
        while (serving.count == 0)
            (void)pthread_cond_wait(&serving.change, &serving.lock);
        struct adapter_line asked = serving.waiting[serving.first];
        uint64_t came_ns = serving.came_ns[serving.first];
        serving.first = (serving.first + 1) % QUEUE_MAX;
        serving.count--;
        (void)pthread_mutex_unlock(&serving.lock);
        answer(&asked, came_ns, &text);
        adapter_line_free(&asked);
        (void)pthread_mutex_lock(&serving.lock);
        if (--serving.open == 0)
            (void)pthread_cond_signal(&serving.rest);
        (void)pthread_mutex_unlock(&serving.lock);
    }
    return NULL;
}

/* ---- listening ---- */

static void enqueue(const struct adapter_line *asked)
{
    (void)pthread_mutex_lock(&serving.lock);
    bool full = serving.count == QUEUE_MAX;
    if (!full) {
        size_t at = (serving.first + serving.count++) % QUEUE_MAX;
        serving.waiting[at] = *asked;
        serving.came_ns[at] = adapter_now_ns();
        serving.open++;
        (void)pthread_cond_signal(&serving.change);
    }
    (void)pthread_mutex_unlock(&serving.lock);
    if (!full)
        return;
    struct adapter_tell tell;
    struct adapter_line refused = *asked;
    adapter_tell_error(&tell, ADAPTER_FAIL, "BUSY too many questions at once");
    speak(asked->id, &tell);
    adapter_line_free(&refused);
}

static void greet(const struct adapter_line *asked)
{
    struct adapter_tell tell = {.name = serving.system->name, .can = serving.system->can};
    if (adapter_line_number(asked, "protocol", 0) != ADAPTER_PROTOCOL)
        adapter_tell_error(&tell, ADAPTER_FAIL, "PROTOCOL this adapter speaks protocol %d only",
                           ADAPTER_PROTOCOL);
    else
        serving.system->hello(&tell);
    (void)snprintf(serving.missing, sizeof(serving.missing), "%s", tell.error);
    speak(asked->id, &tell);
}

/* What hello comes to decides of a start, so both are looked at here, in their order. */
static void take(struct adapter_line *asked)
{
    int what = what_is(asked);
    if (what == ADAPTER_hello) {
        greet(asked);
    } else if (what == ADAPTER_start && serving.missing[0] != '\0') {
        struct adapter_tell tell;
        adapter_tell_error(&tell, ADAPTER_FAIL, "%s", serving.missing);
        speak(asked->id, &tell);
    } else {
        enqueue(asked);
        return;
    }
    adapter_line_free(asked);
}

/* Nothing is left unanswered that can be answered, and no server is left behind. */
static void end(void)
{
    struct timespec until;
    int waited = 0;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += END_WAIT_S;
    (void)pthread_mutex_lock(&serving.lock);
    while (serving.open > 0 && waited == 0)
        waited = pthread_cond_timedwait(&serving.rest, &serving.lock, &until);
    (void)pthread_mutex_unlock(&serving.lock);
    server_stop_all(END_GRACE_MS);
}

int adapter_serve(const struct adapter_system *system)
{
    pthread_t thread;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    int code = 0;
    serving.system = system;
    (void)signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < WORKERS; i++) {
        if (pthread_create(&thread, NULL, work, NULL) != 0)
            return 71;
    }
    while (code == 0 && (len = getline(&line, &cap, stdin)) > 0) {
        struct adapter_line asked;
        struct err e;
        if (len > ADAPTER_LINE_MAX || adapter_line_read(line, (size_t)len, &asked, &e) < 0) {
            (void)fprintf(stderr, "a question that is no line of the protocol\n");
            code = 65;
        } else {
            take(&asked);
        }
    }
    mem_free(line);
    end();
    return code;
}

/* ---- the environment ---- */

static int add_peer(struct adapter_setting *s, const char *text, size_t len, struct err *e)
{
    const char *equals = memchr(text, '=', len);
    struct adapter_peer *p = &s->peers[s->peers_count];
    size_t name = equals == NULL ? 0 : (size_t)(equals - text), rest = len - name - 1;
    if (name == 0 || name >= sizeof(p->name) || rest == 0 || rest >= sizeof(p->address) ||
        s->peers_count == ADAPTER_PEERS_MAX)
        return err_set(e, -E_INVALID, "LAB_PEERS: %s: give NAME=ADDRESS,…", text);
    memcpy(p->name, text, name);
    memcpy(p->address, equals + 1, rest);
    s->peers_count++;
    return 0;
}

int adapter_setting_read(struct adapter_setting *ret, struct err *e)
{
    const char *peers = getenv("LAB_PEERS");
    int code = 0;
    *ret = (struct adapter_setting){
        .node = getenv("LAB_NODE"), .dir = getenv("LAB_DIR"), .address = getenv("LAB_ADDRESS")};
    if (ret->node == NULL || ret->dir == NULL || ret->address == NULL || peers == NULL)
        return err_set(e, -E_INVALID,
                       "LAB_NODE, LAB_DIR, LAB_ADDRESS and LAB_PEERS must be in the environment: "
                       "the laboratory starts an adapter so");
    while (code == 0 && *peers != '\0') {
        size_t len = strcspn(peers, ",");
        code = add_peer(ret, peers, len, e);
        peers += len + (peers[len] == ',');
    }
    return code;
}

const struct adapter_peer *adapter_peer_named(const struct adapter_setting *s, const char *name)
{
    for (size_t i = 0; i < s->peers_count; i++) {
        if (strcmp(s->peers[i].name, name) == 0)
            return &s->peers[i];
    }
    return NULL;
}

const struct adapter_peer *adapter_peer_at(const struct adapter_setting *s, const char *address)
{
    for (size_t i = 0; i < s->peers_count; i++) {
        if (strcmp(s->peers[i].address, address) == 0)
            return &s->peers[i];
    }
    return NULL;
}
