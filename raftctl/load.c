/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/load.h"

#include "base/mem.h"
#include "base/prng.h"
#include "base/units.h"
#include "raftctl/stop.h"

#include <stdio.h>

#define DRAIN_NS   (2 * NS_PER_S) /* for the answers still to come */
#define CLEAN_KEYS 500

/* One connection, with one request at a time. */
struct client {
    struct conn conn;
    bool busy, reads;
    uint64_t due_ns; /* of that request */
};

struct run {
    const struct load_spec *spec;
    struct load_result *result;
    struct client clients[LOAD_CLIENTS_MAX];
    struct prng prng;
    struct buf value;
    uint64_t begun_ns;
};

static uint64_t due_at(const struct run *r, uint64_t number)
{
    return r->begun_ns + (uint64_t)((double)number * 1e9 / r->spec->rate);
}

static void ask(struct run *r, struct client *c, uint64_t due_ns)
{
    char key[64];
    (void)snprintf(key, sizeof(key), LOAD_KEY_PREFIX "%llu",
                   (unsigned long long)prng_below(&r->prng, r->spec->keys));
    c->reads = prng_below(&r->prng, 100) < r->spec->reads;
    const struct span words[] = {span_str(c->reads ? "GET" : "SET"), span_str(key),
                                 span_of(r->value.data, r->value.len)};
    conn_ask(&c->conn, words, c->reads ? 2 : 3);
    c->busy = true;
    c->due_ns = due_ns;
    r->result->asked++;
}

static void count_error(struct load_result *result, struct span text)
{
    if (result->errors++ == 0)
        (void)snprintf(result->first_error, sizeof(result->first_error), "%.*s", (int)text.len,
                       text.data);
}

/* Whether the write that came to this end may be applied. */
static bool may_be_written(const struct client *c)
{
    struct failure f;
    const struct resp_value *value = c->conn.reply == NULL ? NULL : resp_bare(c->conn.reply);
    if (value == NULL)
        return c->conn.sent;
    return value->kind != RESP_ERROR || ask_explain(&c->conn, value->text, &f) == CTL_UNKNOWN;
}

/* Takes an answer, if it has come. A connection that failed is made anew. */
static void settle(struct run *r, struct client *c, uint64_t now_ns)
{
    if (!c->busy || (c->conn.reply == NULL && c->conn.failed.code == 0))
        return;
    c->busy = false;
    r->result->written |= !c->reads && may_be_written(c);
    if (c->conn.reply == NULL) {
        struct endpoint to = c->conn.to;
        count_error(r->result, span_str(c->conn.failed.text));
        conn_close(&c->conn);
        conn_open(&c->conn, &to);
        return;
    }
    const struct resp_value *value = resp_bare(c->conn.reply);
    if (value->kind == RESP_ERROR) {
        count_error(r->result, value->text);
        return;
    }
    r->result->answered++;
    histogram_add(c->reads ? &r->result->reads_ns : &r->result->writes_ns, now_ns - c->due_ns);
}

static size_t busy_count(const struct run *r)
{
    size_t busy = 0;
    for (size_t i = 0; i < r->spec->clients; i++)
        busy += r->clients[i].busy;
    return busy;
}

/* Lets the connections move until something has come, or the moment is there. */
static void turn(struct run *r, uint64_t until_ns)
{
    struct conn *waiting[LOAD_CLIENTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < r->spec->clients; i++) {
        if (r->clients[i].busy)
            waiting[count++] = &r->clients[i].conn;
    }
    if (count > 0)
        conn_turn(waiting, count, until_ns);
    else
        stop_rest(until_ns - conn_now_ns(), until_ns);
    uint64_t now_ns = conn_now_ns();
    for (size_t i = 0; i < r->spec->clients; i++)
        settle(r, &r->clients[i], now_ns);
}

