/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl status: the whole cluster from any endpoint, whether its nodes answer or not. */
#include "raftctl/ask.h"
#include "raftctl/cmd.h"
#include "raftctl/form.h"
#include "raftctl/pending.h"
#include "raftctl/status_view.h"

const struct form form_status = {
    .rows = "nodes",
    .schema =
        "cluster:{name:s id:x term?:n leader:s~ commit?:n voters:n quorum:n healthy:n "
        "tolerates:n joint:b generation?:n given_up?:[s] " PENDING_SCHEMA
        "} nodes:[{name:s id?:x address?:s member:b voter:b reachable:b "
        "priority?:n lag?:n contact_ms?:n refused?:s pending?:s role?:s term?:n last?:n commit?:n "
        "applied?:n "
        "first?:n "
        "election_ms?:n lease_ms?:n heard_ms?:n version?:s error?:{code:s msg:s}}] warnings:[s]"};

enum ctl_exit cmd_status(const struct ctl *ctl)
{
    static struct survey survey; /* large, and there is one */
    struct failure failure;
    if (ctl->given[OPT_WATCH])
        return cmd_top(ctl);
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    struct buf out = {0};
    if (form_wants_json(ctl)) {
        status_put_json(&out, &survey);
        return form_show(ctl, &form_status, &out, CTL_OK);
    }
    if (ctl->output == OUTPUT_PLAIN)
        status_put_plain(&out, &survey);
    else
        status_put_table(&out, &survey, ctl->sink);
    if (ctl->given[OPT_QUIET])
        buf_reset(&out);
    enum ctl_exit exit = print_out(ctl, &out, CTL_OK);
    buf_free(&out);
    return exit;
}
