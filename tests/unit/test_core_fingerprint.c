/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fingerprint counts everything that can matter and nothing else: every field of a server is
 * listed here as counted or not, and a server in which all that is not counted was changed lives
 * on like before. */
#include "base/mem.h"
#include "base/units.h"
#include "core/office.h"
#include "core/state.h"
#include "tests/support/core_net.h"
#include "tests/support/core_renamed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- every field ---- */

struct field {
    const char *name;
    size_t at;
    size_t size;
    bool counts;
    bool seen; /* a change of it changed a fingerprint */
};

#define FIELD(type, name, counts)                                                              \
    {                                                                                          \
#name, offsetof(struct type, name), sizeof(((struct type *)NULL)->name), counts, false \
    }
#define YES(type, name) FIELD(type, name, true)
#define NO(type, name)  FIELD(type, name, false)

static struct field server_fields[] = {
    YES(raft, limits),
    YES(raft, timing),
    YES(raft, self),
    YES(raft, incarnation),
    YES(raft, pre_vote),
    YES(raft, check_quorum),
    YES(raft, lease_reads),
    YES(raft, clock_drift_ppm),
    YES(raft, term),
    YES(raft, vote),
    YES(raft, durable_term),
    YES(raft, durable_vote),
    YES(raft, trail),
    YES(raft, commit),
    YES(raft, durable),
    NO(raft, truncations),
    YES(raft, accepted),
    YES(raft, role),
    YES(raft, campaign_announced),
    YES(raft, campaign_transfer),
    YES(raft, orphan),
    YES(raft, left),
    YES(raft, restoring_met),
    YES(raft, restoring),
    YES(raft, leader),
    YES(raft, hold_until),
    YES(raft, rest_until),
    NO(raft, heard_ns),
    YES(raft, timer_at),
    YES(raft, resend_ns),
    YES(raft, nonce),
    YES(raft, granted),
    YES(raft, denied),
    YES(raft, removed),
    NO(raft, random),
    YES(raft, image),
    YES(raft, receiving),
    YES(raft, receiving_term),
    YES(raft, owed),
    YES(raft, owed_status),
    YES(raft, chunk_round),
    YES(raft, held_vote),
    YES(raft, held_append),
    YES(raft, held_heartbeat),
    YES(raft, held_chunk),
    YES(raft, ack_round),
    YES(raft, ack_pending),
    NO(raft, reserved),
    YES(raft, noop_index),
    NO(raft, elected_ns),
    YES(raft, heartbeat_at),
    NO(raft, outlasts_ns),
    YES(raft, round),
    YES(raft, round_starts_count),
    YES(raft, round_starts_next),
    YES(raft, round_starts),
    YES(raft, read_flight),
    YES(raft, read_collect),
    YES(raft, lease_forbidden),
    YES(raft, lease_held),
    YES(raft, transfer),
    YES(raft, disk),
    NO(raft, disk_stuck),
    NO(raft, reserved3),
    YES(raft, full_ns),
    YES(raft, slow_after_ns),
    YES(raft, hand_back_after_ns),
    YES(raft, read_forward),
    YES(raft, configs_count),
    YES(raft, slots_end),
    YES(raft, config_indexes),
    YES(raft, configs),
    YES(raft, quorum),
    YES(raft, quorum_committed),
    NO(raft, witnesses),
    YES(raft, delay_ns),
    NO(raft, slots),
    YES(raft, progress),
};

static struct field member_fields[] = {
    YES(progress, id),
    YES(progress, match),
    YES(progress, next),
    YES(progress, state),
    YES(progress, window_count),
    YES(progress, paused),
    YES(progress, regressed),
    YES(progress, resend_ns),
    YES(progress, contact_ns),
    YES(progress, linger_index),
    YES(progress, image),
    YES(progress, chunk_acked),
    YES(progress, chunk_next),
    YES(progress, window_head),
    YES(progress, busy),
    YES(progress, oldest_sent_ns),
    YES(progress, commit_sent),
    YES(progress, acked_round),
    YES(progress, promise_ns),
    YES(progress, hold_ns),
    YES(progress, ready_ns),
    YES(progress, ack_ns),
    YES(progress, incarnation),
    YES(progress, lost),
    YES(progress, catch_target),
    YES(progress, catch_began_ns),
    NO(progress, catch_rounds),
    YES(progress, caught_up),
    NO(progress, moved_ns),
    YES(progress, chunk_retry_ns),
    YES(progress, chunk_retries),
    YES(progress, chunk_answered),
    YES(progress, linger_round),
    YES(progress, linger_until_ns),
    YES(progress, read_waiting_ctx),
    YES(progress, read_round_ctx),
};

