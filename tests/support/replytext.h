/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies of nodes, as text: +OK, :4, $value, (nil), [$a :1], -ERR sentence. */
#ifndef TEST_REPLYTEXT_H
#define TEST_REPLYTEXT_H

#include "base/buf.h"
#include "wire/resp_reply.h"

/* Appends a reply. Of a text longer than text_max bytes its length is told. */
void reply_text(struct buf *out, const struct resp_value *root, size_t text_max);

#endif
