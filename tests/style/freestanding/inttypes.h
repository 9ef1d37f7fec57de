/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Printing numbers of a given width, as wasm32 has them. */
#ifndef FREESTANDING_INTTYPES_H
#define FREESTANDING_INTTYPES_H

#include <stdint.h>

#define PRId32 "d"
#define PRIu8  "u"
#define PRIu16 "u"
#define PRIu32 "u"
#define PRIx8  "x"
#define PRIx16 "x"
#define PRIx32 "x"
#define PRId64 "lld"
#define PRIu64 "llu"
#define PRIx64 "llx"

#endif
