/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/prng.h"
#include "wire/resp.h"
#include "wire/resp_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- requests ---- */

/* Requests as text: words in angle brackets, one request a line; the error's text at the end. */
static void dump_requests(const char *bytes, size_t len, size_t chunk, struct buf *out)
{
    struct resp_requests r;
    struct resp_request request;
    struct err e = {0};
    resp_requests_init(&r);
    int rc = 0;
    for (size_t at = 0; at < len && rc >= 0; at += chunk) {
        resp_requests_feed(&r, bytes + at, chunk < len - at ? chunk : len - at);
        while ((rc = resp_requests_next(&r, &request, &e)) > 0) {
            for (size_t i = 0; i < request.argc; i++) {
                buf_putc(out, '<');
                buf_put(out, request.argv[i].data, request.argv[i].len);
                buf_putc(out, '>');
            }
            buf_putc(out, '\n');
        }
    }
    if (rc < 0) {
        struct err again = {0};
        assert_int_equal(resp_requests_next(&r, &request, &again), rc);
        assert_string_equal(again.text, e.text);
        buf_puts(out, e.text);
    } else if (resp_requests_pending(&r) > 0) {
        buf_puts(out, "...");
    }
    resp_requests_free(&r);
}

struct request_case {
    const char *bytes;
    const char *expected;
};

static const struct request_case request_cases[] = {
    {"*1\r\n$4\r\nPING\r\n", "<PING>\n"},
    {"*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n", "<GET><a>\n<PING>\n"},
    {"*2\r\n$3\r\nGET\r\n$0\r\n\r\n", "<GET><>\n"},
    {"*2\r\n$3\r\nGET\r\n$4\r\n\r\n\r\n\r\n", "<GET><\r\n\r\n>\n"},
    {"*0\r\n*-1\r\n\r\n   \r\n*1\r\n$4\r\nPING\r\n", "<PING>\n"},
    {"PING\r\n", "<PING>\n"},
    {"PING\n", "<PING>\n"},
    {"  set  a   \"b c\" 'd e'\r\nget a\r\n", "<set><a><b c><d e>\n<get><a>\n"},
    {"set a \"\\x41\\n\\\"\\q\" 'it\\'s'\r\n", "<set><a><A\n\"q><it's>\n"},
    {"set a \"\" ''\r\n", "<set><a><><>\n"},
    {"set a \"b\r\n", "Protocol error: unbalanced quotes in request"},
    {"set a \"b\"c\r\n", "Protocol error: unbalanced quotes in request"},
    {"set a 'b\r\n", "Protocol error: unbalanced quotes in request"},
    {"*x\r\n", "Protocol error: invalid multibulk length"},
    {"*\r\n", "Protocol error: invalid multibulk length"},
    {"*1025\r\n", "Protocol error: invalid multibulk length"},
    {"*99999999999999999999\r\n", "Protocol error: invalid multibulk length"},
    {"*1\r\nPING\r\n", "Protocol error: expected '$', got 'P'"},
    {"*1\r\n\001", "Protocol error: expected '$', got '?'"},
    {"*1\r\n$x\r\n", "Protocol error: invalid bulk length"},
    {"*1\r\n$-1\r\n", "Protocol error: invalid bulk length"},
    {"*1\r\n$8388609\r\n", "Protocol error: invalid bulk length"},
    {"*1\r\n$99999999999999999999\r\n", "Protocol error: invalid bulk length"},
    {"*1\r\n$4\r\nPINGxx", "Protocol error: bulk string not ended by CRLF"},
    {"*1\r\n$4\r\nPING\r\n*x\r\n", "<PING>\nProtocol error: invalid multibulk length"},
    {"POST / HTTP/1.1\r\n", "Protocol error: this is not an HTTP server"},
    {"Host: localhost\r\n", "Protocol error: this is not an HTTP server"},
    {"*2\r\n$3\r\nGET\r\n$1\r\n", "..."},
    {"PIN", "..."},
};

