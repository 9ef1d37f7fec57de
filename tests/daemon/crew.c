/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/daemon/crew.h"

#include <stdio.h>
#include <string.h>

const char *crew_program;

static void hang_up(struct crew *c, unsigned node)
{
    for (unsigned k = 0; k < CREW_CLIENTS; k++) {
        if (c->connected[node][k])
            ask_close(&c->client[node][k]);
        c->connected[node][k] = false;
    }
}

void crew_free(struct crew *c)
{
    for (unsigned i = 0; c->open && i < c->cluster.count; i++)
        hang_up(c, i);
    if (c->open)
        cluster_free(&c->cluster);
    *c = (struct crew){.out = c->out, .err = c->err};
}

bool crew_parse(const struct crew *c, const char *word, unsigned *ret_node, unsigned *ret_client)
{
    const char *at = word + 1;
    uint64_t node = 0, client = 1;
    if (!c->open || word[0] != 'n' || !words_parse(&at, &node) || node == 0 ||
        node > c->cluster.count)
        return false;
    if (*at == '/') {
        at++;
        if (!words_parse(&at, &client) || client == 0 || client > CREW_CLIENTS)
            return false;
    }
    *ret_node = (unsigned)node - 1;
    *ret_client = (unsigned)client - 1;
    return *at == '\0';
}

unsigned crew_node(struct crew *c, struct words *line)
{
    const char *word = words_next(line);
    unsigned node = 0, client;
    if (line->err.code == 0 && !crew_parse(c, word, &node, &client))
        words_fail(line, "a node expected (n1)", word);
    return node;
}

const char *crew_rest(struct words *line, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    while (words_peek(line) != NULL && len < size)
        len +=
            (size_t)snprintf(out + len, size - len, "%s%s", len > 0 ? " " : "", words_next(line));
    return out;
}

static int run_verb(struct crew *c, const char *name, struct words *line)
{
    static const struct crew_verb *const tables[] = {crew_verbs_process, crew_verbs_talk};
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        for (const struct crew_verb *v = tables[t]; v->name != NULL; v++) {
            if (strcmp(v->name, name) == 0)
                return v->run(c, line);
        }
    }
    return err_set(c->err, -E_INVALID, "no such verb");
}

int crew_command(struct crew *c, struct words *line)
{
    struct buf *out = c->out, unheard = {0};
    unsigned node, client;
    if (words_take(line, "quiet"))
        c->out = &unheard;
    const char *name = words_next(line);
    int code;
    if (crew_parse(c, name, &node, &client))
        code = crew_ask(c, node, client, line);
    else if (!c->open && strcmp(name, "cluster") != 0)
        code = err_set(c->err, -E_INVALID, "a case begins with cluster");
    else
        code = run_verb(c, name, line);
    if (code < 0 && c->err->code == 0)
        *c->err = line->err;
    c->out = out;
    buf_free(&unheard);
    return code;
}
