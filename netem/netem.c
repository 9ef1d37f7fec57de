/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public door: checks every argument, keeps every link's state, chooses the carrier. */
#include "netem/netem.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "netem/carrier.h"
#include "netem/hangup.h"
#include "netem/netns.h"

#define MTU_BYTES_DEFAULT 1500

struct netem {
    struct topo topo;
    const struct carrier_ops *ops;
    struct carrier *carrier;    /* owned */
    struct impairment *links;   /* endpoints squared, owned; [from * count + to] */
    struct netem_break *breaks; /* the same */
    char why[ERR_TEXT_MAX];
};

static int check_options(const struct netem_options *o, struct err *e)
{
    if (o->nodes_count < 1 || o->nodes_count > NETEM_NODES_MAX)
        return err_set(e, -E_INVALID, "netem: nodes: must be 1 to %d", NETEM_NODES_MAX);
    if (o->clients_count < 0 || o->clients_count > NETEM_CLIENTS_MAX)
        return err_set(e, -E_INVALID, "netem: clients: must be 0 to %d", NETEM_CLIENTS_MAX);
    if ((unsigned)o->carrier > NETEM_USER)
        return err_set(e, -E_INVALID, "netem: carrier: no such one");
    if (o->mtu_bytes != 0 &&
        (o->mtu_bytes < NETEM_MTU_BYTES_MIN || o->mtu_bytes > NETEM_MTU_BYTES_MAX))
        return err_set(e, -E_INVALID, "netem: MTU: must be %d to %d bytes", NETEM_MTU_BYTES_MIN,
                       NETEM_MTU_BYTES_MAX);
    if (o->pcapng_path != NULL && o->carrier == NETEM_KERNEL)
        return err_set(e, -E_UNSUPPORTED, "netem: a capture needs the user carrier");
    return 0;
}

static int open_with(struct netem *net, const struct carrier_ops *ops,
                     const struct netem_options *o, struct err *e)
{
    struct carrier_options options = {.topo = &net->topo,
                                      .seed = o->seed,
                                      .pcapng_path = o->pcapng_path,
                                      .pcapng_bytes_max = o->pcapng_bytes_max};
    net->ops = ops;
    return ops->open(&options, &net->carrier, e);
}

/* The kernel's carrier if this kernel has it; the user carrier otherwise, and why. Only a missing
 * feature counts: any other failure is one. */
static int open_best(struct netem *net, const struct netem_options *o, struct err *e)
{
    struct err kernel = {0};
    if (o->pcapng_path != NULL) {
        snprintf(net->why, sizeof(net->why), "a capture was asked for");
        return open_with(net, &carrier_user, o, e);
    }
    int r = open_with(net, &carrier_kernel, o, &kernel);
    if (r == 0) {
        snprintf(net->why, sizeof(net->why), "this kernel offers sch_netem");
        return 0;
    }
    if (r != -E_UNSUPPORTED)
        return err_set(e, r, "%s", kernel.text);
    snprintf(net->why, sizeof(net->why), "%s", kernel.text);
    return open_with(net, &carrier_user, o, e);
}

static int open_carrier(struct netem *net, const struct netem_options *o, struct err *e)
{
    snprintf(net->why, sizeof(net->why), "asked for");
    switch (o->carrier) {
    case NETEM_AUTO: return open_best(net, o, e);
    case NETEM_KERNEL: return open_with(net, &carrier_kernel, o, e);
    case NETEM_USER: return open_with(net, &carrier_user, o, e);
    }
    UNREACHABLE();
}

int netem_open(const struct netem_options *o, struct netem **ret, struct err *e)
{
    int r = check_options(o, e);
    if (r < 0)
        return r;
    struct netem *net = mem_alloc(sizeof(*net));
    r = topo_open(&net->topo, o->nodes_count, o->clients_count,
                  o->mtu_bytes ? o->mtu_bytes : MTU_BYTES_DEFAULT, e);
    if (r < 0) {
        mem_free(net);
        return r;
    }
    size_t count = (size_t)net->topo.endpoints_count;
    net->links = mem_array(count * count, sizeof(*net->links));
    net->breaks = mem_array(count * count, sizeof(*net->breaks));
    r = open_carrier(net, o, e);
    if (r < 0) {
        netem_close(net);
        return r;
    }
    *ret = net;
    return 0;
}

