/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/options.h"

#include "base/units.h"
#include "raftctl/near.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define REPEAT_LEAST_NS (10 * NS_PER_MS)

/* Who runs raftctl without a terminal may have meant to give it nothing at all. */
#define HELP_OF_PIPE "raftctl --help   or, for commands from standard input, raftctl shell"

/* Words being read. */
struct reading {
    char **words;
    size_t count;
    size_t at;         /* the next word */
    size_t args_count; /* words[0..args_count) are no options */
    struct ctl *ctl;
    size_t name_words; /* how many of them are the verb's name, once it is known */
    struct failure *f;
};

static enum ctl_wish wrong(struct failure *f, const char *fix, const char *what, const char *thing)
{
    failure_set(f, CTL_USAGE, "USAGE", what, thing);
    failure_fix(f, "%s", fix);
    return WISH_WRONG;
}

/* ---- options ---- */

static void give(struct ctl *ctl, enum ctl_option option, const char *value)
{
    /* Two ways to say where: what is said last counts. */
    if (option == OPT_ENDPOINTS || option == OPT_LAB) {
        ctl->given[OPT_ENDPOINTS] = ctl->given[OPT_LAB] = false;
        ctl->value[OPT_ENDPOINTS] = ctl->value[OPT_LAB] = NULL;
    }
    ctl->given[option] = true;
    ctl->value[option] = value;
}

/* value: what stands behind it in the same word, or NULL. */
static enum ctl_wish take_option(struct reading *r, enum ctl_option option, const char *word,
                                 const char *value)
{
    bool needs = option != CTL_OPTIONS_COUNT && ctl_options[option].arg != NULL;
    if (option == CTL_OPTIONS_COUNT)
        return wrong(r->f, "raftctl --help", "%s: not an option of raftctl", word);
    if (!needs && value != NULL)
        return wrong(r->f, "raftctl --help", "%s: takes no argument", word);
    if (needs && value == NULL && r->at == r->count)
        return wrong(r->f, "raftctl --help", "%s: needs an argument", word);
    if (needs && value == NULL)
        value = r->words[r->at++];
    give(r->ctl, option, needs ? value : "");
    return WISH_RUN;
}

static enum ctl_wish take_long(struct reading *r, const char *word)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
    enum ctl_option option = verbs_option_name(name, len);
    if (option == CTL_OPTIONS_COUNT) {
        near_option(r->f, r->ctl->verb, span_of(name, len), word);
        return WISH_WRONG;
    }
    return take_option(r, option, word, equals != NULL ? equals + 1 : NULL);
}

/* -q, -qv, -o json, -ojson */
static enum ctl_wish take_letters(struct reading *r, const char *word)
{
    enum ctl_wish wish = WISH_RUN;
    for (const char *p = word + 1; *p != '\0' && wish == WISH_RUN; p++) {
        enum ctl_option option = verbs_option_letter(r->ctl->verb, *p);
        bool rest = option != CTL_OPTIONS_COUNT && ctl_options[option].arg != NULL && p[1] != '\0';
        wish = take_option(r, option, word, rest ? p + 1 : NULL);
        if (rest)
            break;
    }
    return wish;
}

/* ---- words ---- */

static bool takes_command(const struct ctl_verb *verb)
{
    for (size_t i = 0; i < CTL_ARGS_MAX; i++) {
        if (verb->args[i].name != NULL && verb->args[i].how == ARG_COMMAND)
            return true;
    }
    return false;
}

static void take_arg(struct reading *r, char *word)
{
    r->words[r->args_count++] = word;
    if (r->ctl->verb == NULL)
        r->ctl->verb = verbs_find(r->words, r->args_count, &r->name_words);
}

