/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario for people: a line a step, and the timeline of `show`. */
#include "base/units.h"
#include "emulator/scenario/print_value.h"
#include "emulator/scenario/walk.h"

#include <stdio.h>
#include <string.h>

#define BAR_COLUMNS 30

/* ---- a step in a line ---- */

static void put_who(const struct selectors *who, struct buf *out)
{
    char text[SELECTOR_TEXT_MAX];
    for (size_t i = 0; i < who->count; i++)
        buf_putf(out, "%s%s", i > 0 ? " " : "", selector_print(&who->items[i], text));
}

static void put_groups(const struct scenario_groups *groups, struct buf *out)
{
    for (size_t i = 0; i < groups->count; i++) {
        buf_puts(out, i > 0 ? " | {" : "{");
        put_who(&groups->items[i], out);
        buf_putc(out, '}');
    }
}

static void put_link(const struct scenario_link *link, struct buf *out)
{
    static const char *const arrows[] = {"<->", "->", "<-"};
    char plane[VALUE_TEXT_MAX];
    if (link->all) {
        buf_puts(out, "all links");
    } else {
        put_who(&link->from, out);
        buf_puts(out, arrows[link->direction]);
        if (link->to.count > 0)
            put_who(&link->to, out);
    }
    if (link->plane != PLANE_peer)
        buf_putf(out, " %s", print_choice(LINK_PLANES, (unsigned)link->plane, plane));
    for (int i = 0; i < MESSAGES_COUNT; i++) {
        if ((link->messages >> i & 1) != 0)
            buf_putf(out, " %s", vocab_message_name((enum message_id)i));
    }
}

/* JSON without its quotes is short and plain. */
static void put_json(const struct scenario_value *v, struct buf *out)
{
    struct buf text = {0};
    struct jsonw w;
    jsonw_init(&w, &text);
    print_value(v, &w);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '"')
            buf_putc(out, text.data[i]);
    }
    buf_free(&text);
}

static void put_value(const struct scenario_value *v, struct buf *out)
{
    if (scenario_value_is_who(v))
        put_who(&v->who, out);
    else if (v->type == PARAM_TYPE_groups)
        put_groups(&v->groups, out);
    else if (v->type == PARAM_TYPE_link)
        put_link(&v->link, out);
    else if (v->type == PARAM_TYPE_steps || v->type == PARAM_TYPE_branches)
        buf_putf(out, "%zu",
                 v->type == PARAM_TYPE_steps ? v->branches.items[0].count : v->branches.count);
    else
        put_json(v, out);
}

/* The target of an action needs no name in front. */
static bool speaks_for_itself(enum param_id id)
{
    return id == PARAM_who || id == PARAM_link || id == PARAM_groups || id == PARAM_shape ||
           id == PARAM_name || id == PARAM_type || id == PARAM_event;
}

static void put_args(const struct scenario_args *args, struct buf *out)
{
    for (size_t i = 0; i < args->count; i++) {
        if (i > 0)
            buf_putc(out, ' ');
        if (!speaks_for_itself(args->items[i].id))
            buf_putf(out, "%s=", vocab_param_name(args->items[i].id));
        put_value(&args->items[i], out);
    }
}

/* Depth: SCENARIO_NEST_MAX. */
void scenario_print_condition(const struct scenario_condition *c, struct buf *out)
{
    if (c->kind == WAIT_time) {
        put_value(&c->args.items[0], out);
        return;
    }
    buf_puts(out, c->kind == WAIT_trigger ? "event" : vocab_wait(c->kind)->name);
    if (c->args.count > 0)
        buf_putc(out, ' ');
    put_args(&c->args, out);
    if (c->children_count == 0)
        return;
    for (size_t i = 0; i < c->children_count; i++) {
        buf_puts(out, i > 0 ? ", " : " (");
        scenario_print_condition(&c->children[i], out);
    }
    buf_putc(out, ')');
}

void scenario_print_step(const struct scenario_step *step, struct buf *out)
{
    char text[UNITS_TEXT_MAX];
    buf_puts(out, vocab_action(step->action)->name);
    if (step->wait != NULL || step->args.count > 0)
        buf_putc(out, ' ');
    if (step->wait != NULL)
        scenario_print_condition(step->wait, out);
    put_args(&step->args, out);
    if (step->when != NULL) {
        buf_puts(out, ", when ");
        scenario_print_condition(step->when, out);
    }
    if (step->within_ns > 0)
        buf_putf(out, ", at most %s", units_print_duration(step->within_ns, text));
    if (step->for_ns > 0)
        buf_putf(out, ", for %s", units_print_duration(step->for_ns, text));
    if (step->as != NULL)
        buf_putf(out, " -> $%s", step->as);
    if (step->label != NULL)
        buf_putf(out, "  \"%s\"", step->label);
}

