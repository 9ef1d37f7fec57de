/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/dialer.h"

#include "base/mem.h"
#include "base/prng.h"
#include "base/units.h"
#include "raftd/dial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What may be queued: a full window of entries and one frame; everything else still finds room
 * then, since heartbeats and votes are outside of windows. */
#define QUEUE_BYTES_MAX  (LIMIT_WINDOW_BYTES + LIMIT_FRAME_BYTES)
#define QUEUE_BYTES_MORE (256u << 10)

enum dialer_state {
    DIALER_WAITING,    /* the timer dials */
    DIALER_CONNECTING, /* dial is set; the timer gives up */
    DIALER_GREETING,   /* connected, Hello is sent; the timer gives up */
    DIALER_UP,         /* accepted: frames may leave */
};

/* Invariants: dial != NULL iff state is not DIALER_WAITING; lost only after DIALER_UP. */
struct dialer {
    struct turn *turn;
    const struct dialer_limits *limits;
    struct node_peer peer;
    enum dialer_state state;
    struct dial *dial;
    uv_timer_t timer;
    struct prng random;
    uint64_t backoff_ns;
    uint64_t dialed_at_ns;
    uint64_t incarnation; /* of the peer that is connected */
    bool lost;
    bool unanswered;            /* nobody was there, which is trouble, and nobody was told yet */
    char trouble[ERR_TEXT_MAX]; /* why the last attempt failed; empty after a success */
    uint64_t acknowledged_bytes;
    uint64_t progress_ns; /* when that rose last, or nothing was outstanding */
};

static void dial_now(struct dialer *d);

/* libuv's timers have milliseconds: never early. */
static uint64_t timer_ms(uint64_t ns)
{
    return (ns + NS_PER_MS - 1) / NS_PER_MS;
}

static void on_timer(uv_timer_t *timer);

static void arm(struct dialer *d, uint64_t ns)
{
    uv_update_time(d->turn->loop);
    (void)uv_timer_start(&d->timer, on_timer, timer_ms(ns), 0);
}

/* Said once, then only at debug level until it changes. */
static void note_trouble(struct dialer *d, const char *why)
{
    bool new = strcmp(d->trouble, why) != 0;
    (void)snprintf(d->trouble, sizeof(d->trouble), "%s", why);
    logger_printf(d->turn->log, ENV_ABOUT_PEER, new ? ENV_INFO : ENV_DEBUG, "peer %s at %s: %s",
                  d->peer.name, d->peer.address, why);
}

static void leave(struct dialer *d)
{
    if (d->state == DIALER_UP) {
        d->lost = true;
        turn_again(d->turn);
    }
    if (d->dial != NULL)
        dial_abandon(d->dial);
    d->dial = NULL;
    d->state = DIALER_WAITING;
}

/* Waits after a refusal: longer every time. */
static void retry_later(struct dialer *d, const char *why)
{
    note_trouble(d, why);
    leave(d);
    uint64_t half = d->backoff_ns / 2 + 1;
    arm(d, half + prng_below(&d->random, half));
    d->backoff_ns *= 2;
    if (d->backoff_ns > d->limits->backoff_ns_max)
        d->backoff_ns = d->limits->backoff_ns_max;
}

/* At once, unless the last attempt was a moment ago. */
static void retry_now(struct dialer *d, const char *why)
{
    if (turn_now_ns() - d->dialed_at_ns < d->limits->connect_ns) {
        retry_later(d, why);
        return;
    }
    note_trouble(d, why);
    leave(d);
    arm(d, 0);
}

/* Nobody said a word. A refusal is one, and who ends a connection that was up was there. */
static void note_unanswered(struct dialer *d)
{
    d->unanswered = true;
}

static void on_timer(uv_timer_t *timer)
{
    struct dialer *d = timer->data;
    switch (d->state) {
    case DIALER_WAITING: dial_now(d); break;
    case DIALER_CONNECTING:
        /* A new lookup would take as long as this one. */
        if (dial_resolving(d->dial)) {
            arm(d, d->limits->connect_ns);
            break;
        }
        note_unanswered(d);
        retry_now(d, "no connection in time");
        break;
    case DIALER_GREETING:
        note_unanswered(d);
        retry_now(d, "connected, but no answer to the greeting in time");
        break;
    case DIALER_UP: break;
    }
}

/* ---- what the dial reports ---- */

static void on_resolved(void *arg)
{
    struct dialer *d = arg;
    arm(d, d->limits->connect_ns);
}

static void on_connected(void *arg)
{
    struct dialer *d = arg;
    struct err e = {0};
    struct buf frame = {0};
    struct peer_hello hello = node_hello(d->turn->node, d->peer.id);
    int code = peer_hello_encode(&frame, &hello, &e);
    if (code < 0) {
        retry_later(d, e.text);
    } else {
        d->state = DIALER_GREETING;
        arm(d, d->limits->connect_ns);
        dial_put(d->dial, frame.data, frame.len, true);
    }
    buf_free(&frame);
}

static void on_failed(void *arg, const char *why)
{
    struct dialer *d = arg;
    if (d->state == DIALER_UP) {
        retry_now(d, why);
        return;
    }
    note_unanswered(d);
    retry_later(d, why);
}

