/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/check/judge.h"

#include "base/units.h"
#include "emulator/trace/merge.h"
#include "tests/support/tracetext.h"

#include <string.h>

#define COLUMNS 98

void judge_free(struct judge *j)
{
    buf_free(&j->lines);
    *j = (struct judge){0};
}

/* Words in lines of bearable length, below their heading. */
static void put_paragraph(struct buf *out, const char *text)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column == 0 || column + 1 + len > COLUMNS) {
            buf_puts(out, column == 0 ? "  | " : "\n  | ");
            column = 4;
        } else {
            buf_putc(out, ' ');
            column++;
        }
        buf_put(out, text, len);
        column += len;
        text += len + (text[len] == ' ');
    }
    if (column > 0)
        buf_putc(out, '\n');
}

static void put_time(struct buf *out, uint64_t t_ns)
{
    char text[UNITS_TEXT_MAX];
    buf_puts(out, units_print_duration(t_ns, text));
}

/* A violation tells what happened, by events of somebody that stand in the order of time. */
static int put_events(const struct check_result *res, struct buf *out, struct err *e)
{
    for (size_t i = 0; i < res->events_count; i++) {
        const struct check_event *ev = &res->events[i];
        bool told = ev->what[0] != '\0' && ev->node[0] != '\0' && ev->node[0] != '?';
        if (!told || ev->line == 0 || (i > 0 && ev[-1].t_ns > ev->t_ns))
            return err_set(e, -E_INVALID, "%s: its event %zu says nothing", res->name, i + 1);
        buf_puts(out, "  ");
        put_time(out, ev->t_ns);
        buf_putf(out, " %s: %s\n", ev->node, ev->what);
    }
    return 0;
}

static int put_result(const struct check_result *res, struct buf *out, struct err *e)
{
    if (res->sentence[0] == '\0')
        return err_set(e, -E_INVALID, "%s: no sentence", res->name);
    if (res->verdict == CHECK_OK && res->seen == 0)
        return err_set(e, -E_INVALID, "%s: ok without having compared anything", res->name);
    if (res->verdict == CHECK_VIOLATED && (res->violations == 0 || res->paragraph[0] == '\0'))
        return err_set(e, -E_INVALID, "%s: violated, and no explanation", res->name);
    bool loud = res->verdict == CHECK_VIOLATED || res->verdict == CHECK_UNKNOWN || res->required;
    if (!loud)
        return 0;
    buf_putf(out, "%s %s: %s\n", res->name, check_verdict_name(res->verdict), res->sentence);
    put_paragraph(out, res->paragraph);
    return put_events(res, out, e);
}

static int feed(const struct judge *j, struct check_run *run, struct trace_names *names,
                uint64_t *ret_known_ns, struct err *e)
{
    struct merge m;
    const struct trace_record *rec;
    merge_init(&m, names);
    int rc = merge_add_memory(&m, "trace", buf_str(&j->lines), j->lines.len, e);
    while (rc >= 0 && (rc = merge_next(&m, &rec, e)) == 1) {
        rc = check_feed(run, rec, e);
        if (rc >= 0 && *ret_known_ns == 0 && check_violated(run) != NULL)
            *ret_known_ns = rec->t;
    }
    merge_free(&m);
    return rc;
}

static void put_idle(const struct check_run *run, struct buf *out)
{
    const char *between = "nothing to compare for ";
    for (size_t i = 0; i < check_results_count(run); i++) {
        const struct check_result *res = check_results_at(run, i);
        if (res->verdict != CHECK_VACUOUS)
            continue;
        buf_putf(out, "%s%s", between, res->name);
        between = ", ";
    }
    buf_puts(out, between[0] == ',' ? "\n" : "every checker compared something\n");
}

static int judge_into(const struct judge *j, struct check_run *run, struct trace_names *names,
                      struct buf *out, struct err *e)
{
    uint64_t known_ns = 0;
    int rc = 0;
    for (size_t i = 0; i < j->wants_count && rc == 0; i++)
        rc = check_want(run, j->wants[i].name, &j->wants[i].params, e);
    if (rc == 0)
        rc = feed(j, run, names, &known_ns, e);
    if (rc < 0)
        return rc;
    if (known_ns != 0) {
        buf_puts(out, "known at ");
        put_time(out, known_ns);
        buf_putc(out, '\n');
    }
    check_finish(run);
    for (size_t i = 0; i < check_results_count(run) && rc == 0; i++)
        rc = put_result(check_results_at(run, i), out, e);
    if (rc == 0 && j->tell_idle)
        put_idle(run, out);
    return rc;
}

int judge_run(const struct judge *j, struct buf *out, struct err *e)
{
    struct trace_names names = {0};
    struct check_run *run = check_open(&j->facts, &names);
    int rc = judge_into(j, run, &names, out, e);
    check_free(run);
    return rc;
}
