/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A member's word counts from one disk: a directory that was emptied has forgotten what the one
 * before it promised, whatever name it comes back under.
 *
 * A configuration binds a member to a disk. Before one does, everybody keeps to the first disk that
 * the member came with, or that was counted by anybody, and until the member is none any more. */
#include "emulator/check/registry.h"

#include <string.h>

struct bond {
    uint64_t disk;  /* 0 = none */
    uint64_t index; /* of the configuration that says so; 0: none does */
    struct event_ref ref;
};

struct grant {
    uint64_t disk;
    struct event_ref ref;
};

/* A node as the one who counts. */
struct counter {
    uint64_t disk; /* its own: another one remembers nothing */
    struct bond of[TRACE_NODES_MAX];
    uint64_t term; /* of the votes given to it */
    nodeset granted;
    struct grant grants[TRACE_NODES_MAX];
};

struct state {
    struct counter nodes[TRACE_NODES_MAX];
    struct bond of[TRACE_NODES_MAX]; /* as it is known anywhere: one who never met a member may not
                                        take another disk for it either */
};

/* What binds the peer, as far as this one can know; else what anybody knows. */
static const struct bond *bond_of(const struct state *s, const struct counter *c, int peer)
{
    return c->of[peer].index > 0 || s->of[peer].disk == 0 ? &c->of[peer] : &s->of[peer];
}

static bool keeps_to(const struct state *s, const struct counter *c, int peer, uint64_t disk)
{
    const struct bond *b = bond_of(s, c, peer);
    return b->disk == 0 || b->disk == disk;
}

static void meet(struct state *s, struct counter *c, int peer, uint64_t disk, struct event_ref ref)
{
    if (c->of[peer].disk == 0)
        c->of[peer] = (struct bond){.disk = disk, .ref = ref};
    if (s->of[peer].disk == 0)
        s->of[peer] = (struct bond){.disk = disk, .ref = ref};
}

static void strange(const struct check_input *in, const struct trace_record *rec, const char *what,
                    int peer, const struct bond *b, uint64_t disk, struct event_ref ref,
                    struct check_result *res)
{
    const char *node = trace_names_text(in->names, rec->node);
    const char *name = trace_names_text(in->names, peer);
    if (!result_violate(res, "%s counted %s of %s from a disk that it is not bound to", node, what,
                        name))
        return;
    result_event(res, in->names, b->ref, "%s %s disk %016llx", name,
                 b->index == 0 ? "counted from" : "bound to", (unsigned long long)b->disk);
    result_event(res, in->names, ref, "%s of %s from disk %016llx", what, name,
                 (unsigned long long)disk);
    result_paragraph(res,
                     "%s is one member with one disk: what it promised is on disk %016llx. %s "
                     "counted %s from disk %016llx, another one under the same name, that knows "
                     "nothing of those promises: a quorum of such words is none.",
                     name, (unsigned long long)b->disk, node, what, (unsigned long long)disk);
}

static void on_progress(struct state *s, struct counter *c, const struct check_input *in,
                        const struct trace_record *rec, struct check_result *res)
{
    if (rec->peer < 0 || !trace_has(rec, TRACE_HAS_peer_disk))
        return;
    res->seen++;
    if (keeps_to(s, c, rec->peer, rec->peer_disk))
        meet(s, c, rec->peer, rec->peer_disk, event_ref_of(rec));
    else
        strange(in, rec, "an acknowledgement", rec->peer, bond_of(s, c, rec->peer), rec->peer_disk,
                event_ref_of(rec), res);
}

/* Who is no member any more may come back with another disk. */
static void on_config(struct state *s, struct counter *c, const struct trace_record *rec)
{
    nodeset members = view_members_told(rec);
    for (int i = 0; i < TRACE_NODES_MAX; i++) {
        if ((members >> i & 1) == 0)
            c->of[i] = s->of[i] = (struct bond){0};
    }
}