/* However the bytes are cut, the requests are the same. */
static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(request_cases); i++) {
        const struct request_case *c = &request_cases[i];
        for (size_t chunk = 1; chunk <= strlen(c->bytes); chunk++) {
            struct buf out = {0};
            dump_requests(c->bytes, strlen(c->bytes), chunk, &out);
            assert_string_equal(buf_str(&out), c->expected);
            buf_free(&out);
        }
    }
}

/* Binary words of every length class, written by respw_request, read back over random cuts. */
static void test_requests_round_trip(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct prng p = prng_seed(seed);
        struct span argv[20];
        char words[20][64];
        size_t argc = 1 + prng_below(&p, 20);
        for (size_t i = 0; i < argc; i++) {
            size_t len = prng_below(&p, 64);
            for (size_t j = 0; j < len; j++)
                words[i][j] = (char)prng_u64(&p);
            argv[i] = span_of(words[i], len);
        }
        struct buf bytes = {0};
        for (int i = 0; i < 5; i++)
            respw_request(&bytes, argv, argc);
        struct resp_requests r;
        struct resp_request got;
        struct err e = {0};
        int count = 0;
        resp_requests_init(&r);
        for (size_t at = 0, len; at < bytes.len; at += len) {
            len = 1 + prng_below(&p, 100);
            len = len < bytes.len - at ? len : bytes.len - at;
            resp_requests_feed(&r, bytes.data + at, len);
            int rc;
            while ((rc = resp_requests_next(&r, &got, &e)) > 0) {
                assert_int_equal(got.argc, argc);
                for (size_t i = 0; i < argc; i++)
                    assert_true(span_equal(got.argv[i], argv[i]));
                count++;
            }
            assert_int_equal(rc, 0);
        }
        assert_int_equal(count, 5);
        resp_requests_free(&r);
        buf_free(&bytes);
    }
}

static void test_request_limits(void **state)
{
    (void)state;
    struct buf bytes = {0}, out = {0};
    /* As many words as allowed, and one more inline. */
    for (int i = 0; i < LIMIT_RESP_ARGS; i++)
        buf_puts(&bytes, "a ");
    buf_puts(&bytes, "\r\n");
    dump_requests(bytes.data, bytes.len, bytes.len, &out);
    assert_int_equal(out.len, 3 * LIMIT_RESP_ARGS + 1);
    buf_reset(&out);
    bytes.len -= 2;
    buf_puts(&bytes, "a\r\n");
    dump_requests(bytes.data, bytes.len, 1000, &out);
    assert_string_equal(buf_str(&out), "Protocol error: too big request");
    /* A line without an end, of every kind. */
    static const char *const starts[] = {"x", "*", "*1\r\n$"};
    static const char *const errors[] = {"Protocol error: too big inline request",
                                         "Protocol error: too big mbulk count string",
                                         "Protocol error: too big bulk count string"};
    for (size_t i = 0; i < 3; i++) {
        buf_reset(&bytes);
        buf_reset(&out);
        buf_puts(&bytes, starts[i]);
        for (unsigned j = 0; j <= LIMIT_RESP_INLINE_BYTES; j++)
            buf_putc(&bytes, '1');
        dump_requests(bytes.data, bytes.len, 4096, &out);
        assert_string_equal(buf_str(&out), errors[i]);
    }
    buf_free(&bytes);
    buf_free(&out);
}

