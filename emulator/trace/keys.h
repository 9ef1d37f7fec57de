/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of a trace line and the names of events, found among all there are. */
#ifndef EMULATOR_TRACE_KEYS_H
#define EMULATOR_TRACE_KEYS_H

#include "emulator/trace/scan.h"

/* Keys are told apart by number: those of fields (enum trace_field), "ev", and two that no line
 * has. */
enum {
    KEY_EV = TRACE_FIELDS_COUNT,
    KEY_UNKNOWN, /* some other key */
    KEY_NONE,    /* before the first one */
    KEYS_COUNT
};
_Static_assert(KEYS_COUNT == TRACE_KEYS, "the reader remembers one for each");

/* Steps over a key and its colon. Lines of a file are alike, so the key that followed `before` last
 * time is tried first; r->next remembers that. KEY_UNKNOWN after a mistake, too. */
unsigned key_take(struct scan *s, struct trace_reader *r, unsigned before);

/* The number of the event, or -1. */
int event_find(struct trace_text name);

#endif
