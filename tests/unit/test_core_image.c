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
                                   .seed = 1};
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_older_image_is_no_news),
                                       cmocka_unit_test(a_late_image_is_not_installed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
