/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of a run that is over, from its files. */
#include "emulator/judging/judge.h"
#include "emulator/scenario/model.h"
#include "emulator/trace/merge.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILES_BEFORE 2 /* history and faults; then the nodes' */

static int add_files(struct merge *m, const struct scenario *s, const struct results *r,
                     struct err *e)
{
    char path[PATH_MAX + 64];
    static const char *const files[FILES_BEFORE] = {"history.ndjson", "faults.ndjson"};
    int code = 0;
    for (size_t i = 0; i < ARRAY_LEN(files) && code == 0; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", r->dir, files[i]);
        code = merge_add_file(m, path, e);
    }
    for (size_t i = 0; i < scenario_nodes_count(s) && code == 0; i++) {
        (void)snprintf(path, sizeof(path), "%s/trace/n%zu.ndjson", r->dir, i + 1);
        /* A spare that was never started has none. */
        if (i < s->cluster.voters || access(path, F_OK) == 0)
            code = merge_add_file(m, path, e);
    }
    return code;
}

/* The last record of a node, by the number of its file. An incarnation numbers its records from 1,
 * and the record of its crash, which the world writes, is its last. */
struct followed {
    bool any;
    bool ended;
    uint64_t disk;
    uint64_t inc;
    uint64_t seq;
};

static int follow(struct followed *f, const struct trace_record *rec, struct err *e)
{
    bool same = f->any && !f->ended && rec->disk == f->disk && rec->inc == f->inc;
    uint64_t expected = same ? f->seq + 1 : 1;
    if (rec->seq != expected)
        return err_set(e, -E_CORRUPT, "the trace is incomplete: seq %llu where %llu is due",
                       (unsigned long long)rec->seq, (unsigned long long)expected);
    if (f->any && !f->ended && !same)
        return err_set(e, -E_CORRUPT,
                       "the trace is incomplete: a new incarnation, and the end of the one before "
                       "(crashed) is missing");
    *f = (struct followed){.any = true,
                           .ended = rec->ev == TRACE_crashed,
                           .disk = rec->disk,
                           .inc = rec->inc,
                           .seq = rec->seq};
    return 0;
}

/* A run that its judge stopped ends anywhere. */
static int check_ends(const struct judgement *j, const struct merge *m,
                      const struct followed followed[], struct err *e)
{
    for (size_t i = FILES_BEFORE; i < m->count; i++) {
        const struct merge_source *s = m->sources[i];
        if (s->torn)
            return err_set(e, -E_CORRUPT, "%s: line %llu: the trace is cut in the middle of it",
                           s->name, (unsigned long long)s->line);
        if (!followed[i].ended && !j->stop.stopped)
            return err_set(e, -E_CORRUPT,
                           "%s: line %llu: the trace is incomplete: it ends after seq %llu "
                           "without the end of its node (crashed)",
                           s->name, (unsigned long long)s->line,
                           (unsigned long long)followed[i].seq);
    }
    return 0;
}

static int feed(struct judgement *j, struct merge *m, bool whole, struct err *e)
{
    struct followed followed[MERGE_SOURCES_MAX] = {0};
    const struct trace_record *rec;
    int code;
    while ((code = merge_next(m, &rec, e)) > 0) {
        code = whole && m->current >= FILES_BEFORE ? follow(&followed[m->current], rec, e) : 0;
        if (code == 0)
            code = judgement_feed(j, rec, e);
        if (code < 0)
            return err_wrap(e, "%s: line %llu", merge_source_name(m),
                            (unsigned long long)rec->line);
    }
    return code == 0 && whole ? check_ends(j, m, followed, e) : code;
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

int judgement_files(struct judgement *j, const struct results *r, bool whole, struct err *e)
{
    struct merge merge;
    merge_init(&merge, &j->names);
    int code = add_files(&merge, j->scenario, r, e);
    if (code == 0)
        code = feed(j, &merge, whole, e);
    if (code == 0)
        code = add_printed(j, r, e);
    merge_free(&merge);
    return code;
}
