/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire/peer_text.h"

#include <string.h>

void peer_text_put(struct buf *out, const char *text)
{
    size_t len = strlen(text);
    ASSERT(len <= UINT8_MAX);
    buf_put_u8(out, (uint8_t)len);
    buf_put(out, text, len);
}

void peer_text_get(struct bytes *c, char *out, size_t size)
{
    size_t len = bytes_u8(c);
    const uint8_t *text = bytes_take(c, len);
    if (text == NULL)
        return;
    if (len >= size || memchr(text, '\0', len) != NULL) {
        c->bad = true;
        return;
    }
    memcpy(out, text, len);
    out[len] = '\0';
}

bool peer_name_valid(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return *name != '\0' && name[strspn(name, allowed)] == '\0';
}

bool peer_address_valid(const char *address)
{
    for (; *address != '\0'; address++) {
        if (*address <= ' ' || *address > '~')
            return false;
    }
    return true;
}
