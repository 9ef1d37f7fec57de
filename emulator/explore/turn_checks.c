/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of one server and of what it sends, whatever the others do. */
#include "emulator/explore/turn.h"

/* Nothing is promised that the disk does not hold. T 3.8. */
static const char *promise(const struct ex_turn *t, const struct ex_message *sent)
{
    const struct ex_host *h = &t->row.host;
    const struct raft_message *m = &sent->m;
    if (m->type != RAFT_PRE_VOTE && m->term != h->disk.term)
        return "a message left in a term that is not durable";
    if (m->type == RAFT_REQUEST_VOTE && h->disk.vote != h->id)
        return "a candidate's own vote is not durable";
    if (m->type == RAFT_REQUEST_VOTE_REPLY && m->granted && h->disk.vote != m->to)
        return "a vote left before it was durable";
    bool append = m->type == RAFT_APPEND_REPLY && m->status == RAFT_APPEND_OK;
    bool image =
        m->type == RAFT_INSTALL_SNAPSHOT_REPLY &&
        (m->chunk_status == RAFT_CHUNK_INSTALLED || m->chunk_status == RAFT_CHUNK_OBSOLETE);
    if ((append || image) && !ex_host_holds(h, m->match))
        return "an entry was acknowledged before it was durable";
    return NULL;
}

/* A pre-vote changes nothing (T 9.6), nor does any question within a hold (T 4.2.3). */
static const char *question(const struct ex_turn *t, const struct ex_message *packet)
{
    bool held = t->before.hold_until > t->row.now_ns && ex_message_asks(packet);
    if (packet->m.type != RAFT_PRE_VOTE && !held)
        return NULL;
    if (t->before.term != t->out->term || t->out->hard_state)
        return "a question changed term or vote";
    bool granted = t->out->messages_count > 0 && t->out->messages[0].granted;
    return held && granted ? "a vote was granted although a leader was heard just now" : NULL;
}

static const char *fatal(enum raft_fatal code)
{
    switch (code) {
    case RAFT_FATAL_NOT: return NULL;
    case RAFT_FATAL_TWO_LEADERS: return "a server sees two leaders of one term";
    case RAFT_FATAL_LOST_LOG: return "a server sees that its acknowledged entries are missing";
    case RAFT_FATAL_OVERWRITE: return "a leader has another entry where a server's is certain";
    }
    return NULL;
}

/* Only a voter asks for votes or leads: of the latest configuration, or of the one before it while
 * the latest is not known to be committed. T 4.2.2. */
static const char *entitled(const struct ex_turn *t)
{
    const struct ex_host *h = &t->row.host;
    uint64_t index;
    uint8_t at;
    bool voter = ex_config_votes(raft_config(ex_turn_core(t), &index), h->id);
    if (!voter && index > t->out->commit)
        voter = ex_config_votes(&t->space->configs.at[ex_host_config_at(h, index - 1, &at)], h->id);
    return voter ? NULL : "no voter, and yet no follower";
}

void ex_turn_checks(struct ex_turn *t, const struct ex_message *packet)
{
    const struct raft *r = ex_turn_core(t);
    if ((t->flags & EX_BEYOND) != 0)
        return;
    const char *broken = fatal(t->out->fatal);
    if (broken == NULL)
        broken = raft_invariant(r);
    if (broken == NULL)
        broken = raft_invariant_since(&t->before, r);
    if (broken == NULL && packet != NULL && t->out->chunk == false)
        broken = question(t, packet);
    if (broken == NULL && t->out->role != RAFT_FOLLOWER)
        broken = entitled(t);
    uint32_t from = t->sent_count - (t->out->messages_count < t->sent_count ? t->out->messages_count
                                                                            : t->sent_count);
    for (uint32_t i = from; i < t->sent_count && broken == NULL; i++)
        broken = promise(t, &t->sent[i]);
    if (broken == NULL && raft_last(r).index != ex_log_last(ex_host_log(&t->row.host)))
        broken = "the host's log and the core's do not end together";
    if (broken != NULL)
        ex_turn_broken(t, broken);
}
