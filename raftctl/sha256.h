/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 (FIPS 180-4): the digest of a file that people compare with sha256sum's. */
#ifndef RAFTCTL_SHA256_H
#define RAFTCTL_SHA256_H

#include "base/span.h"

#define SHA256_BYTES 32
#define SHA256_BLOCK 64
#define SHA256_TEXT  (2 * SHA256_BYTES + 1) /* hexadecimal digits and a NUL */

/* What was put in so far. */
struct sha256 {
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[SHA256_BLOCK]; /* its first bytes % SHA256_BLOCK count */
};

void sha256_init(struct sha256 *s);
void sha256_put(struct sha256 *s, struct span bytes);
/* The digest of all that was put in, as digits; s is used up. */
void sha256_end(struct sha256 *s, char ret[SHA256_TEXT]);

#endif
