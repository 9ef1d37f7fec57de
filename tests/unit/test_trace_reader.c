/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/history.h"
#include "emulator/trace/merge.h"
#include "emulator/trace/reader.h"
#include "trace/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "\"t\":5,\"node\":\"n1\",\"disk\":\"00000000000000aa\",\"inc\":1,\"seq\":1,\"term\":2"

static struct trace_names names;
static struct trace_reader reader;

static int set_up(void **state)
{
    (void)state;
    memset(&names, 0, sizeof(names));
    trace_reader_init(&reader, &names);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    trace_reader_free(&reader);
    return 0;
}

static int read_text(const char *line, struct trace_record *rec, struct err *e)
{
    /* a copy of exactly the line, so that a sanitizer sees reads behind it */
    size_t len = strlen(line);
    static char *copy;
    free(copy);
    copy = malloc(len + 1);
    memcpy(copy, line, len);
    copy[len] = '#';
    return trace_read_line(&reader, copy, len, 7, rec, e);
}

static void assert_text(struct trace_text text, const char *s)
{
    if (!trace_text_is(text, s))
        fail_msg("'%.*s' is not '%s'", (int)text.len, text.at == NULL ? "" : text.at, s);
}

static void reads_every_kind_of_field(void **state)
{
    struct trace_record rec;
    struct err e = {0};
    (void)state;
    const char *line = "{" HEAD ",\"ev\":\"boot\",\"vote\":null,\"base\":{\"term\":0,\"index\":0},"
                       "\"last\":{\"term\":1,\"index\":9},\"durable\":9,"
                       "\"chain\":\"0123456789abcdef\",\"config_index\":1,"
                       "\"voters\":[\"n1\",\"n2\",\"n3\"],\"old\":[]}\n";
    assert_int_equal(read_text(line, &rec, &e), 0);
    assert_int_equal(rec.ev, TRACE_boot);
    assert_int_equal(rec.t, 5);
    assert_int_equal(rec.disk, 0xaa);
    assert_int_equal(rec.line, 7);
    assert_string_equal(trace_names_text(&names, rec.node), "n1");
    assert_int_equal(rec.vote, -1);
    assert_true(trace_has(&rec, TRACE_HAS_vote));
    assert_false(trace_has(&rec, TRACE_HAS_image));
    assert_int_equal(rec.last.term, 1);
    assert_int_equal(rec.last.index, 9);
    assert_true(rec.chain == 0x0123456789abcdefull);
    assert_true(rec.voters == 7);

    line = "{" HEAD ",\"ev\":\"appended\",\"from\":3,\"to\":70,\"runs\":[[1,2],[2,66]],"
           "\"marks\":[[64,\"00000000000000ff\"],[70,\"0000000000000100\"]]}";
    assert_int_equal(read_text(line, &rec, &e), 0);
    assert_int_equal(rec.runs_count, 2);
    assert_int_equal(rec.runs[1].term, 2);
    assert_int_equal(rec.runs[1].count, 66);
    assert_int_equal(rec.marks_count, 2);
    assert_int_equal(rec.marks[1].value, 0x100);

    line = "{\"t\":1,\"ev\":\"fault\",\"step\":4,\"phase\":\"begin\",\"action\":\"net.cut\","
           "\"targets\":[\"n1\"],\"params\":{\"x\":[{\"a\":[1,\"]\"]}]}}";
    assert_int_equal(read_text(line, &rec, &e), 0);
    assert_text(rec.step, "4");
    assert_true(rec.targets == 1);
    assert_text(rec.params, "{\"x\":[{\"a\":[1,\"]\"]}]}");
}

static void decodes_escapes(void **state)
{
    struct trace_record rec;
    struct err e = {0};
    (void)state;
    const char *line = "{\"t\":1,\"ev\":\"clientInvoke\",\"op\":1,\"client\":\"c\\\"1\",\"kind\":"
                       "\"read\",\"key\":\"a\\\\b\\n\\u00e9\\ud83d\\ude00\\ud800x\"}";
    assert_int_equal(read_text(line, &rec, &e), 0);
    assert_text(rec.client, "c\"1");
    assert_text(rec.key, "a\\b\n\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbdx");
}

