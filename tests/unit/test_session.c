/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"
#include "base/prng.h"
#include "kv/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TTL SESSION_TTL_NS_MIN

/* ---- a naive twin: arrays, in the words of the rules ---- */

#define TWIN_SESSIONS 5
#define TWIN_OWN      40
#define TWIN_BYTES    1200
#define ANSWER_MAX    40

struct twin_answer {
    uint64_t seq, index;
    char text[ANSWER_MAX + 1];
};

struct twin_session {
    struct session s;
    struct twin_answer answers[LIMIT_SESSION_OPEN];
    size_t count;
};

struct twin {
    struct twin_session sessions[TWIN_SESSIONS + 1];
    size_t count;
};

static struct twin_session *twin_find(struct twin *t, uint64_t sid)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->sessions[i].s.sid == sid)
            return &t->sessions[i];
    }
    return NULL;
}

static void twin_drop(struct twin *t, struct twin_session *gone)
{
    size_t at = (size_t)(gone - t->sessions);
    memmove(gone, gone + 1, (--t->count - at) * sizeof(*gone));
}

static void twin_expire(struct twin *t, uint64_t now)
{
    for (size_t i = t->count; i > 0; i--) {
        struct twin_session *s = &t->sessions[i - 1];
        if (s->s.last_used_ns + s->s.ttl_ns < now)
            twin_drop(t, s);
    }
}

static void twin_drop_oldest(struct twin *t)
{
    struct twin_session *oldest = &t->sessions[0];
    for (size_t i = 1; i < t->count; i++) { /* ids ascend: the first of equals has the lowest */
        if (t->sessions[i].s.last_used_ns < oldest->s.last_used_ns)
            oldest = &t->sessions[i];
    }
    twin_drop(t, oldest);
}

static void twin_open(struct twin *t, uint64_t sid, uint64_t ttl, uint64_t now)
{
    t->sessions[t->count++] = (struct twin_session){
        .s = {.sid = sid, .ttl_ns = ttl, .last_used_ns = now, .first_open = 1}};
    if (t->count > TWIN_SESSIONS)
        twin_drop_oldest(t);
}

static struct twin_answer *twin_answer(struct twin_session *s, uint64_t seq)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->answers[i].seq == seq)
            return &s->answers[i];
    }
    return NULL;
}

static size_t twin_bytes(const struct twin_session *s)
{
    size_t bytes = 0;
    for (size_t i = 0; i < s->count; i++)
        bytes += strlen(s->answers[i].text);
    return bytes;
}

static void twin_forget(struct twin_session *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (s->answers[i].seq >= s->s.first_open)
            s->answers[kept++] = s->answers[i];
    }
    s->count = kept;
}

static enum session_verdict twin_begin(struct twin *t, const struct session_write *w, uint64_t now,
                                       struct twin_answer *ret)
{
    struct twin_session *s = twin_find(t, w->sid);
    if (s == NULL)
        return SESSION_UNKNOWN;
    s->s.last_used_ns = now;
    bool stale = w->seq < s->s.first_open;
    if (s->s.first_open < w->first_open)
        s->s.first_open = w->first_open;
    twin_forget(s);
    if (stale)
        return SESSION_STALE;
    if (twin_answer(s, w->seq) != NULL) {
        *ret = *twin_answer(s, w->seq);
        return SESSION_REPEATED;
    }
    if (w->seq >= s->s.first_open + LIMIT_SESSION_OPEN || twin_bytes(s) >= TWIN_OWN * 8)
        return SESSION_FULL;
    return SESSION_EXECUTE;
}

/* Answers ascend by number. */
static void twin_keep(struct twin *t, const struct session_write *w, uint64_t index,
                      const char *text)
{
    struct twin_session *s = twin_find(t, w->sid);
    size_t at = s->count++;
    assert_true(s->count <= LIMIT_SESSION_OPEN);
    for (; at > 0 && s->answers[at - 1].seq > w->seq; at--)
        s->answers[at] = s->answers[at - 1];
    s->answers[at] = (struct twin_answer){.seq = w->seq, .index = index};
    (void)snprintf(s->answers[at].text, sizeof(s->answers[at].text), "%s", text);
    for (;;) {
        size_t bytes = 0;
        for (size_t i = 0; i < t->count; i++)
            bytes +=
                twin_bytes(&t->sessions[i]) + t->sessions[i].count * SESSION_ANSWER_OVERHEAD_BYTES;
        if (bytes <= TWIN_BYTES)
            return;
        twin_drop_oldest(t);
    }
}

