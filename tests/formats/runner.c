/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formats_runner [--rewrite] FILE...: histories from elsewhere, and what is made of them. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/check/verdict.h"
#include "emulator/formats/foreign.h"
#include "tests/support/script_main.h"

#include <stdlib.h>
#include <string.h>

static int feed(void *arg, const struct trace_record *rec, struct err *e)
{
    return check_feed(arg, rec, e);
}

static void put_about(struct buf *out, const struct foreign_about *about)
{
    buf_putf(out, "%s, %s", about->format, about->model);
    if (about->independent)
        buf_puts(out, ", [key value]");
    if (about->skipped > 0)
        buf_putf(out, ", %llu lines skipped", (unsigned long long)about->skipped);
    if (about->dense)
        buf_puts(out, ", times are too close for nanoseconds");
    if (!about->timed)
        buf_putf(out, ", times are %s", about->one_a_line ? "lines" : "entries");
    if (about->transactions)
        buf_puts(out, ", transactions");
    buf_putc(out, '\n');
}

/* Of a violated key its name and what is wrong with it: the whole sentence is told by the judges'
 * own stories. */
static void put_result(struct buf *out, const struct check_result *res)
{
    char text[UNITS_TEXT_MAX];
    const char *end = res->verdict == CHECK_VIOLATED && strncmp(res->sentence, "key ", 4) == 0
                          ? strstr(res->sentence, ": ")
                          : NULL;
    size_t len = end != NULL ? (size_t)(end - res->sentence) : strlen(res->sentence);
    buf_putf(out, "%s %s: %.*s\n", res->name, check_verdict_name(res->verdict), (int)len,
             res->sentence);
    for (size_t i = 0; i < res->events_count; i++) {
        const struct check_event *ev = &res->events[i];
        buf_putf(out, "  line %llu: %s %s: %s\n", (unsigned long long)ev->line,
                 units_print_duration(ev->t_ns, text), ev->node, ev->what);
    }
}

/* Transactions of several operations, once every key is right by itself. */
static int judge_whole(struct foreign *f, struct buf *out, struct err *e)
{
    struct txns t = {0};
    struct check_result res;
    int code = foreign_transactions(f, &t, e);
    if (code == 0) {
        txns_judge(&t, &res);
        put_result(out, &res);
    }
    txns_free(&t);
    return code;
}

/* Judges, and says in out what a person would be told. Errors are texts, too. */
static int judge(struct foreign *f, struct buf *out, struct err *e)
{
    struct trace_names names = {0};
    struct check_facts facts = {.counts = foreign_about(f).counts};
    struct check_run *run = check_open(&facts, &names);
    int code = check_want(run, "linearizable", NULL, e);
    if (code == 0)
        code = foreign_play(f, feed, run, e);
    if (code == 0) {
        struct foreign_about about = foreign_about(f);
        check_finish(run);
        put_about(out, &about);
    }
    for (size_t i = 0; code == 0 && i < check_results_count(run); i++) {
        const struct check_result *res = check_results_at(run, i);
        if (res->required || res->verdict == CHECK_VIOLATED)
            put_result(out, res);
    }
    if (code == 0 && foreign_about(f).transactions && verdict_of(run).overall <= CHECK_VACUOUS)
        code = judge_whole(f, out, e);
    check_free(run);
    return code;
}

static int check(struct buf *file, const char *model, struct buf *out, struct err *e)
{
    struct foreign *f = NULL;
    struct err told = {0};
    int found = *model == '\0' ? (int)FOREIGN_GUESS : lin_data_find(model);
    if (found < 0)
        return err_set(e, -E_INVALID, "no model %s", model);
    int code = foreign_read(buf_str(file), file->len, &f, &told);
    if (code == 0)
        code = foreign_choose(f, (enum lin_data)found, &told);
    if (code == 0)
        code = judge(f, out, &told);
    if (code < 0)
        buf_putf(out, "refused: %s\n", told.text);
    foreign_free(f);
    buf_reset(file);
    return 0;
}

static int run_line(void *arg, const char *line, struct buf *out, struct err *e)
{
    struct buf *file = arg;
    if (strcmp(line, "check") == 0)
        return check(file, "", out, e);
    if (strncmp(line, "check ", 6) == 0)
        return check(file, line + 6, out, e);
    buf_putf(file, "%s\n", line);
    return 0;
}

static void *open_file(void)
{
    return mem_alloc(sizeof(struct buf));
}

static void close_file(void *arg)
{
    buf_free(arg);
    free(arg);
}

int main(int argc, char **argv)
{
    return script_main(argc, argv, &(struct script_tier){open_file, run_line, close_file});
}
