/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/tracetext.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || strchr("_.#>:-", c) != NULL;
}

static void put_word(struct buf *out, const char *at, size_t len)
{
    char word[64];
    ASSERT(len < sizeof(word));
    memcpy(word, at, len);
    word[len] = '\0';
    char *colon = strchr(word, ':');
    bool digits = strspn(word, "0123456789") == len;
    if (word[0] == '#')
        buf_putf(out, "\"%016llx\"", strtoull(word + 1, NULL, 16));
    else if (digits || strcmp(word, "true") == 0 || strcmp(word, "false") == 0 ||
             strcmp(word, "null") == 0)
        buf_puts(out, word);
    else if (colon != NULL && isdigit((unsigned char)word[0]))
        buf_putf(out, "{\"term\":%lu,\"index\":%s}", strtoul(word, NULL, 10), colon + 1);
    else
        buf_putf(out, "\"%s\"", word);
}

/* A value up to the next blank. Text in double quotes is taken as it is. */
static const char *put_value(struct buf *out, const char *p)
{
    while (*p != '\0' && *p != ' ' && *p != '\n') {
        const char *start = p;
        if (*p == '"') {
            p = strchr(p + 1, '"');
            ASSERT(p != NULL);
            p++;
            buf_put(out, start, (size_t)(p - start));
            continue;
        }
        while (*p != '\0' && is_word(*p))
            p++;
        if (p > start)
            put_word(out, start, (size_t)(p - start));
        else
            buf_putc(out, *p++);
    }
    return p;
}

static void put_head(struct buf *out, const char *t, const char *node, const char *term,
                     const char *ev, unsigned long seq)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "%s", node);
    char *hash = strchr(name, '#');
    unsigned long inc = hash != NULL ? strtoul(hash + 1, NULL, 10) : 1;
    if (hash != NULL)
        *hash = '\0';
    buf_putf(out, "{\"t\":%s", t);
    if (strcmp(node, "-") != 0)
        buf_putf(out,
                 ",\"node\":\"%s\",\"disk\":\"00000000000000aa\",\"inc\":%lu,\"seq\":%lu,"
                 "\"term\":%s",
                 name, inc, seq, term);
    buf_putf(out, ",\"ev\":\"%s\"", ev);
}

void tracetext_expand(const char *text, struct buf *out)
{
    static unsigned long seq;
    for (const char *p = text; *p != '\0';) {
        char t[32];
        char node[32];
        char term[32];
        char ev[32];
        int used = 0;
        if (*p == '\n' || *p == ' ') {
            p++;
            continue;
        }
        ASSERT(sscanf(p, "%31s %31s %31s %31s%n", t, node, term, ev, &used) == 4);
        put_head(out, t, node, term, ev, ++seq);
        p += used;
        while (*p == ' ') {
            const char *equals = strchr(p, '=');
            ASSERT(equals != NULL);
            buf_putf(out, ",\"%.*s\":", (int)(equals - p - 1), p + 1);
            p = put_value(out, equals + 1);
        }
        buf_puts(out, "}\n");
    }
}
