/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/runner/world.h"

#include "base/limits.h"

#include <stdio.h>
#include <string.h>

#define HOSTS_MAX 16

/* How raftd ends once it is no member any more, and when it wanted to leave, was not told in time
 * that it had, and stopped all the same. */
#define EXIT_REMOVED     86
#define EXIT_UNCONFIRMED 75
/* … when its disk failed or what stands there cannot be used, and when another has its directory:
 * what one that was set back looks like. */
#define EXIT_DISK   74
#define EXIT_CONFIG 78

unsigned world_hosts(size_t clients, size_t nodes)
{
    size_t hosts = clients;
    if (hosts > HOSTS_MAX)
        hosts = HOSTS_MAX;
    if (hosts > WORLD_ENDPOINTS_MAX - 1 - nodes) /* the administrator is one, too */
        hosts = WORLD_ENDPOINTS_MAX - 1 - nodes;
    return (unsigned)hosts;
}

const char *world_exit_cause(int code, const char *planned, const char *leaving, bool removed)
{
    if (planned != NULL && (code == 0 || code == EXIT_UNCONFIRMED))
        return planned;
    if (leaving != NULL && code == 0)
        return leaving;
    return removed && code == EXIT_REMOVED ? "leave: removed" : NULL;
}

bool world_exit_of_disk(int code, bool set_back, bool failed)
{
    return (code == EXIT_CONFIG && set_back) || (code == EXIT_DISK && failed);
}

void world_text(struct span answer, char out[WORLD_TEXT_MAX])
{
    size_t len = answer.len < WORLD_TEXT_MAX - 1 ? answer.len : WORLD_TEXT_MAX - 1;
    for (size_t i = 0; i < len; i++)
        out[i] = answer.data[i] >= ' ' && answer.data[i] <= '~' ? answer.data[i] : '?';
    out[len] = '\0';
}

struct trace_record world_fault_record(const struct world_fault *f, uint64_t t_ns)
{
    struct trace_record rec;
    trace_record_init(&rec, TRACE_fault);
    TRACE_PUT(&rec, t, t_ns);
    TRACE_PUT(&rec, step, trace_text_of(f->step));
    TRACE_PUT(&rec, phase, trace_text_of(f->phase));
    TRACE_PUT(&rec, action, trace_text_of(f->action));
    TRACE_PUT(&rec, targets, f->targets);
    if (f->params != NULL)
        TRACE_PUT(&rec, params, trace_text_of(f->params));
    return rec;
}

struct trace_record world_usage_record(unsigned node, const struct world_usage *u, uint64_t t_ns)
{
    struct trace_record rec;
    trace_record_init(&rec, TRACE_usage);
    TRACE_PUT(&rec, t, t_ns);
    TRACE_PUT(&rec, node, (int)node);
    if (u->mem_bytes != UINT64_MAX)
        TRACE_PUT(&rec, mem, u->mem_bytes);
    if (u->fds != UINT64_MAX)
        TRACE_PUT(&rec, fds, u->fds);
    if (u->log_bytes != UINT64_MAX)
        TRACE_PUT(&rec, log, u->log_bytes);
    return rec;
}

bool world_is_log(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strncmp(slash == NULL ? path : slash + 1, "log-", strlen("log-")) == 0;
}

void world_names(struct trace_names *names, size_t nodes_count)
{
    for (size_t i = 0; i < nodes_count; i++) {
        char name[16];
        int len = snprintf(name, sizeof(name), "n%zu", i + 1);
        int number = trace_names_add(names, name, (size_t)len);
        ASSERT(number == (int)i);
    }
}
