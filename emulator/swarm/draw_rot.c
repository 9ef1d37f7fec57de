/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks that rot and tear, bits that flip on the wire. */
#include "emulator/scenario/vocab.h"
#include "emulator/swarm/draw.h"

#include <stdio.h>
#include <string.h>

static bool can(const struct draw *d, enum capability capability)
{
    return (d->capabilities >> capability & 1) != 0;
}

/* What the nodes promise while a quorum of disks is sound holds for one rotten disk of three or
 * more, always the same, and members that stay who they are. What was written last is left alone:
 * its rot cannot be told from a write that was broken off, so no node can bear it always. For the
 * same reason the node is stopped and not killed: a kill may break off a write of its hard state,
 * and who lacks that and its log has to be replaced. */
bool draw_rot(struct draw *d)
{
    if (!can(d, CAP_diskDamage) || !d->fixed || d->voters < 3 || d->torn_meta)
        return false;
    if (d->rotten == 0)
        d->rotten = draw_count(d, 1, d->voters);
    const char *kind = DRAW(d, "flip", "flip", "zero", "truncate", "misdirect", "stale");
    draw_step(d, 0, "\"proc.stop\": {\"who\": \"n%u\"}", d->rotten);
    unsigned count = draw_chance(d, 60) ? 1 : draw_count(d, 2, 5);
    const char *region = DRAW(d, "header", "crc", "middle");
    const char *file = d->snapshots && draw_chance(d, 40) ? "snapshot" : "log";
    draw_now(d,
             "\"disk.%s\": {\"who\": \"n%u\", \"file\": \"%s\", \"region\": \"%s\", \"count\": %u}",
             kind, d->rotten, file, region, count);
    draw_step(d, 0, "\"proc.start\": {\"who\": \"n%u\"}", d->rotten);
    return true;
}

/* The power fails in the middle of a write, which nobody was told of: any disk may do that. Where a
 * log rots, no hard state is torn: the one makes good for the other, and a node that lacks both has
 * to be replaced. */
bool draw_tear(struct draw *d)
{
    if (!can(d, CAP_diskDamage))
        return false;
    unsigned number = ++d->bindings;
    const char *file = d->rotten != 0 ? DRAW(d, "log", "snapshot")
                                      : DRAW(d, "log", "log", "meta", "snapshot", "any");
    d->torn_meta |= d->rotten == 0 && (strcmp(file, "meta") == 0 || strcmp(file, "any") == 0);
    const char *keep = DRAW(d, "prefix", "suffix", "random");
    const char *sector = DRAW(d, "512B", "4KiB");
    const char *who = draw_member(d);
    draw_step(d, draw_span_ms(d),
              "\"disk.tear\": {\"who\": \"%s\", \"file\": \"%s\", \"sector\": \"%s\", \"keep\": "
              "\"%s\"}, \"as\": \"torn%u\"",
              who, file, sector, keep, number);
    draw_step(d, 0, "\"wait\": \"%ums\"", draw_span_ms(d));
    draw_step(d, 0, "\"proc.start\": {\"who\": \"$torn%u\"}", number);
    return true;
}

bool draw_wire(struct draw *d)
{
    if (!can(d, CAP_netPayload))
        return false;
    const char *layer = DRAW(d, "payload", "payload", "packet");
    unsigned percent = draw_chance(d, 70) ? draw_count(d, 1, 5) : draw_count(d, 6, 50);
    const char *link = DRAW(d, "\"all\"", "{\"from\": \"leader\", \"to\": \"rest\"}",
                            "{\"from\": \"random(1)\", \"to\": \"rest\", \"direction\": \"out\"}");
    draw_step(d, draw_span_ms(d) * 3,
              "\"net.set\": {\"link\": %s, \"corrupt\": \"%u%%\", \"corruptLayer\": \"%s\"}", link,
              percent, layer);
    return true;
}
