/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sandbox: exit codes and signals go through, and nothing is left of it, however it ends. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/prng.h"
#include "netem/caps.h"
#include "netem/netlink.h"
#include "sandbox_victim.h"

#define LIMIT_MS      60000
#define MARKER_MAX    64
#define KILLS         32
#define MOUNTS_MAX    (1 << 20)
#define PROCESSES_MAX 256

struct victim {
    pid_t pid;
    int stages; /* read end */
    char marker[MARKER_MAX];
};

static const char *program;

static struct victim start(const char *name)
{
    static int count;
    struct victim v = {.pid = -1};
    int fds[2];
    snprintf(v.marker, sizeof(v.marker), "sandbox-%d-%d", (int)getpid(), count++);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    v.pid = fork();
    if (v.pid == 0) {
        if (dup2(fds[1], VICTIM_FD) != VICTIM_FD)
            _exit(92);
        if (fds[1] == VICTIM_FD)
            fcntl(VICTIM_FD, F_SETFD, 0);
        execl(program, program, "victim", name, v.marker, (char *)NULL);
        _exit(93);
    }
    assert_true(v.pid > 0);
    close(fds[1]);
    v.stages = fds[0];
    return v;
}

static void await_stages(const struct victim *v, int count)
{
    for (int s = 0; s < count; s++) {
        char byte;
        struct pollfd p = {.fd = v->stages, .events = POLLIN};
        assert_int_equal(poll(&p, 1, LIMIT_MS), 1);
        assert_int_equal(read(v->stages, &byte, 1), 1);
    }
}

static int finish(struct victim *v)
{
    int status = 0;
    assert_int_equal(waitpid(v->pid, &status, 0), v->pid);
    close(v->stages);
    return status;
}

static int exit_code_of(const char *name)
{
    struct victim v = start(name);
    int status = finish(&v);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* ---- what is left -----------------------------------------------------------------------------
 */

/* Processes with the marker on their command line: the victim's forks all have it. */
static int find_processes(const char *marker, pid_t pids[PROCESSES_MAX])
{
    int count = 0;
    DIR *proc = opendir("/proc");
    assert_non_null(proc);
    for (struct dirent *d = readdir(proc); d != NULL; d = readdir(proc)) {
        char path[300];
        char line[1024];
        snprintf(path, sizeof(path), "/proc/%s/cmdline", d->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        ssize_t n = read(fd, line, sizeof(line));
        close(fd);
        if (n > 0 && memmem(line, (size_t)n, marker, strlen(marker)) != NULL &&
            count < PROCESSES_MAX)
            pids[count++] = (pid_t)strtol(d->d_name, NULL, 10);
    }
    closedir(proc);
    return count;
}

static void assert_no_process(const char *marker)
{
    pid_t pids[PROCESSES_MAX];
    for (int ms = 0; find_processes(marker, pids) > 0; ms++) {
        if (ms == LIMIT_MS)
            fail_msg("process %d is left", (int)pids[0]);
        (void)poll(NULL, 0, 1);
    }
}

static size_t read_file(const char *path, char *text, size_t size)
{
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    for (ssize_t n = 1; n > 0 && len<size - 1; len += n> 0 ? (size_t)n : 0)
        n = read(fd, text + len, size - 1 - len);
    close(fd);
    text[len] = '\0';
    return len;
}

/* The mounts seen outside, to compare. */
static char *mounts(void)
{
    char *text = malloc(MOUNTS_MAX);
    assert_non_null(text);
    read_file("/proc/self/mounts", text, MOUNTS_MAX);
    return text;
}

static void assert_same_mounts(const char *before)
{
    char *now = mounts();
    for (int ms = 0; strcmp(before, now) != 0; ms++) {
        if (ms == LIMIT_MS)
            fail_msg("mounts changed:\n%s\nwere:\n%s", now, before);
        free(now);
        (void)poll(NULL, 0, 1);
        now = mounts();
    }
    free(now);
}

/* None of the devices has a name of ours in the namespace that we were started from. */
static void assert_no_device(void)
{
    static const char *const names[] = {" n1:", " c1:", " hub:"};
    static char text[MOUNTS_MAX];
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)getppid());
    read_file(path, text, sizeof(text));
    for (size_t n = 0; n < ARRAY_LEN(names); n++)
        assert_null(strstr(text, names[n]));
}

