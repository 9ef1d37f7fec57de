/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trials/live_job.h"

#include "base/mem.h"
#include "emulator/cmd.h"
#include "emulator/scenario/json.h"
#include "emulator/scenario/print.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CANDIDATE "candidate.json"
#define SAID      "said.txt"
#define KINDS_MAX 16
#define KIND_MAX  32

/* Where the run's files are; all below the job's directory. */
struct paths {
    char candidate[PATH_MAX + 32], said[PATH_MAX + 32], runs[PATH_MAX + 32];
};

static struct paths paths_of(const struct live_job *job)
{
    struct paths p;
    (void)snprintf(p.candidate, sizeof(p.candidate), "%s/%s", job->scratch.dir, CANDIDATE);
    (void)snprintf(p.said, sizeof(p.said), "%s/%s", job->scratch.dir, SAID);
    (void)snprintf(p.runs, sizeof(p.runs), "%s/runs", job->scratch.dir);
    return p;
}

/* ---- beginning ---- */

static int write_candidate(const struct live_job *job, const struct scenario *s, struct err *e)
{
    struct buf text = {0};
    scenario_print(s, &text);
    int code = results_write(&job->scratch, CANDIDATE, &text, e);
    buf_free(&text);
    return code;
}

_Noreturn static void child(const struct live_job *job, const char *raftd, const char *net,
                            pid_t parent)
{
    const struct paths p = paths_of(job);
    char seed[32];
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_INTERNAL);
    (void)snprintf(seed, sizeof(seed), "0x%llX", (unsigned long long)job->seed);
    int fd = open(p.said, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(EXIT_INTERNAL);
    (void)execl("/proc/self/exe", "raft-emulator", "run", p.candidate, "--seed", seed, "--runs",
                p.runs, "--keep", "fail", "--net", net, "--quiet", "--raftd", raftd, (char *)NULL);
    _exit(EXIT_INTERNAL);
}

int live_job_start(struct live_job *job, const struct scenario *s, uint64_t seed, const char *raftd,
                   const char *net, struct err *e)
{
    const pid_t parent = getpid();
    int code = write_candidate(job, s, e);
    if (code < 0)
        return code;
    job->seed = seed;
    (void)fflush(NULL); /* or the child would say it again */
    pid_t pid = fork();
    if (pid < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "run: fork");
    if (pid == 0)
        child(job, raftd, net, parent);
    job->pid = pid;
    return 0;
}

void live_job_stop(const struct live_job *job)
{
    if (job->pid != 0)
        (void)kill(job->pid, SIGTERM);
}

/* ---- what came of it ---- */

/* Of what it said the last error; if there is none, the last line that is not empty. */
static void last_words(const char *path, char *out, size_t size)
{
    char line[512];
    bool error = false;
    out[0] = '\0';
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return;
    while (fgets(line, sizeof(line), f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        bool is_error = strncmp(line, "error: ", 7) == 0;
        error = error || is_error;
        if (line[0] != '\0' && (is_error || !error))
            (void)snprintf(out, size, "%s", line);
    }
    (void)fclose(f);
}

static const char *text_of(const struct json *object, const char *key)
{
    const struct json *v = json_get(object, key);
    return v != NULL && v->type == JSON_STRING ? v->text : "";
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* "write k0 = 17, called at …" is of the kind "write". */
static void put_kinds(const struct json *events, struct buf *out)
{
    char kinds[KINDS_MAX][KIND_MAX];
    size_t count = 0;
    for (size_t i = 0; events != NULL && i < events->count && count < KINDS_MAX; i++) {
        const char *what = text_of(json_at(events, i), "what");
        size_t len = strspn(what, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.");
        (void)snprintf(kinds[count++], KIND_MAX, "%.*s", (int)len, what);
    }
    qsort(kinds, count, KIND_MAX, by_text);
    const char *separator = "(";
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(kinds[i], kinds[i - 1]) == 0)
            continue;
        buf_putf(out, "%s%s", separator, kinds[i]);
        separator = " ";
    }
    if (count > 0)
        buf_putc(out, ')');
}

static void put_violations(const struct json *root, char *out, size_t size)
{
    struct buf text = {0};
    const struct json *checks = json_get(root, "checks");
    for (size_t i = 0; checks != NULL && i < checks->count; i++) {
        const struct json *check = json_at(checks, i);
        if (strcmp(text_of(check, "verdict"), "violated") != 0)
            continue;
        buf_putf(&text, "%s%s", text.len > 0 ? " " : "", text_of(check, "name"));
        put_kinds(json_get(check, "events"), &text);
    }
    (void)snprintf(out, size, "%s", buf_str(&text));
    buf_free(&text);
}

static void read_verdict(struct live_report *ret)
{
    char path[PATH_MAX + 64];
    struct diags diags;
    (void)snprintf(path, sizeof(path), "%s/verdict.json", ret->result.dir);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return;
    char *text = mem_alloc(JSON_BYTES_MAX);
    size_t len = fread(text, 1, JSON_BYTES_MAX, f);
    (void)fclose(f);
    diags_init(&diags, path, text, len);
    struct json_doc *doc = json_read(text, len, &diags);
    if (doc != NULL) {
        (void)snprintf(ret->sentence, sizeof(ret->sentence), "%s",
                       text_of(json_root(doc), "sentence"));
        put_violations(json_root(doc), ret->signature, sizeof(ret->signature));
    }
    json_free(doc);
    diags_free(&diags);
    mem_free(text);
}

static void without_numbers(const char *text, char *out, size_t size)
{
    size_t at = 0;
    for (; *text != '\0' && at + 1 < size; text++) {
        bool digit = isdigit((unsigned char)*text) != 0;
        if (!digit || at == 0 || out[at - 1] != '#')
            out[at++] = digit ? '#' : *text;
    }
    out[at] = '\0';
}

void live_job_end(struct live_job *job, int status, struct live_report *ret)
{
    const struct paths p = paths_of(job);
    char latest[PATH_MAX + 64];
    *ret =
        (struct live_report){.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_INTERNAL};
    job->pid = 0;
    (void)snprintf(ret->result.root, sizeof(ret->result.root), "%.*s", PATH_MAX - 1, p.runs);
    (void)snprintf(latest, sizeof(latest), "%s/latest", p.runs);
    if (realpath(latest, ret->result.dir) == NULL)
        ret->result.dir[0] = '\0';
    else
        read_verdict(ret);
    if (ret->exit_code != EXIT_CHECK_FAILED)
        ret->signature[0] = '\0';
    if (ret->sentence[0] == '\0')
        last_words(p.said, ret->sentence, sizeof(ret->sentence));
    if (ret->exit_code == EXIT_INTERNAL)
        without_numbers(ret->sentence, ret->signature, sizeof(ret->signature));
}

int live_job_clear(const struct live_job *job, struct err *e)
{
    struct results runs = {0};
    const struct paths p = paths_of(job);
    (void)snprintf(runs.dir, sizeof(runs.dir), "%.*s", PATH_MAX - 1, p.runs);
    return access(runs.dir, F_OK) == 0 ? results_remove(&runs, e) : 0;
}
