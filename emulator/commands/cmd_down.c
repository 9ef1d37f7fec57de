/* SPDX-License-Identifier: GPL-3.0-or-later */
/* down, clean: labs end, and nothing is left of them. */
#include "emulator/commands/at_lab.h"
#include "emulator/commands/sweep_labs.h"
#include "emulator/lab/place.h"

#include <poll.h>
#include <stdio.h>

#define GONE_MS 30000

size_t sweep_labs(const char *folder, bool quiet)
{
    struct labs_names dead;
    place_sweep(folder, &dead);
    for (size_t i = 0; i < dead.count && !quiet; i++)
        (void)printf("lab %s was dead: its keeper had been killed, and its nodes with it; its "
                     "directory is removed\n",
                     dead.items[i]);
    return dead.count;
}

/* Its keeper removes the directory last, and then lets go of the lock. */
static bool gone(const struct at_lab *at)
{
    for (unsigned waited = 0; waited < GONE_MS; waited += 10) {
        if (labs_state(at->folder, at->name) == LABS_NONE)
            return true;
        (void)poll(NULL, 0, 10);
    }
    return false;
}

int at_lab_down(struct at_lab *at)
{
    int code = at_lab_do(at, "down", NULL, 0);
    if (code == 0 && !gone(at)) {
        cmd_error("lab %s does not end\n  fix: kill -9 its keeper, the number is in %s/%s/keeper",
                  at->name, at->folder, at->name);
        code = EXIT_INTERNAL;
    }
    if (code == 0)
        (void)printf("lab %s is gone\n", at->name);
    return code;
}

static int down(const char *name)
{
    struct at_lab at;
    int code = at_lab_call(name, &at);
    if (code == 0)
        code = at_lab_down(&at);
    at_lab_end(&at);
    return code;
}

static int down_all(void)
{
    char folder[LABS_PATH_MAX];
    struct labs_names all;
    int worst = at_lab_folder(folder);
    if (worst != 0)
        return worst;
    (void)sweep_labs(folder, false);
    labs_list(folder, &all);
    for (size_t i = 0; i < all.count; i++)
        worst = cmd_worse(worst, down(all.items[i]));
    if (all.count == 0)
        (void)printf("no labs\n");
    return worst;
}

int cmd_down(const struct cmd *cmd, int argc, char **argv)
{
    static const struct option options[] = {{"all", no_argument, NULL, 'a'}, {0}};
    bool all = false;
    int option;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'a')
            return cmd_usage(cmd, "unknown option: %s", argv[optind - 1]);
        all = true;
    }
    if (argc - optind > (all ? 0 : 1))
        return cmd_usage(cmd, "one lab, or --all");
    return all ? down_all() : down(optind < argc ? argv[optind] : NULL);
}

int cmd_clean(const struct cmd *cmd, int argc, char **argv)
{
    char folder[LABS_PATH_MAX];
    (void)argv;
    if (argc != 1)
        return cmd_usage(cmd, "takes no arguments");
    int code = at_lab_folder(folder);
    if (code == 0 && sweep_labs(folder, false) == 0)
        (void)printf("nothing to clean: processes, namespaces, devices and mounts end with the "
                     "program that made them, and every lab's directory is in use\n");
    return code;
}
