/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is taken away because it has become void: in every state of small bounds in which it is left
 * where it is instead, its arrival does nothing, and in every next state it is void still. */
#include "base/mem.h"
#include "emulator/explore/dead.h"
#include "emulator/explore/search.h"
#include "emulator/explore/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct ways {
    struct ex_space space;
    struct ex_expander expander;
    struct ex_memo memo;
    struct fpset *seen;
    struct ex_cluster *state; /* all that were met, first those that were looked at */
    size_t count;
    size_t room;
    uint64_t dead[RAFT_MESSAGE_TYPES]; /* found void, by type */
};

static void meet(struct ways *w, const struct ex_cluster *c)
{
    struct ex_sums sums;
    ex_cluster_sums(c, &w->space, &sums);
    if (fpset_insert(w->seen, ex_cluster_fingerprint(c, &w->space, &sums)) == FPSET_SEEN)
        return;
    if (fpset_wants_room(w->seen)) {
        struct err e;
        assert_int_equal(fpset_grow(w->seen, &e), 0);
    }
    w->state = mem_room(w->state, w->count + 1, &w->room, sizeof(*w->state));
    w->state[w->count++] = *c;
}

static const struct raft_message *message(const struct ways *w, uint32_t number)
{
    return &ex_space_met(&w->space, number)->message.m;
}

static bool is_up(const struct ways *w, const struct ex_cluster *c, uint64_t id)
{
    return ex_space_row(&w->space, c->server[id - 1])->host.up;
}

static void fail_at(const struct ways *w, uint32_t number, const struct ex_action *after,
                    const char *what)
{
    char text[256], action[400] = "nothing";
    if (after != NULL)
        (void)ex_action_text(&w->space, after, action, sizeof(action));
    fail_msg("%s: %s; after: %s", what,
             raft_describe_message(message(w, number), NULL, text, sizeof(text)), action);
}

/* It changes nobody, and what is sent is void, too. */
static void does_nothing(struct ways *w, const struct ex_cluster *c, uint32_t number)
{
    uint32_t at = (uint32_t)message(w, number)->to - 1, sent[EX_SENT];
    struct ex_event event = {.kind = EX_EVENT_DELIVER, .argument = number};
    struct ex_outcome o = ex_memo_take(&w->memo, c->server[at], event);
    if (o.server != c->server[at])
        fail_at(w, number, NULL, "it is void, and changes its receiver");
    memcpy(sent, ex_memo_sent(&w->memo, &o), o.sent_count * sizeof(*sent));
    for (uint32_t i = 0; i < o.sent_count; i++) {
        const struct raft_message *answer = message(w, sent[i]);
        if (!is_up(w, c, answer->to))
            continue;
        event.argument = sent[i];
        struct ex_outcome then = ex_memo_take(&w->memo, c->server[(uint32_t)answer->to - 1], event);
        if (then.server != c->server[(uint32_t)answer->to - 1] || then.sent_count != 0)
            fail_at(w, number, NULL, "it is void, and its answer is not");
    }
}

/* From the place first on: where in c one like it is on its way. UINT32_MAX: nowhere. */
static uint32_t find(const struct ex_cluster *c, uint32_t number, uint32_t first)
{
    uint32_t all = (uint32_t)c->count + c->strays, i = first;
    while (i < all && c->message[i] != number)
        i++;
    return i < all ? i : UINT32_MAX;
}

/* One that was in a queue may be late: then it is another thing. */
static void stays(struct ways *w, const struct ex_cluster *from, uint32_t at,
                  const struct ex_next *n)
{
    const struct ex_cluster *to = &n->to;
    bool stray = at >= from->count;
    uint32_t number = from->message[at], where = find(to, number, stray ? to->count : 0);
    if (where == UINT32_MAX || (where >= to->count) != stray || n->action.event.argument == number)
        return;
    if (is_up(w, to, message(w, number)->to) && !ex_message_is_dead(&w->memo, to, where))
        fail_at(w, number, &n->action, "it was void, and is no more");
}

static void look_at(struct ways *w, const struct ex_cluster *c)
{
    ex_expand(&w->expander, c);
    for (uint32_t i = 0; i < (uint32_t)c->count + c->strays; i++) {
        if (!ex_message_is_dead(&w->memo, c, i))
            continue;
        w->dead[message(w, c->message[i])->type]++;
        does_nothing(w, c, c->message[i]);
        for (uint32_t k = 0; k < w->expander.count; k++) {
            if (w->expander.next[k].broken == NULL)
                stays(w, c, i, &w->expander.next[k]);
        }
    }
    for (uint32_t k = 0; k < w->expander.count; k++) {
        assert_null(w->expander.next[k].broken);
        meet(w, &w->expander.next[k].to);
    }
}

