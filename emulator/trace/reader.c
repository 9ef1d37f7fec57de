/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/reader.h"

#include "base/mem.h"
#include "emulator/trace/keys.h"

#include <string.h>

/* One call's state. */
struct parse {
    struct scan s;
    struct trace_reader *r;
    struct trace_record *rec;
    bool limit; /* the mistake is a limit, not a malformed line */
};

static void fail_limit(struct parse *p, const char *why)
{
    p->limit = p->s.why == NULL;
    scan_fail(&p->s, why);
}

_Static_assert(TRACE_NODES_MAX == 128, "what the sentence below says");

static int parse_node(struct parse *p)
{
    if (scan_null(&p->s))
        return -1;
    struct trace_text name = scan_string(&p->s, p->r);
    if (p->s.why != NULL || name.len == 0)
        return -1;
    int node = trace_names_add(p->r->names, name.at, name.len);
    if (node < 0)
        fail_limit(p, "node name too long, or more than 128 nodes");
    return node;
}

static nodeset parse_set(struct parse *p)
{
    nodeset set = 0;
    scan_expect(&p->s, '[');
    if (scan_take(&p->s, ']'))
        return 0;
    do {
        int node = parse_node(p);
        if (node >= 0)
            set |= NODE_BIT(node);
    } while (scan_take(&p->s, ','));
    scan_expect(&p->s, ']');
    return set;
}

static struct trace_position parse_position(struct parse *p)
{
    struct trace_position pos = {0};
    scan_expect(&p->s, '{');
    if (scan_take(&p->s, '}'))
        return pos;
    do {
        struct trace_text key = scan_string(&p->s, p->r);
        scan_expect(&p->s, ':');
        if (trace_text_is(key, "term"))
            pos.term = scan_u64(&p->s);
        else if (trace_text_is(key, "index"))
            pos.index = scan_u64(&p->s);
        else
            (void)scan_skip(&p->s);
    } while (scan_take(&p->s, ','));
    scan_expect(&p->s, '}');
    return pos;
}

/* A list of pairs; take reads one, between its brackets. Returns how many there are; after a
 * mistake that number counts for nothing. */
static uint32_t parse_pairs(struct parse *p, const char *too_many,
                            void (*take)(struct parse *p, uint32_t at))
{
    uint32_t count = 0;
    scan_expect(&p->s, '[');
    bool more = !scan_take(&p->s, ']');
    while (more && p->s.why == NULL) {
        if (count == TRACE_LIST_MAX) {
            fail_limit(p, too_many);
            return 0;
        }
        scan_expect(&p->s, '[');
        take(p, count++);
        scan_expect(&p->s, ']');
        more = scan_take(&p->s, ',');
        if (!more)
            scan_expect(&p->s, ']');
    }
    return count;
}

static void take_run(struct parse *p, uint32_t at)
{
    struct trace_reader *r = p->r;
    if (at == r->runs_cap) {
        r->runs_cap = r->runs_cap == 0 ? 16 : r->runs_cap * 2;
        r->runs = mem_grow(r->runs, r->runs_cap, sizeof(*r->runs));
    }
    r->runs[at].term = scan_u64(&p->s);
    scan_expect(&p->s, ',');
    r->runs[at].count = scan_u64(&p->s);
}

static void take_mark(struct parse *p, uint32_t at)
{
    struct trace_reader *r = p->r;
    if (at == r->marks_cap) {
        r->marks_cap = r->marks_cap == 0 ? 16 : r->marks_cap * 2;
        r->marks = mem_grow(r->marks, r->marks_cap, sizeof(*r->marks));
    }
    r->marks[at].index = scan_u64(&p->s);
    scan_expect(&p->s, ',');
    r->marks[at].value = scan_hex64(&p->s);
}

static void parse_runs(struct parse *p)
{
    p->rec->runs_count = parse_pairs(p, "too many runs", take_run);
    p->rec->runs = p->r->runs;
}

static void parse_marks(struct parse *p)
{
    p->rec->marks_count = parse_pairs(p, "too many marks", take_mark);
    p->rec->marks = p->r->marks;
}

