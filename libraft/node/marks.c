/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/marks.h"

#include "node/node_private.h"

void marks_applied(struct node *n)
{
    struct marks *m = &n->marks;
    if (n->applied % MARKS_EVERY != 0)
        return;
    m->ring[m->next % MARKS_KEPT].index = n->applied;
    m->ring[m->next % MARKS_KEPT].digest = machine_digest(n->machine);
    m->next++;
}

void marks_json(const struct node *n, struct buf *out)
{
    const struct marks *m = &n->marks;
    struct jsonw w;
    bool bare = witness_bare(n);
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_u64(&w, "applied", n->applied);
    jsonw_kv_bool(&w, "witness", bare);
    jsonw_kv_hex64(&w, "digest", machine_digest(n->machine));
    jsonw_key(&w, "marks");
    jsonw_array(&w);
    for (uint64_t i = m->next < MARKS_KEPT ? 0 : m->next - MARKS_KEPT; i < m->next && !bare; i++) {
        jsonw_object(&w);
        jsonw_kv_u64(&w, "index", m->ring[i % MARKS_KEPT].index);
        jsonw_kv_hex64(&w, "digest", m->ring[i % MARKS_KEPT].digest);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    jsonw_end(&w);
}
