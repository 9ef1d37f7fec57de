/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/nodes/settings.h"

#include "raftd/options.h"
#include "tests/support/words.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 600

/* "snapshot_every=5" becomes "--snapshot-every=5". */
static size_t put_option(char *out, size_t room, const char *word)
{
    int len = snprintf(out, room, "--%s", word);
    ASSERT(len >= 0 && (size_t)len < room);
    for (char *c = out; *c != '\0' && *c != '='; c++)
        *c = *c == '_' ? '-' : *c;
    return (size_t)len + 1;
}

int settings_load(const char *words, struct config *ret, struct err *e)
{
    static const char *const required[] = {"raftd", "--name=n1", "--data-dir=/data",
                                           "--listen-peer=127.0.0.1:7001",
                                           "--listen-client=127.0.0.1:6379"};
    char text[TEXT_MAX], copy[ARRAY_LEN(required)][40];
    char *argv[ARRAY_LEN(required) + WORDS_MAX + 1] = {NULL};
    size_t argc = 0, used = 0;
    struct words line;
    words_split(&line, words);
    for (; argc < ARRAY_LEN(required); argc++) {
        (void)snprintf(copy[argc], sizeof(copy[argc]), "%s", required[argc]);
        argv[argc] = copy[argc];
    }
    while (words_peek(&line) != NULL) {
        argv[argc++] = text + used;
        used += put_option(text + used, sizeof(text) - used, words_next(&line));
    }
    return config_load((int)argc, argv, ret, e);
}

static bool given(const struct config *c, const char *name)
{
    int row = option_find(name, strlen(name), false);
    ASSERT(row >= 0);
    return c->values[row].command_line;
}

static void apply_numbers(const struct config *c, struct node_options *o)
{
    const struct {
        const char *name;
        uint64_t value;
        uint64_t *to;
    } rows[] = {
        {"heartbeat", c->timing.heartbeat_ns, &o->timing.heartbeat_ns},
        {"election-timeout", c->timing.election_ns_min, &o->timing.election_ns_min},
        {"election-timeout", c->timing.election_ns_max, &o->timing.election_ns_max},
        {"max-staleness", c->max_staleness_ns, &o->max_staleness_ns},
        {"client-deadline", c->client_deadline_ns, &o->client_deadline_ns},
        {"leave-timeout", c->leave_timeout_ns, &o->leave_timeout_ns},
        {"segment-size", c->segment_bytes, &o->segment_bytes},
        {"snapshot-every", c->snapshot_every, &o->snapshot_every},
        {"snapshot-trailing", c->snapshot_trailing, &o->snapshot_trailing},
        {"snapshot-rate", c->snapshot_rate, &o->snapshot_rate},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (given(c, rows[i].name))
            *rows[i].to = rows[i].value;
    }
}

static void apply_switches(const struct config *c, struct node_options *o)
{
    const struct {
        const char *name;
        uint64_t value;
        bool *to;
    } rows[] = {
        {"prevote", c->pre_vote, &o->pre_vote},
        {"check-quorum", c->check_quorum, &o->check_quorum},
        {"lease-reads", c->lease_reads, &o->lease_reads},
        {"shutdown-on-remove", c->shutdown_on_remove, &o->shutdown_on_remove},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (given(c, rows[i].name))
            *rows[i].to = rows[i].value != 0;
    }
    o->redirects = c->forward == 0;
    o->clock_drift_ppm = (uint32_t)c->clock_drift_ppm;
}

void settings_apply(const char *words, struct node_options *options)
{
    struct config c;
    struct err e = {0};
    int code = settings_load(words, &c, &e);
    ASSERT(code == 0);
    apply_numbers(&c, options);
    apply_switches(&c, options);
    config_free(&c);
}
