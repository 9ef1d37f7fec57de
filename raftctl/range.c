/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/range.h"

#include <string.h>

bool range_end(const char *prefix, struct buf *ret)
{
    size_t len = strlen(prefix);
    while (len > 0 && (unsigned char)prefix[len - 1] == 0xff)
        len--;
    if (len == 0)
        return false;
    buf_put(ret, prefix, len - 1);
    buf_putc(ret, (char)(prefix[len - 1] + 1));
    return true;
}
