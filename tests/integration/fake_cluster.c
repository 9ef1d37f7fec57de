/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *ctl_program;

static int index_of(const struct fake_cluster *c, const struct fake_node *node)
{
    return (int)(node - c->nodes);
}

/* Node i says of member m: only the leader knows how far the others are. */
static void put_member(const struct fake_cluster *c, int i, int m, struct buf *out)
{
    buf_putf(out, "{\"name\":\"n%d\",\"address\":\"%s\",\"voter\":true", m + 1, c->addresses[m]);
    if (c->unheard[m] && c->refused != NULL)
        buf_putf(out, ",\"refused\":\"%s\"", c->refused);
    if (c->unheard[m])
        buf_putf(out, ",\"peer\":\"host%d:7001\"}", m + 1);
    if (c->unheard[m])
        return;
    if (strcmp(c->roles[i], "leader") == 0)
        buf_putf(out, ",\"match\":%u", c->last[m]);
    if (strcmp(c->roles[i], "leader") == 0 && m != i)
        buf_putf(out, ",\"contact_ms\":%d", 1200 * m);
    buf_puts(out, "}");
}

static void put_status(const struct fake_cluster *c, int i, bool with_leader, struct buf *out)
{
    struct buf doc = {0};
    char config_index[16] = "null";
    const char *before = "";
    bool leads = strcmp(c->roles[i], "leader") == 0;
    if (c->config_index[i] != 0)
        (void)snprintf(config_index, sizeof(config_index), "%u", c->config_index[i]);
    buf_putf(
        &doc,
        "{\"v\":1,\"cluster\":{\"name\":\"demo\",\"id\":\"%s\",\"term\":%u,\"leader\":\"%s\","
        "\"commit\":90,\"config_index\":%s%s%s%s},\"node\":{\"name\":\"n%d\",\"role\":\"%s\","
        "\"term\":%u,\"last\":%u,\"commit\":90,\"applied\":89,\"first\":51,\"version\":\"0.1.0\"",
        c->ids[i], c->terms[i], with_leader ? c->leaders[i] : "", config_index,
        c->joint[i] ? ",\"joint\":true" : "", leads && c->change != NULL ? ",\"change\":" : "",
        leads && c->change != NULL ? c->change : "", i + 1, with_leader ? c->roles[i] : "follower",
        c->terms[i], c->last[i]);
    if (c->election_ms[i] != 0)
        buf_putf(&doc, ",\"election_ms\":%u", c->election_ms[i]);
    if (c->lease_ms[i] != 0)
        buf_putf(&doc, ",\"lease_ms\":%u", c->lease_ms[i]);
    buf_puts(&doc, "},\"members\":[");
    for (int m = 0; m < FAKE_NODES; m++) {
        if (c->left_at[m] != 0 && c->config_index[i] >= c->left_at[m])
            continue;
        buf_puts(&doc, before);
        put_member(c, i, m, &doc);
        before = ",";
    }
    buf_puts(&doc, "]}");
    respw_bulk(out, span_of(buf_str(&doc), doc.len));
    buf_free(&doc);
}

/* One more question that finds no leader. */
static bool is_leaderless(struct fake_cluster *c, struct buf *reply)
{
    if (c->leaderless_for == 0)
        return false;
    c->leaderless_for--;
    (void)nanosleep(&(struct timespec){.tv_sec = c->leaderless_s}, NULL);
    buf_puts(reply, "-NOLEADER no leader is known here; nothing was done, try again\r\n");
    return true;
}

/* The session of every client is 7. */
static enum fake_act handle_session(struct fake_cluster *c, int i,
                                    const struct resp_request *request, struct buf *reply)
{
    const struct span *argv = request->argv;
    if (!span_is_word(argv[2], "close") && is_leaderless(c, reply))
        return FAKE_ANSWER;
    if (span_is_word(argv[2], "open"))
        respw_unsigned(reply, 7);
    if (span_is_word(argv[2], "open"))
        return c->open_act;
    if (span_is_word(argv[2], "close")) {
        respw_ok(reply);
        return FAKE_ANSWER;
    }
    c->writes[i]++;
    (void)snprintf(c->last_write[i], sizeof(c->last_write[i]), "%.*s %.*s %.*s", (int)argv[3].len,
                   argv[3].data, (int)argv[4].len, argv[4].data, (int)argv[5].len, argv[5].data);
    if (c->writes_lost > 0) {
        c->writes_lost--;
        return FAKE_HANG_UP;
    }
    buf_puts(reply, c->data_reply);
    return c->data_act;
}

