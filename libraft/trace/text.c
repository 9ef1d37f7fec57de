/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/text.h"

#include "base/jsonw.h"

#include <string.h>

#define COMMON (((uint64_t)1 << (TRACE_HAS_term + 1)) - 1)
_Static_assert(TRACE_HAS_t == 0 && TRACE_HAS_term < TRACE_HAS_op, "the common fields come first");

/* One call's state. */
struct print {
    struct jsonw w;
    const struct trace_names *names;
    const struct trace_record *rec;
};

static void put_node(struct print *p, int node)
{
    if (node < 0)
        jsonw_null(&p->w);
    else
        jsonw_string(&p->w, trace_names_text(p->names, node));
}

/* The member of the set with the lowest id. */
static int first_of(const struct trace_names *names, nodeset set)
{
    int best = nodeset_first(set);
    for (nodeset left = set; left != 0; left &= left - 1) {
        int i = nodeset_first(left);
        if (names->id[i] < names->id[best])
            best = i;
    }
    return best;
}

static void put_set(struct print *p, nodeset set)
{
    jsonw_array(&p->w);
    while (set != 0) {
        int i = first_of(p->names, set);
        jsonw_string(&p->w, trace_names_text(p->names, i));
        set &= ~NODE_BIT(i);
    }
    jsonw_end(&p->w);
}

static void put_position(struct print *p, const struct trace_position *pos)
{
    jsonw_object(&p->w);
    jsonw_kv_u64(&p->w, "term", pos->term);
    jsonw_kv_u64(&p->w, "index", pos->index);
    jsonw_end(&p->w);
}

static void put_runs(struct print *p)
{
    jsonw_array(&p->w);
    for (uint32_t i = 0; i < p->rec->runs_count; i++) {
        jsonw_array(&p->w);
        jsonw_u64(&p->w, p->rec->runs[i].term);
        jsonw_u64(&p->w, p->rec->runs[i].count);
        jsonw_end(&p->w);
    }
    jsonw_end(&p->w);
}

static void put_marks(struct print *p)
{
    jsonw_array(&p->w);
    for (uint32_t i = 0; i < p->rec->marks_count; i++) {
        jsonw_array(&p->w);
        jsonw_u64(&p->w, p->rec->marks[i].index);
        jsonw_hex64(&p->w, p->rec->marks[i].value);
        jsonw_end(&p->w);
    }
    jsonw_end(&p->w);
}

static void put_text(struct print *p, const struct trace_text *text, bool raw)
{
    if (text->at == NULL)
        jsonw_null(&p->w);
    else if (raw)
        jsonw_raw_bytes(&p->w, text->at, text->len);
    else
        jsonw_bytes(&p->w, text->at, text->len);
}

static void put_field(struct print *p, const struct trace_field_info *f)
{
    const void *at = (const char *)p->rec + f->offset;
    jsonw_key(&p->w, f->name);
    switch ((enum trace_kind)f->kind) {
    case TRACE_KIND_U64: jsonw_u64(&p->w, *(const uint64_t *)at); break;
    case TRACE_KIND_HEX: jsonw_hex64(&p->w, *(const uint64_t *)at); break;
    case TRACE_KIND_BOOL: jsonw_bool(&p->w, *(const bool *)at); break;
    case TRACE_KIND_TEXT: put_text(p, at, false); break;
    case TRACE_KIND_RAW: put_text(p, at, true); break;
    case TRACE_KIND_NODE: put_node(p, *(const int *)at); break;
    case TRACE_KIND_SET: put_set(p, *(const nodeset *)at); break;
    case TRACE_KIND_POS: put_position(p, at); break;
    case TRACE_KIND_RUNS: put_runs(p); break;
    case TRACE_KIND_MARKS: put_marks(p); break;
    }
}

static void put_fields(struct print *p, uint64_t which)
{
    for (uint64_t left = which; left != 0; left &= left - 1)
        put_field(p, trace_field_info((unsigned)__builtin_ctzll(left)));
}

void trace_print(struct buf *out, const struct trace_names *names, const struct trace_record *rec)
{
    struct print p = {.names = names, .rec = rec};
    jsonw_init(&p.w, out);
    jsonw_object(&p.w);
    put_fields(&p, rec->has & COMMON);
    jsonw_kv_string(&p.w, "ev", trace_event_name(rec->ev));
    put_fields(&p, rec->has & ~COMMON);
    jsonw_end(&p.w);
    buf_putc(out, '\n');
}
