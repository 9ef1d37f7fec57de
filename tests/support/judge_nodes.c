/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/judge_nodes.h"

#include "emulator/check/check.h"
#include "emulator/trace/reader.h"

#include <stdio.h>
#include <string.h>

static char sentence[1024];

static bool feed(struct check_run *run, struct trace_names *names, const struct buf *events)
{
    struct trace_reader reader;
    struct err e = {0};
    uint64_t line = 0;
    int code = 0;
    trace_reader_init(&reader, names);
    for (const char *at = events->data, *end = at + events->len; at < end && code == 0;) {
        struct trace_record rec;
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        ASSERT(stop != NULL);
        code = trace_read_line(&reader, at, (size_t)(stop - at), ++line, &rec, &e);
        if (code == 0)
            code = check_feed(run, &rec, &e);
        if (code < 0)
            (void)snprintf(sentence, sizeof(sentence), "line %llu: %s", (unsigned long long)line,
                           e.text);
        at = stop + 1;
    }
    trace_reader_free(&reader);
    return code == 0;
}

static void look(const struct check_run *run, const char *must_see)
{
    bool seen = must_see == NULL;
    for (size_t i = 0; i < check_results_count(run) && sentence[0] == '\0'; i++) {
        const struct check_result *r = check_results_at(run, i);
        if (r->verdict == CHECK_VIOLATED)
            (void)snprintf(sentence, sizeof(sentence), "%s: %s", r->name, r->sentence);
        if (must_see != NULL && strcmp(r->name, must_see) == 0 && r->seen > 0)
            seen = true;
    }
    if (!seen && sentence[0] == '\0')
        (void)snprintf(sentence, sizeof(sentence), "%s compared nothing", must_see);
}

const char *judge_nodes(const struct nodes *n, const char *must_see)
{
    static const char *const names_of[] = {"n1", "n2", "n3", "n4", "n5"};
    struct trace_names names = {0};
    const char *harmed[NODES_MAX];
    struct check_facts facts = {
        .voters = names_of, .voters_count = n->founders, .bad_disks = harmed};
    for (unsigned i = 0; i < n->count; i++) {
        if (n->one[i].harmed)
            harmed[facts.bad_disks_count++] = n->one[i].name;
    }
    struct check_run *run = check_open(&facts, &names);
    sentence[0] = '\0';
    if (feed(run, &names, &n->events)) {
        check_finish(run);
        look(run, must_see);
    }
    check_free(run);
    return sentence[0] == '\0' ? NULL : sentence;
}
