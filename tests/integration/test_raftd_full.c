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

#define VALUE_BYTES   65536
#define WRITES_MAX    100000
#define TAKEN_MAX     500 /* far more than fit */
#define NO_SPACE_TEXT "no new writes until there is space"

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

/* SET k<i> to 64 KiB that begin with i; the reply. */
static const char *write_large(struct ask *a, int i)
{
    static char reply[256];
    char *value = mem_alloc(VALUE_BYTES);
    struct buf request = {0};
    char key[16];
    memset(value, 'x', VALUE_BYTES);
    (void)snprintf(key, sizeof(key), "k%d", i);
    int len = snprintf(value, VALUE_BYTES, "%d", i);
    value[len] = 'x';
    struct span words[3] = {span_str("SET"), span_str(key), span_of(value, VALUE_BYTES)};
    respw_request(&request, words, 3);
    assert_true(ask_send_bytes(a, request.data, request.len));
    buf_free(&request);
    free(value);
    (void)snprintf(reply, sizeof(reply), "%s", ask_reply(a, 60000));
    return reply;
}

struct large {
    struct ask *a;
    int i;
    const char *reply;
};

/* A refusal says nothing of the key: on a slow machine the leader may have changed just now. */
static bool is_read(void *arg)
{
    struct large *l = arg;
    l->reply = ask(l->a, "GET k%d", l->i);
    return l->reply[0] != '-';
}

static bool has_large(struct ask *a, int i)
{
    char begin[32];
    struct large l = {.a = a, .i = i};
    int len = snprintf(begin, sizeof(begin), "$%dx", i);
    wait_until("a read to be answered", is_read, &l, 60000);
    return strncmp(l.reply, begin, (size_t)len) == 0 && strlen(l.reply) == VALUE_BYTES + 1;
}

/* Writes until one is refused; the reply. */
static const char *fill(struct ask *a)
{
    const char *reply = "+OK";
    for (int i = 0; i < WRITES_MAX && reply[0] == '+'; i++)
        reply = write_large(a, i);
    return reply;
}

static bool write_goes(void *arg)
{
    return ask(arg, "SET again y")[0] == '+';
}

/* The file system of the first node's data directory. */
static void small_path(char *ret, size_t size)
{
    (void)snprintf(ret, size, "%s/small", cluster.root);
}

static void enlarge(void)
{
    char small[128];
    small_path(small, sizeof(small));
    assert_int_equal(mount("tmpfs", small, "tmpfs", MS_REMOUNT | MS_NOSUID | MS_NODEV, "size=64m"),
                     0);
}

static int set_up(unsigned count)
{
    char small[128];
    cluster_init(&cluster, raftd, count);
    small_path(small, sizeof(small));
    (void)snprintf(cluster.nodes[0].data_dir, sizeof(cluster.nodes[0].data_dir), "%s/data", small);
    return mount_small(small) ? 0 : -1;
}

static int one_node(void **state)
{
    (void)state;
    return set_up(1);
}

static int three_nodes(void **state)
{
    (void)state;
    return set_up(3);
}

static int tear_down(void **state)
{
    char small[128];
    (void)state;
    small_path(small, sizeof(small));
    (void)umount2(small, MNT_DETACH);
    cluster_free(&cluster);
    return 0;
}

static void a_full_disk_refuses_writes_and_recovers(void **state)
{
    struct ask a;
    (void)state;
    cluster_start(&cluster, 0, "--segment-size 256KiB --client-deadline 20s");
    (void)cluster_leader(&cluster, -1);
    assert_true(ask_connect(&a, cluster.nodes[0].client_port));
    assert_string_equal(ask(&a, "SET early x"), "+OK");
    const char *refused = fill(&a);
    assert_int_equal(strncmp(refused, "-NOSPACE", 8), 0);
    assert_string_equal(ask(&a, "GET early"), "$x");
    enlarge();
    wait_until("writes to be accepted again", write_goes, &a, 20000);
    assert_string_equal(ask(&a, "GET early"), "$x");
    ask_close(&a);
    cluster_signal(&cluster, 0, SIGTERM);
    assert_int_equal(cluster_wait_exit(&cluster, 0), 0);
}

static bool first_leads(void *arg)
{
    struct ask *a = arg;
    (void)ask(a, "RAFT TRANSFER n1");
    return strcmp(cluster_info(&cluster, 0, "raft_role"), "leader") == 0;
}

static void make_first_lead(void)
{
    struct ask a;
    unsigned leader = cluster_leader(&cluster, -1);
    if (leader == 0)
        return;
    assert_true(ask_connect(&a, cluster.nodes[leader].client_port));
    wait_until("n1 to lead", first_leads, &a, 20000);
    ask_close(&a);
}

/* Writes through a until n1 has no space and others take them: which were acknowledged. How many
 * were tried. */
static int write_past_full(struct ask *a, bool *ret_acked)
{
    int after = 0, taken = 0, i = 0;
    for (; i < WRITES_MAX && taken < TAKEN_MAX && after < 5; i++) {
        const char *reply = write_large(a, i);
        ret_acked[i] = reply[0] == '+';
        taken += ret_acked[i];
        if (strstr(reply, "deadline") != NULL || reply[0] == '!')
            fail_msg("write %d: %s", i, reply);
        if (ret_acked[i] && cluster_log_has(&cluster, 0, NO_SPACE_TEXT))
            after++;
    }
    assert_true(after == 5);
    return i;
}

static void one_full_disk_of_three_stops_nobody(void **state)
{
    static bool acked[WRITES_MAX];
    struct ask full, other;
    (void)state;
    cluster_start_all(&cluster, "--segment-size 256KiB --client-deadline 20s");
    make_first_lead();
    cluster_connect(&cluster, 0, &full);
    cluster_connect(&cluster, 1, &other);
    int tried = write_past_full(&other, acked);
    (void)cluster_leader(&cluster, 0);
    wait_until("writes through the full node", write_goes, &full, 20000);
    for (int i = 0; i < tried; i++)
        assert_true(!acked[i] || has_large(&other, i));
    enlarge();
    cluster_wait_log(&cluster, 0, "there is space for the log again");
    for (int i = 0; i < tried; i++)
        assert_true(!acked[i] || has_large(&full, i));
    ask_close(&full);
    ask_close(&other);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_disk_refuses_writes_and_recovers, one_node,
                                        tear_down),
        cmocka_unit_test_setup_teardown(one_full_disk_of_three_stops_nobody, three_nodes,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
