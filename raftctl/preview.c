/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/preview.h"

#include "raftctl/form.h"

#include <stdio.h>

#define SIDE "{voters:[s] quorum:n reachable:n tolerates:n}"
#define TEXT(side)                                                                            \
    "voters {" side ".voters}   quorum {" side ".quorum}   reachable {" side ".reachable}   " \
    "tolerates {" side ".tolerates}"

const struct form form_preview = {.line = "now    " TEXT("now") "[\nand    " TEXT(
                                      "outgoing") "   <- outgoing, needed too]\n"
                                                  "after  " TEXT("after") "[   <- {warning}]",
                                  .schema = "now:" SIDE " outgoing?:" SIDE " after:" SIDE
                                            " blocks:b warning?:s"};

static void put(struct preview_side *side, const char *name, bool reached)
{
    ASSERT(side->count < ARRAY_LEN(side->names));
    (void)snprintf(side->names[side->count], sizeof(side->names[0]), "%s", name);
    side->reached[side->count++] = reached;
}

void preview_make(const struct survey *s, const char *without, const char *with,
                  struct preview *ret)
{
    *ret = (struct preview){0};
    bool there = false;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (row->is_member && s->cluster.joint && row->member.voter_old)
            put(&ret->outgoing, row->member.name, row->reached);
        if (!row->is_member || !row->member.voter)
            continue;
        put(&ret->now, row->member.name, row->reached);
        if (without == NULL || strcmp(without, row->member.name) != 0)
            put(&ret->after, row->member.name, row->reached);
        there = there || (with != NULL && strcmp(with, row->member.name) == 0);
    }
    const struct survey_row *known = with == NULL ? NULL : survey_find(s, with);
    if (with != NULL && !there)
        put(&ret->after, with, known == NULL || known->reached);
}

void preview_list(const struct survey *s, const char *list, struct preview *ret)
{
    preview_make(s, NULL, NULL, ret);
    ret->after = (struct preview_side){0};
    while (*list != '\0' && ret->after.count < LIMIT_MEMBERS) {
        char name[LIMIT_NODE_NAME + 1];
        size_t all = strcspn(list, ","), len = strcspn(list, "=,");
        (void)snprintf(name, sizeof(name), "%.*s", (int)len, list);
        const struct survey_row *known = survey_find(s, name);
        put(&ret->after, name, known == NULL || known->reached);
        list += all + (list[all] == ',');
    }
}

static size_t quorum(const struct preview_side *side)
{
    return side->count / 2 + 1;
}

static size_t reachable(const struct preview_side *side)
{
    size_t n = 0;
    for (size_t i = 0; i < side->count; i++)
        n += side->reached[i];
    return n;
}

static size_t tolerates(const struct preview_side *side)
{
    size_t there = reachable(side), needed = quorum(side);
    return there > needed ? there - needed : 0;
}

static bool lacks_quorum(const struct preview_side *side)
{
    return reachable(side) < quorum(side);
}

/* A change under way ends by a quorum of both halves, and only then another one begins. */
static bool is_stuck(const struct preview *p)
{
    return p->outgoing.count > 0 && (lacks_quorum(&p->now) || lacks_quorum(&p->outgoing));
}

bool preview_blocks(const struct preview *p)
{
    return is_stuck(p) || lacks_quorum(&p->after);
}

static void put_json(struct jsonw *w, const char *when, const struct preview_side *side)
{
    jsonw_key(w, when);
    jsonw_object(w);
    jsonw_key(w, "voters");
    jsonw_array(w);
    for (size_t i = 0; i < side->count; i++)
        jsonw_string(w, side->names[i]);
    jsonw_end(w);
    jsonw_kv_u64(w, "quorum", quorum(side));
    jsonw_kv_u64(w, "reachable", reachable(side));
    jsonw_kv_u64(w, "tolerates", tolerates(side));
    jsonw_end(w);
}

enum ctl_exit preview_show(const struct ctl *ctl, const struct preview *p, const char *via)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    put_json(&w, "now", &p->now);
    if (p->outgoing.count > 0)
        put_json(&w, "outgoing", &p->outgoing);
    put_json(&w, "after", &p->after);
    jsonw_kv_bool(&w, "blocks", preview_blocks(p));
    if (is_stuck(p))
        jsonw_kv_string(&w, "warning", "the change under way cannot end: it needs both quorums");
    else if (preview_blocks(p))
        jsonw_kv_string(&w, "warning", "no quorum: every write would block");
    form_put_via(&w, via);
    jsonw_end(&w);
    return form_show(ctl, &form_preview, &json, preview_blocks(p) ? CTL_NO : CTL_OK);
}