/* What a line means does not depend on the one before, from which its keys are guessed. */
static void forgets_the_line_before(void **state)
{
    static const char *const lines[] = {
        "{\"t\":1,\"ev\":\"clientInvoke\",\"op\":1,\"client\":\"c1\",\"kind\":\"read\",\"key\":"
        "\"k\"}",
        "{ \"t\" : 1 ,\"ev\" :\"clientInvoke\", \"op\":1,\"client\":\"c1\",\"kind\":\"x\"}",
        "{\"t\":1,\"ev\":\"clientReturn\",\"op\":1,\"outcome\":\"ok\",\"result\":\"7\",\"done\":"
        "true}",
        "{\"t\":1,\"op\":1,\"ev\":\"clientReturn\",\"outcomes\":[1],\"outcome\":\"ok\",\"index\":"
        "4}",
        "{" HEAD ",\"ev\":\"boot\",\"config_index\":3,\"peer_disk\":\"00000000000000bb\"}",
        "{" HEAD ",\"ev\":\"boot\",\"config_indexes\":3,\"config_index\":4,\"t2\":1}",
        "{" HEAD ",\"ev\":\"boot\",\"config_indeX\":3,\"\\u0063ode\":4}",
    };
    (void)state;
    for (size_t a = 0; a < ARRAY_LEN(lines); a++) {
        for (size_t b = 0; b < ARRAY_LEN(lines); b++) {
            struct trace_record rec;
            struct err e = {0};
            trace_reader_free(&reader);
            assert_int_equal(read_text(lines[b], &rec, &e), 0);
            uint64_t digest = trace_record_digest(1, &rec);
            assert_int_equal(read_text(lines[a], &rec, &e), 0);
            assert_int_equal(read_text(lines[b], &rec, &e), 0);
            assert_true(trace_record_digest(1, &rec) == digest);
        }
    }
}

/* Texts of all lengths, all different, some in one byte only. */
static void tells_texts_apart(void **state)
{
    char all[64];
    struct texts texts = {0};
    uint32_t count = 0;
    (void)state;
    memset(all, 'a', sizeof(all));
    for (size_t len = 0; len < sizeof(all); len++) {
        assert_int_equal(texts_add(&texts, all, len), ++count);
        for (size_t at = 0; at < len; at++) {
            all[at] = 'b';
            assert_int_equal(texts_find(&texts, all, len), 0);
            assert_int_equal(texts_add(&texts, all, len), ++count);
            assert_int_equal(texts_find(&texts, all, len), count);
            all[at] = 'a';
        }
        assert_int_equal(texts_find(&texts, all, len), count - len);
    }
    texts_free(&texts);
}

static void refuses_what_is_malformed(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"t\":1}",
        "{\"t\":1,\"ev\":\"nothing\"}",
        "{\"t\":-1,\"ev\":\"fault\"}",
        "{\"t\":1.5,\"ev\":\"fault\"}",
        "{\"t\":18446744073709551616,\"ev\":\"fault\"}",
        "{\"t\":\"1\",\"ev\":\"fault\"}",
        "{\"t\":1,\"ev\":\"fault\"} x",
        "{\"t\":1,\"ev\":\"fault\",}",
        "{\"t\":1,\"t\":1,\"ev\":\"fault\"}",
        "{\"t\":1,\"ev\":\"fault\",\"params\":{\"a\":[}}",
        "{\"t\":1,\"ev\":\"fault\",\"step\":\"a}",
        "{\"t\":1,\"ev\":\"fault\",\"step\":\"\\x\"}",
        "{\"t\":1,\"ev\":\"fault\",\"step\":\"\\u12\"}",
        "{\"t\":1,\"ev\":\"fault\",\"step\":nul}",
        "{\"t\":1,\"ev\":\"fsyncEnd\",\"durable\":1}",
        "{\"t\":1,\"ev\":\"crashed\",\"cause\":\"kill\"}",
        "{" HEAD ",\"ev\":\"committed\",\"to\":1,\"chain\":\"12\"}",
        "{" HEAD ",\"ev\":\"committed\",\"to\":1,\"chain\":\"0123456789abcdeg\"}",
        "{" HEAD ",\"ev\":\"appended\",\"runs\":[[1]]}",
        "{" HEAD ",\"ev\":\"appended\",\"runs\":[[1,2],]}",
        "{" HEAD ",\"ev\":\"campaign\",\"pre\":1}",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct trace_record rec;
        struct err e = {0};
        int rc = read_text(bad[i], &rec, &e);
        if (rc >= 0)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(rc, e.code);
        assert_non_null(strstr(e.text, "line 7: "));
    }
}

