/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which states were seen: a set of fingerprints, filled by several threads without a lock. */
#ifndef EXPLORE_FPSET_H
#define EXPLORE_FPSET_H

#include "emulator/explore/checkpoint.h"

/* The table is one array in order of fingerprints: where one belongs follows from its value and the
 * table's length, and from there it lies in the first free slot (linear probing, a cache line at a
 * time). Nothing is ever taken out. So the table can be any length, grows by half of it, and in its
 * own place: 8 bytes a slot, at most 85 in a hundred of them taken, 57 after growing, which is
 * between 9.4 and 14.2 bytes a fingerprint. With 128 bits it is twice that. */
struct fpset;

/* Any value, zero too. The second word only counts in a set of 128 bits. */
struct fingerprint {
    uint64_t word[2];
};

struct fpset_options {
    uint32_t bits;      /* 64 or 128 */
    uint64_t bytes_max; /* what the table may take; at least FPSET_BYTES_MIN */
};

#define FPSET_BYTES_MIN (1u << 20)

/* -E_INVALID: a limit below the least; -E_LIMIT: the system does not give that much address space.
 * The memory itself is taken as it is needed, in huge pages where the system has them. */
int fpset_open(struct fpset **ret, const struct fpset_options *o, struct err *e) MUST_CHECK;
void fpset_close(struct fpset *s); /* may be NULL */

enum fpset_answer {
    FPSET_NEW,  /* it is in the set now, and this call put it there */
    FPSET_SEEN, /* it was there before */
    FPSET_FULL, /* no slot near enough: it is not in the set; grow and ask again */
};

/* From any thread. Of several calls with one fingerprint exactly one gets FPSET_NEW. */
enum fpset_answer fpset_insert(struct fpset *s, struct fingerprint f);
/* Asks for the memory that fpset_insert will look at: to be called some other work before. */
void fpset_prefetch(const struct fpset *s, struct fingerprint f);

/* True once 85 percent are taken: to be looked at between states, from any thread. What is left
 * until then is room for at least FPSET_MARGIN more. */
bool fpset_wants_room(const struct fpset *s);
#define FPSET_MARGIN 4096

/* Makes room. No other thread may touch the set meanwhile. -E_LIMIT: bytes_max does not allow it,
 * or the system has no more memory; the set is as it was. */
int fpset_grow(struct fpset *s, struct err *e) MUST_CHECK;
/* The same, for so many fingerprints in all. */
int fpset_reserve(struct fpset *s, uint64_t count, struct err *e) MUST_CHECK;

uint64_t fpset_count(const struct fpset *s); /* exact while nobody inserts */
uint64_t fpset_bytes(const struct fpset *s); /* memory taken */
uint32_t fpset_bits(const struct fpset *s);

/* All fingerprints, in order. No other thread may touch the set meanwhile. */
void fpset_save(const struct fpset *s, struct checkpoint_out *out);
/* Into an empty set of as many bits. -E_LIMIT: bytes_max is too little for them. What is wrong with
 * the checkpoint stays in it. */
int fpset_load(struct fpset *s, struct checkpoint_in *in, struct err *e) MUST_CHECK;

/* An upper bound for the chance that at least one state was missed because another one with the
 * same fingerprint was there before: the smaller one of n (n - 1) / 2 / 2^bits      no two of n
 * states may collide (the birthday bound), and n (g - n) / 2^bits          none of the g - n
 * answers "seen" may be wrong, each of which has n chances (what TLC prints as its calculated,
 * optimistic estimate), times k^2 / (2k - 1) where a fingerprint is the least of k, one for each
 * renaming: the least of many is small more often, so two of them meet more often (the integral of
 * the squared density k (1 - x)^(k-1) over 0..1). It takes fingerprints as random: they are digests
 * of whole states. Source: Stern and Dill, "Improved Probabilistic Verification by Hash
 * Compaction", 1995. n = distinct <= g = generated; k = choices >= 1. */
double fpset_missed_chance(uint64_t distinct, uint64_t generated, uint32_t bits, uint32_t choices);

#endif
