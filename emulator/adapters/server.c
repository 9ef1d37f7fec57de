/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/adapters/server.h"

#include "base/buf.h"
#include "base/units.h"
#include "emulator/adapters/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SERVERS_MAX 4

static struct {
    pid_t pids[SERVERS_MAX];
    int count;
    pthread_mutex_t lock; /* none is started once they are stopped */
    atomic_int running;
    atomic_bool stopping;
    bool (*may_end)(void); /* or NULL */
} servers = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Waits for one of them. An adapter without its server would be a node that is there and is not.
 * One that ends in order, untold, is a member no more: the laboratory knows whether that can be. */
static void *watch(void *arg)
{
    const pid_t *pid = arg;
    int status = 0;
    while (waitpid(*pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!atomic_load(&servers.stopping)) {
        (void)fprintf(stderr, "adapter: the server has ended by itself: %s %d\n",
                      WIFEXITED(status) ? "exit" : "signal",
                      WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
        bool in_order = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        _exit(in_order || (servers.may_end != NULL && servers.may_end()) ? 0 : 70);
    }
    atomic_fetch_sub(&servers.running, 1);
    return NULL;
}

static int start(char *const *argv, struct err *e)
{
    posix_spawn_file_actions_t files;
    pthread_t thread;
    if (atomic_load(&servers.stopping))
        return err_set(e, -E_CLOSED, "the adapter is ending");
    if (servers.count == SERVERS_MAX)
        return err_set(e, -E_LIMIT, "more than %d servers", SERVERS_MAX);
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&files, 2, 1);
    pid_t *pid = &servers.pids[servers.count];
    int failed = posix_spawn(pid, argv[0], &files, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    if (failed != 0)
        return err_set_errno(e, -E_IO, failed, "%s", argv[0]);
    servers.count++;
    atomic_fetch_add(&servers.running, 1);
    failed = pthread_create(&thread, NULL, watch, pid);
    return failed == 0 ? 0 : err_set_errno(e, -E_IO, failed, "thread");
}

void server_may_end(bool (*may)(void))
{
    servers.may_end = may;
}

int server_start(char *const *argv, struct err *e)
{
    (void)pthread_mutex_lock(&servers.lock);
    int code = start(argv, e);
    (void)pthread_mutex_unlock(&servers.lock);
    return code;
}

static void send_all(int signal)
{
    for (int i = 0; i < servers.count; i++)
        (void)kill(servers.pids[i], signal);
}

void server_stop_all(uint64_t grace_ms)
{
    const struct timespec nap = {.tv_nsec = (long)(5 * NS_PER_MS)};
    uint64_t until = adapter_now_ns() + grace_ms * NS_PER_MS;
    (void)pthread_mutex_lock(&servers.lock);
    atomic_store(&servers.stopping, true);
    (void)pthread_mutex_unlock(&servers.lock);
    if (atomic_load(&servers.running) == 0)
        return;
    send_all(SIGTERM);
    while (atomic_load(&servers.running) > 0 && adapter_now_ns() < until)
        (void)nanosleep(&nap, NULL);
    if (atomic_load(&servers.running) > 0)
        send_all(SIGKILL);
    while (atomic_load(&servers.running) > 0)
        (void)nanosleep(&nap, NULL);
}

int server_write_file(const char *dir, const char *name, const char *text, struct err *e)
{
    struct buf path = {0};
    buf_putf(&path, "%s/%s", dir, name);
    FILE *f = fopen(buf_str(&path), "we");
    bool good = f != NULL && fputs(text, f) >= 0;
    if (f != NULL && fclose(f) != 0)
        good = false;
    int code = good ? 0 : err_set_errno(e, -E_IO, errno, "%s", buf_str(&path));
    buf_free(&path);
    return code;
}
