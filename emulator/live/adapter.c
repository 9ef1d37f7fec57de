/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/adapter.h"

#include "base/mem.h"
#include "base/units.h"

#include <stdio.h>
#include <string.h>

#define QUESTIONS_MAX 256
#define CHUNK_BYTES   (64u << 10)
#define NAME_MAX_LEN  120

/* answer NULL: nobody waits for it any more. */
struct question {
    uint64_t id; /* 0: free */
    adapter_answer *answer;
    void *arg;
};

/* Invariant: events is NULL once it was closed. */
struct adapter {
    uv_pipe_t pipe;
    const struct adapter_events *events;
    void *arg;
    struct buf in;
    struct adapter_ask start; /* to be asked once it has said hello */
    uint64_t ids;
    struct question questions[QUESTIONS_MAX];
    uint32_t can;
    char name[NAME_MAX_LEN];
    bool serves, stopping;
    bool asks_leader;
    char leader[16];
};

static void fail(struct adapter *a, int code, const char *what, const char *why)
{
    struct err e = {0};
    (void)err_set(&e, code, "%s%s%s: %.300s", a->name, a->name[0] == '\0' ? "" : ": ", what, why);
    if (a->events != NULL)
        a->events->failed(a->arg, &e);
}

/* ---- asking ---- */

struct writing {
    uv_write_t request;
    char bytes[];
};

static void on_written(uv_write_t *request, int status)
{
    (void)status; /* that it is gone is told by the end of the process */
    mem_free(request->data);
}

static int send_line(struct adapter *a, const struct buf *line, struct err *e)
{
    struct writing *w = mem_alloc(sizeof(*w) + line->len);
    memcpy(w->bytes, line->data, line->len);
    w->request.data = w;
    uv_buf_t bytes = uv_buf_init(w->bytes, (unsigned)line->len);
    int failed = uv_write(&w->request, (uv_stream_t *)&a->pipe, &bytes, 1, on_written);
    if (failed == 0)
        return 0;
    mem_free(w);
    return err_set(e, -E_CLOSED, "%s", uv_strerror(failed));
}

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
    int code = send_line(a, &line, e);
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

/* Only a fail says that this machine lacks something: the rest is an adapter that is wrong. */
static void on_hello(void *arg, const struct adapter_line *line, const char *why)
{
    struct adapter *a = arg;
    enum adapter_is is;
    uint64_t ticket;
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
        if (adapter_question(a, &a->start, on_started, a, &ticket, &e) < 0)
            fail(a, -E_CLOSED, "start", e.text);
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

static void on_shut(uv_shutdown_t *request, int status)
{
    (void)status;
    mem_free(request);
}

/* No more questions: the adapter's sign to end. */
static void end_input(struct adapter *a)
{
    uv_shutdown_t *request = mem_alloc(sizeof(*request));
    if (uv_shutdown(request, (uv_stream_t *)&a->pipe, on_shut) != 0)
        mem_free(request);
}

static void on_stopped(void *arg, const struct adapter_line *line, const char *why)
{
    (void)why;
    if (line != NULL)
        end_input(arg);
}

void adapter_stop(struct adapter *a, uint64_t grace_ns)
{
    const struct adapter_ask ask = {.what = ADAPTER_stop, .time_ms = grace_ns / NS_PER_MS};
    uint64_t ticket;
    struct err e;
    a->serves = false;
    a->stopping = true;
    if (adapter_question(a, &ask, on_stopped, a, &ticket, &e) < 0)
        end_input(a);
}

/* ---- listening ---- */

static void take_line(struct adapter *a, const char *text, size_t len)
{
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

static void take_lines(struct adapter *a)
{
    size_t at = 0;
    while (a->events != NULL && at < a->in.len) {
        const char *end = memchr(a->in.data + at, '\n', a->in.len - at);
        if (end == NULL)
            break;
        size_t len = (size_t)(end - (a->in.data + at));
        if (len > 0)
            take_line(a, a->in.data + at, len);
        at += len + 1;
    }
    buf_consume(&a->in, at);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    static char chunk[CHUNK_BYTES];
    (void)handle;
    (void)suggested;
    *ret = uv_buf_init(chunk, sizeof(chunk));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct adapter *a = stream->data;
    if (n < 0) {
        (void)uv_read_stop(stream); /* the end of the process is told by SIGCHLD */
        return;
    }
    buf_put(&a->in, bytes->base, (size_t)n);
    take_lines(a);
    if (a->in.overflow || a->in.len > ADAPTER_LINE_MAX) {
        buf_reset(&a->in);
        fail(a, -E_INVALID, "its answer", "a line of more than 1 MiB");
    }
}

/* ---- opening and closing ---- */

struct adapter *adapter_open(uv_loop_t *loop, int fd, const struct adapter_ask *start,
                             const struct adapter_events *events, void *arg)
{
    struct adapter *a = mem_alloc(sizeof(*a));
    const struct adapter_ask hello = {.what = ADAPTER_hello};
    uint64_t ticket;
    struct err e;
    int failed = uv_pipe_init(loop, &a->pipe, 0);
    ASSERT(failed == 0);
    a->pipe.data = a;
    a->start = *start;
    a->events = events;
    a->arg = arg;
    failed = uv_pipe_open(&a->pipe, fd);
    if (failed == 0)
        failed = uv_read_start((uv_stream_t *)&a->pipe, on_alloc, on_read);
    ASSERT(failed == 0); /* a socket of our own making */
    /* Of one that is gone already the end of its process tells. */
    (void)!adapter_question(a, &hello, on_hello, a, &ticket, &e);
    return a;
}

static void on_closed(uv_handle_t *handle)
{
    struct adapter *a = handle->data;
    buf_free(&a->in);
    mem_free(a);
}

void adapter_close(struct adapter *a)
{
    if (a == NULL)
        return;
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        struct question was = a->questions[i];
        a->questions[i] = (struct question){0};
        if (was.id != 0 && was.answer != NULL)
            was.answer(was.arg, NULL, "CLOSED");
    }
    a->events = NULL;
    a->serves = false;
    uv_close((uv_handle_t *)&a->pipe, on_closed);
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
