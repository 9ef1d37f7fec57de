/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One log entry as every layer hands it on: wire, store and node share this struct. */
#ifndef BASE_ENTRY_H
#define BASE_ENTRY_H

#include "base/must.h"

/* The numbers are part of the file and wire formats: append only. */
enum entry_kind {
    ENTRY_NOOP = 1,    /* a leader's first entry of its term (thesis 6.4) */
    ENTRY_DATA = 2,    /* a client's command */
    ENTRY_CONFIG = 3,  /* a membership configuration (thesis 4.1) */
    ENTRY_SESSION = 4, /* opening or ending a client session (thesis 6.3) */
    ENTRY_TICK = 5,    /* the log clock alone */
};

/* Invariants: index >= 1, term >= 1, both below 2^63; len <= LIMIT_ENTRY_BYTES; payload may be
 * NULL when len is 0. */
struct entry {
    uint64_t index;
    uint64_t term;
    uint64_t stamp; /* the log clock at the leader, ns; never decreases along the log */
    enum entry_kind kind;
    uint32_t len;
    const uint8_t *payload; /* borrowed: whoever hands out the entry says for how long */
};

/* True for the values of enum entry_kind: for parsers, before the cast. */
bool entry_kind_valid(uint32_t kind);

/* Chains an entry to the checksum of everything before it (0 before the first entry): covers term,
 * kind and payload, neither index nor stamp. Two logs with equal chains at an index agree on every
 * entry up to it: the log matching property (thesis 3.5) as one comparison. */
uint64_t entry_chain(uint64_t previous, const struct entry *e);

#endif
