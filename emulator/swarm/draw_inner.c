/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults inside a node's work and on single kinds of messages, and pairs of steps that only
 * together lead somewhere. */
#include "emulator/scenario/vocab.h"
#include "emulator/swarm/draw.h"

#include <stdio.h>
#include <string.h>

static bool can(const struct draw *d, enum capability capability)
{
    return (d->capabilities >> capability & 1) != 0;
}

bool draw_filter(struct draw *d)
{
    const char *verdict =
        DRAW(d, "drop", "drop", "hold", "duplicate", "delay", "delay", "swapWithNext");
    bool delays = verdict[0] == 'd' && verdict[1] == 'e';
    char delay[32] = "";
    if (!can(d, CAP_netFilter))
        return false;
    if (delays)
        (void)snprintf(delay, sizeof(delay), ", \"delay\": \"%ums\"", draw_span_ms(d));
    unsigned percent = draw_chance(d, 50) ? 100 : draw_count(d, 10, 90);
    const char *message =
        DRAW(d, "PreVoteReply", "RequestVote", "RequestVoteReply", "AppendEntries",
             "AppendEntriesReply", "Heartbeat", "HeartbeatReply", "InstallSnapshot",
             "InstallSnapshotReply", "TimeoutNow", "ReadIndex", "ReadIndexReply");
    const char *link = DRAW(d, "\"all\"", "{\"from\": \"leader\", \"to\": \"rest\"}",
                            "{\"from\": \"random(1)\", \"to\": \"rest\", \"direction\": \"out\"}");
    draw_step(d, draw_span_ms(d) * 2,
              "\"net.filter\": {\"link\": %s, \"message\": [\"%s\"], \"verdict\": \"%s\", "
              "\"probability\": \"%u%%\"%s}",
              link, message, verdict, percent, delay);
    return true;
}

static const char *point(struct draw *d)
{
    return DRAW(d, "logWrite", "logSync", "after-logWrite", "after-logSync", "metaWrite",
                "after-metaWrite", "metaSync", "after-metaSync", "imageSync", "imageRename",
                "after-imageRename", "logUnlink", "after-logUnlink", "dirSync", "becameLeader",
                "votePersisted", "voteGranted", "committed", "appended", "configAppended",
                "configCommitted", "truncated", "snapshotInstalled", "steppedDown");
}

/* Where a crash leaves a hard state torn. As with tears (draw_rot.c), no log rots beside it. */
static const char *crash_point(struct draw *d)
{
    const char *p = point(d);
    bool tears = strcmp(p, "metaWrite") == 0 || strcmp(p, "after-metaWrite") == 0 ||
                 strcmp(p, "metaSync") == 0;
    if (tears && d->rotten != 0)
        return "after-metaSync";
    d->torn_meta |= tears;
    return p;
}

/* A node dies in the middle of a thought, and starts again a while later. */
bool draw_crash_at(struct draw *d)
{
    if (!can(d, CAP_procPoint))
        return false;
    unsigned number = ++d->bindings;
    unsigned hit = draw_count(d, 1, 4);
    const char *where = crash_point(d);
    draw_step(d, 0,
              "\"proc.crashAt\": {\"who\": \"%s\", \"point\": \"%s\", \"hit\": %u}, "
              "\"as\": \"dead%u\"",
              draw_member(d), where, hit, number);
    if (draw_chance(d, 50)) /* elections and truncations have points, too */
        draw_step(d, draw_span_ms(d), "\"net.isolate\": {\"who\": \"leader\"}");
    draw_step(d, 0, "\"wait\": \"%ums\"", draw_span_ms(d));
    draw_step(d, 0, "\"proc.start\": {\"who\": \"$dead%u\"}", number);
    return true;
}

bool draw_stall_at(struct draw *d)
{
    if (!can(d, CAP_procPoint))
        return false;
    unsigned stall_ms = draw_span_ms(d);
    unsigned hit = draw_count(d, 1, 4);
    const char *where = point(d);
    draw_step(d, 0,
              "\"proc.stallAt\": {\"who\": \"%s\", \"point\": \"%s\", \"hit\": %u, \"stall\": "
              "\"%ums\"}",
              draw_member(d), where, hit, stall_ms);
    return true;
}

/* Writes that reach a leader which can no longer commit them: an end of its log to be cut. */
bool draw_stranded(struct draw *d)
{
    if (d->voters < 3)
        return false;
    draw_step(d, d->et_ms * draw_count(d, 2, 6),
              "\"net.partition\": {\"groups\": [[\"minorityWithLeader\"], [\"rest\"]]}");
    draw_now(d, "\"load.burst\": {\"ops\": %u}", draw_count(d, 20, 100));
    if (draw_chance(d, 50)) {
        unsigned gap_ms = draw_span_ms(d);
        draw_step(d, 0, "\"proc.restart\": {\"who\": \"%s\", \"gap\": \"%ums\"}",
                  DRAW(d, "leader", "formerLeader(0)", "minority"), gap_ms);
    }
    return true;
}

/* The leader dies with entries that are on some disks only. */
bool draw_cut_short(struct draw *d)
{
    draw_step(d, 0, "\"load.burst\": {\"ops\": %u}", draw_count(d, 10, 60));
    draw_now(d, "\"wait\": \"%uus\"", draw_count(d, 100, 40000));
    draw_now(d, "\"proc.restart\": {\"who\": \"leader\", \"gap\": \"%ums\"}", draw_span_ms(d));
    return true;
}

/* One is away while the others write more than their logs keep. */
bool draw_left_behind(struct draw *d)
{
    unsigned away_ms = d->et_ms * draw_count(d, 2, 8);
    if (!d->snapshots || d->voters < 3)
        return false;
    if (draw_chance(d, 50))
        draw_step(d, 0, "\"proc.restart\": {\"who\": \"%s\", \"gap\": \"%ums\"}",
                  DRAW(d, "follower(0)", "random(1)"), away_ms);
    else
        draw_step(d, away_ms, "\"net.isolate\": {\"who\": \"%s\"}",
                  DRAW(d, "follower(0)", "random(1)"));
    draw_now(d, "\"load.burst\": {\"ops\": %u}", draw_count(d, 50, 250));
    draw_now(d, "\"wait\": \"%ums\"", away_ms / 2 + 1);
    draw_now(d,
             "\"snapshot.take\": {\"who\": \"alive\", \"expect\": \"any\", \"timeout\": \"1s\"}");
    return true;
}
