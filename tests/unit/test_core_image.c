/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What hosts may do about images at any time: late news of old ones changes nothing. */
#include "base/mem.h"
#include "base/units.h"
#include "raft/raft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct raft_limits limits = {
    .terms_max = 8, .window_max = 4, .batch_max = 8, .uncommitted_max = 100, .chunk_bytes = 64};
static const struct raft_timing timing = {150 * NS_PER_MS, 300 * NS_PER_MS, 50 * NS_PER_MS};
static const struct raft_run runs[] = {{1, 1}, {4, 2}};
static const struct raft_config three = {
    .count = 3, .members = {{1, RAFT_VOTER, 0}, {2, RAFT_VOTER, 0}, {3, RAFT_VOTER, 0}}};
static const struct raft_image at_3 = {.pos = {1, 3}, .bytes = 10, .digest = 3};
static const struct raft_image at_5 = {.pos = {2, 5}, .bytes = 10, .digest = 5};

/* Entries 1..3 of term 1, 4..6 of term 2, all committed. */
static struct raft *open_server(void)
{
    static const uint64_t index = 0;
    struct raft *r = mem_alloc(raft_size(&limits));
    const struct raft_boot boot = {.self = 2,
                                   .term = 2,
                                   .commit = 6,
                                   .runs_count = 2,
                                   .runs = runs,
                                   .last_index = 6,
                                   .configs_count = 1,
                                   .configs = &three,
                                   .config_indexes = &index,
                                   .now_ns = NS_PER_S,
                                   .seed = 1,
                                   .pre_vote = true};
    assert_int_equal(raft_open(r, &limits, &timing, &boot), 0);
    return r;
}

static void an_older_image_is_no_news(void **state)
{
    (void)state;
    struct raft *r = open_server();
    struct raft_output *out = mem_alloc(sizeof(*out));
    raft_step(r, &(struct raft_event){.type = RAFT_IMAGE, .now_ns = NS_PER_S, .image = at_5}, out);
    assert_int_equal(raft_image(r).pos.index, 5);
    raft_step(r, &(struct raft_event){.type = RAFT_COMPACT, .now_ns = NS_PER_S, .compact = 4}, out);
    assert_true(out->base.index == 4 && out->base.term == 2);
    /* One that was begun before, below the log by now. */
    raft_step(r, &(struct raft_event){.type = RAFT_IMAGE, .now_ns = NS_PER_S, .image = at_3}, out);
    assert_int_equal(raft_image(r).pos.index, 5);
    assert_int_equal(raft_image_needed(r), 5);
    raft_step(r, &(struct raft_event){.type = RAFT_COMPACT, .now_ns = NS_PER_S, .compact = 2}, out);
    assert_int_equal(raft_base(r).index, 4);
    assert_int_equal(raft_compact_limit(r, NS_PER_S), 5);
    assert_null(raft_invariant(r));
    free(out);
    free(r);
}

/* The same for one that was received: it may be whole when nobody needs it any more. */
static void a_late_image_is_not_installed(void **state)
{
    (void)state;
    struct raft *r = open_server();
    struct raft_output *out = mem_alloc(sizeof(*out));
    struct raft_event event = {.type = RAFT_INSTALL, .now_ns = NS_PER_S};
    event.install.image = at_5;
    event.install.config = &three;
    raft_step(r, &event, out);
    assert_false(out->installed || out->log_reset);
    assert_int_equal(out->messages_count, 0); /* there is no leader to tell */
    assert_int_equal(out->commit, 6);
    assert_int_equal(raft_image(r).pos.index, 0);
    event.type = RAFT_CHUNK;
    event.chunk.image = at_5;
    event.chunk.next_offset = 10;
    event.chunk.status = RAFT_CHUNK_OK;
    raft_step(r, &event, out); /* nobody asked */
    assert_int_equal(out->messages_count, 0);
    assert_false(raft_installing(r));
    free(out);
    free(r);
}

static void says_removed(struct raft *r, struct raft_output *out, raft_id from, uint64_t nonce)
{
    struct raft_message m = {.type = RAFT_PRE_VOTE_REPLY,
                             .from = from,
                             .to = 2,
                             .term = 2,
                             .for_term = 3,
                             .nonce = nonce,
                             .refusal = RAFT_REFUSED_REMOVED};
    raft_step(r,
              &(struct raft_event){
                  .type = RAFT_RECEIVE, .now_ns = 2 * NS_PER_S, .receive = {.message = &m}},
              out);
}

/* Who says that we were removed says it of one configuration: what members of an older one said
 * is not taken for the word of those in an image's. R-MEMB-15. */
static void members_of_before_are_not_those_of_an_image(void **state)
{
    static const struct raft_config others = {
        .count = 3, .members = {{2, RAFT_VOTER, 0}, {4, RAFT_VOTER, 0}, {5, RAFT_VOTER, 0}}};
    static const struct raft_image at_9 = {.pos = {2, 9}, .bytes = 10, .digest = 9};
    (void)state;
    struct raft *r = open_server();
    struct raft_output *out = mem_alloc(sizeof(*out));
    raft_step(r, &(struct raft_event){.type = RAFT_TIMEOUT, .now_ns = 2 * NS_PER_S}, out);
    assert_int_equal(out->messages_count, 2);
    uint64_t nonce = out->messages[0].nonce;
    says_removed(r, out, 1, nonce);
    assert_false(raft_orphan(r));
    raft_step(
        r,
        &(struct raft_event){.type = RAFT_INSTALL,
                             .now_ns = 2 * NS_PER_S,
                             .install = {.image = at_9, .config = &others, .config_index = 7}},
        out);
    assert_true(out->installed && out->log_reset);
    says_removed(r, out, 5, nonce);
    assert_false(raft_orphan(r));
    says_removed(r, out, 4, nonce);
    assert_true(raft_orphan(r));
    free(out);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_image_is_no_news),
        cmocka_unit_test(a_late_image_is_not_installed),
        cmocka_unit_test(members_of_before_are_not_those_of_an_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
