/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/case_states.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define ULL(x) ((unsigned long long)(x))

static bool failed_assertion(const char *broken)
{
    return strncmp(broken, "assertion failed", strlen("assertion failed")) == 0;
}

void ex_case_shown(const struct ex_step *step, const char *broken, struct buf *out)
{
    static const char *const fatals[] = {
        [RAFT_FATAL_TWO_LEADERS] = "two leaders of one term",
        [RAFT_FATAL_LOST_LOG] = "acknowledged entries are missing here",
        [RAFT_FATAL_OVERWRITE] = "the leader has other entries where ours are certain"};
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
    if (step->turn->out->fatal != RAFT_FATAL_NOT)
        buf_putf(out, "  FATAL: %s\n", fatals[step->turn->out->fatal]);
    if (state != NULL || since != NULL)
        buf_putf(out, "  BROKEN: %s\n", state != NULL ? state : since);
    if (out->len == before)
        buf_puts(out, "ok\n");
}

static void put_progress(const struct raft *core, raft_id self, struct buf *out)
{
    uint64_t index;
    const struct raft_config *config = raft_config(core, &index);
    struct raft_progress_view view;
    for (uint32_t i = 0; i < config->count; i++) {
        raft_id id = config->members[i].id;
        if (id == self || !raft_progress_of(core, id, &view))
            continue;
        buf_putf(out, "  n%llu %s match %llu next %llu", ULL(id), view.state, ULL(view.match),
                 ULL(view.next));
        if (view.image.pos.index != 0)
            buf_putf(out, " image {%llu,%llu} %llu of %llu", ULL(view.image.pos.term),
                     ULL(view.image.pos.index), ULL(view.image_offset), ULL(view.image.bytes));
        buf_putc(out, '\n');
    }
}

static void put_state(const struct raft *core, struct buf *out)
{
    char text[256];
    buf_putf(out, "%s\n", raft_describe_state(core, NULL, text, sizeof(text)));
    struct raft_image image = raft_image(core);
    struct raft_pos base = raft_base(core);
    if (image.pos.index != 0)
        buf_putf(out, "  image {%llu,%llu}, log after {%llu,%llu}\n", ULL(image.pos.term),
                 ULL(image.pos.index), ULL(base.term), ULL(base.index));
}

void ex_case_core(const struct raft *core, raft_id self, struct buf *out)
{
    put_state(core, out);
    put_progress(core, self, out);
}

static void put_log(const struct ex_row *row, struct buf *out)
{
    const struct ex_log *log = &ex_host_newest(&row->host)->log;
    buf_putf(out, "n%u log", row->host.id);
    if (log->base != 0)
        buf_putf(out, " after {%u,%u}:", log->base_term, log->base);
    for (uint32_t i = 0; i < log->count; i++)
        buf_putf(out, " %u", log->at[i].term);
    buf_putc(out, '\n');
}

static void put_set(const struct raft_config *c, const char *name, uint32_t flags, struct buf *out)
{
    bool any = false;
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t f = c->members[i].flags;
        if (flags == 0 ? f != 0 : (f & flags) == 0)
            continue;
        buf_putf(out, "%s %llu", any ? "" : name, ULL(c->members[i].id));
        any = true;
    }
}

static void put_members(const struct raft *core, raft_id self, struct buf *out)
{
    uint64_t index;
    const struct raft_config *c = raft_config(core, &index);
    buf_putf(out, "n%llu members of entry %llu%s:", ULL(self), ULL(index),
             index > raft_commit(core) ? ", not committed" : "");
    put_set(c, " voters", RAFT_VOTER, out);
    put_set(c, " old", RAFT_VOTER_OLD, out);
    put_set(c, " learners", 0, out);
    put_set(c, " learners next", RAFT_LEARNER_NEXT, out);
    buf_puts(out, c->count == 0 ? " nobody\n" : "\n");
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

static void put_server(const struct ex_step *step, uint32_t i, struct buf *out)
{
    uint64_t *block;
    if (!row_after(step, i)->host.up) {
        buf_putf(out, "n%u down\n", i + 1);
        return;
    }
    const struct raft *core = core_after(step, i, &block);
    ex_case_core(core, i + 1, out);
    free(block);
}

static void put_server_members(const struct ex_step *step, uint32_t i, struct buf *out)
{
    uint64_t *block;
    if (!row_after(step, i)->host.up) {
        buf_putf(out, "n%u down\n", i + 1);
        return;
    }
    put_members(core_after(step, i, &block), i + 1, out);
    free(block);
}

void ex_case_states(const struct ex_step *step, struct buf *out)
{
    uint32_t count = step->space->servers_count, up = 0;
    buf_puts(out, "state\n----\n");
    for (uint32_t i = 0; i < count; i++)
        put_server(step, i, out);
    buf_puts(out, "\nmembers\n----\n");
    for (uint32_t i = 0; i < count; i++)
        put_server_members(step, i, out);
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
