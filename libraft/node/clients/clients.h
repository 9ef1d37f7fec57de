/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections of clients, and their requests: replies leave in the order of the requests. */
#ifndef NODE_CLIENTS_H
#define NODE_CLIENTS_H

#include "base/buf.h"
#include "base/respw.h"
#include "node/clients/multi.h"
#include "node/idmap.h"
#include "raft/raft.h"
#include "trace/trace.h"

#include <sys/queue.h>

struct node;

enum request_kind { REQUEST_ADMIN, REQUEST_WRITE, REQUEST_READ };

/* How a connection's reads are answered; see reads.c. */
enum read_mode { READ_INDEX, READ_LEASE, READ_LOCAL };

enum request_state {
    REQUEST_WAITING,   /* for earlier requests of its connection */
    REQUEST_QUEUED,    /* for the end of the turn: proposal or read round */
    REQUEST_PROPOSED,  /* appended at index in term */
    REQUEST_FORWARDED, /* sent to the leader as forward_id */
    REQUEST_READING,   /* waits for confirmation of ctx */
    REQUEST_READ_AT,   /* waits until index is applied */
    REQUEST_HELD_BACK, /* waits until its client has read the answers before; see unread.h */
    REQUEST_ANSWERED,
};

/* One request. Invariant: listed in at most one place of `place` (by its state), in the order of
 * arrival in `due` unless it has no deadline, and in its client's queue until its reply has left.
 * Ownership: freed when answered and out of every list. */
struct request {
    TAILQ_ENTRY(request) in_client;
    TAILQ_ENTRY(request) place;
    TAILQ_ENTRY(request) due;
    struct client *client; /* NULL: of another node, or its connection is gone */
    raft_id origin;        /* forwarded by this node; 0: own */
    uint64_t origin_id;
    enum request_kind kind;
    enum entry_kind entry_kind; /* of a write: DATA or SESSION */
    enum request_state state;
    uint64_t deadline_ns;
    uint64_t arrived_ns; /* here, from a client or another node */
    uint64_t index;      /* proposed at, or to be read at */
    uint64_t term;       /* proposed in */
    uint64_t ctx;        /* of a read */
    enum read_mode mode;
    enum trace_read served; /* how a read came to its index */
    uint64_t stale_ns;      /* of a local read: the leader was heard that lately; 0: whenever */
    uint64_t forward_id;    /* of a forwarded write */
    raft_id forwarded_to;
    bool parked;       /* an admin command whose answer comes later */
    uint32_t forwards; /* how often it was sent on */
    uint32_t outcome;  /* enum peer_outcome, when answered */
    struct buf reply;
    uint64_t reply_index;      /* log index behind the reply; 0: none */
    struct watch_set *watches; /* a reference; of a WATCH, or of an EXEC that needs its revs */
    size_t watches_first;      /* WATCH: where in the set its keys begin */
    bool starts_watch;         /* WATCHKEY: the connection becomes a stream of changes */
    bool redirects;            /* a write: not sent on, its client is told who leads */
    enum resp_version version; /* of the answer, as its connection wanted it when it came */
    bool indexed;              /* the same */

    size_t len;
    uint8_t command[]; /* a write: the payload of its entry; a read: encoded words */
};

TAILQ_HEAD(request_list, request);

#define CLIENT_NAME_MAX 63

struct client {
    TAILQ_ENTRY(client) dirty_link;
    uint64_t id;
    enum resp_version version;
    bool indexed; /* replies to data commands come with their log index */
    enum read_mode mode;
    uint64_t stale_ns; /* for local reads; 0: no limit */
    bool redirects;    /* its writes are not sent on to the leader */
    uint64_t seen;     /* the newest index behind an answer: local reads are not older */
    bool dirty;        /* has replies to deliver or requests to start */
    bool trusted;      /* came by the admin socket */
    bool ended;        /* it asks nothing more */
    bool closing;      /* hang up once everything before is delivered */
    bool held_back;    /* reads of it are */
    TAILQ_ENTRY(client) held_back_link;
    size_t answered_bytes; /* of replies in requests, not delivered yet */
    struct request_list requests;
    size_t requests_count;
    struct buf out;                 /* replies of this turn */
    bool watches_keys;              /* a stream of changes, or about to become one */
    struct watcher *watcher;        /* of it; owned by the node */
    char name[CLIENT_NAME_MAX + 1]; /* CLIENT SETNAME; empty: none */
    struct multi *multi;            /* between MULTI and EXEC; owned */
    struct watch_set *watches;      /* a reference; NULL: nothing is watched */
};

TAILQ_HEAD(client_list, client);

struct clients {
    struct idmap by_id;
    struct idmap forwards; /* forward_id → request */
    struct client_list dirty;
    struct client_list held_back; /* those of whom reads are */
    struct request_list due;      /* those not answered that have a deadline, by it */
    struct request_list queued;   /* writes for the next proposal */
    struct request_list proposed; /* by index */
    struct request_list to_read;  /* reads for the next round */
    struct request_list reading;  /* by ctx */
    struct request_list read_at;  /* confirmed */
    size_t count;
    uint64_t connections_total;
    uint64_t commands_total;
    size_t requests_bytes;  /* commands held */
    size_t collected_bytes; /* between MULTI and EXEC, and watched keys */
    size_t proposed_bytes;  /* of those appended and not yet applied */
    uint64_t next_ctx;
    uint64_t next_forward_id;
};

void clients_init(struct clients *c, uint64_t incarnation);
void clients_free(struct clients *c);

/* Takes a request out of the list its state says. */
void request_leave_place(struct clients *c, struct request *r);
/* Drops an answered request that nobody waits for any more. */
void request_free(struct clients *c, struct request *r);
/* A new request of len command bytes, unanswered, due at deadline. */
struct request *request_new(struct clients *c, enum request_kind kind, const void *command,
                            size_t len, uint64_t deadline_ns);

/* Marks a client to be looked at when the turn ends. */
void client_touch(struct clients *c, struct client *client);
/* Starts the requests of a client whose turn has come. Writes run together, and so do reads of one
 * mode; where something else follows, it waits until the earlier have been answered: no read is
 * older than the writes and reads before it (R-READ-7, R-READ-15). */
void client_advance(struct node *n, struct client *client);
/* Delivers finished replies of all touched clients, in order. */
void clients_deliver(struct node *n);

#endif
