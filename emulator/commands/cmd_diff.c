/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diff: two results of one scenario side by side. */
#include "emulator/cmd.h"
#include "emulator/commands/compare.h"

int cmd_diff(const struct cmd *cmd, int argc, char **argv)
{
    struct compared compared;
    struct err e = {0};
    if (argc != 3)
        return cmd_usage(cmd, "give two result directories");
    if (compare_runs(argv[1], argv[2], &compared, &e) < 0) {
        cmd_error("%s\n  fix: give two directories of run or sim, as runs/latest", e.text);
        return EXIT_NO_INPUT;
    }
    return compared.judgements ? 0 : EXIT_CHECK_FAILED;
}