static void bounds_what_it_takes(void **state)
{
    struct trace_record rec;
    struct err e = {0};
    struct buf line = {.max = 32u << 20};
    (void)state;
    buf_puts(&line, "{\"t\":1,\"ev\":\"fault\",\"params\":");
    for (int i = 0; i < 1000; i++)
        buf_putc(&line, '[');
    assert_int_equal(read_text(buf_str(&line), &rec, &e), -E_CORRUPT);

    buf_reset(&line);
    buf_puts(&line, "{" HEAD ",\"ev\":\"appended\",\"runs\":[[1,1]");
    for (unsigned i = 0; i < TRACE_LIST_MAX; i++)
        buf_puts(&line, ",[1,1]");
    buf_puts(&line, "]}");
    assert_int_equal(read_text(buf_str(&line), &rec, &e), -E_LIMIT);

    names.count = 0;
    for (int i = 0; i < TRACE_NODES_MAX + 6; i++) {
        buf_reset(&line);
        buf_putf(&line, "{\"t\":1,\"node\":\"x%d\",\"ev\":\"crashed\"}", i);
        int rc = read_text(buf_str(&line), &rec, &e);
        assert_int_equal(rc, i < TRACE_NODES_MAX ? 0 : -E_LIMIT);
    }
    buf_free(&line);
}

/* Every node has a place of its own in a set, those beyond a word's bits too. */
static void a_set_holds_every_node(void **state)
{
    struct trace_record rec;
    struct err e = {0};
    struct buf line = {.max = 1u << 20};
    (void)state;
    names.count = 0;
    buf_puts(&line, "{" HEAD ",\"ev\":\"configAppended\",\"index\":1,\"voters\":[");
    for (int i = 1; i < TRACE_NODES_MAX; i++)
        buf_putf(&line, "%s\"x%d\"", i > 1 ? "," : "", i);
    buf_puts(&line, "],\"old\":[\"x100\"],\"learners\":[]}");
    assert_int_equal(read_text(buf_str(&line), &rec, &e), 0);
    assert_int_equal(nodeset_count(rec.voters), TRACE_NODES_MAX - 1);
    assert_true(rec.old == NODE_BIT(trace_names_find(&names, "x100", 4)));
    assert_int_equal(nodeset_first(rec.old), 100);
    buf_free(&line);
}

static void merges_by_time_node_and_sequence(void **state)
{
    static const char one[] = "{\"t\":1,\"node\":\"n1\",\"inc\":1,\"seq\":1,\"term\":1,\"ev\":"
                              "\"fsyncBegin\"}\n"
                              "{\"t\":3,\"node\":\"n1\",\"inc\":1,\"seq\":2,\"term\":1,\"ev\":"
                              "\"fsyncBegin\"}\n\n"
                              "{\"t\":3,\"node\":\"n1\",\"inc\":1,\"seq\":3,\"term\":1,\"ev\":"
                              "\"fsyncBegin\"}\n";
    static const char two[] = "{\"t\":3,\"node\":\"n0\",\"inc\":1,\"seq\":9,\"term\":1,\"ev\":"
                              "\"fsyncBegin\"}\n{\"t\":4,\"node\":\"n0\",\"in";
    static const char ops[] =
        "{\"t\":3,\"ev\":\"clientInvoke\",\"op\":1,\"client\":\"c\",\"kind\":\"read\",\"key\":"
        "\"k\"}\n{\"t\":3,\"ev\":\"clientReturn\",\"op\":1,\"outcome\":\"ok\",\"result\":null}\n";
    static const uint64_t want[] = {1, 0, 9, 2, 3, 0};
    struct merge m;
    struct err e = {0};
    const struct trace_record *rec;
    (void)state;
    merge_init(&m, &names);
    assert_int_equal(merge_add_memory(&m, "one", one, strlen(one), &e), 0);
    assert_int_equal(merge_add_memory(&m, "two", two, strlen(two), &e), 0);
    assert_int_equal(merge_add_memory(&m, "ops", ops, strlen(ops), &e), 0);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_int_equal(merge_next(&m, &rec, &e), 1);
        assert_int_equal(rec->seq, want[i]);
    }
    assert_int_equal(rec->ev, TRACE_clientReturn);
    assert_int_equal(merge_next(&m, &rec, &e), 0);
    assert_int_equal(merge_torn(&m), 1);
    merge_free(&m);
}

