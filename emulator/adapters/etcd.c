/* SPDX-License-Identifier: GPL-3.0-or-later */
/* etcd, by its JSON gateway: every operation is asked of the server on its own node. A newcomer's
 * server is not started before the others have it for a member: it would not stay. */
#include "base/base64.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/units.h"
#include "emulator/adapters/dial.h"
#include "emulator/adapters/etcd_members.h"
#include "emulator/adapters/http.h"
#include "emulator/adapters/server.h"
#include "emulator/adapters/suts.h"
#include "emulator/adapters/systems.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS  (2 * NS_PER_S)
#define START_NS (60 * NS_PER_S)

static struct adapter_setting here;

static void hello(struct adapter_tell *tell)
{
    struct err e;
    char *path = adapter_program("etcd");
    if (adapter_setting_read(&here, &e) < 0)
        adapter_tell_error(tell, ADAPTER_FAIL, "INVALID %s", e.text);
    else if (path == NULL)
        adapter_tell_error(tell, ADAPTER_FAIL,
                           "MISSING etcd is not installed: apt-get install etcd-server");
    mem_free(path);
}

/* ---- starting ---- */

static void put_peer(const struct adapter_peer *p, struct buf *out)
{
    buf_putf(out, "%s%s=http://%s:%d", out->len == 0 ? "" : ",", p->name, p->address,
             ETCD_PEER_PORT);
}

static void put_founders(const struct adapter_line *asked, struct buf *out)
{
    const char *name;
    for (size_t i = 0; (name = adapter_line_item(asked, "founders", i)) != NULL; i++) {
        const struct adapter_peer *p = adapter_peer_named(&here, name);
        if (p != NULL)
            put_peer(p, out);
    }
}

/* Those it finds there. With a directory of its own a server looks at nobody's list: itself will
 * do. */
static int put_members(struct buf *out, struct err *e)
{
    struct etcd_members m = {.items[0].peer = adapter_peer_named(&here, here.node), .count = 1};
    struct buf own = {0};
    buf_putf(&own, "%s/etcd/member", here.dir);
    int code = access(buf_str(&own), F_OK) == 0
                   ? 0
                   : etcd_members_await(&here, adapter_now_ns() + START_NS, &m, e);
    for (size_t i = 0; i < m.count && code == 0; i++)
        put_peer(m.items[i].peer, out);
    buf_free(&own);
    return code;
}

/* "150ms..300ms" and "50ms" in milliseconds; 0: as etcd has it. */
static unsigned milliseconds(const struct adapter_line *asked, const char *key)
{
    const char *text = adapter_line_of(asked, "config", key);
    char first[32];
    uint64_t ns = 0;
    if (text == NULL)
        return 0;
    (void)snprintf(first, sizeof(first), "%.*s", (int)strcspn(text, "."), text);
    return units_duration(first, &ns) < 0 ? 0 : (unsigned)(ns / NS_PER_MS);
}

static int run(const struct adapter_line *asked, const struct buf *cluster, bool joins,
               struct err *e)
{
    struct buf words[14] = {0};
    char *argv[ARRAY_LEN(words) + 2] = {0};
    size_t n = 0;
    unsigned beat = milliseconds(asked, "heartbeat"),
             wait = milliseconds(asked, "election_timeout");
    buf_putf(&words[n++], "--name=%s", here.node);
    buf_putf(&words[n++], "--data-dir=%s/etcd", here.dir);
    buf_putf(&words[n++], "--listen-client-urls=http://%s:%d,http://127.0.0.1:%d", here.address,
             ETCD_CLIENT_PORT, ETCD_CLIENT_PORT);
    buf_putf(&words[n++], "--advertise-client-urls=http://%s:%d", here.address, ETCD_CLIENT_PORT);
    buf_putf(&words[n++], "--listen-peer-urls=http://%s:%d", here.address, ETCD_PEER_PORT);
    buf_putf(&words[n++], "--initial-advertise-peer-urls=http://%s:%d", here.address,
             ETCD_PEER_PORT);
    buf_putf(&words[n++], "--initial-cluster=%s", buf_str(cluster));
    buf_putf(&words[n++], "--initial-cluster-state=%s", joins ? "existing" : "new");
    buf_puts(&words[n++], "--logger=zap");
    if (beat > 0)
        buf_putf(&words[n++], "--heartbeat-interval=%u", beat);
    if (wait > 0)
        buf_putf(&words[n++], "--election-timeout=%u", wait);
    char *path = adapter_program("etcd");
    argv[0] = path;
    for (size_t i = 0; i < n; i++)
        argv[i + 1] = words[i].data;
    int code =
        path == NULL ? err_set(e, -E_NOTFOUND, "etcd: not installed") : server_start(argv, e);
    for (size_t i = 0; i < n; i++)
        buf_free(&words[i]);
    mem_free(path);
    return code;
}

