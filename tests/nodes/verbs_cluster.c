/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes come and go, time passes, somebody leads: cluster, join, start, crash, settings, elect,
 * run, settle. */
#include "tests/nodes/files.h"
#include "tests/nodes/settings.h"
#include "tests/nodes/stage.h"

#include <stdio.h>
#include <string.h>

#define PATIENCE_NS (30 * NS_PER_S)

static void set_options(void *arg, struct node_options *options)
{
    const struct stage *s = arg;
    options->hints = s->hints;
    options->hints_count = s->hints_count;
    for (unsigned i = 0; i < s->n.count; i++) {
        if (strcmp(s->n.one[i].name, options->name) == 0)
            settings_apply(s->settings[i], options);
    }
}

/* KEY=VALUE... to the end of the line, checked. */
static int parse_settings(struct stage *s, struct words *line, char *to)
{
    struct config c;
    size_t at = strlen(to);
    while (words_peek(line) != NULL) {
        int len = snprintf(to + at, SETTINGS_MAX - at, " %s", words_next(line));
        at += (size_t)len;
        if (at >= SETTINGS_MAX)
            return err_set(s->err, -E_LIMIT, "too many settings");
    }
    int code = settings_load(to, &c, s->err);
    config_free(&c);
    return code == 0 ? 0 : -E_INVALID;
}

static bool leads(const struct stage *s, unsigned i)
{
    const struct nodes_one *one = &s->n.one[i];
    const struct raft *raft = one->node == NULL || one->fatal != 0 ? NULL : node_raft(one->node);
    return raft != NULL && raft_role(raft) == RAFT_LEADER && raft_term_committed(raft);
}

/* A leader in office hands over. */
static void transfer(struct stage *s, unsigned i)
{
    char words[64];
    (void)snprintf(words, sizeof(words), "RAFT TRANSFER %s", s->n.one[i].name);
    for (unsigned k = 0; k < s->n.count; k++) {
        if (k == i || s->n.asleep[k] || !leads(s, k))
            continue;
        (void)nodes_ask(&s->n, k, NODES_ADMIN, words, NS_PER_S);
        buf_reset(&s->n.one[k].replies[NODES_ADMIN]);
    }
}

/* From now on only this node's pre-votes arrive, until it leads and all others know it. */
static void elect(struct stage *s, unsigned i)
{
    for (unsigned k = 0; k < NODES_MAX; k++)
        s->n.mute[k] = k != i;
    uint64_t end_ns = s->n.now_ns + PATIENCE_NS;
    transfer(s, i);
    while (!leads(s, i) && s->n.now_ns < end_ns)
        nodes_run(&s->n, NS_PER_MS);
    if (!leads(s, i)) {
        buf_putf(s->out, "%s does not lead\n", s->n.one[i].name);
        return;
    }
    nodes_run(&s->n, 100 * NS_PER_MS);
    buf_putf(s->out, "%s leads in term %llu\n", s->n.one[i].name,
             (unsigned long long)raft_term(node_raft(s->n.one[i].node)));
}

/* cluster N [KEY=VALUE]...: n1..nN are founded on empty disks, and n1 leads. */
static int verb_cluster(struct stage *s, struct words *line)
{
    uint64_t count = words_number(line);
    if (line->err.code < 0 || count == 0 || count > NODES_MAX)
        return err_set(s->err, -E_INVALID, "1 to %d nodes", NODES_MAX);
    stage_free(s);
    int code = parse_settings(s, line, s->settings[0]);
    if (code < 0)
        return code;
    for (unsigned i = 1; i < NODES_MAX; i++)
        memcpy(s->settings[i], s->settings[0], SETTINGS_MAX);
    nodes_prepare(&s->n, (unsigned)count, 1);
    s->n.set = set_options;
    s->n.set_arg = s;
    s->open = true;
    for (unsigned i = 0; i < count; i++)
        stage_start(s, i);
    elect(s, 0);
    return 0;
}

/* settings n2 KEY=VALUE...: from its next start on. */
static int verb_settings(struct stage *s, struct words *line)
{
    unsigned i = stage_node(s, line);
    return line->err.code < 0 ? line->err.code : parse_settings(s, line, s->settings[i]);
}

/* join: one more node, that nobody knows yet. */
static int verb_join(struct stage *s, struct words *line)
{
    if (words_end(line) < 0)
        return line->err.code;
    if (s->n.count == NODES_MAX)
        return err_set(s->err, -E_INVALID, "at most %d nodes", NODES_MAX);
    unsigned i = nodes_join(&s->n);
    nodes_settle(&s->n);
    buf_putf(s->out, "%s waits to be added\n", s->n.one[i].name);
    return 0;
}