/* ---- comparing ---- */

static const struct sessions_limits twin_limits = {
    .sessions = TWIN_SESSIONS, .own_bytes = TWIN_OWN * 8, .answer_bytes = TWIN_BYTES};

static void expect_answers(const struct sessions *s, const struct twin_session *twin)
{
    struct session_answer answer;
    uint64_t seq = 0;
    for (size_t i = 0; i < twin->count; i++) {
        assert_true(sessions_answer_at_or_after(s, twin->s.sid, seq + 1, &answer));
        assert_int_equal(answer.seq, twin->answers[i].seq);
        assert_int_equal(answer.index, twin->answers[i].index);
        assert_true(span_equal(answer.bytes, span_str(twin->answers[i].text)));
        seq = answer.seq;
    }
    assert_false(sessions_answer_at_or_after(s, twin->s.sid, seq + 1, &answer));
}

/* The same sessions, and the digest of a table made of nothing but them. */
static void expect_equal(const struct sessions *s, const struct twin *t)
{
    struct session session = {0};
    struct sessions *fresh = sessions_new(&twin_limits);
    uint64_t answers = 0, bytes = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct twin_session *twin = &t->sessions[i];
        assert_true(sessions_at_or_after(s, session.sid + 1, &session));
        assert_memory_equal(&session, &twin->s, sizeof(session));
        expect_answers(s, twin);
        sessions_restore(fresh, &twin->s);
        for (size_t j = 0; j < twin->count; j++)
            sessions_restore_answer(fresh, twin->s.sid,
                                    &(struct session_answer){twin->answers[j].seq,
                                                             twin->answers[j].index,
                                                             span_str(twin->answers[j].text)});
        answers += twin->count;
        bytes += twin_bytes(twin);
    }
    assert_false(sessions_at_or_after(s, session.sid + 1, &session));
    assert_int_equal(sessions_count(s), t->count);
    assert_int_equal(sessions_answers(s), answers);
    assert_int_equal(sessions_answer_bytes(s), bytes);
    assert_int_equal(sessions_digest(s), sessions_digest(fresh));
    sessions_free(fresh);
}

/* ---- random runs ---- */

struct run {
    struct prng p;
    struct sessions *s;
    struct twin *t;
    uint64_t index, now;
    uint64_t met[SESSION_FULL + 1], closed, displaced, expired;
};

static void random_write(struct run *r)
{
    uint64_t recent = r->index > 60 ? r->index - 60 : 0;
    struct session_write w = {.sid = prng_between(&r->p, recent, r->index) + 1};
    if (r->t->count > 0 && prng_chance(&r->p, 0.9))
        w.sid = r->t->sessions[prng_below(&r->p, r->t->count)].s.sid;
    struct twin_session *twin = twin_find(r->t, w.sid);
    uint64_t base = twin == NULL ? 1 : twin->s.first_open;
    w.seq = base + prng_below(&r->p, prng_chance(&r->p, 0.1) ? 80 : 8);
    if (prng_chance(&r->p, 0.1) && w.seq > 6)
        w.seq -= prng_below(&r->p, 6);
    w.first_open = prng_chance(&r->p, 0.5) ? w.seq - prng_below(&r->p, 4) : 1;
    w.first_open = w.first_open == 0 || w.first_open > w.seq ? 1 : w.first_open;

    struct session_answer answer;
    struct twin_answer expected = {0};
    enum session_verdict verdict = sessions_begin(r->s, &w, r->now, &answer);
    assert_int_equal(verdict, twin_begin(r->t, &w, r->now, &expected));
    r->met[verdict]++;
    if (verdict == SESSION_REPEATED) {
        assert_int_equal(answer.seq, w.seq);
        assert_int_equal(answer.index, expected.index);
        assert_true(span_equal(answer.bytes, span_str(expected.text)));
    }
    if (verdict != SESSION_EXECUTE)
        return;
    char text[ANSWER_MAX + 1] = {0};
    memset(text, 'a' + (int)prng_below(&r->p, 26), prng_below(&r->p, ANSWER_MAX));
    size_t before = r->t->count;
    sessions_keep(r->s, &w, r->index, span_str(text));
    twin_keep(r->t, &w, r->index, text);
    r->displaced += before - r->t->count;
}

