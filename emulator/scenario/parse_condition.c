/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is waited for. */
#include "base/mem.h"
#include "emulator/scenario/parse_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHILDREN_MAX 16 /* of any or all */

/* Names of the conditions that are spelled as a key. */
static size_t condition_names(const char *names[WAITS_COUNT + 1])
{
    size_t count = 0;
    for (int i = 0; i < WAITS_COUNT; i++) {
        if (i != WAIT_time && i != WAIT_trigger)
            names[count++] = vocab_wait((enum wait_id)i)->name;
    }
    return count;
}

const struct json *parse_condition_key(struct parse *p, const struct json *object,
                                       const char *beside)
{
    const char *names[WAITS_COUNT + 1];
    size_t count = condition_names(names), known = count;
    const struct json *found = NULL;
    if (beside != NULL)
        names[known++] = beside;
    if (!parse_type(p, object, JSON_OBJECT, "a condition, as {\"leader\":{\"stable\":\"1s\"}}") ||
        !parse_known_keys(p, object, names, known, "a condition"))
        return NULL;
    for (const struct json *v = object->child; v != NULL; v = v->next) {
        if (is_comment(v) || (beside != NULL && strcmp(v->key, beside) == 0))
            continue;
        if (found != NULL) {
            (void)parse_key_error(p, v, "put both into \"all\" or \"any\"",
                                  "one condition is enough: \"%s\" is here already", found->key);
            return NULL;
        }
        found = v;
    }
    if (found == NULL)
        (void)parse_error(p, object, NULL, "a condition is missing, as \"leader\" or \"commit\"");
    return found;
}

static bool parse_children(struct parse *p, const struct json *v, unsigned nesting,
                           struct scenario_condition *ret)
{
    bool ok = true;
    if (v->type != JSON_ARRAY || v->count == 0 || v->count > CHILDREN_MAX)
        return parse_error(p, v, NULL, "expected a list of 1..%d conditions", CHILDREN_MAX);
    if (nesting == SCENARIO_NEST_MAX)
        return parse_error(p, v, NULL, "conditions nested more than %d deep", SCENARIO_NEST_MAX);
    ret->children = mem_array(v->count, sizeof(*ret->children));
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        const struct json *key = parse_condition_key(p, c, NULL);
        ok = key != NULL &&
             parse_condition(p, key, nesting + 1, &ret->children[ret->children_count++]) && ok;
    }
    return ok;
}

bool parse_condition(struct parse *p, const struct json *member, unsigned nesting,
                     struct scenario_condition *ret)
{
    int kind = vocab_find_wait(member->key);
    ASSERT(kind >= 0); /* parse_condition_key looked */
    struct scenario_condition c = {.kind = (enum wait_id)kind};
    bool ok = c.kind == WAIT_any || c.kind == WAIT_all
                  ? parse_children(p, member, nesting, &c)
                  : parse_args(p, member, vocab_wait(c.kind)->params, member->key, &c.args);
    if (ok && c.kind == WAIT_event)
        ok = parse_event_where(p, member, scenario_arg(&c.args, PARAM_type)->event);
    if (ok)
        *ret = c;
    else
        scenario_condition_free(&c);
    return ok;
}

bool parse_trigger(struct parse *p, const struct json *object, struct scenario_condition *ret)
{
    struct scenario_condition c = {.kind = WAIT_trigger};
    const struct json *before = json_get(object, "before"), *after = json_get(object, "after");
    if (!parse_args(p, object, vocab_wait(WAIT_trigger)->params, "a trigger", &c.args))
        return false;
    if (before != NULL && after != NULL && before->truth == after->truth) {
        scenario_condition_free(&c);
        return parse_key_error(p, after, NULL, "either before or after the event, not both");
    }
    if (!parse_event_where(p, object, scenario_arg(&c.args, PARAM_event)->event)) {
        scenario_condition_free(&c);
        return false;
    }
    *ret = c;
    return true;
}
