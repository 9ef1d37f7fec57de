/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who and where: selectors, links, groups, shapes, message types. */
#include "base/mem.h"
#include "emulator/scenario/parse_inside.h"

#include <stdio.h>
#include <string.h>

static bool check_name(struct parse *p, const struct json *v, const struct names *known,
                       const char *name, const char *unbound, const char *how)
{
    char hint[96];
    for (size_t i = 0; i < known->count; i++) {
        if (strcmp(known->items[i], name) == 0)
            return true;
    }
    const char *nearest = parse_nearest(name, known->items, known->count, hint);
    return parse_error(p, v, nearest != NULL ? nearest : how, "\"%.40s\": %s", v->text, unbound);
}

static bool check_client(struct parse *p, const struct json *v, const struct selector *s)
{
    if (s->kind != SELECT_client || s->number < p->s->clients.count)
        return true;
    return parse_error(p, v, NULL, "\"%.40s\": there are %zu clients, numbered from 0", v->text,
                       p->s->clients.count);
}

/* where: behind the message, "" or " in partition group 2". */
static bool parse_selector(struct parse *p, const struct json *v, const char *where,
                           struct selector *ret)
{
    struct err e;
    struct selector s;
    char hint[SELECTOR_TEXT_MAX];
    if (v->type != JSON_STRING)
        return parse_error(p, v, NULL, "expected a selector%s, not %s", where,
                           json_type_name(v->type));
    if (selector_parse(v->text, p->nodes_count, &s, &e) < 0)
        return parse_error(p, v, selector_hint(v->text, p->nodes_count, hint), "%s%s", e.text,
                           where);
    if (s.kind == SELECT_bound &&
        !check_name(p, v, &p->bindings, s.name, "no earlier step binds this name",
                    "a step binds its targets with \"as\""))
        return false;
    if (s.kind == SELECT_leaderAt &&
        !check_name(p, v, &p->marks, s.name, "no earlier step sets this mark",
                    "a mark is set by {\"mark\":{\"name\":…}}"))
        return false;
    if (!check_client(p, v, &s))
        return false;
    *ret = s;
    return true;
}

static bool parse_union(struct parse *p, const struct json *v, const char *where,
                        struct selectors *ret)
{
    struct selectors list = {0};
    bool ok = true;
    if (v->type == JSON_ARRAY && (v->count == 0 || v->count > SELECTORS_MAX))
        return parse_error(p, v, NULL, "a list of 1..%d selectors is needed%s", SELECTORS_MAX,
                           where);
    size_t count = v->type == JSON_ARRAY ? v->count : 1;
    list.items = mem_array(count, sizeof(*list.items));
    if (v->type != JSON_ARRAY) {
        ok = parse_selector(p, v, where, &list.items[list.count++]);
    } else {
        for (const struct json *c = v->child; c != NULL; c = c->next)
            ok = parse_selector(p, c, where, &list.items[list.count++]) && ok;
    }
    if (ok)
        *ret = list;
    else
        selectors_free(&list);
    return ok;
}

bool parse_who(struct parse *p, const struct json *v, struct selectors *ret)
{
    return parse_union(p, v, "", ret);
}

static bool takes_one(const struct selector *s)
{
    switch (s->kind) {
    case SELECT_node:
    case SELECT_bound:
    case SELECT_leader:
    case SELECT_follower:
    case SELECT_formerLeader:
    case SELECT_leaderOf:
    case SELECT_leaderAt:
    case SELECT_transferee:
    case SELECT_mostLagging:
    case SELECT_mostUpToDate: return true;
    case SELECT_random: return s->number == 1;
    case SELECT_all:
    case SELECT_alive:
    case SELECT_crashed:
    case SELECT_paused:
    case SELECT_rest:
    case SELECT_followers:
    case SELECT_candidates:
    case SELECT_learners:
    case SELECT_voters:
    case SELECT_behind:
    case SELECT_minority:
    case SELECT_majority:
    case SELECT_minorityWithLeader:
    case SELECT_minorityWithoutLeader:
    case SELECT_majorityWithLeader:
    case SELECT_majorityWithoutLeader:
    case SELECT_quorum:
    case SELECT_oldOnly:
    case SELECT_newOnly:
    case SELECT_both:
    case SELECT_removed:
    case SELECT_added:
    case SELECT_client:
    case SELECT_clients:
    case SELECTORS_COUNT: return false;
    }
    UNREACHABLE();
}

