/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl config get and set: the options nodes go by. */
#include "raftctl/cmd.h"
#include "raftctl/fan.h"
#include "raftctl/near.h"
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

/* As nodes spell it: on a command line options have - for _. */
static void underscored(char out[OPTION_MAX], const char *name)
{
    size_t i = 0;
    for (; name[i] != '\0' && i + 1 < OPTION_MAX; i++)
        out[i] = name[i] == '-' ? '_' : name[i];
    out[i] = '\0';
}

/* Bytes of the name without the unit, which a command line does not have in it: of
 * election_timeout_min_us those of election_timeout. */
static size_t bare_len(const char *key)
{
    static const char *const units[] = {"_min_us", "_max_us", "_us", "_ppm"};
    size_t len = strlen(key);
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t unit = strlen(units[i]);
        if (len > unit && strcmp(key + len - unit, units[i]) == 0)
            return len - unit;
    }
    return len;
}

static bool is_wanted(const struct ctl *ctl, const char *key)
{
    char wanted[OPTION_MAX];
    if (ctl->argc == 0)
        return strcmp(key, "v") != 0;
    underscored(wanted, ctl->argv[0]);
    bool bare = span_equal(span_str(wanted), span_of(key, bare_len(key)));
    return (bare || strcmp(key, wanted) == 0) && strcmp(key, "v") != 0;
}

/* What was asked for, none of those that answer has. */
static enum ctl_exit check_wanted(const struct ctl *ctl, const struct fan *fan, struct failure *f)
{
    char wanted[OPTION_MAX] = "";
    if (ctl->argc > 0)
        underscored(wanted, ctl->argv[0]);
    struct near near = near_new(span_str(wanted));
    for (size_t i = 0; i < fan->count; i++) {
        const cJSON *doc = fan->answers[i].doc;
        for (const cJSON *item = doc == NULL ? NULL : doc->child; item != NULL; item = item->next) {
            if (is_wanted(ctl, item->string))
                return CTL_OK;
            struct span bare = span_of(item->string, bare_len(item->string));
            near_offer(&near, span_str(item->string), span_str(item->string));
            near_offer(&near, bare, bare);
        }
    }
    struct buf text = {0};
    near_put(&text, &near, "");
    failure_set(f, CTL_USAGE, "USAGE", "no node has an option %s%s", wanted, buf_str(&text));
    failure_fix(f, "raftctl config get   shows all of them");
    buf_free(&text);
    return f->exit;
}

static void put_options(struct jsonw *w, const struct ctl *ctl, const struct fan *fan)
{
    jsonw_key(w, "options");
    jsonw_array(w);
    for (size_t i = 0; i < fan->count; i++) {
        const cJSON *doc = fan->answers[i].doc;
        for (const cJSON *item = doc == NULL ? NULL : doc->child; item != NULL; item = item->next) {
            if (!is_wanted(ctl, item->string))
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
                    put_options, check_wanted);
}

static void put_set(struct jsonw *w, const struct ctl *ctl, const struct fan *fan)
{
    char option[OPTION_MAX];
    underscored(option, ctl->argv[0]);
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
    underscored(option, ctl->argv[0]);
    const struct span words[] = {span_str("RAFT"), span_str("CONFIG"), span_str("SET"),
                                 span_str(option), span_str(ctl->argv[1])};
    return fan_order(ctl, ctl->value[OPT_NODE], words, ARRAY_LEN(words), &form_config_set, put_set);
}