static void go(struct run *r)
{
    uint64_t number = 0, end_ns = r->begun_ns + r->spec->for_ns;
    for (uint64_t now_ns = r->begun_ns; now_ns < end_ns && !stop_asked(); now_ns = conn_now_ns()) {
        for (size_t i = 0; i < r->spec->clients && due_at(r, number) <= now_ns; i++) {
            if (!r->clients[i].busy)
                ask(r, &r->clients[i], due_at(r, number++));
        }
        uint64_t next_ns = due_at(r, number);
        /* What is due already waits for a connection: then for an answer alone. */
        turn(r, next_ns > now_ns && next_ns < end_ns ? next_ns : end_ns);
    }
    r->result->elapsed_ns = conn_now_ns() - r->begun_ns;
    /* Also when it is to stop: a write that is still under way would be left behind. */
    uint64_t late_ns = conn_now_ns() + DRAIN_NS;
    bool held = stop_hold();
    while (busy_count(r) > 0 && conn_now_ns() < late_ns && !stop_asked())
        turn(r, late_ns);
    stop_release(held);
    r->result->unanswered = busy_count(r);
    for (size_t i = 0; i < r->spec->clients; i++) {
        const struct client *c = &r->clients[i];
        r->result->written |= c->busy && !c->reads && may_be_written(c);
    }
}

enum ctl_exit load_run(const struct ctl *ctl, const struct load_spec *spec, struct load_result *ret,
                       struct failure *f)
{
    struct run *r = mem_alloc(sizeof(*r));
    size_t reached = 0;
    *ret = (struct load_result){0};
    r->spec = spec;
    r->result = ret;
    r->prng = prng_seed(1);
    for (size_t i = 0; i < spec->value_bytes; i++)
        buf_putc(&r->value, (char)('a' + i % 26));
    for (size_t i = 0; i < spec->clients; i++) {
        struct conn *c = &r->clients[i].conn;
        conn_open(c, &ctl->endpoints[i % ctl->endpoints_count]);
        conn_wait_connected(c, conn_now_ns() + NS_PER_S);
        reached += c->failed.code == 0;
    }
    if (reached > 0) {
        r->begun_ns = conn_now_ns();
        go(r);
    } else {
        failure_set(f, CTL_UNREACHABLE, "UNREACHABLE", "%s", r->clients[0].conn.failed.text);
        failure_fix(f, "raftctl status");
    }
    for (size_t i = 0; i < spec->clients; i++)
        conn_close(&r->clients[i].conn);
    buf_free(&r->value);
    mem_free(r);
    return reached > 0 ? CTL_OK : CTL_UNREACHABLE;
}

static enum ctl_exit remove_keys(const struct ctl *ctl, uint64_t from, uint64_t keys,
                                 struct failure *f)
{
    static char names[CLEAN_KEYS][40]; /* filled anew for each question */
    struct span words[CLEAN_KEYS + 1] = {span_str("DEL")};
    struct answer answer;
    size_t count = 0;
    for (; count < CLEAN_KEYS && from + count < keys; count++) {
        (void)snprintf(names[count], sizeof(names[0]), LOAD_KEY_PREFIX "%llu",
                       (unsigned long long)(from + count));
        words[count + 1] = span_str(names[count]);
    }
    enum ctl_exit exit = ask_cluster(ctl, ASK_WRITE, words, count + 1, &answer, f);
    if (exit == CTL_OK)
        ask_close(&answer);
    return exit;
}

void load_clean(const struct ctl *ctl, const struct load_spec *spec, const struct load_result *r)
{
    enum ctl_exit exit = CTL_OK;
    struct failure f;
    if (!r->written)
        return;
    bool held = stop_hold();
    for (uint64_t from = 0; exit == CTL_OK && from < spec->keys; from += CLEAN_KEYS)
        exit = remove_keys(ctl, from, spec->keys, &f);
    if (exit != CTL_OK)
        print_warn(ctl, "keys " LOAD_KEY_PREFIX "N are left: raftctl scan " LOAD_KEY_PREFIX);
    stop_release(held);
}
