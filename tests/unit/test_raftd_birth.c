/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Births among strangers: who is silent makes room for who speaks, and what no offer can name is
 * left out. R-MEMB-25. */
#include "base/checksum.h"
#include "base/units.h"
#include "emulator/disk/memvfs.h"
#include "raft/node.h"
#include "raftd/birth.h"
#include "raftd/birth_promise.h"
#include "raftd/join.h"
#include "raftd/twins.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct twin *get(struct twins *t, raft_id id, const struct membership *keep, uint64_t now_ns)
{
    struct twin *one = twins_get(t, id, keep, now_ns);
    if (one != NULL)
        one->heard_ns = now_ns;
    return one;
}

static void the_silent_make_room(void **state)
{
    static struct twins t;
    static struct membership none, keep;
    uint64_t now_ns = 100 * NS_PER_S;
    (void)state;
    t.count = 0;
    for (raft_id id = 1; id <= TWINS_MAX; id++)
        assert_non_null(get(&t, id, &none, now_ns + id));
    assert_null(get(&t, 1000, &none, now_ns + NS_PER_S)); /* nobody is dropped who speaks */
    now_ns += 20 * NS_PER_S;
    keep.config.count = 1;
    keep.config.members[0].id = keep.peers[0].id = 1;
    assert_non_null(get(&t, 3, &keep, now_ns));
    struct twin *late = get(&t, 1000, &keep, now_ns); /* in the place of 2: 1 is to be kept */
    assert_non_null(late);
    assert_int_equal(late->offer, 0);
    assert_ptr_equal(get(&t, 1000, &keep, now_ns), late);
    assert_int_equal(t.count, TWINS_MAX);
    bool has[4] = {false};
    for (size_t i = 0; i < t.count; i++)
        has[t.list[i].peer.id < 4 ? t.list[i].peer.id : 0] = true;
    assert_true(has[1] && !has[2] && has[3]);
}

/* As many members as there may be, each with the longest name and address. */
static void the_longest_offer_is_kept(void **state)
{
    static struct birth_promise kept, back;
    struct memvfs *m = memvfs_new(1);
    const struct vfs *vfs = memvfs_vfs(m);
    struct err e = {0};
    (void)state;
    kept = (struct birth_promise){.accepted = true};
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        struct node_peer peer = {.disk = i + 1};
        memset(peer.name, 'n', LIMIT_NODE_NAME);
        (void)snprintf(peer.name, 4, "%03u", i);
        peer.name[3] = 'n';
        memset(peer.address, 'h', LIMIT_ADDRESS - 5);
        (void)snprintf(peer.address + LIMIT_ADDRESS - 5, 6, ":7001");
        assert_int_equal(membership_add(&kept.offer, &peer, RAFT_VOTER, &e), 0);
    }
    assert_int_equal(birth_promise_write(vfs, "d", &kept, &e), 0);
    assert_int_equal(birth_promise_read(vfs, "d", &back, &e), 0);
    assert_true(back.accepted);
    assert_int_equal(back.offer.config.count, LIMIT_MEMBERS);
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++)
        assert_string_equal(back.offer.peers[i].address, kept.offer.peers[i].address);
    memvfs_free(m);
}

/* ---- a birth, to which a stranger speaks ---- */

static struct config config;
static struct sockaddr_in where;
static char stranger[LIMIT_NODE_NAME + 1];
static unsigned rounds;

static int unused_port(void)
{
    socklen_t len = sizeof(where);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    where = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)&where, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &len), 0);
    (void)close(fd);
    return ntohs(where.sin_port);
}

/* Called once a round: says who the stranger is, at an address that is none. The next round hears
 * it, since it listens before it offers. */
static bool say_and_stop(void *arg)
{
    struct buf bytes = {0};
    struct err e = {0};
    struct peer_hello hello = join_hello(stranger, "nowhere", 0, 0);
    struct peer_birth said = {
        .from = hello.from, .disk = 7, .expect = 2, .list = *(const uint64_t *)arg};
    (void)snprintf(said.name, sizeof(said.name), "%s", stranger);
    (void)snprintf(said.address, sizeof(said.address), "nowhere");
    (void)snprintf(said.cluster, sizeof(said.cluster), "%s", config.cluster);
    assert_int_equal(peer_hello_encode(&bytes, &hello, &e), 0);
    assert_int_equal(peer_birth_encode(&bytes, &said, &e), 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&where, sizeof(where)), 0);
    assert_int_equal(send(fd, bytes.data, bytes.len, MSG_NOSIGNAL), bytes.len);
    (void)close(fd);
    buf_free(&bytes);
    return ++rounds > 10;
}

static void an_address_that_is_none_is_left_out(void **state)
{
    struct memvfs *disk = memvfs_new(1);
    struct logger log = {.level = ENV_ERROR};
    struct birth_result result;
    struct err e = {0};
    (void)state;
    (void)snprintf(config.name, sizeof(config.name), "n1");
    (void)snprintf(config.cluster, sizeof(config.cluster), "c");
    (void)snprintf(config.data_dir, sizeof(config.data_dir), "dir");
    (void)snprintf(config.listen_peer, sizeof(config.listen_peer), "127.0.0.1:%d", unused_port());
    memcpy(config.advertise_peer, config.listen_peer, sizeof(config.advertise_peer));
    config.expect = 2;
    config.peers.count = 1;
    memcpy(config.peers.list[0].address, config.listen_peer, sizeof(config.listen_peer));
    char list[LIMIT_ADDRESS + 2];
    int len = snprintf(list, sizeof(list), "%s\n", config.listen_peer);
    uint64_t digest = checksum64(list, (size_t)len);
    for (unsigned i = 0; i == 0 || node_id_of_name(stranger) < node_id_of_name("n1"); i++)
        (void)snprintf(stranger, sizeof(stranger), "s%u", i); /* n1 is the one to offer */
    struct birth_host host = {.log = &log, .stopped = say_and_stop, .arg = &digest};
    assert_int_equal(birth_run(&config, memvfs_vfs(disk), &host, &result, &e), -E_CLOSED);
    assert_int_equal(rounds, 11);
    memvfs_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_silent_make_room),
        cmocka_unit_test(the_longest_offer_is_kept),
        cmocka_unit_test(an_address_that_is_none_is_left_out),
    };
    return cmocka_run_group_tests_name("raftd_birth", tests, NULL, NULL);
}
