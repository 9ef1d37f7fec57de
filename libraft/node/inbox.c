/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames from peers: handshakes, Raft messages, forwarded commands. */
#include "base/mem.h"
#include "node/members/recovery.h"
#include "node/node_private.h"

#include <stdio.h>
#include <string.h>

struct peer_hello node_hello(const struct node *node, raft_id to)
{
    struct peer_hello h = {.link = node->link,
                           .from = node->self,
                           .to = to,
                           .version_min = FRAME_VERSION_MIN,
                           .version_max = FRAME_VERSION_MAX,
                           .disk_id = node->disk,
                           .incarnation = node->store.identity.incarnation,
                           .given_up = membership_find(&node->membership, to) == NULL &&
                                       recovery_gave_up(&node->membership, to)};
    (void)snprintf(h.name, sizeof(h.name), "%s", node->options.name);
    (void)snprintf(h.address, sizeof(h.address), "%s", node->options.peer_address);
    (void)snprintf(h.client_address, sizeof(h.client_address), "%s", node->options.client_address);
    (void)snprintf(h.cluster, sizeof(h.cluster), "%s", node->options.cluster);
    return h;
}

/* Peers whose word is kept: any id can say hello, so there is an end to it. */
#define REMEMBERED_MAX 1024

/* Replaces the text kept for an id; NULL removes it. */
static void remember(struct idmap *m, raft_id id, const char *text)
{
    const char *before = idmap_get(m, id);
    if (before != NULL && text != NULL && strcmp(before, text) == 0)
        return; /* as whoever comes back says */
    mem_free(idmap_take(m, id));
    if (text != NULL && m->count < REMEMBERED_MAX)
        idmap_put(m, id, mem_strdup(text));
}

static void forget_visitor(struct node *n, raft_id id)
{
    size_t kept = 0;
    for (size_t i = 0; i < n->visitors_count; i++) {
        if (n->visitors[i].id != id)
            n->visitors[kept++] = n->visitors[i];
    }
    n->visitors_count = kept;
}

/* A member need not know every other one: whoever leads or stands for election may be in a
 * configuration that has not come here yet, and cannot come without an answer. The oldest visitor
 * makes room. */
static void note_visitor(struct node *n, const struct peer_hello *hello)
{
    if (membership_find(&n->membership, hello->from) != NULL)
        return;
    for (size_t i = 0; i < n->visitors_count; i++) {
        if (n->visitors[i].id == hello->from && strcmp(n->visitors[i].address, hello->address) == 0)
            return;
    }
    forget_visitor(n, n->visitors_count == LIMIT_MEMBERS ? n->visitors[0].id : hello->from);
    struct node_peer *p = &n->visitors[n->visitors_count++];
    *p = (struct node_peer){.id = hello->from};
    (void)snprintf(p->name, sizeof(p->name), "%s", hello->name);
    (void)snprintf(p->address, sizeof(p->address), "%s", hello->address);
    n->peers_stale = true; /* told later: the host may be in the midst of this very dial */
}

static void greet(struct node *n, const struct peer_hello *hello)
{
    if (hello->client_address[0] != '\0')
        remember(&n->client_addresses, hello->from, hello->client_address);
    remember(&n->peer_names, hello->from, hello->name);
    remember(&n->peer_faults, hello->from, NULL);
    journal_mended(n, hello->from);
    bonds_greeted(n, hello);
    note_visitor(n, hello);
}

/* An empty directory asks before it becomes this id's. */
static enum peer_refusal judge_empty(const struct node *n, const struct peer_hello *hello,
                                     char detail[PEER_DETAIL_MAX + 1])
{
    uint64_t disk = bonds_disk(n, hello->from), last = wal_last(n->wal).index;
    if (disk != 0) {
        (void)snprintf(detail, PEER_DETAIL_MAX + 1,
                       "REBORN: %s is known by disk %016llx and comes with an empty directory",
                       hello->name, (unsigned long long)disk);
        return PEER_REFUSED_DISK;
    }
    if (last <= 1 && n->store.identity.restoring == 0)
        return PEER_ACCEPTED;
    (void)snprintf(detail, PEER_DETAIL_MAX + 1, "its log has %llu entries",
                   (unsigned long long)last);
    return PEER_REFUSED_BORN;
}

/* The log that is being told to this node may know a member's former disk, and that it was emptied
 * and added again is said further on: refused it is, but that is no reason for alarm yet. */
static bool is_catching_up(const struct node *n)
{
    return n->met.term != 0 && !current_is(n);
}

