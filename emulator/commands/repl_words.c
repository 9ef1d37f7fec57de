/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/repl_words.h"

#include <string.h>

/* The byte behind the bracket that closes the one at `at`; NULL: none does. */
static const char *behind_json(const char *at)
{
    size_t depth = 0;
    for (; *at != '\0'; at++) {
        if (*at == '"') {
            for (at++; *at != '\0' && *at != '"'; at++)
                at += *at == '\\' && at[1] != '\0';
            if (*at == '\0')
                return NULL;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if ((*at == '}' || *at == ']') && --depth == 0) {
            return at + 1;
        }
    }
    return NULL;
}

/* The word at `at`: its bytes, and where it ends. */
static int one_word(const char *at, const char **ret_from, size_t *ret_len, const char **ret_end,
                    struct err *e)
{
    const char *end;
    *ret_from = at;
    if (*at == '\'' || *at == '"') {
        end = strchr(at + 1, *at);
        if (end == NULL)
            return err_set(e, -E_INVALID, "%c is not closed: %.40s", *at, at);
        *ret_from = at + 1;
        *ret_len = (size_t)(end - at - 1);
        *ret_end = end + 1;
        return 0;
    }
    end = *at == '{' || *at == '[' ? behind_json(at) : at + strcspn(at, " \t");
    if (end == NULL)
        return err_set(e, -E_INVALID, "a bracket is not closed: %.40s", at);
    *ret_len = (size_t)(end - at);
    *ret_end = end;
    return 0;
}

int repl_words_split(const char *line, struct repl_words *ret, struct err *e)
{
    char *to = ret->text;
    ret->count = 0;
    if (strlen(line) > REPL_LINE_MAX)
        return err_set(e, -E_LIMIT, "a line has at most %d bytes", REPL_LINE_MAX);
    for (const char *at = line + strspn(line, " \t"); *at != '\0'; at += strspn(at, " \t")) {
        const char *from;
        size_t len = 0;
        if (ret->count == REPL_WORDS_MAX)
            return err_set(e, -E_LIMIT, "a line has at most %d words", REPL_WORDS_MAX);
        int code = one_word(at, &from, &len, &at, e);
        if (code < 0)
            return code;
        ret->at[ret->count++] = to;
        memcpy(to, from, len);
        to[len] = '\0';
        to += len + 1;
    }
    ret->at[ret->count] = NULL;
    return 0;
}
