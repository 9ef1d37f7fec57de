/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "netem/user/forward.h"

void pool_init(struct pool *p, uint32_t packet_bytes)
{
    *p = (struct pool){.packet_bytes = packet_bytes};
}

struct packet *pool_get(struct pool *p)
{
    struct packet *packet = p->free;
    if (packet != NULL) {
        p->free = packet->next;
    } else {
        if (p->made == POOL_PACKETS_MAX)
            return NULL;
        packet = mem_alloc(sizeof(*packet) + p->packet_bytes);
        p->made++;
    }
    memset(packet, 0, sizeof(*packet));
    return packet;
}

void pool_put(struct pool *p, struct packet *packet)
{
    packet->next = p->free;
    p->free = packet;
}

void pool_free(struct pool *p)
{
    while (p->free != NULL) {
        struct packet *next = p->free->next;
        mem_free(p->free);
        p->free = next;
    }
}