static void go_everywhere(struct ways *w, const struct ex_bounds *b)
{
    struct fpset_options o = {.bits = 64, .bytes_max = 256u << 20};
    struct err e;
    struct ex_cluster first;
    memset(w, 0, sizeof(*w));
    assert_int_equal(fpset_open(&w->seen, &o, &e), 0);
    ex_space_init(&w->space, b);
    ex_expander_init(&w->expander, &w->space);
    ex_memo_init(&w->memo, &w->space);
    ex_cluster_begin(&first, &w->space);
    meet(w, &first);
    for (size_t i = 0; i < w->count; i++) {
        struct ex_cluster c = w->state[i];
        look_at(w, &c);
    }
    mem_free(w->state);
    ex_memo_free(&w->memo);
    ex_expander_free(&w->expander);
    ex_space_free(&w->space);
    fpset_close(w->seen);
}

static struct ex_bounds two_terms(void)
{
    struct ex_bounds b = {.servers = 3, .terms = 2, .symmetry = true, .stale = false};
    b.budget[EX_TIMEOUT] = 2;
    b.budget[EX_ENTRY] = 1;
    return b;
}

static void test_sound(void **state)
{
    (void)state;
    struct ways w;
    struct ex_bounds b = two_terms();
    b.budget[EX_DROP] = 1;
    go_everywhere(&w, &b);
    assert_true(w.dead[RAFT_REQUEST_VOTE_REPLY] > 0 && w.dead[RAFT_APPEND_REPLY] > 0);
    assert_true(w.dead[RAFT_REQUEST_VOTE] > 0);
}

static void test_twice(void **state)
{
    (void)state;
    struct ways w;
    struct ex_bounds b = two_terms();
    b.budget[EX_DUPLICATE] = 1;
    go_everywhere(&w, &b);
    assert_true(w.dead[RAFT_APPEND] > 0);
}

static void test_late(void **state)
{
    (void)state;
    struct ways w;
    struct ex_bounds b = two_terms();
    b.budget[EX_REORDER] = 1;
    go_everywhere(&w, &b);
    assert_true(w.dead[RAFT_APPEND] > 0);
}

static void test_crash(void **state)
{
    (void)state;
    struct ways w;
    struct ex_bounds b = two_terms();
    b.budget[EX_CRASH] = b.budget[EX_RESTART] = 1;
    b.budget[EX_ENTRY] = 0;
    go_everywhere(&w, &b);
    b.budget[EX_DUPLICATE] = 1;
    go_everywhere(&w, &b);
    b.check_quorum = true;
    b.budget[EX_LATE] = 1;
    b.terms = b.budget[EX_TIMEOUT] = 1;
    go_everywhere(&w, &b);
}

/* Without copies that change nothing the same servers, messages and histories are met. */
static void test_copies(void **state)
{
    (void)state;
    struct ex_numbers met[2];
    struct ex_bounds b = two_terms();
    b.symmetry = false;
    b.budget[EX_DUPLICATE] = 1;
    b.budget[EX_ENTRY] = 0;
    for (uint32_t i = 0; i < 2; i++) {
        struct ex_search_options o = {
            .jobs = 1, .memory_bytes_max = 64u << 20, .dir = "/tmp", .bounds = b};
        struct ex_search *s = NULL;
        struct ex_result r;
        struct err e;
        o.bounds.stale = i == 1;
        if (ex_search_open(&s, &o, &e) != 0 || ex_search_run(s, &r, &e) != 0)
            fail_msg("%s", e.text);
        assert_int_equal(r.end, EX_EXHAUSTED);
        met[i] = r.numbers;
        ex_search_close(s);
    }
    assert_true(met[1].distinct < met[0].distinct / 2);
    assert_int_equal(met[1].servers, met[0].servers);
    assert_int_equal(met[1].messages, met[0].messages);
    assert_int_equal(met[1].histories, met[0].histories);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sound), cmocka_unit_test(test_twice),
                                       cmocka_unit_test(test_late), cmocka_unit_test(test_crash),
                                       cmocka_unit_test(test_copies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
