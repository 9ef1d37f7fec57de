/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/nodes/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void stage_free(struct stage *s)
{
    if (s->open)
        nodes_close(&s->n);
    for (uint32_t i = 0; i < s->copies_count; i++)
        free(s->copies[i].data);
    *s = (struct stage){.out = s->out, .err = s->err};
}

bool stage_connection(const struct stage *s, const char *word, unsigned *ret_node,
                      unsigned *ret_client)
{
    const char *at = word + 1;
    uint64_t node = 0, client = 1;
    if (!s->open || word[0] != 'n' || !words_parse(&at, &node) || node == 0 || node > s->n.count)
        return false;
    if (*at == '/') {
        at++;
        if (!words_parse(&at, &client) || client == 0 || client > NODES_CLIENTS)
            return false;
    }
    *ret_node = (unsigned)node - 1;
    *ret_client = (unsigned)client - 1;
    return *at == '\0';
}

unsigned stage_node(struct stage *s, struct words *line)
{
    const char *word = words_next(line);
    unsigned node = 0, client;
    if (line->err.code == 0 &&
        (!stage_connection(s, word, &node, &client) || strchr(word, '/') != NULL))
        words_fail(line, "a node expected (n1)", word);
    return node;
}

unsigned stage_running(struct stage *s, struct words *line)
{
    unsigned i = stage_node(s, line);
    if (line->err.code == 0 && (s->n.one[i].node == NULL || s->n.one[i].fatal != 0))
        words_fail(line, "this node does not run", s->n.one[i].name);
    return i;
}

void stage_start(struct stage *s, unsigned i)
{
    struct nodes_one *one = &s->n.one[i];
    struct err e = {0};
    s->told[i] = false;
    if (nodes_start(&s->n, i, &e) < 0)
        buf_putf(s->out, "%s does not start, exit %d: %s\n", one->name, one->exit_code, e.text);
}

/* Nodes that stopped by themselves since the last line. */
static void tell_stopped(struct stage *s)
{
    for (unsigned i = 0; s->open && i < s->n.count; i++) {
        const struct nodes_one *one = &s->n.one[i];
        if (one->fatal == 0 || s->told[i])
            continue;
        s->told[i] = true;
        buf_putf(s->out, "%s stops, exit %d: %s\n", one->name, one->fatal, one->fatal_text);
    }
}

static int run_verb(struct stage *s, const char *name, struct words *line)
{
    static const struct stage_verb *const tables[] = {
        stage_verbs_cluster, stage_verbs_client, stage_verbs_network,  stage_verbs_look,
        stage_verbs_disk,    stage_verbs_files,  stage_verbs_identity, stage_verbs_entries,
        stage_verbs_leave,   stage_verbs_pace,   stage_verbs_frame,    stage_verbs_sleep,
        stage_verbs_image};
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        for (const struct stage_verb *v = tables[t]; v->name != NULL; v++) {
            if (strcmp(v->name, name) != 0)
                continue;
            int code = v->run(s, line);
            if (code < 0 && line->err.code < 0)
                *s->err = line->err;
            return code;
        }
    }
    return err_set(s->err, -E_INVALID, "no such verb");
}

int stage_command(struct stage *s, struct words *line)
{
    struct buf *out = s->out, unheard = {0};
    unsigned node, client;
    if (words_take(line, "quiet"))
        s->out = &unheard;
    const char *name = words_next(line);
    int code;
    if (stage_connection(s, name, &node, &client))
        code = stage_ask(s, node, client, line);
    else if (!s->open && strcmp(name, "cluster") != 0)
        code = err_set(s->err, -E_INVALID, "a case begins with cluster");
    else
        code = run_verb(s, name, line);
    if (code < 0 && s->err->code == 0)
        *s->err = line->err;
    tell_stopped(s);
    s->out = out;
    buf_free(&unheard);
    return code;
}
