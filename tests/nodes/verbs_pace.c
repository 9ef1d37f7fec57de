/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a node is doing, and how to make it do worse: status, crawl. */
#include "tests/nodes/stage.h"

#include <stdio.h>
#include <string.h>

#define PATIENCE_NS (30 * NS_PER_S)

/* status n1 KEY...: these numbers and words of its RAFT STATUS, where they stand first. */
static int verb_status(struct stage *s, struct words *line)
{
    unsigned i = stage_running(s, line);
    if (line->err.code < 0)
        return line->err.code;
    const char *doc = nodes_ask(&s->n, i, NODES_ADMIN, "RAFT STATUS", PATIENCE_NS);
    while (words_peek(line) != NULL && line->err.code == 0) {
        char key[64];
        const char *word = words_next(line);
        (void)snprintf(key, sizeof(key), "\"%s\":", word);
        const char *at = strstr(doc, key);
        if (at == NULL) {
            words_fail(line, "its status does not say", word);
            break;
        }
        at += strlen(key);
        size_t len = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ",}");
        buf_putf(s->out, "%s %s %.*s\n", s->n.one[i].name, word, (int)len, at);
    }
    buf_reset(&s->n.one[i].replies[NODES_ADMIN]);
    return words_end(line);
}

static void hold_from(struct nodes *n, unsigned i, bool held)
{
    for (unsigned k = 0; k < NODES_MAX; k++)
        n->held[i][k] = held && k != i;
}

/* crawl n1 N D: N writes, one after the other; what n1 sends lies for D each time. */
static int verb_crawl(struct stage *s, struct words *line)
{
    unsigned i = stage_running(s, line);
    uint64_t count = words_number(line), span_ns = words_duration(line), done = 0;
    if (words_end(line) < 0)
        return line->err.code;
    struct buf *reply = &s->n.one[i].replies[0];
    for (; done < count; done++) {
        buf_reset(reply);
        hold_from(&s->n, i, true);
        nodes_say(&s->n, i, 0, "SET crawl 1");
        nodes_run(&s->n, span_ns);
        hold_from(&s->n, i, false);
        nodes_settle(&s->n);
        if (strcmp(buf_str(reply), "+OK\r\n") != 0)
            break;
    }
    buf_reset(reply);
    buf_putf(s->out, "%s: %llu x +OK\n", s->n.one[i].name, (unsigned long long)done);
    return 0;
}

const struct stage_verb stage_verbs_pace[] = {
    {"status", verb_status}, {"crawl", verb_crawl}, {NULL, NULL}};
