/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ps, net: what labs there are, and how they stand. */
#include "emulator/commands/at_lab.h"
#include "emulator/commands/lab_view.h"
#include "emulator/commands/sweep_labs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One that has no socket yet, or none any more, is named and no mistake. */
static bool is_between(const char *folder, const char *name)
{
    char path[LABS_PATH_MAX];
    return access(labs_path(folder, name, LABS_CONTROL, path), F_OK) < 0;
}

static int tell_all(enum lab_view what)
{
    char folder[LABS_PATH_MAX];
    struct labs_names all;
    bool json = what == LAB_VIEW_JSON;
    int code = at_lab_folder(folder), worst = 0;
    if (code != 0)
        return code;
    (void)sweep_labs(folder, json);
    labs_list(folder, &all);
    for (size_t i = 0; i < all.count; i++) {
        if (!is_between(folder, all.items[i]))
            worst = cmd_worse(worst, lab_view_of(all.items[i], what));
        else if (!json)
            (void)printf("lab %s: just beginning or ending\n", all.items[i]);
    }
    if (all.count == 0 && !json)
        (void)printf("no labs; raft-emulator up makes one\n");
    return worst;
}

int cmd_ps(const struct cmd *cmd, int argc, char **argv)
{
    static const struct option options[] = {{0}};
    enum lab_view what = LAB_VIEW_NODES;
    int option;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
        if (option != 'o' || strcmp(optarg, "json") != 0)
            return cmd_usage(cmd, "unknown option or missing value: %s", argv[optind - 1]);
        what = LAB_VIEW_JSON;
    }
    if (argc - optind > 1)
        return cmd_usage(cmd, "one lab, or all of them");
    return optind == argc ? tell_all(what) : lab_view_of(argv[optind], what);
}

int cmd_net(const struct cmd *cmd, int argc, char **argv)
{
    const char *name;
    int code = at_lab_words(cmd, argc, argv, &name);
    if (code != 0)
        return code;
    bool all = argc - optind == 2 && strcmp(argv[optind + 1], "all") == 0;
    if (optind == argc || strcmp(argv[optind], "show") != 0 || (argc - optind > 1 && !all))
        return cmd_usage(cmd, "net show, or net show all");
    return lab_view_of(name, all ? LAB_VIEW_NET_ALL : LAB_VIEW_NET);
}
