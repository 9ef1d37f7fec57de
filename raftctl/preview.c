/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/preview.h"

static void put(struct preview_side *side, const char *name, bool reached)
{
    ASSERT(side->count < ARRAY_LEN(side->names));
    side->names[side->count] = name;
    side->reached[side->count++] = reached;
}

void preview_make(const struct survey *s, const char *without, const char *with,
                  struct preview *ret)
{
    *ret = (struct preview){0};
    bool there = false;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (!row->is_member || !row->member.voter)
            continue;
        put(&ret->now, row->member.name, row->reached);
        if (without == NULL || strcmp(without, row->member.name) != 0)
            put(&ret->after, row->member.name, row->reached);
        there = there || (with != NULL && strcmp(with, row->member.name) == 0);
    }
    const struct survey_row *known = with == NULL ? NULL : survey_find(s, with);
    if (with != NULL && !there)
        put(&ret->after, with, known == NULL || known->reached);
}

static size_t quorum(const struct preview_side *side)
{
    return side->count / 2 + 1;
}

static size_t reachable(const struct preview_side *side)
{
    size_t n = 0;
    for (size_t i = 0; i < side->count; i++)
        n += side->reached[i];
    return n;
}

static size_t tolerates(const struct preview_side *side)
{
    size_t there = reachable(side), needed = quorum(side);
    return there > needed ? there - needed : 0;
}

bool preview_blocks(const struct preview *p)
{
    return reachable(&p->after) < quorum(&p->after);
}

static void put_side(struct buf *out, const char *when, const struct preview_side *side)
{
    buf_putf(out, "%-6s voters", when);
    for (size_t i = 0; i < side->count; i++) {
        buf_putc(out, ' ');
        print_escaped(out, span_str(side->names[i]));
    }
    buf_putf(out, "   quorum %zu   reachable %zu   tolerates %zu", quorum(side), reachable(side),
             tolerates(side));
}

static void put_json(struct jsonw *w, const char *when, const struct preview_side *side)
{
    jsonw_key(w, when);
    jsonw_object(w);
    jsonw_key(w, "voters");
    jsonw_array(w);
    for (size_t i = 0; i < side->count; i++)
        jsonw_string(w, side->names[i]);
    jsonw_end(w);
    jsonw_kv_u64(w, "quorum", quorum(side));
    jsonw_kv_u64(w, "reachable", reachable(side));
    jsonw_kv_u64(w, "tolerates", tolerates(side));
    jsonw_end(w);
}

void preview_print(struct buf *out, const struct preview *p, enum ctl_output output)
{
    if (ctl_output_is_json(output)) {
        struct jsonw w;
        jsonw_init(&w, out);
        jsonw_object(&w);
        jsonw_kv_u64(&w, "v", 1);
        put_json(&w, "now", &p->now);
        put_json(&w, "after", &p->after);
        jsonw_kv_bool(&w, "blocks", preview_blocks(p));
        jsonw_end(&w);
        buf_putc(out, '\n');
        return;
    }
    put_side(out, "now", &p->now);
    buf_putc(out, '\n');
    put_side(out, "after", &p->after);
    buf_puts(out, preview_blocks(p) ? "   <- no quorum: every write would block\n" : "\n");
}