/* ---- namespaces that are watched without being held -------------------------------------------
 */

/* As root, the kernel itself can be asked whether a namespace still exists: give it an id in our
 * own namespace, let go of it, and look whether the id is still there. */
struct watch {
    struct netlink *nl; /* NULL: not root, nothing is watched */
    int ids;
};

static int next_id = 1;

static void count_id(struct nlmsghdr *answer, void *arg)
{
    int *count = arg;
    *count += answer->nlmsg_type == RTM_NEWNSID;
}

static int watched_left(struct watch *w)
{
    struct rtgenmsg h = {.rtgen_family = AF_UNSPEC};
    struct err e = {0};
    int count = 0;
    if (w->nl == NULL)
        return 0;
    if (netlink_dump(w->nl, RTM_GETNSID, &h, sizeof(h), count_id, &count, &e) < 0)
        fail_msg("%s", e.text);
    return count;
}

static bool is_ours(int namespace_fd)
{
    struct stat theirs;
    struct stat ours;
    assert_int_equal(fstat(namespace_fd, &theirs), 0);
    assert_int_equal(stat("/proc/self/ns/net", &ours), 0);
    return theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
}

static void watch_namespace(struct watch *w, pid_t pid)
{
    struct rtgenmsg h = {.rtgen_family = AF_UNSPEC};
    struct err e = {0};
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return; /* ended meanwhile */
    if (is_ours(fd)) {
        close(fd); /* not in its sandbox yet */
        return;
    }
    struct nl_msg *m = netlink_message(w->nl, RTM_NEWNSID, 0, &h, sizeof(h), "watch");
    netlink_put_u32(m, NETNSA_FD, (uint32_t)fd);
    netlink_put_u32(m, NETNSA_NSID, (uint32_t)next_id);
    netlink_add(w->nl, m);
    if (netlink_send(w->nl, &e) == 0) {
        next_id++; /* a namespace watched already is refused */
        w->ids++;
    }
    close(fd);
}

/* Every network namespace that a process of the victim is in. */
static struct watch watch_victim(const struct victim *v)
{
    struct watch w = {0};
    struct err e = {0};
    pid_t pids[PROCESSES_MAX];
    if (geteuid() != 0)
        return w;
    if (netlink_open(&w.nl, &e) < 0)
        fail_msg("%s", e.text);
    int count = find_processes(v->marker, pids);
    for (int p = 0; p < count; p++)
        watch_namespace(&w, pids[p]);
    return w;
}

static void assert_no_namespace(struct watch *w)
{
    for (int ms = 0; watched_left(w) > 0; ms++) {
        if (ms == LIMIT_MS)
            fail_msg("%d of %d network namespaces are left", watched_left(w), w->ids);
        (void)poll(NULL, 0, 1);
    }
    netlink_close(w->nl);
}

/* ---- tests ------------------------------------------------------------------------------------
 */

static void exit_codes_come_through(void **state)
{
    (void)state;
    assert_int_equal(exit_code_of("returns-seven"), 7);
    assert_int_equal(exit_code_of("aborts"), 128 + SIGABRT);
}

static void inside_is_a_world_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(exit_code_of("looks-around"), 0);
}

static void orphans_are_reaped(void **state)
{
    (void)state;
    assert_int_equal(exit_code_of("leaves-an-orphan"), 0);
}

static void a_forbidden_sandbox_names_the_switch(void **state)
{
    (void)state;
    int code = exit_code_of("is-forbidden");
    if (code == 77) {
        print_message("skip: no user namespace to forbid it in (the thread sanitizer's thread)\n");
        skip();
    }
    assert_int_equal(code, 0);
}

