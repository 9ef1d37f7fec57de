/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/hand.h"

#include "base/mem.h"
#include "base/prng.h"
#include "emulator/explore/case.h"
#include "emulator/explore/case_states.h"
#include "emulator/explore/near.h"
#include "emulator/explore/presets.h"
#include "emulator/explore/tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHY 12 /* decisions shown */

/* Where it stands is the last of at[]; none of them is ever computed again. */
struct ex_hand {
    struct ex_space space;
    struct ex_expander expander; /* of where it stands */
    struct ex_expander again;    /* for going the whole way anew */
    struct ex_path path;
    struct ex_cluster *at; /* owned; path.count + 1, but one less when it is broken */
    char broken[160];      /* "": nothing is */
    char prompt[32];
};

struct words {
    const char *argument; /* "": none */
    bool number;          /* it is one, … */
    uint32_t value;       /* … this */
    uint32_t second;      /* the number after it; 0: none */
};

static const struct ex_cluster *here(const struct ex_hand *h)
{
    return &h->at[h->path.count - (h->broken[0] != '\0')];
}

struct ex_hand *ex_hand_open(const struct ex_bounds *bounds)
{
    struct ex_hand *h = mem_alloc(sizeof(*h));
    *h = (struct ex_hand){0};
    ex_space_init(&h->space, bounds);
    ex_expander_init(&h->expander, &h->space);
    ex_expander_init(&h->again, &h->space);
    h->at = mem_array(1, sizeof(*h->at));
    ex_cluster_begin(&h->at[0], &h->space);
    ex_expand(&h->expander, here(h));
    return h;
}

