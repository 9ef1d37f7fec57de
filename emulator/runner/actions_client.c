/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps about single clients: what they ask, whom they talk to, who cannot be reached. */
#include "base/units.h"
#include "emulator/runner/runner_private.h"

#include <stdio.h>
#include <string.h>

/* Between two looks at an operation that has not returned. */
#define LOOK_NS (10 * NS_PER_MS)

uint64_t actions_client(void)
{
    return 1ull << CAP_clientOp | 1ull << CAP_clientPin | 1ull << CAP_clientSession |
           1ull << CAP_clientCut;
}

static int clients_of(struct runner *r, const struct scenario_step *step, struct targets *ret,
                      struct err *e)
{
    const struct selectors *who = scenario_arg_who(&step->args, PARAM_client);
    struct targets taken = {0};
    *ret = (struct targets){0};
    if (who == NULL && r->s->clients.count > 0)
        ret->clients = 1;
    int code = who == NULL ? 0 : runner_targets(r, who, &taken, ret, e);
    if (code == 0 && (ret->nodes != 0 || ret->clients == 0))
        return err_set(e, -E_NOTFOUND, "client: %s",
                       ret->nodes != 0 ? "these are nodes: \"client(0)\" or \"clients\" is meant"
                                       : "the scenario has none");
    return code;
}

/* One node; the parser lets nothing else through but a selector that may find nobody. */
static int node_of(struct runner *r, const struct scenario_step *step, enum param_id id, int *ret,
                   struct err *e)
{
    const struct selectors *who = scenario_arg_who(&step->args, id);
    struct targets taken = {0}, targets = {0};
    *ret = -1;
    if (who == NULL)
        return 0;
    int code = runner_targets(r, who, &taken, &targets, e);
    if (code == 0 && nodeset_count(targets.nodes) != 1)
        return err_set(e, -E_NOTFOUND, "%s: one node, not %u", vocab_param_name(id),
                       nodeset_count(targets.nodes));
    if (code == 0)
        *ret = nodeset_first(targets.nodes);
    return code;
}

/* ---- one operation ---- */

static unsigned mode_of(const struct runner *r, const struct scenario_step *step)
{
    const char *name = scenario_arg_text(&step->args, PARAM_readMode, NULL);
    return name == NULL ? r->s->clients.read_mode : vocab_choice(READ_MODES, name);
}

/* A client that is at another step's operation does that first. */
static int ask(struct runner *r, struct task *t, struct err *e)
{
    int code = r->w.client_ask(r->w.arg, &t->operation.what, e);
    t->operation.asked = code == 0;
    r->deeds += code == 0;
    t->operation.on = code == 0 || code == -E_BUSY;
    return t->operation.on ? 0 : code;
}

static int begin_operation(struct runner *r, struct task *t, const struct scenario_step *step,
                           nodeset *ret_nodes, struct err *e)
{
    const char *kind = scenario_arg_text(&step->args, PARAM_kind, "");
    struct targets who;
    bool barrier = strcmp(kind, "barrier") == 0; /* whose answer nobody wants to know */
    int op = vocab_find_op(barrier ? "read" : kind), via;
    if (op < 0)
        return err_set(e, -E_UNSUPPORTED, "kind: %s: the store has no such command", kind);
    int code = clients_of(r, step, &who, e);
    if (code == 0 && (who.clients & (who.clients - 1)) != 0)
        return err_set(e, -E_INVALID, "client: one of them asks, not several");
    if (code == 0)
        code = node_of(r, step, PARAM_via, &via, e);
    if (code < 0)
        return code;
    const struct world_operation operation = {
        .client = (unsigned)__builtin_ctzll(who.clients),
        .kind = (unsigned)op,
        .mode = barrier ? READ_index : mode_of(r, step),
        .via = via,
        .key = scenario_arg_text(&step->args, PARAM_key, NULL),
        .value = scenario_arg_text(&step->args, PARAM_value, NULL)};
    t->operation = (struct client_task){.what = operation};
    *ret_nodes = via < 0 ? 0 : NODE_BIT(via);
    return ask(r, t, e);
}

static bool is_unsent(enum world_reply reply, const char *text)
{
    return reply == WORLD_REFUSED && strcmp(text, "NOTSENT") == 0;
}

static bool as_expected(const char *expect, enum world_reply reply, const char *text)
{
    if (strcmp(expect, "ok") == 0)
        return reply == WORLD_OK;
    if (strcmp(expect, "timeout") == 0)
        return reply == WORLD_LOST || is_unsent(reply, text);
    if (strcmp(expect, "notLeader") == 0)
        return reply == WORLD_REFUSED &&
               (strcmp(text, "NOTLEADER") == 0 || strcmp(text, "NOLEADER") == 0 ||
                strcmp(text, "NOTMEMBER") == 0);
    return reply == WORLD_REFUSED;
}

