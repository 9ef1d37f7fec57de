/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ps, net: what labs there are, and how they stand. */
#include "emulator/commands/at_lab.h"
#include "emulator/commands/lab_view.h"
#include "emulator/commands/sweep_labs.h"

#include <stdio.h>
#include <string.h>

/* Each as JSON on a line of its own, or as a table. */
static int tell(const char *name, bool json)
{
    struct at_lab at;
    struct lab_answer answer;
    int code = at_lab_call(name, &at);
    if (code == 0)
        code = at_lab_ask(&at, "state", NULL, 0, &answer);
    if (code == 0) {
        if (json)
            (void)printf("%s\n", buf_str(&answer.text));
        else
            code = lab_view_nodes(&at, &answer.text);
        lab_answer_free(&answer);
    }
    at_lab_end(&at);
    return code;
}

static int tell_all(bool json)
{
    char folder[LABS_PATH_MAX];
    struct labs_names all;
    int code = at_lab_folder(folder), worst = 0;
    if (code != 0)
        return code;
    sweep_labs(folder, json);
    labs_list(folder, &all);
    for (size_t i = 0; i < all.count; i++)
        worst = cmd_worse(worst, tell(all.items[i], json));
    if (all.count == 0 && !json)
        (void)printf("no labs; raft-emulator up makes one\n");
    return worst;
}

int cmd_ps(const struct cmd *cmd, int argc, char **argv)
{
    static const struct option options[] = {{0}};
    bool json = false;
    int option;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
        if (option != 'o' || strcmp(optarg, "json") != 0)
            return cmd_usage(cmd, "unknown option or missing value: %s", argv[optind - 1]);
        json = true;
    }
    if (argc - optind > 1)
        return cmd_usage(cmd, "one lab, or all of them");
    return optind == argc ? tell_all(json) : tell(argv[optind], json);
}

int cmd_net(const struct cmd *cmd, int argc, char **argv)
{
    const char *name;
    struct at_lab at;
    struct lab_answer answer;
    int code = at_lab_options(cmd, argc, argv, &name);
    if (code != 0)
        return code;
    bool all = argc - optind == 2 && strcmp(argv[optind + 1], "all") == 0;
    if (optind == argc || strcmp(argv[optind], "show") != 0 || (argc - optind > 1 && !all))
        return cmd_usage(cmd, "net show, or net show all");
    code = at_lab_call(name, &at);
    if (code == 0)
        code = at_lab_ask(&at, "state", NULL, 0, &answer);
    if (code == 0) {
        code = lab_view_net(&answer.text, all);
        lab_answer_free(&answer);
    }
    at_lab_end(&at);
    return code;
}