bool parse_node(struct parse *p, const struct json *v, struct selectors *ret)
{
    struct selector s;
    if (!parse_selector(p, v, "", &s))
        return false;
    if (!takes_one(&s))
        return parse_error(p, v, NULL, "\"%.40s\": one node is needed here", v->text);
    *ret = (struct selectors){.items = mem_dup(&s, sizeof(s)), .count = 1};
    return true;
}

bool parse_messages(struct parse *p, const struct json *v, uint32_t *ret)
{
    const char *names[MESSAGES_COUNT];
    char hint[96];
    uint32_t set = 0;
    for (int i = 0; i < MESSAGES_COUNT; i++)
        names[i] = vocab_message_name((enum message_id)i);
    if (v->type != JSON_ARRAY || v->count == 0)
        return parse_error(p, v, NULL, "expected %s", vocab_param_type_text(PARAM_TYPE_messages));
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        if (!parse_type(p, c, JSON_STRING, "the name of a message type"))
            return false;
        int found = vocab_find_message(c->text);
        if (found < 0)
            return parse_error(p, c, parse_nearest(c->text, names, MESSAGES_COUNT, hint),
                               "unknown message type \"%.40s\"", c->text);
        set |= (uint32_t)1 << found;
    }
    *ret = set;
    return true;
}

static bool optional_choice(struct parse *p, const struct json *v, const char *choices,
                            unsigned *ret)
{
    return v == NULL || parse_choice(p, v, choices, ret);
}

/* Fills what the object names; link->to stays empty if it is not named. */
static bool parse_link_members(struct parse *p, const struct json *v, struct scenario_link *link)
{
    const struct json *to = json_get(v, "to"), *message = json_get(v, "message");
    unsigned direction = LINK_both, plane = PLANE_peer;
    bool ok = parse_who(p, json_get(v, "from"), &link->from);
    ok = (to == NULL || parse_who(p, to, &link->to)) && ok;
    ok = optional_choice(p, json_get(v, "direction"), LINK_DIRECTIONS, &direction) && ok;
    ok = optional_choice(p, json_get(v, "plane"), LINK_PLANES, &plane) && ok;
    ok = (message == NULL || parse_messages(p, message, &link->messages)) && ok;
    link->direction = (enum link_direction)direction;
    link->plane = (enum link_plane)plane;
    return ok;
}

/* What only holds together. */
static bool check_link(struct parse *p, const struct json *v, const struct scenario_link *link)
{
    if (link->messages != 0 && link->plane != PLANE_peer)
        return parse_error(p, json_get(v, "message"), "leave \"plane\" out",
                           "message types cross the links between nodes only");
    if (link->plane == PLANE_admin && link->to.count > 0)
        return parse_error(p, json_get(v, "to"), "leave it out",
                           "on the admin plane the other end is the administrator");
    return true;
}

/* The ends that need no words: "all" alone is every link. */
static void complete_link(struct scenario_link *link)
{
    const struct selector rest = {.kind = SELECT_rest};
    if (link->to.count > 0)
        return;
    if (link->from.count == 1 && link->from.items[0].kind == SELECT_all) {
        link->all = true;
        selectors_free(&link->from);
        link->from = (struct selectors){0};
    } else if (link->plane != PLANE_admin) {
        link->to = (struct selectors){.items = mem_dup(&rest, sizeof(rest)), .count = 1};
    }
}

