/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/judge_history.h"

#include "base/units.h"
#include "emulator/check/lin/lin.h"
#include "emulator/check/verdict.h"
#include "emulator/cmd.h"
#include "emulator/commands/progress.h"
#include "emulator/commands/shell_word.h"
#include "emulator/formats/foreign.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static int refused(const char *path, int code, const struct err *e)
{
    struct buf text = {0};
    cmd_error("%s: %s", path, visible_text(&text, e->text));
    buf_free(&text);
    return code == -E_IO || code == -E_NOTFOUND || code == -E_PERMISSION ? EXIT_NO_INPUT
                                                                         : EXIT_BAD_SCENARIO;
}

static void say_head(const char *path, const struct foreign_about *about, const char *model)
{
    (void)printf("%s   %s · %s%s%s%s\n", path, about->format, about->mixed ? "" : "model ",
                 about->model,
                 model == NULL && !about->mixed ? " (by its operations; --model for another)" : "",
                 about->independent ? " · values are [key value]" : "");
    if (about->skipped > 0)
        (void)printf("  skipped    lines that are no client's: %llu\n",
                     (unsigned long long)about->skipped);
    if (about->dense)
        (void)printf("  clock      its times are too close for nanoseconds: 7 s is its time 7\n");
    if (about->timed)
        return;
    const char *unit = about->one_a_line ? "line" : "entry";
    if (about->backwards_line > 0 && about->untimed_line == 0)
        (void)printf("  clock      the times run backwards at line %llu: the order of the file "
                     "counts, and 7 s is its %s 7\n",
                     (unsigned long long)about->backwards_line, unit);
    else
        (void)printf("  clock      %s: the order of the file counts, and 7 s is its %s 7\n",
                     about->untimed_line > 1 ? "some lines have no time" : "no times", unit);
}

/* Transactions of several operations happen as a whole, over all keys. A key that is wrong by
 * itself needs no more. */
static int judge_whole(struct foreign *f, enum check_verdict so_far, struct check_result *ret,
                       struct err *e)
{
    struct txns t = {0};
    *ret = (struct check_result){0};
    if (!foreign_about(f).transactions || so_far > CHECK_VACUOUS)
        return 0;
    int code = foreign_transactions(f, &t, e);
    if (code == 0)
        txns_judge(&t, ret);
    txns_free(&t);
    return code;
}

static unsigned long long counter(const struct check_run *run, const char *name)
{
    for (size_t i = 0; i < check_counters_count(run); i++) {
        struct check_counter c = check_counters_at(run, i);
        if (strcmp(c.name, name) == 0)
            return c.value;
    }
    return 0;
}

/* Checks that only a trace could feed have nothing to say about a history. */
static void say_results(const struct check_run *run, uint64_t began_ns, struct tally *tally)
{
    (void)printf("  done: %llu ok, %llu fail, %llu unknown · judged in %.2f s\n",
                 counter(run, "opsOk"), counter(run, "opsFail"), counter(run, "opsUnknown"),
                 (double)(now_ns() - began_ns) / 1e9);
    for (size_t i = 0; i < check_results_count(run); i++) {
        const struct check_result *res = check_results_at(run, i);
        if (res->required || res->verdict == CHECK_VIOLATED)
            progress_result(res, tally);
    }
}

static int feed(void *arg, const struct trace_record *rec, struct err *e)
{
    return check_feed(arg, rec, e);
}

static int judge(struct foreign *f, const char *path, const char *model, uint64_t began_ns)
{
    struct trace_names names = {0};
    struct check_facts facts = {.counts = foreign_about(f).counts};
    struct err e = {0};
    struct tally tally = {0};
    struct check_run *run = check_open(&facts, &names);
    int code = check_want(run, "linearizable", NULL, &e);
    if (code == 0)
        code = foreign_play(f, feed, run, &e);
    if (code < 0) {
        check_free(run);
        return refused(path, code, &e);
    }
    check_finish(run);
    struct foreign_about about = foreign_about(f);
    enum check_verdict overall = verdict_of(run).overall;
    struct check_result whole;
    code = judge_whole(f, overall, &whole, &e);
    ASSERT(code == 0); /* it was played before */
    say_head(path, &about, model);
    say_results(run, began_ns, &tally);
    if (whole.name != NULL)
        progress_result(&whole, &tally);
    if (whole.verdict > overall)
        overall = whole.verdict;
    struct buf word = {0};
    if (tally.failed > 0)
        (void)printf("  reproduce  raft-emulator check %s%s%s\n", shell_word(&word, path),
                     about.mixed ? "" : " --model ", about.mixed ? "" : about.model);
    buf_free(&word);
    progress_tally(&tally);
    check_free(run);
    return verdict_exit_code(overall);
}

int judge_history(const char *path, const char *model)
{
    uint64_t began_ns = now_ns();
    struct foreign *f = NULL;
    struct err e = {0};
    int code = foreign_open(path, &f, &e);
    if (code == 0)
        code = foreign_choose(
            f, model == NULL ? FOREIGN_GUESS : (enum lin_data)lin_data_find(model), &e);
    if (code < 0) {
        foreign_free(f);
        return refused(path, code, &e);
    }
    code = judge(f, path, model, began_ns);
    foreign_free(f);
    return code;
}
