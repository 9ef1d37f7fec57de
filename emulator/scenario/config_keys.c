/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/config_keys.h"

#include <string.h>

static const struct config_key keys[] = {
    {"election_timeout", CONFIG_range, ""},
    {"heartbeat", CONFIG_duration, ""},
    {"prevote", CONFIG_switch, ""},
    {"check_quorum", CONFIG_switch, ""},
    {"lease_reads", CONFIG_switch, ""},
    {"max_clock_drift", CONFIG_ppm, ""},
    {"max_staleness", CONFIG_limit, ""},
    {"forward", CONFIG_switch, ""},
    {"client_deadline", CONFIG_duration, ""},
    {"max_clients", CONFIG_count, ""},
    {"segment_size", CONFIG_size, ""},
    {"snapshot_every", CONFIG_count, ""},
    {"snapshot_trailing", CONFIG_count, ""},
    {"snapshot_rate", CONFIG_size, ""},
    {"on_sigterm", CONFIG_choice, "stop|transfer|leave"},
    {"leave_timeout", CONFIG_duration, ""},
    {"shutdown_on_remove", CONFIG_switch, ""},
    {"watch_history", CONFIG_count, ""},
    {"log_level", CONFIG_choice, "debug|info|warning|error"},
    {"log_format", CONFIG_choice, "text|json"},
    {"unsafe_no_fsync", CONFIG_switch, ""},
    {"name", CONFIG_owned, ""},
    {"data_dir", CONFIG_owned, ""},
    {"listen_peer", CONFIG_owned, ""},
    {"listen_client", CONFIG_owned, ""},
    {"admin_socket", CONFIG_owned, ""},
    {"cluster", CONFIG_owned, ""},
    {"bootstrap", CONFIG_owned, ""},
    {"join", CONFIG_owned, ""},
    {"expect", CONFIG_owned, ""},
    {"peers", CONFIG_owned, ""},
    {"advertise_peer", CONFIG_owned, ""},
    {"advertise_client", CONFIG_owned, ""},
    {"metrics", CONFIG_owned, ""},
    {"lab_fd", CONFIG_owned, ""},
};

const struct config_key *config_key_at(size_t i)
{
    return i < ARRAY_LEN(keys) ? &keys[i] : NULL;
}

const struct config_key *config_key_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    }
    return NULL;
}