void netem_close(struct netem *net)
{
    if (net == NULL)
        return;
    if (net->carrier != NULL)
        net->ops->close(net->carrier);
    topo_close(&net->topo);
    mem_free(net->links);
    mem_free(net->breaks);
    mem_free(net);
}

const char *netem_carrier_name(const struct netem *net)
{
    return net->ops->name;
}

const char *netem_carrier_why(const struct netem *net)
{
    return net->why;
}

bool netem_carrier_is_user(const struct netem *net)
{
    return net->ops == &carrier_user;
}

bool netem_can(const struct netem *net, enum netem_ability what)
{
    return (net->ops->abilities >> what & 1) != 0;
}

int netem_endpoints_count(const struct netem *net)
{
    return net->topo.endpoints_count;
}

int netem_node(const struct netem *net, int node)
{
    ASSERT(node >= 0 && node < net->topo.nodes_count);
    return node;
}

int netem_client(const struct netem *net, int client)
{
    int endpoint = net->topo.nodes_count + client;
    ASSERT(client >= 0 && endpoint < net->topo.endpoints_count);
    return endpoint;
}

static const struct endpoint *endpoint_of(const struct netem *net, int endpoint)
{
    ASSERT(endpoint >= 0 && endpoint < net->topo.endpoints_count);
    return &net->topo.endpoints[endpoint];
}

const char *netem_name(const struct netem *net, int endpoint)
{
    return endpoint_of(net, endpoint)->name;
}

const char *netem_address(const struct netem *net, int endpoint)
{
    return endpoint_of(net, endpoint)->address;
}

struct in_addr netem_in_addr(const struct netem *net, int endpoint)
{
    return endpoint_of(net, endpoint)->in_addr;
}

const char *netem_first_address(const struct netem *net, int endpoint)
{
    return endpoint_of(net, endpoint)->first_address;
}

int netem_readdress(struct netem *net, int endpoint, struct err *e)
{
    (void)endpoint_of(net, endpoint);
    return topo_readdress(&net->topo, endpoint, e);
}

int netem_settle(struct netem *net, int endpoint, struct err *e)
{
    (void)endpoint_of(net, endpoint);
    return topo_settle(&net->topo, endpoint, e);
}

int netem_namespace_fd(const struct netem *net, int endpoint)
{
    return endpoint_of(net, endpoint)->ns_fd;
}

int netem_enter(const struct netem *net, int endpoint)
{
    if (setns(net->topo.endpoints[endpoint].ns_fd, CLONE_NEWNET) == 0)
        return 0;
    return errno == EPERM ? -E_PERMISSION : -E_IO;
}

int netem_socket(const struct netem *net, int endpoint, int domain, int type, int protocol,
                 struct err *e)
{
    const struct endpoint *p = endpoint_of(net, endpoint);
    int home = netns_open_self(e);
    if (home < 0)
        return home;
    int fd = -1;
    int r = netns_enter(p->ns_fd, e);
    if (r == 0) {
        fd = socket(domain, type | SOCK_CLOEXEC, protocol);
        if (fd < 0)
            r = err_set_errno(e, err_from_errno(errno), errno, "netem: %s: socket", p->name);
        netns_return(home);
    }
    close(home);
    return r < 0 ? r : fd;
}

static struct impairment *link_at(const struct netem *net, int from, int to)
{
    ASSERT(from >= 0 && from < net->topo.endpoints_count);
    ASSERT(to >= 0 && to < net->topo.endpoints_count);
    ASSERT(from != to);
    return &net->links[from * net->topo.endpoints_count + to];
}

static int refuse(const struct netem *net, const char *what, struct err *e)
{
    return err_set(e, -E_UNSUPPORTED, "%s: needs the user carrier, this is %s", what,
                   net->ops->name);
}

static int check_change(const struct netem *net, const struct netem_change *change, struct err *e)
{
    const struct impairment *i = &change->link;
    int r = impairment_check(i, e);
    if (r == 0 && i->gate == IMPAIR_HOLD && !netem_can(net, NETEM_CAN_HOLD))
        r = refuse(net, "hold", e);
    if (r == 0 && i->gate == IMPAIR_SYN_ONLY && !netem_can(net, NETEM_CAN_SYN_ONLY))
        r = refuse(net, "SYN only", e);
    if (r == 0 && i->corrupt_payload && !netem_can(net, NETEM_CAN_CORRUPT_PAYLOAD))
        r = refuse(net, "corrupt payload", e);
    if (r == 0 && i->mtu_bytes != 0 && !netem_can(net, NETEM_CAN_MTU))
        r = refuse(net, "mtu", e);
    if (r < 0)
        err_wrap(e, "netem: %s>%s", netem_name(net, change->from), netem_name(net, change->to));
    return r;
}

