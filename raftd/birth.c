/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/birth.h"

#include "base/checksum.h"
#include "base/units.h"
#include "raft/node.h"
#include "raftd/address.h"
#include "raftd/birth_promise.h"
#include "raftd/join.h"
#include "raftd/system.h"
#include "raftd/turn.h"
#include "raftd/twins.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TELL_MS    300u            /* one peer has that long to take our word, or to answer */
#define LISTEN_MS  100             /* then it is the others' turn to speak */
#define REMIND_NS  (10 * NS_PER_S) /* a line in the log that says who is missing */
#define BACKLOG    64
#define SPEECH_MS  200 /* a caller must have said everything by then */
#define SPEECH_MAX (64u << 10)

struct birth {
    const struct config *config;
    const struct vfs *vfs;
    const struct birth_host *host;
    struct birth_promise promise;
    uint64_t disk;
    uint64_t list;
    struct twins twins;
    uint64_t reminded_ns;
    uint64_t warned_ns;
    int listener;
    bool done;
    struct birth_result *result;
};

static uint64_t digest_of(const struct membership *m)
{
    struct buf bytes = {0};
    membership_encode(&bytes, m);
    uint64_t digest = checksum64(bytes.data, bytes.len);
    buf_free(&bytes);
    return digest == 0 ? 1 : digest;
}

static int compare_addresses(const void *a, const void *b)
{
    return strcmp(((const struct node_peer *)a)->address, ((const struct node_peer *)b)->address);
}

/* The same addresses in any order. */
static uint64_t list_digest(const struct config *c)
{
    struct config_peers sorted = c->peers;
    struct buf text = {0};
    qsort(sorted.list, sorted.count, sizeof(sorted.list[0]), compare_addresses);
    for (size_t i = 0; i < sorted.count; i++)
        buf_putf(&text, "%s\n", sorted.list[i].address);
    uint64_t digest = checksum64(text.data, text.len);
    buf_free(&text);
    return digest;
}

static struct node_peer myself(const struct birth *b)
{
    struct node_peer p = {.id = node_id_of_name(b->config->name), .disk = b->disk};
    (void)snprintf(p.name, sizeof(p.name), "%s", b->config->name);
    (void)snprintf(p.address, sizeof(p.address), "%s", b->config->advertise_peer);
    return p;
}

/* ---- promises ---- */

/* An offer that names this very node and disk, and as many voters as were expected. */
static bool fits(const struct birth *b, const struct membership *m)
{
    struct node_peer me = myself(b);
    const struct node_peer *p = membership_find(m, me.id);
    bool voters = m->config.count == b->config->expect && !m->config.joint && m->generation == 0;
    for (uint32_t i = 0; i < m->config.count; i++)
        voters &= m->config.members[i].flags == RAFT_VOTER && m->peers[i].disk != 0;
    return voters && p != NULL && p->disk == me.disk && strcmp(p->address, me.address) == 0;
}

static int accept_offer(struct birth *b, const struct membership *m, struct err *e)
{
    struct birth_promise p = b->promise;
    p.accepted = true;
    p.offer = *m;
    int code = birth_promise_write(b->vfs, b->config->data_dir, &p, e);
    if (code == 0)
        b->promise = p;
    return code;
}

/* Whoever has the lowest id of N offers those N. */
static int maybe_offer(struct birth *b, struct err *e)
{
    struct node_peer all[LIMIT_MEMBERS * 2 + 1];
    struct membership m;
    struct node_peer me = myself(b);
    size_t count = 0;
    for (size_t i = 0; i < b->twins.count; i++) {
        if (!twin_fresh(&b->twins.list[i], turn_now_ns()))
            continue;
        if (b->twins.list[i].peer.id < me.id)
            return 0;
        all[count++] = b->twins.list[i].peer;
    }
    if (b->promise.accepted || count + 1 < b->config->expect)
        return 0;
    all[count] = all[0];
    all[0] = me; /* the lowest; which of the others does not matter, if they are too many */
    if (membership_of_voters(all, (size_t)b->config->expect, &m, e) < 0)
        return e->code;
    logger_printf(b->host->log, ENV_ABOUT_MEMBER, ENV_INFO,
                  "birth: all %llu nodes are there: offering to found",
                  (unsigned long long)b->config->expect);
    return accept_offer(b, &m, e);
}

static void maybe_born(struct birth *b)
{
    const struct membership *offer = &b->promise.offer;
    uint64_t digest = b->promise.accepted ? digest_of(offer) : 0;
    uint32_t agreed = 1;
    for (size_t i = 0; i < b->twins.count; i++) {
        const struct twin *t = &b->twins.list[i];
        const struct node_peer *p = membership_find(offer, t->peer.id);
        agreed += p != NULL && p->disk == t->peer.disk && t->offer == digest;
    }
    if (digest == 0 || agreed < b->config->expect)
        return;
    b->done = true;
    b->result->born = true;
}

/* ---- what others say ---- */

