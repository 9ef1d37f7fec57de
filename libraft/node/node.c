/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Birth, death and views of a node. */
#include "base/mem.h"
#include "node/node_private.h"

/* What watchers may lag behind, by default, and at most in bytes: the largest change fits. */
#define HISTORY_CHANGES 10000
#define HISTORY_BYTES   (64u << 20)

static void copy_options(struct node *n, const struct node_options *o)
{
    n->options = *o;
    n->options.data_dir = mem_strdup(o->data_dir);
    n->options.name = mem_strdup(o->name);
    n->cluster_said = o->cluster[0] != '\0' || o->bootstrap_count > 0;
    n->options.cluster = mem_strdup(o->cluster[0] != '\0'        ? o->cluster
                                    : o->join_cluster[0] != '\0' ? o->join_cluster
                                                                 : "raftlab");
    struct node_peer *list = mem_array(o->bootstrap_count, sizeof(*list));
    for (size_t i = 0; i < o->bootstrap_count; i++)
        list[i] = o->bootstrap[i];
    n->options.bootstrap = list;
    struct node_peer *hints = mem_array(o->hints_count, sizeof(*hints));
    for (size_t i = 0; i < o->hints_count; i++) {
        hints[i] = o->hints[i];
        hints[i].id = node_id_of_name(hints[i].name);
    }
    n->options.hints = hints;
}

void node_take_machine(struct node *n, struct machine *machine)
{
    machine_free(n->machine);
    n->machine = machine;
    machine_set_history(machine, n->history);
}

static struct node *node_new(const struct node_options *o, const struct env *env, uint64_t now_ns)
{
    struct node *n = mem_alloc(sizeof(*n));
    copy_options(n, o);
    n->env = *env;
    n->now_ns = n->opened_ns = now_ns;
    n->self = node_id_of_name(o->name);
    n->out = mem_alloc(sizeof(*n->out));
    n->entries = mem_array(NODE_BATCH_ENTRIES, sizeof(*n->entries));
    n->words = mem_alloc(sizeof(*n->words));
    n->history =
        history_new(o->watch_history == 0 ? HISTORY_CHANGES : o->watch_history, HISTORY_BYTES);
    TAILQ_INIT(&n->watchers);
    node_take_machine(n, machine_new());
    n->wake_at_ns = RAFT_NEVER;
    buf_init(&n->frame, LIMIT_FRAME_BYTES + FRAME_HEADER_BYTES);
    buf_init(&n->payloads, LIMIT_FRAME_BYTES);
    buf_init(&n->unheard, LIMIT_REPLY_BYTES);
    return n;
}

int node_open(const struct node_options *options, const struct env *env, uint64_t now_ns,
              struct node **ret, int *ret_exit, struct err *e)
{
    if (!node_name_valid(options->name)) {
        *ret_exit = NODE_EXIT_CONFIG;
        return err_set(e, -E_INVALID, "\"%s\" is no name for a node: use letters, digits, - _ .",
                       options->name);
    }
    struct node *n = node_new(options, env, now_ns);
    int code = start_open(n, ret_exit, e);
    clients_init(&n->clients, n->store.identity.incarnation);
    if (code < 0) {
        node_close(n);
        return code;
    }
    trace_open(&n->trace, &env->trace, n->options.name, n->disk, n->store.identity.incarnation);
    (void)wal_reserve(n->wal);
    if (start_ready(n))
        start_core(n);
    *ret = n;
    return 0;
}

static void free_texts(struct idmap *m)
{
    for (size_t i = 0; i < m->cap; i++) {
        if (m->slots[i].id != 0)
            mem_free(m->slots[i].what);
    }
    idmap_free(m);
}

void node_close(struct node *node)
{
    if (node == NULL)
        return;
    watch_close(node);
    clients_free(&node->clients);
    images_free(&node->images);
    if (node->wal != NULL)
        store_close(&node->store);
    machine_free(node->machine);
    history_free(node->history);
    trace_close(&node->trace);
    buf_free(&node->frame);
    buf_free(&node->payloads);
    buf_free(&node->unheard);
    buf_free(&node->change.payload);
    peer_raft_free(&node->incoming);
    free_texts(&node->acquaintances);
    free_texts(&node->peer_names);
    free_texts(&node->client_addresses);
    free_texts(&node->peer_faults);
    free_texts(&node->unreached);
    idmap_free(&node->said_once);
    mem_free(node->boot_runs);
    mem_free(node->raft);
    mem_free(node->out);
    mem_free(node->entries);
    mem_free(node->infos);
    mem_free(node->words);
    mem_free((void *)(uintptr_t)node->options.data_dir);
    mem_free((void *)(uintptr_t)node->options.name);
    mem_free((void *)(uintptr_t)node->options.cluster);
    mem_free((void *)(uintptr_t)node->options.bootstrap);
    mem_free((void *)(uintptr_t)node->options.hints);
    mem_free(node);
}

const struct raft *node_raft(const struct node *node)
{
    return node->raft;
}

uint64_t node_applied(const struct node *node)
{
    return node->applied;
}

uint64_t node_digest(const struct node *node)
{
    return machine_digest(node->machine);
}

const char *node_name_of(const struct node *node, raft_id id)
{
    const struct node_peer *peer = membership_find(&node->membership, id);
    if (id == node->self)
        return node->options.name;
    if (peer == NULL) /* one who leaves still campaigns, until it knows that this is committed */
        peer = membership_find(&node->former, id);
    const char *greeted = peer == NULL ? idmap_get(&node->peer_names, id) : NULL;
    return peer != NULL ? peer->name : greeted != NULL ? greeted : "?";
}
