/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/complete.h"

#include "base/mem.h"
#include "raftctl/explain.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The line before the place: what are its arguments, what its options. */
struct line {
    char **args; /* owned: those that are no options, in order */
    size_t args_count;
    size_t name_words; /* so many of them are the verb's name */
    const struct ctl_verb *verb;
    enum ctl_option open; /* its argument is the place; CTL_OPTIONS_COUNT: none */
    bool given[CTL_OPTIONS_COUNT];
    bool no_options; /* behind -- */
};

struct asked {
    const char *prefix;
    void (*offer)(void *to, const char *word, const char *help);
    void *to;
};

static void offer(const struct asked *a, const char *word, const char *help)
{
    if (strncmp(word, a->prefix, strlen(a->prefix)) == 0)
        a->offer(a->to, word, help);
}

/* ---- the line ---- */

static void read_option(struct line *line, const char *word)
{
    const char *equals = strchr(word, '=');
    enum ctl_option option = CTL_OPTIONS_COUNT;
    if (word[1] == '-')
        option = verbs_option_name(word + 2,
                                   equals != NULL ? (size_t)(equals - word) - 2 : strlen(word) - 2);
    else
        option = verbs_option_letter(line->verb, word[strlen(word) - 1]);
    if (option == CTL_OPTIONS_COUNT)
        return;
    line->given[option] = true;
    if (ctl_options[option].arg != NULL && equals == NULL)
        line->open = option;
}

static void read_line(char *const *words, size_t count, struct line *line)
{
    *line = (struct line){.open = CTL_OPTIONS_COUNT};
    line->args = mem_array(count + 1, sizeof(*line->args));
    for (size_t i = 0; i < count; i++) {
        char *word = words[i];
        if (line->open != CTL_OPTIONS_COUNT) {
            line->open = CTL_OPTIONS_COUNT;
        } else if (!line->no_options && strcmp(word, "--") == 0) {
            line->no_options = true;
        } else if (!line->no_options && word[0] == '-' && word[1] != '\0' &&
                   !isdigit((unsigned char)word[1])) {
            read_option(line, word);
        } else {
            line->args[line->args_count++] = word;
            if (line->verb == NULL)
                line->verb = verbs_find(line->args, line->args_count, &line->name_words);
        }
    }
}

/* ---- what is offered ---- */

/* Each of the choices, behind the first so many characters of what is there. */
static void offer_behind(const struct asked *a, size_t len, const char *choices)
{
    struct buf word = {0};
    for (const char *at = choices;; at++) {
        size_t choice_len = strcspn(at, "|");
        buf_reset(&word);
        buf_putf(&word, "%.*s%.*s", (int)len, a->prefix, (int)choice_len, at);
        offer(a, buf_str(&word), "");
        at += choice_len;
        if (*at == '\0')
            break;
    }
    buf_free(&word);
}

static void offer_choices(const struct asked *a, const char *choices)
{
    offer_behind(a, 0, choices);
}

/* The first words of all names; the row before has offered a group already. */
static void offer_verbs(const struct asked *a)
{
    size_t count, last = 0;
    const struct ctl_verb *verbs = verbs_all(&count);
    for (size_t i = 0; i < count; i++) {
        char word[64];
        size_t len = strcspn(verbs[i].name, " ");
        bool again = i > 0 && len == last && strncmp(verbs[i].name, verbs[i - 1].name, len) == 0;
        (void)snprintf(word, sizeof(word), "%.*s", (int)len, verbs[i].name);
        if (!again)
            offer(a, word, verbs[i].name[len] == ' ' ? "..." : verbs[i].summary);
        if (verbs[i].alias != NULL && a->prefix[0] != '\0')
            offer(a, verbs[i].alias, verbs[i].summary);
        last = len;
    }
}

static void offer_group(const struct asked *a, const char *group)
{
    size_t count, len = strlen(group);
    const struct ctl_verb *verbs = verbs_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(verbs[i].name, group, len) == 0 && verbs[i].name[len] == ' ')
            offer(a, verbs[i].name + len + 1, verbs[i].summary);
    }
}

