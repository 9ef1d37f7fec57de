/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/adapters/etcd_members.h"

#include "base/jsonw.h"
#include "base/units.h"
#include "emulator/adapters/http.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define HERE "127.0.0.1"
/* What needs no quorum is answered at once, but by a machine out of breath; others may be cut off.
 */
#define LOOK_NS      (2 * NS_PER_S)
#define PEER_LOOK_NS (500 * NS_PER_MS)
#define CHANGE_NS    (5 * NS_PER_S)

/* ---- who they are ---- */

/* "http://10.9.0.5:2380" */
static const struct adapter_peer *peer_of(const struct adapter_setting *here,
                                          const struct json *member)
{
    const struct json *urls = json_get(member, "peerURLs");
    char address[48];
    bool some = urls != NULL && urls->type == JSON_ARRAY && urls->count > 0 &&
                json_at(urls, 0)->type == JSON_STRING;
    const char *host = some ? strstr(json_at(urls, 0)->text, "://") : NULL;
    if (host == NULL)
        return NULL;
    (void)snprintf(address, sizeof(address), "%.*s", (int)strcspn(host + 3, ":"), host + 3);
    return adapter_peer_at(here, address);
}

static void take(const struct adapter_setting *here, const struct json *list,
                 struct etcd_members *ret)
{
    for (size_t i = 0; i < list->count && ret->count < ADAPTER_PEERS_MAX; i++) {
        const char *id = http_text(json_at(list, i), "ID");
        const struct adapter_peer *peer = peer_of(here, json_at(list, i));
        if (id == NULL || peer == NULL)
            continue;
        (void)snprintf(ret->items[ret->count].id, sizeof(ret->items[0].id), "%s", id);
        ret->items[ret->count++].peer = peer;
    }
}

static int ask(const struct adapter_setting *here, const char *address, uint64_t span_ns,
               struct etcd_members *ret, struct err *e)
{
    struct http_answer a = {0};
    bool sent;
    ret->count = 0;
    int code = http_post(address, ETCD_CLIENT_PORT, "/v3/cluster/member/list", "{}",
                         adapter_now_ns() + span_ns, &a, &sent, e);
    const struct json *list = code < 0 || a.root == NULL ? NULL : json_get(a.root, "members");
    if (list != NULL && list->type == JSON_ARRAY)
        take(here, list, ret);
    else if (code == 0)
        code = err_set(e, -E_CLOSED, "%s: no list of members", address);
    http_answer_free(&a);
    return code;
}

int etcd_members_here(const struct adapter_setting *here, struct etcd_members *ret, struct err *e)
{
    return ask(here, HERE, LOOK_NS, ret, e);
}

int etcd_members_find_id(const struct etcd_members *m, const char *id)
{
    for (size_t i = 0; i < m->count; i++) {
        if (strcmp(m->items[i].id, id) == 0)
            return (int)i;
    }
    return -1;
}

int etcd_members_find(const struct etcd_members *m, const char *node)
{
    for (size_t i = 0; i < m->count; i++) {
        if (strcmp(m->items[i].peer->name, node) == 0)
            return (int)i;
    }
    return -1;
}

static bool same(const struct etcd_members *a, const struct etcd_members *b)
{
    bool all = a->count == b->count;
    for (size_t i = 0; i < a->count && all; i++)
        all = etcd_members_find(b, a->items[i].peer->name) >= 0;
    return all;
}

/* Whether somebody answers, and all who do have this node among the same members. */
static bool agree(const struct adapter_setting *here, struct etcd_members *ret)
{
    struct etcd_members next;
    struct err e;
    size_t answers = 0;
    for (size_t i = 0; i < here->peers_count; i++) {
        const struct adapter_peer *peer = &here->peers[i];
        if (strcmp(peer->name, here->node) == 0 ||
            ask(here, peer->address, PEER_LOOK_NS, &next, &e) < 0)
            continue;
        if (etcd_members_find(&next, here->node) < 0 || (answers++ > 0 && !same(&next, ret)))
            return false;
        *ret = next;
    }
    return answers > 0;
}

