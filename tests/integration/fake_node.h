/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node that is only a RESP socket and a function: for testing clients without a cluster. */
#ifndef TESTS_FAKE_NODE_H
#define TESTS_FAKE_NODE_H

#include "wire/resp.h"

#include <pthread.h>

#define FAKE_ADDRESS_MAX 32

/* What to do with a request, after appending to reply or not. */
enum fake_act { FAKE_ANSWER, FAKE_SILENCE, FAKE_HANG_UP };

struct fake_node;
typedef enum fake_act fake_handler(struct fake_node *node, const struct resp_request *request,
                                   struct buf *reply);

/* The handler runs on the node's thread; requests_count may be read after fake_node_stop. */
struct fake_node {
    fake_handler *handler;
    void *context; /* the handler's */
    char address[FAKE_ADDRESS_MAX];
    size_t requests_count;
    int listen_fd;
    int stop_fd[2];
    pthread_t thread;
};

/* Listens on a free port of 127.0.0.1 and serves one connection after another. */
void fake_node_start(struct fake_node *node, fake_handler *handler, void *context);
void fake_node_stop(struct fake_node *node);

/* Writes the address of a port nobody listens on. */
void fake_address_closed(char address[FAKE_ADDRESS_MAX]);

#endif