static void offer_options(const struct asked *a, const struct line *line)
{
    for (unsigned i = 0; i < CTL_OPTIONS_COUNT; i++) {
        char word[64];
        bool taken = line->verb == NULL ? i < CTL_GLOBAL_OPTIONS
                                        : verbs_takes(line->verb, (enum ctl_option)i);
        if (!taken || line->given[i])
            continue;
        (void)snprintf(word, sizeof(word), "--%s", ctl_options[i].name);
        offer(a, word, ctl_options[i].help);
    }
}

static void offer_codes(const struct asked *a)
{
    size_t count;
    const struct explanation *all = explain_all(&count);
    for (size_t i = 0; i < count; i++)
        offer(a, all[i].name, all[i].what);
}

static void offer_value(const struct asked *a, enum ctl_kind kind, const char *choices)
{
    if (choices != NULL)
        offer_choices(a, choices);
    else if (kind == KIND_VERB)
        offer_verbs(a);
    else if (kind == KIND_CODE)
        offer_codes(a);
}

/* ---- the hint ---- */

static void put_hint(struct buf *out, const struct line *line)
{
    if (line->verb == NULL)
        return;
    struct ctl_verb rest = *line->verb;
    size_t skip = line->args_count - line->name_words, kept = 0;
    for (size_t i = 0; i < CTL_ARGS_MAX && line->verb->args[i].name != NULL; i++) {
        if (i >= skip || line->verb->args[i].how == ARG_MANY)
            rest.args[kept++] = line->verb->args[i];
    }
    for (; kept < CTL_ARGS_MAX; kept++)
        rest.args[kept] = (struct ctl_arg){0};
    verbs_put_args(out, &rest);
    for (unsigned i = CTL_GLOBAL_OPTIONS; i < CTL_OPTIONS_COUNT; i++) {
        if (!verbs_takes(line->verb, (enum ctl_option)i) || line->given[i])
            continue;
        const struct ctl_option_row *row = &ctl_options[i];
        buf_putf(out, "%s[--%s%s%s]", out->len > 0 ? " " : "", row->name,
                 row->arg != NULL ? " " : "", row->arg != NULL ? row->arg : "");
    }
}

/* node=NAME:ROLE; whether the place is in the name */
static bool offer_roles(const struct asked *a)
{
    const char *colon = strstr(a->prefix, COMPLETE_COLON);
    if (colon != NULL)
        offer_behind(a, (size_t)(colon + 1 - a->prefix), CTL_ROLES "|caught-up|caught-up=");
    return colon == NULL;
}

static enum ctl_kind ask_condition(const struct asked *a, const char *choices)
{
    if (strncmp(a->prefix, COMPLETE_NODE, strlen(COMPLETE_NODE)) == 0)
        return offer_roles(a) ? KIND_CONDITION : KIND_TEXT;
    offer_choices(a, choices);
    return KIND_TEXT;
}

static void ask_arg(const struct asked *a, const struct line *line, struct complete *ret)
{
    const struct ctl_arg *arg = verbs_arg(line->verb, line->args_count - line->name_words);
    if (arg == NULL) {
        ret->none = true;
        return;
    }
    ret->kind = arg->kind;
    if (arg->kind == KIND_CONDITION)
        ret->kind = ask_condition(a, arg->choices);
    else
        offer_value(a, arg->kind, arg->choices);
}

void complete_ask(char *const *words, size_t count, const char *prefix,
                  void (*offered)(void *to, const char *word, const char *help), void *to,
                  struct complete *ret)
{
    const struct asked a = {prefix, offered, to};
    struct line line;
    read_line(words, count, &line);
    *ret = (struct complete){.kind = KIND_TEXT};
    if (line.open != CTL_OPTIONS_COUNT) {
        ret->kind = ctl_options[line.open].kind;
        buf_puts(&ret->hint, ctl_options[line.open].arg);
        offer_value(&a, ret->kind, ctl_options[line.open].choices);
    } else {
        put_hint(&ret->hint, &line);
        if (prefix[0] == '-' && !line.no_options)
            offer_options(&a, &line);
        else if (line.verb != NULL)
            ask_arg(&a, &line, ret);
        else if (line.args_count == 0)
            offer_verbs(&a);
        else if (line.args_count == 1)
            offer_group(&a, line.args[0]);
        else
            ret->none = true;
    }
    mem_free(line.args);
}

void complete_free(struct complete *c)
{
    buf_free(&c->hint);
}
