/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the user carrier, shared by its files:
 *   pool.c     packet buffers, bounded
 *   port.c     one AF_PACKET socket on each hub device: receiving and sending in batches
 *   wire.c     the directed links: a packet's fate when it arrives, and again when it is due
 *   breaks.c   the same of connections: reset, refused, mute
 *   flows.c    when connections opened
 *   loop.c     the thread: sockets, one timer, the order of things
 *   carrier_user.c  the door to the rest of netem
 *
 * One thread carries; the program's thread changes links and reads counters under `lock`. A thread
 * and not a process: a cut is a flag set under the lock, so "when the call returns nothing passes
 * any more" needs no conversation; and the sandbox takes the thread along as surely as a child. */
#ifndef NETEM_USER_FORWARD_H
#define NETEM_USER_FORWARD_H

#include <pthread.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/timerq.h"
#include "netem/carrier.h"
#include "netem/user/flows.h"
#include "netem/user/frame.h"
#include "netem/user/lateness.h"
#include "netem/user/pcapng.h"

#define POOL_PACKETS_MAX  131072u /* 200 MB at 1500 bytes; used only when that much is under way */
#define PORT_BATCH        32      /* packets a receive call */
#define PORT_ROUNDS_MAX   8       /* receive calls before the other ports get their turn */
#define PORT_SEND_BATCH   64
#define PORT_BUFFER_BYTES (8 << 20)
/* A packet takes at least 512 bytes of the buffer, which the kernel doubles. */
#define PORT_BACKLOG_ROUNDS (2 * PORT_BUFFER_BYTES / 512 / PORT_BATCH)

/* A packet under way. In exactly one place at a time: the pool's free list, a receive slot, the
 * heap, a link's held list, or a port's send batch. */
struct packet {
    struct packet *next;
    struct user_link *link; /* NULL: an answer of ours, which uses none */
    uint64_t due_ns;
    uint64_t epoch; /* of the link when it entered: an older one was cut off meanwhile */
    struct frame frame;
    uint32_t len;
    bool reordered;
    bool duplicate;
    bool corrupted;
    uint32_t corrupt_byte;
    uint8_t data[]; /* pool.packet_bytes */
};

struct pool {
    struct packet *free;
    uint32_t made;
    uint32_t packet_bytes;
};

struct user_link {
    int from;
    int to;
    struct impair_link dice;
    uint64_t epoch;          /* counts the cuts */
    struct netem_counters n; /* waiting is kept by dice.queued */
    struct packet *held;     /* newest first */
    uint64_t held_bytes;
    struct netem_break broken; /* connections on it */
    struct flows flows;        /* that opened while broken.old_before_ns was set */
};

struct port {
    int fd; /* owned */
    int endpoint;
    uint64_t arrived_last_ns;
    struct packet *out[PORT_SEND_BATCH];
    int out_count;
};

/* The kernel's receive time of a packet, moved to the monotonic clock. */
struct stamp_clock {
    int64_t real_minus_mono_ns; /* at the last look */
    bool usable;                /* both clocks moved together since then */
    uint64_t mono_ns;
    uint64_t real_ns;
};

struct carrier {
    const struct topo *topo;
    int endpoints_count;
    struct port *ports;      /* endpoints_count, owned */
    struct user_link *links; /* endpoints_count squared, owned; [from * count + to] */
    struct prng release_dice;

    pthread_t thread;
    bool thread_runs;
    pthread_mutex_t lock; /* everything below and the links */
    bool stop;
    int epoll_fd;
    int timer_fd;
    int wake_fd;
    uint64_t armed_ns;  /* what the timer is set to; 0 = nothing */
    struct timerq heap; /* of struct packet, by due_ns */
    struct pool pool;
    struct stamp_clock stamps;

    struct packet *in[PORT_BATCH]; /* receive slots, always filled */
    struct mmsghdr in_heads[PORT_BATCH];
    struct iovec in_iov[PORT_BATCH];
    char in_control[PORT_BATCH][64];

    struct pcapng *capture; /* owned; NULL = none */
    struct lateness lateness;
    uint64_t overload_packets;
    uint64_t foreign_packets;
    uint64_t delay_ns_min; /* the smallest ever set; UINT64_MAX = none yet */
    uint64_t opened_ns;
    uint64_t cpu_ns; /* of the thread, as of its last turn */
};

uint64_t mono_now_ns(void);

/* pool.c. pool_get returns NULL when the bound is reached. */
void pool_init(struct pool *p, uint32_t packet_bytes);
struct packet *pool_get(struct pool *p);
void pool_put(struct pool *p, struct packet *packet);
void pool_free(struct pool *p);

/* port.c. The socket must be opened in the hub's namespace. */
int port_open(struct port *p, int endpoint, const char *device, int device_index, struct err *e);
void port_close(struct port *p);
/* Fills the receive slots: how many packets came (0 = none left). */
int port_receive(struct carrier *c, struct port *p);
/* Takes all that lies in the socket, at most PORT_BACKLOG_ROUNDS times a batch: before a link of
 * this endpoint's changes, so that what reached it earlier is judged by what it was then. */
void port_catch_up(struct carrier *c, struct port *p);
/* Adds to the batch; sends when it is full. port_flush sends what is there. */
void port_send(struct carrier *c, struct port *p, struct packet *packet);
void port_flush(struct carrier *c, struct port *p);
/* What the socket itself lost since the last look. */
uint64_t port_lost(struct port *p);

/* wire.c. The packet of receive slot `slot` arrived; the slot is filled again. */
void wire_arrived(struct carrier *c, int from, int slot, uint64_t arrived_ns);
/* Its time has come: sends, holds or drops it. */
void wire_due(struct carrier *c, struct packet *packet, uint64_t now_ns);
/* It was sent. */
void wire_left(struct carrier *c, struct packet *packet, uint64_t now_ns);
/* The kernel would not take it. */
void wire_refused(struct carrier *c, struct packet *packet);
/* The link gets a new state. */
void wire_change(struct carrier *c, struct user_link *l, const struct impairment *to,
                 uint64_t now_ns);

/* breaks.c. What becomes of a packet that arrives, or is due: NULL, it goes its way; else why it
 * does not. Its sender has been answered, where that is so. */
const char *breaks_meet(struct carrier *c, const struct packet *packet);
/* It arrived: whoever opens a connection is noted. */
void breaks_note(const struct packet *packet, uint64_t now_ns);
void breaks_change(struct user_link *l, const struct netem_break *to);

/* loop.c. */
int loop_start(struct carrier *c, struct err *e);
void loop_stop(struct carrier *c);
void loop_wake(struct carrier *c);

#endif
