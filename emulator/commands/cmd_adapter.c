/* SPDX-License-Identifier: GPL-3.0-or-later */
/* adapter: what stands between the laboratory and systems that are not raftd. */
#include "emulator/adapters/systems.h"
#include "emulator/cmd.h"

int cmd_adapter(const struct cmd *cmd, int argc, char **argv)
{
    if (argc < 2)
        return cmd_usage(cmd, "give the system: redis-sentinel");
    const struct adapter_system *system = adapter_system_find(argv[1]);
    if (system == NULL)
        return cmd_usage(cmd, "%s: there is redis-sentinel", argv[1]);
    return argc > 2 ? cmd_usage(cmd, "%s takes no arguments", argv[1]) : adapter_serve(system);
}