static struct field transfer_fields[] = {
    YES(transfer, target),    YES(transfer, phase),       YES(transfer, told),
    YES(transfer, best),      YES(transfer, again),       YES(transfer, deadline_ns),
    YES(transfer, resend_ns), YES(transfer, limit_at_ns),
};

static struct field disk_fields[] = {
    YES(disk_watch, late_index), YES(disk_watch, late_ns),    YES(disk_watch, probe_index),
    YES(disk_watch, probe_ns),   YES(disk_watch, probe_done), YES(disk_watch, count),
    YES(disk_watch, next),       NO(disk_watch, reserved),    YES(disk_watch, took_ns),
};

static struct field forward_fields[] = {
    YES(read_forward, flight_ctx),   YES(read_forward, waiting_ctx),
    YES(read_forward, flight_term),  YES(read_forward, resend_ns),
    YES(read_forward, flight_lease), YES(read_forward, waiting_lease),
};

static struct field message_fields[] = {
    YES(raft_message, type),       YES(raft_message, entries_count), YES(raft_message, from),
    YES(raft_message, to),         YES(raft_message, term),          YES(raft_message, for_term),
    YES(raft_message, last),       YES(raft_message, prev),          YES(raft_message, nonce),
    YES(raft_message, granted),    YES(raft_message, refusal),       YES(raft_message, transfer),
    YES(raft_message, status),     YES(raft_message, lease),         NO(raft_message, reserved),
    YES(raft_message, commit),     YES(raft_message, round),         YES(raft_message, match),
    YES(raft_message, last_index), YES(raft_message, incarnation),   YES(raft_message, hold_ns),
    YES(raft_message, at),         YES(raft_message, hint_first),    YES(raft_message, hint_last),
    YES(raft_message, hint_term),  YES(raft_message, ctx),           YES(raft_message, index),
    YES(raft_message, image),      YES(raft_message, offset),        YES(raft_message, next_offset),
    YES(raft_message, size),       YES(raft_message, chunk_status),
};

/* A field added to a struct has to be added here, and thought about. */
static void is_whole(const struct field *fields, size_t count, size_t size)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (fields[i].at % 8 == 0)
            at = (at + 7) / 8 * 8;
        if (fields[i].at != at)
            print_error("%s does not follow the field before it\n", fields[i].name);
        assert_true(fields[i].at == at);
        at += fields[i].size;
    }
    assert_true((at + 7) / 8 * 8 == size);
}

static void every_field_is_listed(void **state)
{
    (void)state;
    is_whole(server_fields, ARRAY_LEN(server_fields), sizeof(struct raft));
    is_whole(member_fields, ARRAY_LEN(member_fields), sizeof(struct progress));
    is_whole(transfer_fields, ARRAY_LEN(transfer_fields), sizeof(struct transfer));
    is_whole(disk_fields, ARRAY_LEN(disk_fields), sizeof(struct disk_watch));
    is_whole(forward_fields, ARRAY_LEN(forward_fields), sizeof(struct read_forward));
    is_whole(message_fields, ARRAY_LEN(message_fields), sizeof(struct raft_message));
}

/* Changes words of the fields of the struct at `part` of the server one by one. */
static void change_fields(struct raft *r, uint64_t now, void *part, struct field *fields,
                          size_t count)
{
    uint64_t before = raft_fingerprint(r, now);
    for (size_t i = 0; i < count; i++) {
        size_t words = fields[i].size < 64 ? fields[i].size / 4 : 16;
        for (size_t w = 0; w < words && !fields[i].seen; w++) {
            uint32_t *word = (uint32_t *)(void *)((uint8_t *)part + fields[i].at) + w;
            *word ^= 1;
            fields[i].seen = raft_fingerprint(r, now) != before;
            *word ^= 1;
        }
    }
}

static void change_all(struct raft *r, uint64_t now)
{
    change_fields(r, now, r, server_fields, ARRAY_LEN(server_fields));
    for (uint32_t i = 0; i < r->slots_end; i++)
        change_fields(r, now, &r->progress[i], member_fields, ARRAY_LEN(member_fields));
    change_fields(r, now, &r->transfer, transfer_fields, ARRAY_LEN(transfer_fields));
    change_fields(r, now, &r->disk, disk_fields, ARRAY_LEN(disk_fields));
    change_fields(r, now, &r->read_forward, forward_fields, ARRAY_LEN(forward_fields));
}

