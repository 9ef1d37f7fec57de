/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/tags.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tag {
    char text[64];
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tag *)a)->text, ((const struct tag *)b)->text);
}

/* Of a numbered one what its fellows share. */
static struct tag family(const char *text)
{
    struct tag tag;
    (void)snprintf(tag.text, sizeof(tag.text), "%s", text);
    char *dash = strrchr(tag.text, '-');
    if (dash == NULL || !isdigit((unsigned char)dash[1]))
        return tag;
    size_t at = (size_t)(dash - tag.text);
    (void)snprintf(tag.text + at, sizeof(tag.text) - at, "-N");
    return tag;
}

void tags_print(const struct scenario_list *list, struct buf *out)
{
    size_t count = 0, all = 0;
    for (size_t i = 0; i < list->count; i++)
        all += list->items[i].scenario == NULL ? 0 : list->items[i].scenario->tags.count;
    struct tag *tags = mem_array(all + 1, sizeof(*tags));
    for (size_t i = 0; i < list->count; i++) {
        const struct scenario *s = list->items[i].scenario;
        for (size_t k = 0; s != NULL && k < s->tags.count; k++)
            tags[count++] = family(s->tags.items[k]);
    }
    qsort(tags, count, sizeof(*tags), by_name);
    for (size_t i = 0, same; i < count; i += same) {
        same = 1;
        while (i + same < count && strcmp(tags[i].text, tags[i + same].text) == 0)
            same++;
        buf_putf(out, "%s%s (%zu)", i == 0 ? "" : ", ", tags[i].text, same);
    }
    mem_free(tags);
}
