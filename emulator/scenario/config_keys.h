/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftd's settings as a scenario may give them: the long options with _ for -. raftd's own table is
 * out of reach here (nothing includes raftd), so a unit test compares the two. */
#ifndef SCENARIO_CONFIG_KEYS_H
#define SCENARIO_CONFIG_KEYS_H

#include "base/must.h"

/* owned: the emulator sets it itself. */
enum config_type {
    CONFIG_duration,
    CONFIG_limit, /* a duration above 0, or off */
    CONFIG_ppm,   /* not negative */
    CONFIG_range,
    CONFIG_count,
    CONFIG_size,
    CONFIG_switch,
    CONFIG_choice,
    CONFIG_owned
};

struct config_key {
    const char *name;
    enum config_type type;
    const char *choices; /* of a choice */
    bool at_run;         /* a running node takes another value */
};

/* Row i, or NULL behind the last. */
const struct config_key *config_key_at(size_t i);
const struct config_key *config_key_find(const char *name); /* or NULL */

#endif
