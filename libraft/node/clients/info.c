/* SPDX-License-Identifier: GPL-3.0-or-later */
/* INFO: the state of this node as lines of text, in the sections that tools for Redis know. */
#include "base/units.h"
#include "node/clients/admin.h"

typedef unsigned long long ull;

static void server(const struct node *n, struct buf *out)
{
    buf_putf(out, "raftlab_version:%s\r\n", RAFTLAB_VERSION);
    buf_putf(out, "run_id:%016llx%016llx\r\n", (ull)n->disk, (ull)n->store.identity.incarnation);
    buf_putf(out, "uptime_in_seconds:%llu\r\n", (ull)((n->now_ns - n->opened_ns) / NS_PER_S));
}

static void clients(const struct node *n, struct buf *out)
{
    const struct clients *c = &n->clients;
    buf_putf(out, "connected_clients:%zu\r\nblocked_clients:0\r\n", c->count);
    buf_putf(out, "watching_clients:%zu\r\n", n->watchers_count);
    buf_putf(out, "held_request_bytes:%zu\r\n", c->requests_bytes + c->collected_bytes);
}

static void memory(const struct node *n, struct buf *out)
{
    uint64_t data = kv_bytes(machine_kv(n->machine));
    uint64_t answers = sessions_answer_bytes(machine_sessions(n->machine));
    size_t history = history_bytes(n->history);
    buf_putf(out, "used_memory:%llu\r\n", (ull)(data + answers + history));
    buf_putf(out, "used_memory_dataset:%llu\r\n", (ull)data);
    buf_putf(out, "used_memory_sessions:%llu\r\nused_memory_watch_history:%zu\r\n", (ull)answers,
             history);
}

static void stats(const struct node *n, struct buf *out)
{
    const struct clients *c = &n->clients;
    buf_putf(out, "total_connections_received:%llu\r\n", (ull)c->connections_total);
    buf_putf(out, "total_commands_processed:%llu\r\n", (ull)c->commands_total);
    buf_putf(out, "expired_keys:%llu\r\n", (ull)kv_expired_total(machine_kv(n->machine)));
    buf_putf(out, "sessions:%llu\r\n", (ull)sessions_count(machine_sessions(n->machine)));
}

static void replication(const struct node *n, struct buf *out)
{
    buf_putf(out, "role:%s\r\n", n->role == RAFT_LEADER ? "master" : "slave");
    if (n->role == RAFT_LEADER && n->membership.config.count > 0)
        buf_putf(out, "connected_slaves:%u\r\n", n->membership.config.count - 1);
}

static void raft(const struct node *n, struct buf *out)
{
    buf_putf(out, "raft_node:%s\r\nraft_cluster:%s\r\nraft_role:%s\r\n", n->options.name,
             n->options.cluster, n->raft == NULL ? "starting" : raft_role_name(n->role));
    buf_putf(out, "raft_generation:%llu\r\n", (ull)n->link.generation);
    buf_putf(out, "raft_term:%llu\r\nraft_leader:%s\r\n", (ull)n->term,
             n->leader == 0 ? "" : node_name_of(n, n->leader));
    buf_putf(out, "raft_last:%llu\r\nraft_durable:%llu\r\n", (ull)wal_last(n->wal).index,
             (ull)wal_durable(n->wal));
    buf_putf(out, "raft_commit:%llu\r\nraft_applied:%llu\r\n", (ull)n->commit, (ull)n->applied);
    buf_putf(out, "raft_log_clock_ms:%llu\r\n", (ull)(machine_clock_ns(n->machine) / NS_PER_MS));
}

static void snapshots(const struct node *n, struct buf *out)
{
    const struct images *i = &n->images;
    const struct image_meta *m = n->store.image == NULL ? NULL : image_meta(n->store.image);
    buf_putf(out, "snapshot_index:%llu\r\nsnapshot_bytes:%llu\r\n",
             m == NULL ? 0 : (ull)m->at.index, m == NULL ? 0 : (ull)m->state_bytes);
    buf_putf(out, "snapshots_taken:%llu\r\nsnapshots_installed:%llu\r\n", (ull)i->taken,
             (ull)i->installed);
    buf_putf(out, "snapshot_bytes_sent:%llu\r\nsnapshot_bytes_received:%llu\r\n",
             (ull)i->sent_bytes, (ull)i->received_bytes);
    buf_putf(out, "log_first:%llu\r\nlog_bytes:%llu\r\n", (ull)wal_first(n->wal),
             (ull)wal_payload_bytes(n->wal));
}

static void keyspace(const struct node *n, struct buf *out)
{
    const struct kv *kv = machine_kv(n->machine);
    if (kv_count(kv) > 0)
        buf_putf(out, "db0:keys=%llu,expires=%llu,avg_ttl=0\r\n", (ull)kv_count(kv),
                 (ull)kv_expiring_count(kv));
}

static const struct {
    const char *name, *title;
    void (*put)(const struct node *n, struct buf *out);
} sections[] = {
    {"server", "Server", server},
    {"clients", "Clients", clients},
    {"memory", "Memory", memory},
    {"stats", "Stats", stats},
    {"replication", "Replication", replication},
    {"raft", "Raft", raft},
    {"persistence", "Persistence", snapshots},
    {"keyspace", "Keyspace", keyspace},
};

static bool wanted(const struct call *a, const char *name)
{
    bool all = a->argc == 1;
    for (size_t i = 1; i < a->argc && !all; i++) {
        struct span word = a->argv[i];
        all = span_is_word(word, name) || span_is_word(word, "all") ||
              span_is_word(word, "default") || span_is_word(word, "everything");
    }
    return all;
}

void on_info(const struct call *a)
{
    struct buf text = {0};
    for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
        if (!wanted(a, sections[i].name))
            continue;
        buf_putf(&text, "%s# %s\r\n", text.len > 0 ? "\r\n" : "", sections[i].title);
        sections[i].put(a->n, &text);
    }
    respw_verbatim(a->reply, a->c->version, "txt", span_of(text.data, text.len));
    buf_free(&text);
}
