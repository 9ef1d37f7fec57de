/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking: the nodes in a table, a log, what is to happen, and why a node did what it did. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/step/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_SHOWN 60

static const char *name_of(const struct step *s, raft_id id, char out[16])
{
    for (unsigned i = 0; i < s->nodes; i++) {
        if (node_id_of_name(narrate_endpoint(i, s->nodes, out)) == id)
            return out;
    }
    return id == 0 ? "-" : "?";
}

/* ---- the nodes ---- */

static const struct raft_member *member_of(const struct raft_config *c, raft_id id)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->members[i].id == id)
            return &c->members[i];
    }
    return NULL;
}

/* "n1 n2 n3", "+n4" a learner, "n4(old)" one that only the old configuration counts. */
static void put_members(const struct step *s, const struct raft *r, struct buf *out)
{
    uint64_t index;
    const struct raft_config *c = raft_config(r, &index);
    char name[16];
    const char *gap = "";
    for (unsigned i = 0; i < s->nodes; i++) {
        const struct raft_member *m =
            member_of(c, node_id_of_name(narrate_endpoint(i, s->nodes, name)));
        if (m == NULL)
            continue;
        bool now = (m->flags & RAFT_VOTER) != 0, old = (m->flags & RAFT_VOTER_OLD) != 0;
        buf_putf(out, "%s%s%s", gap, now || old ? "" : "+", name);
        gap = " ";
        if (old && !now)
            buf_puts(out, "(old)");
    }
    buf_putf(out, ", entry %llu%s", (unsigned long long)index,
             index > raft_commit(r) ? " not committed" : "");
}

static void put_node(struct step *s, unsigned i)
{
    struct sim_node_view v = sim_node_view(s->sim, i);
    const struct raft *r = v.node == NULL ? NULL : node_raft(v.node);
    char self[16], vote[16], leader[16], timer[32] = "-";
    (void)narrate_endpoint(i, s->nodes, self);
    if (r == NULL) {
        step_print(s, "%-4s %s", self,
                   !v.runs          ? "does not run"
                   : v.node == NULL ? "looks for its cluster, or begins"
                                    : "reads its disk");
        return;
    }
    if (v.timer_ns != UINT64_MAX)
        (void)snprintf(timer, sizeof(timer), "%.1f ms", (double)v.timer_ns / 1e6);
    struct raft_pos last = raft_last(r);
    buf_reset(&s->text);
    put_members(s, r, &s->text);
    step_print(s, "%-4s %-13s %5llu %-5s %5llu,%-6llu %7llu %6llu %7llu  %-6s %9s  %s%s", self,
               raft_role_name(raft_role(r)), (unsigned long long)raft_term(r),
               name_of(s, raft_vote(r), vote), (unsigned long long)last.term,
               (unsigned long long)last.index, (unsigned long long)raft_durable(r),
               (unsigned long long)raft_commit(r), (unsigned long long)node_applied(v.node),
               name_of(s, raft_leader(r), leader), timer, buf_str(&s->text),
               v.paused ? "; stands still" : "");
}

int show_state(struct step *s, const struct words *w, struct err *e)
{
    (void)w;
    (void)e;
    step_print(s, "     %-13s %5s %-5s %12s %7s %6s %7s  %-6s %9s  %s", "role", "term", "vote",
               "last of log", "durable", "commit", "applied", "leader", "timer in", "members");
    for (unsigned i = 0; i < s->nodes; i++)
        put_node(s, i);
    return 0;
}

/* ---- one node ---- */

static int raft_of(const struct step *s, const struct words *w, const struct raft **ret,
                   struct err *e)
{
    int node = step_node(s, w->at[1], e);
    if (node < 0)
        return node;
    struct sim_node_view v = sim_node_view(s->sim, (unsigned)node);
    *ret = v.node == NULL ? NULL : node_raft(v.node);
    return *ret != NULL ? 0
                        : err_set(e, -E_BUSY, "%s has no log to show: it does not run", w->at[1]);
}

int show_log(struct step *s, const struct words *w, struct err *e)
{
    const struct raft *r;
    int code = raft_of(s, w, &r, e);
    if (code < 0)
        return code;
    struct raft_pos base = raft_base(r), last = raft_last(r);
    if (base.index > 0)
        step_print(s, "%llu and what is before it: in the image at %llu",
                   (unsigned long long)base.index, (unsigned long long)raft_image(r).pos.index);
    for (uint64_t from = base.index + 1, to; from <= last.index; from = to + 1) {
        uint64_t term = raft_term_at(r, from);
        for (to = from; to < last.index && raft_term_at(r, to + 1) == term; to++)
            continue;
        step_print(s, "%llu..%llu of term %llu", (unsigned long long)from, (unsigned long long)to,
                   (unsigned long long)term);
    }
    step_print(s, "durable up to %llu, known to be committed up to %llu",
               (unsigned long long)raft_durable(r), (unsigned long long)raft_commit(r));
    return 0;
}

int show_why(struct step *s, const struct words *w, struct err *e)
{
    struct buf text = {0};
    int node = step_node(s, w->at[1], e);
    if (node < 0)
        return node;
    narrator_why(s->narrator, (unsigned)node, &text);
    if (text.len == 0)
        step_print(s, "%s has decided nothing yet", w->at[1]);
    for (const char *line = buf_str(&text); *line != '\0';) {
        size_t len = strcspn(line, "\n");
        step_print(s, "%.*s", (int)len, line);
        line += len + (line[len] == '\n');
    }
    buf_free(&text);
    return 0;
}

/* ---- what is to happen ---- */

int show_queue(struct step *s, const struct words *w, struct err *e)
{
    struct sim_pending list[QUEUE_SHOWN];
    (void)w;
    (void)e;
    size_t count = sim_pending(s->sim, list, QUEUE_SHOWN);
    for (size_t i = 0; i < count && i < QUEUE_SHOWN; i++) {
        const struct sim_pending *p = &list[i];
        char who[16], number[24] = "";
        if (p->kind == SIM_PACKET)
            (void)snprintf(number, sizeof(number), "%llu", (unsigned long long)p->number);
        buf_reset(&s->text);
        go_words(s, p->kind, p->who, p->packet, who, &s->text);
        step_print(s, "%8s  in %10.4f ms  %-4s %s", number, (double)p->in_ns / 1e6, who,
                   buf_str(&s->text));
    }
    if (count > QUEUE_SHOWN)
        step_print(s, "and %zu more", count - QUEUE_SHOWN);
    if (count == 0)
        step_print(s, "nothing");
    return 0;
}
