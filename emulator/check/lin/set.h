/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets: those that only grow, and elements that come and go. */
#ifndef EMULATOR_CHECK_LIN_SET_H
#define EMULATOR_CHECK_LIN_SET_H

#include "emulator/check/lin/lin.h"

/* An element of a set that only grows; positions are LIN_NONE when there is none. */
struct set_element {
    uint32_t text;
    uint32_t level;  /* where it appears */
    uint32_t maker;  /* the add that made it appear */
    uint32_t failed; /* an add that was refused */
    uint32_t acked;  /* an acknowledged add */
    uint32_t seer;   /* of those who saw it, by itself, the first that returned */
    uint32_t later;  /* the same, with acknowledged adds beside the maker */
    uint32_t misser; /* of those who missed it, by itself, the last that was called */
    uint32_t first;  /* the read of the smallest set that has it */
    uint32_t stamp;  /* the last set it was met in */
    bool told;       /* the maker was told that it changed the set */
};

/* A set that was read, once for all who read it. */
struct set_read {
    uint32_t text;
    uint32_t pos; /* of the first read */
    uint32_t level;
    uint32_t size;
};

struct grown {
    const struct lin_key *key;
    struct lin_scratch *scratch;  /* by_text[text]: number + 1 of the element, or of the read */
    struct set_element *elements; /* owned */
    size_t elements_count;
    struct set_read *reads; /* owned */
    size_t reads_count;
    uint32_t *latest; /* owned; by level */
    uint32_t last;    /* the level of what was never read */
    uint32_t empty_level;
    bool has_empty;
};

/* Adds, contains and whole reads; no remove that may have happened. Never LIN_REFUSED. */
enum lin_answer lin_set_grown(const struct lin_key *key, struct lin_scratch *s,
                              struct lin_finding *why);
/* Adds, removes and contains, no whole reads. LIN_REFUSED: of an element that was removed somebody
 * was not told whether that changed anything. */
enum lin_answer lin_set_flags(const struct lin_key *key, struct lin_scratch *s,
                              struct lin_finding *why);

/* ---- explanations of the growing set; all return false ---- */

/* e: NULL if nobody named it. */
bool lin_set_phantom(const struct grown *g, const struct set_element *e, struct trace_text text,
                     uint32_t pos, struct lin_finding *why);
bool lin_set_listed_twice(const struct grown *g, const struct set_element *e, uint32_t pos,
                          struct lin_finding *why);
/* Neither read holds the other; b is the larger, and was met last. */
bool lin_set_apart(const struct grown *g, const struct set_read *a, const struct set_read *b,
                   struct lin_finding *why);
/* first returned before second was called, but has to come later. */
bool lin_set_unordered(const struct grown *g, uint32_t first, uint32_t second,
                       struct lin_finding *why);

#endif
