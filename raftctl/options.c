/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/options.h"

#include "base/units.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const struct option_row {
    const char *name;
    char letter; /* 0: none */
    const char *arg;
    const char *help;
} rows[CTL_OPTIONS_COUNT] = {
#define X(id, name, letter, arg, help) {name, letter, arg, help},
    CTL_OPTIONS(X)
#undef X
};

/* The values as written: what the environment says, then what the command line says over it. */
struct values {
    const char *of[CTL_OPTIONS_COUNT]; /* NULL: not given; a flag's is empty */
};

static void read_environment(struct values *values)
{
    for (size_t i = 0; i < CTL_GLOBAL_OPTIONS; i++) {
        char name[64];
        if (rows[i].arg == NULL)
            continue;
        (void)snprintf(name, sizeof(name), "RAFTCTL_%s", rows[i].name);
        for (char *p = name; *p != '\0'; p++)
            *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
        const char *value = getenv(name);
        if (value != NULL && *value != '\0')
            values->of[i] = value;
    }
}

/* Values above this stand for options without a letter. */
#define LONG_ONLY 256

static int code_of(size_t row)
{
    return rows[row].letter != 0 ? rows[row].letter : LONG_ONLY + (int)row;
}

/* Lets getopt_long sort argv: options out, the rest behind optind. */
static enum ctl_wish read_words(int argc, char **argv, struct values *values, struct failure *f)
{
    struct option longs[CTL_OPTIONS_COUNT + 1] = {0};
    char shorts[2 * CTL_OPTIONS_COUNT + 2] = ":"; /* tell a missing argument from an unknown one */
    size_t at = 1;
    for (size_t i = 0; i < CTL_OPTIONS_COUNT; i++) {
        int has_arg = rows[i].arg != NULL ? required_argument : no_argument;
        longs[i] = (struct option){rows[i].name, has_arg, NULL, code_of(i)};
        if (rows[i].letter != 0)
            shorts[at++] = rows[i].letter;
        if (rows[i].letter != 0 && has_arg == required_argument)
            shorts[at++] = ':';
    }
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (code == ':' || code == '?') {
            failure_set(f, CTL_USAGE, "USAGE", "%s: %s", argv[optind - 1],
                        code == ':' ? "needs an argument" : "not an option of raftctl");
            failure_fix(f, "raftctl --help");
            return WISH_WRONG;
        }
        for (size_t i = 0; i < CTL_OPTIONS_COUNT; i++) {
            if (code == code_of(i))
                values->of[i] = optarg != NULL ? optarg : "";
        }
        /* Two ways to say where: what is said last counts, before the environment. */
        if (code == code_of(OPT_LAB))
            values->of[OPT_ENDPOINTS] = NULL;
        if (code == code_of(OPT_ENDPOINTS))
            values->of[OPT_LAB] = NULL;
    }
    return WISH_RUN;
}

static enum ctl_wish wrong(struct failure *f, const char *fix, const char *what, const char *thing)
{
    failure_set(f, CTL_USAGE, "USAGE", what, thing);
    failure_fix(f, "%s", fix);
    return WISH_WRONG;
}

static bool read_output(const char *text, enum ctl_output *ret)
{
    static const char *const names[] = {"table", "json", "plain"};
    for (size_t i = 0; text != NULL && i < ARRAY_LEN(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret = (enum ctl_output)i;
            return true;
        }
    }
    return text == NULL;
}