/* The largest request passes; words that are small alone but too many bytes together do not. */
static void test_request_bytes(void **state)
{
    (void)state;
    static char half[LIMIT_RESP_BYTES / 2];
    const struct span argv[3] = {{half, sizeof(half)}, {half, sizeof(half)}, {half, 1}};
    struct buf bytes = {0};
    struct resp_requests r;
    struct resp_request got;
    struct err e = {0};
    for (size_t argc = 2; argc <= 3; argc++) {
        buf_reset(&bytes);
        respw_request(&bytes, argv, argc);
        resp_requests_init(&r);
        for (size_t at = 0; at < bytes.len; at += 65536) {
            resp_requests_feed(&r, bytes.data + at,
                               bytes.len - at < 65536 ? bytes.len - at : 65536);
            if (at + 65536 < bytes.len && argc == 2)
                assert_int_equal(resp_requests_next(&r, &got, &e), 0);
        }
        assert_int_equal(resp_requests_next(&r, &got, &e), argc == 2 ? 1 : -E_LIMIT);
        if (argc == 3)
            assert_string_equal(e.text, "Protocol error: invalid bulk length");
        resp_requests_free(&r);
    }
    /* Memory of a large request is given back once the connection goes on with small ones. */
    resp_requests_init(&r);
    buf_reset(&bytes);
    respw_request(&bytes, argv, 2);
    resp_requests_feed(&r, bytes.data, bytes.len);
    assert_int_equal(resp_requests_next(&r, &got, &e), 1);
    resp_requests_feed(&r, "PING\r\n", 6);
    assert_int_equal(resp_requests_next(&r, &got, &e), 1);
    assert_true(r.in.cap < 1u << 20);
    resp_requests_free(&r);
    buf_free(&bytes);
}

