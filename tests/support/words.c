/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/words.h"

#include "base/units.h"

#include <stdio.h>
#include <string.h>

void words_split(struct words *w, const char *line)
{
    *w = (struct words){0};
    (void)snprintf(w->text, sizeof(w->text), "%s", line);
    for (char *c = w->text; *c != '\0' && w->count < WORDS_MAX;) {
        if (*c == ' ') {
            *c++ = '\0';
            continue;
        }
        w->word[w->count++] = c;
        while (*c != ' ' && *c != '\0')
            c++;
    }
}

void words_fail(struct words *w, const char *what, const char *word)
{
    if (w->err.code == 0)
        (void)err_set(&w->err, -E_INVALID, "%s: '%s'", what, word);
    w->at = w->count;
}

const char *words_peek(const struct words *w)
{
    return w->at < w->count ? w->word[w->at] : NULL;
}

bool words_take(struct words *w, const char *word)
{
    const char *next = words_peek(w);
    if (next == NULL || strcmp(next, word) != 0)
        return false;
    w->at++;
    return true;
}

const char *words_next(struct words *w)
{
    if (w->at == w->count) {
        words_fail(w, "more words expected after", w->count == 0 ? "" : w->word[w->count - 1]);
        return "";
    }
    return w->word[w->at++];
}

bool words_parse(const char **at, uint64_t *ret)
{
    const char *c = *at;
    uint64_t value = 0;
    while (*c >= '0' && *c <= '9' && value < INT64_MAX / 10)
        value = value * 10 + (uint64_t)(*c++ - '0');
    if (c == *at)
        return false;
    *at = c;
    *ret = value;
    return true;
}

uint64_t words_number(struct words *w)
{
    const char *word = words_next(w), *at = word;
    uint64_t value = 0;
    if (w->err.code == 0 && (!words_parse(&at, &value) || *at != '\0'))
        words_fail(w, "a number expected", word);
    return w->err.code == 0 ? value : 0;
}

uint64_t words_duration(struct words *w)
{
    const char *word = words_next(w);
    uint64_t value = 0;
    if (w->err.code == 0 && units_duration(word + (*word == '+'), &value) < 0)
        words_fail(w, "a duration expected", word);
    return value;
}

bool words_switch(struct words *w)
{
    const char *word = words_next(w);
    if (strcmp(word, "on") != 0 && strcmp(word, "off") != 0)
        words_fail(w, "on or off expected", word);
    return strcmp(word, "on") == 0;
}

uint32_t words_numbers(struct words *w, uint64_t *ret, uint32_t max)
{
    uint32_t count = 0;
    for (; count < max && words_peek(w) != NULL; count++) {
        const char *at = words_peek(w);
        if (!words_parse(&at, &ret[count]) || *at != '\0')
            break;
        w->at++;
    }
    return count;
}

int words_end(struct words *w)
{
    if (w->err.code == 0 && w->at < w->count)
        words_fail(w, "did not expect", w->word[w->at]);
    return w->err.code;
}
