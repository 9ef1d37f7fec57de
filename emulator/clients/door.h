/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clients as the runner asks for them, for the worlds that have some. */
#ifndef CLIENTS_DOOR_H
#define CLIENTS_DOOR_H

#include "emulator/clients/clients.h"
#include "emulator/runner/world.h"

/* As in world.h. */
int clients_door_ask(struct clients *c, const struct world_operation *op, struct err *e) MUST_CHECK;
enum world_reply clients_door_reply(struct clients *c, unsigned client, char text[WORLD_TEXT_MAX]);

#endif
