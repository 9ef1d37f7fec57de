/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl manual: what the manual page says of the table. */
#include "raftctl/cmd.h"
#include "raftctl/help.h"
#include "raftctl/print.h"

enum ctl_exit cmd_manual(const struct ctl *ctl)
{
    struct buf out = {0};
    help_put_manual(&out);
    enum ctl_exit exit = print_out(ctl, &out, CTL_OK);
    buf_free(&out);
    return exit;
}
