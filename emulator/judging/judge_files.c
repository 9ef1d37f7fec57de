/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of a run that is over, from its files. */
#include "emulator/judging/judge.h"
#include "emulator/scenario/model.h"
#include "emulator/trace/merge.h"

#include <stdio.h>
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

int judgement_files(struct judgement *j, const struct results *r, struct err *e)
{
    struct merge merge;
    merge_init(&merge, &j->names);
    int code = add_files(&merge, j->scenario, r, e);
    if (code == 0)
        code = feed(j, &merge, e);
    merge_free(&merge);
    return code;
}
