/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl leave: a node takes itself out of the cluster, and its process ends. */
#include "raftctl/cmd.h"
#include "raftctl/steer.h"

enum ctl_exit cmd_leave(const struct ctl *ctl)
{
    const struct span words[] = {span_str("RAFT"), span_str("LEAVE")};
    struct answer answer;
    struct failure failure;
    struct buf out = {0};
    if (steer_node(ctl, ctl->argv[0], words, ARRAY_LEN(words), &answer, &failure) != CTL_OK)
        return steer_failed(ctl, &failure);
    conn_close(&answer.conn);
    if (ctl_output_is_json(ctl->output)) {
        struct jsonw w;
        jsonw_init(&w, &out);
        jsonw_object(&w);
        jsonw_kv_u64(&w, "v", 1);
        jsonw_kv_string(&w, "left", ctl->argv[0]);
        jsonw_end(&w);
    } else {
        print_escaped(&out, span_str(ctl->argv[0]));
        buf_puts(&out, " has left the cluster, and its process ends");
    }
    return print_answer(ctl, &out, CTL_OK);
}
