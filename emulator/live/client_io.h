/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clients' door to the live world: libuv's timers and connections, the history's file. */
#ifndef LIVE_CLIENT_IO_H
#define LIVE_CLIENT_IO_H

#include "emulator/clients/clients.h"
#include "emulator/live/adapter_client.h"
#include "emulator/trace/outfile.h"
#include "netem/netem.h"

#include <uv.h>

struct client_io; /* opaque */

/* All is borrowed until client_io_close. adapters: how nodes are asked that are behind one; NULL:
 * over the network, as they are raftd. */
struct client_io *client_io_new(uv_loop_t *loop, const struct netem *net, struct outfile *history,
                                const struct trace_names *names, unsigned clients_count,
                                const struct adapter_clients *adapters);
/* Its timers are closed by the loop's next turns. Precondition: the clients are gone. */
void client_io_close(struct client_io *io);

/* What clients are given; and whom the timers wake (not before it is set). */
const struct clients_io *client_io_table(const struct client_io *io);
void client_io_serve(struct client_io *io, struct clients *clients);

#endif
