/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/again.h"

#include <string.h>

/* What a shell takes as it is. */
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=@%+,-"

static void put_word(struct buf *out, const char *word)
{
    buf_putc(out, ' ');
    if (word[0] != '\0' && strspn(word, PLAIN) == strlen(word)) {
        buf_puts(out, word);
        return;
    }
    buf_putc(out, '\'');
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            buf_puts(out, "'\\''");
        else
            buf_putc(out, *word);
    }
    buf_putc(out, '\'');
}

static void put_verb(struct buf *out, const struct ctl *ctl)
{
    buf_putf(out, " %s", ctl->verb->name);
    for (int i = 0; i < ctl->argc; i++)
        put_word(out, ctl->argv[i]);
}

static void put_options(struct buf *out, const struct ctl *ctl, const char *session)
{
    for (size_t i = 0; i < CTL_OPTIONS_COUNT; i++) {
        if (!ctl->given[i] || i == OPT_SESSION)
            continue;
        buf_putf(out, " --%s", ctl_options[i].name);
        if (ctl_options[i].arg != NULL)
            put_word(out, ctl->value[i]);
    }
    buf_putf(out, " --session %s", session);
}

void again_put(struct buf *out, const struct ctl *ctl, const char *session)
{
    bool dashes = false;
    for (int i = 0; i < ctl->argc; i++)
        dashes = dashes || ctl->argv[i][0] == '-';
    buf_puts(out, "raftctl");
    if (!dashes)
        put_verb(out, ctl);
    put_options(out, ctl, session);
    if (!dashes)
        return;
    buf_puts(out, " --");
    put_verb(out, ctl);
}