int netem_apply(struct netem *net, const struct netem_change *changes, int count, struct err *e)
{
    for (int c = 0; c < count; c++) {
        (void)link_at(net, changes[c].from, changes[c].to);
        int r = check_change(net, &changes[c], e);
        if (r < 0)
            return r;
    }
    if (count == 0)
        return 0;
    int r = net->ops->apply(net->carrier, changes, count, e);
    if (r < 0)
        return r;
    for (int c = 0; c < count; c++)
        *link_at(net, changes[c].from, changes[c].to) = changes[c].link;
    return 0;
}

int netem_link_set(struct netem *net, int from, int to, const struct impairment *link,
                   struct err *e)
{
    struct netem_change change = {.from = from, .to = to, .link = *link};
    return netem_apply(net, &change, 1, e);
}

static int set_gate(struct netem *net, int from, int to, enum impair_gate gate, struct err *e)
{
    struct netem_change change = {.from = from, .to = to, .link = *link_at(net, from, to)};
    change.link.gate = gate;
    return netem_apply(net, &change, 1, e);
}

int netem_link_cut(struct netem *net, int from, int to, struct err *e)
{
    return set_gate(net, from, to, IMPAIR_CUT, e);
}

int netem_link_heal(struct netem *net, int from, int to, struct err *e)
{
    return set_gate(net, from, to, IMPAIR_OPEN, e);
}

int netem_reset(struct netem *net, struct err *e)
{
    int n = net->topo.endpoints_count;
    struct netem_change *changes = mem_array((size_t)(n * n), sizeof(*changes));
    int count = 0;
    for (int from = 0; from < n; from++) {
        for (int to = 0; to < n; to++) {
            if (from != to)
                changes[count++] = (struct netem_change){.from = from, .to = to};
        }
    }
    int r = netem_apply(net, changes, count, e);
    mem_free(changes);
    return r;
}

struct impairment netem_link_get(const struct netem *net, int from, int to)
{
    return *link_at(net, from, to);
}

int netem_break(struct netem *net, const struct netem_break *breaks, int count, struct err *e)
{
    if (!netem_can(net, NETEM_CAN_BREAK))
        return refuse(net, "broken connections", e);
    for (int i = 0; i < count; i++)
        net->breaks[link_at(net, breaks[i].from, breaks[i].to) - net->links] = breaks[i];
    net->ops->breaks(net->carrier, breaks, count);
    return 0;
}

struct netem_break netem_break_get(const struct netem *net, int from, int to)
{
    return net->breaks[link_at(net, from, to) - net->links];
}

int netem_hang_up(struct netem *net, bool (*chosen)(void *arg, int from, int to), void *arg,
                  unsigned *ret_count, struct err *e)
{
    return hangup(&net->topo, chosen, arg, ret_count, e);
}

bool netem_can_hang_up(void)
{
    return hangup_possible();
}

int netem_link_counters(struct netem *net, int from, int to, struct netem_counters *ret,
                        struct err *e)
{
    (void)link_at(net, from, to);
    int r = net->ops->refresh(net->carrier, e);
    if (r == 0)
        net->ops->counters(net->carrier, from, to, ret);
    return r;
}

static void add_counters(struct netem_counters *sum, const struct netem_counters *c)
{
    sum->sent += c->sent;
    sum->delivered += c->delivered;
    sum->lost += c->lost;
    sum->cut += c->cut;
    sum->queue_full += c->queue_full;
    sum->duplicated += c->duplicated;
    sum->reordered += c->reordered;
    sum->corrupted += c->corrupted;
    sum->waiting += c->waiting;
}

int netem_counters_total(struct netem *net, struct netem_counters *ret, struct err *e)
{
    struct netem_counters sum = {0};
    int n = net->topo.endpoints_count;
    int r = net->ops->refresh(net->carrier, e);
    if (r < 0)
        return r;
    for (int link = 0; link < n * n; link++) {
        struct netem_counters one;
        if (link / n == link % n)
            continue;
        net->ops->counters(net->carrier, link / n, link % n, &one);
        add_counters(&sum, &one);
    }
    *ret = sum;
    return 0;
}

int netem_health(struct netem *net, struct netem_health *ret, struct err *e)
{
    return net->ops->health(net->carrier, ret, e);
}
