/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to the table. */
#include "raftctl/verbs.h"

#include <string.h>

const struct ctl_option_row ctl_options[CTL_OPTIONS_COUNT] = {
#define X(id, name, letter, arg, kind, choices, help) {name, letter, arg, kind, choices, help},
    CTL_OPTIONS(X)
#undef X
};

/* Whether the words begin with those of the name; how many they are. */
static size_t begins(char *const *words, size_t count, const char *name)
{
    size_t used = 0;
    for (;;) {
        size_t len = strcspn(name, " ");
        if (used == count || strlen(words[used]) != len || memcmp(words[used], name, len) != 0)
            return 0;
        used++;
        if (name[len] == '\0')
            return used;
        name += len + 1;
    }
}

const struct ctl_verb *verbs_find(char *const *words, size_t count, size_t *ret_words)
{
    size_t verbs_count;
    const struct ctl_verb *verbs = verbs_all(&verbs_count);
    for (size_t i = 0; i < verbs_count; i++) {
        size_t used = begins(words, count, verbs[i].name);
        if (used == 0 && verbs[i].alias != NULL)
            used = begins(words, count, verbs[i].alias);
        if (used > 0) {
            *ret_words = used;
            return &verbs[i];
        }
    }
    return NULL;
}

bool verbs_group(const char *word)
{
    size_t count, len = strlen(word);
    const struct ctl_verb *verbs = verbs_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(verbs[i].name, word, len) == 0 && verbs[i].name[len] == ' ')
            return true;
    }
    return false;
}

void verbs_put_args(struct buf *out, const struct ctl_verb *verb)
{
    for (size_t i = 0; i < CTL_ARGS_MAX && verb->args[i].name != NULL; i++) {
        const struct ctl_arg *arg = &verb->args[i];
        buf_puts(out, i > 0 ? " " : "");
        switch (arg->how) {
        case ARG_NEEDED: buf_puts(out, arg->name); break;
        case ARG_OPTIONAL: buf_putf(out, "[%s]", arg->name); break;
        case ARG_MANY: buf_putf(out, "%s...", arg->name); break;
        case ARG_COMMAND: buf_putf(out, "[-- %s...]", arg->name); break;
        }
    }
}

size_t verbs_args_min(const struct ctl_verb *verb)
{
    size_t least = 0;
    for (size_t i = 0; i < CTL_ARGS_MAX && verb->args[i].name != NULL; i++)
        least += verb->args[i].how == ARG_NEEDED || verb->args[i].how == ARG_MANY;
    return least;
}

size_t verbs_args_max(const struct ctl_verb *verb)
{
    size_t most = 0;
    for (size_t i = 0; i < CTL_ARGS_MAX && verb->args[i].name != NULL; i++) {
        if (verb->args[i].how == ARG_MANY)
            return LIMIT_RESP_ARGS - 1;
        most += verb->args[i].how != ARG_COMMAND;
    }
    return most;
}

const struct ctl_arg *verbs_arg(const struct ctl_verb *verb, size_t i)
{
    for (size_t at = 0; at < CTL_ARGS_MAX && verb->args[at].name != NULL; at++) {
        if (verb->args[at].how == ARG_COMMAND)
            return NULL;
        if (at == i || verb->args[at].how == ARG_MANY)
            return &verb->args[at];
    }
    return NULL;
}

bool verbs_takes(const struct ctl_verb *verb, enum ctl_option option)
{
    return option < CTL_GLOBAL_OPTIONS || (verb->options >> option & 1) != 0;
}

enum ctl_option verbs_option_letter(const struct ctl_verb *verb, char letter)
{
    enum ctl_option found = CTL_OPTIONS_COUNT;
    for (unsigned i = 0; i < CTL_OPTIONS_COUNT; i++) {
        if (ctl_options[i].letter != letter)
            continue;
        if (found == CTL_OPTIONS_COUNT || (verb != NULL && verbs_takes(verb, (enum ctl_option)i)))
            found = (enum ctl_option)i;
    }
    return found;
}

enum ctl_option verbs_option_name(const char *name, size_t len)
{
    for (unsigned i = 0; i < CTL_OPTIONS_COUNT; i++) {
        if (strlen(ctl_options[i].name) == len && memcmp(ctl_options[i].name, name, len) == 0)
            return (enum ctl_option)i;
    }
    return CTL_OPTIONS_COUNT;
}

bool verbs_is_choice(const char *choices, const char *text)
{
    for (;;) {
        size_t len = strcspn(choices, "|");
        if (strlen(text) == len && memcmp(choices, text, len) == 0)
            return true;
        if (choices[len] == '\0')
            return false;
        choices += len + 1;
    }
}

bool verbs_output(const char *name, enum ctl_output *ret)
{
    static const char *const names[] = {"table", "json", "jsonl", "plain"};
    for (size_t i = 0; name != NULL && i < ARRAY_LEN(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *ret = (enum ctl_output)i;
            return true;
        }
    }
    return name == NULL;
}
