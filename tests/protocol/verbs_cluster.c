/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs that make nodes: cluster, config, node, crash, restart, disk. */
#include "base/units.h"
#include "tests/protocol/world.h"
#include "tests/support/core_image.h"

#include <stdio.h>
#include <string.h>

/* config NAME [voters 1 2 3] [old 1 2] [learners 4]; nobody: what an outsider knows */
static int verb_config(struct world *w, struct words *line)
{
    struct world_config made = {0};
    (void)snprintf(made.name, sizeof(made.name), "%s", words_next(line));
    words_config(line, &made.config);
    if (words_end(line) < 0)
        return line->err.code;
    if (w->configs_count == WORLD_CONFIGS)
        return err_set(w->err, -E_INVALID, "too many configurations");
    w->configs[w->configs_count++] = made;
    return 0;
}

static const struct host_setup setup_default = {
    .limits = {.terms_max = 32,
               .window_max = 8,
               .batch_max = 16,
               .uncommitted_max = 100,
               .chunk_bytes = 100},
    .timing = {150 * NS_PER_MS, 300 * NS_PER_MS, 50 * NS_PER_MS},
    .pre_vote = true,
    .check_quorum = true,
    .clock_drift_ppm = 100000,
    .seed = 1,
};

static void parse_option(struct words *line, struct host_setup *s)
{
    const char *key = words_next(line);
    if (strcmp(key, "pre_vote") == 0)
        s->pre_vote = words_switch(line);
    else if (strcmp(key, "check_quorum") == 0)
        s->check_quorum = words_switch(line);
    else if (strcmp(key, "lease") == 0)
        s->lease_reads = words_switch(line);
    else if (strcmp(key, "drift") == 0)
        s->clock_drift_ppm = (uint32_t)words_number(line);
    else if (strcmp(key, "window") == 0)
        s->limits.window_max = (uint32_t)words_number(line);
    else if (strcmp(key, "batch") == 0)
        s->limits.batch_max = (uint32_t)words_number(line);
    else if (strcmp(key, "terms") == 0)
        s->limits.terms_max = (uint32_t)words_number(line);
    else if (strcmp(key, "uncommitted") == 0)
        s->limits.uncommitted_max = (uint32_t)words_number(line);
    else if (strcmp(key, "chunk") == 0)
        s->limits.chunk_bytes = (uint32_t)words_number(line);
    else if (strcmp(key, "seed") == 0)
        s->seed = words_number(line);
    else if (strcmp(key, "election") == 0)
        s->timing.election_ns_max = 2 * (s->timing.election_ns_min = words_duration(line));
    else if (strcmp(key, "heartbeat") == 0)
        s->timing.heartbeat_ns = words_duration(line);
    else
        words_fail(line, "no such option", key);
}

static void name_config(struct world *w, const char *name, uint32_t voters, uint32_t all)
{
    struct world_config *c = &w->configs[w->configs_count++];
    *c = (struct world_config){0};
    (void)snprintf(c->name, sizeof(c->name), "%s", name);
    c->config.count = all;
    for (uint32_t i = 0; i < all; i++)
        c->config.members[i] =
            (struct raft_member){.id = i + 1, .flags = i < voters ? RAFT_VOTER : 0};
}

/* Witnesses and priorities of members. */
static void add_extras(struct raft_config *c, const struct raft_config *extras)
{
    for (uint32_t i = 0; i < c->count; i++) {
        for (uint32_t k = 0; k < extras->count; k++) {
            if (extras->members[k].id != c->members[i].id)
                continue;
            c->members[i].flags |= extras->members[k].flags;
            c->members[i].priority = extras->members[k].priority;
        }
    }
}

/* cluster N [learners M] [outsiders K] [witnesses 3] [priorities 1=200] [apart] [OPTION VALUE]...:
 * nodes 1..N vote, the M after them only learn, the K after those know of no cluster. */
static int verb_cluster(struct world *w, struct words *line)
{
    uint64_t voters = words_number(line), learners = 0, outsiders = 0;
    struct host_setup setup = setup_default;
    struct raft_config extras = {0};
    if (words_take(line, "learners"))
        learners = words_number(line);
    if (words_take(line, "outsiders"))
        outsiders = words_number(line);
    words_config(line, &extras);
    bool apart = words_take(line, "apart");
    while (words_peek(line) != NULL)
        parse_option(line, &setup);
    if (words_end(line) < 0)
        return line->err.code;
    const struct raft_timing *timing = &setup.timing;
    if (timing->heartbeat_ns == 0 || timing->heartbeat_ns * 3 > timing->election_ns_min)
        return err_set(w->err, -E_INVALID, "a heartbeat is a third of an election, or less");
    if (voters == 0 || voters + learners + outsiders > WORLD_NODES)
        return err_set(w->err, -E_INVALID, "1 to %d nodes", WORLD_NODES);
    uint32_t quiet = w->quiet;
    world_free(w);
    w->quiet = quiet;
    w->now = NS_PER_S;
    w->apart = apart;
    w->setup = setup;
    w->nodes_count = (uint32_t)(voters + learners + outsiders);
    name_config(w, "start", (uint32_t)voters, (uint32_t)(voters + learners));
    add_extras(&w->configs[0].config, &extras);
    name_config(w, "nobody", 0, 0);
    for (uint32_t id = 1; id <= w->nodes_count; id++) {
        setup.id = id;
        setup.seed = apart ? 0 : w->setup.seed * 100 + id;
        setup.recurring = apart;
        setup.config = &w->configs[id > voters + learners].config;
        setup.entry_ids = &w->entry_ids;
        host_init(&w->nodes[id], &setup);
        world_start(w, id, 0, 0);
    }
    return 0;
}

