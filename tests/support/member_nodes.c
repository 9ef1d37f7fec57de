/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/member_nodes.h"

#include "tests/support/judge_nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

bool reply_begins(const char *reply, const char *with)
{
    if (strncmp(reply, with, strlen(with)) == 0)
        return true;
    print_message("%s instead of %s\n", reply, with);
    return false;
}

void nodes_done(struct nodes *n)
{
    const char *violated = judge_nodes(n, "logMatching");
    if (violated != NULL)
        fail_msg("%s", violated);
    nodes_close(n);
}

void nodes_open_one(struct nodes *n, uint64_t seed)
{
    nodes_open(n, 1, seed);
    assert_int_equal(nodes_leader(n, MEMBER_NODES_LIMIT), 0);
    assert_string_equal(nodes_ask(n, 0, 0, "SET k v", MEMBER_NODES_LIMIT), "+OK\r\n");
}

void nodes_open_three(struct nodes *n, uint64_t seed)
{
    nodes_open_one(n, seed);
    for (unsigned i = 1; i < 3; i++) {
        char words[64];
        assert_int_equal(nodes_join(n), i);
        (void)snprintf(words, sizeof(words), "RAFT MEMBER ADD n%u host%u:7001", i + 1, i + 1);
        assert_string_equal(nodes_ask(n, 0, 0, words, MEMBER_NODES_LIMIT), "+OK\r\n");
    }
}

bool status_has(struct nodes *n, unsigned i, const char *part)
{
    const char *status = nodes_ask(n, i, 7, "RAFT STATUS", MEMBER_NODES_LIMIT);
    bool found = strstr(status, part) != NULL;
    if (!found)
        print_message("%s not in %s\n", part, status);
    return found;
}
