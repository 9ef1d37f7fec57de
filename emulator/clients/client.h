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
    uint64_t interval_ns; /* between operations of one client; 0: as fast as answers come */
    uint64_t operations;  /* numbered so far */
    unsigned busy;
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

/* Invariant: connection is NULL exactly in CLIENT_AWAY. */
struct client {
    struct client_group *group;
    unsigned number; /* from 0 */
    unsigned lives;  /* how often it went on under a new name */
    char name[24];
    unsigned node; /* whom it talks to, or will */
    enum client_state state;
    struct connection *connection;
    struct prng rnd;
    uint64_t due_ns;                 /* its next operation */
    uint64_t patience_ns;            /* for a connection; grows while none succeeds */
    uint64_t extra;                  /* operations of a burst, still to come */
    uint64_t operation;              /* its number */
    uint64_t seen;                   /* the newest index behind an answer */
    unsigned greetings;              /* words of greeting not answered yet */
    struct workload_session session; /* id 0: none yet */
    struct client_retry retry;
    struct workload_op op;
    struct workload_answer answer;
    struct buf request;
};

void client_init(struct client *c, struct client_group *g, unsigned number);
/* The time it asked for has come. */
void client_wake(struct client *c);
/* The load, the rate or the leader is another. */
void client_adapt(struct client *c, bool reschedule);
void client_close(struct client *c);

#endif
