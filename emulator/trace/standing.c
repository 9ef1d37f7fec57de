/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/standing.h"

#include <string.h>

static bool has_state(const struct standing *s)
{
    return strcmp(s->role, "down") != 0 && strcmp(s->role, "starting") != 0;
}

void nodeset_write(struct jsonw *w, const char *key, nodeset set, const struct trace_names *names)
{
    jsonw_key(w, key);
    jsonw_array(w);
    for (; set != 0; set &= set - 1)
        jsonw_string(w, trace_names_text(names, nodeset_first(set)));
    jsonw_end(w);
}

static void write_one(struct jsonw *w, const char *node, const struct standing *s,
                      const struct trace_names *names)
{
    jsonw_object(w);
    jsonw_kv_string(w, "node", node);
    jsonw_kv_string(w, "role", s->role);
    if (has_state(s)) {
        jsonw_key(w, "vote");
        if (s->vote < 0)
            jsonw_null(w);
        else
            jsonw_string(w, trace_names_text(names, s->vote));
#define X(name) jsonw_kv_u64(w, #name, s->name);
        STANDING_NUMBERS(X)
#undef X
#define X(name) nodeset_write(w, #name, s->name, names);
        STANDING_SETS(X)
#undef X
    }
    jsonw_end(w);
}

void standings_write(struct jsonw *w, const struct standings *s, const struct trace_names *names)
{
    jsonw_array(w);
    for (unsigned i = 0; i < s->count; i++)
        write_one(w, trace_names_text(names, (int)i), &s->of[i], names);
    jsonw_end(w);
}

static void print_set(struct buf *out, const char *before, nodeset set,
                      const struct trace_names *names)
{
    if (set != 0)
        buf_puts(out, before);
    for (; set != 0; set &= set - 1)
        buf_putf(out, " %s", trace_names_text(names, nodeset_first(set)));
}

void standing_print(struct buf *out, const struct standing *s, const struct trace_names *names)
{
    typedef unsigned long long ull;
    buf_puts(out, s->role);
    if (!has_state(s))
        return;
    buf_putf(out, ", term %llu, ", (ull)s->term);
    if (s->vote < 0)
        buf_puts(out, "no vote");
    else
        buf_putf(out, "vote for %s", trace_names_text(names, s->vote));
    if (s->last >= s->first)
        buf_putf(out, ", log %llu..%llu (last of term %llu)", (ull)s->first, (ull)s->last,
                 (ull)s->last_term);
    else
        buf_putf(out, ", log empty after %llu", (ull)s->last);
    buf_putf(out, ", durable %llu, commit %llu, applied %llu", (ull)s->durable, (ull)s->commit,
             (ull)s->applied);
    buf_putf(out, ", configuration %llu:", (ull)s->config_index);
    print_set(out, " voters", s->voters, names);
    print_set(out, ", old", s->old, names);
    print_set(out, ", learners", s->learners, names);
    print_set(out, ", connected to", s->connected, names);
}
