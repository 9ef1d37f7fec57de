/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file system that fills up: writes are refused, reads go on, space given back ends it.
 *
 * Runs on a small tmpfs in a mount namespace of its own; skipped where that is not to be had. */
#include "tests/support/cluster.h"

#include "base/mem.h"
#include "base/respw.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *raftd;
static struct cluster cluster;

/* Only the user himself is mapped, as root inside. */
static bool write_map(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        (void)close(fd);
    return good;
}

static bool enter_namespace(void)
{
    char map[64];
    unsigned uid = geteuid(), gid = getegid();
    if (unshare(CLONE_NEWNS) == 0)
        return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return false;
    (void)write_map("/proc/self/setgroups", "deny");
    (void)snprintf(map, sizeof(map), "0 %u 1", uid);
    bool good = write_map("/proc/self/uid_map", map);
    (void)snprintf(map, sizeof(map), "0 %u 1", gid);
    return good && write_map("/proc/self/gid_map", map) &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool mount_small(const char *dir)
{
    return mkdir(dir, 0700) == 0 &&
           mount("tmpfs", dir, "tmpfs", MS_NOSUID | MS_NODEV, "size=4m") == 0;
}

/* Writes 64 KiB values until one is refused; the reply. */
static const char *fill(struct ask *a)
{
    static char reply[256];
    char *value = mem_alloc(64 * 1024);
    memset(value, 'x', 64 * 1024);
    for (int i = 0; i < 1000; i++) {
        struct buf request = {0};
        char key[16];
        (void)snprintf(key, sizeof(key), "k%d", i);
        struct span words[3] = {span_str("SET"), span_str(key), span_of(value, 64 * 1024)};
        respw_request(&request, words, 3);
        assert_true(ask_send_bytes(a, request.data, request.len));
        buf_free(&request);
        (void)snprintf(reply, sizeof(reply), "%s", ask_reply(a, 20000));
        if (reply[0] != '+')
            break;
    }
    free(value);
    return reply;
}

static bool write_goes(void *arg)
{
    return ask(arg, "SET again y")[0] == '+';
}

static void a_full_disk_refuses_writes_and_recovers(void **state)
{
    char small[128];
    struct ask a;
    (void)state;
    (void)snprintf(small, sizeof(small), "%s/small", cluster.root);
    assert_true(mount_small(small));
    (void)snprintf(cluster.nodes[0].data_dir, sizeof(cluster.nodes[0].data_dir), "%s/data", small);
    cluster_start(&cluster, 0, "--segment-size 256KiB --client-deadline 1s");
    (void)cluster_leader(&cluster, -1);
    assert_true(ask_connect(&a, cluster.nodes[0].client_port));
    assert_string_equal(ask(&a, "SET early x"), "+OK");
    const char *refused = fill(&a);
    assert_int_equal(strncmp(refused, "-NOSPACE", 8), 0);
    assert_string_equal(ask(&a, "GET early"), "$x");
    assert_int_equal(mount("tmpfs", small, "tmpfs", MS_REMOUNT | MS_NOSUID | MS_NODEV, "size=64m"),
                     0);
    wait_until("writes to be accepted again", write_goes, &a, 20000);
    assert_string_equal(ask(&a, "GET early"), "$x");
    ask_close(&a);
    cluster_signal(&cluster, 0, SIGTERM);
    assert_int_equal(cluster_wait_exit(&cluster, 0), 0);
    assert_int_equal(umount2(small, MNT_DETACH), 0);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s RAFTD\n", argv[0]);
        return 64;
    }
    raftd = argv[1];
    if (!enter_namespace()) {
        (void)printf("skip: no mount namespace of our own: %s\n", strerror(errno));
        return 77;
    }
    cluster_init(&cluster, raftd, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_refuses_writes_and_recovers),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cluster_free(&cluster);
    return failed;
}
