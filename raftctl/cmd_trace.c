/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl trace: the nodes' traces, turned on and off while they run. */
#include "raftctl/cmd.h"
#include "raftctl/fan.h"
#include "raftctl/pointer.h"

#include <cjson/cJSON.h>

const struct form form_trace = {.rows = "nodes",
                                .columns = "NODE=node TRACE=trace >BYTES=bytes FILE=file",
                                .schema =
                                    "nodes:[{node:s trace:s file:s bytes:n}]" FAN_ERRORS_SCHEMA};

static void put_node(struct jsonw *w, const struct fan_answer *a)
{
    const char *file = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(a->doc, "file"));
    bool on = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(a->doc, "on")) != 0;
    jsonw_object(w);
    jsonw_kv_string(w, "node", a->name);
    jsonw_kv_string(w, "trace", on ? "on" : "off");
    jsonw_kv_string(w, "file", file != NULL ? file : "");
    jsonw_kv_u64(w, "bytes", pointer_number(a->doc, "bytes"));
    jsonw_end(w);
}

static void put_nodes(struct jsonw *w, const struct ctl *ctl, const struct fan *fan)
{
    (void)ctl;
    jsonw_key(w, "nodes");
    jsonw_array(w);
    for (size_t i = 0; i < fan->count; i++) {
        if (fan->answers[i].error == NULL)
            put_node(w, &fan->answers[i]);
    }
    jsonw_end(w);
}

enum ctl_exit cmd_trace(const struct ctl *ctl)
{
    const char *turn = ctl->verb->name + strlen("trace ");
    const struct span words[] = {span_str("RAFT"), span_str("TRACE"), span_str(turn)};
    size_t count = strcmp(turn, "status") == 0 ? 2 : 3;
    return fan_order(ctl, ctl->value[OPT_NODE], words, count, &form_trace, put_nodes);
}
