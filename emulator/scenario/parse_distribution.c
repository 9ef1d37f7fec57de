/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How jitter is spread: by the name of a formula, or by quantiles as they were measured. */
#include "base/mem.h"
#include "emulator/scenario/parse_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool parse_quantile(struct parse *p, const struct json *v, int16_t *ret)
{
    char *end;
    if (!parse_type(p, v, JSON_NUMBER, "a whole number"))
        return false;
    errno = 0;
    long n = strtol(v->text, &end, 10);
    if (*end != '\0' || errno != 0 || n < INT16_MIN || n > INT16_MAX)
        return parse_error(p, v, "8192 is one jitter above the delay",
                           "%.40s: expected a whole number from %d to %d", v->text, INT16_MIN,
                           INT16_MAX);
    *ret = (int16_t)n;
    return true;
}

static bool parse_table(struct parse *p, const struct json *v, struct impair_table *ret)
{
    if (!parse_type(p, v, JSON_ARRAY, "a list of quantiles, as [-8192,0,16384]"))
        return false;
    if (v->count == 0 || v->count > IMPAIR_TABLE_MAX)
        return parse_error(p, v, NULL, "a table has 1..%d quantiles", IMPAIR_TABLE_MAX);
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        int16_t *quantile = &ret->quantiles[ret->count];
        if (!parse_quantile(p, c, quantile))
            return false;
        if (ret->count > 0 && quantile[0] < quantile[-1])
            return parse_error(p, c, NULL, "%.40s: quantiles do not fall: write them in order",
                               c->text);
        ret->count++;
    }
    return true;
}

bool parse_distribution(struct parse *p, const struct json *v, const char *choices,
                        struct scenario_distribution *ret)
{
    static const char *const names[] = {"table"};
    const struct json *quantiles = json_get(v, "table");
    unsigned kind;
    if (v->type != JSON_OBJECT) {
        if (!parse_choice(p, v, choices, &kind))
            return false;
        *ret = (struct scenario_distribution){.kind = (enum impair_distribution)kind};
        return true;
    }
    if (!parse_known_keys(p, v, names, ARRAY_LEN(names), "a distribution"))
        return false;
    if (quantiles == NULL)
        return parse_key_error(p, v, NULL, "expected %s",
                               vocab_param_type_text(PARAM_TYPE_distribution));
    struct impair_table *table = mem_alloc(sizeof(*table));
    if (!parse_table(p, quantiles, table)) {
        mem_free(table);
        return false;
    }
    *ret = (struct scenario_distribution){.kind = IMPAIR_TABLE, .table = table};
    return true;
}