static void excuse(const struct node *n, const struct peer_hello *hello,
                   char detail[PEER_DETAIL_MAX + 1])
{
    (void)snprintf(detail, PEER_DETAIL_MAX + 1,
                   "%s is catching up, and its log knows %s by another disk so far: again later",
                   n->options.name, hello->name);
}

/* Who was removed hears of it for a while still. What its former disk knew is not known to the one
 * that it comes back with meanwhile, which must not be spoken to as if it were. */
static bool is_told_to_former(const struct node *n, const struct peer_hello *hello,
                              char ret_detail[PEER_DETAIL_MAX + 1])
{
    const struct acquaintance *known = idmap_get(&n->acquaintances, hello->from);
    if (known == NULL || known->disk == hello->disk_id || !raft_lingers(n->raft, hello->from))
        return false;
    (void)snprintf(ret_detail, PEER_DETAIL_MAX + 1,
                   "%s was removed just now, and its former disk is being told so: again later",
                   hello->name);
    return true;
}

/* Of whom it looks for the Hello has the id alone. */
static void name_sought(const struct node *n, const struct peer_hello *hello,
                        char detail[PEER_DETAIL_MAX + 1])
{
    const char *sought = node_name_of(n, hello->to);
    if (strcmp(sought, "?") == 0)
        (void)snprintf(detail, PEER_DETAIL_MAX + 1, "%s looks for node %016llx, this is %s",
                       hello->name, (unsigned long long)hello->to, n->options.name);
    else
        (void)snprintf(detail, PEER_DETAIL_MAX + 1, "%s looks for %s, this is %s", hello->name,
                       sought, n->options.name);
}

/* Whoever runs the cluster should know: nothing of that name takes part until it is mended. */
static void say_reborn(struct node *n, raft_id peer, const char *detail)
{
    journal_say_once(n, ONCE_REBORN, peer, ENV_WARNING, detail);
}

struct peer_hello_reply node_answer_hello(struct node *node, const struct peer_hello *hello)
{
    struct peer_hello_reply reply = {.hello = node_hello(node, hello->from)};
    struct peer_identity me = {
        .link = node->link, .self = node->self, .cluster = node->options.cluster};
    bool empty = hello->incarnation == 0;
    reply.refusal = peer_hello_judge(&me, hello, empty ? 0 : bonds_disk(node, hello->from),
                                     &reply.version, reply.detail);
    if (reply.refusal == PEER_REFUSED_NODE)
        name_sought(node, hello, reply.detail);
    if (reply.refusal == PEER_REFUSED_GENERATION)
        reply.refusal = recovery_judge(node, hello, reply.detail);
    if (reply.refusal == PEER_ACCEPTED && recovery_rival(node, hello, reply.detail))
        reply.refusal = PEER_REFUSED_RIVAL;
    if (reply.refusal == PEER_ACCEPTED)
        reply.refusal =
            empty ? judge_empty(node, hello, reply.detail) : bonds_judge(node, hello, reply.detail);
    if (reply.refusal == PEER_REFUSED_DISK && !empty && is_catching_up(node))
        excuse(node, hello, reply.detail);
    else if (reply.refusal == PEER_REFUSED_DISK)
        say_reborn(node, hello->from, reply.detail);
    if (reply.refusal == PEER_ACCEPTED && !empty && is_told_to_former(node, hello, reply.detail))
        reply.refusal = PEER_REFUSED_DISK;
    if (reply.refusal != PEER_ACCEPTED)
        reply.version = 0;
    if (reply.refusal == PEER_ACCEPTED && !empty) {
        greet(node, hello);
        contacts_heard(node, hello->from);
    }
    return reply;
}

/* A stranger, an impostor or a copy, as far as the answer to a Hello can be one. */
static int judge_answering(struct node *n, raft_id to, const struct peer_hello *hello,
                           struct err *e)
{
    char detail[PEER_DETAIL_MAX + 1];
    uint64_t bound = bonds_disk(n, to);
    if (hello->from != to)
        return err_set(e, -E_MISMATCH, "%s answers where %s was expected", hello->name,
                       node_name_of(n, to));
    if (bound != 0 && hello->disk_id != bound && is_catching_up(n)) {
        excuse(n, hello, detail);
        return err_set(e, -E_MISMATCH, "%s", detail);
    }
    if (bound != 0 && hello->disk_id != bound) {
        int code =
            err_set(e, -E_MISMATCH, "REBORN: %s answers from disk %016llx, known by %016llx",
                    hello->name, (unsigned long long)hello->disk_id, (unsigned long long)bound);
        say_reborn(n, to, e->text);
        return code;
    }
    if (is_told_to_former(n, hello, detail))
        return err_set(e, -E_MISMATCH, "%s", detail);
    if (recovery_rival(n, hello, detail))
        return err_set(e, -E_MISMATCH, "%s: %s", peer_refusal_text(PEER_REFUSED_RIVAL), detail);
    if (bonds_judge(n, hello, detail) != PEER_ACCEPTED)
        return err_set(e, -E_MISMATCH, "%s: %s", peer_refusal_text(PEER_REFUSED_TWIN), detail);
    return 0;
}

