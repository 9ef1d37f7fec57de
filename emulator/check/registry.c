/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/registry.h"

#include "base/spelling.h"

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

static size_t distance(const char *a, const char *b)
{
    return spelling_distance(span_str(a), span_str(b));
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
