/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab as it stands, as JSON: nodes, links that are not perfect, faults in force. */
#include "emulator/lab/inside.h"

static const char *process_word(const struct view_node *n)
{
    return !n->started ? "never started" : !n->alive ? "down" : n->paused ? "paused" : "runs";
}

static const char *role_word(enum view_role role)
{
    switch (role) {
    case VIEW_UNKNOWN: return "?";
    case VIEW_FOLLOWER: return "follower";
    case VIEW_CANDIDATE: return "candidate";
    case VIEW_LEADER: return "leader";
    }
    UNREACHABLE();
}

static void put_nodes(const struct lab *lab, struct jsonw *w)
{
    const struct observer *o = live_observer(lab->live);
    const struct netem *net = live_net(lab->live);
    jsonw_key(w, "nodes");
    jsonw_array(w);
    for (unsigned i = 0; i < o->nodes_count; i++) {
        const struct view_node *n = &o->nodes[i];
        int endpoint = netem_node(net, (int)i);
        jsonw_object(w);
        jsonw_kv_string(w, "name", netem_name(net, endpoint));
        jsonw_kv_string(w, "address", netem_address(net, endpoint));
        jsonw_kv_string(w, "process", process_word(n));
        if (n->alive) {
            jsonw_kv_string(w, "role",
                            n->voter || n->role == VIEW_LEADER ? role_word(n->role)
                            : n->learner                       ? "learner"
                                                               : "no member");
            jsonw_kv_u64(w, "term", n->term);
            jsonw_kv_u64(w, "commit", n->commit);
        }
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void put_link(const struct netem *net, int from, const int *to, size_t count, bool cut,
                     const char *is, struct jsonw *w)
{
    jsonw_object(w);
    jsonw_kv_string(w, "from", netem_name(net, from));
    jsonw_key(w, "to");
    jsonw_array(w);
    for (size_t i = 0; i < count; i++)
        jsonw_string(w, netem_name(net, to[i]));
    jsonw_end(w);
    jsonw_kv_bool(w, "cut", cut);
    jsonw_kv_string(w, "is", is);
    jsonw_end(w);
}

/* What befalls a link: "20ms ±5ms, loss 10%, resets connections"; empty if it is perfect. */
static void put_fate(const struct impairment *i, const struct netem_break *b, struct buf *out)
{
    const char *words[] = {b->reset ? "resets connections" : NULL,
                           b->reject ? "refuses connections" : NULL,
                           b->openings ? "opens no connections" : NULL,
                           b->old_before_ns > 0 ? "old connections are mute" : NULL};
    char text[IMPAIRMENT_TEXT_MAX];
    if (!impairment_is_zero(i))
        buf_puts(out, impairment_print(i, text));
    for (size_t k = 0; k < ARRAY_LEN(words); k++) {
        if (words[k] != NULL)
            buf_putf(out, "%s%s", out->len == 0 ? "" : ", ", words[k]);
    }
}

/* Only what is not perfect. What is cut is one row for each end: there may be thousands of such
 * links. */
static void put_links(const struct lab *lab, struct jsonw *w)
{
    const struct netem *net = live_net(lab->live);
    struct buf fate = {0};
    jsonw_key(w, "links");
    jsonw_array(w);
    for (int from = 0; from < netem_endpoints_count(net); from++) {
        int cut[NETEM_ENDPOINTS_MAX];
        size_t cut_count = 0;
        for (int to = 0; to < netem_endpoints_count(net); to++) {
            if (from == to)
                continue;
            const struct impairment i = netem_link_get(net, from, to);
            const struct netem_break b = netem_break_get(net, from, to);
            buf_reset(&fate);
            put_fate(&i, &b, &fate);
            if (i.gate == IMPAIR_CUT)
                cut[cut_count++] = to;
            else if (fate.len > 0)
                put_link(net, from, &to, 1, false, buf_str(&fate), w);
        }
        if (cut_count > 0)
            put_link(net, from, cut, cut_count, true, "cut", w);
    }
    jsonw_end(w);
    buf_free(&fate);
}

static void put_faults(const struct lab *lab, struct jsonw *w)
{
    struct runner_fault f;
    uint64_t now = live_now_ns();
    jsonw_key(w, "faults");
    jsonw_array(w);
    for (size_t i = 0; runner_fault_at(live_runner(lab->live), i, &f); i++) {
        jsonw_object(w);
        jsonw_kv_string(w, "action", f.action);
        jsonw_kv_string(w, "step", f.step);
        if (f.until_ns != UINT64_MAX)
            jsonw_kv_u64(w, "ends_in_ns", f.until_ns > now ? f.until_ns - now : 0);
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void put_hosts(const struct lab *lab, struct jsonw *w)
{
    const struct netem *net = live_net(lab->live);
    jsonw_key(w, "hosts");
    jsonw_array(w);
    for (unsigned i = 0; i < live_hosts(lab->live); i++) {
        jsonw_object(w);
        jsonw_kv_string(w, "name", netem_name(net, netem_client(net, (int)i)));
        jsonw_kv_string(w, "address", netem_address(net, netem_client(net, (int)i)));
        jsonw_end(w);
    }
    jsonw_end(w);
}

void lab_state(const struct lab *lab, struct jsonw *w)
{
    const struct observer *o = live_observer(lab->live);
    uint64_t started = runner_result(live_runner(lab->live)).started_ns;
    jsonw_object(w);
    jsonw_kv_u64(w, "v", 1);
    jsonw_kv_string(w, "name", lab->o->name);
    jsonw_kv_string(w, "directory", lab->dir);
    jsonw_kv_string(w, "carrier", netem_carrier_name(live_net(lab->live)));
    jsonw_kv_u64(w, "age_ns", started == 0 ? 0 : live_now_ns() - started);
    jsonw_kv_text(w, "leader",
                  o->leader < 0 ? NULL
                                : netem_name(live_net(lab->live),
                                             netem_node(live_net(lab->live), o->leader)));
    jsonw_kv_u64(w, "term", o->term_max);
    jsonw_kv_u64(w, "commit", o->commit_max);
    put_nodes(lab, w);
    put_hosts(lab, w);
    put_links(lab, w);
    put_faults(lab, w);
    jsonw_end(w);
}
