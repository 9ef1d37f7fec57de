/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/protocol/print.h"

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

void print_fatal(struct buf *out, const struct raft_output *o)
{
    static const char *const fatals[] = {"", "two leaders of one term",
                                         "acknowledged entries are missing here",
                                         "the leader has other entries where ours are certain"};
    ASSERT(o->fatal < ARRAY_LEN(fatals));
    if (o->fatal != RAFT_FATAL_NOT)
        buf_putf(out, "  FATAL: %s\n", fatals[o->fatal]);
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
    print_fatal(out, o);
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
    char text[256];
    if (!h->up) {
        buf_putf(out, "n%llu down\n", ULL(h->setup.id));
        return;
    }
    buf_putf(out, "%s\n", raft_describe_state(h->core, NULL, text, sizeof(text)));
    struct raft_image image = raft_image(h->core);
    struct raft_pos base = raft_base(h->core);
    if (image.pos.index != 0)
        buf_putf(out, "  image {%llu,%llu}, log after {%llu,%llu}\n", ULL(image.pos.term),
                 ULL(image.pos.index), ULL(base.term), ULL(base.index));
    uint64_t index;
    const struct raft_config *config = raft_config(h->core, &index);
    struct raft_progress_view view;
    for (uint32_t i = 0; i < config->count; i++) {
        raft_id id = config->members[i].id;
        if (id == h->setup.id || !raft_progress_of(h->core, id, &view))
            continue;
        buf_putf(out, "  n%llu %s match %llu next %llu", ULL(id), view.state, ULL(view.match),
                 ULL(view.next));
        if (view.image.pos.index != 0)
            buf_putf(out, " image {%llu,%llu} %llu of %llu", ULL(view.image.pos.term),
                     ULL(view.image.pos.index), ULL(view.image_offset), ULL(view.image.bytes));
        buf_putc(out, '\n');
    }
}

static void print_set(struct buf *out, const struct raft_config *c, const char *name,
                      uint32_t flags, bool exact)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t f = c->members[i].flags;
        if (exact ? (f & ~RAFT_WITNESS) != flags : (f & flags) == 0)
            continue;
        buf_putf(out, "%s %llu", found++ == 0 ? name : "", ULL(c->members[i].id));
    }
}

static void print_priorities(struct buf *out, const struct raft_config *c)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        const struct raft_member *m = &c->members[i];
        if (m->priority != 0)
            buf_putf(out, "%s %llu=%d", found++ == 0 ? " priorities" : "", ULL(m->id),
                     (int)m->priority + RAFT_PRIORITY_USUAL);
    }
}

void print_members(struct buf *out, const struct host *h)
{
    if (!h->up) {
        buf_putf(out, "n%llu down\n", ULL(h->setup.id));
        return;
    }
    uint64_t index;
    const struct raft_config *c = raft_config(h->core, &index);
    buf_putf(out, "n%llu members of entry %llu%s:", ULL(h->setup.id), ULL(index),
             index > raft_commit(h->core) ? ", not committed" : "");
    print_set(out, c, " voters", RAFT_VOTER, false);
    print_set(out, c, " old", RAFT_VOTER_OLD, false);
    print_set(out, c, " learners", 0, true);
    print_set(out, c, " learners next", RAFT_LEARNER_NEXT, false);
    print_set(out, c, " witnesses", RAFT_WITNESS, false);
    print_priorities(out, c);
    buf_puts(out, c->count == 0 ? " nobody\n" : "\n");
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