/* What an offer could not name would end the process that makes it. */
static bool same_wish(const struct birth *b, const struct peer_birth *said)
{
    const struct config *c = b->config;
    return strcmp(said->cluster, c->cluster) == 0 && said->expect == c->expect &&
           said->list == b->list && said->from == node_id_of_name(said->name) &&
           said->from != node_id_of_name(c->name) && node_name_valid(said->name) &&
           node_address_valid(said->address);
}

static int hear(struct birth *b, const struct peer_birth *said, struct err *e)
{
    struct membership offer;
    struct err why = {0};
    if (!same_wish(b, said)) {
        if (b->warned_ns == 0 || turn_now_ns() - b->warned_ns > REMIND_NS)
            logger_printf(
                b->host->log, ENV_ABOUT_MEMBER, ENV_WARNING,
                "birth: %s at %s has another --cluster, --expect or --peers, or our name, or its "
                "address is no HOST:PORT: left out",
                said->name, said->address);
        b->warned_ns = turn_now_ns();
        return 0;
    }
    struct twin *t = twins_get(&b->twins, said->from, &b->promise.offer, turn_now_ns());
    if (t == NULL)
        return 0;
    bool has_offer = said->offer.len > 0 && membership_decode(said->offer, &offer, &why) == 0;
    if (t->heard_ns == 0)
        logger_printf(b->host->log, ENV_ABOUT_MEMBER, ENV_INFO, "birth: %s at %s is there too",
                      said->name, said->address);
    t->peer.disk = said->disk;
    memcpy(t->peer.name, said->name, sizeof(t->peer.name));
    memcpy(t->peer.address, said->address, sizeof(t->peer.address));
    uint64_t before = t->offer;
    t->offer = has_offer ? digest_of(&offer) : 0;
    if (t->offer != 0 && t->offer != before)
        logger_printf(b->host->log, ENV_ABOUT_MEMBER, ENV_INFO, "birth: %s has accepted an offer",
                      said->name);
    t->heard_ns = turn_now_ns();
    if (has_offer && !b->promise.accepted && fits(b, &offer))
        return accept_offer(b, &offer, e);
    return 0;
}

/* A peer lives already: in the cluster promised, or in one to be joined. */
static int found_living(struct birth *b, const struct peer_hello *who, struct err *e)
{
    const struct membership *m = &b->promise.offer;
    uint64_t promised =
        b->promise.accepted ? node_founding_id(b->config->cluster, m->peers, m->config.count) : 0;
    if (promised != 0 && promised != who->link.cluster_id)
        return err_set(
            e, -E_MISMATCH,
            "%s at %s lives in cluster %016llx, and this directory has promised to found "
            "%016llx\n  fix: if that is the cluster to be in, empty %s and start again",
            who->name, who->address, (unsigned long long)who->link.cluster_id,
            (unsigned long long)promised, b->config->data_dir);
    b->done = true;
    b->result->born = promised != 0;
    b->result->link = who->link;
    memcpy(b->result->living, who->address, sizeof(b->result->living));
    return 0;
}

/* ---- sockets ---- */

static int tell(struct birth *b, const char *address, struct err *e)
{
    struct peer_hello hello = join_hello(b->config->name, b->config->advertise_peer, 0, 0);
    struct peer_hello_reply reply;
    struct buf offer = {0}, more = {0};
    struct peer_birth me = {.from = hello.from,
                            .disk = b->disk,
                            .expect = (uint32_t)b->config->expect,
                            .list = b->list};
    struct err ignored = {0};
    memcpy(me.name, hello.name, sizeof(me.name));
    memcpy(me.address, hello.address, sizeof(me.address));
    (void)snprintf(me.cluster, sizeof(me.cluster), "%s", b->config->cluster);
    if (b->promise.accepted)
        membership_encode(&offer, &b->promise.offer);
    me.offer = span_of(offer.data, offer.len);
    int code = peer_birth_encode(&more, &me, e);
    if (code == 0 && join_greet_and(address, &hello, span_of(more.data, more.len), TELL_MS, &reply,
                                    &ignored) == 0)
        code = found_living(b, &reply.hello, e);
    buf_free(&offer);
    buf_free(&more);
    return code;
}

/* One caller: its Hello is of no interest, what follows is. */
static int listen_to(struct birth *b, int fd, struct err *e)
{
    struct frame_decoder decoder;
    struct frame frame;
    struct err ignored = {0};
    struct peer_birth said;
    char bytes[4096];
    size_t heard = 0;
    int code = 0;
    uint64_t until_ns = turn_now_ns() + SPEECH_MS * NS_PER_MS;
    frame_decoder_init(&decoder);
    while (heard < SPEECH_MAX && turn_now_ns() < until_ns) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int left_ms = (int)((until_ns - turn_now_ns()) / NS_PER_MS) + 1;
        ssize_t n = poll(&p, 1, left_ms) == 1 ? recv(fd, bytes, sizeof(bytes), 0) : 0;
        if (n <= 0)
            break;
        heard += (size_t)n;
        frame_decoder_feed(&decoder, bytes, (size_t)n);
        int got;
        while ((got = frame_decoder_next(&decoder, &frame, &ignored)) > 0 &&
               frame.header.type != PEER_BIRTH)
            ;
        if (got < 0)
            break;
        if (got > 0) {
            if (peer_birth_decode(&frame, &said, &ignored) == 0)
                code = hear(b, &said, e);
            break;
        }
    }
    frame_decoder_free(&decoder);
    return code;
}

