/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox_victim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "netem/netem.h"

#define LIMIT_MS 60000

static void stage(void)
{
    if (write(VICTIM_FD, ".", 1) != 1)
        exit(90);
}

static void pause_for_ever(void)
{
    for (;;)
        pause();
}

static int returns_seven(void *arg)
{
    (void)arg;
    return 7;
}

static int aborts(void *arg)
{
    (void)arg;
    abort();
}

static int waits(void *arg)
{
    (void)arg;
    stage();
    pause_for_ever();
    return 0;
}

static void on_term(int sig)
{
    (void)sig;
    _exit(5);
}

static int handles_term(void *arg)
{
    signal(SIGTERM, on_term);
    return waits(arg);
}

/* How many processes /proc shows; pid 1 and this one are the first two. */
static int processes_count(void)
{
    int count = 0;
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return -1;
    for (struct dirent *d = readdir(proc); d != NULL; d = readdir(proc))
        count += d->d_name[0] >= '1' && d->d_name[0] <= '9';
    closedir(proc);
    return count;
}

/* What the world looks like from inside. */
static int looks_around(void *arg)
{
    (void)arg;
    if (getuid() != 0 || geteuid() != 0 || getgid() != 0)
        return 1;
    if (getppid() != 1 || !netem_sandboxed())
        return 2;
    if (processes_count() != 2)
        return 3;
    int fd = open("/proc/sys/net/ipv4/ip_forward", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return 4;
    close(fd);
    return 0;
}

/* A grandchild whose parent ended is pid 1's to reap: it must not stay as a zombie. */
static int leaves_an_orphan(void *arg)
{
    (void)arg;
    pid_t child = fork();
    if (child == 0) {
        if (fork() == 0)
            _exit(0);
        _exit(0);
    }
    if (child < 0 || waitpid(child, NULL, 0) != child)
        return 1;
    for (int ms = 0; ms < LIMIT_MS; ms++) {
        if (processes_count() == 2)
            return 0;
        (void)poll(NULL, 0, 1);
    }
    return 2;
}

/* A world in which user namespaces are switched off: inside must not run, and the text must name
 * the switch. */
static int is_forbidden(void)
{
    struct err e = {0};
    if (unshare(CLONE_NEWUSER) < 0)
        return 77;
    int fd = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) != 1)
        return 2;
    close(fd);
    if (geteuid() == 0) /* nobody here: the new namespace maps no one */
        return 3;
    int r = netem_sandbox_run(returns_seven, NULL, &e);
    if (strstr(e.text, "has threads") != NULL)
        return 77;
    if (r != -E_UNSUPPORTED || strstr(e.text, "max_user_namespaces=0") == NULL) {
        fprintf(stderr, "%d: %s\n", r, e.text);
        return 4;
    }
    return 0;
}

/* A process in the node's namespace, as far from us as a process can get: new session, no parent.
 */
static int start_daemon(struct netem *net, int node)
{
    pid_t child = fork();
    if (child == 0) {
        if (netem_enter(net, node) < 0)
            _exit(1);
        setsid();
        if (fork() != 0)
            _exit(0);
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        pause_for_ever();
    }
    int status = 1;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return -1;
    return status == 0 ? 0 : -1;
}

static int open_lab(struct netem **ret)
{
    struct err e = {0};
    struct netem_options o = {.nodes_count = VICTIM_LAB_NODES, .clients_count = 1};
    if (netem_open(&o, ret, &e) < 0) {
        fprintf(stderr, "%s\n", e.text);
        return -1;
    }
    return 0;
}

static int leaves_daemons(void *arg)
{
    struct netem *net = NULL;
    (void)arg;
    if (open_lab(&net) < 0)
        return 1;
    for (int n = 0; n < VICTIM_LAB_NODES; n++) {
        if (start_daemon(net, netem_node(net, n)) < 0)
            return 1;
    }
    return 0; /* without netem_close: as a program does that fails somewhere */
}

static int runs_a_lab(void *arg)
{
    struct netem *net = NULL;
    struct err e = {0};
    (void)arg;
    stage();
    if (open_lab(&net) < 0)
        return 1;
    stage();
    for (int n = 0; n < VICTIM_LAB_NODES; n++) {
        if (start_daemon(net, netem_node(net, n)) < 0)
            return 1;
        stage();
    }
    for (unsigned turn = 0;; turn++) {
        struct impairment link = {.delay_ns = turn % 50 * NS_PER_MS,
                                  .gate = turn % 2 ? IMPAIR_CUT : IMPAIR_OPEN};
        int from = netem_node(net, (int)(turn % VICTIM_LAB_NODES));
        int to = netem_node(net, (int)((turn + 1) % VICTIM_LAB_NODES));
        if (netem_link_set(net, from, to, &link, &e) < 0)
            return 1;
        (void)poll(NULL, 0, 1);
    }
}

int victim_main(const char *name)
{
    static const struct {
        const char *name;
        int (*inside)(void *arg);
    } victims[] = {
        {"returns-seven", returns_seven},
        {"aborts", aborts},
        {"waits", waits},
        {"handles-term", handles_term},
        {"looks-around", looks_around},
        {"leaves-an-orphan", leaves_an_orphan},
        {"lab", runs_a_lab},
        {"leaves-daemons", leaves_daemons},
    };
    struct err e = {0};
    if (strcmp(name, "is-forbidden") == 0)
        return is_forbidden();
    for (size_t v = 0; v < ARRAY_LEN(victims); v++) {
        if (strcmp(victims[v].name, name) != 0)
            continue;
        if (strcmp(name, "lab") == 0)
            stage();
        int r = netem_sandbox_run(victims[v].inside, NULL, &e);
        if (r < 0)
            fprintf(stderr, "%s\n", e.text);
        return r == -E_PERMISSION || r == -E_UNSUPPORTED ? 77 : r < 0 ? 91 : r;
    }
    return 64;
}