/* ---- the timeline ---- */

struct timeline {
    struct buf *out;
    uint64_t end_ns;
};

static size_t column_of(const struct timeline *t, uint64_t ns)
{
    if (t->end_ns == 0)
        return 0;
    uint64_t shown = ns < t->end_ns ? ns : t->end_ns;
    return (size_t)((double)shown / (double)t->end_ns * (BAR_COLUMNS - 1));
}

static void put_seconds(uint64_t ns, struct buf *out)
{
    buf_putf(out, "%6.1fs", (double)ns / 1e9);
}

static void visit(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                  uint64_t likely_ns, void *arg)
{
    struct timeline *t = arg;
    char bar[BAR_COLUMNS + 1];
    (void)early_ns;
    memset(bar, '.', BAR_COLUMNS);
    bar[BAR_COLUMNS] = '\0';
    size_t from = column_of(t, likely_ns), to = from;
    if (step->for_ns > 0)
        to = column_of(t, likely_ns + step->for_ns);
    for (size_t i = from; i <= to; i++)
        bar[i] = '=';
    bar[from] = '#';
    buf_puts(t->out, step->has_at ? " " : "~");
    put_seconds(likely_ns, t->out);
    buf_putf(t->out, " %s %*s", bar, (int)(2 * depth), "");
    scenario_print_step(step, t->out);
    buf_putc(t->out, '\n');
}

static void put_head(const struct scenario *s, struct buf *out)
{
    const struct scenario_cluster *c = &s->cluster;
    buf_putf(out, "%s   %zu voter%s", s->name, c->voters, c->voters == 1 ? "" : "s");
    if (c->learners > 0)
        buf_putf(out, " · %zu learners", c->learners);
    if (c->spare > 0)
        buf_putf(out, " · %zu spare", c->spare);
    if (s->clients.count > 0)
        buf_putf(out, " · %zu client%s, %s", s->clients.count, s->clients.count == 1 ? "" : "s",
                 s->clients.model);
    if (s->clients.count > 0 && s->clients.rate_per_s > 0)
        buf_putf(out, ", %llu/s", (unsigned long long)s->clients.rate_per_s);
    buf_putf(out, " · about %.0f s\n", (double)scenario_length_ns(s) / 1e9);
    if (s->why != NULL)
        buf_putf(out, "why       %s\n", s->why);
    if (s->origin != NULL)
        buf_putf(out, "origin    %s\n", s->origin);
    for (size_t i = 0; i < s->tags.count; i++)
        buf_putf(out, "%s%s%s", i == 0 ? "tags      " : " ", s->tags.items[i],
                 i + 1 == s->tags.count ? "\n" : "");
}

static void put_judges(const struct scenario *s, struct buf *out)
{
    for (size_t i = 0; i < s->expects_count; i++) {
        const struct scenario_expect *e = &s->expects[i];
        buf_putf(out, "expect    %s%s", vocab_checker_spelling(e->spelling),
                 e->args.count > 0 ? " " : "");
        put_args(&e->args, out);
        buf_putc(out, '\n');
    }
    for (size_t i = 0; i < s->finals_count; i++) {
        buf_puts(out, "finally   ");
        scenario_print_condition(&s->finals[i].condition, out);
        buf_putc(out, '\n');
    }
    for (size_t i = 0; i < s->covers_count; i++)
        buf_putf(out, "%s%s>=%llu%s", i == 0 ? "coverage  " : " ",
                 vocab_coverage_name(s->covers[i].counter),
                 (unsigned long long)s->covers[i].at_least, i + 1 == s->covers_count ? "\n" : "");
    for (size_t i = 0; i < s->negatives_count; i++)
        buf_putf(out, "negative  with %s planted, %s is violated\n", s->negatives[i].mutant,
                 vocab_checker(s->negatives[i].violates)->name);
}

void scenario_print_timeline(const struct scenario *s, struct buf *out)
{
    struct timeline t = {.out = out, .end_ns = scenario_length_ns(s)};
    const struct walk w = {.visit = visit, .arg = &t};
    put_head(s, out);
    buf_puts(out, "\n    time  (~ = a guess: it waits for what comes before)\n");
    (void)scenario_walk(s, &w);
    buf_putc(out, '\n');
    put_judges(s, out);
}
