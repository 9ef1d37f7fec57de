/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processes: cluster, start, signal, ends, wipe, said, leader. */
#include "tests/daemon/crew.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* cluster N [OPTION]...: N nodes that could run; none does yet. The options are of every start. */
static int verb_cluster(struct crew *c, struct words *line)
{
    uint64_t count = words_number(line);
    if (line->err.code < 0 || count == 0 || count > CLUSTER_NODES_MAX)
        return err_set(c->err, -E_INVALID, "1 to %d nodes", CLUSTER_NODES_MAX);
    crew_free(c);
    cluster_init(&c->cluster, crew_program, (unsigned)count);
    c->open = true;
    (void)crew_rest(c, line, c->common, sizeof(c->common));
    return 0;
}

static void start(struct crew *c, unsigned i, const char *more)
{
    char all[1100];
    (void)snprintf(all, sizeof(all), "%s%s%s", c->common,
                   c->common[0] != '\0' && more[0] != '\0' ? " " : "", more);
    cluster_start(&c->cluster, i, all[0] != '\0' ? all : NULL);
}

/* start n1|all [bare|joining] [OPTION]...: as a founder, all of them in the list; with neither
 * --bootstrap nor --join; with --join and the address of n1. */
static int verb_start(struct crew *c, struct words *line)
{
    char more[512];
    bool all = words_take(line, "all");
    unsigned first = all ? 0 : crew_node(c, line), end = all ? c->cluster.count : first + 1;
    bool bare = words_take(line, "bare"), joins = words_take(line, "joining");
    if (line->err.code < 0)
        return line->err.code;
    (void)crew_rest(c, line, more, sizeof(more));
    for (unsigned i = first; i < end; i++) {
        if (c->cluster.nodes[i].pid != 0)
            return err_set(c->err, -E_INVALID, "it runs");
        c->cluster.nodes[i].bare = bare;
        c->cluster.nodes[i].joins = joins;
        start(c, i, more);
    }
    return 0;
}

/* leader: waits until a leader answers. */
static int verb_leader(struct crew *c, struct words *line)
{
    unsigned i = cluster_leader(&c->cluster, -1);
    buf_putf(c->out, "%s leads\n", c->cluster.count == 1 ? c->cluster.nodes[i].name : "somebody");
    return words_end(line);
}

/* signal n1 KILL|TERM|STOP|CONT|HUP */
static int verb_signal(struct crew *c, struct words *line)
{
    static const struct {
        const char *name;
        int number;
    } known[] = {{"KILL", SIGKILL},
                 {"TERM", SIGTERM},
                 {"STOP", SIGSTOP},
                 {"CONT", SIGCONT},
                 {"HUP", SIGHUP}};
    unsigned i = crew_node(c, line), k = 0;
    const char *name = words_next(line);
    while (k < ARRAY_LEN(known) && strcmp(known[k].name, name) != 0)
        k++;
    if (k == ARRAY_LEN(known))
        words_fail(line, "no such signal", name);
    if (words_end(line) < 0)
        return line->err.code;
    if (c->cluster.nodes[i].pid == 0)
        return err_set(c->err, -E_INVALID, "it does not run");
    if (known[k].number == SIGKILL)
        crew_hang_up(c, i);
    cluster_signal(&c->cluster, i, known[k].number);
    return 0;
}

/* ends n1: waits for that. */
static int verb_ends(struct crew *c, struct words *line)
{
    unsigned i = crew_node(c, line);
    if (words_end(line) < 0)
        return line->err.code;
    crew_hang_up(c, i);
    buf_putf(c->out, "%s ends, exit %d\n", c->cluster.nodes[i].name,
             cluster_wait_exit(&c->cluster, i));
    return 0;
}

/* wipe n1: its directory is empty. */
static int verb_wipe(struct crew *c, struct words *line)
{
    unsigned i = crew_node(c, line);
    if (words_end(line) < 0)
        return line->err.code;
    cluster_wipe(&c->cluster, i);
    return 0;
}

static void read_log(struct crew *c, unsigned i, struct buf *out)
{
    char chunk[4096];
    FILE *f = fopen(c->cluster.nodes[i].log, "re");
    for (size_t n; f != NULL && (n = fread(chunk, 1, sizeof(chunk), f)) > 0;)
        buf_put(out, chunk, n);
    if (f != NULL)
        (void)fclose(f);
}

struct said {
    struct crew *c;
    unsigned i;
    const char *text;
    struct buf log;
    const char *found;
};

static bool has_said(void *arg)
{
    struct said *s = arg;
    buf_reset(&s->log);
    read_log(s->c, s->i, &s->log);
    size_t seen = s->c->said_seen[s->i];
    s->found = seen < s->log.len ? strstr(buf_str(&s->log) + seen, s->text) : NULL;
    return s->found != NULL && strchr(s->found, '\n') != NULL;
}

/* said n1 TEXT: waits until its log says this, behind what was found last; the line from there. */
static int verb_said(struct crew *c, struct words *line)
{
    char text[512];
    struct said s = {.c = c, .i = crew_node(c, line)};
    if (line->err.code < 0)
        return line->err.code;
    s.text = crew_rest(c, line, text, sizeof(text));
    wait_until(s.text, has_said, &s, 60000);
    buf_putf(c->out, "%s says ", c->cluster.nodes[s.i].name);
    size_t len = strcspn(s.found, "\n");
    crew_print(c, s.found, len);
    buf_putc(c->out, '\n');
    c->said_seen[s.i] = (size_t)(s.found - buf_str(&s.log)) + len;
    buf_free(&s.log);
    return 0;
}

const struct crew_verb crew_verbs_process[] = {{"cluster", verb_cluster}, {"start", verb_start},
                                               {"leader", verb_leader},   {"signal", verb_signal},
                                               {"ends", verb_ends},       {"wipe", verb_wipe},
                                               {"said", verb_said},       {NULL, NULL}};
