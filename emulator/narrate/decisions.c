/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decisions: which are told, which counted, which only remembered. */
#include "emulator/narrate/inside.h"
#include "wire/peer.h"

#include <stdio.h>

enum tone {
    TOLD,
    COUNTED, /* told with the messages; else part of what goes by */
    SILENT   /* told with the messages only */
};

static enum tone tone_of(enum raft_reason_code code)
{
    switch ((int)code) {
    case RAFT_BECAUSE_COMMITTED:
    case RAFT_BECAUSE_COMMIT_LEARNED:
    case RAFT_BECAUSE_READ_ROUND:
    case RAFT_BECAUSE_READ_CONFIRMED: return COUNTED;
    case RAFT_BECAUSE_STALE_REPLY:
    case RAFT_BECAUSE_NOT_AWAITED:
    case RAFT_BECAUSE_APPENDED:
    case RAFT_BECAUSE_APPEND_HELD:
    case RAFT_BECAUSE_MATCHED:
    case RAFT_BECAUSE_LEASE_TAKEN:
    case RAFT_BECAUSE_READ_LEASED:
    case RAFT_BECAUSE_READ_FAILED:
    case RAFT_BECAUSE_UNSENT:
    case RAFT_BECAUSE_CHUNK_RECEIVED:
    case RAFT_BECAUSE_IMAGE_UNSENT: return SILENT;
    default: return TOLD;
    }
}

static void remember(struct narrator *n, uint64_t t_ns, unsigned node, const struct raft_reason *r)
{
    /* Heartbeats alone would fill it. */
    if (r->code == RAFT_BECAUSE_APPEND_HELD || r->code == RAFT_BECAUSE_NOT_AWAITED)
        return;
    n->ring[node][n->count[node]++ % NARRATE_REMEMBERED] = (struct remembered){t_ns, n->cause, *r};
}

static void count(struct narrator *n, const struct raft_reason *r)
{
    if (r->code == RAFT_BECAUSE_READ_CONFIRMED)
        n->quiet.reads++;
    if (r->code == RAFT_BECAUSE_COMMITTED && r->b > n->quiet.commit)
        n->quiet.commit = r->b;
}

/* The silence that made it ask. */
static void put_silence(const struct narrator *n, uint64_t t_ns, unsigned node, char *out,
                        size_t size)
{
    const struct heard *h = &n->heard[node];
    if (!h->any)
        (void)snprintf(out, size, " (it never heard one)");
    else if (h->from == node)
        (void)snprintf(out, size, " (it led itself until %.0f ms ago)",
                       (double)(t_ns - h->t_ns) / 1e6);
    else
        (void)snprintf(out, size, " (n%u was heard %.0f ms ago)", h->from + 1,
                       (double)(t_ns - h->t_ns) / 1e6);
}

static void tell(struct narrator *n, uint64_t t_ns, unsigned node, const struct raft_reason *r)
{
    char who[16], text[256], silence[64] = "";
    if (r->code == RAFT_BECAUSE_TIMED_OUT || r->code == RAFT_BECAUSE_LEADER_SILENT)
        put_silence(n, t_ns, node, silence, sizeof(silence));
    narrator_tell(n, t_ns, narrate_endpoint(node, n->nodes, who), "%s%s",
                  narrate_reason(r, n->nodes, text, sizeof(text)), silence);
}

/* Who leads, and since when what a node says is news. */
static void follow(struct narrator *n, uint64_t t_ns, unsigned node, const struct raft_reason *r)
{
    switch ((int)r->code) {
    case RAFT_BECAUSE_STALE_TERM: /* that was no leader any more */
        n->heard[node] = n->before[node];
        return;
    case RAFT_BECAUSE_ELECTED: n->leads[node] = true; break;
    case RAFT_BECAUSE_TERM_ADOPTED:
    case RAFT_BECAUSE_NO_QUORUM:
    case RAFT_BECAUSE_DISK_STUCK:
    case RAFT_BECAUSE_DISK_FULL_STILL:
    case RAFT_BECAUSE_REMOVED_SELF:
    case RAFT_BECAUSE_STEPPED_DOWN:
        if (n->leads[node])
            n->heard[node] = (struct heard){.any = true, .from = node, .t_ns = t_ns};
        n->leads[node] = false;
        break;
    case RAFT_BECAUSE_CAMPAIGN:
    case RAFT_BECAUSE_LEADER_HEARD:
    case RAFT_BECAUSE_TRUNCATED: break;
    default: return;
    }
    narrator_fresh(n, node);
}

void narrate_decided(void *arg, uint64_t t_ns, unsigned node, const struct raft_reason *reasons,
                     size_t reasons_count)
{
    struct narrator *n = arg;
    n->now_ns = t_ns;
    for (size_t i = 0; i < reasons_count; i++) {
        const struct raft_reason *r = &reasons[i];
        enum tone tone = tone_of(r->code);
        remember(n, t_ns, node, r);
        count(n, r);
        follow(n, t_ns, node, r);
        if ((n->what & NARRATE_MESSAGES) != 0 || (tone == TOLD && !narrator_again(n, node, r)))
            tell(n, t_ns, node, r);
    }
}

static void put_cause(const struct cause *c, unsigned nodes, struct buf *out)
{
    char from[16];
    if (c->kind == SIM_TIMER)
        buf_puts(out, "its timer: ");
    else if (c->kind == SIM_DISK)
        buf_puts(out, "its disk: ");
    else if (c->kind == SIM_PACKET && c->type != 0)
        buf_putf(out, "%s of %s: ", peer_type_name(c->type),
                 narrate_endpoint(c->from, nodes, from));
    else if (c->kind == SIM_PACKET)
        buf_putf(out, "connection with %s: ", narrate_endpoint(c->from, nodes, from));
}

void narrator_why(const struct narrator *n, unsigned node, struct buf *out)
{
    char text[256];
    uint64_t end = n->count[node];
    for (uint64_t i = end < NARRATE_REMEMBERED ? 0 : end - NARRATE_REMEMBERED; i < end; i++) {
        const struct remembered *r = &n->ring[node][i % NARRATE_REMEMBERED];
        buf_putf(out, "%9.4f s  ", (double)r->t_ns / 1e9);
        put_cause(&r->cause, n->nodes, out);
        buf_putf(out, "%s\n", narrate_reason(&r->reason, n->nodes, text, sizeof(text)));
    }
}