static enum ctl_wish read_words(struct reading *r)
{
    enum ctl_wish wish = WISH_RUN;
    while (wish == WISH_RUN && r->at < r->count) {
        char *word = r->words[r->at++];
        bool option = word[0] == '-' && word[1] != '\0' && !isdigit((unsigned char)word[1]);
        if (strcmp(word, "--") == 0 && r->ctl->verb != NULL && takes_command(r->ctl->verb)) {
            r->ctl->command = r->words + r->at;
            return WISH_RUN;
        }
        if (strcmp(word, "--") == 0) {
            while (r->at < r->count)
                take_arg(r, r->words[r->at++]);
        } else if (!option) {
            take_arg(r, word);
        } else if (word[1] == '-') {
            wish = take_long(r, word);
        } else {
            wish = take_letters(r, word);
        }
    }
    return wish;
}

/* ---- from elsewhere ---- */

static const char *from_environment(enum ctl_option option)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "RAFTCTL_%s", ctl_options[option].name);
    for (char *p = name; *p != '\0'; p++)
        *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

/* Where the cluster is counts as one question, with two ways to answer it. */
static void fill(struct ctl *ctl, const char *const values[CTL_OUTER_OPTIONS])
{
    bool located = ctl->value[OPT_ENDPOINTS] != NULL || ctl->value[OPT_LAB] != NULL;
    for (size_t i = 0; i < CTL_OUTER_OPTIONS; i++) {
        if (ctl->value[i] == NULL && !(located && (i == OPT_ENDPOINTS || i == OPT_LAB)))
            ctl->value[i] = values[i];
    }
}

/* What the words leave open: as the shell has it, as the environment, as the profile. */
static enum ctl_wish read_outside(struct ctl *ctl, const char *const *defaults,
                                  struct profile *profile, struct failure *f)
{
    const char *environment[CTL_OUTER_OPTIONS] = {NULL};
    if (defaults != NULL)
        fill(ctl, defaults);
    for (size_t i = 0; i < CTL_OUTER_OPTIONS; i++) {
        if (ctl_options[i].arg != NULL)
            environment[i] = from_environment((enum ctl_option)i);
    }
    fill(ctl, environment);
    if (ctl->value[OPT_ENDPOINTS] != NULL && ctl->value[OPT_LAB] != NULL)
        return wrong(f, "unset one of them, or say --lab or -e", "%s",
                     "RAFTCTL_ENDPOINTS and RAFTCTL_LAB are both set");
    /* Whose file is wrong gets help all the same. */
    if (ctl->given[OPT_HELP] || ctl->given[OPT_VERSION])
        return WISH_RUN;
    if (profile_read(ctl->value[OPT_PROFILE], profile, f) != CTL_OK)
        return WISH_WRONG;
    fill(ctl, profile->value);
    return WISH_RUN;
}

/* ---- values ---- */

/* "some: not one of index, lease, local" */
static enum ctl_wish wrong_choice(const char *text, const char *choices, struct failure *f)
{
    struct buf list = {0};
    for (const char *p = choices; *p != '\0'; p++) {
        if (*p == '|')
            buf_puts(&list, ", ");
        else
            buf_putc(&list, *p);
    }
    failure_set(f, CTL_USAGE, "USAGE", "%s: not one of %s", text, buf_str(&list));
    failure_fix(f, "raftctl --help");
    buf_free(&list);
    return WISH_WRONG;
}

static enum ctl_wish check_value(const char *text, enum ctl_kind kind, const char *choices,
                                 struct failure *f)
{
    uint64_t number;
    if (kind == KIND_NUMBER && units_u64(text, UINT64_MAX, &number) < 0)
        return wrong(f, "raftctl --help", "%s: not a whole number", text);
    if (kind == KIND_DURATION && (units_duration(text, &number) < 0 || number == 0))
        return wrong(f, "for example 500ms or 5s", "%s: not a duration", text);
    if (kind == KIND_CHOICE && !verbs_is_choice(choices, text))
        return wrong_choice(text, choices, f);
    return WISH_RUN;
}

