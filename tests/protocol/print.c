/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/protocol/print.h"

#include "emulator/explore/case_core.h"

#define ULL(x) ((unsigned long long)(x))

static void print_reasons(struct buf *out, const struct raft_output *o)
{
    char text[256];
    for (uint32_t i = 0; i < o->reasons_count; i++)
        buf_putf(out, "  %s\n", raft_describe_reason(&o->reasons[i], NULL, text, sizeof(text)));
}

static void print_disk(struct buf *out, const struct raft_output *o)
{
    if (o->hard_state && o->vote != 0)
        buf_putf(out, "  to disk: term %llu vote n%llu\n", ULL(o->term), ULL(o->vote));
    if (o->hard_state && o->vote == 0)
        buf_putf(out, "  to disk: term %llu no vote\n", ULL(o->term));
    if (o->log_reset)
        buf_putf(out, "  to disk: an empty log after {%llu,%llu}\n", ULL(o->base.term),
                 ULL(o->base.index));
    if (o->truncate_from != 0)
        buf_putf(out, "  to disk: remove %llu and all after it\n", ULL(o->truncate_from));
    if (o->append_from != 0)
        buf_putf(out, "  to disk: append %llu..%llu\n", ULL(o->append_from), ULL(o->append_to));
}

static void print_changes(struct buf *out, const struct raft_output *o)
{
    static const char *const changes[] = {"",
                                          "accepted",
                                          "not the leader",
                                          "in progress",
                                          "made for another configuration",
                                          "already so",
                                          "too few voters with data",
                                          "a new voter has not caught up",
                                          "the voters heard lately are no quorum",
                                          "too many members",
                                          "a witness stays one, and others do not become one"};
    static const char *const transfers[] = {
        "",          "done",           "somebody else leads, or nobody yet",
        "given up",  "not the leader", "not ready",
        "no target", "in progress"};
    ASSERT(o->change < ARRAY_LEN(changes) && o->transfer < ARRAY_LEN(transfers));
    if (o->change != RAFT_CHANGE_NOT_ASKED)
        buf_putf(out, "  change: %s\n", changes[o->change]);
    if (o->transfer != RAFT_TRANSFER_NO_NEWS)
        buf_putf(out, "  transfer: %s\n", transfers[o->transfer]);
}

static void print_answers(struct buf *out, const struct raft_output *o)
{
    static const char *const proposals[] = {"", "not the leader", "too many uncommitted entries",
                                            "leadership is being handed over"};
    ASSERT(o->proposal < ARRAY_LEN(proposals));
    print_changes(out, o);
    if (o->installed)
        buf_puts(out, "  the state is the image's\n");
    if (o->proposal != RAFT_PROPOSED)
        buf_putf(out, "  proposal refused: %s\n", proposals[o->proposal]);
    if (o->reads_ready_ctx != 0)
        buf_putf(out, "  reads up to ctx %llu may be served at index %llu\n",
                 ULL(o->reads_ready_ctx), ULL(o->reads_ready_index));
    if (o->read_leased_ctx != 0)
        buf_putf(out, "  read ctx %llu may be served at index %llu by lease\n",
                 ULL(o->read_leased_ctx), ULL(o->read_leased_index));
    if (o->reads_failed_ctx != 0)
        buf_putf(out, "  reads up to ctx %llu fail\n", ULL(o->reads_failed_ctx));
    ex_case_fatal(o->fatal, out);
}

void print_step(struct buf *out, const struct host *h, const char *what, enum raft_role before)
{
    const struct raft_output *o = &h->out;
    char text[256];
    buf_putf(out, "n%llu %s\n", ULL(h->setup.id), what);
    print_reasons(out, o);
    if (o->role != before)
        buf_putf(out, "  now %s\n", raft_role_name(o->role));
    print_disk(out, o);
    print_answers(out, o);
    for (uint32_t i = 0; i < o->messages_count; i++)
        buf_putf(out, "  send %s\n",
                 raft_describe_message(&o->messages[i], NULL, text, sizeof(text)));
}

void print_state(struct buf *out, const struct host *h)
{
    if (h->up)
        ex_case_core(h->core, h->setup.id, out);
    else
        buf_putf(out, "n%llu down\n", ULL(h->setup.id));
}

void print_members(struct buf *out, const struct host *h)
{
    if (h->up)
        ex_case_members(h->core, h->setup.id, out);
    else
        buf_putf(out, "n%llu down\n", ULL(h->setup.id));
}

void print_log(struct buf *out, const struct host *h)
{
    buf_putf(out, "n%llu log", ULL(h->setup.id));
    if (h->log.base.index != 0)
        buf_putf(out, " after {%llu,%llu}:", ULL(h->log.base.term), ULL(h->log.base.index));
    for (uint64_t i = h->log.base.index + 1; i <= host_log_last(&h->log); i++)
        buf_putf(out, " %llu", ULL(host_log_at(&h->log, i)->term));
    buf_putc(out, '\n');
}
