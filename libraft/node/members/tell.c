/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a committed configuration changed of the one before it, as lines for the log. A role is told
 * when it is the member's for good: in a joint configuration everybody still has the old one. */
#include "base/sort.h"
#include "node/node_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Which configuration it is. */
struct told {
    struct node *n;
    const char *how; /* it came here */
    struct raft_pos at;
};

static void PRINTF_LIKE(2, 3) tell(const struct told *t, const char *fmt, ...)
{
    char text[sizeof(((struct journal_line *)NULL)->text)];
    va_list args;
    int len = snprintf(text, sizeof(text), "%s %llu, term %llu: ", t->how,
                       (unsigned long long)t->at.index, (unsigned long long)t->at.term);
    va_start(args, fmt);
    (void)vsnprintf(text + len, sizeof(text) - (size_t)len, fmt, args);
    va_end(args);
    journal_say(t->n, ENV_ABOUT_MEMBER, ENV_INFO, text);
}

static bool votes(const struct membership *m, uint32_t i)
{
    return (m->config.members[i].flags & (m->config.joint ? RAFT_VOTER_OLD : RAFT_VOTER)) != 0;
}

static const char *role_of(const struct membership *m, uint32_t i)
{
    bool witness = (m->config.members[i].flags & RAFT_WITNESS) != 0;
    if (votes(m, i))
        return witness ? "witness" : "voter";
    return witness ? "learner (witness)" : "learner";
}

/* ---- voters by name ---- */

static int by_name(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* Two of them fit into a line of the log. */
#define VOTERS_MAX 72

/* " n1 n2 n3"; " ..." stands for those that do not fit. */
static const char *voters_of(const struct membership *m, uint32_t flag, char out[VOTERS_MAX])
{
    const char *names[LIMIT_MEMBERS];
    uint32_t count = 0;
    size_t len = 0;
    for (uint32_t i = 0; i < m->config.count; i++) {
        if ((m->config.members[i].flags & flag) != 0)
            names[count++] = m->peers[i].name;
    }
    sort_array(names, count, sizeof(names[0]), by_name);
    out[0] = '\0';
    for (uint32_t i = 0; i < count; i++) {
        bool fits = len + 1 + strlen(names[i]) + strlen(" ...") < VOTERS_MAX;
        len += (size_t)snprintf(out + len, VOTERS_MAX - len, " %s", fits ? names[i] : "...");
        if (!fits)
            break;
    }
    return out;
}

static void joint_changed(const struct told *t, const struct membership *was,
                          const struct membership *is)
{
    char old[VOTERS_MAX], new[VOTERS_MAX];
    voters_of(is, RAFT_VOTER, new);
    if (is->config.joint && !was->config.joint)
        tell(t, "joint configuration entered, voters%s, then%s", voters_of(is, RAFT_VOTER_OLD, old),
             new);
    else if (!is->config.joint && was->config.joint)
        tell(t, "joint configuration left, voters%s", new);
}

/* ---- members ---- */

static void member_changed(const struct told *t, const struct membership *was, uint32_t w,
                           const struct membership *is, uint32_t i)
{
    const struct node_peer *before = &was->peers[w], *p = &is->peers[i];
    int32_t rank = was->config.members[w].priority, now = is->config.members[i].priority;
    if (!votes(was, w) && votes(is, i))
        tell(t, "%s promoted to %s", p->name, role_of(is, i));
    if (votes(was, w) && !votes(is, i))
        tell(t, "%s demoted to %s", p->name, role_of(is, i));
    if (strcmp(before->address, p->address) != 0)
        tell(t, "address of %s changed from %s to %s", p->name, before->address, p->address);
    if (rank != now)
        tell(t, "priority of %s changed from %d to %d", p->name, (int)rank + RAFT_PRIORITY_USUAL,
             (int)now + RAFT_PRIORITY_USUAL);
}

/* Both lists are in the order of ids. */
static void members_changed(const struct told *t, const struct membership *was,
                            const struct membership *is)
{
    uint32_t w = 0, i = 0;
    while (w < was->config.count || i < is->config.count) {
        bool more_was = w < was->config.count, more_is = i < is->config.count;
        if (!more_is || (more_was && was->peers[w].id < is->peers[i].id)) {
            tell(t, "%s removed, was %s", was->peers[w].name, role_of(was, w));
            w++;
        } else if (!more_was || is->peers[i].id < was->peers[w].id) {
            tell(t, "%s added as %s, at %s", is->peers[i].name, role_of(is, i),
                 is->peers[i].address);
            i++;
        } else {
            member_changed(t, was, w++, is, i++);
        }
    }
}

/* After a start everything up to what a leader knew to be committed is no news; and below its term
 * nobody can tell whether it was. */
static bool is_news(const struct node *n, uint64_t index, uint64_t term)
{
    return n->met.term != 0 && index > n->met.index && term >= n->met.term;
}

static void compare(struct node *n, const char *how, struct raft_pos at, struct span payload)
{
    const struct told t = {n, how, at};
    struct span before = span_of(n->images.config.data, n->images.config.len);
    struct membership was, is;
    struct err ignored; /* the core has taken both */
    if (before.len == 0 || membership_decode(before, &was, &ignored) < 0 ||
        membership_decode(payload, &is, &ignored) < 0)
        return;
    joint_changed(&t, &was, &is);
    members_changed(&t, &was, &is);
}

void tell_applied(struct node *n, const struct entry *e)
{
    if (e->kind == ENTRY_CONFIG && is_news(n, e->index, e->term))
        compare(n, "index", (struct raft_pos){.index = e->index, .term = e->term},
                span_of(e->payload, e->len));
}

void tell_installed(struct node *n, const struct image_meta *m)
{
    if (m->config_index != n->images.config_index && is_news(n, m->config_index, m->at.term))
        compare(n, "snapshot of index", (struct raft_pos){.index = m->at.index, .term = m->at.term},
                span_of(m->config, m->config_len));
}
