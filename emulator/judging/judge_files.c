/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of a run that is over, from its files. */
#include "emulator/judging/judge.h"
#include "emulator/scenario/model.h"
#include "emulator/trace/merge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILES_BEFORE 2 /* history and faults; then the nodes' */

/* Did it ever run? Runs that did not write down who started tell it of the voters alone. */
static bool has_run(const struct judgement *j, nodeset started, unsigned node)
{
    return node < j->scenario->cluster.voters || (started >> node & 1) != 0;
}

static int add_files(struct merge *m, const struct judgement *j, const struct results *r,
                     nodeset started, struct err *e)
{
    char path[PATH_MAX + 64];
    static const char *const files[FILES_BEFORE] = {"history.ndjson", "faults.ndjson"};
    int code = 0;
    for (size_t i = 0; i < ARRAY_LEN(files) && code == 0; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", r->dir, files[i]);
        code = merge_add_file(m, path, e);
    }
    for (unsigned i = 0; i < scenario_nodes_count(j->scenario) && code == 0; i++) {
        (void)snprintf(path, sizeof(path), "%s/trace/n%u.ndjson", r->dir, i + 1);
        if (has_run(j, started, i) || access(path, F_OK) == 0)
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
    for (size_t i = 0; i < m->count; i++) {
        const struct merge_source *s = m->sources[i];
        if (s->torn)
            return err_set(e, -E_CORRUPT, "%s: line %llu: the trace is cut in the middle of it",
                           s->name, (unsigned long long)s->lines.number);
        if (i >= FILES_BEFORE && !followed[i].ended && !j->stop.stopped)
            return err_set(e, -E_CORRUPT,
                           "%s: line %llu: the trace is incomplete: it ends after seq %llu "
                           "without the end of its node (crashed)",
                           s->name, (unsigned long long)s->lines.number,
                           (unsigned long long)followed[i].seq);
    }
    return 0;
}

/* A gap is an error in a trace that is to be whole; in another the first one is worth a remark. */
static int met_gap(struct judgement *j, bool whole, const struct err *gap, struct err *e)
{
    if (whole)
        return err_set(e, gap->code, "%s", gap->text);
    (void)snprintf(j->gap, sizeof(j->gap), "%s", gap->text);
    return 0;
}

static int feed(struct judgement *j, struct merge *m, bool whole, struct err *e)
{
    struct followed followed[MERGE_SOURCES_MAX] = {0};
    struct err gap = {0};
    const struct trace_record *rec;
    int code;
    while ((code = merge_next(m, &rec, e)) > 0) {
        unsigned long long line = rec->line;
        bool follows = j->gap[0] == '\0' && m->current >= FILES_BEFORE;
        if (follows && follow(&followed[m->current], rec, &gap) < 0) {
            (void)err_wrap(&gap, "%s: line %llu", merge_source_name(m), line);
            code = met_gap(j, whole, &gap, e);
            if (code < 0)
                return code;
        }
        code = judgement_feed(j, rec, e);
        if (code < 0)
            return err_wrap(e, "%s: line %llu", merge_source_name(m), line);
    }
    if (code == 0 && j->gap[0] == '\0' && check_ends(j, m, followed, &gap) < 0)
        code = met_gap(j, whole, &gap, e);
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
static int add_printed(struct judgement *j, const struct results *r, nodeset started, struct err *e)
{
    char path[PATH_MAX + 64];
    int code = 0;
    if (scenario_expect_find(j->scenario, CHECKER_noSanitizerReport) == NULL &&
        scenario_expect_find(j->scenario, CHECKER_logHasNo) == NULL)
        return 0;
    for (unsigned i = 0; i < scenario_nodes_count(j->scenario) && code == 0; i++) {
        (void)snprintf(path, sizeof(path), "%s/nodes/n%u/log", r->dir, i + 1);
        FILE *f = fopen(path, "re");
        if (f == NULL && (started >> i & 1) != 0)
            return err_set_errno(e, -E_NOTFOUND, errno, "%s", path);
        if (f == NULL)
            continue;
        char name[16];
        int len = snprintf(name, sizeof(name), "n%u", i + 1);
        code = feed_printed(j, trace_names_add(&j->names, name, (size_t)len), f, e);
        (void)fclose(f);
    }
    return code;
}

int judgement_files(struct judgement *j, const struct results *r, bool whole, nodeset started,
                    struct err *e)
{
    struct merge merge;
    merge_init(&merge, &j->names);
    int code = add_files(&merge, j, r, started, e);
    if (code == 0)
        code = feed(j, &merge, whole, e);
    if (code == 0)
        code = add_printed(j, r, started, e);
    merge_free(&merge);
    return code;
}