static void merge_refuses_time_running_backwards(void **state)
{
    static const char text[] = "{\"t\":5,\"ev\":\"fault\"}\n{\"t\":4,\"ev\":\"fault\"}\n";
    struct merge m;
    struct err e = {0};
    const struct trace_record *rec;
    (void)state;
    merge_init(&m, &names);
    assert_int_equal(merge_add_memory(&m, "f", text, strlen(text), &e), 0);
    assert_int_equal(merge_next(&m, &rec, &e), 1);
    assert_int_equal(merge_next(&m, &rec, &e), -E_CORRUPT);
    assert_string_equal(e.text, "f: line 2: time runs backwards");
    merge_free(&m);
}

static void merge_reads_files(void **state)
{
    char path[] = "/tmp/raftlab-trace-XXXXXX";
    static const char line[] = "{\"t\":5,\"ev\":\"fault\"}\nbroken\n";
    struct merge m;
    struct err e = {0};
    const struct trace_record *rec;
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    merge_init(&m, &names);
    assert_int_equal(merge_add_file(&m, path, &e), 0); /* empty */
    assert_int_equal(write(fd, line, strlen(line)), strlen(line));
    assert_int_equal(merge_add_file(&m, path, &e), 0);
    assert_int_equal(merge_next(&m, &rec, &e), 1);
    assert_int_equal(rec->t, 5);
    assert_int_equal(merge_next(&m, &rec, &e), -E_CORRUPT);
    assert_non_null(strstr(e.text, "line 2"));
    (void)close(fd);
    (void)unlink(path);
    assert_int_equal(merge_add_file(&m, path, &e), -E_NOTFOUND);
    merge_free(&m);
}

static void feed_line(struct history *h, const char *line, int want)
{
    struct trace_record rec;
    struct err e = {0};
    assert_int_equal(trace_read_line(&reader, line, strlen(line), 1, &rec, &e), 0);
    int rc = history_add(h, &rec, &e);
    if (rc != want)
        fail_msg("%d instead of %d: %s (%s)", rc, want, line, e.text);
}

static void history_is_what_was_written(void **state)
{
    struct history h = {0};
    struct buf out = {0};
    (void)state;
    struct trace_record rec = history_invoke_record(&(struct history_invoke){.t_ns = 10,
                                                                             .op = 4,
                                                                             .client = "c3",
                                                                             .kind = HISTORY_CAS,
                                                                             .key = "k1",
                                                                             .value = "new \"v\"",
                                                                             .expect = NULL});
    trace_print(&out, &names, &rec);
    feed_line(&h, buf_str(&out), 0);
    buf_reset(&out);
    rec = history_return_record(&(struct history_return){.t_ns = 20,
                                                         .op = 4,
                                                         .outcome = HISTORY_OK,
                                                         .tells_done = true,
                                                         .done = true,
                                                         .index = 77,
                                                         .node = trace_names_add(&names, "n2", 2)});
    trace_print(&out, &names, &rec);
    feed_line(&h, buf_str(&out), 0);
    assert_int_equal(h.count, 1);
    const struct history_op *op = history_get(&h, 4);
    assert_int_equal(op->call_ns, 10);
    assert_int_equal(op->ret_ns, 20);
    assert_int_equal(op->index, 77);
    assert_int_equal(op->kind, HISTORY_CAS);
    assert_int_equal(op->outcome, HISTORY_OK);
    assert_true(op->done);
    assert_int_equal(op->expect, 0);
    assert_text(texts_get(&h.texts, op->value), "new \"v\"");
    assert_string_equal(trace_names_text(&names, op->node), "n2");
    assert_int_equal(history_find(&h, 5), -1);
    buf_free(&out);
    history_close(&h);
}

