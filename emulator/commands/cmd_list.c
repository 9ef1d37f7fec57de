/* SPDX-License-Identifier: GPL-3.0-or-later */
/* list: the shipped scenarios. */
#include "emulator/cmd.h"
#include "emulator/commands/list_say.h"
#include "emulator/commands/load.h"
#include "emulator/commands/tags.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* tag: NULL for all. */
static bool is_meant(const struct scenario_list_entry *entry, const char *tag)
{
    return tag == NULL || (entry->scenario != NULL && load_has_tag(entry->scenario, tag));
}

static void print_json(const struct scenario_list *list, const char *tag)
{
    struct buf out = {0};
    struct jsonw w;
    jsonw_init(&w, &out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_key(&w, "scenarios");
    jsonw_array(&w);
    for (size_t i = 0; i < list->count; i++) {
        if (is_meant(&list->items[i], tag))
            list_say_json(&list->items[i], &w);
    }
    jsonw_end(&w);
    jsonw_end(&w);
    (void)puts(buf_str(&out));
    buf_free(&out);
}

/* Those with the tag; what is there instead if there are none. */
static int print_list(const struct scenario_list *list, const char *tag, bool json)
{
    size_t meant = 0;
    for (size_t i = 0; i < list->count; i++) {
        bool one = is_meant(&list->items[i], tag);
        meant += one;
        if (one && !json)
            list_say_text(&list->items[i]);
    }
    if (meant > 0 && json)
        print_json(list, tag);
    if (meant > 0)
        return 0;
    if (tag == NULL) {
        cmd_error("no scenarios below %s", cmd_scenarios_folder());
        return EXIT_NO_INPUT;
    }
    struct buf tags = {0};
    tags_print(list, &tags);
    cmd_error("no scenario has the tag %s\n  fix: there are %s", tag, buf_str(&tags));
    buf_free(&tags);
    return EXIT_NO_INPUT;
}

int cmd_list(const struct cmd *cmd, int argc, char **argv)
{
    static const struct option options[] = {{"tag", required_argument, NULL, 't'}, {0}};
    const char *tag = NULL;
    struct scenario_list list = {0};
    struct err e = {0};
    bool json = false;
    int option;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
        if (option == 't')
            tag = optarg;
        else if (option == 'o' && (strcmp(optarg, "json") == 0 || strcmp(optarg, "text") == 0))
            json = optarg[0] == 'j';
        else if (option == 'o')
            return cmd_usage(cmd, "-o %s: give json or text", optarg);
        else
            return cmd_usage(cmd, "unknown option or missing value: %s", argv[optind - 1]);
    }
    if (optind != argc)
        return cmd_usage(cmd, "takes no arguments; raft-emulator show NAME shows one");
    if (scenario_list_scan(cmd_scenarios_folder(), &list, &e) < 0) {
        cmd_error("%s", e.text);
        return EXIT_NO_INPUT;
    }
    int code = print_list(&list, tag, json);
    scenario_list_free(&list);
    return code;
}
