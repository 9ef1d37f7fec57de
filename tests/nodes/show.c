/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/nodes/show.h"

#include <stdio.h>
#include <string.h>

#define ULL(x) ((unsigned long long)(x))

static const char *name_of(void *arg, raft_id id)
{
    return node_name_of(arg, id);
}

static bool runs(struct buf *out, const struct nodes_one *one)
{
    if (one->node == NULL)
        buf_putf(out, "%s down\n", one->name);
    else if (one->fatal != 0)
        buf_putf(out, "%s has stopped, exit %d\n", one->name, one->fatal);
    else if (node_raft(one->node) == NULL)
        buf_putf(out, "%s starting\n", one->name);
    else
        return true;
    return false;
}

void show_state(struct buf *out, const struct nodes_one *one)
{
    char text[256];
    if (!runs(out, one))
        return;
    const struct raft *raft = node_raft(one->node);
    struct raft_names names = {.of = name_of, .arg = one->node};
    buf_putf(out, "%s applied %llu", raft_describe_state(raft, &names, text, sizeof(text)),
             ULL(node_applied(one->node)));
    if (raft_base(raft).index != 0)
        buf_putf(out, " log from %llu", ULL(raft_base(raft).index + 1));
    if (raft_image(raft).pos.index != 0)
        buf_putf(out, " image %llu", ULL(raft_image(raft).pos.index));
    buf_putc(out, '\n');
}

static void print_set(struct buf *out, const struct nodes_one *one, const struct raft_config *c,
                      const char *name, uint32_t flags)
{
    bool first = true;
    for (unsigned i = 0; i < one->all->count; i++) {
        raft_id id = node_id_of_name(one->all->one[i].name);
        for (uint32_t k = 0; k < c->count; k++) {
            bool in = flags == 0 ? (c->members[k].flags & ~RAFT_WITNESS) == 0
                                 : (c->members[k].flags & flags) != 0;
            if (c->members[k].id != id || !in)
                continue;
            buf_putf(out, "%s %s", first ? name : "", one->all->one[i].name);
            first = false;
        }
    }
}

void show_members(struct buf *out, const struct nodes_one *one)
{
    uint64_t index;
    if (!runs(out, one))
        return;
    const struct raft_config *c = raft_config(node_raft(one->node), &index);
    buf_putf(out, "%s members of entry %llu%s:", one->name, ULL(index),
             index > raft_commit(node_raft(one->node)) ? ", not committed" : "");
    print_set(out, one, c, " voters", RAFT_VOTER);
    print_set(out, one, c, " old", RAFT_VOTER_OLD);
    print_set(out, one, c, " learners", 0);
    print_set(out, one, c, " witnesses", RAFT_WITNESS);
    buf_puts(out, c->count == 0 ? " nobody\n" : "\n");
}

void show_log(struct buf *out, const struct nodes_one *one)
{
    if (!runs(out, one))
        return;
    const struct raft *raft = node_raft(one->node);
    struct raft_pos base = raft_base(raft);
    buf_putf(out, "%s log", one->name);
    if (base.index != 0)
        buf_putf(out, " after {%llu,%llu}:", ULL(base.term), ULL(base.index));
    for (uint64_t i = base.index + 1; i <= raft_last(raft).index; i++)
        buf_putf(out, " %llu", ULL(raft_term_at(raft, i)));
    buf_putc(out, '\n');
}

/* The end of the JSON value that begins here. */
static const char *value_end(const char *at)
{
    unsigned depth = 0;
    bool quoted = false;
    for (; *at != '\0' && *at != '\n'; at++) {
        if (*at == '"' && at[-1] != '\\')
            quoted = !quoted;
        if (quoted)
            continue;
        if ((*at == ',' || *at == '}') && depth == 0)
            break;
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
    }
    return at;
}

static bool is_one_of(const char *key, size_t len, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strlen(*list) == len && memcmp(*list, key, len) == 0)
            return true;
    }
    return false;
}

/* Without the quotes. */
static void put_value(struct buf *out, const char *from, const char *end)
{
    for (; from < end; from++) {
        if (*from != '"')
            buf_putc(out, *from);
    }
}

void show_event(struct buf *out, const char *line)
{
    static const char *const common[] = {"t", "node", "disk", "inc", "seq", "term", NULL};
    static const char *const dull[] = {"chain", "digest", "marks", NULL};
    bool named = false;
    for (const char *at = line + 1; *at == '"' || *at == ',';) {
        const char *key = at + 1 + (*at == ',');
        const char *key_end = strchr(key, '"');
        ASSERT(key_end != NULL);
        size_t len = (size_t)(key_end - key);
        const char *value = key_end + 2;
        at = value_end(value);
        if ((!named && is_one_of(key, len, common)) || is_one_of(key, len, dull))
            continue;
        if (named)
            buf_putf(out, " %.*s=", (int)len, key);
        named = true;
        put_value(out, value, at);
    }
    buf_putc(out, '\n');
}

bool show_event_is(const char *line, const char *name)
{
    char key[64];
    const char *end = strchr(line, '\n');
    int len = snprintf(key, sizeof(key), "\"ev\":\"%s\"", name);
    const char *found = memmem(line, (size_t)(end - line), key, (size_t)len);
    return found != NULL;
}
