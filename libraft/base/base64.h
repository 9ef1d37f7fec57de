/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes as text of 64 letters, and back: RFC 4648, section 4. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"
#include "base/span.h"

/* Appends the bytes in base64. */
void base64_put(struct buf *out, struct span bytes);
/* Appends what the text stands for, up to the first letter that is none. */
void base64_take(struct buf *out, const char *text);

#endif
