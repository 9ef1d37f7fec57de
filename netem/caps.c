/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/caps.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netem/hangup.h"
#include "netem/netem.h"

#define RECEIVE_BUFFER_BYTES_WANTED (1 << 20)

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* Adds an item; the fix and the sentence are cut rather than overflowed. */
static struct netem_cap *add(struct netem_caps *caps, const char *name, enum netem_cap_state state,
                             const char *fix)
{
    ASSERT(caps->count < NETEM_CAPS_MAX);
    struct netem_cap *c = &caps->items[caps->count++];
    memset(c, 0, sizeof(*c));
    snprintf(c->name, sizeof(c->name), "%s", name);
    snprintf(c->fix, sizeof(c->fix), "%s", fix);
    c->state = state;
    return c;
}

static void PRINTF_LIKE(2, 3) say(struct netem_cap *c, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(c->sentence, sizeof(c->sentence), fmt, args);
    va_end(args);
}

static void probe_user_carrier(struct netem_caps *caps)
{
    struct netem *net = NULL;
    struct err e = {0};
    struct netem_options o = {.nodes_count = 2, .carrier = NETEM_USER};
    if (netem_open(&o, &net, &e) == 0)
        say(add(caps, "user carrier", NETEM_CAP_OK, ""),
            "veth pairs and packet sockets work: every link fault, repeatable by seed");
    else
        say(add(caps, "user carrier", NETEM_CAP_MISSING,
                "use a kernel with CONFIG_VETH and CONFIG_PACKET"),
            "no network can be built: %s", e.text);
    netem_close(net);
}

static void probe_duplicate(struct netem_caps *caps, struct netem *net)
{
    struct err e = {0};
    struct impairment twice = {.duplicate = 0.5};
    if (netem_link_set(net, netem_node(net, 0), netem_node(net, 1), &twice, &e) == 0)
        say(add(caps, "kernel duplicates", NETEM_CAP_OK, ""), "clsact and act_mirred are there");
    else
        say(add(caps, "kernel duplicates", NETEM_CAP_WARN,
                "use the user carrier for scenarios with duplicates, or load cls_bpf and "
                "act_mirred"),
            "the kernel carrier cannot duplicate packets: %s", e.text);
}

static void probe_kernel_carrier(struct netem_caps *caps)
{
    struct netem *net = NULL;
    struct err e = {0};
    struct netem_options o = {.nodes_count = 2, .carrier = NETEM_KERNEL};
    if (netem_open(&o, &net, &e) == 0) {
        say(add(caps, "kernel carrier", NETEM_CAP_OK, ""),
            "this kernel offers sch_netem, sch_htb, cls_bpf and bridges");
        probe_duplicate(caps, net);
    } else {
        say(add(caps, "kernel carrier", NETEM_CAP_WARN,
                "nothing is needed; for sch_netem use a kernel with its module (Debian and Ubuntu "
                "have it; in clouds: package linux-modules-extra-$(uname -r)), as root once: "
                "modprobe sch_netem"),
            "the user carrier is used: %s", e.text);
    }
    netem_close(net);
}

static void probe_resets(struct netem_caps *caps)
{
    if (hangup_possible())
        say(add(caps, "connection resets", NETEM_CAP_OK, ""),
            "this kernel destroys sockets on request");
    else
        say(add(caps, "connection resets", NETEM_CAP_WARN,
                "use a kernel with CONFIG_INET_DIAG_DESTROY, and its module tcp_diag"),
            "scenarios with net.reset are skipped: open connections cannot be reset here");
}

/* As much receive buffer as the forwarder gets here: by force as root, up to a sysctl otherwise. */
static void probe_buffers(struct netem_caps *caps)
{
    int wanted = RECEIVE_BUFFER_BYTES_WANTED;
    int got = 0;
    socklen_t len = sizeof(got);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof(wanted)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted));
    (void)getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &len);
    close(fd);
    if (got >= wanted)
        say(add(caps, "receive buffers", NETEM_CAP_OK, ""), "%d KiB for the user carrier",
            got / 1024);
    else
        say(add(caps, "receive buffers", NETEM_CAP_WARN,
                "as root: sysctl net.core.rmem_max=8388608"),
            "only %d KiB for the user carrier: bursts overflow it, which is reported as overload",
            got / 1024);
}

