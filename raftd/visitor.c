/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/visitor.h"

#include "base/mem.h"
#include "base/units.h"
#include "wire/peer.h"

#include <stdio.h>

/* Members twice over, and some that have not greeted yet. */
#define VISITORS_MAX (2 * LIMIT_MEMBERS + 16)
#define HELLO_BYTES  4096u          /* what somebody who has not greeted may make us keep */
#define GREETING_NS  (5 * NS_PER_S) /* a connection that says nothing is closed after this */
#define COMPLAINT_NS (1 * NS_PER_S) /* bad connections are logged this often at most */
#define KEEPALIVE_S  60u            /* a peer's dead host is forgotten some day */
#define ADDRESS_TEXT (INET6_ADDRSTRLEN + 10)

/* Invariant: in the list until closed. */
struct visitor {
    TAILQ_ENTRY(visitor) link;
    struct visitors *all;
    uv_tcp_t tcp;
    struct outq out;
    struct frame_decoder in;
    raft_id id; /* 0: has not greeted */
    struct frame_expect expect;
    uint64_t since_ns;
    bool closed;
};

void visitors_init(struct visitors *v, struct turn *turn, const char *clients_at,
                   void (*greeted)(void *arg, raft_id id, uint64_t incarnation), void *arg)
{
    *v = (struct visitors){.turn = turn, .clients_at = clients_at, .greeted = greeted, .arg = arg};
    TAILQ_INIT(&v->list);
}

static void on_closed(uv_handle_t *handle)
{
    struct visitor *visitor = handle->data;
    outq_free(&visitor->out);
    frame_decoder_free(&visitor->in);
    mem_free(visitor);
}

static void dismiss(struct visitor *visitor)
{
    if (visitor->closed)
        return;
    visitor->closed = true;
    TAILQ_REMOVE(&visitor->all->list, visitor, link);
    visitor->all->count--;
    outq_stop(&visitor->out);
    uv_close((uv_handle_t *)&visitor->tcp, on_closed);
}

static void address_of(const struct visitor *visitor, char out[ADDRESS_TEXT])
{
    struct sockaddr_storage from;
    char host[INET6_ADDRSTRLEN];
    int len = sizeof(from);
    if (uv_tcp_getpeername(&visitor->tcp, (struct sockaddr *)&from, &len) < 0) {
        (void)snprintf(out, ADDRESS_TEXT, "one who is gone");
        return;
    }
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&from;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&from;
    bool is_v6 = from.ss_family == AF_INET6;
    (void)(is_v6 ? uv_ip6_name(v6, host, sizeof(host)) : uv_ip4_name(v4, host, sizeof(host)));
    (void)snprintf(out, ADDRESS_TEXT, "%s:%u", host, ntohs(is_v6 ? v6->sin6_port : v4->sin_port));
}

/* Anybody can connect and talk nonsense; that must not fill the log. */
static void complain(const struct visitor *visitor, const char *why)
{
    struct visitors *v = visitor->all;
    uint64_t now_ns = turn_now_ns();
    char from[ADDRESS_TEXT], more[40] = "";
    if (v->complained_ns != 0 && now_ns - v->complained_ns < COMPLAINT_NS) {
        v->swallowed++;
        return;
    }
    address_of(visitor, from);
    if (v->swallowed > 0)
        (void)snprintf(more, sizeof(more), " (and %u more since)", v->swallowed);
    logger_printf(v->turn->log, ENV_ABOUT_PEER, ENV_WARNING,
                  "peer port: connection of %s closed: %s%s", from, why, more);
    v->complained_ns = now_ns;
    v->swallowed = 0;
}

static void on_write_failed(void *arg, int status)
{
    (void)status;
    dismiss(arg);
}

/* A peer has one connection to us: it dials anew only when it has given the older one up. */
static void replace_older(struct visitor *visitor)
{
    struct visitor *other, *next;
    for (other = TAILQ_FIRST(&visitor->all->list); other != NULL; other = next) {
        next = TAILQ_NEXT(other, link);
        if (other != visitor && other->id == visitor->id)
            dismiss(other);
    }
}

static int greet(struct visitor *visitor, const struct frame *frame, struct err *e)
{
    struct visitors *v = visitor->all;
    struct peer_hello hello;
    if (frame->header.type != PEER_HELLO)
        return err_set(e, -E_CORRUPT, "begins with a frame of type %s, not with a greeting",
                       peer_type_name(frame->header.type));
    int code = peer_hello_decode(frame, &hello, e);
    if (code < 0)
        return code;
    struct peer_hello_reply reply = node_answer_hello(v->turn->node, &hello);
    struct buf bytes = {0};
    code = peer_hello_reply_encode(&bytes, &reply, e);
    if (code == 0) {
        outq_put(&visitor->out, bytes.data, bytes.len, true);
        outq_flush(&visitor->out);
    }
    buf_free(&bytes);
    if (code < 0)
        return code;
    if (reply.refusal == PEER_REFUSED_CLUSTER && hello.link.cluster_id == 0)
        return err_set(e, -E_CLOSED, "%s asks which cluster this is, to join it", hello.name);
    if (reply.refusal != PEER_ACCEPTED)
        return err_set(e, -E_MISMATCH, "%s refused: %s: %s", hello.name,
                       peer_refusal_text(reply.refusal), reply.detail);
    if (hello.incarnation == 0)
        return err_set(e, -E_CLOSED, "%s asks for its empty directory", hello.name);
    visitor->id = hello.from;
    visitor->expect = node_expect(v->turn->node, hello.from);
    replace_older(visitor);
    v->greeted(v->arg, hello.from, hello.incarnation);
    return 0;
}

