/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire/resp_inline.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The character behind a backslash in double quotes; *at moves past what belongs to it. */
static char unescape(const char *line, size_t len, size_t *at)
{
    char c = line[*at];
    if (c == 'x' && len - *at > 2 && hex_digit(line[*at + 1]) >= 0 &&
        hex_digit(line[*at + 2]) >= 0) {
        c = (char)(hex_digit(line[*at + 1]) * 16 + hex_digit(line[*at + 2]));
        *at += 3;
        return c;
    }
    ++*at;
    switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'a': return '\a';
    default: return c;
    }
}

/* Copies what is inside the quotes down to `to`; *at stands behind the opening quote and ends
 * behind the closing one. Returns the new end, or NULL when the line ends first. */
static char *quoted(char *line, size_t len, size_t *at, char *to)
{
    char quote = line[*at - 1];
    while (*at < len) {
        char c = line[(*at)++];
        if (c == quote)
            return *at == len || is_space(line[*at]) ? to : NULL;
        if (c == '\\' && *at < len && quote == '"')
            c = unescape(line, len, at);
        else if (c == '\\' && *at < len && line[*at] == '\'')
            c = line[(*at)++];
        *to++ = c;
    }
    return NULL;
}

int resp_inline_word(char *line, size_t len, size_t *at, struct span *ret_word)
{
    while (*at < len && is_space(line[*at]))
        ++*at;
    if (*at == len)
        return 0;
    char *word = line + *at, *to = word;
    while (*at < len && !is_space(line[*at])) {
        char c = line[(*at)++];
        if (c != '"' && c != '\'') {
            *to++ = c;
            continue;
        }
        to = quoted(line, len, at, to);
        if (to == NULL)
            return -1;
    }
    *ret_word = span_of(word, (size_t)(to - word));
    return 1;
}
