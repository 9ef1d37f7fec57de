/* SPDX-License-Identifier: GPL-3.0-or-later */
/* adapter: what stands between the laboratory and systems that are not raftd, and whether
 * somebody's own does what it should. */
#include "base/buf.h"
#include "emulator/adapters/systems.h"
#include "emulator/cmd.h"

#include <string.h>

/* A scenario like any other: each step is a part of the protocol, and named for it. */
static int test_adapter(const struct cmd *cmd, int argc, char **argv)
{
    struct buf sut = {0};
    const struct adapter_system *system = argc == 1 ? adapter_system_find(argv[0]) : NULL;
    if (argc == 0)
        return cmd_usage(cmd, "test: give the program, and its words");
    buf_puts(&sut, system != NULL ? "" : "exec:");
    for (int i = 0; i < argc; i++)
        buf_putf(&sut, "%s%s", i == 0 ? "" : " ", argv[i]);
    char run[] = "run", name[] = "adapter-test", option[] = "--sut";
    char *words[] = {run, name, option, sut.data, NULL};
    int code = cmd_run(cmd, (int)ARRAY_LEN(words) - 1, words);
    buf_free(&sut);
    return code;
}

int cmd_adapter(const struct cmd *cmd, int argc, char **argv)
{
    if (argc < 2)
        return cmd_usage(cmd, "give the system, or test and a program");
    if (strcmp(argv[1], "test") == 0)
        return test_adapter(cmd, argc - 2, argv + 2);
    const struct adapter_system *system = adapter_system_find(argv[1]);
    if (system == NULL)
        return cmd_usage(cmd, "%s: there is %s", argv[1], ADAPTER_SYSTEMS);
    return argc > 2 ? cmd_usage(cmd, "%s takes no arguments", argv[1]) : adapter_serve(system);
}
