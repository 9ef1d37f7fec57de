/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/runner/breaks.h"

#include <string.h>

int breaks_add(struct break_list *b, const nodeset *links, enum world_break how, uint64_t since,
               size_t *ret_at, struct err *e)
{
    size_t i = 0;
    while (i < BREAKS_MAX && b->list[i].number != 0)
        i++;
    if (i == BREAKS_MAX)
        return err_set(e, -E_LIMIT, "more than %d faults of connections at once", BREAKS_MAX);
    b->list[i] = (struct break_one){.number = ++b->numbers, .how = how, .since = since};
    memcpy(b->list[i].links, links, sizeof(b->list[i].links));
    b->count++;
    *ret_at = i;
    return 0;
}

bool breaks_active(const struct break_list *b, uint64_t number)
{
    for (size_t i = 0; i < BREAKS_MAX; i++) {
        if (number != 0 && b->list[i].number == number)
            return true;
    }
    return false;
}

void breaks_remove(struct break_list *b, uint64_t number, const nodeset *links)
{
    for (size_t i = 0; i < BREAKS_MAX; i++) {
        struct break_one *one = &b->list[i];
        nodeset left = 0;
        if (number == 0 || one->number != number)
            continue;
        for (size_t k = 0; k < WORLD_ENDPOINTS_MAX; k++) {
            one->links[k] &= links == NULL ? 0 : ~links[k];
            left |= one->links[k];
        }
        if (left != 0)
            return;
        one->number = 0;
        b->count--;
    }
}