/* Where a member should be lives somebody of another cluster: it will not come from waiting. */
static void note_stranger(struct node *n, raft_id to, const char *why)
{
    n->stranger = to;
    (void)snprintf(n->stranger_text, sizeof(n->stranger_text),
                   "no leader is known, and where %s should be %s", node_name_of(n, to), why);
    journal_say_once(n, ONCE_STRANGER, to, ENV_WARNING, why);
}

/* What another node's refusal means for this one: two of them are for good. */
static int refused(struct node *n, raft_id to, const struct peer_hello_reply *reply, struct err *e)
{
    const char *name = n->options.name, *its = reply->hello.name;
    int code = err_set(e, -E_MISMATCH, "%s refuses us: %s: %s", its,
                       peer_refusal_text(reply->refusal), reply->detail);
    if (reply->refusal == PEER_REFUSED_NODE)
        code = err_set(e, -E_MISMATCH,
                       "%s refuses us: another node lives at this address: this is %s, not %s", its,
                       its, node_name_of(n, to));
    if (reply->refusal == PEER_REFUSED_TWIN)
        node_die(
            n, NODE_EXIT_CONFIG,
            "another process runs on a copy of %s (%s): together they could vote twice\n  fix: "
            "stop one of them for good; a copy must never be started",
            n->options.data_dir, reply->detail);
    if (reply->refusal == PEER_REFUSED_CLUSTER)
        note_stranger(n, to, e->text);
    recovery_refused(n, reply);
    bool fresh = n->store.identity.bootstrap_digest != 0 && wal_last(n->wal).index <= 1;
    if (reply->refusal == PEER_REFUSED_DISK && fresh)
        node_die(n, NODE_EXIT_CONFIG,
                 "%s\n  this directory does not know what %s has voted from the other one\n  "
                 "fix: " NODE_REBORN,
                 reply->detail, name, name, name, name, name);
    return code;
}

int node_check_hello_reply(struct node *node, raft_id to, const struct peer_hello_reply *reply,
                           struct err *e)
{
    int code = 0;
    if (reply->refusal != PEER_ACCEPTED)
        code = refused(node, to, reply, e);
    else
        code = judge_answering(node, to, &reply->hello, e);
    if (code < 0) {
        remember(&node->peer_faults, to, e->text);
        return code;
    }
    mem_free(idmap_take(&node->unreached, to));
    if (node->stranger == to)
        node->stranger = 0;
    greet(node, &reply->hello);
    return 0;
}

struct frame_expect node_expect(const struct node *node, raft_id peer)
{
    return (struct frame_expect){.cluster_id = node->link.cluster_id,
                                 .generation = node->link.generation,
                                 .from = peer,
                                 .to = node->self};
}

/* What the core must know of the entries. Configurations are decoded; a message with more of them
 * than the core can hold is cut, the leader sends the rest again. */
static int describe_entries(struct node *n, struct err *e)
{
    struct raft_message *m = &n->incoming.message;
    uint32_t used = 0;
    if (m->entries_count > n->infos_cap) {
        n->infos_cap = m->entries_count;
        n->infos = mem_grow(n->infos, n->infos_cap, sizeof(*n->infos));
    }
    for (uint32_t i = 0; i < m->entries_count; i++) {
        const struct entry *entry = &n->incoming.entries[i];
        if (entry->len > wal_entry_bytes_max(n->wal)) {
            node_die(n, NODE_EXIT_CONFIG,
                     "entry %llu has %u bytes, and the log's segments here hold entries of %u at "
                     "most: start this node with the --segment-size of the others",
                     (unsigned long long)entry->index, entry->len, wal_entry_bytes_max(n->wal));
            return 0;
        }
        n->infos[i] = (struct raft_entry_info){.term = entry->term, .kind = entry->kind};
        if (entry->kind != ENTRY_CONFIG)
            continue;
        if (used == RAFT_CONFIGS) {
            m->entries_count = i;
            return 0;
        }
        struct membership members;
        int code = membership_decode(span_of(entry->payload, entry->len), &members, e);
        if (code < 0)
            return code;
        n->incoming_configs[used] = members.config;
        n->infos[i].config = &n->incoming_configs[used++];
    }
    return 0;
}

