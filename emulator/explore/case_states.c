/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/case_states.h"

#include "base/mem.h"
#include "emulator/explore/case_core.h"

#include <string.h>

static bool failed_assertion(const char *broken)
{
    return strncmp(broken, "assertion failed", strlen("assertion failed")) == 0;
}

void ex_case_shown(const struct ex_step *step, const char *broken, struct buf *out)
{
    size_t before = out->len;
    if (failed_assertion(broken)) {
        buf_putf(out, "not reached: %s\n", broken);
        return;
    }
    if (step->after != NULL) {
        buf_puts(out, "ok\n");
        return;
    }
    const struct raft *core = ex_turn_core(step->turn);
    const char *state = raft_invariant(core);
    const char *since = raft_invariant_since(&step->turn->before, core);
    ex_case_fatal(step->turn->out->fatal, out);
    if (state != NULL || since != NULL)
        buf_putf(out, "  BROKEN: %s\n", state != NULL ? state : since);
    if (out->len == before)
        buf_puts(out, "ok\n");
}

static void put_log(const struct ex_row *row, struct buf *out)
{
    const struct ex_log *log = ex_host_log(&row->host);
    buf_putf(out, "n%u log", row->host.id);
    if (log->base != 0)
        buf_putf(out, " after {%u,%u}:", log->base_term, log->base);
    for (uint32_t i = 0; i < log->count; i++)
        buf_putf(out, " %u", log->at[i].term);
    buf_putc(out, '\n');
}

/* How a server is after the step; where that broke a promise, as far as it came. */
static const struct ex_row *row_after(const struct ex_step *step, uint32_t i)
{
    if (step->after == NULL && i == step->action.server)
        return &step->turn->row;
    const struct ex_cluster *c = step->after != NULL ? step->after : step->before;
    return ex_space_row(step->space, c->server[i]);
}

/* The core of a server as it is after the step. *ret_block: to be freed. */
static const struct raft *core_after(const struct ex_step *step, uint32_t i, uint64_t **ret_block)
{
    const struct ex_row *row = row_after(step, i);
    *ret_block = NULL;
    if (row == &step->turn->row)
        return ex_turn_core(step->turn);
    *ret_block = mem_array(step->space->block_words, sizeof(**ret_block));
    ex_unpack(row->packed, row->packed_words, *ret_block, step->space->block_words);
    return (const struct raft *)(const void *)*ret_block;
}

/* By ex_case_core or ex_case_members. */
static void put_server(const struct ex_step *step, uint32_t i,
                       void (*put)(const struct raft *core, raft_id self, struct buf *out),
                       struct buf *out)
{
    uint64_t *block;
    if (!row_after(step, i)->host.up) {
        buf_putf(out, "n%u down\n", i + 1);
        return;
    }
    put(core_after(step, i, &block), i + 1, out);
    mem_free(block);
}

void ex_case_states(const struct ex_step *step, struct buf *out)
{
    uint32_t count = step->space->servers_count, up = 0;
    buf_puts(out, "state\n----\n");
    for (uint32_t i = 0; i < count; i++)
        put_server(step, i, ex_case_core, out);
    buf_puts(out, "\nmembers\n----\n");
    for (uint32_t i = 0; i < count; i++)
        put_server(step, i, ex_case_members, out);
    for (uint32_t i = 0; i < count; i++) {
        if (row_after(step, i)->host.up)
            buf_putf(out, "%s %u", up++ == 0 ? "\nlog" : "", i + 1);
    }
    buf_puts(out, up == 0 ? "" : "\n----\n");
    for (uint32_t i = 0; i < count; i++) {
        if (row_after(step, i)->host.up)
            put_log(row_after(step, i), out);
    }
}
