/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/tell.h"

#include <string.h>

#define INDENT "      "

static void tell_decisions(const struct ex_turn *turn, struct buf *out)
{
    char text[256];
    for (uint32_t i = 0; i < turn->reasons_count; i++)
        buf_putf(out, INDENT "%s\n",
                 raft_describe_reason(&turn->reasons[i], NULL, text, sizeof(text)));
}

/* Messages of one kind that were sent together are one line. */
static void tell_sent(const struct ex_turn *turn, struct buf *out)
{
    for (uint32_t i = 0; i < turn->sent_count; i++) {
        uint32_t type = turn->sent[i].m.type, before = i;
        while (before > 0 && turn->sent[before - 1].m.type != type)
            before--;
        if (before > 0)
            continue;
        buf_putf(out, INDENT "sends %s to", raft_message_name(type));
        for (uint32_t k = i; k < turn->sent_count; k++) {
            if (turn->sent[k].m.type == type)
                buf_putf(out, " n%llu", (unsigned long long)turn->sent[k].m.to);
        }
        buf_putc(out, '\n');
    }
}

void ex_tell_turn(const struct ex_turn *turn, struct buf *out)
{
    tell_decisions(turn, out);
    tell_sent(turn, out);
    uint32_t late = turn->row.host.writes;
    if (late > 0)
        buf_putf(out, INDENT "not on its disk yet: %u write%s\n", late, late == 1 ? "" : "s");
}

struct telling {
    struct buf *out;
    const struct ex_path *path;
};

/* All servers after the step; where it broke a promise, the one it happened to as far as it came.
 */
static void tell_end(const struct ex_step *step, struct buf *out)
{
    const struct ex_row *rows[EX_SERVERS];
    const struct ex_cluster *c = step->after != NULL ? step->after : step->before;
    ex_cluster_rows(c, step->space, rows);
    if (step->after == NULL)
        rows[step->action.server] = &step->turn->row;
    buf_putc(out, '\n');
    ex_tell_servers(step->space, rows, out);
    ex_tell_history(step->space, c, out);
}

static void tell_step(void *arg, const struct ex_step *step)
{
    struct telling *t = arg;
    char text[400];
    buf_putf(t->out, "%4u  %s\n", step->number,
             ex_action_text(step->space, &step->action, text, sizeof(text)));
    ex_tell_turn(step->turn, t->out);
    if (step->number == t->path->count)
        tell_end(step, t->out);
}

void ex_tell_path(struct ex_expander *x, const struct ex_path *path, struct buf *out)
{
    struct telling t = {out, path};
    ex_walk(x, path, tell_step, &t);
}

void ex_tell_messages(const struct ex_space *space, const struct ex_cluster *c, struct buf *out)
{
    char text[256];
    buf_puts(out, c->count == 0 ? "nothing is on its way\n" : "on its way:\n");
    for (uint32_t i = 0; i < c->count; i++) {
        const struct ex_message *m = &ex_space_met(space, c->message[i])->message;
        buf_putf(out, "  %s\n", raft_describe_message(&m->m, NULL, text, sizeof(text)));
    }
}

void ex_tell_history(const struct ex_space *space, const struct ex_cluster *c, struct buf *out)
{
    const struct ex_ghost *g = &ex_space_history(space, c->ghost)->ghost;
    buf_puts(out, "leaders so far:");
    bool any = false;
    for (uint32_t term = 1; term <= EX_TERMS; term++) {
        if (g->leader[term] != 0)
            buf_putf(out, " n%u of term %u,", g->leader[term], term);
        any = any || g->leader[term] != 0;
    }
    buf_puts(out, any ? " committed so far: terms" : " none, committed so far: terms");
    for (uint32_t i = 0; i < g->committed; i++)
        buf_putf(out, " %u", g->entry[i].term);
    buf_puts(out, g->committed == 0 ? " none\n" : "\n");
}