bool parse_link(struct parse *p, const struct json *v, struct scenario_link *ret)
{
    static const char *const names[] = {"from", "to", "direction", "plane", "message"};
    if (v->type == JSON_STRING && strcmp(v->text, "all") == 0) {
        *ret = (struct scenario_link){.all = true};
        return true;
    }
    if (v->type != JSON_OBJECT)
        return parse_error(p, v, NULL, "expected %s", vocab_param_type_text(PARAM_TYPE_link));
    if (!parse_known_keys(p, v, names, ARRAY_LEN(names), "a link"))
        return false;
    if (json_get(v, "from") == NULL)
        return parse_key_error(p, v, "links without a first end are spelled \"all\"",
                               "a link needs \"from\"");
    struct scenario_link link = {0};
    if (!parse_link_members(p, v, &link) || !check_link(p, v, &link)) {
        selectors_free(&link.from);
        selectors_free(&link.to);
        return false;
    }
    complete_link(&link);
    *ret = link;
    return true;
}

bool parse_groups(struct parse *p, const struct json *v, struct scenario_groups *ret)
{
    struct scenario_groups groups = {0};
    bool ok = true;
    if (!parse_type(p, v, JSON_ARRAY, vocab_param_type_text(PARAM_TYPE_groups)))
        return false;
    if (v->count < 2 || v->count > LIMIT_MEMBERS)
        return parse_error(p, v, NULL, "a partition has 2..%d groups", LIMIT_MEMBERS);
    groups.items = mem_array(v->count, sizeof(*groups.items));
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        char where[48];
        (void)snprintf(where, sizeof(where), " in partition group %zu", groups.count + 1);
        ok = parse_union(p, c, where, &groups.items[groups.count++]) && ok;
    }
    if (ok) {
        *ret = groups;
        return true;
    }
    for (size_t i = 0; i < groups.count; i++)
        selectors_free(&groups.items[i]);
    mem_free(groups.items);
    return false;
}

/* "bridge(leader)": the selector between the brackets. */
static bool parse_centre(struct parse *p, const struct json *v, size_t word_len,
                         struct scenario_shape *shape)
{
    const char *argument = v->text + word_len;
    size_t len = strlen(argument);
    char inside[SELECTOR_TEXT_MAX];
    struct err e;
    if (!vocab_shape_centre(shape->id))
        return parse_error(p, v, NULL, "%s takes no node", vocab_shape_name(shape->id));
    if (len < 3 || argument[len - 1] != ')' || len - 2 >= sizeof(inside))
        return parse_error(p, v, NULL, "\"%.40s\": spelled %s(NODE)", v->text,
                           vocab_shape_name(shape->id));
    memcpy(inside, argument + 1, len - 2);
    inside[len - 2] = '\0';
    if (selector_parse(inside, p->nodes_count, &shape->centre, &e) < 0) {
        char hint[SELECTOR_TEXT_MAX];
        return parse_error(p, v, selector_hint(inside, p->nodes_count, hint), "%s", e.text);
    }
    if (!takes_one(&shape->centre))
        return parse_error(p, v, NULL, "\"%.40s\": one node is needed as the centre", inside);
    if (shape->centre.kind == SELECT_bound &&
        !check_name(p, v, &p->bindings, shape->centre.name, "no earlier step binds this name",
                    "a step binds its targets with \"as\""))
        return false;
    shape->has_centre = true;
    return true;
}

bool parse_shape(struct parse *p, const struct json *v, struct scenario_shape *ret)
{
    const char *names[SHAPES_COUNT];
    char word[32], hint[96];
    for (int i = 0; i < SHAPES_COUNT; i++)
        names[i] = vocab_shape_name((enum shape_id)i);
    if (!parse_type(p, v, JSON_STRING, vocab_param_type_text(PARAM_TYPE_shape)))
        return false;
    size_t len = strcspn(v->text, "(");
    if (len >= sizeof(word))
        return parse_error(p, v, NULL, "unknown shape \"%.40s\"", v->text);
    memcpy(word, v->text, len);
    word[len] = '\0';
    int found = vocab_find_shape(word);
    if (found < 0)
        return parse_error(p, v, parse_nearest(word, names, SHAPES_COUNT, hint),
                           "unknown shape \"%.40s\"", v->text);
    struct scenario_shape shape = {.id = (enum shape_id)found};
    if (v->text[len] == '(' && !parse_centre(p, v, len, &shape))
        return false;
    *ret = shape;
    return true;
}
