/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What clients are to ask, in `clients` and in the steps about them. */
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/walk.h"

#include <string.h>

/* A write that is sent again without a session may be executed twice. */
static void check_retry(struct lint *l)
{
    const struct scenario_clients *c = &l->s->clients;
    uint64_t writes = 0;
    if (!c->retry || c->sessions)
        return;
    for (int op = 0; op < OPS_COUNT; op++)
        writes += vocab_model_looks(c->model, (enum op_id)op) ? 0 : c->mix.weight[op];
    if (writes > 0)
        lint_say(l, DIAG_ERROR, lint_at(l, "clients", "retry"), true, "add \"sessions\":true",
                 "a write that is sent again without a session may be executed twice");
}

/* at: the mix, or what stands in for it. */
static void check_mix(struct lint *l, const struct scenario_mix *mix, const struct json *at)
{
    const char *model = l->s->clients.model;
    for (int op = 0; op < OPS_COUNT; op++) {
        const char *name = vocab_op_name((enum op_id)op);
        const struct json *word = json_get(at, name);
        if (mix->weight[op] > 0 && !vocab_model_has(model, (enum op_id)op))
            lint_say(l, DIAG_ERROR, word != NULL ? word : at, true, NULL,
                     "the clients' model \"%s\" has no %s", model, name);
    }
    if (strcmp(model, "kv") == 0 && mix->weight[OP_append] > 0 &&
        mix->weight[OP_write] + mix->weight[OP_delete] == 0)
        lint_say(l, DIAG_ERROR, at, true, "add a write or a delete, or take the model \"append\"",
                 "values that are appended to only grow without end");
}

/* What no model's clients could ask; lint_ask.c has a word of its own for an empty key. */
static void check_words(struct lint *l, const struct scenario_step *step, enum op_id op)
{
    static const char rule[] = "1 to %d printable characters, and no blank, quote%s among them";
    bool whole = op == OP_write || op == OP_cas, none = op == OP_read || op == OP_delete;
    const char *key = scenario_arg_text(&step->args, PARAM_key, NULL);
    const char *value = scenario_arg_text(&step->args, PARAM_value, NULL);
    const struct json *object = lint_step(l, step);
    if (key != NULL && key[0] != '\0' && !vocab_is_word(key, VOCAB_KEY_MAX))
        lint_say(l, DIAG_ERROR, json_get(object, "key"), false, NULL, rule, VOCAB_KEY_MAX - 1,
                 " or backslash");
    if (value != NULL && none)
        lint_say(l, DIAG_ERROR, json_get(object, "value"), true, NULL, "a %s writes none",
                 vocab_op_name(op));
    else if (value != NULL && !vocab_is_value(value, whole))
        lint_say(l, DIAG_ERROR, json_get(object, "value"), false, NULL, rule, VOCAB_VALUE_MAX - 1,
                 whole ? ", backslash or dot" : ", backslash, dot or comma");
}

static void look(const struct scenario_step *step, void *arg)
{
    struct lint *l = arg;
    const char *model = l->s->clients.model;
    const struct scenario_value *mix = scenario_arg(&step->args, PARAM_mix);
    const char *kind = scenario_arg_text(&step->args, PARAM_kind, NULL);
    const struct json *object = lint_step(l, step);
    if (mix != NULL)
        check_mix(l, &mix->mix, json_get(object, "mix"));
    if (step->action != ACTION_client_op || kind == NULL)
        return;
    bool barrier = strcmp(kind, "barrier") == 0;
    enum op_id op = barrier ? OP_read : (enum op_id)vocab_find_op(kind);
    if (!vocab_model_has(model, op) || (barrier && !vocab_model_looks(model, op)))
        lint_say(l, DIAG_ERROR, json_get(object, "kind"), true, NULL,
                 "the clients' model \"%s\" has no %s", model, kind);
    check_words(l, step, op);
}

void lint_load(struct lint *l)
{
    if (l->s->clients.model == NULL)
        return;
    check_retry(l);
    check_mix(l, &l->s->clients.mix, lint_at(l, "clients", "mix"));
    scenario_each_step(l->s, look, l);
}