/* A lab that is not there is no mistake of the command line. */
static enum ctl_wish no_lab(struct failure *f, const struct err *e)
{
    bool bad = e->code == -E_INVALID;
    failure_set(f, bad ? CTL_USAGE : CTL_UNREACHABLE, bad ? "USAGE" : "NOLAB", "%s", e->text);
    failure_fix(f, "raft-emulator ps   shows the labs, raft-emulator up   makes one");
    return WISH_WRONG;
}

/* Endpoints, or the nodes of a lab. */
static enum ctl_wish read_where(struct ctl *ctl, struct failure *f)
{
    const char *list = ctl->value[OPT_ENDPOINTS], *lab = ctl->value[OPT_LAB];
    size_t max = ARRAY_LEN(ctl->endpoints);
    struct err e = {0};
    if (lab == NULL && list == NULL)
        return wrong(f, "raftctl -e 127.0.0.1:7201 ...   or set RAFTCTL_ENDPOINTS",
                     "%s: where is the cluster? no endpoint is given", ctl->verb->name);
    int count = lab != NULL ? endpoint_lab(lab, ctl->endpoints, max, &e)
                            : endpoint_parse_list(list, ctl->endpoints, max, &e);
    if (count < 0 && lab != NULL)
        return no_lab(f, &e);
    if (count < 0)
        return wrong(f, "HOST:PORT, unix:PATH or a path, separated by commas", "%s", e.text);
    ctl->endpoints_count = (size_t)count;
    return WISH_RUN;
}

/* The options that are values: how, where, how sure, and for how long. */
static enum ctl_wish read_values(struct ctl *ctl, struct failure *f)
{
    const char *timeout = ctl->value[OPT_TIMEOUT], *repeat = ctl->value[OPT_REPEAT];
    for (size_t i = 0; i < CTL_OPTIONS_COUNT; i++) {
        const struct ctl_option_row *row = &ctl_options[i];
        if (ctl->value[i] != NULL && row->arg != NULL &&
            check_value(ctl->value[i], row->kind, row->choices, f) != WISH_RUN)
            return WISH_WRONG;
    }
    ctl->consistency = ctl->given[OPT_STALE] ? "local" : ctl->value[OPT_CONSISTENCY];
    if (repeat != NULL &&
        (units_duration(repeat, &ctl->repeat_ns) < 0 || ctl->repeat_ns < REPEAT_LEAST_NS))
        return wrong(f, "for example --repeat 1s", "%s: too often", repeat);
    if (ctl->verb->timeout == NULL)
        return WISH_RUN;
    if (timeout == NULL)
        timeout = ctl->verb->timeout;
    if (units_duration(timeout, &ctl->timeout_ns) < 0 || ctl->timeout_ns > 3600 * NS_PER_S)
        return wrong(f, "for example --timeout 5s", "%s: not a duration of at most an hour",
                     timeout);
    return read_where(ctl, f);
}

/* ---- the verb ---- */

static enum ctl_wish wrong_usage(const struct ctl_verb *verb, struct failure *f)
{
    struct buf args = {0};
    verbs_put_args(&args, verb);
    failure_set(f, CTL_USAGE, "USAGE", "usage: raftctl %s%s%s", verb->name, args.len > 0 ? " " : "",
                buf_str(&args));
    if (verb->args[0].kind == KIND_CONDITION)
        failure_fix(f, "raftctl wait " CTL_CONDITIONS);
    else
        failure_fix(f, "raftctl %s --help", verb->name);
    buf_free(&args);
    return WISH_WRONG;
}

