/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/merge.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void merge_init(struct merge *m, struct trace_names *names)
{
    *m = (struct merge){.names = names};
}

void merge_free(struct merge *m)
{
    for (size_t i = 0; i < m->count; i++) {
        struct merge_source *s = m->sources[i];
        if (s->mapped)
            (void)munmap((void *)(uintptr_t)s->data, s->len);
        trace_reader_free(&s->reader);
        mem_free(s->name);
        mem_free(s);
    }
    merge_init(m, m->names);
}

/* Reads the source's next line into rec; empty lines are skipped. */
static int advance(struct merge_source *s, struct err *e)
{
    uint64_t before = s->have ? s->rec.t : 0;
    s->have = false;
    while (s->at < s->len) {
        const char *line = s->data + s->at;
        const char *nl = memchr(line, '\n', s->len - s->at);
        size_t len = nl != NULL ? (size_t)(nl - line) : s->len - s->at;
        s->at += len + (nl != NULL);
        s->line++;
        if (len == 0)
            continue;
        int rc = trace_read_line(&s->reader, line, len, s->line, &s->rec, e);
        if (rc < 0 && nl == NULL && rc == -E_CORRUPT) {
            s->torn = true;
            if (e != NULL)
                *e = (struct err){0};
            return 0;
        }
        if (rc < 0)
            return err_wrap(e, "%s", s->name);
        if (s->rec.t < before)
            return err_set(e, -E_CORRUPT, "%s: line %llu: time runs backwards", s->name,
                           (unsigned long long)s->line);
        s->have = true;
        return 0;
    }
    return 0;
}

static int add(struct merge *m, const char *name, const char *data, size_t len, bool mapped,
               struct err *e)
{
    if (m->count == MERGE_SOURCES_MAX)
        return err_set(e, -E_LIMIT, "%s: more than %d trace files", name, MERGE_SOURCES_MAX);
    struct merge_source *s = mem_alloc(sizeof(*s));
    s->name = mem_strdup(name);
    s->data = data;
    s->len = len;
    s->mapped = mapped;
    trace_reader_init(&s->reader, m->names);
    m->sources[m->count++] = s;
    return advance(s, e);
}

int merge_add_memory(struct merge *m, const char *name, const char *data, size_t len, struct err *e)
{
    return add(m, name, data, len, false, e);
}

int merge_add_file(struct merge *m, const char *path, struct err *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "%s: open", path);
    if (fstat(fd, &st) < 0 || st.st_size < 0) {
        int rc = err_set_errno(e, err_from_errno(errno), errno, "%s: stat", path);
        (void)close(fd);
        return rc;
    }
    if (m->count == MERGE_SOURCES_MAX || st.st_size == 0) {
        (void)close(fd);
        return add(m, path, "", 0, false, e);
    }
    size_t len = (size_t)st.st_size;
    void *data = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
    int mmap_errno = errno;
    (void)close(fd);
    if (data == MAP_FAILED)
        return err_set_errno(e, err_from_errno(mmap_errno), mmap_errno, "%s: mmap", path);
    return add(m, path, data, len, true, e);
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