/* Sixteen thousand requests in one feed are handed out in place: nothing moves between them. */
static void test_pipeline_in_place(void **state)
{
    (void)state;
    struct buf bytes = {0};
    for (int i = 0; i < 16000; i++)
        buf_puts(&bytes, "*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
    struct resp_requests r;
    struct resp_request got;
    resp_requests_init(&r);
    resp_requests_feed(&r, bytes.data, bytes.len);
    const char *base = r.in.data;
    for (size_t i = 0; i < 16000; i++) {
        assert_int_equal(resp_requests_next(&r, &got, NULL), 1);
        assert_ptr_equal(got.argv[1].data, base + i * 20 + 17);
        assert_int_equal(resp_requests_pending(&r), (15999 - i) * 20);
    }
    assert_int_equal(resp_requests_next(&r, &got, NULL), 0);
    resp_requests_free(&r);
    buf_free(&bytes);
}

static void test_unread_requests_are_bounded(void **state)
{
    (void)state;
    static char pings[6 << 17];
    for (size_t i = 0; i < sizeof(pings); i += 6)
        memcpy(pings + i, "PING\r\n", 6);
    struct resp_requests r;
    struct resp_request got;
    struct err e = {0};
    resp_requests_init(&r);
    for (int i = 0; i < 32; i++)
        resp_requests_feed(&r, pings, sizeof(pings));
    assert_int_equal(resp_requests_next(&r, &got, &e), -E_LIMIT);
    assert_string_equal(e.text, "Protocol error: too much unread input");
    resp_requests_free(&r);
}

/* ---- replies ---- */

static void dump_value(const struct resp_value *v, struct buf *out)
{
    for (size_t i = 0; i < v->nodes; i++) {
        const struct resp_value *at = v + i;
        buf_putf(out, "%s", resp_kind_name(at->kind));
        if (at->kind == RESP_INTEGER || at->kind == RESP_BOOL)
            buf_putf(out, " %lld", (long long)at->integer);
        else if (at->kind == RESP_DOUBLE)
            buf_putf(out, " %g", at->number);
        else if (at->text.data != NULL)
            buf_putf(out, " '%.*s'", (int)at->text.len, at->text.data);
        else if (at->kind >= RESP_ARRAY)
            buf_putf(out, " %zu/%zu", at->count, at->nodes);
        buf_puts(out, "; ");
    }
}

static void dump_replies(const char *bytes, size_t len, size_t chunk, struct buf *out)
{
    struct resp_replies r;
    const struct resp_value *v;
    struct err e = {0};
    resp_replies_init(&r, 1000);
    int rc = 0;
    for (size_t at = 0; at < len && rc >= 0; at += chunk) {
        resp_replies_feed(&r, bytes + at, chunk < len - at ? chunk : len - at);
        while ((rc = resp_replies_next(&r, &v, &e)) > 0) {
            dump_value(v, out);
            buf_putc(out, '\n');
        }
    }
    if (rc < 0) {
        struct err again = {0};
        assert_int_equal(resp_replies_next(&r, &v, &again), rc);
        assert_string_equal(again.text, e.text);
        buf_puts(out, e.text);
    }
    resp_replies_free(&r);
}

static const struct request_case reply_cases[] = {
    {"+OK\r\n", "simple string 'OK'; \n"},
    {"+\r\n", "simple string ''; \n"},
    {"-ERR no\r\n", "error 'ERR no'; \n"},
    {":42\r\n:-1\r\n:+7\r\n", "integer 42; \ninteger -1; \ninteger 7; \n"},
    {"$5\r\na\r\nbc\r\n", "bulk string 'a\r\nbc'; \n"},
    {"$0\r\n\r\n", "bulk string ''; \n"},
    {"$-1\r\n*-1\r\n_\r\n", "null; \nnull; \nnull; \n"},
    {"*0\r\n", "array 0/1; \n"},
    {"*2\r\n:1\r\n*1\r\n$1\r\nx\r\n+y\r\n",
     "array 2/4; integer 1; array 1/2; bulk string 'x'; \nsimple string 'y'; \n"},
    {"%1\r\n+k\r\n*2\r\n:1\r\n:2\r\n",
     "map 2/5; simple string 'k'; array 2/3; integer 1; integer 2; \n"},
    {"~1\r\n#t\r\n", "set 1/2; boolean 1; \n"},
    {">2\r\n+message\r\n+hi\r\n", "push 2/3; simple string 'message'; simple string 'hi'; \n"},
    {",1.5\r\n,inf\r\n,-inf\r\n,nan\r\n,1e3\r\n",
     "double 1.5; \ndouble inf; \ndouble -inf; \ndouble nan; \ndouble 1000; \n"},
    {"#f\r\n", "boolean 0; \n"},
    {"(3492890328409238509324850943850943825024385\r\n",
     "big number '3492890328409238509324850943850943825024385'; \n"},
    {"=8\r\ntxt:text\r\n", "verbatim string 'text'; \n"},
    {"!5\r\nERR x\r\n", "error 'ERR x'; \n"},
    {"|1\r\n+ttl\r\n:9\r\n*1\r\n|0\r\n:5\r\n",
     "attribute 3/6; simple string 'ttl'; integer 9; array 1/3; attribute 1/2; integer 5; \n"},
    {"*1\r\n>1\r\n:1\r\n", "reply: a push inside a reply"},
    {"x\r\n", "reply: unknown type: 'x'"},
    {"\r\n", "reply: an empty line"},
    {":\r\n", "reply: bad integer: ':'"},
    {":12a\r\n", "reply: bad integer: ':12a'"},
    {":9223372036854775808\r\n", "reply: bad integer: ':9223372036854775808'"},
    {",1,5\r\n", "reply: bad double: ',1,5'"},
    {", 1\r\n", "reply: bad double: ', 1'"},
    {"#x\r\n", "reply: bad boolean: '#x'"},
    {"_x\r\n", "reply: bad null: '_x'"},
    {"$x\r\n", "reply: bad length: '$x'"},
    {"$-2\r\n", "reply: bad length: '$-2'"},
    {"$1\r\nabc", "reply: string not ended by CRLF"},
    {"*x\r\n", "reply: bad count: '*x'"},
    {"*1048577\r\n", "reply: more than 1048576 values"},
    {"%1048576\r\n", ""},
    {"$?\r\n", "reply: streamed strings are not supported"},
    {"*?\r\n", "reply: streamed aggregates are not supported"},
    {"=3\r\ntxt\r\n", "reply: verbatim string without a format: 'txt'"},
    {"$1000\r\n", "reply: longer than 1000 bytes"},
    {"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*"
     "1\r\n"
     "*1\r\n",
     "reply: nested deeper than 16"},
};

static void test_replies(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(reply_cases); i++) {
        const struct request_case *c = &reply_cases[i];
        for (size_t chunk = 1; chunk <= strlen(c->bytes); chunk++) {
            struct buf out = {0};
            dump_replies(c->bytes, strlen(c->bytes), chunk, &out);
            assert_string_equal(buf_str(&out), c->expected);
            buf_free(&out);
        }
    }
}

