/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Servers side by side. */
#include "emulator/explore/tell.h"

#include <stdarg.h>
#include <stdio.h>

#define CELL 48

enum line { NAME, ROLE, LEADER, TERM, VOTE, LOG, ON_DISK, COMMIT, MEMBERS, LINES };

struct cell {
    char text[CELL];
    size_t at;
};

static void put(struct cell *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void put(struct cell *c, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(c->text + c->at, CELL - c->at, fmt, args);
    va_end(args);
    c->at += n < 0 ? 0 : (size_t)n;
    c->at = c->at < CELL ? c->at : CELL - 1;
}

static void put_node(struct cell *c, uint64_t id)
{
    if (id == 0)
        put(c, "-");
    else
        put(c, "n%llu", (unsigned long long)id);
}

static void put_vote(struct cell *c, const struct ex_row *row)
{
    const struct ex_disk *now = ex_host_newest(&row->host), *disk = &row->host.disk;
    uint8_t vote = now->term == row->term ? now->vote : 0;
    put_node(c, vote);
    if (vote != 0 && (disk->vote != vote || disk->term != row->term))
        put(c, ", not on disk");
}

/* The terms of its entries; c: a configuration. */
static void put_log(struct cell *c, const struct ex_log *log)
{
    if (log->base != 0)
        put(c, "[1..%u]", log->base);
    for (uint32_t i = 0; i < log->count; i++)
        put(c, "%s%u%s", i == 0 && log->base == 0 ? "" : " ", log->at[i].term,
            log->at[i].config != 0 ? "c" : "");
    if (log->count == 0 && log->base == 0)
        put(c, "empty");
}

/* Up to where the disk holds the log that is in memory. */
static uint64_t durable(const struct ex_host *h)
{
    const struct ex_log *now = ex_host_log(h), *disk = &h->disk.log;
    uint64_t same = ex_log_last(now) < ex_log_last(disk) ? ex_log_last(now) : ex_log_last(disk);
    while (same > now->base && ex_log_term(now, same) != ex_log_term(disk, same))
        same--;
    return same;
}

static const char *standing(const struct raft_config *config, uint32_t flags)
{
    bool now = (flags & RAFT_VOTER) != 0, old = (flags & RAFT_VOTER_OLD) != 0;
    if (!now && !old)
        return "(learns)";
    return !config->joint || now == old ? "" : now ? "(new)" : "(old)";
}

static void put_members(struct cell *c, const struct raft_config *config)
{
    for (uint32_t i = 0; i < config->count; i++)
        put(c, "%sn%llu%s", i == 0 ? "" : " ", (unsigned long long)config->members[i].id,
            standing(config, config->members[i].flags));
    if (config->count == 0)
        put(c, "nobody");
}

static void column(struct cell *c, const struct ex_space *space, const struct ex_row *row)
{
    const struct ex_host *h = &row->host;
    put_node(&c[NAME], h->id);
    put(&c[ROLE], "%s", h->up ? raft_role_name((enum raft_role)row->role) : "down");
    put_node(&c[LEADER], row->leader);
    put(&c[TERM], "%u", row->term);
    if (row->term != h->disk.term)
        put(&c[TERM], ", disk %u", h->disk.term);
    put_vote(&c[VOTE], row);
    put_log(&c[LOG], ex_host_log(h));
    uint64_t there = durable(h);
    if (there == 0)
        put(&c[ON_DISK], "nothing");
    else
        put(&c[ON_DISK], "1..%llu", (unsigned long long)there);
    put(&c[COMMIT], "%u", row->commit);
    if (h->up)
        put_members(&c[MEMBERS], &space->configs.at[row->config]);
}

void ex_tell_servers(const struct ex_space *space, const struct ex_row *const *rows,
                     struct buf *out)
{
    static const char *const names[LINES] = {
        [NAME] = "",           [ROLE] = "role",     [LEADER] = "leader",
        [TERM] = "term",       [VOTE] = "vote",     [LOG] = "log, terms",
        [ON_DISK] = "on disk", [COMMIT] = "commit", [MEMBERS] = "members"};
    struct cell cells[EX_SERVERS][LINES] = {0};
    for (uint32_t i = 0; i < space->servers_count; i++)
        column(cells[i], space, rows[i]);
    for (uint32_t l = 0; l < LINES; l++) {
        buf_putf(out, "  %-11s", names[l]);
        for (uint32_t i = 0; i < space->servers_count; i++) {
            int width = 0;
            for (uint32_t k = 0; k < LINES; k++)
                width = (int)cells[i][k].at > width ? (int)cells[i][k].at : width;
            buf_putf(out, "  %-*s", i + 1 < space->servers_count ? width : 0, cells[i][l].text);
        }
        buf_putc(out, '\n');
    }
}
