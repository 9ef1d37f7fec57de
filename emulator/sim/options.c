/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node's configuration, from the keys that the daemon's file has too. What concerns a daemon's
 * sockets, log or processes means nothing here. */
#include "base/units.h"
#include "emulator/scenario/config_keys.h"
#include "emulator/sim/run.h"

#include <string.h>

struct source {
    const struct scenario *s;
    unsigned node;
    const struct world_start *how;
};

/* Whether an option, "--key" or "--key=value", is that key; *ret_value: NULL if it is the next. */
static bool is_flag(const char *flag, const char *key, const char **ret_value)
{
    if (strncmp(flag, "--", 2) != 0)
        return false;
    for (flag += 2; *key != '\0'; flag++, key++) {
        if (*flag != (*key == '_' ? '-' : *key))
            return false;
    }
    *ret_value = *flag == '=' ? flag + 1 : NULL;
    return *flag == '=' || *flag == '\0';
}

static bool is_switch(const char *key)
{
    const struct config_key *row = config_key_find(key);
    return row != NULL && row->type == CONFIG_switch;
}

/* What the command line of this start says of a key; the last word counts. NULL: nothing. */
static const char *flag_of(const struct text_list *flags, const char *key)
{
    const char *found = NULL, *value;
    for (size_t i = 0; flags != NULL && i < flags->count; i++) {
        if (!is_flag(flags->items[i], key, &value))
            continue;
        bool next = i + 1 < flags->count && strncmp(flags->items[i + 1], "--", 2) != 0;
        if (value == NULL && next)
            value = flags->items[i + 1];
        found = value == NULL && is_switch(key) ? "on" : value;
    }
    return found;
}

const char *sim_options_unknown(const struct text_list *flags)
{
    const char *value;
    for (size_t i = 0; i < flags->count; i++) {
        const struct config_key *row = NULL;
        for (size_t k = 0; row == NULL && config_key_at(k) != NULL; k++) {
            if (is_flag(flags->items[i], config_key_at(k)->name, &value))
                row = config_key_at(k);
        }
        if (row == NULL || row->type == CONFIG_owned)
            return flags->items[i];
        if (value == NULL && i + 1 < flags->count && strncmp(flags->items[i + 1], "--", 2) != 0)
            i++;
        else if (value == NULL && row->type != CONFIG_switch)
            return flags->items[i];
    }
    return NULL;
}

static const char *value_of(const struct source *from, const char *key)
{
    const char *flag = flag_of(from->how->flags, key);
    return flag != NULL ? flag : scenario_setting(from->s, from->node, from->how->settings, key);
}

static bool says(const struct source *from, const char *key, const char *value)
{
    const char *said = value_of(from, key);
    if (said != NULL && is_switch(key))
        said = strcmp(said, "true") == 0 ? "on" : strcmp(said, "false") == 0 ? "off" : said;
    return said != NULL && strcmp(said, value) == 0;
}

bool sim_options_says(const struct scenario *s, unsigned node, const struct world_start *how,
                      const char *key, const char *value)
{
    const struct source from = {.s = s, .node = node, .how = how};
    return says(&from, key, value);
}

/* 0, or -E_INVALID: the value was there and is none. */
static int duration(const char *text, uint64_t *ret)
{
    return text == NULL ? 0 : units_duration(text, ret);
}

static int size(const char *text, uint64_t *ret)
{
    return text == NULL ? 0 : units_size(text, ret);
}

static int count(const char *text, uint64_t *ret)
{
    return text == NULL ? 0 : units_u64(text, UINT32_MAX, ret);
}

static int drift(const char *text, uint32_t *ret)
{
    int64_t ppm = 0;
    int code = text == NULL ? 0 : units_ppm(text, &ppm);
    if (text != NULL && code == 0 && ppm >= 0 && ppm < 500000)
        *ret = (uint32_t)ppm;
    return code;
}

#define CLOCK_DRIFT_PPM 100000

/* What the daemon refuses, too; of a scenario's own settings lint has found it before. */
static bool fits(const struct node_options *o)
{
    const struct raft_timing *t = &o->timing;
    return t->heartbeat_ns > 0 && t->election_ns_min / 3 >= t->heartbeat_ns &&
           t->election_ns_max / 2 >= t->election_ns_min && (!o->lease_reads || o->check_quorum);
}

int sim_options_fill(const struct scenario *s, unsigned node, const struct world_start *how,
                     struct node_options *ret, struct err *e)
{
    const struct source from = {.s = s, .node = node, .how = how};
    uint64_t watch = 0;
    *ret = (struct node_options){
        .cluster = "",
        .timing = {.election_ns_min = s->cluster.election_ns_min,
                   .election_ns_max = s->cluster.election_ns_max,
                   .heartbeat_ns = s->cluster.heartbeat_ns},
        .pre_vote = !says(&from, "prevote", "off"),
        .check_quorum = !says(&from, "check_quorum", "off"),
        .lease_reads = says(&from, "lease_reads", "on"),
        .redirects = says(&from, "forward", "off"),
        .clock_drift_ppm = CLOCK_DRIFT_PPM,
        .shutdown_on_remove = says(&from, "shutdown_on_remove", "on"),
        .segment_bytes = 256 * KIB,
        .snapshot_every = 10000,
        .snapshot_trailing = 10240,
    };
    const char *range = value_of(&from, "election_timeout");
    if ((range != NULL && units_duration_range(range, &ret->timing.election_ns_min,
                                               &ret->timing.election_ns_max) < 0) ||
        duration(value_of(&from, "heartbeat"), &ret->timing.heartbeat_ns) < 0 ||
        duration(value_of(&from, "max_staleness"), &ret->max_staleness_ns) < 0 ||
        duration(value_of(&from, "client_deadline"), &ret->client_deadline_ns) < 0 ||
        duration(value_of(&from, "leave_timeout"), &ret->leave_timeout_ns) < 0 ||
        drift(value_of(&from, "max_clock_drift"), &ret->clock_drift_ppm) < 0 ||
        size(value_of(&from, "segment_size"), &ret->segment_bytes) < 0 ||
        size(value_of(&from, "snapshot_rate"), &ret->snapshot_rate) < 0 ||
        count(value_of(&from, "snapshot_every"), &ret->snapshot_every) < 0 ||
        count(value_of(&from, "snapshot_trailing"), &ret->snapshot_trailing) < 0 ||
        count(value_of(&from, "watch_history"), &watch) < 0)
        return err_set(e, -E_INVALID, "n%u: its configuration is not one a node could start with",
                       node + 1);
    ret->watch_history = (uint32_t)watch;
    if (!fits(ret))
        return err_set(e, -E_INVALID, "n%u: its times do not fit each other, or its leases nothing",
                       node + 1);
    return 0;
}
