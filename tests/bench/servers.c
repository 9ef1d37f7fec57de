/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "servers.h"

#include "base/prng.h"
#include "base/units.h"
#include "raftctl/conn.h"
#include "raftctl/survey.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define START_NS   (20 * NS_PER_S)
#define LOOK_NS    (20 * NS_PER_MS) /* between two looks at a server that is not ready */
#define ASK_NS     (2 * NS_PER_S)   /* a loaded node may take a moment to answer */
#define PORT_FIRST 20000
#define PORT_END   32000
#define PORTS_MAX  8
#define TRIES_MAX  10000

/* ---- ports ---- */

/* A socket bound to the port, or -1. */
static int hold_port(uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* All are held until the last is found, so that they differ. */
int free_ports(uint16_t *ports, unsigned count, struct err *e)
{
    int held[PORTS_MAX];
    unsigned found = 0;
    struct prng p = prng_seed(bench_now_ns() ^ (uint64_t)getpid());
    ASSERT(count <= PORTS_MAX);
    for (unsigned i = 0; i < TRIES_MAX && found < count; i++) {
        ports[found] = (uint16_t)prng_between(&p, PORT_FIRST, PORT_END);
        held[found] = hold_port(ports[found]);
        found += held[found] >= 0;
    }
    for (unsigned i = 0; i < found; i++)
        (void)close(held[i]);
    return found == count ? 0 : err_set(e, -E_LIMIT, "bench: no free ports");
}

static void endpoint_of(uint16_t port, struct endpoint *ret)
{
    char text[32];
    struct err e;
    (void)snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    int code = endpoint_parse(span_str(text), ret, &e);
    ASSERT(code == 0);
}

/* ---- raftd ---- */

#define FLAG_MAX 64

static int start_node(struct cluster *c, unsigned i, const char *raftd, const struct scratch *s,
                      struct err *e)
{
    char name[8], log_name[16], dir[PATH_MAX], log[PATH_MAX];
    char peer[FLAG_MAX], client[FLAG_MAX], founders[3 * FLAG_MAX];
    (void)snprintf(name, sizeof(name), "n%u", i + 1);
    (void)snprintf(log_name, sizeof(log_name), "n%u.log", i + 1);
    scratch_path(s, name, dir);
    scratch_path(s, log_name, log);
    (void)snprintf(peer, sizeof(peer), "127.0.0.1:%u", c->peer_ports[i]);
    (void)snprintf(client, sizeof(client), "127.0.0.1:%u", c->client_ports[i]);
    (void)snprintf(founders, sizeof(founders), "n1=127.0.0.1:%u,n2=127.0.0.1:%u,n3=127.0.0.1:%u",
                   c->peer_ports[0], c->peer_ports[1], c->peer_ports[2]);
    const char *argv[] = {raftd,  "--name",        name,     "--data-dir",
                          dir,    "--listen-peer", peer,     "--listen-client",
                          client, "--bootstrap",   founders, NULL};
    return child_start(&c->nodes[i], argv, log, e);
}

static unsigned index_of(const char *name)
{
    ASSERT(name[0] == 'n' && name[1] >= '1' && name[1] < '1' + CLUSTER_NODES);
    return (unsigned)(name[1] - '1');
}

/* One look. True once all three answer and follow the same leader. */
static bool agreed(const struct cluster *c, struct cluster_state *ret)
{
    struct endpoint endpoints[CLUSTER_NODES];
    struct survey survey;
    struct err e = {0};
    for (unsigned i = 0; i < CLUSTER_NODES; i++)
        endpoint_of(c->client_ports[i], &endpoints[i]);
    if (survey_take(endpoints, CLUSTER_NODES, bench_now_ns() + ASK_NS, &survey, &e) < 0)
        return false;
    if (survey.leaders_count != 1 || survey.healthy_count != CLUSTER_NODES)
        return false;
    *ret = (struct cluster_state){.leader = index_of(survey.cluster.leader),
                                  .term = survey.cluster.term};
    return true;
}

int cluster_leader(struct cluster *c, struct cluster_state *ret, struct err *e)
{
    uint64_t deadline_ns = bench_now_ns() + START_NS;
    while (!agreed(c, ret)) {
        for (unsigned i = 0; i < CLUSTER_NODES; i++) {
            if (child_ended(&c->nodes[i], e))
                return err_wrap(e, "raftd n%u", i + 1);
        }
        if (bench_now_ns() >= deadline_ns)
            return err_set(e, -E_TIMEOUT, "raftd: no leader that all three nodes follow");
        bench_pause(LOOK_NS);
    }
    return 0;
}

int cluster_start(struct cluster *ret, const char *raftd, const struct scratch *s, struct err *e)
{
    uint16_t ports[2 * CLUSTER_NODES];
    struct cluster_state state;
    *ret = (struct cluster){0};
    int code = free_ports(ports, 2 * CLUSTER_NODES, e);
    for (unsigned i = 0; i < CLUSTER_NODES && code == 0; i++) {
        ret->client_ports[i] = ports[2 * i];
        ret->peer_ports[i] = ports[2 * i + 1];
    }
    for (unsigned i = 0; i < CLUSTER_NODES && code == 0; i++)
        code = start_node(ret, i, raftd, s, e);
    return code < 0 ? code : cluster_leader(ret, &state, e);
}

void cluster_stop(struct cluster *c)
{
    for (unsigned i = 0; i < CLUSTER_NODES; i++)
        child_stop(&c->nodes[i]);
}

uint64_t cluster_cpu_ns(const struct cluster *c)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < CLUSTER_NODES; i++)
        sum += child_cpu_ns(&c->nodes[i]);
    return sum;
}

