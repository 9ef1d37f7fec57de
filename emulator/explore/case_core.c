/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/case_core.h"

#define ULL(x) ((unsigned long long)(x))

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

void ex_case_core(const struct raft *core, raft_id self, struct buf *out)
{
    char text[256];
    buf_putf(out, "%s\n", raft_describe_state(core, NULL, text, sizeof(text)));
    struct raft_image image = raft_image(core);
    struct raft_pos base = raft_base(core);
    if (image.pos.index != 0)
        buf_putf(out, "  image {%llu,%llu}, log after {%llu,%llu}\n", ULL(image.pos.term),
                 ULL(image.pos.index), ULL(base.term), ULL(base.index));
    put_progress(core, self, out);
}

static void put_set(const struct raft_config *c, const char *name, uint32_t flags, bool exact,
                    struct buf *out)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t f = c->members[i].flags;
        if (exact ? (f & ~RAFT_WITNESS) != flags : (f & flags) == 0)
            continue;
        buf_putf(out, "%s %llu", found++ == 0 ? name : "", ULL(c->members[i].id));
    }
}

static void put_priorities(const struct raft_config *c, struct buf *out)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        const struct raft_member *m = &c->members[i];
        if (m->priority != 0)
            buf_putf(out, "%s %llu=%d", found++ == 0 ? " priorities" : "", ULL(m->id),
                     (int)m->priority + RAFT_PRIORITY_USUAL);
    }
}

void ex_case_members(const struct raft *core, raft_id self, struct buf *out)
{
    uint64_t index;
    const struct raft_config *c = raft_config(core, &index);
    buf_putf(out, "n%llu members of entry %llu%s:", ULL(self), ULL(index),
             index > raft_commit(core) ? ", not committed" : "");
    put_set(c, " voters", RAFT_VOTER, false, out);
    put_set(c, " old", RAFT_VOTER_OLD, false, out);
    put_set(c, " learners", 0, true, out);
    put_set(c, " learners next", RAFT_LEARNER_NEXT, false, out);
    put_set(c, " witnesses", RAFT_WITNESS, false, out);
    put_priorities(c, out);
    buf_puts(out, c->count == 0 ? " nobody\n" : "\n");
}

void ex_case_fatal(enum raft_fatal fatal, struct buf *out)
{
    static const char *const fatals[] = {"", "two leaders of one term",
                                         "acknowledged entries are missing here",
                                         "the leader has other entries where ours are certain"};
    ASSERT(fatal < ARRAY_LEN(fatals));
    if (fatal != RAFT_FATAL_NOT)
        buf_putf(out, "  FATAL: %s\n", fatals[fatal]);
}
