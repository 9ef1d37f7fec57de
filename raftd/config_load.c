/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command line, file and defaults become one struct config. */
#include "base/mem.h"
#include "raftd/options.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_VALUE_MAX 120 /* characters of a bad value that are repeated in the message */

static void set_value(struct config_value *v, const char *text, const char *origin)
{
    mem_free(v->text);
    v->text = mem_strdup(text);
    (void)snprintf(v->origin, sizeof(v->origin), "%s", origin);
}

/* The options that are no configuration; true if it was one. */
static bool take_action(struct config *c, const char *name)
{
    static const struct {
        const char *name;
        enum config_action action;
    } actions[] = {
        {"help", CONFIG_HELP},
        {"version", CONFIG_VERSION},
        {"check-config", CONFIG_CHECK},
        {"print-config", CONFIG_PRINT},
        {"print-config=text", CONFIG_PRINT},
        {"print-config=json", CONFIG_PRINT_JSON},
    };
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        if (strcmp(name, actions[i].name) != 0)
            continue;
        if (c->action != CONFIG_HELP && c->action != CONFIG_VERSION)
            c->action = actions[i].action;
        return true;
    }
    return false;
}

static int usage(struct err *e, const char *word, const char *why, const char *hint)
{
    (void)err_set(e, -E_INVALID, "config: %.*s: %s%s", SHOWN_VALUE_MAX, word, why, hint);
    return CONFIG_EXIT_USAGE;
}

/* One word that begins with --; *at moves on if the value is the next word. */
static int take_word(struct config *c, int argc, char *const *argv, int *at, struct err *e)
{
    const char *word = argv[*at];
    const char *name = word + 2;
    const char *equals = strchr(name, '=');
    size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
    bool is_file = len == strlen("config") && memcmp(name, "config", len) == 0;
    int row = is_file ? -1 : option_find(name, len, false);
    if (!is_file && row < 0) {
        char bare[OPTION_NAME_MAX], hint[OPTION_WHY_MAX];
        (void)snprintf(bare, sizeof(bare), "%.*s", (int)len, name);
        option_hint(bare, false, hint);
        return usage(e, word, "no such option",
                     hint[0] != '\0' ? hint : "; raftd --help lists them");
    }
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (value == NULL && row >= 0 && option_rows[row].metavar == NULL)
        value = "true";
    if (value == NULL && *at + 1 < argc && strncmp(argv[*at + 1], "--", 2) != 0)
        value = argv[++*at];
    if (value == NULL)
        return usage(e, word, "needs a value: ", is_file ? "FILE" : option_rows[row].metavar);
    if (is_file && strlen(value) >= sizeof(c->file))
        return usage(e, word, "the path is too long", "");
    if (is_file)
        (void)snprintf(c->file, sizeof(c->file), "%s", value);
    else
        set_value(&c->values[row], value, "command line");
    if (!is_file)
        c->values[row].command_line = true;
    return 0;
}

static int take_command_line(struct config *c, int argc, char *const *argv, struct err *e)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0)
            return usage(e, argv[i], "no option: all begin with --", "; raftd --help lists them");
        if (take_action(c, argv[i] + 2))
            continue;
        int code = take_word(c, argc, argv, &i, e);
        if (code != 0)
            return code;
    }
    return 0;
}

static void take_defaults(struct config *c)
{
    for (size_t i = 0; i < option_rows_count; i++) {
        if (c->values[i].text == NULL && option_rows[i].fallback != NULL)
            set_value(&c->values[i], option_rows[i].fallback, "default");
    }
}

/* From texts to fields. */
static int parse_values(struct config *c, struct err *e)
{
    for (size_t i = 0; i < option_rows_count; i++) {
        const struct option_row *row = &option_rows[i];
        const struct config_value *v = &c->values[i];
        char key[OPTION_NAME_MAX], why[OPTION_WHY_MAX];
        option_key(row, key);
        if (v->text == NULL && row->required) {
            (void)err_set(e, -E_INVALID, "config: %s: missing: say --%s %s, or \"%s\" in the file",
                          key, row->name, row->metavar, key);
            return CONFIG_EXIT_USAGE;
        }
        if (v->text == NULL)
            continue;
        const char *problem = row->parse(v->text, (char *)c + row->offset, why);
        if (problem == NULL)
            continue;
        (void)err_set(e, -E_INVALID, "config: %s: %.*s: %s (%s)", key, SHOWN_VALUE_MAX, v->text,
                      problem, v->origin);
        return v->command_line ? CONFIG_EXIT_USAGE : CONFIG_EXIT_CONFIG;
    }
    return 0;
}

int config_load(int argc, char *const *argv, struct config *ret, struct err *e)
{
    *ret = (struct config){.lab_fd = LAB_FD_NONE};
    int code = take_command_line(ret, argc, argv, e);
    if (code != 0 || ret->action == CONFIG_HELP || ret->action == CONFIG_VERSION)
        return code;
    if (ret->file[0] != '\0')
        code = config_read_file(ret, ret->file, e);
    if (code == 0) {
        take_defaults(ret);
        code = parse_values(ret, e);
    }
    return code == 0 ? config_check(ret, e) : code;
}

void config_free(struct config *c)
{
    for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
        mem_free(c->values[i].text);
        c->values[i].text = NULL;
    }
}
