/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/adapter.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/live/line_pipe.h"

#include <stdio.h>
#include <string.h>

#define QUESTIONS_MAX 256
#define NAME_MAX_LEN  120

/* answer NULL: nobody waits for it any more. */
struct question {
    uint64_t id; /* 0: free */
    adapter_answer *answer;
    void *arg;
};

/* Invariant: events is NULL while it is being closed. */
struct adapter {
    struct line_pipe *pipe;
    const struct adapter_events *events;
    void *arg;
    struct adapter_ask start; /* to be asked once it has said hello */
    uint64_t ids;
    struct question questions[QUESTIONS_MAX];
    uint32_t can, needs;
    char name[NAME_MAX_LEN];
    bool serves, stopping;
    bool asks_leader;
    char leader[16];
};

static void fail(struct adapter *a, int code, const char *what, const char *why)
{
    struct err e = {0};
    (void)err_set(&e, code, "%s%s%s: %.300s", a->name, a->name[0] == '\0' ? "" : ": ", what, why);
    a->events->failed(a->arg, &e);
}

/* ---- asking ---- */

int adapter_question(struct adapter *a, const struct adapter_ask *ask, adapter_answer *answer,
                     void *arg, uint64_t *ret_ticket, struct err *e)
{
    struct question *q = NULL;
    struct buf line = {0};
    for (size_t i = 0; i < QUESTIONS_MAX && q == NULL; i++)
        q = a->questions[i].id == 0 ? &a->questions[i] : NULL;
    if (q == NULL || a->events == NULL)
        return err_set(e, -E_LIMIT, "more than %d questions at once", QUESTIONS_MAX);
    struct adapter_ask numbered = *ask;
    numbered.id = a->ids + 1;
    adapter_ask_write(&numbered, &line);
    int code = line_pipe_send(a->pipe, &line, e);
    buf_free(&line);
    if (code < 0)
        return code;
    a->ids++;
    *q = (struct question){.id = numbered.id, .answer = answer, .arg = arg};
    *ret_ticket = numbered.id;
    return 0;
}

static struct question *find(struct adapter *a, uint64_t id)
{
    for (size_t i = 0; i < QUESTIONS_MAX && id != 0; i++) {
        if (a->questions[i].id == id)
            return &a->questions[i];
    }
    return NULL;
}

void adapter_forget(struct adapter *a, uint64_t ticket)
{
    struct question *q = find(a, ticket);
    if (q != NULL)
        q->answer = NULL; /* the number stays taken until the answer comes, or the end */
}

/* ---- its own questions ---- */

/* What an answer refuses with; NULL: it does not. */
static const char *refusal(const struct adapter_line *line, struct err *e)
{
    enum adapter_is is;
    if (adapter_line_is(line, &is, e) < 0)
        return e->text;
    const char *error = adapter_line_text(line, "error");
    return is == ADAPTER_OK ? NULL : error == NULL ? "it does not say why" : error;
}

static void on_started(void *arg, const struct adapter_line *line, const char *why)
{
    struct adapter *a = arg;
    struct err e;
    (void)why;
    if (line == NULL)
        return; /* told by the end of the process */
    const char *refused = refusal(line, &e);
    if (refused != NULL) {
        fail(a, -E_CLOSED, "start", refused);
        return;
    }
    a->serves = !a->stopping;
    a->events->started(a->arg);
}

static void name_it(struct adapter *a, const struct adapter_line *line)
{
    const char *name = adapter_line_text(line, "name");
    const char *version = adapter_line_text(line, "version");
    (void)snprintf(a->name, sizeof(a->name), "%s%s%s", name == NULL ? "?" : name,
                   version == NULL || version[0] == '\0' ? "" : " ",
                   version == NULL ? "" : version);
}

/* Its node is started, if it can do what the scenario needs. */
static void begin(struct adapter *a)
{
    uint64_t ticket;
    struct err e;
    char text[64];
    for (int i = 0; i < ADAPTER_ABILITIES_COUNT; i++) {
        if ((a->needs & ~a->can) >> i & 1) {
            (void)snprintf(text, sizeof(text), "it cannot \"%s\", which the scenario needs",
                           adapter_ability_name((enum adapter_ability)i));
            fail(a, -E_UNSUPPORTED, "hello", text);
            return;
        }
    }
    if (adapter_question(a, &a->start, on_started, a, &ticket, &e) < 0)
        fail(a, -E_CLOSED, "start", e.text);
}