/* A client that cannot send anything knows that nothing was done. */
static void outcome(const struct task *t, enum world_reply reply, const char *text, char out[128])
{
    static const char *const said[] = {[WORLD_PENDING] = "",
                                       [WORLD_OK] = "was answered",
                                       [WORLD_REFUSED] = "was refused",
                                       [WORLD_LOST] = "got no answer"};
    int via = t->operation.what.via;
    if (!is_unsent(reply, text))
        (void)snprintf(out, 128, "%s%s%.100s", said[reply], text[0] == '\0' ? "" : ": ", text);
    else if (via >= 0)
        (void)snprintf(out, 128, "was not sent: no connection to n%d", via + 1);
    else
        (void)snprintf(out, 128, "was not sent: no connection to any node");
}

bool operation_advance(struct runner *r, struct task *t, const struct scenario_step *step,
                       uint64_t *wake, struct err *e, int *ret_code)
{
    char text[WORLD_TEXT_MAX], said[128];
    unsigned client = t->operation.what.client;
    if (!t->operation.asked && (*ret_code = ask(r, t, e)) < 0)
        return true;
    enum world_reply reply =
        t->operation.asked ? r->w.client_reply(r->w.arg, client, text) : WORLD_PENDING;
    const char *expect = scenario_arg_text(&step->args, PARAM_expect, NULL);
    uint64_t look = runner_now(r) + LOOK_NS;
    if (reply == WORLD_PENDING) {
        *wake = look < *wake ? look : *wake;
        return false;
    }
    t->operation.on = false;
    outcome(t, reply, text, said);
    runner_say(r, "client(%u): its %s %s", client, scenario_arg_text(&step->args, PARAM_kind, ""),
               said);
    if (expect != NULL && !as_expected(expect, reply, text))
        *ret_code = err_set(e, -E_MISMATCH, "expected %s, but it %s", expect, said);
    return true;
}

/* ---- whom they talk to ---- */

static int pin(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
               struct err *e)
{
    struct targets who;
    int to;
    int code = clients_of(r, step, &who, e);
    if (code == 0)
        code = node_of(r, step, PARAM_to, &to, e);
    if (code < 0)
        return code;
    if (r->pins_count == RUNNER_PINS_MAX)
        return err_set(e, -E_LIMIT, "more than %d pins with an end at once", RUNNER_PINS_MAX);
    if (step->for_ns > 0)
        r->pins[r->pins_count++] =
            (struct pin){.clients = who.clients, .undo_ns = runner_now(r) + step->for_ns};
    r->pinned = true;
    r->w.client_pin(r->w.arg, who.clients, to);
    *ret_nodes = NODE_BIT(to);
    fault_moment(r, step, *ret_nodes);
    return 0;
}

void pins_undo(struct runner *r)
{
    size_t kept = 0, before = r->pins_count;
    for (size_t i = 0; i < before; i++) {
        if (r->pins[i].undo_ns > runner_now(r))
            r->pins[kept++] = r->pins[i];
        else
            r->w.client_pin(r->w.arg, r->pins[i].clients, -1);
    }
    r->pins_count = kept;
}

uint64_t pins_next_ns(const struct runner *r)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < r->pins_count; i++)
        next = r->pins[i].undo_ns < next ? r->pins[i].undo_ns : next;
    return next;
}

void pins_forget(struct runner *r)
{
    if (!r->pinned)
        return;
    r->pinned = false;
    r->pins_count = 0;
    r->w.client_pin(r->w.arg, UINT64_MAX, -1);
}

/* ---- who cannot be reached ---- */

static int cut(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
               struct err *e)
{
    const struct selectors *to = scenario_arg_who(&step->args, PARAM_to);
    struct targets who, taken = {0}, nodes = {.nodes = nodeset_below(r->o->nodes_count)};
    struct link_set set;
    int code = clients_of(r, step, &who, e);
    if (code == 0 && to != NULL)
        code = runner_targets(r, to, &taken, &nodes, e);
    if (code < 0)
        return code;
    links_with_clients(&r->links, who.clients, nodes.nodes, &set);
    link_set_add(&r->links.cut, &set);
    *ret_nodes = nodes.nodes;
    code = links_apply(&r->links, &r->w, e);
    return code < 0 ? code : fault_begin(r, step, FAULT_CUT, &set, nodes.nodes, e);
}

int action_client(struct runner *r, struct task *t, const struct scenario_step *step,
                  nodeset *ret_nodes, struct err *e)
{
    struct targets who;
    if (step->action == ACTION_client_op)
        return begin_operation(r, t, step, ret_nodes, e);
    if (step->action == ACTION_client_pin)
        return pin(r, step, ret_nodes, e);
    if (step->action == ACTION_client_cut)
        return cut(r, step, ret_nodes, e);
    ASSERT(step->action == ACTION_client_dropSession);
    if (!r->s->clients.sessions)
        return err_set(e, -E_INVALID, "the clients have no sessions: \"clients\" does not say so");
    int code = clients_of(r, step, &who, e);
    if (code == 0)
        r->w.client_drop_sessions(r->w.arg, who.clients);
    return code;
}
