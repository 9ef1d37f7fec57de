/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/load.h"

#include "base/mem.h"
#include "emulator/cmd.h"
#include "emulator/scenario/list.h"
#include "emulator/scenario/parse.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int load_set(const struct cmd *cmd, const char **sets, size_t *count, const char *assignment)
{
    struct err e = {0};
    if (json_override_check(assignment, &e) < 0)
        return cmd_usage(cmd, "%s", e.text);
    if (*count == LOAD_SETS_MAX)
        return cmd_usage(cmd, "more than %d --set", LOAD_SETS_MAX);
    sets[(*count)++] = assignment;
    return 0;
}

bool load_option(const struct cmd *cmd, struct load_options *o, int option, const char *value,
                 int *ret_code)
{
    *ret_code = 0;
    if (option == 'T')
        o->tag = value;
    else if (option != 's')
        return false;
    else
        *ret_code = load_set(cmd, o->sets, &o->sets_count, value);
    return true;
}

bool load_has_tag(const struct scenario *s, const char *tag)
{
    for (size_t i = 0; i < s->tags.count; i++) {
        if (strcmp(s->tags.items[i], tag) == 0)
            return true;
    }
    return false;
}

static int load_file(const struct load_options *o, const char *path, const char *given,
                     struct loaded *ret)
{
    struct buf out = {0};
    struct err e = {0};
    if (ret->count == LOAD_MAX) {
        cmd_error("more than %d scenarios", LOAD_MAX);
        return EXIT_USAGE;
    }
    int code =
        scenario_load(path, o->sets, o->sets_count, o->world, &out, &ret->items[ret->count], &e);
    (void)fputs(buf_str(&out), stderr);
    buf_free(&out);
    if (code == 0 && o->tag != NULL && !load_has_tag(ret->items[ret->count], o->tag)) {
        scenario_free(ret->items[ret->count]);
        return 0;
    }
    if (code == 0) {
        ret->given[ret->count] = given == NULL ? ret->items[ret->count]->file : given;
        ret->count++;
        return 0;
    }
    if (code == -E_UNSUPPORTED) { /* said, and counted as skipped: never as passed */
        (void)fprintf(stderr, "skip: %s\n", e.text);
        ret->unable++;
        return 0;
    }
    return code == -E_INVALID || code == -E_LIMIT ? EXIT_BAD_SCENARIO : EXIT_NO_INPUT;
}

static int load_folder(const struct load_options *o, const char *folder, struct loaded *ret)
{
    struct scenario_list list = {0};
    struct err e = {0};
    if (scenario_list_scan(folder, &list, &e) < 0) {
        cmd_error("%s", e.text);
        return EXIT_NO_INPUT;
    }
    int code = 0;
    for (size_t i = 0; i < list.count && code == 0; i++) {
        const struct scenario *s = list.items[i].scenario; /* NULL: what is wrong will be said */
        if (o->tag == NULL || s == NULL || load_has_tag(s, o->tag))
            code = load_file(o, list.items[i].path, NULL, ret);
    }
    scenario_list_free(&list);
    return code;
}

static int load_named(const struct load_options *o, const char *name, struct loaded *ret)
{
    struct stat st;
    struct err e = {0};
    if (stat(name, &st) == 0 && S_ISDIR(st.st_mode))
        return load_folder(o, name, ret);
    if (stat(name, &st) == 0)
        return load_file(o, name, name, ret);
    char *path = scenario_list_find(cmd_scenarios_folder(), name, &e);
    if (path == NULL) {
        cmd_error("%s", e.text);
        return EXIT_NO_INPUT;
    }
    int code = load_file(o, path, name, ret);
    mem_free(path);
    return code;
}

int load_all(const struct load_options *o, char *const *names, int count, struct loaded *ret)
{
    int code = 0;
    if (count == 0 && o->tag != NULL)
        code = load_folder(o, cmd_scenarios_folder(), ret);
    for (int i = 0; i < count && code == 0; i++)
        code = load_named(o, names[i], ret);
    if (code != 0 || o->tag == NULL || ret->count + ret->unable > 0)
        return code;
    cmd_error("no scenario there has the tag %s", o->tag);
    return EXIT_NO_INPUT;
}

int load_simulable(const struct load_options *o, char *const *names, int count, struct loaded *ret)
{
    int code = load_all(o, names, count, ret);
    if (code != 0 || ret->count > 0)
        return code;
    cmd_error("no scenario there that can be simulated: nothing was tested");
    return ret->unable > 0 ? EXIT_CANNOT_RUN : EXIT_VACUOUS;
}

void loaded_free(struct loaded *l)
{
    for (size_t i = 0; i < l->count; i++)
        scenario_free(l->items[i]);
    mem_free(l);
}
