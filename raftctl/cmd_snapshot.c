/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl snapshot: one node takes a snapshot of its state now, or tells of the last one. */
#include "raftctl/cmd.h"
#include "raftctl/form.h"
#include "raftctl/steer.h"

#define IMAGE "{index:n term:n digest:x bytes:n config_index:n}"

const struct form form_snapshot_take = {.object = "snapshot", .schema = "snapshot:" IMAGE};
const struct form form_snapshot_status = {
    .object = "snapshot",
    .schema =
        "snapshot:{node?:s image:" IMAGE "~ taking:* receiving:* sending:[{to:s index:n sent:n "
        "bytes:n}] taken:n last_took_ms:n installed:n sent_bytes:n received_bytes:n first:n "
        "since_bytes:n}"};

static enum ctl_exit tell(const struct ctl *ctl, const struct answer *answer)
{
    struct failure failure;
    if (answer->value->kind != RESP_BULK) {
        (void)ask_surprised(answer, &failure);
        return print_failure(ctl, &failure);
    }
    return form_show_node(ctl, ctl->verb->form, "snapshot", answer->value->text,
                          answer->conn.to.text);
}

static enum ctl_exit snapshot(const struct ctl *ctl, bool take)
{
    const struct span words[] = {span_str("RAFT"), span_str("SNAPSHOT"), span_str("STATUS")};
    size_t count = take ? 2 : 3;
    enum ask_kind kind = take ? ASK_CHANGE : ASK_READ;
    struct answer answer;
    struct failure failure;
    enum ctl_exit exit;
    if (ctl->argc > 0)
        exit = steer_node(ctl, ctl->argv[0], kind, words, count, &answer, &failure);
    else
        exit = steer_ask(ctl, kind, words, count, &answer, &failure);
    if (exit != CTL_OK)
        return take ? steer_failed(ctl, &failure) : print_failure(ctl, &failure);
    exit = tell(ctl, &answer);
    conn_close(&answer.conn);
    return exit;
}

enum ctl_exit cmd_snapshot_take(const struct ctl *ctl)
{
    return snapshot(ctl, true);
}

enum ctl_exit cmd_snapshot_status(const struct ctl *ctl)
{
    return snapshot(ctl, false);
}
