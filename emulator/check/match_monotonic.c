/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a leader knows of a peer's log never goes back within one leadership and one life of the
 * peer. Who goes and comes back is a new member, of whom nothing is known. */
#include "emulator/check/registry.h"

#include <string.h>

struct progress {
    uint64_t match;
    uint64_t term;
    uint64_t inc;
    uint64_t peer_inc;
    uint64_t peer_disk;
    struct event_ref ref;
};

struct state {
    struct progress of[TRACE_NODES_MAX][TRACE_NODES_MAX]; /* [leader][peer] */
};

static void on_config(struct state *s, const struct check_input *in, const struct trace_record *rec)
{
    const struct view_config *former = view_config_latest(&in->view->nodes[rec->node]);
    nodeset changed = view_members_told(rec) ^ view_config_members(former);
    for (int i = 0; i < TRACE_NODES_MAX; i++) {
        if ((changed >> i & 1) != 0)
            memset(&s->of[rec->node][i], 0, sizeof(s->of[rec->node][i]));
    }
}

static void on_progress(struct state *s, const struct check_input *in,
                        const struct trace_record *rec, struct check_result *res)
{
    if (rec->peer < 0)
        return;
    const struct view_node *peer = &in->view->nodes[rec->peer];
    struct progress *p = &s->of[rec->node][rec->peer];
    /* An answer of a peer's last life may arrive after its next has begun: harmless, unless the
     * disk has lost meanwhile what that answer speaks of. */
    bool sound = (in->bad_disks >> rec->peer & 1) == 0;
    bool same = sound && p->term == rec->term && p->inc == rec->inc && p->peer_inc == peer->inc &&
                p->peer_disk == peer->disk;
    if (same)
        res->seen++;
    if (same && rec->match < p->match) {
        const char *node = trace_names_text(in->names, rec->node);
        const char *name = trace_names_text(in->names, rec->peer);
        if (result_violate(res, "%s lowered its match index of %s from %llu to %llu", node, name,
                           (unsigned long long)p->match, (unsigned long long)rec->match)) {
            result_event(res, in->names, p->ref, "%s matches up to %llu", name,
                         (unsigned long long)p->match);
            result_event(res, in->names, event_ref_of(rec), "%s matches up to %llu", name,
                         (unsigned long long)rec->match);
            result_paragraph(res,
                             "%s, leader of term %llu, knew that %s holds everything up to index "
                             "%llu and later lowered that to %llu, although %s had not restarted. "
                             "An old or reordered answer was taken for a new one.",
                             node, (unsigned long long)rec->term, name,
                             (unsigned long long)p->match, (unsigned long long)rec->match, name);
        }
    }
    *p = (struct progress){rec->match, rec->term,  rec->inc,
                           peer->inc,  peer->disk, event_ref_of(rec)};
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    if (rec->ev == TRACE_configAppended)
        on_config(state, in, rec);
    else
        on_progress(state, in, rec, res);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "match indexes");
}

const struct checker check_match_monotonic = {
    .name = "matchMonotonic",
    .property = "A peer's match index never falls within one leadership and one life of the peer.",
    .source = "thesis 3.5, figure 3.1; 10.2.2",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(progress) | CHECKER_ON(configAppended),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
