/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl config get and set: the options nodes go by. */
#include "raftctl/cmd.h"
#include "raftctl/fan.h"
#include "raftctl/steer.h"

#include <cjson/cJSON.h>

#define OPTION_MAX 64 /* bytes of a name, its end included; longer ones are none */

const struct form form_config_get = {.rows = "options",
                                     .columns = "NODE=node OPTION=option VALUE=value",
                                     .schema =
                                         "options:[{node:s option:s value:*}]" FAN_ERRORS_SCHEMA};
const struct form form_config_set = {.rows = "nodes",
                                     .columns = "NODE=node",
                                     .line = "{option} = {value}",
                                     .schema =
                                         "option:s value:s nodes:[{node:s}]" FAN_ERRORS_SCHEMA};

/* As options are spelled on a command line: with - for _. */
static bool is_option(const char *key, const char *wanted)
{
    for (; *key != '\0' && (*key == *wanted || (*key == '_' && *wanted == '-')); key++)
        wanted++;
    return *key == *wanted;
}

static void put_options(struct jsonw *w, const struct ctl *ctl, const struct fan *fan)
{
    const char *wanted = ctl->argc > 0 ? ctl->argv[0] : NULL;
    jsonw_key(w, "options");
    jsonw_array(w);
    for (size_t i = 0; i < fan->count; i++) {
        const cJSON *doc = fan->answers[i].doc;
        for (const cJSON *item = doc == NULL ? NULL : doc->child; item != NULL; item = item->next) {
            if (strcmp(item->string, "v") == 0 ||
                (wanted != NULL && !is_option(item->string, wanted)))
                continue;
            char *text = cJSON_PrintUnformatted(item);
            jsonw_object(w);
            jsonw_kv_string(w, "node", fan->answers[i].name);
            jsonw_kv_string(w, "option", item->string);
            jsonw_key(w, "value");
            jsonw_raw(w, text);
            jsonw_end(w);
            cJSON_free(text);
        }
    }
    jsonw_end(w);
}

enum ctl_exit cmd_config_get(const struct ctl *ctl)
{
    const struct span words[] = {span_str("RAFT"), span_str("CONFIG")};
    return fan_show(ctl, ctl->value[OPT_NODE], words, ARRAY_LEN(words), &form_config_get,
                    put_options);
}

static void underscored(char *out, size_t size, const char *name)
{
    size_t i = 0;
    for (; name[i] != '\0' && i + 1 < size; i++)
        out[i] = name[i] == '-' ? '_' : name[i];
    out[i] = '\0';
}

static void put_set(struct jsonw *w, const struct ctl *ctl, const struct fan *fan)
{
    char option[OPTION_MAX];
    underscored(option, sizeof(option), ctl->argv[0]);
    jsonw_kv_string(w, "option", option);
    jsonw_kv_string(w, "value", ctl->argv[1]);
    jsonw_key(w, "nodes");
    jsonw_array(w);
    for (size_t i = 0; i < fan->count; i++) {
        if (fan->answers[i].error != NULL)
            continue;
        jsonw_object(w);
        jsonw_kv_string(w, "node", fan->answers[i].name);
        jsonw_end(w);
    }
    jsonw_end(w);
}

enum ctl_exit cmd_config_set(const struct ctl *ctl)
{
    char option[OPTION_MAX];
    underscored(option, sizeof(option), ctl->argv[0]);
    const struct span words[] = {span_str("RAFT"), span_str("CONFIG"), span_str("SET"),
                                 span_str(option), span_str(ctl->argv[1])};
    return fan_order(ctl, ctl->value[OPT_NODE], words, ARRAY_LEN(words), &form_config_set, put_set);
}