/* It runs when it answers what needs no quorum. */
static int await(struct err *e)
{
    const struct timespec nap = {.tv_nsec = (long)(50 * NS_PER_MS)};
    uint64_t until = adapter_now_ns() + START_NS;
    struct http_answer a = {0};
    bool sent;
    int code = -1;
    while (code < 0 && adapter_now_ns() < until) {
        code = http_post("127.0.0.1", ETCD_CLIENT_PORT, "/v3/maintenance/status", "{}",
                         adapter_now_ns() + LOOK_NS, &a, &sent, e);
        http_answer_free(&a);
        if (code < 0)
            (void)nanosleep(&nap, NULL);
    }
    return code;
}

/* A member that is removed ends, in order, or by a panic, if it was just being asked for its
 * status. */
static bool left(void)
{
    return etcd_members_left(&here);
}

static void start(const struct adapter_line *asked, struct adapter_tell *tell)
{
    struct err e = {0};
    struct buf cluster = {0};
    bool joins = adapter_line_text(asked, "join") != NULL;
    int code = 0;
    if (joins)
        code = put_members(&cluster, &e);
    else
        put_founders(asked, &cluster);
    server_may_end(left);
    if (code == 0)
        code = run(asked, &cluster, joins, &e);
    if (code == 0)
        code = await(&e);
    buf_free(&cluster);
    if (code < 0)
        adapter_tell_error(tell, ADAPTER_FAIL, "NOTSTARTED %.150s", e.text);
}

/* ---- asking ---- */

/* One that is a member no more is not asked for its status: etcd 3.4 ends with a panic then. */
static void leader(struct adapter_tell *tell, struct buf *text)
{
    struct etcd_members m;
    struct http_answer a = {0};
    bool sent;
    struct err e;
    (void)text;
    if (etcd_members_here(&here, &m, &e) < 0 || etcd_members_find(&m, here.node) < 0)
        return;
    if (http_post("127.0.0.1", ETCD_CLIENT_PORT, "/v3/maintenance/status", "{}",
                  adapter_now_ns() + LOOK_NS, &a, &sent, &e) == 0) {
        const char *id = http_text(a.root, "leader");
        int at = id == NULL ? -1 : etcd_members_find_id(&m, id);
        tell->leader = at < 0 ? NULL : m.items[at].peer->name;
    }
    http_answer_free(&a);
}

static void member(bool joins, const char *node, struct adapter_tell *tell)
{
    if (joins)
        etcd_member_add(&here, node, tell);
    else
        etcd_member_remove(&here, node, tell);
}

/* Keys and values go in base64. */
static void put_field(struct jsonw *w, const char *name, const char *text)
{
    struct buf coded = {0};
    base64_put(&coded, span_str(text));
    jsonw_kv_string(w, name, buf_str(&coded));
    buf_free(&coded);
}

static void put_range(struct jsonw *w, const struct adapter_op *op)
{
    jsonw_object(w);
    put_field(w, "key", op->key);
    jsonw_end(w);
}

static void put_put(struct jsonw *w, const struct adapter_op *op)
{
    jsonw_object(w);
    put_field(w, "key", op->key);
    put_field(w, "value", op->value);
    jsonw_end(w);
}

static void put_compare(struct jsonw *w, const struct adapter_op *op)
{
    jsonw_object(w);
    put_field(w, "key", op->key);
    jsonw_kv_string(w, "target", op->expect == NULL ? "VERSION" : "VALUE");
    jsonw_kv_string(w, "result", "EQUAL");
    if (op->expect == NULL)
        jsonw_kv_string(w, "version", "0");
    else
        put_field(w, "value", op->expect);
    jsonw_end(w);
}

