/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections that are reset, refused or mute. A reset is made here, of the very packet that it
 * answers: the far end has no part in it. */
#include <string.h>

#include "netem/user/forward.h"

/* Sent at once and beside everything that waits: the answer comes from next door. */
static void answer(struct carrier *c, const struct packet *packet)
{
    if (!frame_is_segment(&packet->frame))
        return;
    struct packet *reset = pool_get(&c->pool);
    if (reset == NULL) {
        c->overload_packets++;
        return;
    }
    if (!frame_reset(packet->data, packet->len, &packet->frame, reset->data)) {
        pool_put(&c->pool, reset);
        return;
    }
    reset->len = FRAME_RESET_BYTES;
    port_send(c, &c->ports[packet->link->from], reset);
}

const char *breaks_meet(struct carrier *c, const struct packet *packet)
{
    const struct user_link *l = packet->link;
    const struct netem_break *b = &l->broken;
    bool segment = frame_is_segment(&packet->frame);
    if (b->reset || (b->reject && packet->frame.syn)) {
        answer(c, packet);
        return "answered with a reset";
    }
    if (b->reject)
        return "rejected";
    if (b->openings && packet->frame.syn)
        return "opens a connection";
    if (b->old_before_ns != 0 && segment &&
        flows_when(&l->flows, frame_ports(packet->data, &packet->frame)) < b->old_before_ns)
        return "of an old connection";
    return NULL;
}

void breaks_note(const struct packet *packet, uint64_t now_ns)
{
    struct user_link *l = packet->link;
    if (l->broken.old_before_ns != 0 && packet->frame.syn && frame_is_segment(&packet->frame))
        flows_opened(&l->flows, frame_ports(packet->data, &packet->frame), now_ns);
}

void breaks_change(struct user_link *l, const struct netem_break *to)
{
    l->broken = *to;
    if (to->old_before_ns == 0)
        flows_clear(&l->flows);
}
