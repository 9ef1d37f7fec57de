/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/cluster.h"

#include "tests/support/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENT_MS 20000
#define ARGS_MAX   64

static void die(const char *what, const char *detail)
{
    (void)fprintf(stderr, "cluster: %s: %s\n", what, detail);
    abort();
}

void cluster_init(struct cluster *c, const char *program, unsigned count)
{
    unsigned first;
    *c = (struct cluster){.program = program, .count = count};
    ASSERT(count <= CLUSTER_NODES_MAX);
    c->ports_fd = ports_hold(&first);
    c->spare_port = first + 1 + 2 * CLUSTER_NODES_MAX;
    (void)snprintf(c->root, sizeof(c->root), "/tmp/raftd-test-XXXXXX");
    if (mkdtemp(c->root) == NULL)
        die(c->root, strerror(errno));
    size_t used = 0;
    for (unsigned i = 0; i < count; i++) {
        struct cluster_node *n = &c->nodes[i];
        (void)snprintf(n->name, sizeof(n->name), "n%u", i + 1);
        (void)snprintf(n->data_dir, sizeof(n->data_dir), "%s/%s", c->root, n->name);
        (void)snprintf(n->admin_socket, sizeof(n->admin_socket), "%s/%s.sock", c->root, n->name);
        (void)snprintf(n->log, sizeof(n->log), "%s/%s.log", c->root, n->name);
        n->peer_port = first + 1 + 2 * i;
        n->client_port = first + 2 + 2 * i;
        used += (size_t)snprintf(c->founders + used, sizeof(c->founders) - used,
                                 "%s%s=127.0.0.1:%u", i == 0 ? "" : ",", n->name, n->peer_port);
    }
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    (void)remove(path);
    return 0;
}