/* The verb takes these options and these arguments. */
static enum ctl_wish check_verb(const struct ctl *ctl, struct failure *f)
{
    for (size_t i = 0; i < CTL_OPTIONS_COUNT; i++) {
        if (!ctl->given[i] || verbs_takes(ctl->verb, (enum ctl_option)i))
            continue;
        failure_set(f, CTL_USAGE, "USAGE", "--%s is not an option of %s", ctl_options[i].name,
                    ctl->verb->name);
        failure_fix(f, "raftctl %s --help", ctl->verb->name);
        return WISH_WRONG;
    }
    size_t count = (size_t)ctl->argc;
    if (count < verbs_args_min(ctl->verb) || count > verbs_args_max(ctl->verb))
        return wrong_usage(ctl->verb, f);
    for (size_t i = 0; i < count; i++) {
        const struct ctl_arg *arg = verbs_arg(ctl->verb, i);
        if (check_value(ctl->argv[i], arg->kind, arg->choices, f) != WISH_RUN)
            return WISH_WRONG;
    }
    return WISH_RUN;
}

/* "member what? list, add or remove" */
static enum ctl_wish wrong_group(const char *group, struct failure *f)
{
    size_t count, len = strlen(group), names_count = 0;
    const char *names[32] = {NULL};
    const struct ctl_verb *verbs = verbs_all(&count);
    struct buf text = {0};
    for (size_t i = 0; i < count; i++) {
        if (strncmp(verbs[i].name, group, len) == 0 && verbs[i].name[len] == ' ' &&
            names_count < ARRAY_LEN(names))
            names[names_count++] = verbs[i].name + len + 1;
    }
    for (size_t i = 0; i < names_count; i++)
        buf_putf(&text, "%s%s", i == 0 ? "" : i + 1 == names_count ? " or " : ", ", names[i]);
    failure_set(f, CTL_USAGE, "USAGE", "%s what? %s", group, buf_str(&text));
    failure_fix(f, "raftctl %s --help", group);
    buf_free(&text);
    return WISH_WRONG;
}

/* No verb: a shell, where a person or commands are. */
static const struct ctl_verb *unsaid(const struct ctl *ctl)
{
    char name[] = "shell", *words[] = {name, NULL};
    size_t ignored;
    bool person = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
    bool commands = ctl->given[OPT_COMMANDS] || ctl->given[OPT_FILE];
    return person || commands ? verbs_find(words, 1, &ignored) : NULL;
}

enum ctl_wish options_parse(char **words, size_t count, const char *const *defaults,
                            struct profile *profile, struct ctl *ret, struct failure *f)
{
    struct reading r = {.words = words, .count = count, .ctl = ret, .f = f};
    *ret = (struct ctl){.output = OUTPUT_TABLE};
    *profile = (struct profile){0};
    enum ctl_wish wish = read_words(&r);
    if (wish == WISH_RUN)
        wish = read_outside(ret, defaults, profile, f);
    if (!verbs_output(ret->value[OPT_OUTPUT], &ret->output) && wish == WISH_RUN)
        wish = check_value(ret->value[OPT_OUTPUT], KIND_CHOICE, ctl_options[OPT_OUTPUT].choices, f);
    if (wish != WISH_RUN)
        return wish;
    if (ret->given[OPT_VERSION])
        return WISH_VERSION;
    ret->argc = (int)(r.args_count - r.name_words);
    ret->argv = words + r.name_words;
    bool group = ret->verb == NULL && r.args_count > 0 && verbs_group(words[0]);
    ret->topic = group ? words[0] : NULL;
    bool rest = group && r.args_count > 1 && !ret->given[OPT_HELP];
    if (ret->verb == NULL && r.args_count > 0 && (!group || rest)) {
        near_verb(f, words, r.args_count);
        return WISH_WRONG;
    }
    if (ret->given[OPT_HELP])
        return WISH_HELP;
    if (group)
        return wrong_group(words[0], f);
    if (ret->verb == NULL)
        ret->verb = unsaid(ret);
    if (ret->verb == NULL)
        return wrong(f, isatty(STDIN_FILENO) != 0 ? "raftctl --help" : HELP_OF_PIPE,
                     "usage: raftctl [OPTION...] VERB [ARGUMENT...]%s", "   (no verb is given)");
    wish = check_verb(ret, f);
    return wish == WISH_RUN ? read_values(ret, f) : wish;
}
