/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this machine offers to a network in a box, found out by doing, in a user's words. */
#ifndef NETEM_CAPS_H
#define NETEM_CAPS_H

#include "base/err.h"

enum netem_cap_state {
    NETEM_CAP_OK = 0,
    NETEM_CAP_WARN,    /* works, but not as well as it could */
    NETEM_CAP_MISSING, /* what needs it is refused or skipped */
};

#define NETEM_CAP_NAME_MAX 32
#define NETEM_CAP_TEXT_MAX 400
#define NETEM_CAPS_MAX     12

struct netem_cap {
    char name[NETEM_CAP_NAME_MAX]; /* "sandbox", "kernel carrier" */
    enum netem_cap_state state;
    char sentence[NETEM_CAP_TEXT_MAX]; /* what was found, and what it means */
    char fix[NETEM_CAP_TEXT_MAX];      /* what to do about it; empty when nothing is needed */
};

struct netem_caps {
    int count;
    struct netem_cap items[NETEM_CAPS_MAX];
};

/* Probes in a process and a sandbox of its own; about 50 ms; leaves nothing behind. Without a
 * sandbox the first item says why and is the only one.
 * Errors: -E_IO when not even a process could be started. */
int netem_caps_probe(struct netem_caps *ret, struct err *e) MUST_CHECK;

/* "ok", "warn", "missing". */
const char *netem_cap_state_name(enum netem_cap_state s);

#endif