static void the_machine_is_described(void **state)
{
    struct netem_caps caps;
    struct err e = {0};
    (void)state;
    assert_int_equal(netem_caps_probe(&caps, &e), 0);
    assert_string_equal(caps.items[0].name, "sandbox");
    assert_int_equal(caps.items[0].state, NETEM_CAP_OK);
    assert_string_equal(caps.items[1].name, "user carrier");
    assert_int_equal(caps.items[1].state, NETEM_CAP_OK);
    for (int c = 0; c < caps.count; c++) {
        assert_true(caps.items[c].sentence[0] != '\0');
        assert_true(caps.items[c].state == NETEM_CAP_OK || caps.items[c].fix[0] != '\0');
        print_message("%s: %s: %s\n", caps.items[c].name, netem_cap_state_name(caps.items[c].state),
                      caps.items[c].sentence);
    }
}

static int killed_by(const char *name, int sig)
{
    struct victim v = start(name);
    await_stages(&v, 1);
    assert_int_equal(kill(v.pid, sig), 0);
    int status = finish(&v);
    assert_true(WIFEXITED(status));
    assert_no_process(v.marker);
    return WEXITSTATUS(status);
}

static void signals_reach_the_program_inside(void **state)
{
    (void)state;
    assert_int_equal(killed_by("waits", SIGTERM), 128 + SIGTERM);
    assert_int_equal(killed_by("waits", SIGINT), 128 + SIGINT);
    assert_int_equal(killed_by("waits", SIGHUP), 128 + SIGHUP);
    assert_int_equal(killed_by("handles-term", SIGTERM), 5);
}

static void a_program_that_returns_takes_its_daemons_along(void **state)
{
    (void)state;
    struct victim v = start("leaves-daemons");
    int status = finish(&v);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_no_process(v.marker);
}

/* SIGKILL at every stage, and a moment later than each stage. */
static void a_killed_lab_leaves_nothing(void **state)
{
    char *before = mounts();
    struct prng dice = prng_seed(1);
    int watched = 0;
    int processes_most = 0;
    (void)state;
    for (int k = 0; k < KILLS; k++) {
        pid_t pids[PROCESSES_MAX];
        struct victim v = start("lab");
        await_stages(&v, k % VICTIM_LAB_STAGES + 1);
        struct timespec moment = {.tv_nsec = (long)prng_below(&dice, 20000000)};
        if (k >= VICTIM_LAB_STAGES)
            (void)ppoll(NULL, 0, &moment, NULL);
        struct watch w = watch_victim(&v);
        int processes = find_processes(v.marker, pids);
        processes_most = processes > processes_most ? processes : processes_most;
        watched += w.ids;
        assert_int_equal(kill(v.pid, SIGKILL), 0);
        assert_true(WIFSIGNALED(finish(&v)));
        assert_no_process(v.marker);
        assert_no_namespace(&w);
    }
    print_message("%d kills, up to %d processes, %d namespaces watched: all gone\n", KILLS,
                  processes_most, watched);
    assert_true(processes_most >= 3 + VICTIM_LAB_NODES);
    assert_true(geteuid() != 0 || watched > KILLS);
    assert_same_mounts(before);
    assert_no_device();
    free(before);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_codes_come_through),
        cmocka_unit_test(inside_is_a_world_of_its_own),
        cmocka_unit_test(orphans_are_reaped),
        cmocka_unit_test(a_forbidden_sandbox_names_the_switch),
        cmocka_unit_test(the_machine_is_described),
        cmocka_unit_test(signals_reach_the_program_inside),
        cmocka_unit_test(a_program_that_returns_takes_its_daemons_along),
        cmocka_unit_test(a_killed_lab_leaves_nothing),
    };
    if (argc == 4 && strcmp(argv[1], "victim") == 0)
        return victim_main(argv[2]);
    program = argv[0];
    struct victim v = start("returns-seven");
    int status = 0;
    assert_int_equal(waitpid(v.pid, &status, 0), v.pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        printf("skip: no sandbox here\n"); /* the victim said why */
        return 77;
    }
    /* A network namespace of our own, where ids can be given without touching the host's. */
    if (geteuid() == 0 && unshare(CLONE_NEWNET) < 0) {
        printf("skip: root without CAP_SYS_ADMIN\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
