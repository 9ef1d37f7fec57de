/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Printing 64-bit numbers. */
#ifndef FREESTANDING_INTTYPES_H
#define FREESTANDING_INTTYPES_H

#include <stdint.h>

#define PRId64 "lld"
#define PRIu64 "llu"
#define PRIx64 "llx"

#endif
