/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl metrics: the counters of the nodes. */
#include "base/units.h"
#include "raftctl/cmd.h"
#include "raftctl/fan.h"

const struct form form_metrics = {.rows = "metrics",
                                  .columns = "NODE=node NAME=name >VALUE=value",
                                  .schema = "metrics:[{node:s name:s value:*}]" FAN_ERRORS_SCHEMA};

static bool contains(struct span line, const char *part)
{
    return part == NULL || memmem(line.data, line.len, part, strlen(part)) != NULL;
}

/* "name:value" */
static void put_metric(struct jsonw *w, const char *node, struct span line)
{
    const char *colon = memchr(line.data, ':', line.len);
    uint64_t number;
    if (colon == NULL)
        return; /* a heading */
    struct span name = span_of(line.data, (size_t)(colon - line.data));
    struct span value = span_of(colon + 1, line.len - name.len - 1);
    jsonw_object(w);
    jsonw_kv_string(w, "node", node);
    jsonw_key(w, "name");
    jsonw_bytes(w, name.data, name.len);
    jsonw_key(w, "value");
    if (span_to_u64(value, &number) && number < 1ull << 53)
        jsonw_u64(w, number);
    else
        jsonw_bytes(w, value.data, value.len);
    jsonw_end(w);
}

static void put_node(struct jsonw *w, const struct fan_answer *a, const char *part)
{
    struct span text = resp_bare(a->conn.reply)->text;
    while (text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end != NULL ? (size_t)(end - text.data) : text.len;
        struct span line =
            span_of(text.data, len > 0 && text.data[len - 1] == '\r' ? len - 1 : len);
        if (contains(line, part))
            put_metric(w, a->name, line);
        text = span_of(text.data + len + (end != NULL), text.len - len - (end != NULL));
    }
}

static void put_metrics(struct jsonw *w, const struct ctl *ctl, const struct fan *fan)
{
    jsonw_key(w, "metrics");
    jsonw_array(w);
    for (size_t i = 0; i < fan->count; i++) {
        if (fan->answers[i].error == NULL)
            put_node(w, &fan->answers[i], ctl->value[OPT_GREP]);
    }
    jsonw_end(w);
}

enum ctl_exit cmd_metrics(const struct ctl *ctl)
{
    const struct span words[] = {span_str("INFO")};
    return fan_show(ctl, ctl->value[OPT_NODE], words, ARRAY_LEN(words), &form_metrics, put_metrics,
                    NULL);
}
