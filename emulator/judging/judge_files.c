/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of a run that is over, from its files. */
#include "emulator/judging/judge.h"
#include "emulator/scenario/model.h"
#include "emulator/trace/merge.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int add_files(struct merge *m, const struct scenario *s, const struct results *r,
                     struct err *e)
{
    char path[PATH_MAX + 64];
    static const char *const files[] = {"history.ndjson", "faults.ndjson"};
    int code = 0;
    for (size_t i = 0; i < ARRAY_LEN(files) && code == 0; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", r->dir, files[i]);
        code = merge_add_file(m, path, e);
    }
    for (size_t i = 0; i < scenario_nodes_count(s) && code == 0; i++) {
        (void)snprintf(path, sizeof(path), "%s/trace/n%zu.ndjson", r->dir, i + 1);
        if (access(path, F_OK) == 0) /* a spare that was never started has none */
            code = merge_add_file(m, path, e);
    }
    return code;
}

static int feed(struct judgement *j, struct merge *m, struct err *e)
{
    const struct trace_record *rec;
    int code;
    while ((code = merge_next(m, &rec, e)) > 0) {
        code = judgement_feed(j, rec, e);
        if (code < 0)
            return err_wrap(e, "%s: line %llu", merge_source_name(m),
                            (unsigned long long)rec->line);
    }
    return code;
}

/* One line of what a node's process printed; a longer one comes in pieces. */
#define PRINTED_MAX 4096

static int feed_printed(struct judgement *j, int node, FILE *f, struct err *e)
{
    char text[PRINTED_MAX];
    int code = 0;
    for (uint64_t line = 1; code == 0 && fgets(text, sizeof(text), f) != NULL; line++) {
        struct trace_record rec;
        size_t len = strlen(text);
        trace_record_init(&rec, TRACE_logLine);
        rec.line = line;
        TRACE_PUT(&rec, t, j->last_ns);
        TRACE_PUT(&rec, node, node);
        TRACE_PUT(&rec, what,
                  ((struct trace_text){text, len > 0 && text[len - 1] == '\n' ? len - 1 : len}));
        code = judgement_feed(j, &rec, e);
    }
    return code;
}

/* When it was printed is not known: it stands at the end of everything. */
static int add_printed(struct judgement *j, const struct results *r, struct err *e)
{
    char path[PATH_MAX + 64];
    int code = 0;
    if (scenario_expect_find(j->scenario, CHECKER_noSanitizerReport) == NULL &&
        scenario_expect_find(j->scenario, CHECKER_logHasNo) == NULL)
        return 0;
    for (unsigned i = 0; i < scenario_nodes_count(j->scenario) && code == 0; i++) {
        (void)snprintf(path, sizeof(path), "%s/nodes/n%u/log", r->dir, i + 1);
        FILE *f = fopen(path, "re");
        if (f == NULL)
            continue; /* a spare that was never started has none */
        char name[16];
        int len = snprintf(name, sizeof(name), "n%u", i + 1);
        code = feed_printed(j, trace_names_add(&j->names, name, (size_t)len), f, e);
        (void)fclose(f);
    }
    return code;
}

int judgement_files(struct judgement *j, const struct results *r, struct err *e)
{
    struct merge merge;
    merge_init(&merge, &j->names);
    int code = add_files(&merge, j->scenario, r, e);
    if (code == 0)
        code = feed(j, &merge, e);
    if (code == 0)
        code = add_printed(j, r, e);
    merge_free(&merge);
    return code;
}
