/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fewer nodes. They are named n1, n2, … in the order voters, learners, spares, so that a name may
 * come to mean another node, or none: then it is replaced, wherever steps and conditions use it. */
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/sort.h"
#include "emulator/shrink/attempt.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct nodes {
    size_t voters, learners, spare;
};

static size_t total(const struct nodes *n)
{
    return n->voters + n->learners + n->spare;
}

/* ---- which clusters ---- */

#define CHOICES_MAX 12

/* Sizes below or at n worth a try, ascending: the small ones, and a little less than n. */
static size_t choices(size_t n, size_t least, size_t out[CHOICES_MAX])
{
    const size_t tries[] = {0, 1, 2, 3, 4, 5, 7, n / 2, n > 0 ? n - 1 : 0, n};
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        bool after = count == 0 || tries[i] > out[count - 1];
        if (tries[i] >= least && tries[i] <= n && after)
            out[count++] = tries[i];
    }
    return count;
}

static int by_total(const void *a, const void *b)
{
    size_t x = total(a), y = total(b);
    return x < y ? -1 : x > y;
}

/* Every smaller cluster worth a try, the smallest first. */
static size_t smaller(const struct nodes *now, struct nodes *out)
{
    size_t v[CHOICES_MAX], l[CHOICES_MAX], s[CHOICES_MAX], count = 0;
    size_t vs = choices(now->voters, 1, v), ls = choices(now->learners, 0, l);
    size_t ss = choices(now->spare, 0, s);
    for (size_t i = 0; i < vs * ls * ss; i++) {
        struct nodes n = {v[i / (ls * ss)], l[i / ss % ls], s[i % ss]};
        if (total(&n) < total(now))
            out[count++] = n;
    }
    if (count > 0)
        sort_array(out, count, sizeof(*out), by_total);
    return count;
}

/* ---- names ---- */

/* The new number of node k, from 0: of the same kind, the last ones going round. */
static size_t renamed(size_t k, const struct nodes *was, const struct nodes *is)
{
    if (k < was->voters)
        return k % is->voters;
    k -= was->voters;
    if (k < was->learners)
        return is->learners == 0 ? k % is->voters : is->voters + k % is->learners;
    k -= was->learners;
    return is->spare == 0 ? k % is->voters : is->voters + is->learners + k % is->spare;
}

/* Whether text[at] begins a node's name; *ret_len digits and letter, *ret_number from 0. */
static bool name_at(const char *text, size_t at, size_t *ret_len, size_t *ret_number)
{
    size_t len = 1, number = 0;
    if (text[at] != 'n' || (at > 0 && (isalnum((unsigned char)text[at - 1]) != 0 ||
                                       strchr("_$-", text[at - 1]) != NULL)))
        return false;
    while (len < 4 && isdigit((unsigned char)text[at + len]) != 0)
        number = number * 10 + (size_t)(text[at + len++] - '0');
    if (len == 1 || number == 0 || isalnum((unsigned char)text[at + len]) != 0)
        return false;
    *ret_len = len;
    *ret_number = number - 1;
    return true;
}

/* The text with the new names; false: it names nobody that changes. */
static bool rename_in(const char *text, const struct nodes *was, const struct nodes *is,
                      struct buf *out)
{
    bool changed = false;
    for (size_t i = 0; text[i] != '\0';) {
        size_t len, number;
        if (!name_at(text, i, &len, &number) || number >= total(was)) {
            buf_putc(out, text[i++]);
            continue;
        }
        size_t to = renamed(number, was, is);
        changed = changed || to != number;
        buf_putf(out, "n%zu", to + 1);
        i += len;
    }
    return changed;
}

/* ---- candidates ---- */

/* Edits of one candidate, and the texts they point to. */
struct plan {
    struct draft_edit *edits;
    char **texts;
    size_t count;
};

static void plan_edit(struct plan *p, const struct json *at, const char *put)
{
    p->edits = mem_grow(p->edits, p->count + 1, sizeof(*p->edits));
    p->texts = mem_grow(p->texts, p->count + 1, sizeof(*p->texts));
    p->texts[p->count] = put == NULL ? NULL : mem_strdup(put);
    p->edits[p->count] = (struct draft_edit){.at = at, .put = p->texts[p->count]};
    p->count++;
}

static void plan_free(struct plan *p)
{
    for (size_t i = 0; i < p->count; i++)
        mem_free(p->texts[i]);
    mem_free(p->texts);
    mem_free(p->edits);
}

static void plan_number(struct plan *p, const struct json *at, size_t number)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%zu", number);
    if (at != NULL)
        plan_edit(p, at, text);
}

static void plan_names(struct plan *p, const struct json *below, const struct nodes *was,
                       const struct nodes *is)
{
    for (const struct json *v = below; v != NULL; v = draft_next(v, below)) {
        struct buf text = {0}, quoted = {0};
        struct jsonw w;
        if (v->type == JSON_STRING && rename_in(v->text, was, is, &text)) {
            jsonw_init(&w, &quoted);
            jsonw_string(&w, buf_str(&text));
            plan_edit(p, v, buf_str(&quoted));
        }
        buf_free(&text);
        buf_free(&quoted);
    }
}

/* Settings of a node that is gone or another one now. */
static void plan_own_settings(struct plan *p, const struct json *per_node, const struct nodes *was,
                              const struct nodes *is)
{
    const struct json *v = per_node == NULL ? NULL : per_node->child;
    for (; v != NULL; v = v->next) {
        size_t len, number;
        if (name_at(v->key, 0, &len, &number) && renamed(number, was, is) != number)
            plan_edit(p, v, NULL);
    }
}

static void make_plan(const struct draft *base, const struct nodes *was, const struct nodes *is,
                      struct plan *p)
{
    const struct json *root = json_root(base->doc);
    const struct json *cluster = json_get(root, "cluster");
    static const char *const named[] = {"links", "steps", "expect", "finally"};
    plan_number(p, json_get(cluster, "voters"), is->voters);
    plan_number(p, json_get(cluster, "learners"), is->learners);
    plan_number(p, json_get(cluster, "spare"), is->spare);
    plan_own_settings(p, json_get(cluster, "perNode"), was, is);
    for (size_t i = 0; i < ARRAY_LEN(named); i++) {
        const struct json *below = json_get(root, named[i]);
        if (below != NULL)
            plan_names(p, below, was, is);
    }
}

int pass_nodes(struct shrink *s)
{
    const struct scenario_cluster *c = &s->base.scenario->cluster;
    const struct nodes now = {c->voters, c->learners, c->spare};
    struct nodes *list = mem_array(CHOICES_MAX * CHOICES_MAX * CHOICES_MAX, sizeof(*list));
    size_t count = smaller(&now, list), hit;
    struct plan *plans = mem_array(count, sizeof(*plans));
    struct attempt *attempts = mem_array(count, sizeof(*attempts));
    for (size_t i = 0; i < count; i++) {
        make_plan(&s->base, &now, &list[i], &plans[i]);
        attempts[i] = (struct attempt){.edits = plans[i].edits, .count = plans[i].count};
    }
    int code = attempt_first(s, "nodes", GAIN_SIZE, attempts, count, &hit);
    for (size_t i = 0; i < count; i++)
        plan_free(&plans[i]);
    mem_free(attempts);
    mem_free(plans);
    mem_free(list);
    attempt_rebase(s);
    return code < 0 ? code : 0;
}
