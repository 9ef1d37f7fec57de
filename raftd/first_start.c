/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/first_start.h"

#include "raftd/daemon.h"
#include "raftd/join.h"

#include <inttypes.h>
#include <string.h>

#define JOIN_MS  3000u
#define FOUND_MS 300u /* each founder has that long: most of them do not live yet */

/* An emptied directory has forgotten its votes (thesis 3.8): only a new member may begin with one.
 */
static int known_elsewhere(const struct config *c, const struct peer_hello_reply *reply,
                           struct err *e)
{
    return err_set(e, -E_EXISTS, "%s is empty, and %s says: %s\n  fix: " NODE_REBORN, c->data_dir,
                   reply->hello.name, reply->detail, c->name, c->name, c->name, c->name);
}

/* The name of a cluster is for people, who mean it when they say it. */
static int of_that_name(const struct config *c, const char *address, const struct peer_hello *who,
                        struct err *e)
{
    if (c->cluster_said && who->cluster[0] != '\0' && strcmp(who->cluster, c->cluster) != 0)
        return err_set(e, -E_MISMATCH,
                       "%s at %s is of cluster %s, and --cluster says %s\n"
                       "  fix: leave --cluster out, or give the peer port of a node of %s",
                       who->name, address, who->cluster, c->cluster, c->cluster);
    return 0;
}

int first_start_joins(const struct config *c, const char *address, const struct peer_link *link,
                      struct node_options *options, struct err *e)
{
    struct peer_hello_reply reply;
    struct peer_hello hello =
        join_hello(c->name, c->advertise_peer, link->cluster_id, link->generation);
    if (join_greet(address, &hello, JOIN_MS, &reply, e) < 0)
        return DAEMON_EXIT_UNAVAILABLE;
    if (of_that_name(c, address, &reply.hello, e) < 0)
        return NODE_EXIT_CONFIG;
    memcpy(options->join_cluster, reply.hello.cluster, sizeof(options->join_cluster));
    if (reply.refusal != PEER_REFUSED_DISK)
        return 0;
    (void)known_elsewhere(c, &reply, e);
    return NODE_EXIT_CONFIG;
}

static int ask_to_join(const struct config *c, struct node_options *options, struct err *e)
{
    struct peer_hello_reply reply;
    struct peer_hello hello = join_hello(c->name, c->advertise_peer, 0, 0);
    int code = join_greet(c->join, &hello, JOIN_MS, &reply, e);
    if (code < 0)
        return DAEMON_EXIT_UNAVAILABLE;
    options->join_cluster_id = reply.hello.link.cluster_id;
    options->join_generation = reply.hello.link.generation;
    return first_start_joins(c, c->join, &reply.hello.link, options, e);
}

/* It will never be one of these founders, and the rest is no quorum: the list, or the name of the
 * cluster, is wrong. */
static int of_another_cluster(const struct config *c, const char *address,
                              const struct peer_hello *who, struct err *e)
{
    (void)err_set(e, -E_MISMATCH,
                  "bootstrap: %s at %s is of cluster %s (%016" PRIx64
                  "), which this list does not found under the name %s\n"
                  "  fix: the list and --cluster of its founders; or, for %s to be added there, "
                  "--join %s",
                  who->name, address, who->cluster[0] == '\0' ? "?" : who->cluster,
                  who->link.cluster_id, c->cluster, c->name, address);
    return NODE_EXIT_CONFIG;
}

/* A cluster that has decided something, while this node was not there or before it was emptied:
 * which of the two is certain only if a majority of the others has never met it. */
static int ask_to_found(const struct config *c, const struct node_options *options, struct err *e)
{
    const struct config_peers *list = &c->bootstrap;
    uint64_t cluster_id = node_founding_id(c->cluster, options->bootstrap, list->count);
    struct peer_hello hello = join_hello(c->name, c->advertise_peer, cluster_id, 0);
    struct peer_hello_reply born = {0};
    size_t strangers = 0, others = 0, quorum = list->count / 2 + 1;
    for (size_t i = 0; i < list->count; i++) {
        struct peer_hello_reply reply;
        struct err ignored = {0};
        if (strcmp(list->list[i].name, c->name) == 0 ||
            join_greet(list->list[i].address, &hello, FOUND_MS, &reply, &ignored) < 0)
            continue;
        if (reply.refusal == PEER_REFUSED_DISK || reply.refusal == PEER_REFUSED_GENERATION) {
            (void)known_elsewhere(c, &reply, e);
            return NODE_EXIT_CONFIG;
        }
        if (reply.refusal == PEER_REFUSED_CLUSTER && ++others > list->count - quorum)
            return of_another_cluster(c, list->list[i].address, &reply.hello, e);
        if (reply.refusal == PEER_REFUSED_BORN)
            born = reply;
        strangers += reply.refusal == PEER_REFUSED_BORN || reply.refusal == PEER_ACCEPTED;
    }
    if (born.hello.from == 0 || strangers >= quorum)
        return 0;
    (void)known_elsewhere(c, &born, e);
    return NODE_EXIT_CONFIG;
}

int first_start_ask(const struct config *c, struct node_options *options, struct err *e)
{
    return c->join[0] != '\0' ? ask_to_join(c, options, e) : ask_to_found(c, options, e);
}
