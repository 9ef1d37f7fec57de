/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/again.h"

#include <string.h>

/* What a shell takes as it is; zsh expands a word that begins with '='. */
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=@%+,-"

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool has_control(const char *word)
{
    while (*word != '\0' && !is_control(*word))
        word++;
    return *word != '\0';
}

/* What a terminal would obey, and a person could not type, in the form bash, zsh and ksh have for
 * it. Octal, for a hexadecimal escape may swallow what stands behind it. */
static void put_controls(struct buf *out, const char *word)
{
    buf_puts(out, "$'");
    for (; *word != '\0'; word++) {
        if (is_control(*word))
            buf_putf(out, "\\%03o", (unsigned)(unsigned char)*word);
        else if (*word == '\'' || *word == '\\')
            buf_putf(out, "\\%c", *word);
        else
            buf_putc(out, *word);
    }
    buf_putc(out, '\'');
}

static void put_word(struct buf *out, const char *word)
{
    buf_putc(out, ' ');
    if (word[0] != '\0' && word[0] != '=' && strspn(word, PLAIN) == strlen(word)) {
        buf_puts(out, word);
        return;
    }
    if (has_control(word)) {
        put_controls(out, word);
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
        /* Where the cluster is may have been said to the shell that this verb was typed into. */
        bool where = (i == OPT_ENDPOINTS || i == OPT_LAB) && ctl->value[i] != NULL;
        if ((!ctl->given[i] && !where) || i == OPT_SESSION)
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
