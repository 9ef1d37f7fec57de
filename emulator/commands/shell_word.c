/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/shell_word.h"

#include <stdio.h>
#include <string.h>

/* What no shell gives a meaning of its own, wherever it stands in a word. */
#define PLAIN                    \
    "abcdefghijklmnopqrstuvwxyz" \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
    "0123456789_-./=:,+@%"

const char *shell_word(struct buf *room, const char *text)
{
    buf_reset(room);
    if (*text != '\0' && text[strspn(text, PLAIN)] == '\0') {
        buf_puts(room, text);
        return buf_str(room);
    }
    buf_putc(room, '\'');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'')
            buf_puts(room, "'\\''");
        else
            buf_putc(room, *c);
    }
    buf_putc(room, '\'');
    return buf_str(room);
}

const char *visible_text(struct buf *room, const char *text)
{
    buf_reset(room);
    buf_put_visible(room, text, strlen(text));
    return buf_str(room);
}

void shell_print_sets(const char *const *sets, size_t count)
{
    struct buf room = {0};
    for (size_t i = 0; i < count; i++)
        (void)printf(" --set %s", shell_word(&room, sets[i]));
    buf_free(&room);
}