/* A call to the disk, of a start that is watched; the same again is told once. */
struct watched {
    struct stage *s;
    enum memvfs_call last;
    char file[VFS_NAME_MAX];
};

static void on_call(void *arg, enum memvfs_call call, const char *path, bool after)
{
    static const char *const names[] = {
        [MEMVFS_LOCK] = "lock", [MEMVFS_MKDIR] = "mkdir",   [MEMVFS_SYNC_DIR] = "sync",
        [MEMVFS_LIST] = "list", [MEMVFS_RENAME] = "rename", [MEMVFS_UNLINK] = "remove",
        [MEMVFS_OPEN] = "open", [MEMVFS_CREATE] = "create", [MEMVFS_SIZE] = "size",
        [MEMVFS_READ] = "read", [MEMVFS_WRITE] = "write",   [MEMVFS_SYNC] = "sync",
    };
    struct watched *w = arg;
    char file[VFS_NAME_MAX];
    const char *slash = strrchr(path, '/');
    files_short(slash != NULL ? slash + 1 : path, file);
    if (after || call == MEMVFS_OPEN || call == MEMVFS_SIZE ||
        (call == w->last && strcmp(file, w->file) == 0))
        return;
    w->last = call;
    memcpy(w->file, file, sizeof(file));
    buf_putf(w->s->out, "  %s %s\n", names[call], file);
}

/* start n2 [watched]: on what its disk holds; watched: and these are the calls to it, until it runs
 * or does not. */
static int verb_start(struct stage *s, struct words *line)
{
    unsigned i = stage_node(s, line);
    struct watched w = {.s = s, .last = MEMVFS_OPEN};
    bool watched = words_take(line, "watched");
    if (words_end(line) < 0)
        return line->err.code;
    if (s->n.one[i].node != NULL && s->n.one[i].fatal == 0)
        return err_set(s->err, -E_INVALID, "it runs");
    nodes_crash(&s->n, i, MEMVFS_KILL); /* what is left of one that has stopped */
    memvfs_watch(s->n.one[i].disk, watched ? on_call : NULL, &w);
    stage_start(s, i);
    memvfs_watch(s->n.one[i].disk, NULL, NULL);
    nodes_settle(&s->n);
    return 0;
}

/* crash n2 [power|kept|torn]: the process alone; power is lost and with it everything not synced;
 * power is lost, but everything was on the disk; each file keeps some of what was not synced. */
static int verb_crash(struct stage *s, struct words *line)
{
    enum memvfs_crash how = MEMVFS_KILL;
    unsigned i = stage_node(s, line);
    if (words_take(line, "power"))
        how = MEMVFS_CUT_LOSE;
    else if (words_take(line, "kept"))
        how = MEMVFS_CUT_KEEP;
    else if (words_take(line, "torn"))
        how = MEMVFS_CUT_SUFFIX;
    if (words_end(line) < 0)
        return line->err.code;
    nodes_crash(&s->n, i, how);
    nodes_settle(&s->n);
    return 0;
}

/* elect n2: only this node's pre-votes arrive from now on, and who leads hands over to it; time
 * passes until it leads.
 * elect nobody|anybody: nobody's do; everybody's, as in real life. */
static int verb_elect(struct stage *s, struct words *line)
{
    bool anybody = words_take(line, "anybody");
    if (anybody || words_take(line, "nobody")) {
        for (unsigned k = 0; k < NODES_MAX; k++)
            s->n.mute[k] = !anybody;
        return words_end(line);
    }
    unsigned i = stage_running(s, line);
    if (words_end(line) < 0)
        return line->err.code;
    elect(s, i);
    return 0;
}

/* run D: time passes. */
static int verb_run(struct stage *s, struct words *line)
{
    uint64_t span_ns = words_duration(line);
    if (words_end(line) < 0)
        return line->err.code;
    nodes_run(&s->n, span_ns);
    return 0;
}

/* settle: everything that takes no time. */
static int verb_settle(struct stage *s, struct words *line)
{
    if (words_end(line) < 0)
        return line->err.code;
    nodes_settle(&s->n);
    return 0;
}

const struct stage_verb stage_verbs_cluster[] = {
    {"cluster", verb_cluster}, {"settings", verb_settings}, {"join", verb_join},
    {"start", verb_start},     {"crash", verb_crash},       {"elect", verb_elect},
    {"run", verb_run},         {"settle", verb_settle},     {NULL, NULL}};
