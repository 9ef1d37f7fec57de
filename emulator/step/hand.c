/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done to the run by hand. Everything that the scenario language has a step for becomes
 * one; the rest lays hands on single messages. */
#include "base/mem.h"
#include "emulator/step/inside.h"

#include <stdio.h>
#include <string.h>

/* Does one step now. What it begins may go on while events are taken. */
static int do_step(struct step *s, const char *json, struct err *e)
{
    const struct scenario_step *step = NULL;
    const struct scenario_branch *branch = NULL;
    uint64_t place = runner_place(sim_runner(s->sim));
    int code = step_parse(s, json, &step, &branch, e);
    if (code == 0)
        code = runner_do(sim_runner(s->sim), branch, e);
    if (code < 0)
        return code;
    s->touched = true;
    sim_stay(s->sim, true);
    sim_act(s->sim);
    code = runner_did(sim_runner(s->sim), e);
    s->watched = code > 0;
    if (code >= 0)
        record_act(s, json, place);
    return code < 0 ? code : 0;
}

/* {"ACTION": {"KEY": "nK"}}, of the one node named. */
static int do_to_node(struct step *s, const struct words *w, const char *action, const char *key,
                      struct err *e)
{
    char json[160];
    int node = step_node(s, w->at[1], e);
    if (node < 0)
        return node;
    (void)snprintf(json, sizeof(json), "{\"%s\": {\"%s\": \"n%d\"}}", action, key, node + 1);
    return do_step(s, json, e);
}

/* The view of the node named; negative: there is no such node. */
static int view_of(const struct step *s, const struct words *w, struct sim_node_view *ret,
                   struct err *e)
{
    int node = step_node(s, w->at[1], e);
    if (node >= 0)
        *ret = sim_node_view(s->sim, (unsigned)node);
    return node;
}

static int crash(struct step *s, const struct words *w, struct err *e)
{
    struct sim_node_view v;
    int node = view_of(s, w, &v, e);
    if (node < 0)
        return node;
    if (!v.runs)
        return err_set(e, -E_BUSY, "%s does not run", w->at[1]);
    return do_to_node(s, w, "proc.kill", "who", e);
}

static int restart(struct step *s, const struct words *w, struct err *e)
{
    struct sim_node_view v;
    int node = view_of(s, w, &v, e);
    if (node < 0)
        return node;
    return do_to_node(s, w, v.runs ? "proc.restart" : "proc.start", "who", e);
}

static int pause_it(struct step *s, const struct words *w, struct err *e)
{
    struct sim_node_view v;
    int node = view_of(s, w, &v, e);
    if (node < 0)
        return node;
    if (!v.runs || v.paused)
        return err_set(e, -E_BUSY, "%s %s", w->at[1],
                       v.paused ? "stands still already" : "does not run");
    return do_to_node(s, w, "proc.pause", "who", e);
}

static int resume(struct step *s, const struct words *w, struct err *e)
{
    struct sim_node_view v;
    int node = view_of(s, w, &v, e);
    if (node < 0)
        return node;
    if (!v.paused)
        return err_set(e, -E_BUSY, "%s does not stand still", w->at[1]);
    return do_to_node(s, w, "proc.resume", "who", e);
}

/* "n1,n2|n3", blanks anywhere. */
static int partition(struct step *s, const struct words *w, struct err *e)
{
    struct buf json = {0};
    bool open = false;
    buf_puts(&json, "{\"net.partition\": {\"groups\": [[");
    for (const char *c = w->rest; *c != '\0'; c++) {
        bool divides = *c == '|' || *c == ',' || *c == ' ';
        if (open && divides)
            buf_putc(&json, '"');
        if (*c == '|')
            buf_puts(&json, "], [");
        if (!divides && !open)
            buf_puts(&json, json.data[json.len - 1] == '[' ? "\"" : ", \"");
        if (!divides && *c != '"' && *c != '\\')
            buf_putc(&json, *c);
        open = !divides;
    }
    buf_puts(&json, open ? "\"]]}}" : "]]}}");
    int code = do_step(s, buf_str(&json), e);
    buf_free(&json);
    return code;
}

