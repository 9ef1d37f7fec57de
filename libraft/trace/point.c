/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/point.h"

#include "trace/trace.h"

#include <string.h>

/* file, call: those that a node makes. */
#define CALLS(X)     \
    X(log, Write)    \
    X(log, Sync)     \
    X(log, Create)   \
    X(log, Rename)   \
    X(log, Unlink)   \
    X(meta, Write)   \
    X(meta, Sync)    \
    X(image, Write)  \
    X(image, Sync)   \
    X(image, Create) \
    X(image, Rename) \
    X(image, Unlink) \
    X(dir, Sync)

static const struct {
    const char *name;
    struct trace_point point;
} calls[] = {
#define X(file, call)                                       \
    {#file #call, {-1, POINT_##file, POINT_##call, false}}, \
        {"after-" #file #call, {-1, POINT_##file, POINT_##call, true}},
    CALLS(X)
#undef X
};

const char *trace_point_name(size_t i)
{
    return i < ARRAY_LEN(calls) ? calls[i].name : NULL;
}

bool trace_point_find(const char *name, struct trace_point *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        if (strcmp(calls[i].name, name) != 0)
            continue;
        *ret = calls[i].point;
        return true;
    }
    int ev = trace_event_find(name, strlen(name));
    bool of_a_node = ev >= 0 && !trace_is_about_process((enum trace_event)ev) &&
                     ev != TRACE_fault && ev != TRACE_clientInvoke && ev != TRACE_clientReturn;
    if (of_a_node)
        *ret = (struct trace_point){.event = ev};
    return of_a_node;
}

bool trace_point_same(const struct trace_point *a, const struct trace_point *b)
{
    if (a->event >= 0 || b->event >= 0)
        return a->event == b->event;
    return a->file == b->file && a->call == b->call && a->after == b->after;
}

bool trace_point_file(const char *path, enum point_file *ret)
{
    static const struct {
        const char *prefix;
        enum point_file file;
    } files[] = {{"log-", POINT_log},
                 {"hardstate", POINT_meta},
                 {"image-", POINT_image},
                 {"partial-", POINT_image}};
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        if (strncmp(name, files[i].prefix, strlen(files[i].prefix)) == 0) {
            *ret = files[i].file;
            return true;
        }
    }
    return false;
}