static void history_refuses_contradictions(void **state)
{
#define INVOKE(op, rest) \
    "{\"t\":5,\"ev\":\"clientInvoke\",\"op\":" #op ",\"client\":\"c\"," rest "}"
#define RETURN(op, t, rest) "{\"t\":" #t ",\"ev\":\"clientReturn\",\"op\":" #op "," rest "}"
    struct history h = {0};
    (void)state;
    feed_line(&h, INVOKE(1, "\"kind\":\"read\",\"key\":\"k\""), 0);
    feed_line(&h, INVOKE(1, "\"kind\":\"read\",\"key\":\"k\""), -E_EXISTS);
    feed_line(&h, INVOKE(2, "\"kind\":\"read\",\"key\":\"k\",\"value\":\"v\""), -E_CORRUPT);
    feed_line(&h, INVOKE(2, "\"kind\":\"write\",\"key\":\"k\""), -E_CORRUPT);
    feed_line(&h, INVOKE(2, "\"kind\":\"jump\",\"key\":\"k\""), -E_CORRUPT);
    feed_line(&h, INVOKE(2, "\"kind\":\"read\""), -E_CORRUPT);
    feed_line(&h, RETURN(3, 6, "\"outcome\":\"ok\""), -E_CORRUPT);
    feed_line(&h, RETURN(1, 4, "\"outcome\":\"ok\""), -E_CORRUPT);
    feed_line(&h, RETURN(1, 6, "\"outcome\":\"maybe\""), -E_CORRUPT);
    feed_line(&h, RETURN(1, 6, "\"outcome\":\"unknown\""), 0);
    assert_true(h.ops[0].ret_ns == HISTORY_NEVER);
    feed_line(&h, RETURN(1, 7, "\"outcome\":\"ok\""), -E_CORRUPT);
    feed_line(&h, INVOKE(2, "\"kind\":\"incr\",\"key\":\"k\""), 0);
    feed_line(&h, RETURN(2, 6, "\"outcome\":\"ok\",\"result\":\"x\""), -E_CORRUPT);
    feed_line(&h, RETURN(2, 6, "\"outcome\":\"ok\",\"result\":\"12\""), 0);
    assert_int_equal(h.count, 2);
    history_close(&h);
}

static void texts_are_numbers(void **state)
{
    struct texts t = {0};
    char text[16];
    (void)state;
    assert_int_equal(texts_find(&t, "a", 1), 0);
    assert_int_equal(texts_add(&t, NULL, 0), 0);
    for (unsigned i = 0; i < 5000; i++) {
        int len = snprintf(text, sizeof(text), "t%u", i);
        assert_int_equal(texts_add(&t, text, (size_t)len), i + 1);
    }
    assert_int_equal(texts_add(&t, "t77", 3), 78);
    assert_int_equal(texts_find(&t, "t4999", 5), 5000);
    assert_int_equal(texts_add(&t, "", 0), 5001);
    assert_text(texts_get(&t, 78), "t77");
    texts_free(&t);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(reads_every_kind_of_field),
        TEST(decodes_escapes),
        TEST(forgets_the_line_before),
        TEST(tells_texts_apart),
        TEST(refuses_what_is_malformed),
        TEST(bounds_what_it_takes),
        TEST(a_set_holds_every_node),
        TEST(merges_by_time_node_and_sequence),
        TEST(merge_refuses_time_running_backwards),
        TEST(merge_reads_files),
        TEST(history_is_what_was_written),
        TEST(history_refuses_contradictions),
        TEST(texts_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
