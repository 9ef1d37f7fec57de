/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history a run leaves (trace/history.h says what is in it), or another program in its format.
 * A key that is not known there may be one that is misspelt: then what it should have told is
 * missing, and the verdict is another. */
#include "emulator/formats/readers.h"

#include <string.h>

#define SHOWN 40 /* bytes of a foreign word in an error */

/* The keys that a line may have, as they are told; `ord` may be there, too. */
#define OF_CALLS(X)   X(t) X(op) X(client) X(kind) X(key) X(value) X(expect) X(mode) X(write)
#define OF_RETURNS(X) X(t) X(op) X(client) X(outcome) X(result) X(done) X(index) X(node) X(error)

#define BIT(field)  | 1ull << TRACE_HAS_##field
#define TOLD(field) ", " #field

struct of_line {
    uint64_t fields;
    const char *told; /* each behind a comma */
};
static const struct of_line of_calls = {1ull << TRACE_HAS_ord OF_CALLS(BIT), OF_CALLS(TOLD)};
static const struct of_line of_returns = {1ull << TRACE_HAS_ord OF_RETURNS(BIT), OF_RETURNS(TOLD)};

struct reading {
    struct trace_reader reader;
    uint64_t last_ns;
    foreign_take take;
    void *arg;
    struct err *e;
};

/* A key that its kind of line does not have; {NULL, 0}: none. */
static struct trace_text strange_key(const struct trace_reader *r, const struct trace_record *rec,
                                     const struct of_line *of)
{
    uint64_t strange = rec->has & ~of->fields;
    if (r->unknown.at != NULL || strange == 0)
        return r->unknown;
    return trace_text_of(trace_field_info((unsigned)__builtin_ctzll(strange))->name);
}

static int check_line(struct reading *r, const struct trace_record *rec)
{
    unsigned long long number = rec->line;
    if (rec->ev != TRACE_clientInvoke && rec->ev != TRACE_clientReturn)
        return err_set(r->e, -E_CORRUPT,
                       "line %llu: %s is no client's: this is the trace of a node, not a history; "
                       "give the directory of the run to judge all of it",
                       number, trace_event_name(rec->ev));
    const struct of_line *of = rec->ev == TRACE_clientInvoke ? &of_calls : &of_returns;
    struct trace_text key = strange_key(&r->reader, rec, of);
    if (key.at != NULL)
        return err_set(r->e, -E_CORRUPT, "line %llu: a %s has no \"%.*s\": it has %s", number,
                       trace_event_name(rec->ev), (int)(key.len < SHOWN ? key.len : SHOWN), key.at,
                       of->told + strlen(", "));
    if (rec->t < r->last_ns)
        return err_set(r->e, -E_CORRUPT,
                       "line %llu: its time is before that of the line above it: the lines of a "
                       "history.ndjson stand in the order of their times",
                       number);
    return 0;
}

static int play_line(struct reading *r, const struct line *line)
{
    struct trace_record rec;
    int code = trace_read_line(&r->reader, line->at, line->len, line->number, &rec, r->e);
    if (code == -E_UNSUPPORTED) /* the format is known, this line is not */
        return err_set(r->e, -E_CORRUPT, "line %llu: an event that is not known here",
                       (unsigned long long)line->number);
    if (code == 0)
        code = check_line(r, &rec);
    if (code < 0)
        return code;
    r->last_ns = rec.t;
    rec.node = -1; /* a number in a table that only this reader has */
    return r->take(r->arg, &rec, r->e);
}

static bool is_blank(const struct line *line)
{
    size_t len = line->len;
    while (len > 0 && strchr(" \t\r", line->at[len - 1]) != NULL && line->at[len - 1] != '\0')
        len--;
    return len == 0;
}

int own_play(struct lines *lines, foreign_take take, void *arg, struct err *e)
{
    struct trace_names names = {0};
    struct reading r = {.take = take, .arg = arg, .e = e};
    struct line line;
    int code;
    trace_reader_init(&r.reader, &names);
    while ((code = lines_next(lines, &line, e)) > 0) {
        if (line.number == 1)
            skip_mark(&line.at, &line.len);
        code = is_blank(&line) ? 0 : play_line(&r, &line);
        if (code < 0)
            break;
    }
    trace_reader_free(&r.reader);
    return code;
}