static bool known_consistency(const char *text)
{
    return text == NULL || strcmp(text, "index") == 0 || strcmp(text, "lease") == 0 ||
           strcmp(text, "local") == 0;
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
static enum ctl_wish read_where(const struct values *values, struct ctl *ret, struct failure *f)
{
    const char *endpoints = values->of[OPT_ENDPOINTS], *lab = values->of[OPT_LAB];
    size_t max = ARRAY_LEN(ret->endpoints);
    struct err e = {0};
    if (lab != NULL && endpoints != NULL)
        return wrong(f, "unset one of them, or say --lab or -e", "%s",
                     "RAFTCTL_ENDPOINTS and RAFTCTL_LAB are both set");
    if (lab == NULL && endpoints == NULL)
        return wrong(f, "raftctl -e 127.0.0.1:7201 ...   or set RAFTCTL_ENDPOINTS",
                     "%s: where is the cluster? no endpoint is given", ret->command->name);
    int count = lab != NULL ? endpoint_lab(lab, ret->endpoints, max, &e)
                            : endpoint_parse_list(endpoints, ret->endpoints, max, &e);
    if (count < 0 && lab != NULL)
        return no_lab(f, &e);
    if (count < 0)
        return wrong(f, "HOST:PORT, unix:PATH or a path, separated by commas", "%s", e.text);
    ret->endpoints_count = (size_t)count;
    return WISH_RUN;
}

/* The options that are values: where, how sure, and for how long. */
static enum ctl_wish read_values(const struct values *values, struct ctl *ret, struct failure *f)
{
    const char *timeout = values->of[OPT_TIMEOUT];
    ret->consistency = values->of[OPT_CONSISTENCY];
    if (!known_consistency(ret->consistency))
        return wrong(f, "raftctl get KEY --consistency local", "%s: not one of index, lease, local",
                     ret->consistency);
    if (ret->command->timeout == NULL)
        return WISH_RUN;
    if (timeout == NULL)
        timeout = ret->command->timeout;
    if (units_duration(timeout, &ret->timeout_ns) < 0 || ret->timeout_ns == 0 ||
        ret->timeout_ns > 3600 * NS_PER_S)
        return wrong(f, "for example --timeout 5s", "%s: not a duration of at most an hour",
                     timeout);
    return read_where(values, ret, f);
}

/* The verb takes these options and this many arguments. */
static enum ctl_wish check_verb(const struct values *values, struct ctl *ret, struct failure *f)
{
    const struct ctl_command *c = ret->command;
    for (size_t i = CTL_GLOBAL_OPTIONS; i < CTL_OPTIONS_COUNT; i++) {
        if (values->of[i] == NULL || (c->options >> i & 1) != 0)
            continue;
        failure_set(f, CTL_USAGE, "USAGE", "--%s is not an option of %s", rows[i].name, c->name);
        failure_fix(f, "raftctl %s --help", c->name);
        return WISH_WRONG;
    }
    if (ret->argc < c->args_min || ret->argc > c->args_max) {
        failure_set(f, CTL_USAGE, "USAGE", "usage: raftctl %s%s%s", c->name,
                    c->args[0] != '\0' ? " " : "", c->args);
        failure_fix(f, "raftctl %s --help", c->name);
        return WISH_WRONG;
    }
    return WISH_RUN;
}

const struct ctl_command *options_find(const struct ctl_command *commands, size_t count,
                                       const char *name)
{
    for (size_t i = 0; i < count; i++) {
        const char *alias = commands[i].alias;
        if (strcmp(commands[i].name, name) == 0 || (alias != NULL && strcmp(alias, name) == 0))
            return &commands[i];
    }
    return NULL;
}

enum ctl_wish options_parse(int argc, char **argv, const struct ctl_command *commands, size_t count,
                            struct ctl *ret, struct failure *f)
{
    struct values values = {0};
    *ret = (struct ctl){.output = OUTPUT_TABLE};
    read_environment(&values);
    enum ctl_wish wish = read_words(argc, argv, &values, f);
    if (!read_output(values.of[OPT_OUTPUT], &ret->output) && wish == WISH_RUN)
        wish =
            wrong(f, "raftctl --help", "%s: not one of table, json, plain", values.of[OPT_OUTPUT]);
    if (wish != WISH_RUN)
        return wish;
    if (values.of[OPT_VERSION] != NULL)
        return WISH_VERSION;
    for (size_t i = 0; i < CTL_OPTIONS_COUNT; i++)
        ret->given[i] = values.of[i] != NULL;
    if (optind < argc) {
        ret->command = options_find(commands, count, argv[optind]);
        if (ret->command == NULL)
            return wrong(f, "raftctl --help", "there is no verb \"%s\"", argv[optind]);
        ret->argc = argc - optind - 1;
        ret->argv = argv + optind + 1;
    }
    if (ret->given[OPT_HELP])
        return WISH_HELP;
    if (ret->command == NULL)
        return wrong(f, "raftctl --help", "%s", "no verb is given");
    wish = check_verb(&values, ret, f);
    return wish == WISH_RUN ? read_values(&values, ret, f) : wish;
}

static void help_option(struct buf *out, size_t i)
{
    char left[64];
    char letter[8] = "    ";
    if (rows[i].letter != 0)
        (void)snprintf(letter, sizeof(letter), "-%c, ", rows[i].letter);
    (void)snprintf(left, sizeof(left), "%s--%s%s%s", letter, rows[i].name,
                   rows[i].arg != NULL ? " " : "", rows[i].arg != NULL ? rows[i].arg : "");
    buf_putf(out, "  %-26s %s\n", left, rows[i].help);
}

static void help_options(struct buf *out, unsigned own)
{
    buf_puts(out, "\noptions\n");
    for (size_t i = CTL_GLOBAL_OPTIONS; i < CTL_OPTIONS_COUNT; i++) {
        if ((own >> i & 1) != 0)
            help_option(out, i);
    }
    for (size_t i = 0; i < CTL_GLOBAL_OPTIONS; i++)
        help_option(out, i);
}

void options_help(struct buf *out, const struct ctl_command *commands, size_t count)
{
    buf_puts(out, "usage: raftctl [OPTION...] VERB [ARGUMENT...]\n\nverbs\n");
    for (size_t i = 0; i < count; i++) {
        char left[64];
        (void)snprintf(left, sizeof(left), "%s %s", commands[i].name, commands[i].args);
        buf_putf(out, "  %-26s %s\n", left, commands[i].summary);
    }
    help_options(out, 0);
    buf_puts(out, "\nOptions with an argument may come from the environment: RAFTCTL_ENDPOINTS and "
                  "so on.\nExit codes: 0 yes, 1 no, 2 outcome unknown, 64 usage, 69 no node "
                  "reached,\n75 not applied (no leader), 77 not permitted. See raftctl(1).\n");
}

void options_help_command(struct buf *out, const struct ctl_command *c)
{
    buf_putf(out, "usage: raftctl %s%s%s\n\n%s\n", c->name, c->args[0] != '\0' ? " " : "", c->args,
             c->about);
    if (c->alias != NULL)
        buf_putf(out, "Also called %s.\n", c->alias);
    if (c->timeout != NULL)
        buf_putf(out, "Gives up after %s unless --timeout says otherwise.\n", c->timeout);
    help_options(out, c->options);
}
