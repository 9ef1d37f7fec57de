/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/callers.h"

#include "base/mem.h"
#include "base/units.h"
#include "raftd/caller.h"
#include "raftd/listeners.h"
#include "raftd/system.h"

#define ADMINS_MAX  64  /* connections on the admin socket, beyond the guests */
#define REFUSED_MAX 128 /* connections that are being told that there are too many */
#define SLOT_BITS   16
#define SLOTS_MAX   (1u << SLOT_BITS)
#define SWEEP_MS    1000
#define KEEPALIVE_S 300u
#define REPLIES_MAX                                                              \
    (256u << 20) /* bytes one client may leave unread: 16 of the largest replies \
                  */

/* A client's number: its slot, and above it a serial number, so that it is never used again. */
static size_t slot_of(uint64_t number)
{
    return number & (SLOTS_MAX - 1);
}

struct callers *callers_new(struct turn *turn, uint64_t clients_max)
{
    struct callers *c = mem_alloc(sizeof(*c));
    size_t slots = (size_t)clients_max + ADMINS_MAX;
    ASSERT(slots < SLOTS_MAX);
    c->turn = turn;
    c->guests_max = clients_max;
    c->slots = mem_array(slots, sizeof(struct caller *));
    c->free_slots = mem_array(slots, sizeof(*c->free_slots));
    for (size_t i = 0; i < slots; i++)
        c->free_slots[c->free_count++] = (uint32_t)(slots - 1 - i);
    TAILQ_INIT(&c->all);
    TAILQ_INIT(&c->ready);
    TAILQ_INIT(&c->waiting);
    (void)uv_timer_init(turn->loop, &c->sweep);
    c->sweep.data = c;
    return c;
}

static struct caller *find(const struct callers *c, uint64_t number)
{
    struct caller *caller = c->slots[slot_of(number)];
    return caller != NULL && caller->number == number ? caller : NULL;
}

/* ---- accepting ---- */

static void admit(struct callers *all, struct caller *c)
{
    ASSERT(all->free_count > 0);
    uint64_t slot = all->free_slots[--all->free_count];
    c->number = ++all->serial << SLOT_BITS | slot;
    all->slots[slot] = c;
    all->guests += !c->admin;
    node_on_client(all->turn->node, c->number);
    if (c->admin)
        node_trust_client(all->turn->node, c->number);
    caller_open(c);
}

/* The last descriptors are not for clients. */
static bool spares(const uv_tcp_t *tcp)
{
    int fd = -1;
    return uv_fileno((const uv_handle_t *)tcp, &fd) < 0 || system_files_left(fd);
}

static void accept_one(struct callers *all, uv_stream_t *listener, bool admin)
{
    struct caller *c = mem_alloc(sizeof(*c));
    c->all = all;
    c->admin = admin;
    if (admin)
        (void)uv_pipe_init(all->turn->loop, &c->uv.pipe, 0);
    else
        (void)uv_tcp_init(all->turn->loop, &c->uv.tcp);
    TAILQ_INSERT_TAIL(&all->all, c, all_link);
    all->count++;
    int status = uv_accept(listener, &c->uv.stream);
    if (status == 0 && !admin) {
        (void)uv_tcp_nodelay(&c->uv.tcp, 1);
        (void)uv_tcp_keepalive(&c->uv.tcp, 1, KEEPALIVE_S);
    }
    bool spare = admin || status < 0 || spares(&c->uv.tcp);
    bool room = spare && all->free_count > 0 && (admin || all->guests < all->guests_max);
    if (status == 0 && room) {
        admit(all, c);
        return;
    }
    caller_refuse(c, "ERR max number of clients reached");
    /* Until it is told it keeps its descriptor. */
    if (status < 0 || !spare || all->count > all->guests_max + ADMINS_MAX + REFUSED_MAX)
        caller_close(c);
}

static void on_guest(uv_stream_t *listener, int status)
{
    if (status == 0)
        accept_one(listener->data, listener, false);
}

static void on_admin(uv_stream_t *listener, int status)
{
    if (status == 0)
        accept_one(listener->data, listener, true);
}

