/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking: state, members, log, trace, said, same. */
#include "tests/nodes/show.h"
#include "tests/nodes/stage.h"

#include <string.h>

/* VERB [n1]...; all nodes when none is named. */
static int for_nodes(struct stage *s, struct words *line,
                     void (*look)(struct buf *out, const struct nodes_one *one))
{
    if (words_peek(line) == NULL) {
        for (unsigned i = 0; i < s->n.count; i++)
            look(s->out, &s->n.one[i]);
        return 0;
    }
    while (words_peek(line) != NULL) {
        unsigned i = stage_node(s, line);
        if (line->err.code < 0)
            return line->err.code;
        look(s->out, &s->n.one[i]);
    }
    return 0;
}

static int verb_state(struct stage *s, struct words *line)
{
    return for_nodes(s, line, show_state);
}

static int verb_members(struct stage *s, struct words *line)
{
    return for_nodes(s, line, show_members);
}

static int verb_log(struct stage *s, struct words *line)
{
    return for_nodes(s, line, show_log);
}

#define EVENTS_MAX 16

/* trace n1 [once] [EVENT]...: what it traced since the last look; of these events alone. once:
 * equal lines in a row are told once. */
static int verb_trace(struct stage *s, struct words *line)
{
    const char *events[EVENTS_MAX];
    unsigned count = 0, i = stage_node(s, line);
    bool once = words_take(line, "once");
    while (words_peek(line) != NULL && count < EVENTS_MAX) {
        events[count++] = words_next(line);
        if (trace_event_find(events[count - 1], strlen(events[count - 1])) < 0)
            words_fail(line, "no such event", events[count - 1]);
    }
    if (words_end(line) < 0)
        return line->err.code;
    const struct buf *trace = &s->n.one[i].trace;
    const char *at = buf_str(trace) + s->trace_seen[i];
    s->trace_seen[i] = trace->len;
    struct buf last = {0}, text = {0};
    for (; *at != '\0'; at = strchr(at, '\n') + 1) {
        bool wanted = count == 0;
        for (unsigned k = 0; k < count; k++)
            wanted |= show_event_is(at, events[k]);
        if (!wanted)
            continue;
        buf_reset(&text);
        show_event(&text, at);
        if (!once || strcmp(buf_str(&text), buf_str(&last)) != 0)
            buf_putf(s->out, "%s %s", s->n.one[i].name, buf_str(&text));
        buf_reset(&last);
        buf_puts(&last, buf_str(&text));
    }
    if (last.len == 0)
        buf_putf(s->out, "%s traced nothing of this\n", s->n.one[i].name);
    buf_free(&last);
    buf_free(&text);
    return 0;
}

/* said n1 [WORD]: lines for its log since the last look, with this word in them. */
static int verb_said(struct stage *s, struct words *line)
{
    unsigned i = stage_node(s, line);
    const char *word = words_peek(line) != NULL ? words_next(line) : "";
    if (words_end(line) < 0)
        return line->err.code;
    const char *at = buf_str(&s->n.one[i].said) + s->said_seen[i];
    s->said_seen[i] = s->n.one[i].said.len;
    bool nothing = true;
    for (const char *end; *at != '\0'; at = end + 1) {
        end = strchr(at, '\n');
        if (memmem(at, (size_t)(end - at), word, strlen(word)) == NULL)
            continue;
        buf_putf(s->out, "%s says %.*s\n", s->n.one[i].name, (int)(end - at), at);
        nothing = false;
    }
    if (nothing)
        buf_putf(s->out, "%s says nothing of this\n", s->n.one[i].name);
    return 0;
}

/* same: whether all running nodes have the same state at the same entry. */
static int verb_same(struct stage *s, struct words *line)
{
    const struct node *first = NULL;
    bool same = true;
    if (words_end(line) < 0)
        return line->err.code;
    for (unsigned i = 0; i < s->n.count; i++) {
        const struct node *node = s->n.one[i].node;
        if (node == NULL || s->n.one[i].fatal != 0)
            continue;
        first = first == NULL ? node : first;
        same &=
            node_applied(node) == node_applied(first) && node_digest(node) == node_digest(first);
    }
    buf_puts(s->out, same ? "all running nodes have the same state\n" : "states differ\n");
    return 0;
}

const struct stage_verb stage_verbs_look[] = {
    {"state", verb_state}, {"members", verb_members}, {"log", verb_log}, {"trace", verb_trace},
    {"said", verb_said},   {"same", verb_same},       {NULL, NULL}};
