/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way to a broken promise: backwards by the words that the frontier kept, then forwards by
 * doing it again. */
#include "emulator/explore/search_inside.h"

#include "base/mem.h"

#include <stdio.h>

/* Which of the next states each step took, the last one included if it is broken; the caller's to
 * free. */
static int ordinals(struct ex_search *s, uint32_t **ret, uint32_t *ret_count, struct err *e)
{
    uint32_t count = s->depth - (s->found_ordinal == FOUND_ITSELF);
    uint32_t *of = mem_array(count + 1, sizeof(*of));
    uint64_t number = s->found_number;
    of[s->depth - 1] = s->found_ordinal;
    for (uint32_t i = s->depth - 1; i > 0; i--) {
        uint64_t word;
        int code = frontier_parent(s->frontier, number, &word, e);
        if (code < 0) {
            mem_free(of);
            return code;
        }
        ASSERT(word != PARENT_NONE);
        of[i - 1] = (uint32_t)(word & ((1u << PARENT_ORDINAL_BITS) - 1));
        number = word >> PARENT_ORDINAL_BITS;
    }
    *ret = of;
    *ret_count = count;
    return 0;
}

/* A server's own broken promise has a sentence that only the turn knows. */
static void sentence(struct ex_expander *x, const struct ex_next *n, struct ex_result *ret)
{
    const char *text = n->broken;
    if (text == ex_broken_alone) {
        ex_turn_take(&x->memo.turn, x->from->server[n->action.server], n->action.event);
        text = x->memo.turn.broken;
    }
    (void)snprintf(ret->broken, sizeof(ret->broken), "%s", text);
}

int ex_search_path(struct ex_search *s, struct ex_result *ret, struct err *e)
{
    uint32_t *of, count;
    int code = ordinals(s, &of, &count, e);
    if (code < 0)
        return code;
    struct ex_expander *x = &s->workers[0].expander;
    struct ex_cluster at;
    ex_cluster_begin(&at, &s->space);
    ret->path = (struct ex_path){count, mem_array(count, sizeof(*ret->path.action))};
    for (uint32_t i = 0; i < count; i++) {
        ex_expand(x, &at);
        ASSERT(of[i] < x->count);
        const struct ex_next *n = &x->next[of[i]];
        ret->path.action[i] = n->action;
        if (n->broken != NULL)
            sentence(x, n, ret);
        ASSERT((n->broken == NULL) == (i + 1 < s->depth));
        at = n->to;
    }
    mem_free(of);
    if (s->found_ordinal == FOUND_ITSELF) {
        const char *wrong = ex_calm_run(&s->workers[0].calm, &at);
        ASSERT(wrong != NULL);
        (void)snprintf(ret->broken, sizeof(ret->broken), "%s", wrong);
    }
    return 0;
}
