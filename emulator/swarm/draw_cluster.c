/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who there is, how they are set up, what lies between them, and what is asked of them. */
#include "emulator/swarm/draw.h"

#include <stdio.h>
#include <string.h>

static void draw_timing(struct draw *d)
{
    static const unsigned timeouts_ms[] = {150, 200, 300, 500};
    d->et_ms = timeouts_ms[draw_count(d, 0, 3)];
    buf_putf(d->out, "\"election_timeout\": \"%ums..%ums\", \"heartbeat\": \"%ums\"", d->et_ms,
             d->et_ms * 2, d->et_ms / draw_count(d, 4, 8));
}

static void draw_config(struct draw *d)
{
    bool check_quorum = draw_chance(d, 75);
    draw_timing(d);
    bool pre_vote = draw_chance(d, 75);
    d->steady = check_quorum && pre_vote;
    buf_putf(d->out, ", \"prevote\": \"%s\", \"check_quorum\": \"%s\"", pre_vote ? "on" : "off",
             check_quorum ? "on" : "off");
    d->lease_reads = check_quorum && draw_chance(d, 40);
    if (d->lease_reads)
        buf_puts(d->out, ", \"lease_reads\": \"on\"");
    d->snapshots = draw_chance(d, 60);
    if (d->snapshots) {
        unsigned trailing = draw_chance(d, 60) ? 0 : draw_count(d, 1, 40);
        buf_putf(d->out, ", \"snapshot_every\": %u, \"snapshot_trailing\": %u",
                 draw_count(d, 4, 80), trailing);
    }
    if (draw_chance(d, 30))
        buf_puts(d->out, ", \"segment_size\": \"64KiB\"");
    if (draw_chance(d, 30))
        buf_puts(d->out, ", \"shutdown_on_remove\": \"on\"");
    const char *word = DRAW(d, "stop", "transfer", "leave");
    d->leaves_on_sigterm = strcmp(word, "leave") == 0;
    if (draw_chance(d, 50))
        buf_putf(d->out, ", \"on_sigterm\": \"%s\"", word);
    else
        d->leaves_on_sigterm = false;
}

static void draw_links(struct draw *d)
{
    unsigned delay_us = draw_count(d, 100, d->et_ms * 1000 / 20);
    buf_putf(d->out, ",\n \"links\": {\"default\": {\"delay\": \"%uus\"", delay_us);
    if (draw_chance(d, 50))
        buf_putf(d->out, ", \"jitter\": \"%uus\"", draw_count(d, 1, delay_us));
    if (draw_chance(d, 30))
        buf_putf(d->out, ", \"loss\": \"%u%%\"", draw_count(d, 1, 5));
    if (draw_chance(d, 30))
        buf_putf(d->out, ", \"duplicate\": \"%u%%\"", draw_count(d, 1, 20));
    if (draw_chance(d, 30))
        buf_putf(d->out, ", \"reorder\": \"%u%%\"", draw_count(d, 1, 20));
    buf_puts(d->out, "}}");
}

static void draw_clients(struct draw *d)
{
    static const struct {
        const char *model, *mix;
    } kinds[] = {
        {"register", "\"read\": 50, \"write\": 50"},
        {"register", "\"read\": 20, \"write\": 80"},
        {"cas", "\"read\": 40, \"write\": 30, \"cas\": 30"},
        {"append", "\"read\": 40, \"append\": 60"},
        {"counter", "\"read\": 40, \"increment\": 60"},
    };
    unsigned kind = draw_count(d, 0, 4);
    const char *read_mode = d->lease_reads && draw_chance(d, 60) ? "lease" : "index";
    const char *attach = DRAW(d, "any", "leader", d->fixed ? "pinned" : "any");
    unsigned timeout_ms = draw_count(d, 500, 2500);
    unsigned keys = draw_count(d, 1, 8);
    unsigned rate = draw_count(d, 20, 120);
    buf_putf(d->out,
             ",\n \"clients\": {\"count\": %u, \"model\": \"%s\", \"ratePerS\": %u, \"keys\": %u, "
             "\"mix\": {%s}, \"timeout\": \"%ums\", \"attach\": \"%s\", \"readMode\": \"%s\"",
             draw_count(d, 2, 8), kinds[kind].model, rate, keys, kinds[kind].mix, timeout_ms,
             attach, read_mode);
    if (draw_chance(d, 30))
        buf_puts(d->out, ", \"hot\": \"50%\"");
    buf_puts(d->out, "}");
}

void draw_cluster(struct draw *d)
{
    static const unsigned char sizes[] = {1, 2, 3, 3, 3, 3, 3, 4, 4, 5, 5, 5, 6, 7};
    d->voters = draw_said(d, "cluster.voters=", sizes[prng_below(&d->rnd, sizeof(sizes))]);
    d->fixed = draw_chance(d, 35); /* else clients could be pinned to one who is gone */
    d->learners = draw_chance(d, 25) ? draw_count(d, 1, 2) : 0;
    d->learners = draw_said(d, "cluster.learners=", d->learners);
    d->spare = !d->fixed && draw_chance(d, 60) ? draw_count(d, 1, 3) : 0;
    d->spare = draw_said(d, "cluster.spare=", d->spare);
    if (d->voters == 0)
        d->voters = 1; /* what is said will be refused */
    d->may_go = d->fixed ? 0 : d->voters - 1;
    buf_putf(d->out, ",\n \"cluster\": {\"voters\": %u", d->voters);
    if (d->learners > 0)
        buf_putf(d->out, ", \"learners\": %u", d->learners);
    if (d->spare > 0)
        buf_putf(d->out, ", \"spare\": %u", d->spare);
    buf_puts(d->out, ", \"config\": {");
    draw_config(d);
    buf_puts(d->out, "}}");
    draw_links(d);
    draw_clients(d);
}
