/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes on while nothing changes: counted, and told in one line. */
#include "base/units.h"
#include "emulator/narrate/inside.h"

#include <stdio.h>

/* Silence that is worth a word. */
#define QUIET_NS (100 * NS_PER_MS)

/* ---- what a node says again ---- */

enum again narrator_again_of(enum raft_reason_code code)
{
    switch ((int)code) {
    case RAFT_BECAUSE_TIMED_OUT: return AGAIN_PRE_VOTES;
    case RAFT_BECAUSE_PRE_VOTE_GRANTED:
    case RAFT_BECAUSE_PRE_VOTE_COUNTED:
    case RAFT_BECAUSE_HELD:
    case RAFT_BECAUSE_LEADER_KNOWN: return AGAIN_ANSWERS;
    case RAFT_BECAUSE_MISMATCH:
    case RAFT_BECAUSE_PROBE: return AGAIN_MISMATCHES;
    case RAFT_BECAUSE_READ_REFUSED: return AGAIN_READS;
    case RAFT_BECAUSE_OLD_TERM_UNCOMMITTED: return AGAIN_OLD_TERM;
    default: return AGAIN_KINDS;
    }
}

void narrator_fresh(struct narrator *n, unsigned node)
{
    n->said[node].count = 0;
}

bool narrator_again(struct narrator *n, unsigned node, const struct raft_reason *r)
{
    struct said *said = &n->said[node];
    enum again kind = narrator_again_of(r->code);
    if (kind == AGAIN_KINDS)
        return false;
    for (size_t i = 0; i < said->count; i++) {
        if (said->of[i].code == r->code && said->of[i].peer == r->peer) {
            n->quiet.again[kind]++;
            return true;
        }
    }
    if (said->count < ARRAY_LEN(said->of))
        said->of[said->count++] = (struct sentence){.code = r->code, .peer = r->peer};
    return false;
}

/* ---- the line ---- */

static void put_count(struct buf *out, const char **comma, const char *what, uint64_t count)
{
    if (count == 0)
        return;
    buf_putf(out, "%s %s (%llu)", *comma, what, (unsigned long long)count);
    *comma = ",";
}

static bool worth_a_line(const struct quiet *q)
{
    bool any = q->heartbeats > 0 || q->reads > 0 || q->commit > q->commit_told;
    for (size_t i = 0; i < AGAIN_KINDS; i++)
        any = any || q->again[i] > 0;
    return any;
}

void narrator_quiet(struct narrator *n, uint64_t t_ns)
{
    static const char *const words[AGAIN_KINDS] = {
        [AGAIN_PRE_VOTES] = "asked for pre-votes again",
        [AGAIN_ANSWERS] = "answers to them",
        [AGAIN_MISMATCHES] = "entries out of turn, sent again",
        [AGAIN_READS] = "reads refused again",
        [AGAIN_OLD_TERM] = "entries of an older term not committed"};
    struct quiet *q = &n->quiet;
    struct buf text = {0};
    const char *comma = "";
    if (t_ns < n->told_ns + QUIET_NS || !worth_a_line(q))
        return;
    /* The counts go back to the line of this kind before, whatever was told in between. */
    buf_putf(&text, "%.0f ms went by:", (double)(t_ns - q->since_ns) / 1e6);
    put_count(&text, &comma, "heartbeats", q->heartbeats);
    if (q->commit > q->commit_told) {
        buf_putf(&text, "%s commit %llu to %llu", comma, (unsigned long long)q->commit_told,
                 (unsigned long long)q->commit);
        comma = ",";
    }
    put_count(&text, &comma, "reads confirmed", q->reads);
    for (size_t i = 0; i < AGAIN_KINDS; i++)
        put_count(&text, &comma, words[i], q->again[i]);
    *q = (struct quiet){.since_ns = t_ns, .commit = q->commit, .commit_told = q->commit};
    narrator_put(n, t_ns, "", buf_str(&text));
    buf_free(&text);
}
