/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim_sweep.h"

#include "child.h"

#include <stdio.h>

static int write_story(const struct scratch *scratch, const struct sim_story *story,
                       char path[PATH_MAX], struct err *e)
{
    struct buf text = {0};
    scratch_path(scratch, "story.json", path);
    sim_story_write(story, &text);
    FILE *f = fopen(path, "we");
    bool ok = f != NULL && fwrite(text.data, 1, text.len, f) == text.len;
    ok = (f == NULL || fclose(f) == 0) && ok;
    buf_free(&text);
    return ok ? 0 : err_set(e, -E_IO, "bench: %s: cannot be written", path);
}

int sim_sweep(const struct scratch *scratch, const char *emulator, const struct sim_story *story,
              unsigned seeds, unsigned jobs, uint64_t *ret_ns, struct err *e)
{
    char path[PATH_MAX], runs[PATH_MAX], log[PATH_MAX], jobs_text[16], seeds_text[32];
    struct child child;
    int code = write_story(scratch, story, path, e);
    if (code < 0)
        return code;
    scratch_path(scratch, "runs", runs);
    scratch_path(scratch, "log", log);
    (void)snprintf(jobs_text, sizeof(jobs_text), "%u", jobs);
    (void)snprintf(seeds_text, sizeof(seeds_text), "1..%u", seeds);
    const char *argv[] = {emulator,  "sweep", path,     "--seeds", seeds_text, "--jobs",
                          jobs_text, "-q",    "--runs", runs,      NULL};
    uint64_t began_ns = bench_now_ns();
    code = child_start(&child, argv, log, e);
    if (code < 0)
        return code;
    int exit_code = child_wait(&child);
    *ret_ns = bench_now_ns() - began_ns;
    if (exit_code == 0)
        return 0;
    struct buf said = {0};
    struct err ignored;
    if (read_file_end(log, 1000, &said, &ignored) == 0)
        (void)fputs(buf_str(&said), stderr);
    buf_free(&said);
    return err_set(e, -E_CLOSED, "bench: the sweep ended with exit code %d", exit_code);
}
