/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/near.h"

struct view {
    const struct ex_space *space;
    const struct ex_cluster *c;
    const struct ex_row *rows[EX_SERVERS];
    const struct ex_ghost *ghost;
    struct buf *out;
};

static void put_set(struct view *v, uint32_t set)
{
    for (uint32_t i = 0; i < v->space->servers_count; i++) {
        if ((set >> i & 1) != 0)
            buf_putf(v->out, " n%u", i + 1);
    }
}

/* Who has given its vote of that term to that server, on its disk or on its way there. */
static uint32_t votes(const struct view *v, uint32_t term, uint32_t candidate)
{
    uint32_t set = 0;
    for (uint32_t i = 0; i < v->space->servers_count; i++) {
        const struct ex_host *h = &v->rows[i]->host;
        const struct ex_disk *now = ex_host_newest(h);
        bool there = h->disk.term == term && h->disk.vote == candidate;
        set |= (uint32_t)(there || (now->term == term && now->vote == candidate)) << i;
    }
    for (uint32_t i = 0; i < (uint32_t)v->c->count + v->c->strays; i++) {
        const struct raft_message *m = &ex_space_met(v->space, v->c->message[i])->message.m;
        if (m->type == RAFT_REQUEST_VOTE_REPLY && m->granted && m->for_term == term &&
            m->to == candidate)
            set |= 1u << (m->from - 1);
    }
    return set;
}

static void elections(struct view *v)
{
    for (uint32_t term = 1; term <= v->space->bounds.terms; term++) {
        for (uint32_t id = 1; id <= v->space->servers_count; id++) {
            uint32_t set = votes(v, term, id);
            if (set == 0)
                continue;
            buf_putf(v->out, "election safety: n%u has votes of term %u from", id, term);
            put_set(v, set);
            if (v->ghost->leader[term] == id)
                buf_puts(v->out, ", and led it");
            else if (v->ghost->leader[term] != 0)
                buf_putf(v->out, ", but n%u led it", v->ghost->leader[term]);
            buf_putc(v->out, '\n');
        }
    }
}

/* The first committed entry that it lacks; 0: none. */
static uint32_t lacks(const struct view *v, const struct ex_row *row)
{
    for (uint32_t i = 1; i <= v->ghost->committed; i++) {
        const struct ex_entry *e = ex_log_at(ex_host_log(&row->host), i);
        if (i > row->host.image && (e == NULL || e->term != v->ghost->entry[i - 1].term))
            return i;
    }
    return 0;
}

static struct raft_pos last_of(const struct ex_row *row)
{
    uint64_t last = ex_log_last(ex_host_log(&row->host));
    return (struct raft_pos){ex_log_term(ex_host_log(&row->host), last), last};
}

/* Whoever lacks a committed entry must not find a majority whose logs are no newer. */
static void completeness(struct view *v)
{
    bool any = false;
    for (uint32_t i = 0; i < v->space->servers_count; i++) {
        uint32_t index = lacks(v, v->rows[i]), set = 0;
        if (index == 0)
            continue;
        for (uint32_t k = 0; k < v->space->servers_count; k++)
            set |= (uint32_t)(raft_pos_compare(last_of(v->rows[k]), last_of(v->rows[i])) <= 0) << k;
        buf_putf(v->out, "leader completeness: n%u lacks entry %u, and no newer log have", i + 1,
                 index);
        put_set(v, set);
        buf_putc(v->out, '\n');
        any = true;
    }
    if (!any)
        buf_puts(v->out, "leader completeness: every server has all that is committed\n");
}

/* Who holds, on its disk, what a leader has and nobody has committed. */
static void commits(struct view *v)
{
    for (uint32_t i = 0; i < v->space->servers_count; i++) {
        const struct ex_row *row = v->rows[i];
        for (uint32_t n = v->ghost->committed + 1u;
             row->role == RAFT_LEADER && n <= ex_log_last(ex_host_log(&row->host)); n++) {
            uint32_t set = 0;
            uint64_t term = ex_log_term(ex_host_log(&row->host), n);
            for (uint32_t k = 0; k < v->space->servers_count; k++)
                set |= (uint32_t)(ex_log_term(&v->rows[k]->host.disk.log, n) == term) << k;
            buf_putf(v->out,
                     "commit: entry %u of term %llu, of leader n%u of term %u, is on the disks of",
                     n, (unsigned long long)term, i + 1, row->term);
            put_set(v, set);
            buf_puts(v->out, set == 0 ? " nobody\n" : "\n");
        }
    }
}

/* Servers that go by different members decide by different majorities. */
static void configurations(struct view *v)
{
    uint8_t first = 0;
    bool differ = false;
    for (uint32_t i = 0; i < v->space->servers_count; i++) {
        uint8_t config = v->rows[i]->config;
        if (v->space->configs.at[config].count == 0)
            continue;
        differ = differ || (first != 0 && config != first);
        first = first == 0 ? config : first;
    }
    if (differ)
        buf_puts(v->out, "change of members: not all go by the same configuration (state)\n");
}

void ex_near(const struct ex_space *space, const struct ex_cluster *c, struct buf *out)
{
    struct view v = {space, c, {0}, &ex_space_history(space, c->ghost)->ghost, out};
    ex_cluster_rows(c, space, v.rows);
    elections(&v);
    completeness(&v);
    commits(&v);
    configurations(&v);
}
