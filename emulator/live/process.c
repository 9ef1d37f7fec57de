/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parent has threads (the carrier's, the canary): between fork and exec the child may only call
 * what is async-signal-safe, so everything it needs is ready before the fork. */
#include "emulator/live/process.h"

#include "base/must.h"
#include "base/units.h"
#include "emulator/live/command_line.h"
#include "emulator/live/loop_time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG_END_BYTES 1200

/* Above the descriptors the child will have, so that moving one never hits another. */
#define FD_MIN 10
/* The node writes its trace into the pair; the more fits, the less it waits for us. */
#define LAB_BYTES (4 << 20)

enum { FD_LAB, FD_LAB_OURS, FD_LOG, FD_NULL, FD_REPORT, FD_REPORT_OURS, FDS_COUNT };

/* Why the child could not become the program. */
struct report {
    int errno_value;
    bool exec; /* execve itself failed */
};

struct launch {
    const struct process_spec *spec;
    int fds[FDS_COUNT];
    pid_t parent;
};

static int move_up(int fd, int *ret, struct err *e)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_MIN);
    int saved = errno;
    close(fd);
    if (high < 0)
        return err_set_errno(e, -E_IO, saved, "descriptor");
    *ret = high;
    return 0;
}

static int move_pair(const int pair[2], struct launch *l, int theirs, int ours, struct err *e)
{
    int code = move_up(pair[0], &l->fds[theirs], e);
    int other = move_up(pair[1], &l->fds[ours], e);
    return code < 0 ? code : other;
}

static int open_up(const char *path, int flags, int *ret, struct err *e)
{
    int fd = open(path, flags | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "%s", path);
    return move_up(fd, ret, e);
}

static int open_fds(struct launch *l, struct err *e)
{
    int pair[2], size = LAB_BYTES;
    for (int i = 0; i < FDS_COUNT; i++)
        l->fds[i] = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set_errno(e, -E_IO, errno, "socket pair");
    int code = move_pair(pair, l, FD_LAB, FD_LAB_OURS, e);
    if (code < 0)
        return code;
    if (pipe2(pair, O_CLOEXEC) < 0)
        return err_set_errno(e, -E_IO, errno, "pipe");
    code = move_pair(pair, l, FD_REPORT_OURS, FD_REPORT, e);
    if (code == 0)
        code = open_up("/dev/null", O_RDONLY, &l->fds[FD_NULL], e);
    if (code == 0)
        code = open_up(l->spec->log_path, O_WRONLY | O_CREAT | O_APPEND, &l->fds[FD_LOG], e);
    if (code < 0)
        return code;
    /* As much as the system allows; less is no failure. */
    (void)setsockopt(l->fds[FD_LAB], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    if (fcntl(l->fds[FD_LAB_OURS], F_SETFL, O_NONBLOCK) < 0)
        return err_set_errno(e, -E_IO, errno, "fcntl");
    return 0;
}

/* Before there is a process: a few lines, for which the socket has room. */
static int greet(const struct launch *l, struct err *e)
{
    const struct buf *text = l->spec->greeting;
    if (text == NULL || text->len == 0)
        return 0;
    ssize_t n = write(l->fds[FD_LAB_OURS], text->data, text->len);
    if (n == (ssize_t)text->len)
        return 0;
    return err_set_errno(e, -E_IO, n < 0 ? errno : ENOBUFS, "lab socket");
}

static _Noreturn void give_up(const struct launch *l, bool exec)
{
    struct report r = {.errno_value = errno, .exec = exec};
    (void)!write(l->fds[FD_REPORT], &r, sizeof(r));
    _exit(127);
}

static _Noreturn void become(const struct launch *l)
{
    sigset_t none;
    sigemptyset(&none);
    /* Dies with us; the check is for a parent that died before the call. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        give_up(l, false);
    if (getppid() != l->parent)
        _exit(127);
    if (netem_enter(l->spec->net, l->spec->endpoint) < 0 || chdir(l->spec->home) < 0)
        give_up(l, false);
    bool adapter = l->spec->adapter;
    if (adapter && setpgid(0, 0) < 0)
        give_up(l, false);
    if (dup2(l->fds[adapter ? FD_LAB : FD_NULL], 0) < 0 ||
        dup2(l->fds[adapter ? FD_LAB : FD_LOG], 1) < 0 || dup2(l->fds[FD_LOG], 2) < 0 ||
        (!adapter && dup2(l->fds[FD_LAB], LIVE_LAB_FD) < 0))
        give_up(l, false);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)execve(l->spec->argv[0], l->spec->argv, l->spec->envp);
    give_up(l, true);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Nothing to read: the program runs, and its exec has closed the pipe. */
static int hear(struct launch *l, pid_t pid, struct err *e)
{
    struct report r = {0};
    ssize_t n;
    close_fd(&l->fds[FD_REPORT]);
    do
        n = read(l->fds[FD_REPORT_OURS], &r, sizeof(r));
    while (n < 0 && errno == EINTR);
    if (n == 0)
        return 0;
    (void)waitpid(pid, NULL, 0);
    int code = r.exec ? err_from_errno(r.errno_value) : -E_IO;
    return err_set_errno(e, code, r.errno_value, "%s",
                         r.exec ? l->spec->argv[0] : "preparing the process");
}

int process_start(const struct process_spec *spec, pid_t *ret_pid, int *ret_lab_fd, struct err *e)
{
    struct launch l = {.spec = spec, .parent = getpid()};
    int code = open_fds(&l, e);
    if (code == 0)
        code = greet(&l, e);
    pid_t pid = code < 0 ? 0 : fork();
    if (code == 0 && pid == 0)
        become(&l);
    if (pid < 0)
        code = err_set_errno(e, -E_IO, errno, "fork");
    if (code == 0)
        code = hear(&l, pid, e);
    if (code == 0) {
        *ret_pid = pid;
        *ret_lab_fd = l.fds[FD_LAB_OURS];
        l.fds[FD_LAB_OURS] = -1;
    }
    for (int i = 0; i < FDS_COUNT; i++)
        close_fd(&l.fds[i]);
    return code < 0 ? err_wrap(e, "start %s", netem_name(spec->net, spec->endpoint)) : 0;
}

int process_run(char *const *argv, const char *log_path, int *ret_status, struct err *e)
{
    posix_spawn_file_actions_t files;
    pid_t pid;
    int flags = O_WRONLY | O_CREAT | O_APPEND;
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&files, 1, log_path, flags, 0644);
    (void)posix_spawn_file_actions_adddup2(&files, 1, 2);
    int failed = posix_spawn(&pid, argv[0], &files, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    if (failed != 0)
        return err_set_errno(e, -E_IO, failed, "%s", argv[0]);
    while (waitpid(pid, ret_status, 0) < 0) {
        if (errno != EINTR)
            return err_set_errno(e, -E_IO, errno, "%s", argv[0]);
    }
    return 0;
}

bool process_ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid == pid;
}

int process_reap(pid_t pid)
{
    int status = 0;
    pid_t reaped = waitpid(pid, &status, 0);
    ASSERT(reaped == pid);
    return status;
}

bool process_group_ended(pid_t pid, int *ret_status)
{
    int status;
    pid_t one;
    while ((one = waitpid(-pid, &status, WNOHANG)) > 0) {
        if (one == pid) {
            *ret_status = status;
            (void)kill(-pid, SIGKILL);
        }
    }
    return one < 0;
}

bool process_wait_stopped(pid_t pid, unsigned wait_ms)
{
    const struct timespec moment = {.tv_nsec = 200 * NS_PER_US};
    const int what = WSTOPPED | WEXITED | WNOWAIT | WNOHANG;
    uint64_t until_ns = loop_now_ns() + wait_ms * NS_PER_MS;
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)pid, &info, what) < 0 || info.si_pid != 0)
            return true;
        if (loop_now_ns() >= until_ns)
            return false;
        (void)nanosleep(&moment, NULL);
    }
}