static void on_bound(struct state *s, struct counter *c, const struct trace_record *rec)
{
    struct bond now = {rec->peer_disk, rec->index, event_ref_of(rec)};
    if (rec->peer < 0 || (rec->index == 0 && c->of[rec->peer].index > 0))
        return;
    c->of[rec->peer] = now;
    if (rec->index > 0 && rec->index >= s->of[rec->peer].index)
        s->of[rec->peer] = now;
}

/* Forgets what configurations at and after from say. */
static void bonds_cut(struct bond of[TRACE_NODES_MAX], uint64_t from)
{
    for (int i = 0; i < TRACE_NODES_MAX; i++) {
        if (of[i].index != 0 && of[i].index >= from)
            of[i] = (struct bond){0};
    }
}

static void on_granted(struct state *s, const struct trace_record *rec)
{
    if (rec->candidate < 0 || rec->pre || rec->disk == 0)
        return;
    struct counter *c = &s->nodes[rec->candidate];
    if (rec->for_term > c->term) {
        c->term = rec->for_term;
        c->granted = 0;
    }
    if (rec->for_term != c->term)
        return;
    c->granted |= NODE_BIT(rec->node);
    c->grants[rec->node] = (struct grant){rec->disk, event_ref_of(rec)};
}

/* Votes from strange disks may have been given; the election must not need them. Its own is one. */
static void on_elected(struct state *s, struct counter *c, const struct check_input *in,
                       const struct trace_record *rec, struct check_result *res)
{
    const struct view_config *config = view_config_latest(&in->view->nodes[rec->node]);
    nodeset good = 0;
    int odd = -1;
    if (config == NULL || c->term != rec->term)
        return;
    c->granted |= NODE_BIT(rec->node);
    c->grants[rec->node] = (struct grant){rec->disk, event_ref_of(rec)};
    for (int i = 0; i < TRACE_NODES_MAX; i++) {
        if ((c->granted >> i & 1) == 0)
            continue;
        bool bound = keeps_to(s, c, i, c->grants[i].disk);
        good |= bound ? NODE_BIT(i) : 0;
        odd = bound ? odd : i;
    }
    res->seen++;
    if (odd >= 0 && !view_is_quorum(config, good) && view_is_quorum(config, c->granted)) {
        strange(in, rec, "a vote", odd, bond_of(s, c, odd), c->grants[odd].disk, c->grants[odd].ref,
                res);
        return;
    }
    for (nodeset left = good; left != 0; left &= left - 1) {
        int i = nodeset_first(left);
        meet(s, c, i, c->grants[i].disk, c->grants[i].ref);
    }
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    struct counter *c = &s->nodes[rec->node];
    if (c->disk != rec->disk) { /* votes may have been told before the candidate's first event */
        c->disk = rec->disk;
        memset(c->of, 0, sizeof(c->of));
    }
    switch ((int)rec->ev) {
    case TRACE_bound: on_bound(s, c, rec); break;
    case TRACE_configAppended: on_config(s, c, rec); break;
    case TRACE_snapshotInstalled: /* it holds configurations that were not told */
        memset(c->of, 0, sizeof(c->of));
        break;
    case TRACE_truncated:
        bonds_cut(c->of, rec->from);
        bonds_cut(s->of, rec->from);
        break;
    case TRACE_progress: on_progress(s, c, in, rec, res); break;
    case TRACE_voteGranted: on_granted(s, rec); break;
    case TRACE_becameLeader: on_elected(s, c, in, rec, res); break;
    default: break;
    }
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "votes and acknowledgements counted");
}

const struct checker check_identity_bound = {
    .name = "identityBound",
    .property = "No vote and no acknowledgement counts from a disk that the member is not bound "
                "to.",
    .source = "thesis 3.8",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(bound) | CHECKER_ON(configAppended) | CHECKER_ON(truncated) |
              CHECKER_ON(snapshotInstalled) | CHECKER_ON(progress) | CHECKER_ON(voteGranted) |
              CHECKER_ON(becameLeader),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
