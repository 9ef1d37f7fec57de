/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a data directory to a running core: identity, hard state, log, and founding a cluster. */
#include "base/checksum.h"
#include "base/mem.h"
#include "base/prng.h"
#include "node/node_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Distinct terms in the log; beyond it a node cannot start elections until the log is compacted. */
#define TERMS_MAX 65536u

/* Equal lists (in any order) and names found the same cluster, different ones never. Never 0. The
 * members stand in the order of their ids. Disks count where the founders agreed on them. */
static uint64_t founding_digest(const char *cluster, const struct membership *m)
{
    struct buf bytes = {0};
    buf_puts(&bytes, cluster);
    for (uint32_t i = 0; i < m->config.count; i++) {
        buf_putf(&bytes, "\n%s=%s", m->peers[i].name, m->peers[i].address);
        if (m->peers[i].disk != 0)
            buf_putf(&bytes, " %016llx", (unsigned long long)m->peers[i].disk);
    }
    uint64_t digest = checksum64(bytes.data, bytes.len);
    buf_free(&bytes);
    return digest == 0 ? 1 : digest;
}

uint64_t node_founding_id(const char *cluster, const struct node_peer *list, size_t count)
{
    struct membership m;
    struct err e = {0};
    if (membership_of_voters(list, count, &m, &e) < 0)
        return 0;
    return founding_digest(*cluster == '\0' ? "raftlab" : cluster, &m);
}

/* ---- the directory ---- */

/* Whom an empty directory is made into; a directory in use must already be it. */
static int wanted_identity(const struct node *n, struct identity *ret, struct err *e)
{
    const struct node_options *o = &n->options;
    struct membership m;
    struct prng random = prng_named(o->seed, "disk");
    *ret = (struct identity){
        .node_id = n->self, .cluster_id = o->join_cluster_id, .generation = o->join_generation};
    (void)snprintf(ret->cluster_name, sizeof(ret->cluster_name), "%s", n->options.cluster);
    for (size_t i = 0; i < sizeof(ret->disk_id); i++)
        ret->disk_id[i] = o->disk_id != NULL ? o->disk_id[i] : (uint8_t)prng_below(&random, 256);
    if (o->bootstrap_count == 0)
        return 0;
    int code = membership_of_voters(o->bootstrap, o->bootstrap_count, &m, e);
    if (code < 0)
        return err_wrap(e, "bootstrap");
    if (membership_find(&m, n->self) == NULL)
        return err_set(e, -E_INVALID, "bootstrap: the list does not name %s itself", o->name);
    ret->cluster_id = ret->bootstrap_digest = founding_digest(n->options.cluster, &m);
    return 0;
}

static int nothing_to_start(const struct node *n, struct err *e)
{
    const struct node_options *o = &n->options;
    return err_set(e, -E_NOTFOUND,
                   "%s holds no node yet, and neither --bootstrap nor --join was given\n"
                   "  to found a cluster:  --bootstrap %s=HOST:PORT,OTHER=HOST:PORT,…\n"
                   "  to start alone:      --bootstrap %s=HOST:PORT\n"
                   "  to join a cluster:   --join HOST:PORT, the peer port of one of its nodes; "
                   "then raftctl member add %s HOST:PORT\n"
                   "  to find each other:  --expect N --peers HOST:PORT,…, the same on all N",
                   o->data_dir, o->name, o->name, o->name);
}

static void log_report(struct node *n, const struct store_report *report)
{
    if (!report->formatted && n->options.bootstrap_count > 0)
        journal_say(n, ENV_ABOUT_CONFIG, ENV_INFO,
                    "already founded with this list: --bootstrap is ignored");
    if (report->meta.slot_lost)
        journal_say(n, ENV_ABOUT_DISK, ENV_WARNING, report->meta.slot_text);
    if (report->damaged_text[0] != '\0')
        journal_say(n, ENV_ABOUT_DISK, ENV_ERROR, report->damaged_text);
    if (n->store.identity.restoring != 0)
        journal_say(n, ENV_ABOUT_DISK, ENV_WARNING,
                    "the log was damaged and is fetched again from the other members: until it is "
                    "whole this node votes for nobody and does not lead");
    if (report->wal.cut_bytes > 0)
        journal_say(n, ENV_ABOUT_DISK, ENV_INFO, report->wal.cut_text);
    if (report->image_text[0] != '\0')
        journal_say(n, ENV_ABOUT_SNAPSHOT, report->image_installed ? ENV_INFO : ENV_WARNING,
                    report->image_text);
    if (!report->wal.direct)
        journal_say(n, ENV_ABOUT_DISK, ENV_INFO,
                    "the log is written through the page cache: this file system has no O_DIRECT");
}

