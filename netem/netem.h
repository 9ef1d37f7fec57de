/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network in a box: nodes and clients in namespaces of their own, joined by directed links that
 * can be delayed, lossy, slow or cut; nothing of it outlives the program.
 *
 * How a program uses it, from one thread:
 *
 *     int main(...) { return netem_sandbox_run(inside, &arg, &e); }
 *     inside:  netem_open(&options, &net, &e);
 *              fork; in the child netem_enter(net, n1); exec raftd ...   // a node
 *              fd = netem_socket(net, c1, AF_INET, SOCK_STREAM, 0, &e);  // a client's socket
 *              netem_apply(net, changes, n, &e);                         // faults, absolute
 *              netem_close(net);
 *
 * Endpoints are numbered from 0: first the nodes ("n1", "n2", ...), then the clients ("c1", ...).
 * The star: every endpoint has one device eth0, whose other end is in a private hub namespace,
 * where a carrier moves packets between them and does the damage. */
#ifndef NETEM_NETEM_H
#define NETEM_NETEM_H

#include <netinet/in.h>
#include <sys/types.h>

#include "base/err.h"
#include "netem/model/impair.h"

/* ---- the sandbox ---------------------------------------------------------------------------- */

/* Runs inside(arg) in a private sandbox (network, mount, PID, IPC and UTS namespaces; as an
 * unprivileged user in a user namespace too, where inside sees itself as uid 0) and returns its
 * exit code: 0..255, or 128 + signal if it was killed by one.
 *
 * The caller waits and forwards SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2; pid 1 of the
 * sandbox reaps orphans; inside runs as its child, in a session of its own, with default signal
 * handlers. When the caller dies, by SIGKILL too, or inside returns, every process and namespace of
 * the sandbox vanishes. /proc is the sandbox's own; other mounts made inside are private; files
 * written to the host's tree belong to the caller. What inside changes in memory stays inside: it
 * is another process.
 *
 * Preconditions: inside returns 0..255; the calling thread is the one that lives longest (its end
 * is taken for the program's). Errors: negative, the sandbox could not be made and inside did not
 * run: -E_PERMISSION or -E_UNSUPPORTED when namespaces are switched off here (the text says which
 * switch), else -E_IO. */
int netem_sandbox_run(int (*inside)(void *arg), void *arg, struct err *e) MUST_CHECK;

/* Whether this process was started by netem_sandbox_run. */
bool netem_sandboxed(void);

/* ---- the network ---------------------------------------------------------------------------- */

#define NETEM_NODES_MAX     120
#define NETEM_CLIENTS_MAX   32
#define NETEM_ENDPOINTS_MAX (NETEM_NODES_MAX + NETEM_CLIENTS_MAX)
#define NETEM_MTU_BYTES_MIN 576
#define NETEM_MTU_BYTES_MAX 9000
#define NETEM_NAME_MAX      16
#define NETEM_ADDRESS_MAX   16

enum netem_carrier {
    NETEM_AUTO = 0, /* the kernel's sch_netem where it is offered, else the user carrier */
    NETEM_KERNEL,   /* bridge + HTB + sch_netem; -E_UNSUPPORTED where the kernel lacks them */
    NETEM_USER,     /* our forwarder: seeded fate of every packet, reasons in the capture */
};

struct netem_options {
    int nodes_count;   /* 1..NETEM_NODES_MAX, spares included: all are made at open */
    int clients_count; /* 0..NETEM_CLIENTS_MAX */
    enum netem_carrier carrier;
    uint64_t seed;             /* of every link's dice (user carrier) */
    uint32_t mtu_bytes;        /* 0 = 1500 */
    const char *pcapng_path;   /* NULL = no capture; needs the user carrier */
    uint64_t pcapng_bytes_max; /* 0 = 256 MiB; beyond it nothing more is written */
};

struct netem;

/* Builds the star with perfect, open links. Takes about 2 ms an endpoint, and closing a user
 * carrier about 15 (the kernel waits for each packet socket to fall silent).
 * Preconditions: inside netem_sandbox_run (or as root in a network namespace of one's own).
 * Ownership: *ret belongs to the caller, netem_close frees it.
 * Errors: -E_INVALID options out of bounds; -E_UNSUPPORTED the kernel lacks something the carrier
 * needs; -E_PERMISSION; -E_IO. The text carries the kernel's own sentence. */
int netem_open(const struct netem_options *o, struct netem **ret, struct err *e) MUST_CHECK;

