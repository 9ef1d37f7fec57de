/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Short texts inside peer frames: one length byte, then the characters. */
#ifndef WIRE_PEER_TEXT_H
#define WIRE_PEER_TEXT_H

#include "base/buf.h"
#include "base/bytes.h"

/* text is at most 255 bytes (asserted). */
void peer_text_put(struct buf *out, const char *text);
/* Copies into out[size]; sets c->bad when the text does not fit or holds a NUL. */
void peer_text_get(struct bytes *c, char *out, size_t size);

bool peer_name_valid(const char *name);       /* letters, digits, '-', '_', '.'; not empty */
bool peer_address_valid(const char *address); /* printable ASCII without spaces; may be empty */

#endif
