/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/merge.h"

#include "base/mem.h"

#include <string.h>

void merge_init(struct merge *m, struct trace_names *names)
{
    *m = (struct merge){.names = names};
}

static void source_free(struct merge_source *s)
{
    lines_close(&s->lines);
    trace_reader_free(&s->reader);
    mem_free(s->name);
    mem_free(s);
}

void merge_free(struct merge *m)
{
    for (size_t i = 0; i < m->count; i++)
        source_free(m->sources[i]);
    merge_init(m, m->names);
}

/* Reads the source's next line into rec; empty lines are skipped. */
static int advance(struct merge_source *s, struct err *e)
{
    uint64_t before = s->have ? s->rec.t : 0;
    struct line line = {0};
    int rc;
    s->have = false;
    do {
        rc = lines_next(&s->lines, &line, e);
    } while (rc == 1 && line.len == 0);
    if (rc == 0)
        return 0;
    if (rc > 0)
        rc = trace_read_line(&s->reader, line.at, line.len, line.number, &s->rec, e);
    if (rc == -E_CORRUPT && !line.ended) {
        s->torn = true;
        if (e != NULL)
            *e = (struct err){0};
        return 0;
    }
    if (rc < 0)
        return err_wrap(e, "%s", s->name);
    if (s->rec.t < before)
        return err_set(e, -E_CORRUPT, "%s: line %llu: time runs backwards", s->name,
                       (unsigned long long)line.number);
    s->have = true;
    return 0;
}

/* Takes the lines over. */
static int add(struct merge *m, const char *name, struct lines lines, struct err *e)
{
    if (m->count == MERGE_SOURCES_MAX) {
        lines_close(&lines);
        return err_set(e, -E_LIMIT, "%s: more than %d trace files", name, MERGE_SOURCES_MAX);
    }
    struct merge_source *s = mem_alloc(sizeof(*s));
    s->name = mem_strdup(name);
    s->lines = lines;
    trace_reader_init(&s->reader, m->names);
    m->sources[m->count++] = s;
    return advance(s, e);
}

int merge_add_memory(struct merge *m, const char *name, const char *data, size_t len, struct err *e)
{
    return add(m, name, lines_of(data, len), e);
}

int merge_add_file(struct merge *m, const char *path, struct err *e)
{
    struct lines lines;
    int code = lines_open(&lines, path, e);
    return code < 0 ? code : add(m, path, lines, e);
}

/* What the world did before what nodes did, before what clients were told. */
static int rank(const struct trace_record *rec)
{
    if (rec->ev == TRACE_clientReturn)
        return 2;
    return rec->ev == TRACE_fault || rec->ev == TRACE_clientInvoke ? 0 : 1;
}

static bool before(const struct merge *m, const struct trace_record *a,
                   const struct trace_record *b)
{
    if (trace_has(a, TRACE_HAS_ord) && trace_has(b, TRACE_HAS_ord))
        return a->ord < b->ord;
    if (a->t != b->t)
        return a->t < b->t;
    if (rank(a) != rank(b))
        return rank(a) < rank(b);
    if (a->node != b->node)
        return strcmp(trace_names_text(m->names, a->node), trace_names_text(m->names, b->node)) < 0;
    if (a->inc != b->inc)
        return a->inc < b->inc;
    return a->seq < b->seq;
}

int merge_next(struct merge *m, const struct trace_record **ret, struct err *e)
{
    if (m->started) {
        int rc = advance(m->sources[m->current], e);
        if (rc < 0)
            return rc;
    }
    struct merge_source *best = NULL;
    for (size_t i = 0; i < m->count; i++) {
        struct merge_source *s = m->sources[i];
        if (s->have && (best == NULL || before(m, &s->rec, &best->rec))) {
            best = s;
            m->current = i;
        }
    }
    m->started = best != NULL;
    if (best == NULL)
        return 0;
    *ret = &best->rec;
    return 1;
}

const char *merge_source_name(const struct merge *m)
{
    return m->started ? m->sources[m->current]->name : "";
}

uint64_t merge_torn(const struct merge *m)
{
    uint64_t torn = 0;
    for (size_t i = 0; i < m->count; i++)
        torn += m->sources[i]->torn;
    return torn;
}
