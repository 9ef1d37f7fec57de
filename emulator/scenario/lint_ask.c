/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to nodes that have no answer, and answers that no node gives. */
#include "emulator/scenario/config_keys.h"
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/parse_inside.h"
#include "emulator/scenario/refusals.h"
#include "emulator/scenario/walk.h"

#include <string.h>

static void check_refusal(struct lint *l, const struct scenario_args *args, const struct json *at)
{
    const char *word = scenario_arg_text(args, PARAM_error, NULL);
    char hint[96];
    size_t count;
    const char *const *names = refusals(&count);
    if (word != NULL && !refusal_is_known(word))
        lint_say(l, DIAG_ERROR, json_get(at, "error") != NULL ? json_get(at, "error") : at, false,
                 parse_nearest(word, names, count, hint),
                 "\"%.40s\": no refusal begins with that word", word);
}

/* What a running node refuses for certain is an error, unless the refusal is what is wanted. */
static void check_setting(struct lint *l, const struct scenario_step *step)
{
    const char *knob = scenario_arg_text(&step->args, PARAM_knob, "");
    const char *expect = scenario_arg_text(&step->args, PARAM_expect, "ok");
    const struct config_key *key = config_key_find(knob);
    const struct json *at = json_get(lint_step(l, step), "knob");
    struct buf hint = {0};
    if (strcmp(expect, "ok") != 0 || (key != NULL && key->at_run))
        return;
    for (size_t i = 0; config_key_at(i) != NULL; i++) {
        if (config_key_at(i)->at_run)
            buf_putf(&hint, "%s%s", hint.len > 0 ? ", " : "it can be ", config_key_at(i)->name);
    }
    lint_say(l, DIAG_ERROR, at, false, buf_str(&hint),
             key == NULL ? "raftd has no setting \"%.40s\""
                         : "\"%.40s\" is given at start: a running node refuses to change it",
             knob);
    buf_free(&hint);
}

static void check_client(struct lint *l, const struct scenario_step *step)
{
    const char *key = scenario_arg_text(&step->args, PARAM_key, NULL);
    const struct json *object = lint_step(l, step);
    if (l->s->clients.count == 0)
        lint_say(l, DIAG_ERROR, object, true, "add \"clients\":{\"count\":1,\"idle\":true}",
                 "nobody can do this: the scenario has no \"clients\"");
    if (key != NULL && key[0] == '\0')
        lint_say(l, DIAG_ERROR, json_get(object, "key"), false, "leave it out for k0",
                 "a key of no characters");
    if (step->action == ACTION_client_dropSession && l->s->clients.count > 0 &&
        !l->s->clients.sessions)
        lint_say(l, DIAG_ERROR, object, true, "\"sessions\":true in \"clients\"",
                 "the clients have no sessions");
}

static void look(const struct scenario_step *step, void *arg)
{
    struct lint *l = arg;
    check_refusal(l, &step->args, lint_step(l, step));
    if (step->action == ACTION_config_set)
        check_setting(l, step);
    if (step->action >= ACTION_client_op && step->action <= ACTION_client_cut)
        check_client(l, step);
}

void lint_questions(struct lint *l)
{
    const struct scenario_expect *rejected = scenario_expect_find(l->s, CHECKER_rejected);
    if (rejected != NULL)
        check_refusal(l, &rejected->args, lint_at(l, "expect", "rejected"));
    scenario_each_step(l->s, look, l);
}
