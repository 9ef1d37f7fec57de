/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records as lines and back: the text of every event, byte for byte, and equal digests for equal
 * events however they came to be. */
#include "emulator/trace/reader.h"
#include "trace/text.h"
#include "trace/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD(ev)                                                                             \
    "{\"t\":5,\"node\":\"n2\",\"disk\":\"00000000000000aa\",\"inc\":1,\"seq\":9,\"term\":2," \
    "\"ev\":\"" ev "\""

/* One of every event, as a node, a client or a step has it. Sets stand in the order of ids: n2, n1,
 * n3. */
static const char *const lines[] = {
    HEAD("boot") ",\"vote\":null,\"base\":{\"term\":1,\"index\":2},\"last\":{\"term\":3,\"index\":"
                 "4},\"image\":2,\"durable\":4,\"restoring\":7,\"chain\":\"0123456789abcdef\","
                 "\"config_index\":1,\"voters\":[\"n2\",\"n1\",\"n3\"],\"old\":[]}\n",
    HEAD("crashed") ",\"cause\":\"exit 70\",\"code\":70}\n",
    HEAD("timeout") ",\"what\":\"election\"}\n",
    HEAD("campaign") ",\"pre\":true,\"for_term\":3,\"last\":{\"term\":3,\"index\":4}}\n",
    HEAD("votePersisted") ",\"candidate\":\"n1\"}\n",
    HEAD("voteGranted") ",\"candidate\":\"n1\",\"pre\":false,\"for_term\":3}\n",
    HEAD("voteRefused") ",\"candidate\":\"n1\",\"pre\":false,\"for_term\":3,\"reason\":\"log\"}\n",
    HEAD("becameLeader") ",\"last\":{\"term\":3,\"index\":4},\"config_index\":1}\n",
    HEAD("steppedDown") ",\"reason\":\"no quorum\"}\n",
    HEAD("proposed") ",\"from\":60,\"to\":61,\"marks\":[[60,\"00000000000000ff\"]]}\n",
    HEAD("appended") ",\"from\":60,\"to\":70,\"runs\":[[1,2],[3,9]],\"marks\":[[64,"
                     "\"00000000000000ff\"],[70,\"0000000000000100\"]]}\n",
    HEAD("truncated") ",\"from\":60}\n",
    HEAD("fsyncBegin") ",\"ord\":12}\n",
    HEAD("fsyncEnd") ",\"durable\":70}\n",
    HEAD("committed") ",\"to\":70,\"chain\":\"0123456789abcdef\"}\n",
    HEAD("applied") ",\"to\":70,\"digest\":\"0123456789abcdef\"}\n",
    HEAD("configAppended") ",\"index\":5,\"voters\":[\"n1\"],\"old\":[\"n2\",\"n1\"],\"learners\":["
                           "]}\n",
    HEAD("configCommitted") ",\"index\":5}\n",
    HEAD("snapshotBegin") ",\"index\":5}\n",
    HEAD("snapshotTaken") ",\"index\":5,\"digest\":\"0123456789abcdef\"}\n",
    HEAD("snapshotChunk") ",\"peer\":\"n1\",\"offset\":4096}\n",
    HEAD("snapshotInstalled") ",\"index\":5,\"digest\":\"0123456789abcdef\"}\n",
    HEAD("leaseTaken") ",\"until\":99}\n",
    HEAD("leaseExpired") "}\n",
    HEAD("readIndexBegin") ",\"round\":4}\n",
    HEAD("readIndexConfirmed") ",\"round\":4,\"point\":70}\n",
    HEAD("readServed") ",\"mode\":\"index\",\"point\":70}\n",
    HEAD("appendSent") ",\"peer\":\"n1\",\"from\":5,\"to\":6,\"prev\":{\"term\":1,\"index\":4}}\n",
    HEAD("appendAccepted") ",\"peer\":\"n1\",\"match\":6,\"for_term\":2}\n",
    HEAD("appendRejected") ",\"peer\":\"n1\",\"at\":4}\n",
    HEAD("progress") ",\"peer\":\"n1\",\"peer_disk\":\"00000000000000ab\",\"match\":6}\n",
    HEAD("bound") ",\"peer\":\"n1\",\"peer_disk\":\"00000000000000ab\",\"index\":5}\n",
    HEAD("executed") ",\"done\":true,\"index\":5,\"sid\":4,\"number\":1,\"digest\":"
                     "\"0123456789abcdef\"}\n",
    "{\"t\":5,\"node\":\"n2\",\"ev\":\"usage\",\"mem\":1,\"fds\":2,\"log\":3}\n",
    "{\"t\":5,\"node\":\"n2\",\"ev\":\"logLine\",\"what\":\"hello\"}\n",
    HEAD("transferBegin") ",\"target\":\"n1\"}\n",
    HEAD("timeoutNow") ",\"target\":\"?\"}\n",
    HEAD("transferEnd") ",\"result\":\"done\"}\n",
    "{\"t\":5,\"ev\":\"fault\",\"step\":\"cut\",\"phase\":\"begin\",\"action\":\"net.cut\","
    "\"targets\":[\"n1\"],\"params\":{\"a\":[1,{}]}}\n",
    "{\"t\":5,\"ev\":\"clientInvoke\",\"op\":1,\"client\":\"c1\",\"kind\":\"cas\",\"key\":\"k\","
    "\"value\":\"a \\\"b\\\"\",\"expect\":null,\"write\":\"00000000000000ff\"}\n",
    "{\"t\":5,\"node\":\"n2\",\"ev\":\"clientReturn\",\"op\":1,\"outcome\":\"ok\",\"result\":null,"
    "\"done\":true,\"index\":5,\"error\":\"X\"}\n",
};

