/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shorter times and smaller numbers in steps, links and clients, value by value. Times also get
 * rounder: a person is to read them. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/shrink/attempt.h"

#include <stdio.h>
#include <string.h>

#define TARGETS_MAX 4
#define TEXT_MAX    (UNITS_TEXT_MAX + 2)

/* What may stand instead of a value, the smallest first. */
struct lesser {
    char texts[TARGETS_MAX][TEXT_MAX];
    size_t count;
};

static void add_number(struct lesser *t, uint64_t number, uint64_t was, uint64_t *last)
{
    if (number == 0 || number >= was || number <= *last)
        return;
    *last = number;
    (void)snprintf(t->texts[t->count++], TEXT_MAX, "%llu", (unsigned long long)number);
}

static void numbers_below(struct lesser *t, uint64_t was)
{
    uint64_t last = 0;
    add_number(t, 1, was, &last);
    add_number(t, was / 4, was, &last);
    add_number(t, was / 2, was, &last);
    add_number(t, was - (was > 0), was, &last);
}

/* Down to one digit that is not 0. */
static uint64_t rounded(uint64_t ns)
{
    uint64_t unit = 1;
    while (ns / unit >= 10)
        unit *= 10;
    return ns / unit * unit;
}

static void times_below(struct lesser *t, uint64_t was)
{
    static const uint64_t parts[TARGETS_MAX] = {16, 4, 2, 1};
    uint64_t last = NS_PER_MS - 1; /* less is as good as nothing */
    for (size_t i = 0; i < TARGETS_MAX; i++) {
        char text[UNITS_TEXT_MAX];
        uint64_t ns = rounded(was / parts[i]);
        if (ns <= last || ns >= was)
            continue;
        last = ns;
        (void)snprintf(t->texts[t->count++], TEXT_MAX, "\"%s\"", units_print_duration(ns, text));
    }
}

static void lesser_of(const struct json *v, struct lesser *t)
{
    uint64_t was;
    *t = (struct lesser){0};
    if (v->type == JSON_NUMBER && units_u64(v->text, UINT64_MAX, &was) == 0) {
        numbers_below(t, was);
    } else if (v->type == JSON_STRING && units_duration(v->text, &was) == 0) {
        times_below(t, was);
    } else if (v->type == JSON_BOOL && v->truth) {
        (void)snprintf(t->texts[t->count++], TEXT_MAX, "false");
    }
}

/* Limits of waiting are not what a scenario is about. */
static bool is_limit(const struct json *v)
{
    return v->key != NULL && (strcmp(v->key, "within") == 0 || strcmp(v->key, "timeout") == 0);
}

/* Edits that were accepted, and one more that is tried. */
struct lessening {
    struct draft_edit *edits; /* count, and room for one more */
    char **texts;
    size_t count;
};

static int lessen(struct shrink *s, struct lessening *l, const struct json *v)
{
    struct lesser t;
    struct attempt attempts[TARGETS_MAX];
    struct draft_edit *edits[TARGETS_MAX];
    size_t hit;
    lesser_of(v, &t);
    for (size_t i = 0; i < t.count; i++) {
        edits[i] = mem_array(l->count + 1, sizeof(*edits[i]));
        if (l->count > 0)
            memcpy(edits[i], l->edits, l->count * sizeof(*edits[i]));
        edits[i][l->count] = (struct draft_edit){.at = v, .put = t.texts[i]};
        attempts[i] = (struct attempt){.edits = edits[i], .count = l->count + 1};
    }
    int code = attempt_first(s, "values", GAIN_SIZE, attempts, t.count, &hit);
    for (size_t i = 0; i < t.count; i++)
        mem_free(edits[i]);
    if (code != 1)
        return code;
    l->edits = mem_grow(l->edits, l->count + 1, sizeof(*l->edits));
    l->texts = mem_grow(l->texts, l->count + 1, sizeof(*l->texts));
    l->texts[l->count] = mem_strdup(t.texts[hit]);
    l->edits[l->count] = (struct draft_edit){.at = v, .put = l->texts[l->count]};
    l->count++;
    return 0;
}

int pass_values(struct shrink *s)
{
    static const char *const parts[] = {"clients", "steps", "links"};
    struct lessening l = {0};
    int code = 0;
    for (size_t i = 0; i < ARRAY_LEN(parts) && code == 0; i++) {
        const struct json *top = json_get(json_root(s->base.doc), parts[i]);
        for (const struct json *v = top; v != NULL && code == 0; v = draft_next(v, top)) {
            if (!is_limit(v))
                code = lessen(s, &l, v);
        }
    }
    for (size_t i = 0; i < l.count; i++)
        mem_free(l.texts[i]);
    mem_free(l.texts);
    mem_free(l.edits);
    attempt_rebase(s);
    return code;
}