static int check_reply(struct dialer *d, const struct frame *frame, struct err *e)
{
    struct peer_hello_reply reply;
    if (frame->header.type != PEER_HELLO_REPLY)
        return err_set(e, -E_CORRUPT, "answers the greeting with a frame of type %s",
                       peer_type_name(frame->header.type));
    int code = peer_hello_reply_decode(frame, &reply, e);
    if (code == 0)
        code = node_check_hello_reply(d->turn->node, d->peer.id, &reply, e);
    if (code == 0)
        d->incarnation = reply.hello.incarnation;
    return code;
}

/* The only frame that comes back on a dialed connection is the answer to the greeting. */
static void on_frame(void *arg, const struct frame *frame)
{
    struct dialer *d = arg;
    struct err e = {0};
    int code = d->state == DIALER_GREETING
                   ? check_reply(d, frame, &e)
                   : err_set(&e, -E_CORRUPT, "sends frames on a connection it accepted");
    if (code < 0) {
        d->backoff_ns = d->limits->backoff_ns_max; /* it will not change its mind soon */
        retry_later(d, e.text);
        return;
    }
    (void)uv_timer_stop(&d->timer);
    d->state = DIALER_UP;
    d->trouble[0] = '\0';
    d->unanswered = false;
    d->backoff_ns = d->limits->backoff_ns_min;
    d->acknowledged_bytes = 0;
    d->progress_ns = turn_now_ns();
    logger_printf(d->turn->log, ENV_ABOUT_PEER, ENV_INFO, "peer %s at %s: connected", d->peer.name,
                  d->peer.address);
}

static const struct dial_events events = {on_resolved, on_connected, on_frame, on_failed};

static void dial_now(struct dialer *d)
{
    ASSERT(d->dial == NULL);
    d->dialed_at_ns = turn_now_ns();
    d->state = DIALER_CONNECTING;
    arm(d, d->limits->connect_ns);
    d->dial = dial_new(d->turn, d->peer.address, timer_ms(d->limits->silence_ns), &events, d);
}

/* ---- the outside ---- */

struct dialer *dialer_new(struct turn *turn, const struct dialer_limits *limits,
                          const struct node_peer *peer, uint64_t seed)
{
    struct dialer *d = mem_alloc(sizeof(*d));
    d->turn = turn;
    d->limits = limits;
    d->peer = *peer;
    d->random = prng_named(seed, peer->name);
    d->backoff_ns = limits->backoff_ns_min;
    (void)uv_timer_init(turn->loop, &d->timer);
    d->timer.data = d;
    return d;
}

static void on_timer_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

void dialer_free(struct dialer *d)
{
    leave(d);
    uv_close((uv_handle_t *)&d->timer, on_timer_closed);
}

const struct node_peer *dialer_peer(const struct dialer *d)
{
    return &d->peer;
}

void dialer_hurry(struct dialer *d)
{
    d->backoff_ns = d->limits->backoff_ns_min;
    if (d->state == DIALER_WAITING)
        arm(d, 0);
}

void dialer_move(struct dialer *d, const struct node_peer *peer)
{
    d->peer = *peer;
    leave(d);
    dialer_hurry(d);
}

/* Entries, pieces of images and forwarded commands wait for their turn; the small rest, on which
 * elections and leases hang, passes them. Reordering is nothing new to Raft (thesis 3.7, 10.2.2).
 */
static bool is_urgent(const uint8_t *frame)
{
    uint8_t type = frame[FRAME_TYPE_OFFSET];
    return type != RAFT_APPEND && type != RAFT_INSTALL_SNAPSHOT && peer_type_is_raft(type);
}

bool dialer_send(struct dialer *d, const void *frame, size_t len)
{
    ASSERT(len >= FRAME_HEADER_BYTES);
    bool urgent = is_urgent(frame);
    size_t max = QUEUE_BYTES_MAX + (urgent ? QUEUE_BYTES_MORE : 0);
    if (d->state != DIALER_UP || dial_queued(d->dial) + len > max)
        return false;
    dial_put(d->dial, frame, len, urgent);
    return true;
}

void dialer_greeted(struct dialer *d, uint64_t incarnation)
{
    if (d->state == DIALER_UP && d->incarnation != incarnation) {
        note_trouble(d, "started anew");
        leave(d);
    }
    dialer_hurry(d);
}

void dialer_watch(struct dialer *d, uint64_t now_ns, bool rested)
{
    char why[64], limit[UNITS_TEXT_MAX];
    if (d->state != DIALER_UP)
        return;
    uint64_t acknowledged;
    bool outstanding = dial_outstanding(d->dial, &acknowledged);
    if (!outstanding || rested || acknowledged > d->acknowledged_bytes) {
        d->acknowledged_bytes = acknowledged;
        d->progress_ns = now_ns;
    } else if (now_ns - d->progress_ns >= d->limits->silence_ns) {
        units_print_duration(d->limits->silence_ns, limit);
        (void)snprintf(why, sizeof(why), "acknowledges nothing for %s", limit);
        retry_now(d, why);
    }
}

bool dialer_take_lost(struct dialer *d)
{
    bool lost = d->lost;
    d->lost = false;
    return lost;
}

const char *dialer_take_failure(struct dialer *d)
{
    bool unanswered = d->unanswered;
    d->unanswered = false;
    return unanswered ? d->trouble : NULL;
}

const char *dialer_describe(const struct dialer *d)
{
    switch (d->state) {
    case DIALER_UP: return "connected";
    case DIALER_CONNECTING:
    case DIALER_GREETING: return "connecting";
    case DIALER_WAITING: return d->trouble[0] != '\0' ? d->trouble : "not connected";
    }
    UNREACHABLE();
}
