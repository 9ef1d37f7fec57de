/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Letting the run go on: event by event, until something, to its end. */
#include "base/span.h"
#include "base/units.h"
#include "emulator/step/inside.h"

#include <stdio.h>
#include <string.h>

/* What does not happen within that much virtual time is not waited for any longer. */
#define UNTIL_NS (120 * NS_PER_S)
#define NEXT_MAX 100000

/* ---- one event ---- */

void go_words(const struct step *s, enum sim_event_kind kind, unsigned who,
              const struct sim_packet *p, char *ret_who, struct buf *out)
{
    if (p != NULL)
        who = kind == SIM_RESEND ? p->from : p->to;
    if (kind == SIM_CLIENT)
        (void)snprintf(ret_who, 16, "c%u", who + 1);
    else
        (void)narrate_endpoint(who, s->nodes, ret_who);
    buf_puts(out, sim_event_text(kind));
    if (p != NULL)
        narrate_packet(p, s->nodes, out);
}

void go_event(struct step *s, uint64_t t_ns, const struct sim_event *event)
{
    bool packet = event->kind == SIM_PACKET || event->kind == SIM_READ || event->kind == SIM_RESEND;
    char who[16];
    if (event->kind == SIM_TURN || !sim_counts(s->sim, event))
        return;
    s->shown++;
    buf_reset(&s->text);
    go_words(s, event->kind, event->who, packet ? event->what : NULL, who, &s->text);
    narrator_line(s->narrator, t_ns, who, buf_str(&s->text));
    if (event->kind == SIM_PACKET)
        narrator_told(s->narrator, event->what);
}

/* A node's turn ends in the instant of what it was about: what it sends belongs to it. */
static void finish_turns(struct step *s)
{
    struct sim_pending first;
    while (s->sim != NULL && sim_pending(s->sim, &first, 1) > 0 && first.in_ns == 0 &&
           first.kind == SIM_TURN && step_move(s))
        continue;
}

int go_next(struct step *s, const struct words *w, struct err *e)
{
    uint64_t count = 1;
    int code = w->count > 1 ? step_number(w->at[1], "next", &count, e) : 0;
    if (code == 0 && (count == 0 || count > NEXT_MAX))
        code = err_set(e, -E_INVALID, "next: between 1 and %d events", NEXT_MAX);
    if (code < 0)
        return code;
    bool more = true;
    s->shown = 0;
    s->showing = true;
    while (more && s->shown < count && !step_stopped(s))
        more = step_move(s);
    finish_turns(s);
    s->showing = false;
    return more ? 0 : step_stuck(s, e);
}

/* ---- until ---- */

/* "leader", "commit 5", "event truncated n2", or a wait of the scenario language as JSON. */
static int condition_json(const struct words *w, struct buf *out, struct err *e)
{
    const char *what = w->count > 1 ? w->at[1] : "";
    uint64_t n = 0;
    int code = 0;
    if (what[0] == '{') {
        buf_putf(out, "{\"wait\": %s, \"within\": \"1h\"}", w->rest);
    } else if (strcmp(what, "leader") == 0 || strcmp(what, "noLeader") == 0) {
        buf_putf(out, "{\"wait\": {\"%s\": {}}, \"within\": \"1h\"}", what);
    } else if ((strcmp(what, "commit") == 0 || strcmp(what, "term") == 0) && w->count > 2) {
        code = step_number(w->at[2], what, &n, e);
        buf_putf(out, "{\"wait\": {\"%s\": {\"atLeast\": %llu}}, \"within\": \"1h\"}", what,
                 (unsigned long long)n);
    } else if (strcmp(what, "event") == 0 && w->count > 2) {
        buf_putf(out, "{\"wait\": {\"event\": {\"type\": \"%s\"", w->at[2]);
        if (w->count > 3)
            buf_putf(out, ", \"who\": \"%s\"", w->at[3]);
        buf_puts(out, "}}, \"within\": \"1h\"}");
    } else {
        code = err_set(e, -E_INVALID,
                       "until leader | noLeader | commit N | term N | time T | time +T | "
                       "event EVENT [NODE] | {\"WAIT\": …}");
    }
    return code;
}

static int await(struct step *s, const struct words *w, struct err *e)
{
    struct buf json = {0};
    const struct scenario_step *step = NULL;
    const struct scenario_branch *branch = NULL;
    int code = condition_json(w, &json, e);
    if (code == 0)
        code = step_parse(s, buf_str(&json), &step, &branch, e);
    buf_free(&json);
    if (code == 0 && step->wait == NULL)
        code = err_set(e, -E_INVALID, "this is nothing to wait for");
    return code < 0 ? code : runner_await(sim_runner(s->sim), step->wait, e);
}