int etcd_members_await(const struct adapter_setting *here, uint64_t until_ns,
                       struct etcd_members *ret, struct err *e)
{
    const struct timespec nap = {.tv_nsec = (long)(50 * NS_PER_MS)};
    while (!agree(here, ret)) {
        if (adapter_now_ns() >= until_ns)
            return err_set(e, -E_TIMEOUT, "nobody has made %s a member", here->node);
        (void)nanosleep(&nap, NULL);
    }
    return 0;
}

bool etcd_members_left(const struct adapter_setting *here)
{
    struct etcd_members m;
    struct err e;
    for (size_t i = 0; i < here->peers_count; i++) {
        if (strcmp(here->peers[i].name, here->node) != 0 &&
            ask(here, here->peers[i].address, PEER_LOOK_NS, &m, &e) == 0 &&
            etcd_members_find(&m, here->node) < 0)
            return true;
    }
    return false;
}

/* ---- changing it ---- */

/* What says that nothing was done, and that it may be otherwise in a moment: a member that was
 * started less than five seconds ago is not healthy yet. */
static bool refused(const char *why)
{
    static const char *const texts[] = {"no leader", "unhealthy cluster",
                                        "not enough started members"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (strstr(why, texts[i]) != NULL)
            return true;
    }
    return false;
}

static void change(const char *path, const struct buf *body, struct adapter_tell *tell)
{
    struct http_answer a = {0};
    bool sent;
    struct err e;
    int code = http_post(HERE, ETCD_CLIENT_PORT, path, buf_str(body), adapter_now_ns() + CHANGE_NS,
                         &a, &sent, &e);
    const char *why = code < 0 ? NULL : http_text(a.root, "error");
    if (code < 0)
        adapter_tell_error(tell, sent ? ADAPTER_UNKNOWN : ADAPTER_FAIL, "%s",
                           sent ? "TIMEOUT no answer" : "BUSY the server is not reached");
    else if (why != NULL && refused(why))
        adapter_tell_error(tell, ADAPTER_FAIL, "BUSY %.150s", why);
    else if (a.status != 200)
        adapter_tell_error(tell, ADAPTER_UNKNOWN, "LOST %.150s", why == NULL ? "" : why);
    http_answer_free(&a);
}

/* Its place among the members, or -1; -2: told already that they are not known. */
static int look(const struct adapter_setting *here, const char *node, struct etcd_members *m,
                struct adapter_tell *tell)
{
    struct err e;
    if (etcd_members_here(here, m, &e) == 0)
        return etcd_members_find(m, node);
    adapter_tell_error(tell, ADAPTER_FAIL, "BUSY %.150s", e.text);
    return -2;
}

void etcd_member_add(const struct adapter_setting *here, const char *node,
                     struct adapter_tell *tell)
{
    struct etcd_members m;
    struct buf url = {0}, body = {0};
    struct jsonw w;
    if (look(here, node, &m, tell) != -1)
        return;
    buf_putf(&url, "http://%s:%d", adapter_peer_named(here, node)->address, ETCD_PEER_PORT);
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_key(&w, "peerURLs");
    jsonw_array(&w);
    jsonw_string(&w, buf_str(&url));
    jsonw_end(&w);
    jsonw_end(&w);
    change("/v3/cluster/member/add", &body, tell);
    buf_free(&url);
    buf_free(&body);
}

void etcd_member_remove(const struct adapter_setting *here, const char *node,
                        struct adapter_tell *tell)
{
    struct etcd_members m;
    struct buf body = {0};
    struct jsonw w;
    int at = look(here, node, &m, tell);
    if (at < 0)
        return;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_kv_string(&w, "ID", m.items[at].id);
    jsonw_end(&w);
    change("/v3/cluster/member/remove", &body, tell);
    buf_free(&body);
}
