/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The numbers as Prometheus wants them: one line a value, names and units part of the interface. */
#include "node/metrics.h"

#include "base/units.h"
#include "node/node_private.h"

#include <inttypes.h>

typedef unsigned long long ull;

static const uint64_t bounds_ns[METRICS_BUCKETS] = {
    500 * NS_PER_US, 1 * NS_PER_MS,    2500 * NS_PER_US, 5 * NS_PER_MS,   10 * NS_PER_MS,
    25 * NS_PER_MS,  50 * NS_PER_MS,   100 * NS_PER_MS,  250 * NS_PER_MS, 500 * NS_PER_MS,
    1 * NS_PER_S,    2500 * NS_PER_MS, 5 * NS_PER_S};

/* ---- counting ---- */

static void took(struct latency *l, uint64_t span_ns)
{
    size_t i = 0;
    while (i < METRICS_BUCKETS && span_ns > bounds_ns[i])
        i++;
    l->buckets[i]++;
    l->count++;
    l->sum_ns += span_ns;
}

void metrics_answered(struct node *n, const struct request *r)
{
    if (r->kind == REQUEST_ADMIN || r->origin != 0)
        return;
    ASSERT(r->outcome < ARRAY_LEN(n->metrics.outcomes));
    n->metrics.outcomes[r->outcome]++;
    if (r->outcome == PEER_OUTCOME_OK)
        took(r->kind == REQUEST_WRITE ? &n->metrics.writes : &n->metrics.reads,
             n->now_ns - r->arrived_ns);
}

/* ---- printing ---- */

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_putf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct buf *out, const char *name, uint64_t value, const char *help)
{
    head(out, name, "gauge", help);
    buf_putf(out, "%s %llu\n", name, (ull)value);
}

static void counter(struct buf *out, const char *name, uint64_t value, const char *help)
{
    head(out, name, "counter", help);
    buf_putf(out, "%s %llu\n", name, (ull)value);
}

static void put_seconds(struct buf *out, uint64_t ns)
{
    buf_putf(out, "%llu.%09llu", (ull)(ns / NS_PER_S), (ull)(ns % NS_PER_S));
}

static void put_latency(struct buf *out, const char *kind, const struct latency *l)
{
    static const char name[] = "raft_request_seconds";
    uint64_t sum = 0;
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        sum += l->buckets[i];
        buf_putf(out, "%s_bucket{kind=\"%s\",le=\"", name, kind);
        put_seconds(out, bounds_ns[i]);
        buf_putf(out, "\"} %llu\n", (ull)sum);
    }
    buf_putf(out, "%s_bucket{kind=\"%s\",le=\"+Inf\"} %llu\n%s_sum{kind=\"%s\"} ", name, kind,
             (ull)l->count, name, kind);
    put_seconds(out, l->sum_ns);
    buf_putf(out, "\n%s_count{kind=\"%s\"} %llu\n", name, kind, (ull)l->count);
}

static void put_requests(const struct node *n, struct buf *out)
{
    const struct metrics *m = &n->metrics;
    head(out, "raft_requests_total", "counter", "Data commands of clients here, by outcome.");
    buf_putf(out,
             "raft_requests_total{outcome=\"ok\"} %llu\nraft_requests_total{outcome=\"fail\"} "
             "%llu\nraft_requests_total{outcome=\"unknown\"} %llu\n",
             (ull)m->outcomes[PEER_OUTCOME_OK], (ull)m->outcomes[PEER_OUTCOME_FAIL],
             (ull)m->outcomes[PEER_OUTCOME_UNKNOWN]);
    head(out, "raft_request_seconds", "histogram",
         "From arrival to answer, of data commands of clients here that succeeded.");
    put_latency(out, "write", &m->writes);
    put_latency(out, "read", &m->reads);
}

static void put_raft(const struct node *n, struct buf *out)
{
    head(out, "raft_info", "gauge", "Always 1; who this is.");
    buf_putf(out, "raft_info{node=\"%s\",cluster=\"%s\",version=\"%s\"} 1\n", n->options.name,
             n->options.cluster, RAFTLAB_VERSION);
    gauge(out, "raft_term", n->term, "Current term.");
    gauge(out, "raft_is_leader", n->role == RAFT_LEADER, "1 on the leader.");
    gauge(out, "raft_has_leader", n->leader != 0, "1 if a leader is known here.");
    counter(out, "raft_leader_changes_total", n->metrics.leader_changes,
            "How often this node saw a new leader.");
    gauge(out, "raft_log_first_index", wal_first(n->wal), "First entry in the log.");
    gauge(out, "raft_log_last_index", wal_last(n->wal).index, "Last entry in the log.");
    gauge(out, "raft_log_durable_index", wal_durable(n->wal), "Last entry synced to the disk.");
    gauge(out, "raft_commit_index", n->commit, "Last entry known to be committed.");
    gauge(out, "raft_applied_index", n->applied, "Last entry applied to the state machine.");
    counter(out, "raft_ticks_total", n->metrics.ticks, "Entries this leader made for the clock.");
    head(out, "raft_log_clock_seconds", "gauge", "The clock that keys and sessions end by.");
    buf_puts(out, "raft_log_clock_seconds ");
    put_seconds(out, machine_clock_ns(n->machine));
    buf_putc(out, '\n');
    gauge(out, "raft_members", n->membership.config.count, "Members of the configuration.");
}