static void keep_cluster_name(struct node *n)
{
    mem_free((void *)(uintptr_t)n->options.cluster);
    n->options.cluster = mem_strdup(n->store.identity.cluster_name);
}

/* A log that was damaged is fetched again where there is somebody to fetch it from. */
static bool may_restore(void *arg, struct span config)
{
    const struct node *n = arg;
    struct membership m;
    struct err e = {0};
    if (config.len == 0 || membership_decode(config, &m, &e) < 0)
        return true; /* not known: then it waits for a leader, and the files are kept */
    uint32_t others = 0;
    for (uint32_t i = 0; i < m.config.count; i++)
        others +=
            m.config.members[i].id != n->self && (m.config.members[i].flags & RAFT_VOTER) != 0;
    return others > 0;
}

static int open_store(struct node *n, struct store_report *report, struct err *e)
{
    const struct node_options *o = &n->options;
    struct store_options options = {
        .dir = o->data_dir,
        .may_restore = may_restore,
        .may_restore_arg = n,
        .any_cluster_name = !n->cluster_said,
        .may_format = (o->bootstrap_count > 0 || o->join_cluster_id != 0) && !o->look_first,
        .wal = {.segment_bytes =
                    o->segment_bytes == 0 ? WAL_SEGMENT_BYTES_DEFAULT : o->segment_bytes,
                .cache_bytes = WAL_CACHE_BYTES_DEFAULT}};
    int code = wanted_identity(n, &options.wanted, e);
    if (code < 0)
        return code;
    code = store_open(&n->env.vfs, &options, &n->store, report, e);
    if (code == -E_NOTFOUND && !options.may_format)
        return nothing_to_start(n, e);
    if (code < 0)
        return code;
    n->wal = n->store.wal;
    n->meta = n->store.meta;
    if (n->store.identity.superseded)
        return err_set(
            e, -E_CLOSED,
            "%s was given up by a forced recovery of the cluster and never votes again\n"
            "  fix: start with an empty --data-dir and --join, and raftctl member add %s",
            o->data_dir, o->name);
    n->disk = identity_mark(&n->store.identity);
    n->link = (struct peer_link){.cluster_id = n->store.identity.cluster_id,
                                 .generation = n->store.identity.generation};
    keep_cluster_name(n);
    n->hold_ns = report->meta.state.hold_ns;
    log_report(n, report);
    return 0;
}

/* Entry 1 of every founding member, byte for byte the same: the configuration, in term 1; it is
 * committed by the first leader, not by decree. */
static int write_founding_entry(struct node *n, struct err *e)
{
    struct membership m;
    struct buf payload = {0};
    if (n->options.bootstrap_count == 0)
        return err_set(e, -E_NOTFOUND,
                       "%s was formatted but founding it was broken off: start it once more with "
                       "the same --bootstrap list",
                       n->options.data_dir);
    int code = membership_of_voters(n->options.bootstrap, n->options.bootstrap_count, &m, e);
    if (code < 0)
        return code;
    membership_encode(&payload, &m);
    struct entry first = {.index = 1,
                          .term = 1,
                          .kind = ENTRY_CONFIG,
                          .len = (uint32_t)payload.len,
                          .payload = (const uint8_t *)payload.data};
    struct hard_state state = *meta_wanted(n->meta);
    if (state.term < 1)
        state.term = 1;
    meta_set(n->meta, &state);
    wal_append(n->wal, &first, 1);
    buf_free(&payload);
    return 0;
}

/* The longest promise is stored before it is given. */
static void store_hold(struct node *n)
{
    struct hard_state state = *meta_wanted(n->meta);
    if (state.hold_ns >= n->options.timing.election_ns_min)
        return;
    state.hold_ns = n->options.timing.election_ns_min;
    meta_set(n->meta, &state);
}