static void test_reply_walking(void **state)
{
    (void)state;
    static const char bytes[] =
        "*4\r\n$4\r\nterm\r\n:7\r\n+peers\r\n|1\r\n+a\r\n+b\r\n%1\r\n$2\r\nn1\r\n+up\r\n";
    struct resp_replies r;
    const struct resp_value *v;
    resp_replies_init(&r, 0);
    resp_replies_feed(&r, bytes, sizeof(bytes) - 1);
    assert_int_equal(resp_replies_next(&r, &v, NULL), 1);
    assert_int_equal(resp_lookup(v, "term")->integer, 7);
    const struct resp_value *peers = resp_lookup(v, "peers");
    assert_int_equal(peers->kind, RESP_MAP);
    assert_true(span_equal(resp_lookup(peers, "n1")->text, span_str("up")));
    assert_null(resp_lookup(v, "nothing"));
    assert_null(resp_lookup(peers + 1, "n1"));
    assert_int_equal(resp_child(v, 3)->kind, RESP_ATTRIBUTE);
    assert_ptr_equal(resp_bare(resp_child(v, 3)), peers);
    assert_int_equal(resp_replies_next(&r, &v, NULL), 0);
    resp_replies_free(&r);
}

/* A small text may claim a million children: memory follows what arrives. */
static void test_reply_memory(void **state)
{
    (void)state;
    struct resp_replies r;
    const struct resp_value *v;
    resp_replies_init(&r, 0);
    resp_replies_feed(&r, "*1000000\r\n*1000000\r\n", 20);
    assert_int_equal(resp_replies_next(&r, &v, NULL), 0);
    assert_true(r.values_cap <= 16);
    resp_replies_free(&r);
}

/* ---- writing ---- */

static void write_all(struct buf *out, enum resp_version v)
{
    respw_simple(out, "PONG");
    respw_ok(out);
    respw_error(out, "ERR two\r\nlines");
    respw_errorf(out, "NOTLEADER %d %s", 3, "h:1");
    respw_integer(out, INT64_MIN);
    respw_integer(out, 0);
    respw_unsigned(out, INT64_MAX);
    respw_bulk(out, span_of("a\0b", 3));
    respw_bulk(out, (struct span){0});
    respw_bulk_str(out, "text");
    respw_bulkf(out, "%03d", 7);
    respw_null(out, v);
    respw_bool(out, v, true);
    respw_double(out, v, 0.5);
    respw_verbatim(out, v, "txt", span_str("hi"));
    respw_array(out, 0);
    respw_map(out, v, 2);
    respw_set(out, v, 3);
    respw_push(out, v, 4);
}

static void expect_bytes(struct buf *out, const char *expected, size_t len)
{
    assert_int_equal(out->len, len);
    assert_memory_equal(out->data, expected, len);
    buf_reset(out);
}

static void test_writer(void **state)
{
    (void)state;
    struct buf out = {0};
#define COMMON                                                                               \
    "+PONG\r\n+OK\r\n-ERR two  lines\r\n-NOTLEADER 3 h:1\r\n:-9223372036854775808\r\n:0\r\n" \
    ":9223372036854775807\r\n$3\r\na\0b\r\n$0\r\n\r\n$4\r\ntext\r\n$3\r\n007\r\n"
    static const char resp2[] =
        COMMON "$-1\r\n:1\r\n$3\r\n0.5\r\n$2\r\nhi\r\n*0\r\n*4\r\n*3\r\n*4\r\n";
    static const char resp3[] =
        COMMON "_\r\n#t\r\n,0.5\r\n=6\r\ntxt:hi\r\n*0\r\n%2\r\n~3\r\n>4\r\n";
    write_all(&out, RESP2);
    expect_bytes(&out, resp2, sizeof(resp2) - 1);
    write_all(&out, RESP3);
    expect_bytes(&out, resp3, sizeof(resp3) - 1);
    buf_free(&out);
}

