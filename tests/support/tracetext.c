/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/tracetext.h"

#include "base/units.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || strchr("_.#>:-", c) != NULL;
}

/* A word as JSON. False: longer than anything these texts need. */
static bool put_word(struct buf *out, const char *at, size_t len)
{
    char word[64];
    if (len >= sizeof(word))
        return false;
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
    return true;
}

/* A value up to the next blank; NULL if it cannot be read. Text in double quotes is taken as it
 * is. */
static const char *put_value(struct buf *out, const char *p)
{
    while (*p != '\0' && *p != ' ' && *p != '\n') {
        const char *start = p;
        if (*p == '"') {
            p = strchr(p + 1, '"');
            if (p == NULL)
                return NULL;
            p++;
            buf_put(out, start, (size_t)(p - start));
            continue;
        }
        while (*p != '\0' && is_word(*p))
            p++;
        if (p == start)
            buf_putc(out, *p++);
        else if (!put_word(out, start, (size_t)(p - start)))
            return NULL;
    }
    return p;
}

static void put_head(struct buf *out, uint64_t t_ns, const char *node, const char *term,
                     const char *ev, unsigned long seq)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "%s", node);
    char *hash = strchr(name, '#');
    char *disk = strchr(name, '@');
    unsigned long inc = hash != NULL ? strtoul(hash + 1, NULL, 10) : 1;
    unsigned long on =
        disk != NULL ? strtoul(disk + 1, NULL, 16) : 0xa0 + strtoul(name + 1, NULL, 10);
    if (hash != NULL)
        *hash = '\0';
    if (disk != NULL)
        *disk = '\0';
    buf_putf(out, "{\"t\":%llu", (unsigned long long)t_ns);
    if (strcmp(node, "-") != 0)
        buf_putf(out,
                 ",\"node\":\"%s\",\"disk\":\"%016lx\",\"inc\":%lu,\"seq\":%lu,"
                 "\"term\":%s",
                 name, on, inc, seq, term);
    buf_putf(out, ",\"ev\":\"%s\"", ev);
}

static bool time_of(const char *word, uint64_t *ret_ns)
{
    uint64_t ms;
    if (units_u64(word, INT64_MAX / NS_PER_MS, &ms) < 0)
        return units_duration(word, ret_ns) == 0;
    *ret_ns = ms * NS_PER_MS;
    return true;
}

/* One line; *at is moved behind it. */
static int expand_line(const char **at, unsigned long seq, struct buf *out, struct err *e)
{
    char t[32], node[32], term[32], ev[32];
    uint64_t t_ns = 0;
    int used = 0;
    const char *p = *at;
    if (sscanf(p, "%31s %31s %31s %31s%n", t, node, term, ev, &used) != 4 || !time_of(t, &t_ns))
        return err_set(e, -E_INVALID, "a line of a trace is: TIME NODE TERM EVENT key=value ...");
    put_head(out, t_ns, node, term, ev, seq);
    p += used;
    while (p != NULL && *p == ' ') {
        size_t key = strcspn(p + 1, "= \n");
        if (p[1 + key] != '=')
            return err_set(e, -E_INVALID, "%s: \"%.*s\" is not key=value", ev, (int)key, p + 1);
        buf_putf(out, ",\"%.*s\":", (int)key, p + 1);
        p = put_value(out, p + key + 2);
    }
    if (p == NULL)
        return err_set(e, -E_INVALID, "%s: a value is too long, or its quote does not end", ev);
    buf_puts(out, "}\n");
    *at = p;
    return 0;
}

int tracetext_expand(const char *text, struct buf *out, struct err *e)
{
    static unsigned long seq;
    for (const char *p = text; *p != '\0';) {
        if (*p == '\n' || *p == ' ') {
            p++;
            continue;
        }
        int rc = expand_line(&p, ++seq, out, e);
        if (rc < 0)
            return rc;
    }
    return 0;
}
