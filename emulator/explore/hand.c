/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"
#include "base/prng.h"
#include "emulator/explore/hand_inside.h"
#include "emulator/explore/tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ex_hand *ex_hand_open(const struct ex_bounds *bounds)
{
    struct ex_hand *h = mem_alloc(sizeof(*h));
    *h = (struct ex_hand){0};
    ex_space_init(&h->space, bounds);
    ex_expander_init(&h->expander, &h->space);
    ex_expander_init(&h->again, &h->space);
    h->at = mem_array(1, sizeof(*h->at));
    ex_cluster_begin(&h->at[0], &h->space);
    ex_expand(&h->expander, ex_hand_here(h));
    return h;
}

void ex_hand_close(struct ex_hand *h)
{
    if (h == NULL)
        return;
    ex_expander_free(&h->expander);
    ex_expander_free(&h->again);
    ex_space_free(&h->space);
    mem_free(h->path.action);
    mem_free(h->at);
    mem_free(h);
}

bool ex_hand_broken(const struct ex_hand *h)
{
    return h->broken[0] != '\0';
}

const char *ex_hand_prompt(struct ex_hand *h)
{
    (void)snprintf(h->prompt, sizeof(h->prompt), "%u> ", h->path.count);
    return h->prompt;
}

static int take(struct ex_hand *h, uint32_t number, struct buf *out, struct err *e)
{
    if (ex_hand_broken(h))
        return err_set(e, -E_BUSY, "a promise is broken here: back leads away from it");
    if (number == 0 || number > h->expander.count)
        return err_set(e, -E_NOTFOUND, "%u: there are 1..%u (list shows them)", number,
                       h->expander.count);
    const struct ex_next *n = &h->expander.next[number - 1];
    char text[400];
    h->path.action = mem_grow(h->path.action, h->path.count + 1, sizeof(*h->path.action));
    h->path.action[h->path.count] = n->action;
    h->at = mem_grow(h->at, h->path.count + 2, sizeof(*h->at));
    struct ex_turn *turn = &h->again.memo.turn;
    buf_putf(out, "%4u  %s\n", h->path.count + 1,
             ex_action_text(&h->space, &n->action, text, sizeof(text)));
    ex_turn_take(turn, ex_hand_here(h)->server[n->action.server], n->action.event);
    ex_tell_turn(turn, out);
    if (n->broken != NULL) {
        const char *what = n->broken == ex_broken_alone ? turn->broken : n->broken;
        (void)snprintf(h->broken, sizeof(h->broken), "%s", what);
        buf_putf(out, "broken: %s\n", h->broken);
    } else {
        h->at[h->path.count + 1] = n->to;
    }
    h->path.count++;
    if (!ex_hand_broken(h))
        ex_expand(&h->expander, ex_hand_here(h));
    return 0;
}

static int draw(struct ex_hand *h, const struct ex_words *w, struct buf *out, struct err *e)
{
    struct prng dice = prng_named(w->second, "walk");
    if (!w->number)
        return err_set(e, -E_INVALID, "random %s: how many steps, a number", w->argument);
    if (w->wrong_second)
        return err_set(e, -E_INVALID, "random: behind N stands SEED, a number, or nothing");
    for (uint32_t i = 0; i < w->value && !ex_hand_broken(h) && h->expander.count > 0; i++) {
        int code = take(h, 1 + (uint32_t)prng_below(&dice, h->expander.count), out, e);
        if (code < 0)
            return code;
    }
    if (!ex_hand_broken(h) && h->expander.count == 0)
        buf_puts(out, "nothing can happen any more\n");
    return 0;
}

static int back(struct ex_hand *h, const struct ex_words *w, struct buf *out, struct err *e)
{
    uint32_t steps = w->number ? w->value : 1;
    if (w->argument[0] != '\0' && !w->number)
        return err_set(e, -E_INVALID, "back %s: how many steps, a number", w->argument);
    if (w->two)
        return err_set(e, -E_INVALID, "back: one number, or none");
    if (steps == 0 || steps > h->path.count)
        return err_set(e, -E_INVALID, "there are %u steps to go back", h->path.count);
    h->path.count -= steps;
    h->broken[0] = '\0';
    ex_expand(&h->expander, ex_hand_here(h));
    buf_putf(out, "after %u steps:\n", h->path.count);
    return ex_hand_list(h, w, out, e);
}

static ex_hand_command help;

static const struct {
    const char *name;
    const char *what;
    ex_hand_command *run; /* NULL: it ends the walk */
} commands[] = {
    {"list", "what can happen next; its number makes it happen", ex_hand_list},
    {"random", "N [SEED]: N steps, drawn", draw},
    {"back", "[N]: takes back the last step, or N", back},
    {"state", "[nN]: the servers, what is on its way, and what is left to spend; or one server",
     ex_hand_state},
    {"why", "nN: what the server decided last, and at what", ex_hand_why},
    {"invariants", "how near promises are to being broken", ex_hand_near},
    {"path", "all that happened, in sentences", ex_hand_path},
    {"case", "the same as a case of tests/protocol", ex_hand_case},
    {"help", "this", help},
    {"quit", "the end", NULL},
};

static int help(struct ex_hand *h, const struct ex_words *w, struct buf *out, struct err *e)
{
    (void)h, (void)w, (void)e;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        buf_putf(out, "  %-11s %s\n", commands[i].name, commands[i].what);
    return 0;
}

const char *ex_hand_name_at(size_t k)
{
    return k < ARRAY_LEN(commands) ? commands[k].name : NULL;
}

static bool number_of(const char *text, uint32_t *ret)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    unsigned long value = strtoul(text, &end, 10);
    *ret = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    return *end == '\0';
}

int ex_hand_line(struct ex_hand *h, const char *line, struct buf *out, bool *ret_quit,
                 struct err *e)
{
    char text[200] = "";
    (void)snprintf(text, sizeof(text), "%s", line + strspn(line, " \t"));
    char *rest = NULL, *name = strtok_r(text, " \t", &rest);
    const char *argument = name == NULL ? NULL : strtok_r(NULL, " \t", &rest);
    const char *second = argument == NULL ? NULL : strtok_r(NULL, " \t", &rest);
    uint32_t number;
    if (name == NULL || name[0] == '#')
        return 0;
    if (number_of(name, &number))
        return take(h, number, out, e);
    struct ex_words w = {.argument = argument == NULL ? "" : argument};
    w.number = number_of(w.argument, &w.value);
    w.two = second != NULL;
    w.wrong_second = w.two && !number_of(second, &w.second);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        *ret_quit = commands[i].run == NULL;
        return *ret_quit ? 0 : commands[i].run(h, &w, out, e);
    }
    return err_set(e, -E_INVALID, "%s: no such command; help shows all", name);
}
