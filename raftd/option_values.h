/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of values an option can have; see option_parse. */
#ifndef RAFTD_OPTION_VALUES_H
#define RAFTD_OPTION_VALUES_H

#include "raftd/options.h"

/* Field types: char[] of the size config.h gives, struct config_peers, two uint64_t for a range,
 * uint64_t for all others. */
option_parse value_name, value_path, value_socket, value_address, value_peers;
option_parse value_hints; /* a peer without a name: an address alone */
option_parse value_expect;
option_parse value_duration, value_range, value_size, value_rate;
option_parse value_limit; /* a duration above 0, or off, which is 0 */
option_parse value_ppm;
option_parse value_switch; /* on, off */
option_parse value_flag;   /* true, false */
option_parse value_clients, value_fd, value_entries, value_changes;
option_parse value_level, value_format;
option_parse value_parting; /* enum config_parting */

#endif