static enum fake_act handle(struct fake_node *node, const struct resp_request *request,
                            struct buf *reply)
{
    struct fake_cluster *c = node->context;
    if (request->argc == 2 && span_is_word(request->argv[0], "raft") &&
        span_is_word(request->argv[1], "status")) {
        size_t most = c->silent_after[index_of(c, node)];
        if (most > 0 && node->requests_count > most)
            return FAKE_SILENCE;
        put_status(c, index_of(c, node), node->requests_count > c->no_leader_for, reply);
        return FAKE_ANSWER;
    }
    if (request->argc == 3 && span_is_word(request->argv[1], "readmode")) {
        int i = index_of(c, node);
        struct span mode = request->argv[2];
        (void)snprintf(c->modes[i], sizeof(c->modes[i]), "%.*s", (int)mode.len, mode.data);
        buf_puts(reply, span_is_word(mode, "lease") ? "-ERR lease reads are off\r\n" : "+OK\r\n");
        return FAKE_ANSWER;
    }
    if (request->argc > 3 && span_is_word(request->argv[1], "session"))
        return handle_session(c, index_of(c, node), request, reply);
    if (is_leaderless(c, reply))
        return FAKE_ANSWER;
    buf_puts(reply, c->data_reply);
    return c->data_act;
}

void fake_cluster_start(struct fake_cluster *c, unsigned running)
{
    *c = (struct fake_cluster){.roles = {"follower", "leader", "follower"},
                               .terms = {7, 7, 7},
                               .leaders = {"n2", "n2", "n2"},
                               .ids = {"00000000000000aa", "00000000000000aa", "00000000000000aa"},
                               .last = {95, 100, 60},
                               .data_reply = "+OK\r\n",
                               .data_act = FAKE_ANSWER};
    for (int i = 0; i < FAKE_NODES; i++) {
        c->started[i] = (running >> i & 1) != 0;
        if (!c->started[i]) {
            fake_address_closed(c->addresses[i]);
            continue;
        }
        fake_node_start(&c->nodes[i], handle, c);
        memcpy(c->addresses[i], c->nodes[i].address, sizeof(c->addresses[i]));
    }
}

void fake_put_alone(const struct fake_node *node, struct buf *reply)
{
    struct buf json = {0};
    buf_putf(&json,
             "{\"v\":1,\"cluster\":{\"id\":\"0000000000000001\",\"leader\":\"n1\",\"term\":1},"
             "\"node\":{\"name\":\"n1\",\"role\":\"leader\",\"term\":1},"
             "\"members\":[{\"name\":\"n1\",\"voter\":true,\"address\":\"%s\"}]}",
             node->address);
    respw_bulk(reply, span_of(json.data, json.len));
    buf_free(&json);
}

void fake_cluster_stop(struct fake_cluster *c)
{
    for (int i = 0; i < FAKE_NODES; i++) {
        if (c->started[i])
            fake_node_stop(&c->nodes[i]);
    }
}

#define WORDS_MAX 16

void ctl_run(struct ran *ret, ...)
{
    const char *argv[WORDS_MAX] = {ctl_program};
    size_t argc = 1;
    va_list args;
    va_start(args, ret);
    for (const char *word; (word = va_arg(args, const char *)) != NULL;) {
        assert_true(argc < WORDS_MAX - 1);
        argv[argc++] = word;
    }
    va_end(args);
    run_program(argv, span_str(""), ret);
}

void ctl_expect(struct ran *r, int exit_code, const char *out)
{
    if (r->exit_code != exit_code || strcmp(buf_str(&r->out), out) != 0)
        print_message("exit %d\n%s%s", r->exit_code, buf_str(&r->out), buf_str(&r->err));
    assert_int_equal(r->exit_code, exit_code);
    assert_string_equal(buf_str(&r->out), out);
    ran_free(r);
}

void ctl_expect_json(struct ran *r, int exit_code, const char *begin, const char *address)
{
    char line[512];
    (void)snprintf(line, sizeof(line), "%s\"via\":{\"endpoint\":\"%s\",\"oob\":false}}\n", begin,
                   address);
    ctl_expect(r, exit_code, line);
}

void ctl_expect_failure(struct ran *r, int exit_code, const char *name)
{
    char in_text[64];
    (void)snprintf(in_text, sizeof(in_text), "[%s]", name);
    if (r->exit_code != exit_code || strstr(buf_str(&r->err), in_text) == NULL)
        print_message("exit %d\n%s%s", r->exit_code, buf_str(&r->out), buf_str(&r->err));
    assert_int_equal(r->exit_code, exit_code);
    assert_non_null(strstr(buf_str(&r->err), in_text));
    assert_string_equal(buf_str(&r->out), "");
    ran_free(r);
}

static void expect_in(const struct ran *r, const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        print_message("no \"%s\" in:\n%s%s", part, buf_str(&r->out), buf_str(&r->err));
    assert_non_null(strstr(text, part));
}

void ctl_expect_part(const struct ran *r, const char *part)
{
    expect_in(r, buf_str(&r->out), part);
}

void ctl_expect_said(const struct ran *r, const char *part)
{
    expect_in(r, buf_str(&r->err), part);
}
