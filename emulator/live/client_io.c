/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/client_io.h"

#include "base/mem.h"
#include "emulator/live/command_line.h"
#include "emulator/live/connection.h"
#include "emulator/live/loop_time.h"

struct client_io {
    struct clients_io table;
    uv_loop_t *loop;
    const struct netem *net;
    struct outfile *history;
    const struct trace_names *names;
    const struct adapter_clients *adapters; /* or NULL */
    struct clients *clients;
    unsigned count;
    unsigned open; /* timers */
    uv_timer_t timers[];
};

static uint64_t now(void *arg)
{
    (void)arg;
    return loop_now_ns();
}

static void on_timer(uv_timer_t *timer)
{
    struct client_io *io = timer->data;
    clients_wake(io->clients, (unsigned)(timer - io->timers));
}

static void wake_at(void *arg, unsigned client, uint64_t t_ns)
{
    struct client_io *io = arg;
    if (t_ns == UINT64_MAX)
        (void)uv_timer_stop(&io->timers[client]);
    else
        (void)uv_timer_start(&io->timers[client], on_timer, loop_until(io->loop, t_ns), 0);
}

static bool will_wake(void *arg, unsigned client)
{
    const struct client_io *io = arg;
    return uv_is_active((const uv_handle_t *)&io->timers[client]) != 0;
}

static struct connection *open_connection(void *arg, unsigned host, unsigned node,
                                          const struct connection_events *events, void *events_arg,
                                          struct err *e)
{
    const struct client_io *io = arg;
    if (io->adapters != NULL)
        return adapter_client_open(io->adapters, node, events, events_arg);
    return connection_open(io->loop, io->net, netem_client(io->net, (int)host),
                           netem_node(io->net, (int)node), LIVE_CLIENT_PORT, events, events_arg, e);
}

static int send_bytes(void *arg, struct connection *c, const void *data, size_t len, struct err *e)
{
    const struct client_io *io = arg;
    return io->adapters != NULL ? adapter_client_send(c, data, len, e)
                                : connection_send(c, data, len, e);
}

static void drop(void *arg, struct connection *c, bool reset)
{
    const struct client_io *io = arg;
    if (io->adapters != NULL)
        adapter_client_drop(c);
    else
        connection_drop(c, reset);
}

static void on_history(void *arg, const struct trace_record *rec)
{
    const struct client_io *io = arg;
    outfile_record(io->history, io->names, rec);
}

struct client_io *client_io_new(uv_loop_t *loop, const struct netem *net, struct outfile *history,
                                const struct trace_names *names, unsigned clients_count,
                                const struct adapter_clients *adapters)
{
    struct client_io *io = mem_alloc(sizeof(*io) + clients_count * sizeof(io->timers[0]));
    io->table = (struct clients_io){.arg = io,
                                    .now = now,
                                    .wake_at = wake_at,
                                    .will_wake = will_wake,
                                    .open = open_connection,
                                    .send = send_bytes,
                                    .drop = drop,
                                    .history = on_history};
    io->loop = loop;
    io->net = net;
    io->history = history;
    io->names = names;
    io->adapters = adapters;
    io->count = io->open = clients_count;
    for (unsigned i = 0; i < clients_count; i++) {
        (void)uv_timer_init(loop, &io->timers[i]);
        io->timers[i].data = io;
    }
    return io;
}

static void on_closed(uv_handle_t *handle)
{
    struct client_io *io = handle->data;
    if (--io->open == 0)
        mem_free(io);
}

void client_io_close(struct client_io *io)
{
    if (io == NULL)
        return;
    if (io->count == 0)
        mem_free(io);
    else
        for (unsigned i = 0, count = io->count; i < count; i++)
            uv_close((uv_handle_t *)&io->timers[i], on_closed);
}

const struct clients_io *client_io_table(const struct client_io *io)
{
    return &io->table;
}

void client_io_serve(struct client_io *io, struct clients *clients)
{
    io->clients = clients;
}