/* "4" or "4=NAME", a config entry. */
static void parse_entry(struct world *w, struct words *line, struct host_log *log)
{
    const char *word = words_next(line), *at = word;
    struct host_entry e = {.kind = ENTRY_DATA, .id = ++w->entry_ids};
    bool ok = words_parse(&at, &e.term);
    if (ok && *at == '=') {
        e.kind = ENTRY_CONFIG;
        e.config = world_config(w, at + 1);
        ok = e.config != NULL;
    } else if (*at != '\0') {
        ok = false;
    }
    if (!ok)
        words_fail(line, "a term, or TERM=CONFIG, expected", word);
    host_log_put(log, e);
}

static bool digit_next(const struct words *line)
{
    const char *word = words_peek(line);
    return word != NULL && *word >= '0' && *word <= '9';
}

/* node N [log TERM...] [base T,I] [term T] [vote N] [commit I] [hold D] [config NAME]
 * [restoring I] [OPTION..]:
 * as if started on such a disk. */
static int verb_node(struct world *w, struct words *line)
{
    raft_id id = words_node(line, w->nodes_count);
    struct host *h = &w->nodes[id];
    struct host_setup setup = h->setup;
    struct host_log log = {0};
    uint64_t term = 0, commit = 0, hold = 0;
    raft_id vote = 0;
    while (words_peek(line) != NULL) {
        if (words_take(line, "base"))
            log.base = words_pos(line);
        else if (words_take(line, "term"))
            term = words_number(line);
        else if (words_take(line, "vote"))
            vote = words_number(line);
        else if (words_take(line, "commit"))
            commit = words_number(line);
        else if (words_take(line, "hold"))
            hold = words_duration(line);
        else if (words_take(line, "restoring"))
            setup.restoring = words_number(line);
        else if (words_take(line, "config"))
            setup.config = world_config(w, words_next(line));
        else if (words_take(line, "log"))
            while (digit_next(line))
                parse_entry(w, line, &log);
        else
            parse_option(line, &setup);
    }
    uint64_t last = host_log_last(&log);
    uint64_t last_term = log.count > 0 ? host_log_at(&log, last)->term : log.base.term;
    if (line->err.code == 0 && (setup.config == NULL || commit > last))
        words_fail(line, "no such configuration or index", "");
    if (words_end(line) < 0) {
        host_log_free(&log);
        return line->err.code;
    }
    uint64_t starts = h->starts;
    host_free(h);
    host_init(h, &setup);
    h->starts = starts;
    h->disk.term = term > last_term ? term : last_term;
    h->disk.vote = vote;
    h->disk.log = log;
    if (log.base.index != 0)
        host_image_add(h, &(struct host_image){.image = {log.base, 250, log.base.index},
                                               .config = setup.config});
    world_start(w, id, commit, hold);
    return 0;
}

/* crash N [kept K]: unsynced writes but the oldest K are lost. */
static int verb_crash(struct world *w, struct words *line)
{
    raft_id id = words_node(line, w->nodes_count);
    uint64_t kept = words_take(line, "kept") ? words_number(line) : 0;
    if (words_end(line) < 0)
        return line->err.code;
    if (!w->nodes[id].up || kept > w->nodes[id].writes_count)
        return err_set(w->err, -E_INVALID, "it is down, or has not written that much");
    host_crash(&w->nodes[id], (uint32_t)kept);
    return 0;
}

/* restart N [hold D] */
static int verb_restart(struct world *w, struct words *line)
{
    raft_id id = words_node(line, w->nodes_count);
    uint64_t hold = words_take(line, "hold") ? words_duration(line) : 0;
    if (words_end(line) < 0)
        return line->err.code;
    if (w->nodes[id].up)
        return err_set(w->err, -E_INVALID, "it is up");
    world_start(w, id, 0, hold);
    return 0;
}

/* disk N manual|stuck|auto: syncs wait for the verb persist or settle; for persist; for nothing. */
static int verb_disk(struct world *w, struct words *line)
{
    raft_id id = words_node(line, w->nodes_count);
    w->disk_stuck[id] = words_take(line, "stuck");
    w->disk_manual[id] = w->disk_stuck[id] || words_take(line, "manual");
    if (!w->disk_manual[id] && !words_take(line, "auto"))
        words_fail(line, "manual, stuck or auto expected", "");
    return words_end(line);
}

const struct verb verbs_cluster[] = {
    {"cluster", verb_cluster}, {"config", verb_config}, {"node", verb_node}, {"crash", verb_crash},
    {"restart", verb_restart}, {"disk", verb_disk},     {NULL, NULL},
};