static int serve(struct birth *b, struct err *e)
{
    uint64_t until_ns = turn_now_ns() + LISTEN_MS * NS_PER_MS;
    int code = 0;
    while (code == 0 && turn_now_ns() < until_ns) {
        struct pollfd p = {.fd = b->listener, .events = POLLIN};
        int left_ms = (int)((until_ns - turn_now_ns()) / NS_PER_MS) + 1;
        int fd = poll(&p, 1, left_ms) == 1 ? accept4(b->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
        if (fd < 0)
            continue;
        code = listen_to(b, fd, e);
        (void)close(fd);
    }
    return code;
}

static int open_listener(struct birth *b, struct err *e)
{
    const char *text = b->config->listen_peer;
    struct address a;
    struct sockaddr_storage where;
    int one = 1;
    const char *why = address_parse(text, &a);
    ASSERT(why == NULL);
    int code = address_resolve(&a, &where, e);
    if (code < 0)
        return err_wrap(e, "listen_peer");
    b->listener = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (b->listener < 0)
        return err_set_errno(e, -E_IO, errno, "listen_peer: %s", text);
    (void)setsockopt(b->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    socklen_t len =
        where.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    if (bind(b->listener, (struct sockaddr *)&where, len) < 0 || listen(b->listener, BACKLOG) < 0)
        return err_set_errno(e, -E_BUSY, errno, "listen_peer: %s", text);
    return 0;
}

/* ---- the wait ---- */

static void remind(struct birth *b)
{
    size_t there = 1;
    if (turn_now_ns() - b->reminded_ns < REMIND_NS)
        return;
    b->reminded_ns = turn_now_ns();
    for (size_t i = 0; i < b->twins.count; i++)
        there += twin_fresh(&b->twins.list[i], turn_now_ns());
    logger_printf(b->host->log, ENV_ABOUT_MEMBER, ENV_INFO, "birth: %zu of %llu nodes are there%s",
                  there, (unsigned long long)b->config->expect,
                  b->promise.accepted ? "; an offer is accepted and waits for the others" : "");
}

static int round_of(struct birth *b, struct err *e)
{
    const struct config *c = b->config;
    int code = 0;
    remind(b);
    for (size_t i = 0; i < c->peers.count && code == 0 && !b->done; i++) {
        if (strcmp(c->peers.list[i].address, c->advertise_peer) != 0)
            code = tell(b, c->peers.list[i].address, e);
    }
    if (code == 0 && !b->done)
        code = serve(b, e);
    if (code == 0 && !b->done)
        code = maybe_offer(b, e);
    if (code == 0 && !b->done)
        maybe_born(b);
    return code;
}

/* The disk id is promised before anybody hears of it: the offer will name it. */
static int begin(struct birth *b, struct err *e)
{
    int code = birth_promise_read(b->vfs, b->config->data_dir, &b->promise, e);
    if (code == -E_NOTFOUND) {
        for (size_t i = 0; i < sizeof(b->promise.disk_id); i += sizeof(uint64_t)) {
            uint64_t random = system_seed();
            memcpy(b->promise.disk_id + i, &random, sizeof(random));
        }
        code = birth_promise_write(b->vfs, b->config->data_dir, &b->promise, e);
    }
    if (code < 0)
        return code;
    b->disk = checksum64(b->promise.disk_id, sizeof(b->promise.disk_id));
    b->list = list_digest(b->config);
    if (b->promise.accepted && !fits(b, &b->promise.offer))
        return err_set(e, -E_MISMATCH,
                       "%s has promised to found a cluster as another node, address or number of "
                       "nodes: start it with the same options",
                       b->config->data_dir);
    return open_listener(b, e);
}

int birth_run(const struct config *c, const struct vfs *vfs, const struct birth_host *host,
              struct birth_result *ret, struct err *e)
{
    static struct birth b; /* large, and there is one */
    struct birth_result result = {0};
    b = (struct birth){.config = c, .vfs = vfs, .host = host, .listener = -1, .result = &result};
    int code = begin(&b, e);
    while (code == 0 && !b.done) {
        code = round_of(&b, e);
        if (code == 0 && host->stopped(host->arg))
            code = err_set(e, -E_CLOSED, "stopped before the cluster was born");
    }
    if (b.listener >= 0)
        (void)close(b.listener);
    if (code == 0) {
        result.founders = b.promise.offer;
        memcpy(result.disk_id, b.promise.disk_id, sizeof(result.disk_id));
        *ret = result;
    }
    return code;
}

void birth_forget(const struct config *c, const struct vfs *vfs)
{
    birth_promise_remove(vfs, c->data_dir);
}
