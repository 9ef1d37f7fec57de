/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/config_keys.h"

#include <string.h>

static const struct config_key keys[] = {
    {"election_timeout", CONFIG_range, "", false},
    {"heartbeat", CONFIG_duration, "", false},
    {"prevote", CONFIG_switch, "", false},
    {"check_quorum", CONFIG_switch, "", false},
    {"lease_reads", CONFIG_switch, "", false},
    {"max_clock_drift", CONFIG_ppm, "", false},
    {"max_staleness", CONFIG_limit, "", false},
    {"forward", CONFIG_switch, "", true},
    {"client_deadline", CONFIG_duration, "", false},
    {"max_clients", CONFIG_count, "", false},
    {"segment_size", CONFIG_size, "", false},
    {"snapshot_every", CONFIG_count, "", true},
    {"snapshot_trailing", CONFIG_count, "", true},
    {"snapshot_rate", CONFIG_size, "", true},
    {"on_sigterm", CONFIG_choice, "stop|transfer|leave", false},
    {"leave_timeout", CONFIG_duration, "", false},
    {"shutdown_on_remove", CONFIG_switch, "", true},
    {"watch_history", CONFIG_count, "", false},
    {"log_level", CONFIG_choice, "debug|info|warning|error", false},
    {"log_format", CONFIG_choice, "text|json", false},
    {"unsafe_no_fsync", CONFIG_switch, "", false},
    {"name", CONFIG_owned, "", false},
    {"data_dir", CONFIG_owned, "", false},
    {"listen_peer", CONFIG_owned, "", false},
    {"listen_client", CONFIG_owned, "", false},
    {"admin_socket", CONFIG_owned, "", false},
    {"cluster", CONFIG_owned, "", false},
    {"bootstrap", CONFIG_owned, "", false},
    {"join", CONFIG_owned, "", false},
    {"expect", CONFIG_owned, "", false},
    {"peers", CONFIG_owned, "", false},
    {"advertise_peer", CONFIG_owned, "", false},
    {"advertise_client", CONFIG_owned, "", false},
    {"metrics", CONFIG_owned, "", false},
    {"lab_fd", CONFIG_owned, "", false},
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