static int exit_of(int code)
{
    switch (-code) {
    case E_IO:
    case E_NOSPACE:
    case E_CORRUPT:
    case E_LOST: return NODE_EXIT_DISK;
    case E_CLOSED: return NODE_EXIT_REMOVED;
    default: return NODE_EXIT_CONFIG;
    }
}

int start_open(struct node *n, int *ret_exit, struct err *e)
{
    struct store_report report;
    const struct wal_recovered *log = &report.wal;
    int code = open_store(n, &report, e);
    bool founds = code == 0 && log->last.index == 0 && n->store.identity.restoring == 0 &&
                  n->store.identity.bootstrap_digest != 0;
    if (founds)
        code = write_founding_entry(n, e);
    if (code == 0)
        code = images_load(n, e);
    if (code == 0)
        images_resume(n);
    if (code < 0) {
        *ret_exit = exit_of(code);
        return code;
    }
    /* A directory that knows of no leader's term never answered one, nor promised anything. */
    if (n->store.identity.restoring == 0 && log->last.index <= 1 &&
        meta_durable(n->meta)->term <= 1)
        n->hold_ns = 0;
    store_hold(n);
    n->boot_runs_count = log->runs_count;
    n->boot_runs = mem_array(log->runs_count + 1, sizeof(*n->boot_runs));
    if (log->runs_count > 0)
        memcpy(n->boot_runs, log->runs, log->runs_count * sizeof(*n->boot_runs));
    else if (founds)
        n->boot_runs[n->boot_runs_count++] = (struct wal_run){.first = 1, .term = 1};
    n->durable_reported = wal_durable(n->wal);
    return 0;
}

bool start_ready(const struct node *n)
{
    return meta_is_durable(n->meta) && wal_durable(n->wal) == wal_last(n->wal).index;
}

/* ---- the core ---- */

/* The newest RAFT_CONFIGS configurations, rising, and whom the last two name. */
struct found_configs {
    struct membership latest;
    struct membership before; /* nobody: there was none */
    struct raft_config configs[RAFT_CONFIGS];
    uint64_t indexes[RAFT_CONFIGS];
    uint32_t count;
};

static int add_config(struct found_configs *f, uint64_t index, struct span payload, struct err *e)
{
    struct membership m;
    int code = membership_decode(payload, &m, e);
    if (code < 0)
        return err_wrap(e, "entry %llu", (unsigned long long)index);
    if (f->count == RAFT_CONFIGS) {
        memmove(f->configs, f->configs + 1, (RAFT_CONFIGS - 1) * sizeof(f->configs[0]));
        memmove(f->indexes, f->indexes + 1, (RAFT_CONFIGS - 1) * sizeof(f->indexes[0]));
        f->count--;
    }
    f->before = f->latest;
    f->latest = m;
    f->configs[f->count] = m.config;
    f->indexes[f->count++] = index;
    return 0;
}

/* The image's, and those in the log above it. Nothing above the image is known to be committed yet,
 * but only the last can be uncommitted together with those a leader appended since. */
static int find_configs(struct node *n, struct found_configs *f, struct err *e)
{
    struct span image = span_of(n->images.config.data, n->images.config.len);
    int code = image.len == 0 ? 0 : add_config(f, n->images.config_index, image, e);
    if (code == 0 && image.len > 0)
        leave_note_image(n);
    for (uint64_t i = wal_first(n->wal); i <= wal_last(n->wal).index && code == 0; i++) {
        struct entry entry;
        code = wal_read(n->wal, i, &entry, e);
        if (code == 0)
            witness_note(n, &entry, 1);
        if (code < 0 || entry.kind != ENTRY_CONFIG)
            continue;
        if (i > n->applied)
            code = add_config(f, i, span_of(entry.payload, entry.len), e);
        if (code == 0)
            leave_note_config(n, &entry);
    }
    if (code < 0)
        return code;
    if (f->count == 0 && n->store.identity.bootstrap_digest != 0 &&
        n->store.identity.restoring == 0)
        return err_set(e, -E_CORRUPT, "the log holds no configuration");
    if (f->count == 0) /* joined, and told of nobody yet */
        f->count = 1;
    return 0;
}

