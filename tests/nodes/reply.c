/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/nodes/reply.h"

#include "tests/support/replytext.h"

#define TEXT_MAX 4000 /* of a value that is shown as it is */

unsigned reply_print(struct buf *out, const char *prefix, const struct buf *bytes)
{
    struct resp_replies in;
    const struct resp_value *value;
    struct err e = {0};
    unsigned count = 0;
    int code = 1;
    resp_replies_init(&in, 0);
    resp_replies_feed(&in, bytes->data, bytes->len);
    while ((code = resp_replies_next(&in, &value, &e)) > 0) {
        buf_putf(out, "%s", prefix);
        reply_text(out, value, TEXT_MAX);
        buf_putc(out, '\n');
        count++;
    }
    if (code < 0)
        buf_putf(out, "%snot RESP: %s\n", prefix, e.text);
    resp_replies_free(&in);
    return count;
}
