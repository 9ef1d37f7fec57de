/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check_runner [--rewrite] FILE...: traces, and what the judges say of them. */
#include "base/mem.h"
#include "base/units.h"
#include "tests/check/judge.h"
#include "tests/support/script_main.h"
#include "tests/support/tracetext.h"
#include "tests/support/words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const voters[] = {"n1", "n2", "n3"};

/* Three voters, election timeouts of 100 to 200 ms. */
static void begin(struct judge *j)
{
    judge_free(j);
    j->facts = (struct check_facts){.voters = voters,
                                    .voters_count = ARRAY_LEN(voters),
                                    .election_timeout_ns_min = 100 * NS_PER_MS,
                                    .election_timeout_ns_max = 200 * NS_PER_MS};
}

/* Adds a trace that many stories begin with, from traces/NAME.txt. */
static int add_trace(struct judge *j, const char *name, struct err *e)
{
    char path[512], line[1024];
    int rc = 0;
    (void)snprintf(path, sizeof(path), "%s/%s.txt", CHECK_TRACES, name);
    FILE *f = strchr(name, '/') == NULL ? fopen(path, "r") : NULL;
    if (f == NULL)
        return err_set(e, -E_NOTFOUND, "no trace %s", path);
    while (rc == 0 && fgets(line, sizeof(line), f) != NULL) {
        if (line[0] != '#')
            rc = tracetext_expand(line, &j->lines, e);
    }
    (void)fclose(f);
    return rc < 0 ? err_wrap(e, "%s: %s", path, line) : 0;
}

static int verb_trace(struct judge *j, struct words *w, struct buf *out)
{
    (void)out;
    while (words_peek(w) != NULL && w->err.code == 0) {
        if (add_trace(j, words_next(w), &w->err) < 0)
            return w->err.code;
    }
    return words_end(w);
}

static int verb_election(struct judge *j, struct words *w, struct buf *out)
{
    (void)out;
    j->facts.election_timeout_ns_min = words_duration(w);
    j->facts.election_timeout_ns_max = words_duration(w);
    return words_end(w);
}

static int verb_fact(struct judge *j, struct words *w, struct buf *out)
{
    (void)out;
    if (words_take(w, "end"))
        j->facts.end_ns = words_duration(w);
    else if (words_take(w, "stalled"))
        j->facts.host_stall_ns = words_duration(w);
    else if (words_take(w, "clocks-bent"))
        j->facts.clock_faults = true;
    else if (words_take(w, "clocks-beyond"))
        j->facts.clocks_beyond = "the scenario made n1's run at half its rate";
    else if (words_take(w, "recovered-by-force"))
        j->facts.forced_recovery = true;
    else
        words_fail(w, "no such fact", words_next(w));
    return words_end(w);
}

static void want_word(struct judge_want *want, struct words *w)
{
    const char **to = words_take(w, "error")     ? &want->params.error
                      : words_take(w, "pattern") ? &want->params.pattern
                      : words_take(w, "who")     ? &want->who
                                                 : NULL;
    if (to == NULL)
        return; /* the line does not end here, which is said */
    (void)snprintf(want->text, sizeof(want->text), "%s", words_next(w));
    *to = want->text;
    want->params.nodes = &want->who;
    want->params.nodes_count = want->who != NULL;
}

static int verb_want(struct judge *j, struct words *w, struct buf *out)
{
    (void)out;
    if (j->wants_count == JUDGE_WANTS_MAX) {
        words_fail(w, "too much is wanted", words_next(w));
        return w->err.code;
    }
    struct judge_want *want = &j->wants[j->wants_count++];
    (void)snprintf(want->name, sizeof(want->name), "%s", words_next(w));
    if (words_take(w, "within"))
        want->params.within_ns = words_duration(w);
    if (words_take(w, "max"))
        want->params.max = words_number(w);
    if (words_take(w, "min"))
        want->params.min = words_number(w);
    if (words_take(w, "code"))
        want->params.code = words_number(w);
    if (words_peek(w) != NULL) /* error, pattern: a word */
        want_word(want, w);
    return words_end(w);
}

/* What was said before is forgotten afterwards. */
static int verb_judge(struct judge *j, struct words *w, struct buf *out)
{
    j->tell_idle = words_take(w, "idle");
    if (words_end(w) < 0)
        return w->err.code;
    int rc = judge_run(j, out, &w->err);
    begin(j);
    return rc;
}

static const struct {
    const char *name;
    int (*run)(struct judge *j, struct words *w, struct buf *out);
} verbs[] = {{"trace", verb_trace},
             {"election", verb_election},
             {"fact", verb_fact},
             {"want", verb_want},
             {"judge", verb_judge}};

static int run_line(void *arg, const char *line, struct buf *out, struct err *e)
{
    struct judge *j = arg;
    struct words w;
    if (isdigit((unsigned char)line[0]))
        return tracetext_expand(line, &j->lines, e);
    words_split(&w, line);
    const char *name = words_next(&w);
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (strcmp(verbs[i].name, name) != 0)
            continue;
        int rc = verbs[i].run(j, &w, out);
        if (rc < 0)
            *e = w.err;
        return rc;
    }
    return err_set(e, -E_INVALID, "no such verb: %s", name);
}

static void *open_judge(void)
{
    struct judge *j = mem_alloc(sizeof(*j));
    begin(j);
    return j;
}

static void close_judge(void *arg)
{
    judge_free(arg);
    free(arg);
}

int main(int argc, char **argv)
{
    return script_main(argc, argv, &(struct script_tier){open_judge, run_line, close_judge});
}