static void every_event_comes_back_as_it_was(void **state)
{
    struct trace_names names = {0};
    struct trace_reader reader;
    struct buf out = {0};
    struct err e = {0};
    uint64_t seen = 0;
    (void)state;
    trace_reader_init(&reader, &names);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct trace_record rec;
        buf_reset(&out);
        if (trace_read_line(&reader, lines[i], strlen(lines[i]), 1, &rec, &e) < 0)
            fail_msg("%s: %s", lines[i], e.text);
        trace_print(&out, &names, &rec);
        assert_string_equal(buf_str(&out), lines[i]);
        seen |= 1ull << rec.ev;
    }
    assert_true(seen == (1ull << TRACE_EVENTS_COUNT) - 1);
    trace_reader_free(&reader);
    buf_free(&out);
}

static uint64_t digest_of(const char *line, struct trace_names *names)
{
    struct trace_reader reader;
    struct trace_record rec;
    trace_reader_init(&reader, names);
    assert_int_equal(trace_read_line(&reader, line, strlen(line), 1, &rec, NULL), 0);
    uint64_t digest = trace_record_digest(1, &rec);
    trace_reader_free(&reader);
    return digest;
}

/* What is told apart: the event, which fields there are, and each of them. */
static void digests_tell_events_apart(void **state)
{
    struct trace_names names = {0};
    uint64_t all[ARRAY_LEN(lines)];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        all[i] = digest_of(lines[i], &names);
        assert_true(all[i] == digest_of(lines[i], &names));
        for (size_t k = 0; k < i; k++)
            assert_true(all[k] != all[i]);
    }
    /* A pinned value: another compiler or machine must come to the same. */
    assert_true(digest_of(HEAD("truncated") ",\"from\":60}\n", &names) == 0x32435c561c412fd5ull);
    assert_true(digest_of(HEAD("truncated") ",\"from\":61}\n", &names) != 0x32435c561c412fd5ull);
}

static uint64_t told;

static void take(void *arg, struct trace_record *rec)
{
    *(struct trace_record *)arg = *rec;
    told++;
}

/* A host that forgets names after each record, as a daemon does, is never short of numbers. */
static void numbers_may_be_forgotten(void **state)
{
    struct trace_names names = {0};
    struct trace_record last = {0};
    struct trace_host host = {.sink = take, .arg = &last, .names = &names};
    struct trace tr;
    (void)state;
    told = 0;
    trace_open(&tr, &host, "n1", 1, 1);
    for (unsigned i = 0; i < 1000; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "peer%u", i);
        struct trace_record *rec = trace_begin(&tr, TRACE_progress, i, 1);
        assert_int_equal(trace_node(&tr, trace_name_id(name, strlen(name))), -1);
        TRACE_PUT(rec, peer, trace_add_node(&tr, name));
        trace_end(&tr);
        assert_string_equal(trace_names_text(&names, last.peer), name);
        assert_string_equal(trace_names_text(&names, last.node), "n1");
        trace_names_reset(&names);
    }
    assert_int_equal(told, 1000);
    assert_int_equal(last.seq, 1000);
    trace_close(&tr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_comes_back_as_it_was),
        cmocka_unit_test(digests_tell_events_apart),
        cmocka_unit_test(numbers_may_be_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