void process_wait_ended(pid_t pid, unsigned wait_ms)
{
    int fd = pidfd_open(pid, 0);
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    uint64_t until_ns = loop_now_ns() + wait_ms * NS_PER_MS;
    if (fd < 0)
        return;
    for (uint64_t now_ns = loop_now_ns(); now_ns < until_ns; now_ns = loop_now_ns()) {
        int left_ms = (int)((until_ns - now_ns) / NS_PER_MS) + 1;
        if (poll(&ended, 1, left_ms) >= 0 || errno != EINTR) /* others may end meanwhile */
            break;
    }
    (void)close(fd);
}

void process_adopt(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* Where the line before `end` begins. */
static const char *line_before(const char *text, const char *end)
{
    const char *last = memrchr(text, '\n', (size_t)(end - text));
    return last == NULL ? text : last + 1;
}

void process_log_end(const char *log_path, struct buf *out)
{
    static const char advice[] = "  fix: ";
    char text[LOG_END_BYTES];
    int fd = open(log_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    off_t size = lseek(fd, 0, SEEK_END);
    ssize_t n = pread(fd, text, sizeof(text), size > LOG_END_BYTES ? size - LOG_END_BYTES : 0);
    close(fd);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    if (n <= 0)
        return;
    const char *end = text + n, *line = line_before(text, end);
    const char *fix = memmem(line, (size_t)(end - line), advice, strlen(advice));
    if (fix == NULL || line == text) {
        buf_put(out, line, (size_t)(end - line));
        return;
    }
    const char *wrong = line_before(text, line - 1);
    buf_put(out, wrong, (size_t)(line - 1 - wrong));
    buf_puts(out, "; ");
    buf_put(out, fix + 2, (size_t)(end - fix - 2));
}

const char *process_cause(int status, char out[PROCESS_CAUSE_MAX])
{
    if (WIFEXITED(status))
        (void)snprintf(out, PROCESS_CAUSE_MAX, "exit %d", WEXITSTATUS(status));
    else
        (void)snprintf(out, PROCESS_CAUSE_MAX, "signal %d", WTERMSIG(status));
    return out;
}