static struct raft_pos boot_base(const struct node *n)
{
    struct wal_position base = wal_base(n->wal);
    return (struct raft_pos){.term = base.term, .index = base.index};
}

static struct raft_image boot_image(const struct node *n)
{
    return n->store.image == NULL ? (struct raft_image){0}
                                  : image_described(image_meta(n->store.image));
}

static int open_core(struct node *n, struct err *e)
{
    struct raft_limits limits = {.terms_max = TERMS_MAX,
                                 .window_max = LIMIT_WINDOW_MESSAGES,
                                 .batch_max = NODE_BATCH_ENTRIES,
                                 .uncommitted_max = LIMIT_UNCOMMITTED_ENTRIES,
                                 .chunk_bytes = images_chunk_bytes(n)};
    struct found_configs *found = mem_alloc(sizeof(*found));
    int code = find_configs(n, found, e);
    if (code == 0) {
        const struct hard_state *state = meta_durable(n->meta);
        struct raft_run *runs = mem_array(n->boot_runs_count, sizeof(*runs));
        for (size_t i = 0; i < n->boot_runs_count; i++)
            runs[i] = (struct raft_run){n->boot_runs[i].first, n->boot_runs[i].term};
        n->raft = mem_raw(raft_size(&limits)); /* cleared where it has to be */
        code = raft_open(n->raft, &limits, &n->options.timing,
                         &(struct raft_boot){.self = n->self,
                                             .incarnation = n->store.identity.incarnation,
                                             .term = state->term,
                                             .vote = state->vote,
                                             .base = boot_base(n),
                                             .image = boot_image(n),
                                             .commit = n->commit,
                                             .runs_count = (uint32_t)n->boot_runs_count,
                                             .runs = runs,
                                             .last_index = wal_last(n->wal).index,
                                             .configs_count = found->count,
                                             .configs = found->configs,
                                             .config_indexes = found->indexes,
                                             .hold_ns = n->hold_ns,
                                             .now_ns = n->now_ns,
                                             .seed = n->options.seed,
                                             .pre_vote = n->options.pre_vote,
                                             .check_quorum = n->options.check_quorum,
                                             .lease_reads = n->options.lease_reads,
                                             .clock_drift_ppm = n->options.clock_drift_ppm,
                                             .left = n->store.identity.left,
                                             .restoring = n->store.identity.restoring});
        if (code < 0)
            (void)err_set(e, code, "the log holds more than %u terms", TERMS_MAX);
        mem_free(runs);
    }
    /* The latest may still be rolled back: those before it are kept in mind, as at its append. */
    n->membership = found->before;
    mem_free(found);
    return code;
}

/* An outsider cannot do anything but wait: whoever started it must do the rest. */
static void say_what_is_awaited(struct node *n)
{
    char text[ERR_TEXT_MAX];
    const struct identity *id = &n->store.identity;
    bool removed = n->membership.config.count > 0;
    if (membership_find(&n->membership, n->self) != NULL || id->left || id->restoring != 0)
        return;
    (void)snprintf(
        text, sizeof(text),
        "no member %s: waits until the cluster adds it: raftctl member add %s %s, or, in "
        "the place of OLD, raftctl member replace OLD %s %s; if that waits for it "
        "already, it goes on",
        removed ? "any more" : "yet", n->options.name, n->options.peer_address, n->options.name,
        n->options.peer_address);
    journal_say(n, ENV_ABOUT_MEMBER, ENV_INFO, text);
}

void start_core(struct node *n)
{
    struct err e = {0};
    ASSERT(start_ready(n) && n->raft == NULL);
    if (open_core(n, &e) < 0) {
        mem_free(n->raft);
        n->raft = NULL;
        node_die(n, NODE_EXIT_DISK, "%s", e.text);
        return;
    }
    mem_free(n->boot_runs);
    n->boot_runs = NULL;
    node_refresh_membership(n);
    /* A recovery may have been broken off between its entry and the identity. */
    if (!n->dead && recovery_adopt_generation(n, &e) < 0)
        node_die(n, NODE_EXIT_DISK, "disk: %s", e.text);
    recovery_say(n);
    leave_start(n);
    say_what_is_awaited(n);
    event_boot(n);
    node_step(n, &(struct raft_event){.type = RAFT_TIMEOUT, .now_ns = n->now_ns});
}