/* ---- Redis ---- */

bool redis_find(const char *named, char out[PATH_MAX])
{
    const char *path = getenv("PATH");
    if (named != NULL)
        return realpath(named, out) != NULL && access(out, X_OK) == 0;
    while (path != NULL && *path != '\0') {
        size_t len = strcspn(path, ":");
        int n = snprintf(out, PATH_MAX, "%.*s/redis-server", (int)len, path);
        if (n > 0 && n < PATH_MAX && access(out, X_OK) == 0)
            return true;
        path += len + (path[len] == ':');
    }
    return false;
}

/* Asks for the version; true once it answers. */
static bool redis_ready(struct redis *r)
{
    static const char key[] = "redis_version:";
    const struct span argv[] = {span_str("INFO"), span_str("server")};
    struct endpoint to;
    struct conn conn;
    struct conn *const conns[] = {&conn};
    endpoint_of(r->port, &to);
    conn_open(&conn, &to);
    conn_ask(&conn, argv, ARRAY_LEN(argv));
    conn_wait(conns, 1, bench_now_ns() + ASK_NS);
    bool ready = conn.reply != NULL && conn.reply->kind == RESP_BULK;
    const char *at =
        ready ? memmem(conn.reply->text.data, conn.reply->text.len, key, sizeof(key) - 1) : NULL;
    if (at != NULL) {
        at += sizeof(key) - 1;
        size_t left = (size_t)(conn.reply->text.data + conn.reply->text.len - at);
        size_t len = strcspn(at, "\r\n"); /* the reply's own CRLF follows its text */
        len = len > left ? left : len;
        (void)snprintf(r->version, sizeof(r->version), "%.*s", (int)len, at);
    }
    conn_close(&conn);
    return ready;
}

int redis_start(struct redis *ret, const char *program, const struct scratch *s, struct err *e)
{
    char dir[PATH_MAX], log[PATH_MAX], port[8];
    *ret = (struct redis){0};
    int code = free_ports(&ret->port, 1, e);
    if (code < 0)
        return code;
    scratch_path(s, "redis", dir);
    scratch_path(s, "redis.log", log);
    (void)snprintf(port, sizeof(port), "%u", ret->port);
    if (mkdir(dir, 0777) < 0)
        return err_set_errno(e, -E_IO, errno, "bench: %s", dir);
    const char *argv[] = {program,     "--port",
                          port,        "--bind",
                          "127.0.0.1", "--dir",
                          dir,         "--appendonly",
                          "yes",       "--appendfsync",
                          "always",    "--save",
                          "",          "--daemonize",
                          "no",        "--auto-aof-rewrite-percentage",
                          "0",         NULL};
    code = child_start(&ret->server, argv, log, e);
    uint64_t deadline_ns = bench_now_ns() + START_NS;
    while (code == 0 && !redis_ready(ret)) {
        if (child_ended(&ret->server, e))
            return err_wrap(e, "redis-server");
        if (bench_now_ns() >= deadline_ns)
            return err_set(e, -E_TIMEOUT, "redis-server: does not answer");
        bench_pause(LOOK_NS);
    }
    return code;
}

void redis_stop(struct redis *r)
{
    child_stop(&r->server);
}
