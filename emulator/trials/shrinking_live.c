/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs on real processes, one after the other: each is `raft-emulator run` of this very program, so
 * that it cleans up behind itself as ever. */
#include "base/mem.h"
#include "emulator/cmd.h"
#include "emulator/scenario/json.h"
#include "emulator/scenario/print.h"
#include "emulator/trials/shrinking.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CANDIDATE "candidate.json"
#define SAID      "said.txt"

/* Where one run's files are; all below the scratch directory. */
struct live_paths {
    char candidate[PATH_MAX + 32], said[PATH_MAX + 32], runs[PATH_MAX + 32];
};

static struct live_paths paths_in(const char *scratch)
{
    struct live_paths p;
    (void)snprintf(p.candidate, sizeof(p.candidate), "%s/%s", scratch, CANDIDATE);
    (void)snprintf(p.said, sizeof(p.said), "%s/%s", scratch, SAID);
    (void)snprintf(p.runs, sizeof(p.runs), "%s/runs", scratch);
    return p;
}

static int write_candidate(const struct shrinking *s, const struct scenario *scenario,
                           struct err *e)
{
    struct buf text = {0};
    struct results r = {0};
    (void)snprintf(r.dir, sizeof(r.dir), "%s", s->scratch);
    scenario_print(scenario, &text);
    int code = results_write(&r, CANDIDATE, &text, e);
    buf_free(&text);
    return code;
}

_Noreturn static void child(const struct shrinking *s, const struct live_paths *p, uint64_t seed)
{
    char text[32];
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)snprintf(text, sizeof(text), "0x%llX", (unsigned long long)seed);
    int fd = open(p->said, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(EXIT_INTERNAL);
    (void)execl("/proc/self/exe", "raft-emulator", "run", p->candidate, "--seed", text, "--runs",
                p->runs, "--keep", "fail", "--quiet", "--raftd", s->raftd, (char *)NULL);
    _exit(EXIT_INTERNAL);
}

/* What was asked to end cleans up its namespaces first. */
static int wait_for(const struct shrinking *s, pid_t pid)
{
    int status = 0;
    bool told = false;
    for (;;) {
        if (*s->stop != 0 && !told) {
            (void)kill(pid, SIGTERM);
            told = true;
        }
        if (waitpid(pid, &status, 0) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_INTERNAL;
        if (errno != EINTR)
            return EXIT_INTERNAL;
    }
}

/* The sentence that decided, from the newest run's verdict.json. */
static void read_sentence(const struct live_paths *p, char *out, size_t size)
{
    char path[PATH_MAX + 64];
    struct diags diags;
    (void)snprintf(path, sizeof(path), "%s/latest/verdict.json", p->runs);
    out[0] = '\0';
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return;
    char *text = mem_alloc(JSON_BYTES_MAX);
    size_t len = fread(text, 1, JSON_BYTES_MAX, f);
    (void)fclose(f);
    diags_init(&diags, path, text, len);
    struct json_doc *doc = json_read(text, len, &diags);
    const struct json *v = doc == NULL ? NULL : json_get(json_root(doc), "sentence");
    if (v != NULL && v->type == JSON_STRING)
        (void)snprintf(out, size, "%s", v->text);
    json_free(doc);
    diags_free(&diags);
    mem_free(text);
}

/* 0: it was run, and *ret says how it failed, or not. */
static int run_once(const struct shrinking *s, uint64_t seed, struct failure *ret, struct err *e)
{
    const struct live_paths p = paths_in(s->scratch);
    char sentence[SWEEP_SENTENCE_MAX];
    struct results runs = {0};
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "shrink: fork");
    if (pid == 0)
        child(s, &p, seed);
    int exit_code = wait_for(s, pid);
    if (*s->stop != 0)
        return err_set(e, -E_LIMIT, "shrink: stopped");
    if (exit_code == EXIT_CANNOT_RUN || exit_code == EXIT_SUT || exit_code == EXIT_USAGE)
        return err_set(e, -E_UNSUPPORTED,
                       "shrink: the scenario cannot run on real processes here\n"
                       "  why: raft-emulator run says (raft-emulator doctor looks closer)");
    read_sentence(&p, sentence, sizeof(sentence));
    /* A broken run of the laboratory proves nothing about the nodes. */
    *ret = exit_code == EXIT_CHECK_FAILED ? failure_of(exit_code, sentence)
                                          : (struct failure){.kind = FAILURE_NONE};
    (void)snprintf(runs.dir, sizeof(runs.dir), "%.*s", PATH_MAX - 1, p.runs);
    return results_remove(&runs, e);
}

/* 1: fails as often as it must. */
static int vote(struct shrinking *s, const struct scenario *scenario, uint64_t seed, struct err *e)
{
    unsigned failed = 0, passed = 0;
    int code = write_candidate(s, scenario, e);
    while (code == 0 && failure_votes(failed, passed, s->runs, s->fails) == VOTES_OPEN) {
        struct failure f;
        if (s->runs_left == 0)
            return err_set(e, -E_LIMIT, "shrink: no runs are left");
        s->runs_left--;
        s->runs_done++;
        code = run_once(s, seed + failed + passed, &f, e);
        if (code < 0)
            return code;
        bool same = shrinking_matches(s, &f);
        if (same && s->wanted.kind == FAILURE_NONE)
            s->wanted = f;
        failed += same;
        passed += !same;
    }
    if (code < 0)
        return code;
    return failure_votes(failed, passed, s->runs, s->fails) == VOTES_FAILS;
}

int shrinking_live(void *arg, const struct scenario *const *list, size_t count, uint64_t seed,
                   struct shrink_hit *ret, struct err *e)
{
    struct shrinking *s = arg;
    for (size_t i = 0; i < count; i++) {
        int code = vote(s, list[i], seed, e);
        if (code == 1)
            *ret = (struct shrink_hit){.which = i, .seed = seed};
        if (code != 0)
            return code;
    }
    return 0;
}
