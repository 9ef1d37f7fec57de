/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/simrun.h"

#include "base/buf.h"
#include "base/mem.h"
#include "emulator/scenario/lint.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct scenario *parse(const char *text)
{
    struct scenario_source src;
    struct err e = {0};
    struct buf said = {0};
    assert_int_equal(scenario_source_text(&src, "test", text, strlen(text), &e), 0);
    struct scenario *s = scenario_source_parse(&src);
    if (s == NULL || scenario_lint(s, &src, sim_world()) > 0) {
        diags_render(&src.diags, &said);
        fail_msg("%s", buf_str(&said));
    }
    buf_free(&said);
    scenario_source_close(&src);
    return s;
}

void simrun(struct simrun *r, uint64_t seed, const char *cluster, const char *steps,
            const char *rest)
{
    struct buf text = {0};
    struct err e = {0};
    *r = (struct simrun){0};
    (void)snprintf(r->dir, sizeof(r->dir), "/tmp/simrun-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    buf_putf(&text, "{\"version\":1,\"name\":\"t\",\"cluster\":{%s},\"steps\":[%s]%s}", cluster,
             steps, rest);
    struct scenario *s = parse(buf_str(&text));
    buf_free(&text);
    struct trace_names names = {0};
    const struct sim_options options = {.dir = r->dir, .seed = seed, .names = &names};
    if (sim_run(s, &options, &r->outcome, &e) < 0)
        fail_msg("%s", e.text);
    scenario_free(s);
}

void simrun_comes_true(const char *steps, const char *rest, uint64_t seeds, bool wanted)
{
    struct buf text = {0};
    buf_putf(&text, "%s%s", SIMRUN_LEADER, steps);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct simrun r;
        simrun(&r, seed, SIMRUN_CLUSTER, buf_str(&text), rest);
        if (r.outcome.runner.failed == wanted)
            fail_msg("seed %llu: %s: %s", (unsigned long long)seed, steps,
                     wanted ? r.outcome.runner.sentence : "it came true");
        simrun_close(&r);
    }
    buf_free(&text);
}

void simrun_assert_done(const struct simrun *r)
{
    if (r->outcome.runner.failed)
        fail_msg("%s", r->outcome.runner.sentence);
}

char *simrun_file(const struct simrun *r, const char *name)
{
    char path[PATH_MAX];
    struct buf text = {0};
    char chunk[4096];
    size_t len;
    (void)snprintf(path, sizeof(path), "%s/%s", r->dir, name);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    while ((len = fread(chunk, 1, sizeof(chunk), f)) > 0)
        buf_put(&text, chunk, len);
    (void)fclose(f);
    char *copy = mem_strdup(buf_str(&text));
    buf_free(&text);
    return copy;
}

static int delete_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

void simrun_close(struct simrun *r)
{
    assert_int_equal(nftw(r->dir, delete_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}
