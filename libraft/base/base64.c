/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/base64.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_put(struct buf *out, struct span bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.data;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)p[i] << 16;
        group |= left > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)p[i + 2] : 0;
        buf_putc(out, letters[group >> 18]);
        buf_putc(out, letters[group >> 12 & 63]);
        buf_putc(out, left > 1 ? letters[group >> 6 & 63] : '=');
        buf_putc(out, left > 2 ? letters[group & 63] : '=');
    }
}

void base64_take(struct buf *out, const char *text)
{
    unsigned v = 0, bits = 0;
    for (const char *at; *text != '\0' && (at = strchr(letters, *text)) != NULL; text++) {
        v = (v << 6 | (unsigned)(at - letters)) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            buf_putc(out, (char)(v >> bits & 0xff));
        }
    }
}
