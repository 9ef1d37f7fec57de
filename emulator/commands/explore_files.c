/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/explore_files.h"

#include "emulator/commands/shell_word.h"
#include "emulator/explore/case.h"
#include "emulator/explore/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_file(const char *path, const struct buf *text, struct err *e)
{
    FILE *f = fopen(path, "w");
    bool good = f != NULL && fwrite(text->data, 1, text->len, f) == text->len;
    good = (f == NULL || fclose(f) == 0) && good;
    return good ? 0 : err_set(e, -E_IO, "%s: %s", path, strerror(errno));
}

static int write_case(struct ex_expander *x, const struct ex_result *r,
                      const struct explore_files *files, struct err *e)
{
    struct buf text = {0}, command = {0};
    for (char **word = files->argv; *word != NULL; word++)
        buf_putf(&command, "%s%s", word == files->argv ? "" : " ", *word);
    ex_case_write(x, &r->path, r->broken, buf_str(&command), &text);
    int code = write_file(files->protocol_case, &text, e);
    if (code == 0)
        (void)fprintf(files->say, "  case       %s\n", files->protocol_case);
    buf_free(&text);
    buf_free(&command);
    return code;
}

/* The same program runs it, so with the same mistakes in it, if it has any. */
static _Noreturn void run_scenario(const char *path, const char *runs)
{
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, STDOUT_FILENO) < 0 || dup2(nothing, STDERR_FILENO) < 0)
        _exit(EXIT_FAILURE + 1);
    const char *const argv[] = {"raft-emulator", "sim",   path,     "--seed", "1", "--quiet",
                                "--keep",        "never", "--runs", runs,     NULL};
    execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
    _exit(EXIT_FAILURE + 1);
}

/* Whether a run of it is violated, or a node stops in it because it finds itself broken. */
static int reproduces(const char *path, bool *ret, struct err *e)
{
    char runs[] = "/tmp/explore.XXXXXX";
    int status;
    if (mkdtemp(runs) == NULL)
        return err_set(e, -E_IO, "%s: %s", runs, strerror(errno));
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        run_scenario(path, runs);
    bool ran = child > 0;
    while (ran && waitpid(child, &status, 0) < 0)
        ran = errno == EINTR;
    (void)rmdir(runs);
    if (!ran)
        return err_set(e, -E_IO, "sim %s: %s", path, strerror(errno));
    *ret = WIFSIGNALED(status) ? WTERMSIG(status) == SIGABRT : WEXITSTATUS(status) == EXIT_FAILURE;
    return 0;
}

static int write_scenario(struct ex_expander *x, const struct ex_result *r,
                          const struct explore_files *files, struct err *e)
{
    const char *path = files->scenario;
    struct buf text = {0};
    bool same = false;
    uint32_t unsaid = ex_scene_write(x, &r->path, r->broken, &text);
    int code = write_file(path, &text, e);
    buf_free(&text);
    if (code == 0)
        code = reproduces(path, &same, e);
    if (code < 0)
        return code;
    (void)fprintf(files->say, "  scenario   %s\n", path);
    if (unsaid > 0)
        (void)fprintf(files->say, "             %u of its steps cannot be said there\n", unsaid);
    if (same)
        (void)fprintf(files->say, "             raft-emulator sim %s --seed 1 is violated, too\n",
                      shell_word(&text, path));
    else
        (void)fprintf(
            files->say,
            "             raft-emulator sim %s --seed 1 does not reproduce it: whole nodes "
            "do otherwise\n",
            shell_word(&text, path));
    buf_free(&text);
    return 0;
}

int explore_files_write(struct ex_search *s, const struct ex_result *r,
                        const struct explore_files *files, struct err *e)
{
    struct ex_expander x;
    int code = 0;
    if (r->end != EX_VIOLATED)
        return 0;
    ex_expander_init(&x, ex_search_space(s));
    if (files->protocol_case != NULL)
        code = write_case(&x, r, files, e);
    if (code == 0 && files->scenario != NULL)
        code = write_scenario(&x, r, files, e);
    ex_expander_free(&x);
    return code;
}