/* Votes and acknowledgements: they count for something. */
static bool counts(const struct raft_message *m)
{
    return m->type == RAFT_PRE_VOTE_REPLY || m->type == RAFT_REQUEST_VOTE_REPLY ||
           m->type == RAFT_APPEND_REPLY || m->type == RAFT_HEARTBEAT_REPLY ||
           m->type == RAFT_INSTALL_SNAPSHOT_REPLY;
}

static int on_raft(struct node *n, const struct frame *frame, struct err *e)
{
    int code = peer_raft_decode(frame, &n->incoming, e);
    if (n->recovery.phase == RECOVERY_WRITING)
        return 0; /* of a cluster that this node leaves behind */
    if (code == 0 && counts(&n->incoming.message) && !bonds_counts(n, n->incoming.message.from))
        return 0; /* as if lost on the way: it is asked again */
    if (code == 0 && n->incoming.message.type == RAFT_APPEND)
        code = describe_entries(n, e);
    if (code < 0)
        return code;
    /* Without room on the disk nothing more is taken into memory either. */
    node_step(n, &(struct raft_event){.type = RAFT_RECEIVE,
                                      .now_ns = n->now_ns,
                                      .receive = {.message = &n->incoming.message,
                                                  .entries = n->infos,
                                                  .no_space = wal_reserve_status(n->wal) != 0}});
    if (n->images.chunk_wanted && !n->dead)
        images_receive(n, &n->incoming.message, n->incoming.data);
    return 0;
}

static int on_forward(struct node *n, const struct frame *frame, struct err *e)
{
    struct peer_forward f;
    int code = peer_forward_decode(frame, &f, e);
    if (code == 0)
        requests_forwarded(n, &f);
    return code;
}

static int on_forward_reply(struct node *n, const struct frame *frame, struct err *e)
{
    struct peer_forward_reply f;
    int code = peer_forward_reply_decode(frame, &f, e);
    if (code == 0)
        requests_forward_reply(n, &f);
    return code;
}

static int on_leave(struct node *n, const struct frame *frame, struct err *e)
{
    struct peer_leave wish;
    int code = peer_leave_decode(frame, &wish, e);
    if (code == 0)
        leave_asked(n, &wish);
    return code;
}

static int on_leave_reply(struct node *n, const struct frame *frame, struct err *e)
{
    struct peer_leave_reply reply;
    int code = peer_leave_reply_decode(frame, &reply, e);
    if (code == 0)
        leave_answered(n, &reply);
    return code;
}

static int on_probe(struct node *n, const struct frame *frame, struct err *e)
{
    struct peer_probe p;
    int code = peer_probe_decode(frame, &p, e);
    if (code == 0)
        recovery_probed(n, &p);
    return code;
}

static int on_probe_reply(struct node *n, const struct frame *frame, struct err *e)
{
    struct peer_probe_reply p;
    int code = peer_probe_reply_decode(frame, &p, e);
    if (code == 0)
        recovery_probe_reply(n, &p);
    return code;
}

int node_on_frame(struct node *node, uint64_t now_ns, const struct frame *frame, struct err *e)
{
    node->now_ns = now_ns;
    if (node->dead || node->raft == NULL)
        return 0; /* not started: as if lost on the way */
    if (frame->header.generation != node->link.generation)
        return err_set(e, -E_MISMATCH, "a frame of generation %llu, and this is %llu by now",
                       (unsigned long long)frame->header.generation,
                       (unsigned long long)node->link.generation);
    contacts_heard(node, frame->header.from);
    if (peer_type_is_raft(frame->header.type))
        return on_raft(node, frame, e);
    switch (frame->header.type) {
    case PEER_FORWARD: return on_forward(node, frame, e);
    case PEER_FORWARD_REPLY: return on_forward_reply(node, frame, e);
    case PEER_LEAVE: return on_leave(node, frame, e);
    case PEER_LEAVE_REPLY: return on_leave_reply(node, frame, e);
    case PEER_PROBE: return on_probe(node, frame, e);
    case PEER_PROBE_REPLY: return on_probe_reply(node, frame, e);
    default:
        return err_set(e, -E_CORRUPT, "unexpected %s frame", peer_type_name(frame->header.type));
    }
}

void node_on_peer_lost(struct node *node, uint64_t now_ns, raft_id peer)
{
    node->now_ns = now_ns;
    requests_peer_lost(node, peer);
    leave_queue_peer_lost(node, peer);
    node_step(node, &(struct raft_event){
                        .type = RAFT_DISCONNECTED, .now_ns = now_ns, .disconnected = peer});
}