/* Whether this is a leader that the member has answered: of another one it knows nothing. */
static bool heard(const struct node *n, const struct node_peer *p, struct raft_progress_view *ret)
{
    bool leads = n->raft != NULL && n->role == RAFT_LEADER;
    return leads && p->id != n->self && raft_progress_of(n->raft, p->id, ret) && ret->heard;
}

/* What a leader knows of each other member. */
static void put_peers(const struct node *n, struct buf *out)
{
    struct raft_progress_view view;
    uint64_t last = wal_last(n->wal).index;
    head(out, "raft_peer_lag_entries", "gauge",
         "At the leader: entries a member lacks; no line before it has answered.");
    for (uint32_t i = 0; i < n->membership.config.count; i++) {
        const struct node_peer *p = &n->membership.peers[i];
        if (heard(n, p, &view))
            buf_putf(out, "raft_peer_lag_entries{peer=\"%s\"} %llu\n", p->name,
                     (ull)(last > view.match ? last - view.match : 0));
    }
    head(out, "raft_peer_silence_seconds", "gauge",
         "At the leader: since a member was heard; no line before it has answered.");
    for (uint32_t i = 0; i < n->membership.config.count; i++) {
        const struct node_peer *p = &n->membership.peers[i];
        if (!heard(n, p, &view))
            continue;
        buf_putf(out, "raft_peer_silence_seconds{peer=\"%s\"} ", p->name);
        put_seconds(out, n->now_ns > view.contact_ns ? n->now_ns - view.contact_ns : 0);
        buf_putc(out, '\n');
    }
}

static void put_data(const struct node *n, struct buf *out)
{
    const struct kv *kv = machine_kv(n->machine);
    const struct clients *c = &n->clients;
    gauge(out, "raft_keys", kv_count(kv), "Keys.");
    gauge(out, "raft_keys_expiring", kv_expiring_count(kv), "Keys that end some day.");
    counter(out, "raft_keys_expired_total", kv_expired_total(kv), "Keys that have ended here.");
    gauge(out, "raft_data_bytes", kv_bytes(kv), "Memory of keys and values.");
    gauge(out, "raft_sessions", sessions_count(machine_sessions(n->machine)), "Open sessions.");
    gauge(out, "raft_clients", c->count, "Connected clients.");
    counter(out, "raft_client_connections_total", c->connections_total, "Clients so far.");
    counter(out, "raft_client_commands_total", c->commands_total, "Commands so far.");
    gauge(out, "raft_requests_held_bytes", c->requests_bytes + c->collected_bytes,
          "Commands that wait, and what MULTI collects.");
    gauge(out, "raft_watchers", n->watchers_count, "Clients that watch keys.");
    gauge(out, "raft_watch_history_bytes", history_bytes(n->history), "Changes kept for them.");
}

void node_metrics(const struct node *node, uint64_t now_ns, struct buf *out)
{
    put_raft(node, out);
    put_peers(node, out);
    put_requests(node, out);
    put_data(node, out);
    head(out, "raft_uptime_seconds", "gauge", "Since this node was opened.");
    buf_puts(out, "raft_uptime_seconds ");
    put_seconds(out, now_ns > node->opened_ns ? now_ns - node->opened_ns : 0);
    buf_putc(out, '\n');
}

const char *node_not_ready(const struct node *node)
{
    if (node->dead)
        return "it has stopped for good";
    if (node->raft == NULL)
        return "it is starting: the log is not durable yet";
    if (membership_find(&node->membership, node->self) == NULL)
        return "it is no member of a cluster";
    if (node->leader == 0)
        return node->stranger != 0 ? node->stranger_text : "no leader is known";
    if (node->role == RAFT_LEADER && !raft_term_committed(node->raft))
        return "its term as leader is not committed yet";
    return NULL;
}