static void parse_value(struct parse *p, const struct trace_field_info *f)
{
    char *at = (char *)p->rec + f->offset;
    switch ((enum trace_kind)f->kind) {
    case TRACE_KIND_U64: *(uint64_t *)(void *)at = scan_u64(&p->s); break;
    case TRACE_KIND_HEX: *(uint64_t *)(void *)at = scan_hex64(&p->s); break;
    case TRACE_KIND_BOOL: *(bool *)(void *)at = scan_bool(&p->s); break;
    case TRACE_KIND_TEXT: *(struct trace_text *)(void *)at = scan_scalar(&p->s, p->r); break;
    case TRACE_KIND_RAW: *(struct trace_text *)(void *)at = scan_skip(&p->s); break;
    case TRACE_KIND_NODE: *(int *)(void *)at = parse_node(p); break;
    case TRACE_KIND_SET: *(nodeset *)(void *)at = parse_set(p); break;
    case TRACE_KIND_POS: *(struct trace_position *)(void *)at = parse_position(p); break;
    case TRACE_KIND_RUNS: parse_runs(p); break;
    case TRACE_KIND_MARKS: parse_marks(p); break;
    }
}

/* Any key with its value. Returns the key. */
static unsigned parse_member(struct parse *p, struct trace_text *ev, unsigned before)
{
    unsigned key = key_take(&p->s, p->r, before);
    if (key == KEY_EV) {
        if (ev->at != NULL)
            scan_fail(&p->s, "the same key twice");
        *ev = scan_string(&p->s, p->r);
    } else if (key == KEY_UNKNOWN) {
        if (p->s.why == NULL)
            (void)scan_skip(&p->s);
    } else if ((p->rec->has >> key & 1) != 0) {
        scan_fail(&p->s, "the same key twice");
    } else {
        p->rec->has |= 1ull << key;
        parse_value(p, trace_field_info(key));
    }
    return key;
}

static bool of_a_node(enum trace_event ev)
{
    return ev != TRACE_fault && ev != TRACE_clientInvoke && ev != TRACE_clientReturn &&
           !trace_is_about_process(ev);
}

static const char *missing(const struct trace_record *rec)
{
    if (!trace_has(rec, TRACE_HAS_t))
        return "no time (t)";
    bool node = trace_has(rec, TRACE_HAS_node) && rec->node >= 0;
    if (of_a_node(rec->ev) &&
        (!node || !trace_has(rec, TRACE_HAS_seq) || !trace_has(rec, TRACE_HAS_term)))
        return "no node, seq or term";
    if (trace_is_about_process(rec->ev) && !node)
        return "no node";
    return NULL;
}

static void parse_object(struct parse *p, struct trace_text *ev)
{
    unsigned key = KEY_NONE;
    scan_expect(&p->s, '{');
    if (!scan_take(&p->s, '}')) {
        do {
            key = parse_member(p, ev, key);
        } while (scan_take(&p->s, ','));
        scan_expect(&p->s, '}');
    }
    if (p->s.why == NULL && scan_peek(&p->s) != '\0')
        p->s.why = "something follows the object";
    if (p->s.why == NULL && p->s.p != p->s.end)
        p->s.why = "a NUL byte";
}

int trace_read_line(struct trace_reader *r, const char *line, size_t len, uint64_t line_number,
                    struct trace_record *rec, struct err *e)
{
    struct trace_text ev = {0};
    struct parse p = {.s = {line, line + len, NULL}, .r = r, .rec = rec};
    unsigned long long n = line_number;

    if (len > TRACE_LINE_MAX)
        return err_set(e, -E_LIMIT, "line %llu: longer than 16 MiB", n);
    r->text_len = 0;
    r->unknown = (struct trace_text){0};
    trace_record_init(rec, TRACE_boot); /* until its name is read */
    parse_object(&p, &ev);
    if (p.s.why != NULL)
        return err_set(e, p.limit ? -E_LIMIT : -E_CORRUPT, "line %llu: %s", n, p.s.why);
    if (ev.at == NULL)
        return err_set(e, -E_CORRUPT, "line %llu: no event name (ev)", n);
    int found = event_find(ev);
    if (found < 0)
        return err_set(e, -E_UNSUPPORTED, "line %llu: unknown event \"%.*s\"", n,
                       (int)(ev.len < 40 ? ev.len : 40), ev.at);
    rec->ev = (enum trace_event)found;
    rec->line = line_number;
    const char *what = missing(rec);
    if (what != NULL)
        return err_set(e, -E_CORRUPT, "line %llu: %s: %s", n, trace_event_name(rec->ev), what);
    return 0;
}

void trace_reader_init(struct trace_reader *r, struct trace_names *names)
{
    *r = (struct trace_reader){.names = names};
}

void trace_reader_free(struct trace_reader *r)
{
    mem_free(r->runs);
    mem_free(r->marks);
    mem_free(r->text);
    trace_reader_init(r, r->names);
}