static int take_frame(struct visitor *visitor, const struct frame *frame, struct err *e)
{
    if (visitor->id == 0)
        return greet(visitor, frame, e);
    int code = frame_check(&frame->header, &visitor->expect, e);
    if (code == 0)
        code = node_on_frame(visitor->all->turn->node, turn_node_ns(visitor->all->turn), frame, e);
    return code;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    const struct visitor *visitor = handle->data;
    (void)suggested;
    turn_alloc(visitor->all->turn, ret);
}

/* A client took this port for its own: it is told in its own protocol, in which a request begins
 * with a star and no frame does. */
static int turn_away(struct visitor *visitor, struct err *e)
{
    struct buf reply = {0};
    if (visitor->in.in.len == visitor->in.at || visitor->in.in.data[visitor->in.at] != '*')
        return 0;
    buf_putf(&reply, "-PEERPORT this is the port for peers; clients are served at %s\r\n",
             visitor->all->clients_at);
    outq_put(&visitor->out, reply.data, reply.len, true);
    outq_flush(&visitor->out);
    buf_free(&reply);
    return err_set(e, -E_MISMATCH, "a client, and this is the port for peers");
}

/* A greeting is short; whoever has not said it gets no memory for more. */
static int check_unread(const struct visitor *visitor, struct err *e)
{
    if (visitor->in.in.len - visitor->in.at <= HELLO_BYTES)
        return 0;
    return err_set(e, -E_LIMIT, "begins with more than %u bytes, not with a greeting", HELLO_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct visitor *visitor = stream->data;
    struct frame frame;
    struct err e = {0};
    if (n < 0) {
        dismiss(visitor);
        return;
    }
    frame_decoder_feed(&visitor->in, bytes->base, (size_t)n);
    int code = visitor->id == 0 ? turn_away(visitor, &e) : 0;
    while (code >= 0 && !visitor->closed &&
           (code = frame_decoder_next(&visitor->in, &frame, &e)) > 0)
        code = take_frame(visitor, &frame, &e);
    if (code == 0 && !visitor->closed && visitor->id == 0)
        code = check_unread(visitor, &e);
    if (code < 0 && !visitor->closed) {
        complain(visitor, e.text);
        dismiss(visitor);
    }
}

/* Connections that say nothing must not keep a member out: the oldest of them leaves. False: all
 * others have greeted. */
static bool make_room(struct visitor *newcomer)
{
    struct visitor *other;
    TAILQ_FOREACH(other, &newcomer->all->list, link)
    {
        if (other == newcomer || other->id != 0)
            continue;
        complain(other, "too many connections, and this one has not greeted");
        dismiss(other);
        return true;
    }
    return false;
}

void visitors_accept(struct visitors *v, uv_stream_t *listener)
{
    struct visitor *visitor = mem_alloc(sizeof(*visitor));
    visitor->all = v;
    visitor->since_ns = turn_now_ns();
    (void)uv_tcp_init(v->turn->loop, &visitor->tcp);
    visitor->tcp.data = visitor;
    outq_init(&visitor->out, &v->turn->dirty, (uv_stream_t *)&visitor->tcp, on_write_failed,
              visitor);
    frame_decoder_init(&visitor->in);
    TAILQ_INSERT_TAIL(&v->list, visitor, link);
    v->count++;
    if (uv_accept(listener, (uv_stream_t *)&visitor->tcp) < 0) {
        dismiss(visitor);
    } else if (v->count > VISITORS_MAX && !make_room(visitor)) {
        complain(visitor, "too many connections");
        dismiss(visitor);
    } else {
        (void)uv_tcp_nodelay(&visitor->tcp, 1);
        (void)uv_tcp_keepalive(&visitor->tcp, 1, KEEPALIVE_S);
        (void)uv_read_start((uv_stream_t *)&visitor->tcp, on_alloc, on_read);
    }
}

void visitors_watch(struct visitors *v, uint64_t now_ns)
{
    struct visitor *visitor, *next;
    for (visitor = TAILQ_FIRST(&v->list); visitor != NULL; visitor = next) {
        next = TAILQ_NEXT(visitor, link);
        if (visitor->id == 0 && now_ns - visitor->since_ns > GREETING_NS)
            dismiss(visitor);
    }
}

void visitors_close(struct visitors *v)
{
    for (struct visitor *visitor; (visitor = TAILQ_FIRST(&v->list)) != NULL;)
        dismiss(visitor);
}
