/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exec: a program in the namespaces of a lab's node. */
#include "emulator/commands/lab_exec.h"

int cmd_exec(const struct cmd *cmd, int argc, char **argv)
{
    const char *name;
    struct at_lab at;
    int code = at_lab_options(cmd, argc, argv, &name);
    if (code != 0)
        return code;
    if (argc - optind < 2)
        return cmd_usage(cmd, "a node and a program are needed: exec n1 ss -tn");
    code = at_lab_call(name, &at);
    if (code == 0)
        code = lab_exec(&at, argv[optind], argv + optind + 1);
    at_lab_end(&at);
    return code;
}
