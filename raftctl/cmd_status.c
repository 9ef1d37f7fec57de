/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl status: the whole cluster from any endpoint, whether its nodes answer or not. */
#include "raftctl/ask.h"
#include "raftctl/cmd.h"
#include "raftctl/status_view.h"

enum ctl_exit cmd_status(const struct ctl *ctl)
{
    struct survey survey;
    struct failure failure;
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    struct buf out = {0};
    switch (ctl->output) {
    case OUTPUT_TABLE: status_put_table(&out, &survey); break;
    case OUTPUT_JSON:
    case OUTPUT_JSONL: status_put_json(&out, &survey); break;
    case OUTPUT_PLAIN: status_put_plain(&out, &survey); break;
    }
    if (ctl->given[OPT_QUIET])
        buf_reset(&out);
    enum ctl_exit exit = print_out(ctl, &out, CTL_OK);
    buf_free(&out);
    return exit;
}
