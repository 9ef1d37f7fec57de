/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/program.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A shell ignores SIGPIPE; programs do not expect that. */
static int start(pid_t *ret, const char *file, char *const *argv, int out, int err)
{
    posix_spawnattr_t how;
    posix_spawn_file_actions_t files;
    sigset_t usual;
    int code = posix_spawnattr_init(&how);
    if (code != 0)
        return code;
    (void)sigemptyset(&usual);
    (void)sigaddset(&usual, SIGPIPE);
    (void)posix_spawnattr_setsigdefault(&how, &usual);
    (void)posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF);
    code = posix_spawn_file_actions_init(&files);
    if (code == 0 && out >= 0)
        code = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    if (code == 0 && err >= 0)
        code = posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
    if (code == 0)
        code = posix_spawnp(ret, file, &files, &how, argv, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    (void)posix_spawnattr_destroy(&how);
    return code;
}

int program_run_into(const char *file, char *const *argv, int out, int err)
{
    pid_t pid;
    int status = 0, code = start(&pid, file, argv, out, err);
    if (code != 0)
        return -code;
    while (waitpid(pid, &status, 0) < 0)
        ASSERT(errno == EINTR); /* it is our child */
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int program_run(const char *file, char *const *argv)
{
    return program_run_into(file, argv, -1, -1);
}
