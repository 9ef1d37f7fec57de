/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a drawing: everybody recovers, or a quorum does while the others stay broken. */
#include "emulator/scenario/vocab.h"
#include "emulator/swarm/draw.h"

/* Faults without an end: the core is mended, and whoever is not in it stays so. */
static void lasting(struct draw *d, const void *arg)
{
    const char *text;
    unsigned delay_ms, loss;
    (void)arg;
    switch (draw_count(d, 0, 5)) {
    case 0: draw_now(d, "\"proc.kill\": {\"who\": \"%s\"}", draw_victim(d)); return;
    case 1: draw_now(d, "\"proc.pause\": {\"who\": \"%s\"}", draw_victim(d)); return;
    case 2:
        text = DRAW(d, "both", "in", "out");
        draw_now(d, "\"net.isolate\": {\"who\": \"%s\", \"direction\": \"%s\"}", draw_victim(d),
                 text);
        return;
    case 3:
        if (d->voters < 2)
            return;
        draw_now(d, "\"net.partition\": {\"shape\": \"random\"%s}",
                 draw_chance(d, 50) ? ", \"directed\": true" : "");
        return;
    case 4:
        loss = draw_count(d, 0, 60);
        delay_ms = draw_count(d, 1, d->et_ms);
        draw_now(d,
                 "\"net.set\": {\"link\": {\"from\": \"%s\", \"to\": \"rest\"}, \"delay\": "
                 "\"%ums\", \"loss\": \"%u%%\"}",
                 draw_victim(d), delay_ms, loss);
        return;
    default: return;
    }
}

void draw_end(struct draw *d)
{
    /* Who has to fetch its log again is no help to a quorum, and a witness that has more than the
     * rest of it keeps it waiting for whoever has it all. */
    bool core = d->steady && d->rotten == 0 && d->witnesses == 0 && draw_chance(d, 70);
    for (unsigned left = core ? draw_count(d, 0, 3) : 0; left > 0; left--)
        (void)draw_within(d, lasting, NULL);
    /* A moment from which it has to recover, even if no step before found anybody. */
    buf_puts(d->out, ",\n  {\"net.set\": {\"link\": \"all\", \"delay\": \"5ms\"}, \"for\": "
                     "\"20ms\"}");
    d->core = core;
}