static void test_long_texts_are_whole_or_cut_cleanly(void **state)
{
    (void)state;
    char word[2000];
    memset(word, 'w', sizeof(word));
    word[sizeof(word) - 1] = '\0';
    struct buf out = {0};
    respw_bulkf(&out, "%s", word);
    assert_int_equal(out.len, 7 + 1999 + 2);
    assert_memory_equal(out.data, "$1999\r\n", 7);
    buf_reset(&out);
    respw_errorf(&out, "ERR %s", word);
    assert_memory_equal(out.data + out.len - 2, "\r\n", 2);
    buf_free(&out);
}

static void test_upgrade(void **state)
{
    (void)state;
    static const struct request_case cases[] = {
        {"+OK\r\n", "+OK\r\n"},
        {"$-1\r\n", "_\r\n"},
        {"*-1\r\n", "_\r\n"},
        {"*2\r\n:0\r\n$-1\r\n", "*2\r\n:0\r\n_\r\n"},
        {"$5\r\n$-1\r\n\r\n", "$5\r\n$-1\r\n\r\n"}, /* a value that looks like a null */
        {"-ERR x\r\n:1\r\n", "-ERR x\r\n:1\r\n"},
        {"$5\r\nab\r\n", NULL},
        {"$x\r\n", NULL},
        {"hello\r\n", NULL},
        {"+OK", NULL},
        {"\n", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = {0};
        int rc = respw_upgrade(&out, span_str(cases[i].bytes));
        assert_int_equal(rc, cases[i].expected == NULL ? -E_CORRUPT : 0);
        if (rc == 0)
            assert_string_equal(buf_str(&out), cases[i].expected);
        buf_free(&out);
    }
}

static void test_one_value(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool one;
    } cases[] = {
        {"+OK\r\n", true},
        {"$-1\r\n", true},
        {"*-1\r\n", true},
        {"*0\r\n", true},
        {"*2\r\n:0\r\n*1\r\n$1\r\nx\r\n", true},
        {"$5\r\n$-1\r\n\r\n", true},
        {"", false},
        {"+OK\r\n:1\r\n", false},
        {"*2\r\n:0\r\n", false},
        {"*1\r\n:0\r\n:1\r\n", false},
        {"*99999999999999999\r\n:0\r\n", false},
        {"*x\r\n", false},
        {"$3\r\nab\r\n", false},
        {"%1\r\n:1\r\n:2\r\n", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(respw_is_one_value(span_str(cases[i].bytes)), cases[i].one);
    assert_false(respw_is_one_value(span_of("\0\r\n", 3)));
}

static void test_numbers(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      "01",
                                      "-0",
                                      "-01",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "0x1",
                                      "9223372036854775808",
                                      "-9223372036854775809"};
    int64_t value = 77;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(span_to_i64(span_str(bad[i]), &value));
        assert_int_equal(value, 77);
    }
    assert_true(span_to_i64(span_str("-9223372036854775808"), &value));
    assert_true(value == INT64_MIN);
    assert_true(span_to_i64(span_str("0"), &value) && value == 0);
    uint64_t big;
    assert_true(span_to_u64(span_str("18446744073709551615"), &big) && big == UINT64_MAX);
    assert_false(span_to_u64(span_str("18446744073709551616"), &big));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_requests_round_trip),
        cmocka_unit_test(test_request_limits),
        cmocka_unit_test(test_request_bytes),
        cmocka_unit_test(test_pipeline_in_place),
        cmocka_unit_test(test_unread_requests_are_bounded),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_reply_walking),
        cmocka_unit_test(test_reply_memory),
        cmocka_unit_test(test_writer),
        cmocka_unit_test(test_long_texts_are_whole_or_cut_cleanly),
        cmocka_unit_test(test_upgrade),
        cmocka_unit_test(test_one_value),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
