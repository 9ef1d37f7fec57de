/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A message on its way, with what its sender's host attached. */
#ifndef EXPLORE_MESSAGE_H
#define EXPLORE_MESSAGE_H

#include "emulator/explore/server.h"

#define EX_BATCH 2 /* entries in one append */

/* Plain data without padding: compared with memcmp. */
struct ex_message {
    struct raft_message m;
    struct ex_entry entries[EX_BATCH];
    uint8_t image_config; /* of an image: in force there, by number */
    uint8_t image_config_index;
};

uint64_t ex_message_hash(const struct ex_message *m, const struct ex_configs *configs,
                         const struct ex_renamings *renamings, uint32_t renaming);

/* Whoever it is for will never do anything because of it: neither now nor in any state that can
 * follow, crashes included. See README.md for the argument, type by type. */
bool ex_message_is_stale(const struct ex_message *m, const struct ex_row *to);

/* What its arrival takes one of, EX_HEARD or EX_OLD; EX_FREE: nothing. That one may be lost at
 * any time, and where none is left it is. */
enum ex_budget ex_message_budget(const struct ex_message *m, const struct ex_row *to);

/* It asks for a vote, which a hold refuses. */
bool ex_message_asks(const struct ex_message *m);

#endif