void cluster_wipe(struct cluster *c, unsigned i)
{
    ASSERT(c->nodes[i].pid == 0);
    (void)nftw(c->nodes[i].data_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void cluster_free(struct cluster *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        if (c->nodes[i].pid != 0)
            cluster_signal(c, i, SIGKILL);
    }
    (void)nftw(c->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    (void)close(c->ports_fd);
}

/* In the child. */
static _Noreturn void become(const struct cluster *c, const struct cluster_node *n, char **argv,
                             int fd)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    int log = open(n->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    int null = open("/dev/null", O_RDWR);
    if (log < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(log, 2) < 0)
        _exit(126);
    if (fd >= 0)
        (void)fcntl(fd, F_SETFD, 0);
    (void)execv(c->program, argv);
    perror(c->program);
    _exit(127);
}

void cluster_start_with_fd(struct cluster *c, unsigned i, const char *extra, int fd)
{
    struct cluster_node *n = &c->nodes[i];
    char peer[32], client[32], first[32], more[512];
    (void)snprintf(peer, sizeof(peer), "127.0.0.1:%u", n->peer_port);
    (void)snprintf(client, sizeof(client), "127.0.0.1:%u", n->client_port);
    (void)snprintf(first, sizeof(first), "127.0.0.1:%u", c->nodes[0].peer_port);
    (void)snprintf(more, sizeof(more), "%s", extra == NULL ? "" : extra);
    const char *argv[ARGS_MAX] = {c->program,
                                  "--name",
                                  n->name,
                                  "--data-dir",
                                  n->data_dir,
                                  "--listen-peer",
                                  peer,
                                  "--listen-client",
                                  client,
                                  "--admin-socket",
                                  n->admin_socket,
                                  n->joins ? "--join" : "--bootstrap",
                                  n->joins ? first : c->founders};
    size_t argc = 13;
    for (char *at = more; *at != '\0' && argc + 1 < ARGS_MAX;) {
        argv[argc++] = at;
        at += strcspn(at, " ");
        if (*at != '\0')
            *at++ = '\0';
    }
    ASSERT(n->pid == 0);
    (void)fflush(NULL);
    n->pid = fork();
    ASSERT(n->pid >= 0);
    if (n->pid == 0)
        become(c, n, (char **)(uintptr_t)argv, fd);
}

void cluster_start(struct cluster *c, unsigned i, const char *extra)
{
    cluster_start_with_fd(c, i, extra, -1);
}

void cluster_start_all(struct cluster *c, const char *extra)
{
    for (unsigned i = 0; i < c->count; i++)
        cluster_start(c, i, extra);
}

void cluster_signal(struct cluster *c, unsigned i, int number)
{
    struct cluster_node *n = &c->nodes[i];
    ASSERT(n->pid > 0);
    (void)kill(n->pid, number);
    if (number != SIGKILL)
        return;
    int status = 0;
    (void)waitpid(n->pid, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        die("had ended by itself before it was killed", n->log);
    n->pid = 0;
}

static long long now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void wait_until(const char *what, bool (*check)(void *arg), void *arg, int limit_ms)
{
    long long end_ms = now_ms() + limit_ms;
    while (!check(arg)) {
        if (now_ms() > end_ms)
            die("waited in vain", what);
        (void)poll(NULL, 0, 5);
    }
}

struct exit_wait {
    struct cluster_node *node;
    int status;
};

static bool has_exited(void *arg)
{
    struct exit_wait *w = arg;
    return waitpid(w->node->pid, &w->status, WNOHANG) == w->node->pid;
}

int cluster_wait_exit(struct cluster *c, unsigned i)
{
    struct exit_wait w = {.node = &c->nodes[i]};
    wait_until("the process to end", has_exited, &w, PATIENT_MS);
    w.node->pid = 0;
    return WIFEXITED(w.status) ? WEXITSTATUS(w.status) : 128 + WTERMSIG(w.status);
}

const char *cluster_info(struct cluster *c, unsigned i, const char *key)
{
    static char value[256];
    struct ask a;
    char wanted[64];
    value[0] = '\0';
    if (c->nodes[i].pid == 0 || !ask_connect_path(&a, c->nodes[i].admin_socket))
        return value;
    (void)snprintf(wanted, sizeof(wanted), "%s:", key);
    const char *at = ask_send(&a, "INFO") ? strstr(ask_reply(&a, 1000), wanted) : NULL;
    if (at != NULL) {
        at += strlen(wanted);
        (void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r\n"), at);
    }
    ask_close(&a);
    return value;
}

struct leader_wait {
    struct cluster *c;
    int not_this;
    unsigned found;
};

static bool has_leader(void *arg)
{
    struct leader_wait *w = arg;
    for (unsigned i = 0; i < w->c->count; i++) {
        if ((int)i == w->not_this || strcmp(cluster_info(w->c, i, "raft_role"), "leader") != 0)
            continue;
        w->found = i;
        return true;
    }
    return false;
}

unsigned cluster_leader(struct cluster *c, int not_this)
{
    struct leader_wait w = {.c = c, .not_this = not_this};
    wait_until("a leader", has_leader, &w, PATIENT_MS);
    return w.found;
}

struct connect_wait {
    struct cluster *c;
    unsigned i;
};

static bool follows(void *arg)
{
    const struct connect_wait *w = arg;
    const char *leader = cluster_info(w->c, w->i, "raft_leader");
    return leader[0] == 'n';
}

void cluster_connect(struct cluster *c, unsigned i, struct ask *ret_a)
{
    struct connect_wait w = {.c = c, .i = i};
    wait_until("a node to know who leads", follows, &w, PATIENT_MS);
    if (!ask_connect(ret_a, c->nodes[i].client_port))
        die("does not listen any more", c->nodes[i].log);
}

bool cluster_log_has(struct cluster *c, unsigned i, const char *text)
{
    struct buf all = {0};
    char chunk[4096];
    FILE *f = fopen(c->nodes[i].log, "re");
    if (f == NULL)
        return false;
    for (size_t n; (n = fread(chunk, 1, sizeof(chunk), f)) > 0;)
        buf_put(&all, chunk, n);
    (void)fclose(f);
    bool found = strstr(buf_str(&all), text) != NULL;
    buf_free(&all);
    return found;
}

struct log_wait {
    struct cluster *c;
    unsigned i;
    const char *text;
};

static bool log_has(void *arg)
{
    struct log_wait *w = arg;
    return cluster_log_has(w->c, w->i, w->text);
}

void cluster_wait_log(struct cluster *c, unsigned i, const char *text)
{
    struct log_wait w = {.c = c, .i = i, .text = text};
    wait_until(text, log_has, &w, PATIENT_MS);
}
