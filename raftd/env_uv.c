/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/env_uv.h"

#include <string.h>
#include <unistd.h>

static bool env_send(void *arg, raft_id to, const void *frame, size_t len)
{
    struct env_uv *uv = arg;
    if (uv->lab != NULL)
        return lab_filters_send(lab_filters_of(uv->lab), to, frame, len);
    return peers_send(uv->peers, to, frame, len);
}

static void env_reply(void *arg, uint64_t client, const void *bytes, size_t len)
{
    struct env_uv *uv = arg;
    callers_reply(uv->callers, client, bytes, len);
}

static size_t env_unread(void *arg, uint64_t client)
{
    const struct env_uv *uv = arg;
    return callers_unread(uv->callers, client);
}

static void env_hang_up(void *arg, uint64_t client)
{
    struct env_uv *uv = arg;
    callers_hang_up(uv->callers, client);
}

static void env_peers(void *arg, const struct node_peer *peers, size_t count)
{
    struct env_uv *uv = arg;
    peers_set(uv->peers, peers, count);
}

static void env_log(void *arg, enum env_topic topic, enum env_level level, const char *text)
{
    struct env_uv *uv = arg;
    logger_write(uv->turn->log, topic, level, text);
}

/* Its continuations, which begin with two spaces, are lines of their own; any other line break came
 * from outside. */
static void say_last(struct env_uv *uv, int exit_code, const char *text)
{
    static const char more[] = "\n  ";
    const char *next = strstr(text, more);
    logger_printf(uv->turn->log, ENV_ABOUT_PROCESS, ENV_ERROR, "stopped for good (exit %d): %.*s",
                  exit_code, next == NULL ? (int)strlen(text) : (int)(next - text), text);
    while (next != NULL) {
        const char *line = next + 1;
        next = strstr(line, more);
        logger_printf(uv->turn->log, ENV_ABOUT_PROCESS, ENV_ERROR, "%.*s",
                      next == NULL ? (int)strlen(line) : (int)(next - line), line);
    }
}

void env_uv_die(struct env_uv *uv, int exit_code, const char *text)
{
    struct err e = {0};
    say_last(uv, exit_code, text);
    if (uv->lab != NULL && lab_flush(uv->lab, LAB_WAIT_LAST_MS, &e) < 0)
        logger_write(uv->turn->log, ENV_ABOUT_PROCESS, ENV_ERROR, e.text);
    trace_file_flush(uv->trace);
    if (uv->admin_socket[0] != '\0')
        (void)unlink(uv->admin_socket);
    _exit(exit_code);
}

static void env_fatal(void *arg, int exit_code, const char *text)
{
    env_uv_die(arg, exit_code, text);
}

static int env_turn_trace(void *arg, enum env_trace_turn turn, struct env_trace *ret, struct err *e)
{
    struct env_uv *uv = arg;
    if (uv->lab != NULL)
        return err_set(e, -E_BUSY, "a laboratory reads this node's trace");
    return trace_file_turn(uv->trace, turn, ret, e);
}

struct env env_uv_table(struct env_uv *uv)
{
    return (struct env){.arg = uv,
                        .send = env_send,
                        .reply = env_reply,
                        .unread = env_unread,
                        .hang_up = env_hang_up,
                        .peers = env_peers,
                        .log = env_log,
                        .fatal = env_fatal,
                        .trace = uv->lab != NULL ? lab_trace(uv->lab) : (struct trace_host){0},
                        .turn_trace = env_turn_trace,
                        .vfs = disk_vfs(uv->disk)};
}