/* Stops the carrier and lets the namespaces go (processes inside keep theirs until they end).
 * NULL is allowed. */
void netem_close(struct netem *net);

/* "kernel: sch_netem" or "user: AF_PACKET forwarder", and why it is that one ("asked for",
 * "sch_netem: Specified qdisc kind is unknown"). Valid until netem_close. */
const char *netem_carrier_name(const struct netem *net);
const char *netem_carrier_why(const struct netem *net);
bool netem_carrier_is_user(const struct netem *net);

/* What only some carriers can do; netem_apply refuses it with -E_UNSUPPORTED elsewhere. */
enum netem_ability {
    NETEM_CAN_HOLD,            /* IMPAIR_HOLD */
    NETEM_CAN_SYN_ONLY,        /* IMPAIR_SYN_ONLY */
    NETEM_CAN_CORRUPT_PAYLOAD, /* impairment.corrupt_payload */
    NETEM_CAN_MTU,             /* impairment.mtu_bytes */
    NETEM_CAN_REPEAT,          /* the same seed decides the same fates */
    NETEM_CAN_CAPTURE,         /* pcapng_path */
    NETEM_CAN_BREAK,           /* netem_break */
};
bool netem_can(const struct netem *net, enum netem_ability what);

/* ---- endpoints ------------------------------------------------------------------------------ */

int netem_endpoints_count(const struct netem *net);
int netem_node(const struct netem *net, int node);     /* endpoint of node 0..nodes_count-1 */
int netem_client(const struct netem *net, int client); /* endpoint of client 0.. */

/* "n1", "c2"; "10.77.0.1", "10.77.1.2": borrowed, valid until netem_close (what an address says,
 * until the endpoint moves). Known before open: node k (from 0) is 10.77.0.(k+1), client k is
 * 10.77.1.(k+1). */
const char *netem_name(const struct netem *net, int endpoint);
const char *netem_address(const struct netem *net, int endpoint);
struct in_addr netem_in_addr(const struct netem *net, int endpoint);

/* The endpoint will be found at another address: from now on the above give that one, and everybody
 * can reach it; it is there itself once it has settled, and then no longer where it was. So what
 * runs there can end in its own time before. Settling without having moved does nothing. Errors:
 * -E_LIMIT (moved too often), -E_IO. */
int netem_readdress(struct netem *net, int endpoint, struct err *e) MUST_CHECK;
int netem_settle(struct netem *net, int endpoint, struct err *e) MUST_CHECK;
/* Where it was at open. */
const char *netem_first_address(const struct netem *net, int endpoint);

/* The namespace as an fd (close-on-exec), borrowed. */
int netem_namespace_fd(const struct netem *net, int endpoint);

/* Moves the calling thread into the endpoint's network namespace: for a forked child before exec
 * (one setns call: async-signal-safe, so also right for vfork-like spawners).
 * Errors: -E_IO, -E_PERMISSION; errno is the system's. */
int netem_enter(const struct netem *net, int endpoint) MUST_CHECK;

/* A socket that lives in the endpoint's namespace, whatever the caller's; SOCK_CLOEXEC is added.
 * The calling thread is in its old namespace again when it returns.
 * Returns the fd, owned by the caller. Errors: -E_IO, -E_PERMISSION. */
int netem_socket(const struct netem *net, int endpoint, int domain, int type, int protocol,
                 struct err *e) MUST_CHECK;

/* ---- links ---------------------------------------------------------------------------------- */

/* One directed link and the state it shall have. */
struct netem_change {
    int from; /* endpoints, from != to */
    int to;
    struct impairment link;
};

/* Brings links into the given states, all in one call: a partition of any shape is one batch
 * (40 links: about 0.1 ms). Absolute: what was set before is gone, also what the new state leaves
 * zero. When it returns the states hold: a cut link delivers nothing any more, packets under way
 * included; packets under way on a link that is merely changed keep the due time they had.
 * The same link twice in one batch: the last one counts.
 * Errors: -E_INVALID, -E_UNSUPPORTED (nothing was changed); others by the kernel's refusal, named
 * by its link (kernel carrier: other links of the batch may be changed). */
int netem_apply(struct netem *net, const struct netem_change *changes, int count,
                struct err *e) MUST_CHECK;

/* One link. */
int netem_link_set(struct netem *net, int from, int to, const struct impairment *link,
                   struct err *e) MUST_CHECK;
