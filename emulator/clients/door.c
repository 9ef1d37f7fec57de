/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/clients/door.h"

#include <stdio.h>

int clients_door_ask(struct clients *c, const struct world_operation *op, struct err *e)
{
    const struct workload_wish wish = {.kind = (enum op_id)op->kind,
                                       .key = op->key,
                                       .value = op->value,
                                       .mode = (enum read_mode)op->mode};
    return clients_ask(c, op->client, &wish, op->via, e);
}

enum world_reply clients_door_reply(struct clients *c, unsigned client, char text[WORLD_TEXT_MAX])
{
    enum history_outcome outcome = HISTORY_UNKNOWN;
    const char *error = "";
    text[0] = '\0';
    if (!clients_answered(c, client, &outcome, &error))
        return WORLD_PENDING;
    (void)snprintf(text, WORLD_TEXT_MAX, "%s", error);
    switch (outcome) {
    case HISTORY_OK: return WORLD_OK;
    case HISTORY_FAIL: return WORLD_REFUSED;
    case HISTORY_UNKNOWN: return WORLD_LOST;
    }
    UNREACHABLE();
}