/* What random runs bring too seldom: a damaged log, an image that waits for the disk. */
static void change_rare(struct raft *r, uint64_t now)
{
    struct raft_image owed = r->owed;
    r->restoring = 7;
    r->owed.pos.index = 7;
    change_fields(r, now, r, server_fields, ARRAY_LEN(server_fields));
    r->restoring = 0;
    r->owed = owed;
}

static void look(void *arg, raft_id id)
{
    struct net *n = arg;
    const struct host *h = &n->hosts[id - 1];
    if (n->steps % 7 != 0 || h->core->configs_count == RAFT_CONFIGS)
        return;
    struct raft *r = mem_dup(h->core, raft_size(&h->setup.limits));
    change_all(r, net_clock(n, id));
    if (n->steps % 5 == 0 && r->restoring == 0)
        change_rare(r, net_clock(n, id));
    free(r);
}

static void judge_fields(const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].counts != fields[i].seen)
            print_error("%s is %s\n", fields[i].name, fields[i].seen ? "counted" : "not counted");
        assert_true(fields[i].counts == fields[i].seen);
    }
}

static void fields_count_as_listed(void **state)
{
    (void)state;
    struct net *n = mem_alloc(sizeof(*n));
    for (uint64_t seed = 1; seed <= 60; seed++) {
        net_draw(n, seed);
        n->after = look;
        n->after_arg = n;
        net_begin(n);
        while (n->steps < 2000 && net_step(n))
            continue;
        assert_null(net_failure(n));
        net_free(n);
    }
    free(n);
    judge_fields(server_fields, ARRAY_LEN(server_fields));
    judge_fields(member_fields, ARRAY_LEN(member_fields));
    judge_fields(transfer_fields, ARRAY_LEN(transfer_fields));
    judge_fields(disk_fields, ARRAY_LEN(disk_fields));
    judge_fields(forward_fields, ARRAY_LEN(forward_fields));
}

static void message_fields_count(void **state)
{
    (void)state;
    struct raft_message m = {.type = RAFT_APPEND, .from = 1, .to = 2};
    uint64_t before = raft_message_fingerprint_as(&m, NULL);
    for (size_t i = 0; i < ARRAY_LEN(message_fields); i++) {
        for (size_t w = 0; w < message_fields[i].size / 4; w++) {
            uint32_t *word = (uint32_t *)(void *)((uint8_t *)&m + message_fields[i].at) + w;
            *word ^= 8;
            bool seen = raft_message_fingerprint_as(&m, NULL) != before;
            *word ^= 8;
            assert_true(seen == message_fields[i].counts);
        }
    }
}

/* ---- what is not counted does not matter ---- */

#define OTHER 77777777u /* nanoseconds */

/* Old enough to say nothing by its age: older still, in the order that there was. */
static void older(uint64_t *at_ns, uint64_t now, uint64_t span_ns)
{
    if (*at_ns < now && now - *at_ns > span_ns)
        *at_ns -= *at_ns / 64;
}

static void passed(uint64_t *at_ns, uint64_t now)
{
    if (*at_ns <= now)
        *at_ns = 0;
}

static void scrub_member(struct raft *r, struct progress *p, uint64_t now)
{
    uint64_t span = r->timing.election_ns_max;
    if (p->id == 0)
        return;
    if (r->role != RAFT_LEADER || p->id == r->self) {
        struct progress kept = *p;
        memset(p, 0x11, sizeof(*p));
        p->id = kept.id;
        p->regressed = kept.regressed;
        p->linger_index = kept.linger_index;
        p->linger_round = kept.linger_round;
        p->linger_until_ns = kept.linger_until_ns;
        p->read_waiting_ctx = p->read_round_ctx = 0;
        p->state = PROGRESS_PROBE; /* looked at without asking whose it is */
        p->next = p->match + 1;
        return;
    }
    p->catch_rounds += 3;
    p->moved_ns /= 2;
    older(&p->contact_ns, now, span);
    older(&p->promise_ns, now, span);
    if (p->window_count > 0)
        older(&p->oldest_sent_ns, now, span);
    else
        p->oldest_sent_ns = OTHER;
    older(&p->ready_ns, now, OFFICE_READY_TIMEOUTS * span);
    older(&p->catch_began_ns, now, r->timing.election_ns_min);
    passed(&p->resend_ns, now);
    passed(&p->chunk_retry_ns, now);
}

