/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Redis with Sentinel: on every node a server and a sentinel; n1 is the first master. A client asks
 * the sentinel of its own node who the master is, and then that one. */
#include "base/mem.h"
#include "base/respw.h"
#include "base/units.h"
#include "emulator/adapters/dial.h"
#include "emulator/adapters/server.h"
#include "emulator/adapters/suts.h"
#include "emulator/adapters/systems.h"
#include "wire/resp_reply.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REDIS_PORT    6379
#define SENTINEL_PORT 26379
#define GROUP         "lab"
/* For a sentinel on the same node; and to find a server that is gone. */
#define LOOK_NS    (500 * NS_PER_MS)
#define CONNECT_NS (1 * NS_PER_S)

static struct adapter_setting here;
static size_t founders;

static void hello(struct adapter_tell *tell)
{
    static const char *const programs[] = {"redis-server", "redis-sentinel"};
    struct err e;
    if (adapter_setting_read(&here, &e) < 0) {
        adapter_tell_error(tell, ADAPTER_FAIL, "INVALID %s", e.text);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        char *path = adapter_program(programs[i]);
        if (path == NULL)
            adapter_tell_error(tell, ADAPTER_FAIL,
                               "MISSING %s is not installed: apt-get install redis-server "
                               "redis-sentinel",
                               programs[i]);
        mem_free(path);
    }
}

/* ---- starting ---- */

static const char *setting(const struct adapter_line *asked, const char *key, const char *otherwise)
{
    const char *value = adapter_line_of(asked, "config", key);
    return value == NULL ? otherwise : value;
}

/* Sentinel writes its findings into both files: they are written once, and kept. */
static int configure(const struct adapter_line *asked, struct err *e)
{
    const char *first = adapter_line_item(asked, "founders", 0);
    const struct adapter_peer *master = first == NULL ? NULL : adapter_peer_named(&here, first);
    struct buf text = {0}, path = {0};
    int code = 0;
    for (founders = 0; adapter_line_item(asked, "founders", founders) != NULL;)
        founders++;
    buf_putf(&path, "%s/sentinel.conf", here.dir);
    if (access(buf_str(&path), F_OK) == 0)
        goto out;
    if (master == NULL) {
        code = err_set(e, -E_INVALID, "founders: nobody whose address is known");
        goto out;
    }
    buf_putf(&text,
             "port %d\nbind %s 127.0.0.1\nprotected-mode no\ndir %s\nsave \"\"\n"
             "appendonly yes\nappendfsync %s\nrepl-diskless-sync-delay 0\n",
             REDIS_PORT, here.address, here.dir, setting(asked, "appendfsync", "everysec"));
    if (strcmp(master->name, here.node) != 0)
        buf_putf(&text, "replicaof %s %d\n", master->address, REDIS_PORT);
    if (setting(asked, "min_replicas_to_write", NULL) != NULL)
        buf_putf(&text, "min-replicas-to-write %s\nmin-replicas-max-lag 1\n",
                 setting(asked, "min_replicas_to_write", "1"));
    code = server_write_file(here.dir, "redis.conf", buf_str(&text), e);
    buf_reset(&text);
    buf_putf(&text,
             "port %d\nbind %s 127.0.0.1\nprotected-mode no\ndir %s\n"
             "sentinel monitor " GROUP " %s %d %zu\n"
             "sentinel down-after-milliseconds " GROUP " %s\n"
             "sentinel failover-timeout " GROUP " %s\n",
             SENTINEL_PORT, here.address, here.dir, master->address, REDIS_PORT, founders / 2 + 1,
             setting(asked, "down_after_ms", "1000"),
             setting(asked, "failover_timeout_ms", "3000"));
    if (code == 0)
        code = server_write_file(here.dir, "sentinel.conf", buf_str(&text), e);
out:
    buf_free(&text);
    buf_free(&path);
    return code;
}

static int run(const char *program, const char *file, struct err *e)
{
    struct buf path = {0};
    char *found = adapter_program(program);
    buf_putf(&path, "%s/%s", here.dir, file);
    char *argv[] = {found, path.data, NULL};
    int code = found == NULL ? err_set(e, -E_NOTFOUND, "%s: not installed", program)
                             : server_start(argv, e);
    mem_free(found);
    buf_free(&path);
    return code;
}

/* Until it listens. */
static int await(unsigned port, struct err *e)
{
    const struct timespec nap = {.tv_nsec = (long)(20 * NS_PER_MS)};
    uint64_t until = adapter_now_ns() + 30 * NS_PER_S;
    int fd = -1;
    while (fd < 0 && adapter_now_ns() < until) {
        fd = dial("127.0.0.1", port, until, e);
        if (fd < 0)
            (void)nanosleep(&nap, NULL);
    }
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0 ? 0 : err_wrap(e, "port %u", port);
}

static void start(const struct adapter_line *asked, struct adapter_tell *tell)
{
    struct err e = {0};
    int code = configure(asked, &e);
    if (code == 0)
        code = run("redis-server", "redis.conf", &e);
    if (code == 0)
        code = await(REDIS_PORT, &e);
    if (code == 0)
        code = run("redis-sentinel", "sentinel.conf", &e);
    if (code == 0)
        code = await(SENTINEL_PORT, &e);
    if (code < 0)
        adapter_tell_error(tell, ADAPTER_FAIL, "NOTSTARTED %.150s", e.text);
}

/* ---- asking ---- */

/* One question on a connection of its own. 1: *ret points into *replies. Negative: e->code, and
 * *ret_sent tells whether a byte may have gone out. */
