/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A candidate that fails must pass with another build of this program: otherwise what is left in
 * the end may fail for another reason than the one that is looked for. */
#include "emulator/cmd.h"
#include "emulator/scenario/print.h"
#include "emulator/trials/shrinking.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CANDIDATE "contrast.json"

_Noreturn static void child(const struct shrinking *s, uint64_t seed)
{
    char path[PATH_MAX + 32], runs[PATH_MAX + 32], text[32];
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)snprintf(path, sizeof(path), "%s/%s", s->scratch, CANDIDATE);
    (void)snprintf(runs, sizeof(runs), "%s/contrast", s->scratch);
    (void)snprintf(text, sizeof(text), "0x%llX", (unsigned long long)seed);
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(EXIT_INTERNAL);
    (void)execl(s->passes_with, s->passes_with, "sim", path, "--seed", text, "--runs", runs,
                "--keep", "never", "--quiet", (char *)NULL);
    _exit(EXIT_INTERNAL);
}

int shrinking_passes_elsewhere(const struct shrinking *s, const struct scenario *scenario,
                               uint64_t seed, struct err *e)
{
    struct buf text = {0};
    struct results r = {0};
    int status = 0;
    (void)snprintf(r.dir, sizeof(r.dir), "%s", s->scratch);
    scenario_print(scenario, &text);
    int code = results_write(&r, CANDIDATE, &text, e);
    buf_free(&text);
    if (code < 0)
        return code;
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "shrink: fork");
    if (pid == 0)
        child(s, seed);
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return err_set_errno(e, err_from_errno(errno), errno, "shrink: wait");
        if (*s->stop != 0)
            (void)kill(pid, SIGKILL);
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
