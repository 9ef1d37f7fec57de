/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/offline_words.h"

#include "raft/node.h"
#include "raftd/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool offline_words(int argc, char *const *argv, bool *ret_yes, bool *ret_json)
{
    *ret_json = false;
    for (int i = 1; i < argc; i++) {
        if (ret_yes != NULL && strcmp(argv[i], "--yes") == 0)
            *ret_yes = true;
        else if (strcmp(argv[i], "--json") == 0)
            *ret_json = true;
        else
            return false;
    }
    return argc >= 1 && argv[0][0] != '\0' && strlen(argv[0]) < CONFIG_PATH_MAX;
}

void offline_tell_standing(const struct node_recovery *r)
{
    if (r->given_up)
        printf(
            "given up        by a forced recovery elsewhere: this directory never votes again\n");
    if (!r->member && r->members_count > 0)
        printf("no member       the last configuration here (entry %" PRIu64
               ") does not name this node: it was removed\n",
               r->config_index);
}

void offline_put_node(struct jsonw *w, const struct node_recovery *r)
{
    jsonw_kv_string(w, "node", r->name);
    jsonw_kv_string(w, "cluster", r->cluster);
    jsonw_kv_hex64(w, "cluster_id", r->cluster_id);
    jsonw_kv_u64(w, "generation", r->generation);
    jsonw_kv_u64(w, "term", r->term);
    jsonw_kv_u64(w, "last", r->last.index);
    jsonw_kv_u64(w, "last_term", r->last.term);
}

int offline_print(struct jsonw *w, struct buf *json)
{
    jsonw_end(w);
    (void)printf("%s\n", buf_str(json));
    buf_free(json);
    return fflush(stdout) == 0 ? 0 : NODE_EXIT_DISK;
}
