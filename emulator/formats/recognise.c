/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A format is recognised by what is in the file, never by its name. */
#include "emulator/formats/readers.h"

#include <string.h>

static const char *const names[] = {"Jepsen EDN", "Jepsen JSON", "Jepsen log",
                                    "Porcupine key-value log", "history.ndjson"};

const char *format_name(enum format format)
{
    ASSERT((size_t)format < ARRAY_LEN(names));
    return names[format];
}

/* At the first map, perhaps inside of one list. */
static bool find_map(struct source *s)
{
    source_prefix(s);
    if (s->at < s->end && (*s->at == '[' || *s->at == '(')) {
        s->at++;
        source_prefix(s);
    }
    return s->at < s->end && *s->at == '{';
}

/* JSON's keys are strings, EDN's are keywords. */
static enum notation notation_of(const struct source *map)
{
    struct source s = *map;
    s.at++;
    source_blanks(&s);
    return s.at < s.end && *s.at == '"' ? NOTATION_JSON : NOTATION_EDN;
}

/* A first map that cannot be read is a Jepsen map that cannot be read: its reader says why. */
static enum format format_of_map(struct source *s)
{
    struct value_tree tree = {0};
    s->notation = notation_of(s);
    enum format format = s->notation == NOTATION_JSON ? FORMAT_JEPSEN_JSON : FORMAT_JEPSEN_EDN;
    if (value_read(&tree, s)) {
        if (format == FORMAT_JEPSEN_JSON && value_get(&tree, 0, "ev") != NULL)
            format = FORMAT_OWN;
        else if (format == FORMAT_JEPSEN_EDN && value_get(&tree, 0, "key") != NULL)
            format = FORMAT_PORCUPINE;
    }
    value_tree_free(&tree);
    return format;
}

static bool is_empty_list(const char *data, size_t len)
{
    struct source s = {.at = data, .end = data + len};
    source_prefix(&s);
    char close = s.at == s.end ? '\0' : *s.at == '[' ? ']' : *s.at == '(' ? ')' : '\0';
    if (close == '\0')
        return false;
    s.at++;
    source_prefix(&s);
    return s.at < s.end && *s.at == close;
}

static bool is_log(const char *data, size_t len)
{
    const char *end = data + len;
    while (data < end) {
        const char *nl = memchr(data, '\n', (size_t)(end - data));
        size_t line = nl != NULL ? (size_t)(nl - data) : (size_t)(end - data);
        if (jepsen_log_tells(data, line))
            return true;
        data += line + (nl != NULL);
    }
    return false;
}

int recognise(const char *data, size_t len, enum format *ret, struct err *e)
{
    struct source s = {.at = data, .end = data + len};
    if (find_map(&s))
        *ret = format_of_map(&s);
    else if (is_empty_list(data, len))
        *ret = FORMAT_JEPSEN_EDN;
    else if (is_log(data, len))
        *ret = FORMAT_JEPSEN_LOG;
    else
        return err_set(e, -E_UNSUPPORTED,
                       "%s: understood are Jepsen's histories (EDN, JSON, or a log with lines like "
                       "\"0 :invoke :read nil\"), Porcupine's key-value logs and history.ndjson",
                       len == 0 ? "it is empty" : "no history that is known here");
    return 0;
}