static void probe_priority(struct netem_caps *caps)
{
    struct sched_param p = {.sched_priority = 1};
    struct sched_param ordinary = {.sched_priority = 0};
    if (sched_setscheduler(0, SCHED_FIFO, &p) == 0) {
        (void)sched_setscheduler(0, SCHED_OTHER, &ordinary);
        say(add(caps, "real-time priority", NETEM_CAP_OK, ""),
            "the user carrier runs ahead of busy neighbours");
    } else {
        say(add(caps, "real-time priority", NETEM_CAP_WARN,
                "run as root when packets are reported late"),
            "the user carrier competes with the nodes for the processor");
    }
}

static void probe_small_disk(struct netem_caps *caps)
{
    const char *fix = "";
    if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k") == 0) {
        (void)umount("/tmp");
        say(add(caps, "small disks", NETEM_CAP_OK, fix),
            "a tmpfs of limited size can be mounted: disks can run full");
    } else {
        say(add(caps, "small disks", NETEM_CAP_MISSING, "use a kernel with CONFIG_TMPFS"),
            "no tmpfs can be mounted (%s): disks cannot run full", strerror(errno));
    }
}

static void probe_clocks(struct netem_caps *caps)
{
    int status = 1;
    pid_t child = fork(); /* the namespace is for children; it is tried in one */
    if (child == 0)
        _exit(unshare(CLONE_NEWTIME) == 0 ? 0 : 1);
    if (child > 0)
        (void)waitpid(child, &status, 0);
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        say(add(caps, "time namespaces", NETEM_CAP_OK, ""),
            "monotonic clocks of other systems can start hours apart");
    else
        say(add(caps, "time namespaces", NETEM_CAP_WARN, "use a kernel with CONFIG_TIME_NS (5.6)"),
            "clock offsets work for raftd only");
}

/* Runs in the sandbox; the result goes up a pipe. */
struct probe {
    struct netem_caps caps;
    int out;
};

static int probe_inside(void *arg)
{
    struct probe *p = arg;
    say(add(&p->caps, "sandbox", NETEM_CAP_OK, ""),
        "network, process, mount and user namespaces work%s",
        access("/proc/1/cmdline", R_OK) == 0 ? "" : ", without a /proc of their own");
    probe_user_carrier(&p->caps);
    probe_kernel_carrier(&p->caps);
    probe_resets(&p->caps);
    probe_buffers(&p->caps);
    probe_priority(&p->caps);
    probe_small_disk(&p->caps);
    probe_clocks(&p->caps);
    ssize_t n = write(p->out, &p->caps, sizeof(p->caps));
    return n == (ssize_t)sizeof(p->caps) ? 0 : 1;
}

static bool read_whole(int fd, void *to, size_t size)
{
    size_t len = 0;
    while (len < size) {
        ssize_t n = read(fd, (char *)to + len, size - len);
        if (n > 0)
            len += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return false;
    }
    return true;
}

int netem_caps_probe(struct netem_caps *ret, struct err *e)
{
    struct probe p = {.out = -1};
    struct err blocked = {0};
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return err_set_errno(e, -E_IO, errno, "netem: probe: pipe");
    p.out = fds[1];
    /* The answer fits the pipe, so it can be read when the sandbox has ended. */
    int r = netem_sandbox_run(probe_inside, &p, &blocked);
    close(fds[1]);
    if (r < 0)
        say(add(&p.caps, "sandbox", NETEM_CAP_MISSING, "run as root, or do what the text says"),
            "%s", blocked.text);
    bool whole = r < 0 || read_whole(fds[0], &p.caps, sizeof(p.caps));
    close(fds[0]);
    if (!whole || p.caps.count < 1 || p.caps.count > NETEM_CAPS_MAX)
        return err_set(e, -E_IO, "netem: probe: ended without an answer");
    *ret = p.caps;
    return 0;
}

const char *netem_cap_state_name(enum netem_cap_state s)
{
    switch (s) {
    case NETEM_CAP_OK: return "ok";
    case NETEM_CAP_WARN: return "warn";
    case NETEM_CAP_MISSING: return "missing";
    }
    UNREACHABLE();
}