static void scrub_disk(struct raft *r, uint64_t now)
{
    struct disk_watch *w = &r->disk;
    uint64_t span = r->timing.election_ns_max;
    older(&w->late_ns, now, OFFICE_STUCK_TIMEOUTS * span);
    if (w->late_index == 0)
        w->late_ns = OTHER;
    r->disk_stuck ^= 1;
    if (r->role != RAFT_LEADER) {
        w->probe_index = OTHER;
        w->probe_ns = now;
        w->count = 3;
        return;
    }
    older(&w->probe_ns, now, OFFICE_WINDOW_TIMEOUTS * span);
    for (uint32_t i = 0; i < DISK_WATCH_SAMPLES; i++) {
        if (i >= w->count || w->took_ns[i] <= r->timing.election_ns_min / 2)
            w->took_ns[i] /= 3;
    }
}

static void scrub(struct raft *r, uint64_t now)
{
    r->heard_ns = OTHER;
    r->elected_ns = OTHER;
    r->reserved = r->reserved3 = OTHER;
    if (r->restoring == 0)
        r->restoring_met ^= 1;
    if (r->receiving.pos.index == 0)
        r->receiving_term = r->term;
    if (r->owed.pos.index == 0)
        r->owed_status = OTHER;
    passed(&r->hold_until, now);
    passed(&r->rest_until, now);
    passed(&r->slow_after_ns, now);
    passed(&r->hand_back_after_ns, now);
    for (uint32_t i = 0; i < r->round_starts_count; i++) {
        uint32_t at = (r->round_starts_next + RAFT_ROUND_STARTS - 1 - i) % RAFT_ROUND_STARTS;
        older(&r->round_starts[at].at_ns, now, r->timing.election_ns_max);
    }
    if (r->role == RAFT_LEADER)
        r->timer_at = RAFT_NEVER;
    for (uint32_t i = 0; i < r->slots_end; i++)
        scrub_member(r, &r->progress[i], now);
    scrub_disk(r, now);
}

/* A server, and the same with all that is not counted changed. */
struct twins {
    struct net net;
    raft_id id;
    struct raft *other;
    struct raft_output out;
    uint64_t compared;
    const char *difference;
};

static void step_other(void *arg, const struct raft_event *event)
{
    struct twins *w = arg;
    raft_step(w->other, event, &w->out);
}

static void compare(void *arg, raft_id id)
{
    struct twins *w = arg;
    const struct host *h = &w->net.hosts[id - 1];
    uint64_t now = net_clock(&w->net, id);
    if (id != w->id || w->difference != NULL)
        return;
    w->difference = output_difference(&h->out, &w->out, now, NULL);
    if (w->difference == NULL && raft_fingerprint(h->core, now) != raft_fingerprint(w->other, now))
        w->difference = "it has another fingerprint";
    w->compared++;
    if (w->compared % 5 == 0)
        scrub(w->other, now);
}

static void begin_twin(struct twins *w, raft_id id)
{
    struct host *h = &w->net.hosts[id - 1];
    uint64_t now = net_clock(&w->net, id);
    w->id = id;
    w->other = mem_dup(h->core, raft_size(&h->setup.limits));
    scrub(w->other, now);
    if (raft_fingerprint(h->core, now) != raft_fingerprint(w->other, now))
        w->difference = "what was changed counts";
    h->mirror = (struct host_mirror){.step = step_other, .arg = w};
    w->net.after = compare;
    w->net.after_arg = w;
}

static void run_seed(uint64_t seed)
{
    struct twins *w = mem_alloc(sizeof(*w));
    *w = (struct twins){0};
    net_init(&w->net, seed);
    uint64_t begin = 100 + 40 * (seed % 30);
    while (w->difference == NULL && w->net.steps < 3000 && net_step(&w->net)) {
        raft_id id = net_leader(&w->net);
        if (w->other != NULL || w->net.steps < begin)
            continue;
        if (id == 0 || seed % 3 == 0)
            id = 1 + seed % w->net.nodes_count;
        if (w->net.hosts[id - 1].up)
            begin_twin(w, id);
    }
    if (w->difference == NULL)
        w->difference = net_failure(&w->net);
    if (w->difference != NULL)
        print_error("seed %llu, step %llu: %s\n", (unsigned long long)seed,
                    (unsigned long long)w->net.steps, w->difference);
    assert_null(w->difference);
    assert_true(w->compared > 50);
    net_free(&w->net);
    free(w->other);
    free(w);
}

static void the_rest_does_not_matter(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++)
        run_seed(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_listed), cmocka_unit_test(message_fields_count),
        cmocka_unit_test(fields_count_as_listed), cmocka_unit_test(the_rest_does_not_matter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