/* Only a fail says that this machine lacks something: the rest is an adapter that is wrong. */
static void on_hello(void *arg, const struct adapter_line *line, const char *why)
{
    struct adapter *a = arg;
    enum adapter_is is;
    struct err e;
    (void)why;
    if (line == NULL)
        return;
    name_it(a, line);
    const char *refused = refusal(line, &e);
    if (refused != NULL) {
        bool lacks = adapter_line_is(line, &is, &e) == 0 && is == ADAPTER_FAIL;
        fail(a, lacks ? -E_UNSUPPORTED : -E_INVALID, "hello", refused);
    } else if (adapter_line_number(line, "protocol", 0) != ADAPTER_PROTOCOL) {
        fail(a, -E_INVALID, "hello", "it does not speak protocol 1");
    } else {
        a->can = adapter_line_can(line);
        begin(a);
    }
}

static void on_leader(void *arg, const struct adapter_line *line, const char *why)
{
    struct adapter *a = arg;
    struct err e;
    (void)why;
    a->asks_leader = false;
    if (line == NULL || refusal(line, &e) != NULL)
        return;
    const char *leader = adapter_line_text(line, "leader");
    const char *now = leader == NULL ? "" : leader;
    if (strcmp(a->leader, now) == 0)
        return;
    (void)snprintf(a->leader, sizeof(a->leader), "%s", now);
    a->events->leader(a->arg, leader);
}

void adapter_tick(struct adapter *a)
{
    const struct adapter_ask ask = {.what = ADAPTER_leader};
    uint64_t ticket;
    struct err e;
    if (!a->serves || a->asks_leader || !adapter_can(a, ADAPTER_CAN_leader))
        return;
    a->asks_leader = adapter_question(a, &ask, on_leader, a, &ticket, &e) == 0;
}

static void on_stopped(void *arg, const struct adapter_line *line, const char *why)
{
    struct adapter *a = arg;
    (void)why;
    if (line != NULL)
        line_pipe_end(a->pipe); /* the adapter's sign to end */
}

void adapter_stop(struct adapter *a, uint64_t grace_ns)
{
    const struct adapter_ask ask = {.what = ADAPTER_stop, .time_ms = grace_ns / NS_PER_MS};
    uint64_t ticket;
    struct err e;
    a->serves = false;
    a->stopping = true;
    if (adapter_question(a, &ask, on_stopped, a, &ticket, &e) < 0)
        line_pipe_end(a->pipe);
}

/* ---- listening ---- */

static void on_line(void *arg, const char *text, size_t len)
{
    struct adapter *a = arg;
    struct adapter_line line = {0};
    struct err e;
    if (adapter_line_read(text, len, &line, &e) < 0) {
        fail(a, -E_INVALID, "its answer is no line of the protocol", e.text);
        return;
    }
    struct question *q = find(a, line.id);
    if (q == NULL) {
        fail(a, -E_INVALID, "its answer", "to a question that was not asked, or answered already");
    } else {
        struct question was = *q;
        *q = (struct question){0};
        if (was.answer != NULL)
            was.answer(was.arg, &line, NULL);
    }
    adapter_line_free(&line);
}

static void on_too_long(void *arg)
{
    fail(arg, -E_INVALID, "its answer", "a line of more than 1 MiB");
}

static const struct line_pipe_events pipe_events = {.line = on_line, .too_long = on_too_long};

/* ---- opening and closing ---- */

struct adapter *adapter_open(uv_loop_t *loop, int fd, const struct adapter_ask *start,
                             uint32_t needs, const struct adapter_events *events, void *arg)
{
    struct adapter *a = mem_alloc(sizeof(*a));
    const struct adapter_ask hello = {.what = ADAPTER_hello};
    uint64_t ticket;
    struct err e;
    a->start = *start;
    a->needs = needs;
    a->events = events;
    a->arg = arg;
    a->pipe = line_pipe_open(loop, fd, ADAPTER_LINE_MAX, &pipe_events, a);
    /* Of one that is gone already the end of its process tells. */
    (void)!adapter_question(a, &hello, on_hello, a, &ticket, &e);
    return a;
}

void adapter_close(struct adapter *a)
{
    if (a == NULL)
        return;
    a->events = NULL;
    a->serves = false;
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        struct question was = a->questions[i];
        a->questions[i] = (struct question){0};
        if (was.id != 0 && was.answer != NULL)
            was.answer(was.arg, NULL, "CLOSED");
    }
    line_pipe_close(a->pipe);
    mem_free(a);
}

bool adapter_serves(const struct adapter *a)
{
    return a != NULL && a->serves;
}

bool adapter_can(const struct adapter *a, enum adapter_ability can)
{
    return (a->can >> can & 1) != 0;
}

const char *adapter_name(const struct adapter *a)
{
    return a->name;
}
