/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/sim/pace.h"

#include "base/buf.h"
#include "base/units.h"
#include "emulator/sim/net.h"

#include <stdio.h>

static const struct sim_packet *packet_of(const struct sim_event *event)
{
    bool packet = event->kind == SIM_PACKET || event->kind == SIM_READ || event->kind == SIM_RESEND;
    return packet ? event->what : NULL;
}

void sim_pace_note(struct sim_pace *p, const struct sim_event *event)
{
    if (event->t_ns - p->began_ns >= SIM_PACE_NS) {
        p->began_ns = event->t_ns;
        p->events = 0;
    }
    if (p->events++ < SIM_PACE_EVENTS - SIM_PACE_LAST)
        return;
    const struct sim_packet *packet = packet_of(event);
    size_t at = p->events % SIM_PACE_LAST;
    p->last[at].kind = event->kind;
    p->last[at].who = packet == NULL ? event->who : packet->to;
    p->last[at].from = packet == NULL ? 0 : packet->from;
}

bool sim_pace_stands(const struct sim_pace *p)
{
    return p->events >= SIM_PACE_EVENTS;
}

static void put_endpoint(struct buf *out, unsigned who, unsigned nodes)
{
    if (who < nodes)
        buf_putf(out, "n%u", who + 1);
    else
        buf_puts(out, "clients");
}

static void put_event(struct buf *out, const struct sim_pace *p, size_t at, unsigned nodes)
{
    enum sim_event_kind kind = p->last[at].kind;
    unsigned who = p->last[at].who, from = p->last[at].from;
    if (kind == SIM_CLIENT)
        buf_putf(out, "c%u", who + 1);
    else
        put_endpoint(out, kind == SIM_RESEND ? from : who, nodes);
    buf_putf(out, " %s", sim_event_text(kind));
    if (kind != SIM_PACKET && kind != SIM_READ && kind != SIM_RESEND)
        return;
    buf_puts(out, kind == SIM_RESEND ? "a packet to " : "a packet of ");
    put_endpoint(out, kind == SIM_RESEND ? who : from, nodes);
}

void sim_pace_say(const struct sim_pace *p, uint64_t began_ns, unsigned nodes, char *out,
                  size_t room)
{
    struct buf text = {0};
    char at_ns[UNITS_TEXT_MAX];
    bool clients = false;
    buf_putf(&text, "virtual time stands still at %s: %llu events, the last ones are ",
             units_print_duration(p->began_ns - began_ns, at_ns), (unsigned long long)p->events);
    for (size_t i = 1; i <= SIM_PACE_LAST; i++) {
        size_t at = (p->events + i) % SIM_PACE_LAST;
        buf_puts(&text, i > 1 ? "; " : "");
        put_event(&text, p, at, nodes);
        clients = clients || p->last[at].kind == SIM_CLIENT || p->last[at].who >= nodes;
    }
    if (clients)
        buf_puts(&text, " (clients without a rate on links without a delay never let it pass)");
    (void)snprintf(out, room, "%s", buf_str(&text));
    buf_free(&text);
}
