/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bytes are text: RFC 3629, so no surrogates and no overlong forms. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length of the valid UTF-8 sequence at p (1..4) within left >= 1 bytes, or 0. */
size_t utf8_length(const uint8_t *p, size_t left);

#endif
