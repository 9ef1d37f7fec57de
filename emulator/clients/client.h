/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One client: connects, asks, waits, gives up. Private to clients.c. */
#ifndef CLIENTS_CLIENT_H
#define CLIENTS_CLIENT_H

#include "base/prng.h"
#include "emulator/clients/clients.h"

/* What all clients share. */
struct client_group {
    struct clients_options o;
    unsigned nodes_count; /* nodes that clients may talk to */
    bool on;
    uint64_t left;        /* operations of the load, still to come; UINT64_MAX: no end of them */
    bool shaped;          /* the next has been said */
    uint64_t interval_ns; /* between operations of one client; 0: as fast as answers come */
    uint64_t burst_interval_ns; /* the same of a burst */
    uint64_t operations;        /* numbered so far */
    unsigned busy;
    struct buf greeting; /* of one of them, while it is written */
};

enum client_state {
    CLIENT_AWAY,       /* no connection; timer: when to try */
    CLIENT_CONNECTING, /* timer: until when */
    CLIENT_GREETING,   /* RAFT INDEXED ON and what goes with it is not answered yet; same timer */
    CLIENT_OPENING,    /* a session is asked for; the same timer */
    CLIENT_READY,      /* timer: the next operation */
    CLIENT_ASKING,     /* a question is under way; timer: its patience */
};

/* How an operation goes on that may be asked again. */
struct client_retry {
    bool open;           /* it was invoked and has not returned */
    bool tried;          /* a question of it was not answered: it may have been executed */
    uint64_t give_up_ns; /* then it returns, whatever is known */
};

enum client_errand_state { ERRAND_NONE, ERRAND_WAITS, ERRAND_ASKED, ERRAND_DONE };

/* One operation beside the load, as a step of the scenario wants it. */
struct client_errand {
    enum client_errand_state state;
    struct workload_op op;
    int via; /* whom it is asked; -1: whomever the client would */
    enum read_mode mode;
    uint64_t give_up_ns; /* one that was not sent by then never is */
    enum history_outcome outcome;
    char error[WORKLOAD_ERROR_MAX];
};

/* Invariant: connection is NULL exactly in CLIENT_AWAY. */
struct client {
    struct client_group *group;
    unsigned number; /* from 0 */
    unsigned lives;  /* how often it went on under a new name */
    char name[24];
    unsigned node;        /* whom it talks to, or will */
    unsigned start_tries; /* left for a first node that is not up yet */
    enum client_state state;
    struct connection *connection;
    struct prng rnd;
    uint64_t due_ns;                 /* its next operation */
    uint64_t patience_ns;            /* for a connection; grows while none succeeds */
    uint64_t extra;                  /* operations of a burst, still to come */
    uint64_t extra_due_ns;           /* the next of them */
    uint64_t operation;              /* its number; of a scan the first */
    uint64_t seen;                   /* the newest index behind an answer */
    unsigned greetings;              /* words of greeting not answered yet */
    struct workload_session session; /* id 0: none yet */
    struct client_retry retry;
    struct client_errand errand;
    int pinned;          /* to this node; -1: it is not */
    enum read_mode mode; /* of the connection, as it was asked for */
    struct workload_op op;
    struct workload_answer answer;
    struct buf request;
};

void client_init(struct client *c, struct client_group *g, unsigned number);
/* The time it asked for has come. */
void client_wake(struct client *c);
/* The load, the rate or the leader is another. */
void client_adapt(struct client *c, bool reschedule);
/* So many operations more, beside the load. */
void client_burst(struct client *c, uint64_t operations);
void client_close(struct client *c);

/* errand.c */
/* Takes the operation (c->errand.op is drawn already) on. Precondition: it has no other. */
void client_errand_begin(struct client *c, int via, enum read_mode mode);
/* Whether it is now what the client is at, or would be next. */
bool client_errand_next(const struct client *c);
/* That, and it is a read. */
bool client_errand_reads(const struct client *c);
/* The read mode a connection needs for what comes next. */
enum read_mode client_mode(const struct client *c);
/* It returned with c->answer. */
void client_errand_end(struct client *c);
/* What has become of it by now; one that is too late to be sent is given up. */
enum client_errand_state client_errand_look(struct client *c, uint64_t now_ns);

#endif