static void random_step(struct run *r)
{
    r->index++;
    r->now += prng_below(&r->p, 3) * TTL / 8;
    size_t before = r->t->count;
    sessions_expire(r->s, r->now);
    twin_expire(r->t, r->now);
    r->expired += before - r->t->count;
    if (prng_chance(&r->p, 0.12)) {
        uint64_t ttl = TTL + prng_below(&r->p, 8) * TTL;
        r->displaced += r->t->count == TWIN_SESSIONS;
        sessions_open(r->s, r->index, ttl, r->now);
        twin_open(r->t, r->index, ttl, r->now);
    } else if (prng_chance(&r->p, 0.02) && r->t->count > 0) {
        struct twin_session *gone = &r->t->sessions[prng_below(&r->p, r->t->count)];
        assert_true(sessions_close(r->s, gone->s.sid));
        assert_false(sessions_close(r->s, gone->s.sid));
        twin_drop(r->t, gone);
        r->closed++;
    } else {
        random_write(r);
    }
}

static void test_against_the_twin(void **state)
{
    (void)state;
    struct twin *then = mem_alloc(sizeof(*then));
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct run r = {.p = prng_seed(seed)};
        r.s = sessions_new(&twin_limits);
        r.t = mem_alloc(sizeof(*r.t));
        struct sessions *frozen = sessions_copy(r.s);
        *then = *r.t;
        for (int i = 0; i < 6000; i++) {
            random_step(&r);
            expect_equal(r.s, r.t);
            if (i % 97 != 0)
                continue;
            expect_equal(frozen, then); /* whatever happened since */
            sessions_free(frozen);
            frozen = sessions_copy(r.s);
            *then = *r.t;
        }
        for (size_t i = 0; i < ARRAY_LEN(r.met); i++)
            assert_true(r.met[i] > 20);
        assert_true(r.closed > 10 && r.displaced > 10 && r.expired > 10);
        sessions_free(frozen);
        sessions_free(r.s);
        free(r.t);
    }
    free(then);
}

/* ---- single rules ---- */

static enum session_verdict begin(struct sessions *s, uint64_t sid, uint64_t seq,
                                  uint64_t first_open, uint64_t now)
{
    struct session_answer ignored;
    return sessions_begin(s, &(struct session_write){sid, seq, first_open}, now, &ignored);
}

static void keep(struct sessions *s, uint64_t sid, uint64_t seq, uint64_t index, const char *text)
{
    sessions_keep(s, &(struct session_write){sid, seq, 1}, index, span_str(text));
}

/* R-CLI-1, R-CLI-2, R-INV-21 */
static void test_a_retry_gets_the_first_answer(void **state)
{
    (void)state;
    struct sessions *s = sessions_new(NULL);
    const struct session_write w = {3, 1, 1};
    struct session_answer answer = {0};
    sessions_open(s, 3, TTL, 100);
    assert_int_equal(sessions_begin(s, &w, 100, &answer), SESSION_EXECUTE);
    assert_int_equal(answer.index, 0); /* untouched */
    keep(s, 3, 1, 4, ":1\r\n");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sessions_begin(s, &w, 101, &answer), SESSION_REPEATED);
        assert_int_equal(answer.index, 4);
        assert_true(span_equal(answer.bytes, span_str(":1\r\n")));
    }
    sessions_free(s);
}

static void test_numbers_come_in_any_order(void **state)
{
    (void)state;
    struct sessions *s = sessions_new(NULL);
    sessions_open(s, 1, TTL, 0);
    const uint64_t order[] = {3, 1, 64, 2, 40};
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        assert_int_equal(begin(s, 1, order[i], 1, 0), SESSION_EXECUTE);
        keep(s, 1, order[i], 2 + i, "+OK\r\n");
    }
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        assert_int_equal(begin(s, 1, order[i], 1, 0), SESSION_REPEATED);
    assert_int_equal(begin(s, 1, 65, 1, 0), SESSION_FULL);
    assert_int_equal(begin(s, 1, 65, 2, 0), SESSION_EXECUTE); /* 1 is answered: room for one more */
    keep(s, 1, 65, 9, "+OK\r\n");
    assert_int_equal(begin(s, 1, 1, 1, 0), SESSION_STALE);
    assert_int_equal(begin(s, 1, 2, 1, 0), SESSION_REPEATED); /* an older message, arriving late */
    assert_int_equal(begin(s, 1, 2, 2, 0), SESSION_REPEATED);
    assert_int_equal(begin(s, 1, 66, 66, 0), SESSION_EXECUTE);
    assert_int_equal(sessions_answers(s), 0);
    assert_int_equal(begin(s, 1, 65, 1, 0), SESSION_STALE);
    sessions_free(s);
}