void ex_hand_close(struct ex_hand *h)
{
    if (h == NULL)
        return;
    ex_expander_free(&h->expander);
    ex_expander_free(&h->again);
    ex_space_free(&h->space);
    free(h->path.action);
    free(h->at);
    free(h);
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

static int list(struct ex_hand *h, const struct words *w, struct buf *out, struct err *e)
{
    char text[400];
    (void)w, (void)e;
    for (uint32_t i = 0; i < h->expander.count && !ex_hand_broken(h); i++)
        buf_putf(out, "%4u  %s\n", i + 1,
                 ex_action_text(&h->space, &h->expander.next[i].action, text, sizeof(text)));
    if (ex_hand_broken(h))
        buf_putf(out, "broken: %s; back leads away from it\n", h->broken);
    else if (h->expander.count == 0)
        buf_puts(out, "nothing can happen any more within the bounds\n");
    return 0;
}

static void rows_of(const struct ex_hand *h, const struct ex_row **rows)
{
    for (uint32_t i = 0; i < h->space.servers_count; i++)
        rows[i] = ex_space_row(&h->space, here(h)->server[i]);
}

/* The place of the server that a command names. */
static int server_of(const struct ex_hand *h, const struct words *w, uint32_t *ret, struct err *e)
{
    unsigned long id = 0;
    char *end = NULL;
    if (w->argument[0] == 'n')
        id = strtoul(w->argument + 1, &end, 10);
    if (end == NULL || *end != '\0' || id == 0 || id > h->space.servers_count)
        return err_set(e, -E_INVALID, "%s: give a server, n1 to n%u", w->argument,
                       h->space.servers_count);
    *ret = (uint32_t)id - 1;
    return 0;
}

static int state_of_one(const struct ex_hand *h, const struct words *w, struct buf *out,
                        struct err *e)
{
    uint32_t server;
    int code = server_of(h, w, &server, e);
    if (code < 0)
        return code;
    const struct ex_row *row = ex_space_row(&h->space, here(h)->server[server]);
    if (!row->host.up) {
        buf_putf(out, "%s is down\n", w->argument);
        return 0;
    }
    uint64_t *block = mem_array(h->space.block_words, sizeof(*block));
    ex_unpack(row->packed, row->packed_words, block, h->space.block_words);
    ex_case_core((const struct raft *)(const void *)block, server + 1, out);
    free(block);
    return 0;
}

static int state(struct ex_hand *h, const struct words *w, struct buf *out, struct err *e)
{
    const struct ex_row *rows[EX_SERVERS];
    if (w->argument[0] != '\0')
        return state_of_one(h, w, out, e);
    rows_of(h, rows);
    ex_tell_servers(&h->space, rows, out);
    ex_tell_history(&h->space, here(h), out);
    ex_tell_messages(&h->space, here(h), out);
    const char *before = "left: ";
    for (uint32_t b = 0; b < EX_BUDGETS_COUNT; b++) {
        if (here(h)->left[b] == 0)
            continue;
        buf_putf(out, "%s%u %s", before, here(h)->left[b], ex_budget_name((enum ex_budget)b));
        before = ", ";
    }
    buf_putc(out, '\n');
    return 0;
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
    ex_turn_take(turn, here(h)->server[n->action.server], n->action.event);
    ex_tell_turn(turn, out);
    if (n->broken != NULL) {
        const char *what = n->broken == ex_broken_alone ? turn->broken : n->broken;
        (void)snprintf(h->broken, sizeof(h->broken), "%s", what);
        buf_putf(out, "broken: %s\n", h->broken);
    } else {
        ex_expand_to(&h->expander, n, &h->at[h->path.count + 1]);
    }
    h->path.count++;
    if (!ex_hand_broken(h))
        ex_expand(&h->expander, here(h));
    return 0;
}

static int draw(struct ex_hand *h, const struct words *w, struct buf *out, struct err *e)
{
    struct prng dice = prng_named(w->second, "walk");
    if (!w->number)
        return err_set(e, -E_INVALID, "random %s: how many steps, a number", w->argument);
    for (uint32_t i = 0; i < w->value && !ex_hand_broken(h) && h->expander.count > 0; i++) {
        int code = take(h, 1 + (uint32_t)prng_below(&dice, h->expander.count), out, e);
        if (code < 0)
            return code;
    }
    return 0;
}

static int back(struct ex_hand *h, const struct words *w, struct buf *out, struct err *e)
{
    uint32_t steps = w->number ? w->value : 1;
    if (w->argument[0] != '\0' && !w->number)
        return err_set(e, -E_INVALID, "back %s: how many steps, a number", w->argument);
    if (steps == 0 || steps > h->path.count)
        return err_set(e, -E_INVALID, "there are %u steps to go back", h->path.count);
    h->path.count -= steps;
    h->broken[0] = '\0';
    ex_expand(&h->expander, here(h));
    buf_putf(out, "after %u steps:\n", h->path.count);
    return list(h, w, out, e);
}

/* ---- going the way anew ---- */

struct asking {
    struct buf *out;
    uint32_t server; /* only what this one decided */
    uint32_t from;   /* from this decision on, counted from 0 */
    uint32_t count;
};

static void count_step(void *arg, const struct ex_step *step)
{
    struct asking *a = arg;
    if (step->action.server == a->server)
        a->count += step->turn->reasons_count;
}

static void why_step(void *arg, const struct ex_step *step)
{
    struct asking *a = arg;
    char text[400], reason[256];
    if (step->action.server != a->server)
        return;
    bool said = false;
    for (uint32_t i = 0; i < step->turn->reasons_count; i++) {
        if (a->count++ < a->from)
            continue;
        if (!said)
            buf_putf(a->out, "%4u  %s\n", step->number,
                     ex_action_text(step->space, &step->action, text, sizeof(text)));
        said = true;
        buf_putf(a->out, "      %s\n",
                 raft_describe_reason(&step->turn->reasons[i], NULL, reason, sizeof(reason)));
    }
}

static int why(struct ex_hand *h, const struct words *w, struct buf *out, struct err *e)
{
    uint32_t server;
    int code = server_of(h, w, &server, e);
    if (code < 0)
        return code;
    struct asking a = {.out = out, .server = server};
    ex_walk(&h->again, &h->path, count_step, &a);
    a.from = a.count > WHY ? a.count - WHY : 0;
    a.count = 0;
    ex_walk(&h->again, &h->path, why_step, &a);
    if (a.count == 0)
        buf_putf(out, "%s has decided nothing yet\n", w->argument);
    return 0;
}

static int tell(struct ex_hand *h, const struct words *w, struct buf *out, struct err *e)
{
    (void)w, (void)e;
    if (h->path.count == 0)
        buf_puts(out, "nothing has happened yet\n");
    else
        ex_tell_path(&h->again, &h->path, out);
    if (ex_hand_broken(h))
        buf_putf(out, "broken: %s\n", h->broken);
    return 0;
}

static int write_case(struct ex_hand *h, const struct words *w, struct buf *out, struct err *e)
{
    (void)w;
    if (h->path.count == 0)
        return err_set(e, -E_INVALID, "nothing has happened yet");
    ex_case_write(&h->again, &h->path, ex_hand_broken(h) ? h->broken : "nothing is broken",
                  "explore --walk", out);
    return 0;
}

static int near(struct ex_hand *h, const struct words *w, struct buf *out, struct err *e)
{
    (void)w, (void)e;
    ex_near(&h->space, here(h), out);
    return 0;
}

static int help(struct ex_hand *h, const struct words *w, struct buf *out, struct err *e);

static const struct {
    const char *name;
    const char *what;
    int (*run)(struct ex_hand *h, const struct words *w, struct buf *out, struct err *e);
} commands[] = {
    {"list", "what can happen next; its number makes it happen", list},
    {"random", "N [SEED]: N steps, drawn", draw},
    {"back", "[N]: takes back the last step, or N", back},
    {"state", "[nN]: the servers, what is on its way, and what is left to spend; or one server",
     state},
    {"why", "nN: what the server decided last, and at what", why},
    {"invariants", "how near promises are to being broken", near},
    {"path", "all that happened, in sentences", tell},
    {"case", "the same as a case of tests/protocol", write_case},
    {"help", "this", help},
    {"quit", "the end", NULL},
};

static int help(struct ex_hand *h, const struct words *w, struct buf *out, struct err *e)
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
    struct words w = {.argument = argument == NULL ? "" : argument};
    w.number = number_of(w.argument, &w.value);
    (void)(second != NULL && number_of(second, &w.second));
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        *ret_quit = commands[i].run == NULL;
        return *ret_quit ? 0 : commands[i].run(h, &w, out, e);
    }
    return err_set(e, -E_INVALID, "%s: no such command; help shows all", name);
}
