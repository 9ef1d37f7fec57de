/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history a run leaves (trace/history.h says what is in it). */
#include "emulator/formats/readers.h"

#include <string.h>

static int play_line(struct trace_reader *r, const char *line, size_t len, uint64_t number,
                     foreign_take take, void *arg, struct err *e)
{
    struct trace_record rec;
    int code = trace_read_line(r, line, len, number, &rec, e);
    if (code < 0)
        return code == -E_UNSUPPORTED
                   ? err_set(e, -E_CORRUPT, "line %llu: an event that is not known here",
                             (unsigned long long)number)
                   : code;
    if (rec.ev != TRACE_clientInvoke && rec.ev != TRACE_clientReturn)
        return err_set(e, -E_CORRUPT,
                       "line %llu: %s is no client's: this is the trace of a node, not a history; "
                       "give the directory of the run to judge all of it",
                       (unsigned long long)number, trace_event_name(rec.ev));
    rec.node = -1; /* a number in a table that only this reader has */
    return take(arg, &rec, e);
}

int own_play(const char *data, size_t len, foreign_take take, void *arg, struct err *e)
{
    struct trace_names names = {0};
    struct trace_reader reader;
    const char *end = data + len;
    int code = 0;
    trace_reader_init(&reader, &names);
    for (uint64_t number = 1; data < end && code == 0; number++) {
        const char *nl = memchr(data, '\n', (size_t)(end - data));
        size_t line = nl != NULL ? (size_t)(nl - data) : (size_t)(end - data);
        if (line > 0)
            code = play_line(&reader, data, line, number, take, arg, e);
        data += line + (nl != NULL);
    }
    trace_reader_free(&reader);
    return code;
}
