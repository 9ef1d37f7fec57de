/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/command_line.h"

#include "base/buf.h"
#include "base/mem.h"
#include "emulator/trace/outfile.h"

#include <string.h>
#include <unistd.h>

static void add(struct command_line *c, const char *word)
{
    c->argv = mem_grow(c->argv, c->argc + 2, sizeof(*c->argv));
    c->argv[c->argc++] = mem_strdup(word);
    c->argv[c->argc] = NULL;
}

static void add_option(struct command_line *c, const char *name, const char *value)
{
    add(c, name);
    add(c, value);
}

static void add_number(struct command_line *c, const char *name, unsigned value)
{
    struct buf text = {0};
    buf_putf(&text, "%u", value);
    add_option(c, name, buf_str(&text));
    buf_free(&text);
}

static void add_address(struct command_line *c, const char *name, const struct netem *net,
                        unsigned node, unsigned port)
{
    struct buf text = {0};
    buf_putf(&text, "%s:%u", netem_address(net, netem_node(net, (int)node)), port);
    add_option(c, name, buf_str(&text));
    buf_free(&text);
}

/* NAME=ADDRESS:PORT of the first so many nodes, with a comma between. */
static void add_members(struct command_line *c, const char *option, const struct netem *net,
                        size_t count, const char *(*address)(const struct netem *net, int endpoint))
{
    struct buf text = {0};
    for (int i = 0; i < (int)count; i++)
        buf_putf(&text, "%s%s=%s:%u", i == 0 ? "" : ",", netem_name(net, netem_node(net, i)),
                 address(net, netem_node(net, i)), LIVE_PEER_PORT);
    add_option(c, option, buf_str(&text));
    buf_free(&text);
}

/* A key of the configuration is a long option with - for _. A switch without a value is given or
 * not. */
static void add_pair(struct command_line *c, const struct pair *pair)
{
    struct buf name = {0};
    buf_putf(&name, "--%s", pair->key);
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '_')
            name.data[i] = '-';
    }
    bool flag = strcmp(pair->key, "unsafe_no_fsync") == 0;
    if (!flag)
        add_option(c, buf_str(&name), pair->value);
    else if (strcmp(pair->value, "on") == 0)
        add(c, buf_str(&name));
    buf_free(&name);
}

static bool has_key(const struct pair_list *pairs, const char *key)
{
    for (size_t i = 0; pairs != NULL && i < pairs->count; i++) {
        if (strcmp(pairs->items[i].key, key) == 0)
            return true;
    }
    return false;
}

/* Whom an empty directory asks for its cluster, or that it founds one. */
static void add_birth(struct command_line *c, const struct scenario *s, const struct netem *net,
                      unsigned node, const struct world_start *how)
{
    if (how->joins || node >= s->cluster.voters)
        add_address(c, "--join", net, how->via, LIVE_PEER_PORT);
    else
        add_members(c, "--bootstrap", net, s->cluster.voters, netem_first_address); /* as founded */
}

static void add_variable(struct command_line *c, const char *text)
{
    c->envp = mem_grow(c->envp, c->envc + 2, sizeof(*c->envp));
    c->envp[c->envc++] = mem_strdup(text);
    c->envp[c->envc] = NULL;
}

/* The scenario's, then ours: of a name given twice, programs take the first. */
static void add_environment(struct command_line *c, const struct pair_list *env)
{
    struct buf text = {0};
    for (size_t i = 0; env != NULL && i < env->count; i++) {
        buf_reset(&text);
        buf_putf(&text, "%s=%s", env->items[i].key, env->items[i].value);
        add_variable(c, buf_str(&text));
    }
    for (char **at = environ; *at != NULL; at++)
        add_variable(c, *at);
    buf_free(&text);
}

