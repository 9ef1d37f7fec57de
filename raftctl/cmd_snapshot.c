/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl snapshot: one node takes a snapshot of its state now, or tells of the last one. */
#include "raftctl/cmd.h"
#include "raftctl/steer.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static void put_value(struct buf *out, const cJSON *item)
{
    char *text = cJSON_IsString(item) ? NULL : cJSON_PrintUnformatted(item);
    const char *value = cJSON_IsNull(item) ? "-" : text != NULL ? text : item->valuestring;
    print_escaped(out, span_str(value == NULL ? "" : value));
    cJSON_free(text);
}

/* The node answers an object: a line "name value" each. */
static bool put_object(struct buf *out, struct span json)
{
    cJSON *doc = json.len == 0 ? NULL : cJSON_ParseWithLength(json.data, json.len);
    bool good = cJSON_IsObject(doc);
    for (const cJSON *item = good ? doc->child : NULL; item != NULL; item = item->next) {
        buf_putf(out, "%-14s  ", item->string);
        put_value(out, item);
        buf_putc(out, '\n');
    }
    cJSON_Delete(doc);
    return good;
}

static enum ctl_exit tell(const struct ctl *ctl, const struct answer *answer)
{
    struct buf out = {0};
    struct failure failure;
    enum ctl_exit exit;
    bool good = answer->value->kind == RESP_BULK;
    if (good && ctl_output_is_json(ctl->output)) {
        buf_puts(&out, "{\"v\":1,\"snapshot\":");
        buf_put(&out, answer->value->text.data, answer->value->text.len);
        buf_puts(&out, "}\n");
    } else if (good) {
        good = put_object(&out, answer->value->text);
    }
    if (ctl->given[OPT_QUIET])
        buf_reset(&out);
    if (good) {
        exit = print_out(ctl, &out, CTL_OK);
    } else {
        (void)ask_surprised(answer, &failure);
        exit = print_failure(ctl, &failure);
    }
    buf_free(&out);
    return exit;
}

static enum ctl_exit snapshot(const struct ctl *ctl, bool take)
{
    const struct span words[] = {span_str("RAFT"), span_str("SNAPSHOT"), span_str("STATUS")};
    size_t count = take ? 2 : 3;
    struct answer answer;
    struct failure failure;
    enum ctl_exit exit;
    if (ctl->argc > 0)
        exit = steer_node(ctl, ctl->argv[0], words, count, &answer, &failure);
    else
        exit = ask_cluster(ctl, ASK_READ, words, count, &answer, &failure);
    if (exit != CTL_OK)
        return steer_failed(ctl, &failure);
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
