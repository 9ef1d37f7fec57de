/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl leave: a node takes itself out of the cluster, and its process ends. */
#include "raftctl/cmd.h"
#include "raftctl/form.h"
#include "raftctl/steer.h"

const struct form form_leave = {.line = "{left} has left the cluster, and its process ends",
                                .schema = "left:s"};

enum ctl_exit cmd_leave(const struct ctl *ctl)
{
    const struct span words[] = {span_str("RAFT"), span_str("LEAVE")};
    struct answer answer;
    struct failure failure;
    struct buf json = {0};
    struct jsonw w;
    if (steer_node(ctl, ctl->argv[0], ASK_CHANGE, words, ARRAY_LEN(words), &answer, &failure) !=
        CTL_OK)
        return steer_failed(ctl, &failure);
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "left", ctl->argv[0]);
    form_put_via(&w, answer.conn.to.text);
    jsonw_end(&w);
    conn_close(&answer.conn);
    return form_show(ctl, &form_leave, &json, CTL_OK);
}
