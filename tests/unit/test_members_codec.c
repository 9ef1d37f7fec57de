/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configuration entries as bytes: what is written is read, and nothing else is. */
/* Rules: R-MEMB-1. */
#include "node/members/members_codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void add(struct membership *m, const char *name, uint32_t flags)
{
    struct node_peer p = {0};
    struct err e;
    (void)snprintf(p.name, sizeof(p.name), "%s", name);
    (void)snprintf(p.address, sizeof(p.address), "%s:7100", name);
    assert_int_equal(membership_add(m, &p, flags, &e), 0);
}

static int decode(const struct buf *bytes, size_t len, struct membership *ret)
{
    struct err e;
    return membership_decode(span_of(bytes->data, len), ret, &e);
}

static void every_role_survives(void **state)
{
    static const uint32_t roles[] = {0,
                                     RAFT_VOTER,
                                     RAFT_VOTER_OLD,
                                     RAFT_VOTER | RAFT_VOTER_OLD,
                                     RAFT_VOTER_OLD | RAFT_LEARNER_NEXT,
                                     RAFT_WITNESS,
                                     RAFT_WITNESS | RAFT_VOTER};
    struct membership m, read;
    struct buf bytes = {0}, again = {0};
    (void)state;
    memset(&m, 0, sizeof(m));
    for (unsigned i = 0; i < ARRAY_LEN(roles); i++) {
        char name[8];
        (void)snprintf(name, sizeof(name), "n%u", i);
        add(&m, name, roles[i]);
        m.config.members[i].priority = (int32_t)(i * 36) - RAFT_PRIORITY_USUAL; /* 0..216 */
    }
    membership_encode(&bytes, &m);
    assert_int_equal(decode(&bytes, bytes.len, &read), 0);
    assert_true(read.config.joint);
    assert_int_equal(read.config.count, ARRAY_LEN(roles));
    for (unsigned i = 0; i < ARRAY_LEN(roles); i++) {
        assert_int_equal(read.config.members[i].id, m.config.members[i].id);
        assert_int_equal(read.config.members[i].flags, m.config.members[i].flags);
        assert_int_equal(read.config.members[i].priority, m.config.members[i].priority);
        assert_string_equal(read.peers[i].address, m.peers[i].address);
    }
    membership_encode(&again, &read);
    assert_int_equal(again.len, bytes.len);
    assert_memory_equal(again.data, bytes.data, bytes.len);
    buf_free(&bytes);
    buf_free(&again);
}

static void impossible_roles_are_refused(void **state)
{
    static const uint32_t roles[] = {RAFT_LEARNER_NEXT, RAFT_VOTER | RAFT_LEARNER_NEXT,
                                     RAFT_VOTER | RAFT_VOTER_OLD | RAFT_LEARNER_NEXT, 16};
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(roles); i++) {
        struct membership m, read;
        struct buf bytes = {0};
        memset(&m, 0, sizeof(m));
        add(&m, "n1", roles[i]);
        membership_encode(&bytes, &m);
        assert_int_equal(decode(&bytes, bytes.len, &read), -E_CORRUPT);
        buf_free(&bytes);
    }
}

static void no_part_of_it_is_enough(void **state)
{
    struct membership m, read;
    struct buf bytes = {0};
    (void)state;
    memset(&m, 0, sizeof(m));
    add(&m, "n1", RAFT_VOTER);
    add(&m, "n2", RAFT_VOTER);
    membership_encode(&bytes, &m);
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(decode(&bytes, len, &read), -E_CORRUPT);
    buf_put_u8(&bytes, 0);
    assert_int_equal(decode(&bytes, bytes.len, &read), -E_CORRUPT); /* nor more than it */
    buf_free(&bytes);
}

static void members_stand_in_order(void **state)
{
    struct membership m, read;
    struct buf bytes = {0};
    (void)state;
    memset(&m, 0, sizeof(m));
    add(&m, "n1", RAFT_VOTER);
    add(&m, "n2", RAFT_VOTER);
    struct raft_member first = m.config.members[0];
    struct node_peer peer = m.peers[0];
    m.config.members[0] = m.config.members[1];
    m.peers[0] = m.peers[1];
    m.config.members[1] = first;
    m.peers[1] = peer;
    membership_encode(&bytes, &m);
    assert_int_equal(decode(&bytes, bytes.len, &read), -E_CORRUPT);
    buf_free(&bytes);
}

static void set_address(struct node_peer *p, const char *address)
{
    (void)snprintf(p->address, sizeof(p->address), "%s", address);
}

/* What a correct node would not write, however well it is put into bytes. */
static void nonsense_is_refused(void **state)
{
    struct membership good, bad, read;
    struct buf bytes = {0};
    (void)state;
    memset(&good, 0, sizeof(good));
    add(&good, "n1", RAFT_VOTER);
    add(&good, "n2", RAFT_VOTER | RAFT_VOTER_OLD);
    good.lost_count = 1;
    good.lost[0] = good.peers[0];
    for (unsigned i = 0; i < 7; i++) {
        bad = good;
        switch (i) {
        case 0: break; /* so far it is all right */
        case 1: bad.config.members[0].flags = bad.config.members[1].flags = 0; break;
        case 2: bad.config.members[0].flags = bad.config.members[1].flags = RAFT_VOTER_OLD; break;
        case 3: bad.peers[0].id--; break;
        case 4: set_address(&bad.peers[1], "nowhere"); break;
        case 5: set_address(&bad.peers[1], "host:0"); break;
        default: bad.lost[0].id++;
        }
        buf_reset(&bytes);
        membership_encode(&bytes, &bad);
        assert_int_equal(decode(&bytes, bytes.len, &read), i == 0 ? 0 : -E_CORRUPT);
    }
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_survives),     cmocka_unit_test(impossible_roles_are_refused),
        cmocka_unit_test(no_part_of_it_is_enough), cmocka_unit_test(members_stand_in_order),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