static void on_sweep(uv_timer_t *timer)
{
    struct callers *all = timer->data;
    uint64_t now_ns = turn_now_ns();
    struct caller *c, *next;
    for (c = TAILQ_FIRST(&all->all); c != NULL; c = next) {
        next = TAILQ_NEXT(c, all_link);
        caller_sweep(c, now_ns);
    }
}

int callers_start(struct callers *c, const char *address, const char *socket_path, struct err *e)
{
    uv_loop_t *loop = c->turn->loop;
    (void)uv_timer_start(&c->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    int code = listeners_tcp(loop, &c->port, "listen_client", address, on_guest, e);
    c->port_open = true;
    c->port.data = c;
    if (code < 0 || socket_path[0] == '\0')
        return code;
    code = listeners_unix(loop, &c->socket, "admin_socket", socket_path, on_admin, e);
    c->socket_open = true;
    c->socket.data = c;
    return code;
}

/* ---- what the node says ---- */

void callers_reply(struct callers *c, uint64_t client, const void *bytes, size_t len)
{
    struct caller *caller = find(c, client);
    if (caller == NULL)
        return;
    outq_put(&caller->out, bytes, len, false);
    if (caller->out.bytes <= REPLIES_MAX)
        return;
    logger_printf(c->turn->log, ENV_ABOUT_CLIENT, ENV_WARNING,
                  "client %llu: %zu bytes of replies unread: closed", (unsigned long long)client,
                  caller->out.bytes);
    caller_close(caller);
}

size_t callers_unread(const struct callers *c, uint64_t client)
{
    const struct caller *caller = find(c, client);
    return caller == NULL ? 0 : outq_unwritten(&caller->out);
}

void callers_hang_up(struct callers *c, uint64_t client)
{
    struct caller *caller = find(c, client);
    if (caller != NULL)
        caller_hang_up(caller);
}

/* ---- turns ---- */

static void tell_gone(struct callers *c)
{
    for (size_t i = 0; i < c->gone_count; i++)
        node_on_client_gone(c->turn->node, c->gone[i]);
    c->gone_count = 0;
}

void callers_turn(struct callers *c)
{
    tell_gone(c);
    for (struct caller *caller; (caller = TAILQ_FIRST(&c->ready)) != NULL;)
        caller_turn(caller);
}

void callers_settle(struct callers *c)
{
    struct caller *caller, *next;
    for (caller = TAILQ_FIRST(&c->waiting); caller != NULL; caller = next) {
        next = TAILQ_NEXT(caller, waiting_link);
        caller_settle(caller);
    }
}

/* ---- leaving ---- */

void callers_forget(struct callers *all, struct caller *c)
{
    TAILQ_REMOVE(&all->all, c, all_link);
    all->count--;
    if (c->number == 0)
        return;
    size_t slot = slot_of(c->number);
    all->slots[slot] = NULL;
    all->free_slots[all->free_count++] = (uint32_t)slot;
    all->guests -= !c->admin;
    all->gone = mem_room(all->gone, all->gone_count + 1, &all->gone_cap, sizeof(*all->gone));
    all->gone[all->gone_count++] = c->number;
    turn_again(all->turn);
}

void callers_close_port(struct callers *c)
{
    if (c->port_open)
        uv_close((uv_handle_t *)&c->port, NULL);
    c->port_open = false;
}

static void close_listeners(struct callers *c)
{
    callers_close_port(c);
    if (c->socket_open)
        uv_close((uv_handle_t *)&c->socket, NULL);
    c->socket_open = false;
}

void callers_finish(struct callers *c)
{
    struct caller *caller, *next;
    close_listeners(c);
    for (caller = TAILQ_FIRST(&c->all); caller != NULL; caller = next) {
        next = TAILQ_NEXT(caller, all_link);
        caller_finish(caller); /* may close it */
    }
}

size_t callers_count(const struct callers *c)
{
    return c->count;
}

void callers_stop(struct callers *c)
{
    close_listeners(c);
    for (struct caller *caller; (caller = TAILQ_FIRST(&c->all)) != NULL;)
        caller_close(caller);
    uv_close((uv_handle_t *)&c->sweep, NULL);
}

void callers_free(struct callers *c)
{
    mem_free(c->slots);
    mem_free(c->free_slots);
    mem_free(c->gone);
    mem_free(c);
}
