/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/lab_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Digits, after a sign where one is allowed: strtoull alone would take more. */
static bool is_number(const char *text, bool sign)
{
    const char *digits = sign && text[0] == '-' ? text + 1 : text;
    return digits[0] != '\0' && digits[strspn(digits, "0123456789")] == '\0';
}

static bool read_u64(const char *text, uint64_t *ret)
{
    errno = 0;
    if (!is_number(text, false))
        return false;
    uint64_t value = strtoull(text, NULL, 10);
    if (errno != 0)
        return false;
    *ret = value;
    return true;
}

/* The next word of the line, which ends there from now on; NULL: none is left. */
static char *next_word(char **at)
{
    char *word = *at;
    if (word == NULL)
        return NULL;
    char *end = strchr(word, ' ');
    *at = end == NULL ? NULL : end + 1;
    if (end != NULL)
        *end = '\0';
    return word;
}

static int take_word(struct lab_words *w, char *word, struct err *e)
{
    char *equals = strchr(word, '=');
    if (equals == NULL || equals == word)
        return err_set(e, -E_INVALID, "\"%.40s\": must be KEY=VALUE", word);
    if (w->count == LAB_WORDS_MAX)
        return err_set(e, -E_INVALID, "more than %d words", LAB_WORDS_MAX);
    *equals = '\0';
    for (size_t i = 0; i < w->count; i++) {
        if (strcmp(w->each[i].key, word) == 0)
            return err_set(e, -E_INVALID, "%.40s: given twice", word);
    }
    w->each[w->count++] = (struct lab_word){.key = word, .value = equals + 1};
    return 0;
}

int lab_words_cut(char *line, size_t len, struct lab_words *ret, struct err *e)
{
    *ret = (struct lab_words){0};
    for (size_t i = 0; i < len; i++) {
        if (line[i] < ' ' || line[i] > '~')
            return err_set(e, -E_INVALID, "a byte that is not printable");
    }
    char *at = line, *id = next_word(&at), *verb = next_word(&at);
    if (!read_u64(id, &ret->id))
        return err_set(e, -E_INVALID, "\"%.40s\": a command begins with its number", id);
    if (verb == NULL || verb[0] == '\0')
        return err_set(e, -E_INVALID, "no verb");
    ret->verb = verb;
    int code = 0;
    for (char *word; code == 0 && (word = next_word(&at)) != NULL;)
        code = take_word(ret, word, e);
    return code;
}

const char *lab_words_text(struct lab_words *w, const char *key)
{
    for (size_t i = 0; i < w->count; i++) {
        if (strcmp(w->each[i].key, key) != 0)
            continue;
        w->each[i].taken = true;
        return w->each[i].value;
    }
    return NULL;
}

static int must_have(struct lab_words *w, const char *key, const char **ret, struct err *e)
{
    *ret = lab_words_text(w, key);
    return *ret != NULL ? 0 : err_set(e, -E_INVALID, "%s: not given", key);
}

int lab_words_u64(struct lab_words *w, const char *key, uint64_t min, uint64_t max, uint64_t *ret,
                  struct err *e)
{
    const char *text;
    uint64_t value;
    int code = must_have(w, key, &text, e);
    if (code < 0)
        return code;
    if (!read_u64(text, &value) || value < min || value > max)
        return err_set(e, -E_INVALID, "%s: \"%.40s\": must be a number from %llu to %llu", key,
                       text, (unsigned long long)min, (unsigned long long)max);
    *ret = value;
    return 0;
}

int lab_words_i64(struct lab_words *w, const char *key, int64_t min, int64_t max, int64_t *ret,
                  struct err *e)
{
    const char *text;
    int code = must_have(w, key, &text, e);
    if (code < 0)
        return code;
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (!is_number(text, true) || errno != 0 || value < min || value > max)
        return err_set(e, -E_INVALID, "%s: \"%.40s\": must be a number from %lld to %lld", key,
                       text, (long long)min, (long long)max);
    *ret = value;
    return 0;
}

int lab_words_choice(struct lab_words *w, const char *key, const char *const *names, size_t count,
                     unsigned *ret, struct err *e)
{
    const char *text;
    int code = must_have(w, key, &text, e);
    for (unsigned i = 0; code == 0 && i < count; i++) {
        if (strcmp(names[i], text) != 0)
            continue;
        *ret = i;
        return 0;
    }
    return code < 0 ? code : err_set(e, -E_INVALID, "%s: \"%.40s\": no such word", key, text);
}

int lab_words_end(const struct lab_words *w, struct err *e)
{
    for (size_t i = 0; i < w->count; i++) {
        if (!w->each[i].taken)
            return err_set(e, -E_INVALID, "%.40s: %s has no such word", w->each[i].key, w->verb);
    }
    return 0;
}
