/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real raftd processes on loopback, in a directory of their own: started, killed, looked at. */
#ifndef TESTS_SUPPORT_CLUSTER_H
#define TESTS_SUPPORT_CLUSTER_H

#include "tests/support/ask.h"

#include <sys/types.h>

#define CLUSTER_NODES_MAX   7
#define CLUSTER_SPARE_PORTS 5
#define CLUSTER_PATH_MAX    256

struct cluster_node {
    char name[8];                    /* "n1" */
    char data_dir[CLUSTER_PATH_MAX]; /* below the cluster's root, unless changed before start */
    char admin_socket[CLUSTER_PATH_MAX];
    char log[CLUSTER_PATH_MAX]; /* its stderr, appended to at every start */
    unsigned peer_port;
    unsigned client_port;
    pid_t pid;  /* 0: not running */
    bool joins; /* started with --join and the address of the first node, not with --bootstrap */
};

struct cluster {
    const char *program;
    char root[64]; /* removed by cluster_free */
    char founders[512];
    struct cluster_node nodes[CLUSTER_NODES_MAX];
    unsigned count;
    unsigned spare_port; /* the first of CLUSTER_SPARE_PORTS that no node has */
    int ports_fd;        /* keeps all of them ours */
};

/* Ports that nobody else takes, a fresh directory; starts nothing. */
void cluster_init(struct cluster *c, const char *program, unsigned count);
/* Kills what runs and removes the directory. */
void cluster_free(struct cluster *c);

/* Starts node i (from 0). The process dies with the test. extra: NULL, or further options separated
 * by spaces. Does not wait. */
void cluster_start(struct cluster *c, unsigned i, const char *extra);
/* The same, and hands it descriptor fd under the same number. */
void cluster_start_with_fd(struct cluster *c, unsigned i, const char *extra, int fd);
void cluster_start_all(struct cluster *c, const char *extra);

/* Removes what a node that does not run has on disk. */
void cluster_wipe(struct cluster *c, unsigned i);

/* Sends the signal; with SIGKILL also waits for the end. */
void cluster_signal(struct cluster *c, unsigned i, int number);
/* Waits for the process to end; its exit code, 128 + N for signal N. Fails the test after 20 s. */
int cluster_wait_exit(struct cluster *c, unsigned i);

/* Waits until a leader answers that is none of `not` (-1: any); its number. Fails after 20 s. */
unsigned cluster_leader(struct cluster *c, int not_this);
/* Connects to node i, once it listens and knows who leads: that one says nothing of the others.
 * Fails after 20 s. */
void cluster_connect(struct cluster *c, unsigned i, struct ask *ret_a);
/* What node i says in INFO behind "key:", as text; "" if it does not answer. Borrowed (static). */
const char *cluster_info(struct cluster *c, unsigned i, const char *key);

/* Waits until the node's log holds the text; fails the test after 20 s. */
void cluster_wait_log(struct cluster *c, unsigned i, const char *text);
bool cluster_log_has(struct cluster *c, unsigned i, const char *text);

/* Polls until check(arg) is true; fails the test, naming what, after limit_ms. */
void wait_until(const char *what, bool (*check)(void *arg), void *arg, int limit_ms);

#endif