void command_line_build(struct command_line *c, const struct scenario *s, const struct netem *net,
                        unsigned who, unsigned node, const char *raftd, const char *data_dir,
                        const struct world_start *how)
{
    const struct pair_list *own = &s->cluster.per_node[node];
    *c = (struct command_line){0};
    add(c, raftd);
    add_option(c, "--name", netem_name(net, netem_node(net, (int)who)));
    add_option(c, "--data-dir", data_dir);
    add_address(c, "--listen-peer", net, node, LIVE_PEER_PORT);
    add_address(c, "--listen-client", net, node, LIVE_CLIENT_PORT);
    add_option(c, "--admin-socket", LIVE_ADMIN_SOCKET);
    add_birth(c, s, net, who, how);
    int endpoint = netem_node(net, (int)node);
    if (who != node ||
        strcmp(netem_address(net, endpoint), netem_first_address(net, endpoint)) != 0)
        add_address(c, "--advertise-peer", net, node, LIVE_PEER_PORT); /* not as in --bootstrap */
    if (how->hints)
        add_members(c, "--peers", net, scenario_nodes_count(s), netem_address);
    add_number(c, "--lab-fd", LIVE_LAB_FD);
    /* Many nodes share one disk, and a run's logs are short: small segments start fast. */
    if (!has_key(&s->cluster.config, "segment_size") && !has_key(own, "segment_size") &&
        !has_key(how->settings, "segment_size"))
        add_option(c, "--segment-size", LIVE_SEGMENT_SIZE);
    for (size_t i = 0; i < s->cluster.config.count; i++) {
        const struct pair *pair = &s->cluster.config.items[i];
        if (!has_key(own, pair->key) && !has_key(how->settings, pair->key))
            add_pair(c, pair);
    }
    for (size_t i = 0; i < own->count; i++) {
        if (!has_key(how->settings, own->items[i].key))
            add_pair(c, &own->items[i]);
    }
    for (size_t i = 0; how->settings != NULL && i < how->settings->count; i++)
        add_pair(c, &how->settings->items[i]);
    for (size_t i = 0; how->flags != NULL && i < how->flags->count; i++)
        add(c, how->flags->items[i]);
    add_environment(c, how->env);
}

/* Every node there is or may come to be: NAME=ADDRESS, with a comma between. */
static void add_peers(struct command_line *c, const struct scenario *s, const struct netem *net)
{
    struct buf text = {0};
    buf_puts(&text, "LAB_PEERS=");
    for (int i = 0; i < (int)scenario_nodes_count(s); i++)
        buf_putf(&text, "%s%s=%s", i == 0 ? "" : ",", netem_name(net, netem_node(net, i)),
                 netem_address(net, netem_node(net, i)));
    add_variable(c, buf_str(&text));
    buf_free(&text);
}

void command_line_adapter(struct command_line *c, const struct scenario *s, const struct netem *net,
                          unsigned node, char *const *words, const char *data_dir,
                          const struct world_start *how)
{
    struct buf text = {0};
    *c = (struct command_line){0};
    for (size_t i = 0; words[i] != NULL; i++)
        add(c, words[i]);
    for (size_t i = 0; how->flags != NULL && i < how->flags->count; i++)
        add(c, how->flags->items[i]);
    buf_putf(&text, "LAB_NODE=%s", netem_name(net, netem_node(net, (int)node)));
    add_variable(c, buf_str(&text));
    buf_reset(&text);
    buf_putf(&text, "LAB_DIR=%s", data_dir);
    add_variable(c, buf_str(&text));
    buf_reset(&text);
    buf_putf(&text, "LAB_ADDRESS=%s", netem_address(net, netem_node(net, (int)node)));
    add_variable(c, buf_str(&text));
    buf_free(&text);
    add_peers(c, s, net);
    add_environment(c, how->env);
}

int command_line_write(const struct command_line *c, const char *name, const char *path,
                       struct err *e)
{
    struct outfile f;
    struct jsonw w;
    int code = outfile_open(&f, path, e);
    if (code < 0)
        return code;
    jsonw_init(&w, outfile_buf(&f));
    jsonw_object(&w);
    jsonw_kv_string(&w, "node", name);
    jsonw_key(&w, "argv");
    jsonw_array(&w);
    for (size_t i = 0; i < c->argc; i++)
        jsonw_string(&w, c->argv[i]);
    jsonw_end(&w);
    jsonw_end(&w);
    buf_putc(outfile_buf(&f), '\n');
    return outfile_close(&f, e);
}

void command_line_free(struct command_line *c)
{
    for (size_t i = 0; i < c->argc; i++)
        mem_free(c->argv[i]);
    mem_free(c->argv);
    for (size_t i = 0; i < c->envc; i++)
        mem_free(c->envp[i]);
    mem_free(c->envp);
    *c = (struct command_line){0};
}
