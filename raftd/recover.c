/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/recover.h"

#include "base/err.h"
#include "raft/node.h"
#include "raftd/config.h"
#include "raftd/offline.h"
#include "raftd/offline_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void describe(const struct node_recovery *r)
{
    printf("node            %s of cluster %s (%016" PRIx64 "), generation %" PRIu64
           ", term %" PRIu64 "\n",
           r->name[0] == '\0' ? "?" : r->name, r->cluster, r->cluster_id, r->generation, r->term);
    printf("members        ");
    for (uint32_t i = 0; i < r->members_count; i++)
        printf(" %s", r->members[i]);
    printf("%s\n", r->members_count == 0 ? " none are known here" : "");
    offline_tell_standing(r);
    printf("log             ends at entry %" PRIu64 " of term %" PRIu64 "\n", r->last.index,
           r->last.term);
    printf("committed       for certain up to entry %" PRIu64
           " (a disk does not tell more; ask the node while it runs)\n",
           r->commit);
    if (r->last.index > r->commit)
        printf("undecided       entries %" PRIu64 " to %" PRIu64 "%s\n", r->commit + 1,
               r->last.index,
               r->alone ? ": they count as committed once it runs"
               : r->member && !r->given_up
                   ? ": a recovery keeps them, and they count as committed then"
                   : ": the other members know");
}

static void warn(const struct node_recovery *r, const char *dir, bool really)
{
    if (r->alone) {
        printf("alone           %s is the only member already: there is nothing to recover, and "
               "nothing was changed\n",
               r->name);
        return;
    }
    if (!r->member || r->given_up) {
        printf("nothing was changed, and there is nothing to recover\n");
        return;
    }
    printf("not known       what only the other members have, acknowledged or not: a recovery "
           "loses it\n");
    if (!really) {
        printf("nothing was changed. To let %s go on alone, when all others are down for good: "
               "raftctl data recover %s --yes\n",
               r->name, dir);
        return;
    }
    printf("RECOVERED       %s is generation %" PRIu64 " and alone. Start it; start each other "
           "member empty (--join) and add it.\n",
           r->name, r->generation + 1);
    printf("                Never start the old directories of the others out of its reach: they "
           "would be a second cluster.\n");
}

static int print_json(const struct node_recovery *r, bool really)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    offline_put_node(&w, r);
    jsonw_key(&w, "members");
    jsonw_array(&w);
    for (uint32_t i = 0; i < r->members_count; i++)
        jsonw_string(&w, r->members[i]);
    jsonw_end(&w);
    jsonw_kv_bool(&w, "member", r->member);
    jsonw_kv_bool(&w, "given_up", r->given_up);
    jsonw_kv_bool(&w, "alone", r->alone);
    jsonw_kv_u64(&w, "commit", r->commit);
    jsonw_kv_bool(&w, "recovered", really);
    return offline_print(&w, &json);
}

/* What --recover was told, and what comes of it. */
struct wish {
    const char *dir;
    bool really, json;
    struct node_recovery found;
};

static int recover(const struct node_recover_host *host, void *arg, struct err *e)
{
    struct wish *w = arg;
    return node_recover(host, w->dir, w->really, &w->found, e);
}

int recover_run(int argc, char *const *argv)
{
    struct err e = {0};
    struct wish w = {0};
    if (!offline_words(argc, argv, &w.really, &w.json)) {
        (void)fprintf(stderr, "usage: raftd --recover DIR [--yes] [--json]\n");
        return CONFIG_EXIT_USAGE;
    }
    w.dir = argv[0];
    int code = offline_run(recover, &w, &e);
    if (code < 0)
        return offline_failed(w.dir, code, &e);
    if (w.json)
        return print_json(&w.found, w.really && !w.found.alone);
    describe(&w.found);
    warn(&w.found, w.dir, w.really);
    return fflush(stdout) == 0 ? 0 : NODE_EXIT_DISK;
}
