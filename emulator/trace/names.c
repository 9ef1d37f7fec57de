/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/reader.h"

#include <string.h>

int trace_names_find(const struct trace_names *names, const char *name, size_t len)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (len <= LIMIT_NODE_NAME && memcmp(names->name[i], name, len) == 0 &&
            names->name[i][len] == '\0')
            return (int)i;
    }
    return -1;
}

int trace_names_add(struct trace_names *names, const char *name, size_t len)
{
    if (len == 0 || len > LIMIT_NODE_NAME || memchr(name, '\0', len) != NULL)
        return -1;
    int found = trace_names_find(names, name, len);
    if (found >= 0 || names->count == TRACE_NODES_MAX)
        return found;
    memcpy(names->name[names->count], name, len);
    names->name[names->count][len] = '\0';
    return (int)names->count++;
}

const char *trace_names_text(const struct trace_names *names, int node)
{
    return node < 0 || (uint32_t)node >= names->count ? "?" : names->name[node];
}

bool trace_text_is(struct trace_text text, const char *s)
{
    return text.at != NULL && strlen(s) == text.len && memcmp(text.at, s, text.len) == 0;
}
