/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/names.h"

#include "base/checksum.h"

#include <string.h>

uint64_t trace_name_id(const char *name, size_t len)
{
    uint64_t id = checksum64(name, len);
    return id == 0 ? 1 : id;
}

int trace_names_of_id(const struct trace_names *names, uint64_t id)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (names->id[i] == id)
            return (int)i;
    }
    return -1;
}

/* Two names may have one id when somebody makes them so. */
static int find(const struct trace_names *names, uint64_t id, const char *name, size_t len)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (names->id[i] == id && memcmp(names->name[i], name, len) == 0 &&
            names->name[i][len] == '\0')
            return (int)i;
    }
    return -1;
}

int trace_names_find(const struct trace_names *names, const char *name, size_t len)
{
    return len > LIMIT_NODE_NAME ? -1 : find(names, trace_name_id(name, len), name, len);
}

int trace_names_add(struct trace_names *names, const char *name, size_t len)
{
    if (len == 0 || len > LIMIT_NODE_NAME || memchr(name, '\0', len) != NULL)
        return -1;
    uint64_t id = trace_name_id(name, len);
    int found = find(names, id, name, len);
    if (found >= 0 || names->count == TRACE_NODES_MAX)
        return found;
    memcpy(names->name[names->count], name, len);
    names->name[names->count][len] = '\0';
    names->id[names->count] = id;
    return (int)names->count++;
}

const char *trace_names_text(const struct trace_names *names, int node)
{
    return node < 0 || (uint32_t)node >= names->count ? "?" : names->name[node];
}

void trace_names_reset(struct trace_names *names)
{
    names->count = 0;
}