static int ask(const char *address, unsigned port, const struct buf *request, uint64_t connect_ns,
               uint64_t until_ns, struct resp_replies *replies, const struct resp_value **ret,
               bool *ret_sent, struct err *e)
{
    char chunk[4096];
    *ret_sent = false;
    int fd = dial(address, port, connect_ns < until_ns ? connect_ns : until_ns, e);
    if (fd < 0)
        return fd;
    *ret_sent = true;
    int code = dial_send(fd, request->data, request->len, until_ns, e);
    while (code == 0 && (code = resp_replies_next(replies, ret, e)) == 0) {
        int n = dial_receive(fd, chunk, sizeof(chunk), until_ns, e);
        if (n > 0)
            resp_replies_feed(replies, chunk, (size_t)n);
        code = n > 0 ? 0 : n < 0 ? n : err_set(e, -E_CLOSED, "CLOSED");
    }
    (void)close(fd);
    return code;
}

/* Whether what is told of the master says that the sentinels and the replicas have found each
 * other: before, nobody would be put in its place. */
static bool is_settled(const struct resp_value *v)
{
    static const char *const keys[] = {"num-other-sentinels", "num-slaves"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const struct resp_value *number = resp_lookup(v, keys[i]);
        uint64_t value;
        if (number == NULL || !span_to_u64(number->text, &value) || value + 1 < founders)
            return false;
    }
    return true;
}

/* Whom the sentinel of this node takes for the master; NULL: it knows nobody, or (settled is
 * wanted) not all that are needed to find another. */
static const struct adapter_peer *master_now(uint64_t until_ns, bool settled)
{
    const struct span question[] = {span_str("SENTINEL"), span_str("master"), span_str(GROUP)};
    struct buf request = {0};
    struct resp_replies replies;
    const struct resp_value *v;
    const struct adapter_peer *found = NULL;
    bool sent;
    struct err e;
    uint64_t look = adapter_now_ns() + LOOK_NS;
    resp_replies_init(&replies, 0);
    respw_request(&request, question, ARRAY_LEN(question));
    if (ask("127.0.0.1", SENTINEL_PORT, &request, look, look < until_ns ? look : until_ns, &replies,
            &v, &sent, &e) > 0 &&
        resp_lookup(v, "ip") != NULL && (!settled || is_settled(v))) {
        struct span address = resp_lookup(v, "ip")->text;
        char text[48];
        (void)snprintf(text, sizeof(text), "%.*s", (int)address.len, address.data);
        found = adapter_peer_at(&here, text);
    }
    resp_replies_free(&replies);
    buf_free(&request);
    return found;
}

static void leader(struct adapter_tell *tell, struct buf *text)
{
    const struct adapter_peer *master = master_now(UINT64_MAX, true);
    (void)text;
    tell->leader = master == NULL ? NULL : master->name;
}

static void put_request(const struct adapter_op *op, struct buf *request)
{
    static const char *const names[] = {[ADAPTER_CAN_read] = "GET",
                                        [ADAPTER_CAN_write] = "SET",
                                        [ADAPTER_CAN_append] = "APPEND",
                                        [ADAPTER_CAN_cas] = NULL,
                                        [ADAPTER_CAN_increment] = "INCR"};
    bool has_value = op->kind == ADAPTER_CAN_write || op->kind == ADAPTER_CAN_append;
    const struct span words[] = {span_str(names[op->kind]), span_str(op->key),
                                 span_str(has_value ? op->value : "")};
    respw_request(request, words, has_value ? 3 : 2);
}

/* An error of Redis says that nothing was done. */
static void take(const struct resp_value *v, struct adapter_tell *tell, struct buf *text)
{
    if (v->kind == RESP_ERROR) {
        adapter_tell_error(tell, ADAPTER_FAIL, "%.*s", (int)v->text.len, v->text.data);
        return;
    }
    if (v->kind == RESP_NULL)
        return;
    if (v->kind == RESP_INTEGER)
        buf_putf(text, "%lld", (long long)v->integer);
    else
        buf_put(text, v->text.data, v->text.len);
    tell->result = buf_str(text);
}

static void op(const struct adapter_op *op, struct adapter_tell *tell, struct buf *text)
{
    const struct adapter_peer *master = master_now(op->until_ns, false);
    struct buf request = {0};
    struct resp_replies replies;
    const struct resp_value *v;
    bool sent;
    struct err e;
    if (master == NULL) {
        adapter_tell_error(tell, ADAPTER_FAIL, "NOMASTER the sentinel names none");
        return;
    }
    resp_replies_init(&replies, 0);
    put_request(op, &request);
    if (ask(master->address, REDIS_PORT, &request, adapter_now_ns() + CONNECT_NS, op->until_ns,
            &replies, &v, &sent, &e) > 0)
        take(v, tell, text);
    else
        adapter_tell_error(tell, sent ? ADAPTER_UNKNOWN : ADAPTER_FAIL, "%s",
                           sent ? "TIMEOUT no answer" : "NOTSENT the master is not reached");
    resp_replies_free(&replies);
    buf_free(&request);
}

const struct adapter_system adapter_redis_sentinel = {
    .name = "redis-sentinel",
    .can = 1u << ADAPTER_CAN_read | 1u << ADAPTER_CAN_write | 1u << ADAPTER_CAN_append |
           1u << ADAPTER_CAN_increment | 1u << ADAPTER_CAN_leader,
    .hello = hello,
    .start = start,
    .leader = leader,
    .op = op,
};
