/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int netns_open_self(struct err *e)
{
    int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(e, -E_IO, errno, "netem: open /proc/thread-self/ns/net");
    return fd;
}

int netns_new(struct err *e)
{
    if (unshare(CLONE_NEWNET) < 0)
        return netns_explain(e, "a network namespace", errno);
    return netns_open_self(e);
}

int netns_enter(int fd, struct err *e)
{
    if (setns(fd, CLONE_NEWNET) == 0)
        return 0;
    return err_set_errno(e, err_from_errno(errno), errno, "netem: enter a network namespace");
}

void netns_return(int fd)
{
    ASSERT(setns(fd, CLONE_NEWNET) == 0);
}

int netns_sysctl(const char *path, const char *value, struct err *e)
{
    char full[128];
    int n = snprintf(full, sizeof(full), "/proc/sys/net/%s", path);
    ASSERT(n > 0 && (size_t)n < sizeof(full));
    int fd = open(full, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "netem: open %s", full);
    ssize_t written = write(fd, value, strlen(value));
    int saved = errno;
    close(fd);
    if (written < 0)
        return err_set_errno(e, err_from_errno(saved), saved, "netem: write \"%s\" to %s", value,
                             full);
    return 0;
}

static int offload_off(int sock, const char *device, uint32_t command, struct err *e)
{
    struct ethtool_value value = {.cmd = command, .data = 0};
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    ASSERT(strlen(device) < sizeof(request.ifr_name));
    memcpy(request.ifr_name, device, strlen(device));
    request.ifr_data = (char *)&value;
    if (ioctl(sock, SIOCETHTOOL, &request) == 0 || errno == EOPNOTSUPP)
        return 0; /* a device without the feature has nothing to turn off */
    return err_set_errno(e, err_from_errno(errno), errno, "netem: %s: turn an offload off", device);
}

int netns_offloads_off(const char *device, struct err *e)
{
    static const uint32_t commands[] = {ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO};
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock < 0)
        return err_set_errno(e, -E_IO, errno, "netem: %s: socket", device);
    int r = 0;
    for (size_t c = 0; c < ARRAY_LEN(commands) && r == 0; c++)
        r = offload_off(sock, device, commands[c], e);
    close(sock);
    return r;
}

/* The first byte of a sysctl file; 0 if it does not exist. */
static char sysctl_first(const char *path)
{
    char c = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    if (read(fd, &c, 1) != 1)
        c = 0;
    close(fd);
    return c;
}

int netns_explain(struct err *e, const char *step, int errno_value)
{
    if (errno_value == ENOSPC && sysctl_first("/proc/sys/user/max_user_namespaces") == '0')
        return err_set(e, -E_UNSUPPORTED,
                       "sandbox: user namespaces are off here (sysctl "
                       "user.max_user_namespaces=0): run as root, or set it to 10000");
    if (errno_value == ENOSPC)
        return err_set(e, -E_UNSUPPORTED,
                       "sandbox: %s: too many namespaces (sysctl user.max_user_namespaces, "
                       "user.max_net_namespaces, user.max_pid_namespaces, or more than 32 levels)",
                       step);
    if (errno_value == EINVAL)
        return err_set_errno(e, -E_UNSUPPORTED, errno_value,
                             "sandbox: %s: the process has threads already, or the kernel lacks "
                             "namespaces",
                             step);
    if (errno_value != EPERM && errno_value != EACCES)
        return err_set_errno(e, -E_IO, errno_value, "sandbox: %s", step);
    if (sysctl_first("/proc/sys/kernel/unprivileged_userns_clone") == '0')
        return err_set(e, -E_PERMISSION,
                       "sandbox: user namespaces are for root only here: run as root, or set "
                       "sysctl kernel.unprivileged_userns_clone=1");
    if (sysctl_first("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == '1')
        return err_set(e, -E_PERMISSION,
                       "sandbox: AppArmor restricts user namespaces: set sysctl "
                       "kernel.apparmor_restrict_unprivileged_userns=0, or give this program a "
                       "profile with \"userns,\"");
    return err_set(e, -E_PERMISSION,
                   "sandbox: %s: blocked, likely by the container's seccomp profile: run as root "
                   "with --cap-add NET_ADMIN --cap-add SYS_ADMIN",
                   step);
}
