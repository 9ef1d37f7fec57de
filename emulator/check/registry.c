/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/registry.h"

#include <string.h>

static const struct checker *const all[] = {
#define X(variable, params) &variable,
    CHECKERS(X)
#undef X
};

size_t registry_count(void)
{
    return ARRAY_LEN(all);
}

const struct checker *registry_at(size_t i)
{
    ASSERT(i < ARRAY_LEN(all));
    return all[i];
}

const struct checker *registry_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    }
    return NULL;
}

#define NAME_MAX_LEN 63

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein distance of the first NAME_MAX_LEN characters. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_LEN + 1];
    size_t a_len = strnlen(a, NAME_MAX_LEN);
    size_t b_len = strnlen(b, NAME_MAX_LEN);
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t old = row[j];
            row[j] = least(row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = old;
        }
    }
    return row[b_len];
}

const char *registry_nearest(const char *name)
{
    size_t best = 0;
    for (size_t i = 1; i < ARRAY_LEN(all); i++) {
        if (distance(name, all[i]->name) < distance(name, all[best]->name))
            best = i;
    }
    return all[best]->name;
}
