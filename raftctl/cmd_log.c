/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl log show: entries of the nodes' logs, side by side. */
#include "raftctl/cmd.h"
#include "raftctl/fan.h"
#include "raftctl/patience.h"

#include <cjson/cJSON.h>
#include <stdio.h>

const struct form form_log_show = {
    .rows = "entries",
    .columns = "NODE=node >INDEX=index >TERM=term KIND=kind >BYTES=bytes COMMITTED=committed "
               "COMMAND=command KEY=key",
    .schema = "entries:[{node:s index:n term:n kind:s clock_ms:n bytes:n committed:b session?:i "
              "seq?:i commands?:n command?:s key?:s}]" FAN_ERRORS_SCHEMA};

/* The entry as the node told it, with the node before it. */
static void put_entry(struct jsonw *w, const char *node, const cJSON *entry)
{
    jsonw_object(w);
    jsonw_kv_string(w, "node", node);
    for (const cJSON *item = entry->child; item != NULL; item = item->next) {
        char *text = cJSON_PrintUnformatted(item);
        jsonw_key(w, item->string);
        jsonw_raw(w, text);
        cJSON_free(text);
    }
    jsonw_end(w);
}

static void put_entries(struct jsonw *w, const struct ctl *ctl, const struct fan *fan)
{
    (void)ctl;
    jsonw_key(w, "entries");
    jsonw_array(w);
    for (size_t i = 0; i < fan->count; i++) {
        const cJSON *entry, *all;
        all = cJSON_GetObjectItemCaseSensitive(fan->answers[i].doc, "entries");
        cJSON_ArrayForEach(entry, all)
        {
            put_entry(w, fan->answers[i].name, entry);
        }
    }
    jsonw_end(w);
}

/* Without --node: the leader's, or whoever's answered. NULL, if f says nothing: all. */
static const char *node_of(const struct ctl *ctl, struct survey *survey, struct failure *f)
{
    const char *node = ctl->value[OPT_NODE];
    f->exit = CTL_OK;
    if (node != NULL)
        return strcmp(node, "all") == 0 ? NULL : node;
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns / 2, survey, f) != CTL_OK)
        return NULL;
    const struct survey_row *row = survey_speaker(survey);
    ASSERT(row != NULL); /* somebody answered */
    return row->member.name;
}

/* Who is asked is looked for in half the time at most. */
enum ctl_exit cmd_log_show(const struct ctl *ctl)
{
    static struct survey survey; /* large, and there is one */
    static struct ctl rest;
    const char *count = ctl->value[OPT_COUNT] != NULL ? ctl->value[OPT_COUNT] : "20";
    const char *from = ctl->value[OPT_FROM_INDEX] != NULL ? ctl->value[OPT_FROM_INDEX] : "";
    const struct span words[] = {span_str("RAFT"), span_str("LOG"),  span_str("COUNT"),
                                 span_str(count),  span_str("FROM"), span_str(from)};
    struct failure f;
    struct patience patience = patience_new(ctl);
    const char *node = node_of(ctl, &survey, &f);
    if (f.exit != CTL_OK)
        return print_failure(ctl, &f);
    rest = *ctl;
    rest.timeout_ns = patience_begin(&patience);
    return fan_show(&rest, node, words, *from != '\0' ? 6 : 4, &form_log_show, put_entries, NULL);
}