/* Closes or opens the gate and keeps the rest of the link's state. */
int netem_link_cut(struct netem *net, int from, int to, struct err *e) MUST_CHECK;
int netem_link_heal(struct netem *net, int from, int to, struct err *e) MUST_CHECK;

/* Every link perfect and open again. */
int netem_reset(struct netem *net, struct err *e) MUST_CHECK;

/* The state set last; a copy. */
struct impairment netem_link_get(const struct netem *net, int from, int to);

/* ---- connections ---------------------------------------------------------------------------- */

/* What befalls TCP connections on a directed link, before its impairments do. What opens a
 * connection is a packet with SYN: the first one, and the first answer to it. */
struct netem_break {
    int from; /* endpoints, from != to */
    int to;
    bool reset;    /* every packet is answered with a reset and goes no further */
    bool reject;   /* what opens a connection is answered with a reset, all else vanishes */
    bool openings; /* what opens a connection vanishes */
    uint64_t old_before_ns; /* packets of connections that did not open after that moment of
                             * CLOCK_MONOTONIC, which is not in the future, vanish; 0: no */
};

/* Absolute, as with netem_apply: of each link in the list nothing stays that is not said. What is
 * under way meets it, too. Counted under cut.
 * Errors: -E_UNSUPPORTED, the carrier looks into no packets (nothing was changed). */
int netem_break(struct netem *net, const struct netem_break *breaks, int count,
                struct err *e) MUST_CHECK;

/* What was said last; a copy. */
struct netem_break netem_break_get(const struct netem *net, int from, int to);

/* Resets the TCP connections that use one of the links chosen(arg, from, to) names, in either
 * direction, once: both ends read an error. Every carrier can. *ret_count: how many they were.
 * Errors: -E_UNSUPPORTED (the kernel does not destroy sockets), -E_PERMISSION, -E_IO. */
int netem_hang_up(struct netem *net, bool (*chosen)(void *arg, int from, int to), void *arg,
                  unsigned *ret_count, struct err *e) MUST_CHECK;

/* Whether this kernel can hang up. */
bool netem_can_hang_up(void);

/* ---- what happened -------------------------------------------------------------------------- */

/* Packets of one directed link since netem_open. With the user carrier
 * sent + duplicated = delivered + lost + cut + queue_full + waiting, as long as it was not
 * overloaded (netem_health). The kernel carrier counts
 * queue_full under lost and cannot count reordered and corrupted (0). */
struct netem_counters {
    uint64_t sent; /* by the endpoint, into the link */
    uint64_t delivered;
    uint64_t lost; /* what is larger than the link's mtu included */
    uint64_t cut;  /* thrown away by a closed gate or a broken connection, in flight included */
    uint64_t queue_full;
    uint64_t duplicated;
    uint64_t reordered;
    uint64_t corrupted;
    uint64_t waiting; /* on the link at this moment */
};

/* Errors: -E_IO (kernel carrier only). */
int netem_link_counters(struct netem *net, int from, int to, struct netem_counters *ret,
                        struct err *e) MUST_CHECK;
/* The sum over all links. */
int netem_counters_total(struct netem *net, struct netem_counters *ret, struct err *e) MUST_CHECK;

/* How truthful the carrier was: what the machine did to packets, apart from the scenario. */
struct netem_health {
    uint64_t overload_packets;   /* lost for want of buffers: never scenario loss */
    uint64_t foreign_packets;    /* neither from nor to an endpoint: ignored */
    uint64_t packets_count;      /* lateness was measured on so many */
    uint64_t lateness_ns_median; /* sent - due, upper bound of its bucket (12 % wide) */
    uint64_t lateness_ns_p99;
    uint64_t lateness_ns_max;
    uint64_t lateness_ns_allowed; /* max(2 ms, 10 % of the smallest delay ever set) */
    double cpu_share;             /* of one core, since netem_open */
    bool truthful;                /* no overload, and p99 lateness within what is allowed */
    uint64_t pcapng_bytes;        /* written or buffered */
    bool pcapng_full;             /* pcapng_bytes_max was reached */
    bool pcapng_failed;           /* the file could not be written */
};

/* The kernel carrier measures no lateness (packets_count 0, truthful unless HTB passed packets by
 * its classes: overload_packets). Errors: -E_IO. */
int netem_health(struct netem *net, struct netem_health *ret, struct err *e) MUST_CHECK;

#endif
