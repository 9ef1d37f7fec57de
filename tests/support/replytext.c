/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/replytext.h"

static void print_scalar(struct buf *out, const struct resp_value *v, size_t text_max)
{
    switch (v->kind) {
    case RESP_SIMPLE: buf_putc(out, '+'); break;
    case RESP_ERROR: buf_putc(out, '-'); break;
    case RESP_BULK:
    case RESP_VERBATIM:
    case RESP_BIGNUM:
    case RESP_DOUBLE: buf_putc(out, '$'); break;
    case RESP_INTEGER:
    case RESP_BOOL: buf_putf(out, ":%lld", (long long)v->integer); break;
    case RESP_NULL: buf_puts(out, "(nil)"); break;
    case RESP_ARRAY:
    case RESP_MAP:
    case RESP_SET:
    case RESP_PUSH:
    case RESP_ATTRIBUTE: break;
    }
    if (v->text.len > text_max)
        buf_putf(out, " and %zu bytes", v->text.len);
    else
        buf_put(out, v->text.data, v->text.len);
}

static bool has_children(const struct resp_value *v)
{
    return v->kind == RESP_ARRAY || v->kind == RESP_MAP || v->kind == RESP_SET ||
           v->kind == RESP_PUSH || v->kind == RESP_ATTRIBUTE;
}

/* Values lie in preorder: a closing bracket where a subtree ends. */
void reply_text(struct buf *out, const struct resp_value *root, size_t text_max)
{
    size_t ends[LIMIT_RESP_DEPTH + 1];
    size_t depth = 0;
    for (size_t i = 0; i < root->nodes; i++) {
        const struct resp_value *v = root + i;
        if (i > 0 && out->data[out->len - 1] != '[')
            buf_putc(out, ' ');
        if (has_children(v)) {
            buf_putc(out, '[');
            ends[depth++] = i + v->nodes;
        } else {
            print_scalar(out, v, text_max);
        }
        while (depth > 0 && ends[depth - 1] == i + 1) {
            buf_putc(out, ']');
            depth--;
        }
    }
}
