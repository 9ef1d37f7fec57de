/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated network: one directed link from every endpoint to every other, each with the model
 * that the live carriers ask too (netem/model). */
#ifndef SIM_NET_H
#define SIM_NET_H

#include "emulator/sim/queue.h"
#include "netem/model/impair.h"

enum sim_packet_kind {
    PACKET_HELLO, /* a node dials: one struct peer_hello in its frame */
    PACKET_HELLO_REPLY,
    PACKET_FRAME, /* of a connection between nodes */
    PACKET_GONE,  /* no such connection here (any more) */
    PACKET_SYN,   /* a client connects */
    PACKET_ACCEPT,
    PACKET_REFUSE,
    PACKET_TO_NODE, /* bytes of a client's connection */
    PACKET_TO_CLIENT,
    PACKET_HANG_UP,  /* the client is gone */
    PACKET_CLOSED,   /* the node has closed */
    PACKET_QUESTION, /* the administrator's; connection: its ticket */
    PACKET_ANSWER,   /* … and what came of it: an enum world_reply */
};

/* Owned by the link it is on, or by the event that will deliver it. */
struct sim_packet {
    unsigned from, to; /* endpoints */
    enum sim_packet_kind kind;
    bool passed;         /* no filter looks at it again */
    bool unsent;         /* whoever was about to send it has died */
    bool reliable;       /* sent again when it is lost, as TCP does */
    bool local;          /* who hears it made it up himself: it crosses no link */
    bool in_lane;        /* it is under way in the lane before that one */
    uint8_t lane;        /* the next lane of single message types it comes to */
    bool once;           /* no second copy of it is seen: forwarding rests on TCP's word for that */
    unsigned tries;      /* how often it has been */
    uint64_t connection; /* number of the connection it belongs to */
    uint64_t epoch;      /* the link's, when it left: a cut throws away what is under way */
    struct sim_packet *next;
    size_t len;
    uint8_t data[];
};

struct sim_net_counters {
    uint64_t sent, delivered, lost, cut, queue_full;
    uint64_t filtered; /* dropped by a filter */
    uint64_t damaged;  /* delivered with a bit flipped */
};

struct sim_net; /* opaque */
struct sim_filters;

/* Perfect links; queue is borrowed. */
struct sim_net *sim_net_new(unsigned endpoints, uint64_t seed, struct sim_queue *queue);
/* Packets that are events of the queue are freed with sim_packet_free by whoever drains it. */
void sim_net_free(struct sim_net *net);

struct sim_packet *sim_packet_new(enum sim_packet_kind kind, unsigned from, unsigned to,
                                  uint64_t connection, const void *data, size_t len);
void sim_packet_free(struct sim_packet *p); /* NULL is allowed */

/* What befalls single message types (bits MESSAGE_x) before the link does; messages 0: what the
 * link does. Precondition: impairment_check holds. */
void sim_net_set(struct sim_net *net, uint32_t messages, unsigned from, unsigned to,
                 const struct impairment *state, uint64_t now_ns);
bool sim_net_is_cut(const struct sim_net *net, unsigned from, unsigned to);

/* Takes the packet: it arrives as a SIM_PACKET, or does not. */
void sim_net_send(struct sim_net *net, struct sim_packet *p, uint64_t now_ns);
/* A SIM_PACKET has been taken from the queue: the packet, the caller's now, or NULL if it was under
 * way when the link was cut. */
struct sim_packet *sim_net_arrive(struct sim_net *net, struct sim_packet *p, uint64_t now_ns);

/* A packet that was taken from the queue before its time is lost on its way. */
void sim_net_lose(struct sim_net *net, struct sim_packet *p, uint64_t now_ns);

/* The endpoint stands still: what it sends leaves then. UINT64_MAX: never; what it sends is gone.
 */
void sim_net_quiet(struct sim_net *net, unsigned from, uint64_t until_ns);

/* Its filters, for whoever adds and removes some. */
struct sim_filters *sim_net_filters(struct sim_net *net);
/* Its faults of connections. */
struct sim_breaks;
struct sim_breaks *sim_net_breaks(struct sim_net *net);
/* Its host tells an endpoint (p->to) about a connection: a packet that crosses no link. */
void sim_net_tell_host(struct sim_net *net, struct sim_packet *p, uint64_t t_ns);
/* A list of frames that a filter held goes on. */
void sim_net_let_go(struct sim_net *net, struct sim_packet *list, uint64_t now_ns);

/* From now on; NULL: nobody. Its times count from began_ns. */
struct sim_watch;
void sim_net_watch(struct sim_net *net, const struct sim_watch *watch, uint64_t began_ns);

struct sim_net_counters sim_net_counters(const struct sim_net *net);

#endif