static int until_condition(struct step *s, const struct words *w, struct err *e)
{
    int code = await(s, w, e);
    if (code < 0)
        return code;
    uint64_t end = sim_time(s->sim) + UNTIL_NS;
    bool more = true, holds = runner_awaited(sim_runner(s->sim));
    if (holds)
        step_print(s, "it is so already");
    while (!holds && more && !step_stopped(s) && sim_time(s->sim) < end) {
        more = step_move(s);
        holds = s->sim != NULL && runner_awaited(sim_runner(s->sim));
        more = more && s->sim != NULL;
    }
    if (s->sim == NULL)
        return 0; /* what was waited for was freed with the run */
    runner_await_end(sim_runner(s->sim));
    if (!more)
        return step_stuck(s, e);
    if (!holds && !step_stopped(s))
        step_print(s, "it did not happen within %llu s", (unsigned long long)(UNTIL_NS / NS_PER_S));
    return 0;
}

static int until_time(struct step *s, const struct words *w, struct err *e)
{
    const char *word = w->count > 2 ? w->at[2] : "";
    bool relative = word[0] == '+';
    uint64_t t = 0;
    bool more = true;
    if (units_duration(word + relative, &t) < 0)
        return err_set(e, -E_INVALID, "until time: \"%.40s\" is no time: 3s, 250ms, +10ms", word);
    t += relative ? sim_time(s->sim) : 0;
    if (t <= sim_time(s->sim))
        return err_set(e, -E_INVALID, "until time: it is later already");
    if (t - sim_time(s->sim) > 60 * UNTIL_NS)
        return err_set(e, -E_LIMIT, "until time: at most two hours at once");
    while (more && s->sim != NULL && sim_time(s->sim) < t && !step_stopped(s))
        more = step_move(s);
    return more ? 0 : step_stuck(s, e);
}

int go_until(struct step *s, const struct words *w, struct err *e)
{
    if (w->count > 1 && strcmp(w->at[1], "time") == 0)
        return until_time(s, w, e);
    return until_condition(s, w, e);
}

int go_run(struct step *s, const struct words *w, struct err *e)
{
    (void)w;
    (void)e;
    if (sim_open_to_steps(s->sim)) {
        sim_stay(s->sim, false);
        step_deed(s, "end", false);
    }
    s->ending = sim_stopped(s->sim);
    while (!step_stopped(s) && step_move(s))
        continue;
    s->ending = false;
    return 0;
}

/* ---- a client's question ---- */

/* The scenario's clients own their keys: what others write there would be a lie in their history.
 */
static bool owned(const struct step *s, const char *key)
{
    uint64_t n;
    return s->scenario->clients.count > 0 && key[0] == 'k' && span_to_u64(span_str(key + 1), &n);
}

static int whom(const struct step *s, struct err *e)
{
    if (sim_observer(s->sim)->leader >= 0)
        return sim_observer(s->sim)->leader;
    for (unsigned i = 0; i < s->nodes; i++) {
        struct sim_node_view v = sim_node_view(s->sim, i);
        if (v.node != NULL && !v.paused)
            return (int)i;
    }
    return err_set(e, -E_BUSY, "no node runs that could be asked");
}

static void await_answer(struct step *s, unsigned node, uint64_t ticket)
{
    char text[WORLD_TEXT_MAX];
    const struct world *world = sim_hands(s->sim);
    enum world_reply reply = world->admin_reply(world->arg, ticket, text);
    while (reply == WORLD_PENDING && !step_stopped(s) && step_move(s))
        reply = world->admin_reply(world->arg, ticket, text);
    if (s->sim == NULL)
        return;
    static const char *const outcomes[] = {[WORLD_PENDING] = "has not answered",
                                           [WORLD_OK] = "answers",
                                           [WORLD_REFUSED] = "refuses",
                                           [WORLD_LOST] = "is lost, nobody knows what it did"};
    step_print(s, "n%u %s%s%s", node + 1, outcomes[reply], text[0] == '\0' ? "" : ": ", text);
}

int go_ask(struct step *s, const struct words *w, struct err *e)
{
    bool writes = strcmp(w->at[0], "write") == 0;
    const struct span set[] = {span_str("SET"), span_str(w->at[1]),
                               span_str(writes ? w->at[2] : "")};
    const struct span get[] = {span_str("GET"), span_str(w->at[1])};
    const struct world *world = sim_hands(s->sim);
    uint64_t ticket;
    if (writes && owned(s, w->at[1]))
        return err_set(e, -E_INVALID, "%s is a key of the scenario's clients: take another one",
                       w->at[1]);
    int node = whom(s, e);
    if (node < 0)
        return node;
    int code =
        world->admin(world->arg, (unsigned)node, writes ? set : get, writes ? 3 : 2, &ticket, e);
    if (code < 0)
        return code;
    /* Its answer can be read until the next question; to let go of it now is the same for whoever
     * does it again and does not wait. */
    world->admin_done(world->arg, ticket);
    sim_stay(s->sim, true);
    s->unsayable++;
    step_deed(s, w->whole, false);
    if (!s->again)
        await_answer(s, (unsigned)node, ticket);
    return 0;
}