/* R-CLI-4, R-REPL-21 */
static void test_expiry_goes_by_stamps(void **state)
{
    (void)state;
    struct sessions *s = sessions_new(NULL);
    sessions_open(s, 1, TTL, 0);
    sessions_open(s, 2, 2 * TTL, 0);
    sessions_open(s, 3, SESSION_TTL_NS_MAX, UINT64_MAX - 5); /* its end is beyond all stamps */
    sessions_expire(s, TTL);
    assert_int_equal(sessions_count(s), 3); /* ttl is not yet exceeded */
    assert_int_equal(begin(s, 2, 1, 1, TTL), SESSION_EXECUTE);
    keep(s, 2, 1, 5, "+OK\r\n");
    sessions_expire(s, TTL + 1);
    assert_int_equal(sessions_count(s), 2);
    assert_int_equal(begin(s, 1, 1, 1, TTL + 1), SESSION_UNKNOWN);
    assert_int_equal(begin(s, 2, 1, 1, 3 * TTL), SESSION_REPEATED); /* a retry is a use */
    sessions_expire(s, 5 * TTL);
    assert_int_equal(sessions_count(s), 2);
    sessions_expire(s, 5 * TTL + 1);
    assert_int_equal(sessions_count(s), 1);
    assert_int_equal(sessions_answers(s), 0);
    sessions_expire(s, UINT64_MAX);
    assert_int_equal(sessions_count(s), 1);
    assert_true(sessions_close(s, 3));
    assert_int_equal(sessions_digest(s), 0);
    sessions_free(s);
}

static void test_the_least_recently_used_goes(void **state)
{
    (void)state;
    struct sessions *s = sessions_new(NULL);
    for (uint64_t sid = 1; sid <= LIMIT_SESSIONS; sid++)
        sessions_open(s, sid, SESSION_TTL_NS_MAX, 7);
    assert_int_equal(begin(s, 1, 1, 1, 8), SESSION_EXECUTE); /* unlike 2 */
    keep(s, 1, 1, LIMIT_SESSIONS + 1, "+OK\r\n");
    sessions_open(s, LIMIT_SESSIONS + 2, TTL, 8);
    assert_int_equal(sessions_count(s), LIMIT_SESSIONS);
    assert_int_equal(begin(s, 2, 1, 1, 8), SESSION_UNKNOWN);
    assert_int_equal(begin(s, 3, 1, 1, 8), SESSION_EXECUTE);
    sessions_open(s, LIMIT_SESSIONS + 3, TTL, 8);
    assert_int_equal(begin(s, 4, 1, 1, 8), SESSION_UNKNOWN);
    assert_int_equal(begin(s, 1, 1, 1, 8), SESSION_REPEATED);
    sessions_free(s);
}

static void test_large_answers_are_bounded(void **state)
{
    (void)state;
    const struct sessions_limits limits = {.sessions = 9, .own_bytes = 20, .answer_bytes = 230};
    struct sessions *s = sessions_new(&limits);
    sessions_open(s, 1, TTL, 0);
    sessions_open(s, 2, TTL, 0);
    keep(s, 1, 1, 3, "0123456789");
    assert_int_equal(begin(s, 1, 2, 1, 1), SESSION_EXECUTE);
    keep(s, 1, 2, 4, "0123456789");
    assert_int_equal(begin(s, 1, 3, 1, 1), SESSION_FULL);
    assert_int_equal(begin(s, 1, 2, 1, 1), SESSION_REPEATED);
    assert_int_equal(begin(s, 2, 1, 1, 1), SESSION_EXECUTE); /* it is session 1 that is full */
    keep(s, 2, 1, 5, "0123456789");
    assert_int_equal(sessions_count(s), 2); /* 3 x 74 bytes */
    assert_int_equal(begin(s, 1, 3, 2, 1), SESSION_EXECUTE);
    keep(s, 1, 3, 6, "01234567890123456789");
    assert_int_equal(sessions_count(s), 1); /* 232 bytes: the lowest id of those last used at 1 */
    assert_int_equal(begin(s, 2, 1, 1, 1), SESSION_REPEATED);
    sessions_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_retry_gets_the_first_answer),
        cmocka_unit_test(test_numbers_come_in_any_order),
        cmocka_unit_test(test_expiry_goes_by_stamps),
        cmocka_unit_test(test_the_least_recently_used_goes),
        cmocka_unit_test(test_large_answers_are_bounded),
        cmocka_unit_test(test_against_the_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
