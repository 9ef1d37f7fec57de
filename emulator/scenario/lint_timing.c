/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times that do not go together: thesis 9.4 (election timeouts) and 3.9 (their relation to the
 * heartbeat), 6.4.1 (leases). raftd refuses them, too; here it is said before anything starts. */
#include "base/units.h"
#include "emulator/scenario/lint_inside.h"

#include <stdio.h>
#include <string.h>

/* The times of one node, with raftd's defaults where the file says nothing. */
struct timing {
    uint64_t low_ns, high_ns, heartbeat_ns;
};

static const char *text_of(const struct lint *l, unsigned node, const char *key)
{
    const struct pair *pair = scenario_config(l->s, node, key);
    return pair == NULL || !pair->is_text ? NULL : pair->value;
}

/* The parser has checked every text; where one is missing the cluster's value counts. */
static struct timing timing_of(const struct lint *l, unsigned node)
{
    struct timing t = {l->s->cluster.election_ns_min, l->s->cluster.election_ns_max,
                       l->s->cluster.heartbeat_ns};
    const char *election = text_of(l, node, "election_timeout");
    const char *heartbeat = text_of(l, node, "heartbeat");
    if (election != NULL && units_duration_range(election, &t.low_ns, &t.high_ns) < 0)
        t.low_ns = l->s->cluster.election_ns_min;
    if (heartbeat != NULL && units_duration(heartbeat, &t.heartbeat_ns) < 0)
        t.heartbeat_ns = l->s->cluster.heartbeat_ns;
    return t;
}

/* Where a node's setting stands: its own, else the cluster's; NULL if the file does not set it. */
static const struct json *find_setting(const struct lint *l, unsigned node, const char *key)
{
    char name[16];
    (void)snprintf(name, sizeof(name), "n%u", node + 1);
    const struct json *own = json_get(json_get(lint_at(l, "cluster", "perNode"), name), key);
    if (own != NULL)
        return own;
    const struct json *config = json_get(lint_at(l, "cluster", NULL), "config");
    return json_get(config, key);
}

/* The same, with the setting it does not agree with as second choice. */
static const struct json *setting(const struct lint *l, unsigned node, const char *key,
                                  const char *other)
{
    const struct json *at = find_setting(l, node, key);
    if (at == NULL)
        at = find_setting(l, node, other);
    return at != NULL ? at : lint_at(l, "cluster", NULL);
}

static bool is_on(const struct lint *l, unsigned node, const char *key, bool otherwise)
{
    const char *text = text_of(l, node, key);
    return text == NULL ? otherwise : strcmp(text, "on") == 0;
}

#define PPM               1000000u
#define DRIFT_PPM_DEFAULT 100000

/* What is left of a promise when all clocks are as wrong as they may be. */
static void leases(struct lint *l, unsigned node, const struct timing *t)
{
    char beats[UNITS_TEXT_MAX];
    int64_t ppm = DRIFT_PPM_DEFAULT;
    const char *text = text_of(l, node, "max_clock_drift");
    const struct json *at = setting(l, node, "max_clock_drift", "lease_reads");
    if (!is_on(l, node, "lease_reads", false))
        return;
    if (!is_on(l, node, "check_quorum", true))
        lint_say(l, DIAG_ERROR, setting(l, node, "lease_reads", "check_quorum"), false, NULL,
                 "lease_reads: on: needs check_quorum on");
    if (text != NULL && (units_ppm(text, &ppm) < 0 || ppm < 0))
        return; /* said by the parser */
    if (ppm >= PPM / 2) {
        lint_say(l, DIAG_ERROR, at, false, NULL, "max_clock_drift: %lldppm: must be below %uppm",
                 (long long)ppm, PPM / 2);
        return;
    }
    uint64_t lease_ns = t->low_ns * (PPM - (uint64_t)ppm) / (PPM + (uint64_t)ppm);
    if (lease_ns <= 2 * t->heartbeat_ns)
        lint_say(l, DIAG_ERROR, at, false, NULL,
                 "max_clock_drift: %lldppm: lease of %llums would not outlive two heartbeats (%s)",
                 (long long)ppm, (unsigned long long)((lease_ns + NS_PER_MS / 2) / NS_PER_MS),
                 units_print_duration(2 * t->heartbeat_ns, beats));
}

/* raftd refuses such clients. */
static void lease_clients(struct lint *l, unsigned node)
{
    if (l->s->clients.count == 0 || l->s->clients.read_mode != READ_lease ||
        is_on(l, node, "lease_reads", false))
        return;
    lint_say(l, DIAG_ERROR, lint_at(l, "clients", "readMode"), false, NULL,
             "readMode: n%u serves no lease reads: set lease_reads to \"on\" in cluster.config",
             node + 1);
}

static void relations(struct lint *l, unsigned node, const struct timing *t)
{
    char low[UNITS_TEXT_MAX], high[UNITS_TEXT_MAX], beat[UNITS_TEXT_MAX];
    (void)units_print_duration(t->low_ns, low);
    (void)units_print_duration(t->high_ns, high);
    const struct json *at = setting(l, node, "election_timeout", "heartbeat");
    if (t->low_ns < 3 * t->heartbeat_ns)
        lint_say(l, DIAG_ERROR, at, false, NULL,
                 "election_timeout: %s: must be at least 3 x heartbeat (%s), or one late heartbeat "
                 "starts an election",
                 low, units_print_duration(3 * t->heartbeat_ns, beat));
    if (t->high_ns < 2 * t->low_ns)
        lint_say(l, DIAG_ERROR, at, false, NULL,
                 "election_timeout: %s..%s: upper end must be at least twice the lower, or votes "
                 "split",
                 low, high);
    if (t->high_ns > 60 * NS_PER_S)
        lint_say(l, DIAG_ERROR, at, false, NULL, "election_timeout: %s..%s: above 60s", low, high);
    if (t->heartbeat_ns < NS_PER_MS)
        lint_say(l, DIAG_ERROR, setting(l, node, "heartbeat", "heartbeat"), false, NULL,
                 "heartbeat: %s: below 1ms", units_print_duration(t->heartbeat_ns, beat));
}

void lint_timing(struct lint *l)
{
    if (!scenario_is_raftd(l->s))
        return;
    bool common = false; /* nodes without settings of their own are all alike */
    for (unsigned node = 0; node < scenario_nodes_count(l->s); node++) {
        bool own = l->s->cluster.per_node[node].count > 0;
        if (!own && common)
            continue;
        common = common || !own;
        struct timing t = timing_of(l, node);
        relations(l, node, &t);
        leases(l, node, &t);
        lease_clients(l, node);
    }
}