static int heal(struct step *s, const struct words *w, struct err *e)
{
    (void)w;
    /* Also where nothing is cut: it would say nothing then, and can be recorded all the same. */
    return do_step(s, "{\"net.heal\": {\"link\": \"all\"}, \"must\": false}", e);
}

static int transfer(struct step *s, const struct words *w, struct err *e)
{
    if (sim_observer(s->sim)->leader < 0)
        return err_set(e, -E_BUSY, "nobody leads: there is nothing to hand over");
    return do_to_node(s, w, "leader.transfer", "to", e);
}

/* Only its clock makes a timer fire early. */
static int timeout(struct step *s, const struct words *w, struct err *e)
{
    struct sim_node_view v;
    char json[160];
    int node = view_of(s, w, &v, e);
    if (node < 0)
        return node;
    if (v.node == NULL || v.paused || v.timer_ns == UINT64_MAX)
        return err_set(e, -E_BUSY, "%s has no timer now: it %s", w->at[1],
                       v.paused         ? "stands still"
                       : v.node == NULL ? "does not run"
                                        : "waits for others");
    (void)snprintf(json, sizeof(json), "{\"clock.jump\": {\"who\": \"n%d\", \"by\": \"%lluns\"}}",
                   node + 1, (unsigned long long)v.timer_ns);
    return do_step(s, json, e);
}

static int a_message(struct step *s, const struct words *w,
                     int (*what)(struct sim *, uint64_t, struct err *), struct err *e)
{
    uint64_t number;
    int code = step_number(w->at[1], "message", &number, e);
    if (code == 0)
        code = what(s->sim, number, e);
    if (code < 0)
        return code;
    sim_stay(s->sim, true);
    s->unsayable++;
    return 0;
}

static int drop(struct step *s, const struct words *w, struct err *e)
{
    return a_message(s, w, sim_packet_lose, e);
}

static int deliver(struct step *s, const struct words *w, struct err *e)
{
    return a_message(s, w, sim_packet_hurry, e);
}

static int any_step(struct step *s, const struct words *w, struct err *e)
{
    return do_step(s, w->rest, e);
}

static int stay(struct step *s, const struct words *w, struct err *e)
{
    (void)w;
    (void)e;
    sim_stay(s->sim, true);
    return 0;
}

static int end(struct step *s, const struct words *w, struct err *e)
{
    (void)w;
    (void)e;
    sim_stay(s->sim, false);
    return 0;
}

static const struct {
    const char *word;
    int (*run)(struct step *s, const struct words *w, struct err *e);
} hands[] = {{"crash", crash},       {"restart", restart},     {"pause", pause_it},
             {"resume", resume},     {"partition", partition}, {"heal", heal},
             {"transfer", transfer}, {"timeout", timeout},     {"drop", drop},
             {"deliver", deliver},   {"do", any_step},         {"stay", stay},
             {"end", end},           {"write", go_ask},        {"read", go_ask}};

bool hand_knows(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(hands); i++) {
        if (strcmp(hands[i].word, word) == 0)
            return true;
    }
    return false;
}

int hand_do(struct step *s, const struct words *w, struct err *e)
{
    int code = step_alive(s, e);
    if (code == 0 && sim_stopped(s->sim))
        code = step_stuck(s, e);
    if (code == 0 && !sim_open_to_steps(s->sim))
        code = err_set(e, -E_BUSY, "the run comes to its end: go back, or on with run");
    for (size_t i = 0; i < ARRAY_LEN(hands) && code == 0; i++) {
        if (strcmp(hands[i].word, w->at[0]) == 0)
            return hands[i].run(s, w, e);
    }
    return code;
}