/* A list of requests, of one. */
static void put_request(struct jsonw *w, const char *list, const char *request,
                        void (*put)(struct jsonw *w, const struct adapter_op *op),
                        const struct adapter_op *op)
{
    jsonw_key(w, list);
    jsonw_array(w);
    jsonw_object(w);
    jsonw_key(w, request);
    put(w, op);
    jsonw_end(w);
    jsonw_end(w);
}

/* If it is as expected, it is put; else it is read, in one transaction. */
static void put_cas(struct jsonw *w, const struct adapter_op *op)
{
    jsonw_object(w);
    jsonw_key(w, "compare");
    jsonw_array(w);
    put_compare(w, op);
    jsonw_end(w);
    put_request(w, "success", "requestPut", put_put, op);
    put_request(w, "failure", "requestRange", put_range, op);
    jsonw_end(w);
}

/* The value in the answer to a range of one key; none: the key has none. */
static void take_range(const struct json *range, struct adapter_tell *tell, struct buf *text)
{
    const struct json *kvs = range == NULL ? NULL : json_get(range, "kvs");
    if (kvs == NULL || kvs->count == 0)
        return;
    const char *value = http_text(json_at(kvs, 0), "value");
    base64_take(text, value == NULL ? "" : value);
    tell->result = buf_str(text);
}

static void take_cas(const struct json *root, struct adapter_tell *tell, struct buf *text)
{
    const struct json *done = json_get(root, "succeeded"), *parts = json_get(root, "responses");
    tell->has_done = true;
    tell->done = done != NULL && done->type == JSON_BOOL && done->truth;
    if (!tell->done && parts != NULL && parts->count > 0)
        take_range(json_get(json_at(parts, 0), "response_range"), tell, text);
}

/* Only that there is no leader promises that nothing was done; reads are lost without harm. */
static void refuse(const struct http_answer *a, struct adapter_tell *tell)
{
    const char *why = http_text(a->root, "error");
    bool lost = why == NULL || strcmp(why, "etcdserver: no leader") != 0;
    adapter_tell_error(tell, lost ? ADAPTER_UNKNOWN : ADAPTER_FAIL, "%s %.150s",
                       lost ? "LOST" : "NOLEADER", why == NULL ? "" : why);
}

static void op(const struct adapter_op *op, struct adapter_tell *tell, struct buf *text)
{
    static const struct {
        const char *path;
        void (*put)(struct jsonw *w, const struct adapter_op *op);
    } kinds[] = {[ADAPTER_CAN_read] = {"/v3/kv/range", put_range},
                 [ADAPTER_CAN_write] = {"/v3/kv/put", put_put},
                 [ADAPTER_CAN_cas] = {"/v3/kv/txn", put_cas}};
    struct buf body = {0};
    struct jsonw w;
    struct http_answer a = {0};
    bool sent;
    struct err e;
    jsonw_init(&w, &body);
    kinds[op->kind].put(&w, op);
    int code = http_post("127.0.0.1", ETCD_CLIENT_PORT, kinds[op->kind].path, buf_str(&body),
                         op->until_ns, &a, &sent, &e);
    if (code < 0)
        adapter_tell_error(tell, sent ? ADAPTER_UNKNOWN : ADAPTER_FAIL, "%s",
                           sent ? "TIMEOUT no answer" : "NOTSENT the server is not reached");
    else if (a.status != 200 || a.root == NULL || json_get(a.root, "header") == NULL)
        refuse(&a, tell);
    else if (op->kind == ADAPTER_CAN_cas)
        take_cas(a.root, tell, text);
    else if (op->kind == ADAPTER_CAN_read)
        take_range(a.root, tell, text);
    http_answer_free(&a);
    buf_free(&body);
}

const struct adapter_system adapter_etcd = {
    .name = "etcd",
    .can = 1u << ADAPTER_CAN_read | 1u << ADAPTER_CAN_write | 1u << ADAPTER_CAN_cas |
           1u << ADAPTER_CAN_leader | 1u << ADAPTER_CAN_members,
    .hello = hello,
    .start = start,
    .leader = leader,
    .member = member,
    .op = op,
};
