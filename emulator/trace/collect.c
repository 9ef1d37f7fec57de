/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/collect.h"

#include "trace/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_BYTES (256u << 10)
/* Chunks at a time: others want to be served, too. */
#define CHUNKS_MAX 16

int collector_open(struct collector *c, unsigned node, const char *name, const char *path,
                   struct trace_names *names, collect_record *tell, void *arg, struct err *e)
{
    *c = (struct collector){.node = node, .tell = tell, .arg = arg, .file.fd = -1};
    (void)snprintf(c->name, sizeof(c->name), "%s", name);
    buf_init(&c->partial, TRACE_LINE_MAX);
    trace_reader_init(&c->reader, names);
    return outfile_open(&c->file, path, e);
}

int collector_close(struct collector *c, struct err *e)
{
    buf_free(&c->partial);
    trace_reader_free(&c->reader);
    return outfile_close(&c->file, e);
}

static void note_common(struct collector *c, const struct trace_record *rec)
{
    bool same = rec->inc == c->inc && rec->disk == c->disk;
    uint64_t expected = same ? c->seq + 1 : 1;
    if (rec->seq > expected)
        c->lost += rec->seq - expected;
    c->t_ns = rec->t;
    c->disk = rec->disk;
    c->inc = rec->inc;
    c->seq = rec->ev == TRACE_crashed ? 0 : rec->seq;
    c->term = rec->term;
}

/* False: not a line of the node. The lab channel has lines of its own, which no reader of traces
 * knows. A damaged line is the node's, and its judge shall see it. */
static bool take_line(struct collector *c, const char *line, size_t len)
{
    struct trace_record rec;
    int code = trace_read_line(&c->reader, line, len, c->lines + 1, &rec, NULL);
    if (code == -E_UNSUPPORTED) {
        c->foreign++;
        if (c->channel != NULL)
            c->channel(c->arg, c->node, line, len);
        return false;
    }
    c->lines++;
    if (code < 0)
        return true;
    note_common(c, &rec);
    c->tell(c->arg, c->node, &rec);
    return true;
}

/* len bytes that end with a line's end. */
static void take_lines(struct collector *c, const char *data, size_t len)
{
    const char *at = data, *end = data + len, *from = data;
    while (at < end) {
        const char *next = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
        if (!take_line(c, at, (size_t)(next - at))) {
            outfile_put(&c->file, from, (size_t)(at - from));
            from = next;
        }
        at = next;
    }
    outfile_put(&c->file, from, (size_t)(end - from));
}

void collector_feed(struct collector *c, const void *data, size_t len)
{
    const char *bytes = data;
    if (c->partial.len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t rest = end == NULL ? len : (size_t)(end - bytes) + 1;
        buf_put(&c->partial, bytes, rest);
        if (end == NULL)
            return;
        if (c->partial.overflow)
            c->foreign++; /* longer than any line of a node */
        else
            take_lines(c, c->partial.data, c->partial.len);
        buf_reset(&c->partial);
        bytes += rest;
        len -= rest;
    }
    const char *last = len == 0 ? NULL : memrchr(bytes, '\n', len);
    size_t whole = last == NULL ? 0 : (size_t)(last - bytes) + 1;
    if (whole > 0)
        take_lines(c, bytes, whole);
    buf_put(&c->partial, bytes + whole, len - whole);
}

int collector_read(struct collector *c, int fd)
{
    static char chunk[CHUNK_BYTES];
    for (int i = 0; i < CHUNKS_MAX; i++) {
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return i;
        if (n <= 0)
            return -1;
        collector_feed(c, chunk, (size_t)n);
        if ((size_t)n < sizeof(chunk))
            return 1; /* most likely all: asking once more would cost a call */
    }
    return 1;
}

void collector_born(struct collector *c)
{
    c->inc++;
    c->seq = 0;
}

void collector_crashed(struct collector *c, uint64_t now_ns, const char *cause, int code)
{
    struct trace_record rec;
    struct buf line = {0};
    trace_record_init(&rec, TRACE_crashed);
    TRACE_PUT(&rec, t, now_ns > c->t_ns ? now_ns : c->t_ns);
    TRACE_PUT(&rec, node, trace_names_add(c->reader.names, c->name, strlen(c->name)));
    TRACE_PUT(&rec, disk, c->disk);
    TRACE_PUT(&rec, inc, c->inc);
    TRACE_PUT(&rec, seq, c->seq + 1);
    TRACE_PUT(&rec, term, c->term);
    TRACE_PUT(&rec, cause, trace_text_of(cause));
    if (code >= 0)
        TRACE_PUT(&rec, code, (uint64_t)code);
    buf_reset(&c->partial);
    trace_print(&line, c->reader.names, &rec);
    collector_feed(c, line.data, line.len);
    buf_free(&line);
    c->seq = 0; /* whoever comes next begins anew, and may end before it tells anything */
    outfile_flush(&c->file);
}
