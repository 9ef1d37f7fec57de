/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clients: a line that begins with a node is said to it and answered; say, flood, answers,
 * many, fill, deaf. */
#include "tests/nodes/reply.h"
#include "tests/nodes/stage.h"

#include <stdio.h>
#include <string.h>

#define PATIENCE_NS     (30 * NS_PER_S)
#define VALUE_BYTES_MAX MIB

static void put_value(struct buf *out, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i++)
        buf_putc(out, 'x');
}

/* What is left of the line, as it stood, but for words like @200KiB: values of that size. */
static const char *rest(struct words *line, struct buf *out)
{
    buf_reset(out);
    while (words_peek(line) != NULL) {
        const char *word = words_next(line);
        uint64_t bytes = 0;
        if (out->len > 0)
            buf_putc(out, ' ');
        if (word[0] == '@' && units_size(word + 1, &bytes) == 0 && bytes <= VALUE_BYTES_MAX)
            put_value(out, bytes);
        else
            buf_puts(out, word);
    }
    return buf_str(out);
}

static void prefix_of(const struct stage *s, unsigned node, unsigned client, char out[24])
{
    if (client == 0)
        (void)snprintf(out, 24, "%s: ", s->n.one[node].name);
    else
        (void)snprintf(out, 24, "%s/%u: ", s->n.one[node].name, client + 1);
}

/* How long it took counts when a person would notice. */
static void print_answer(struct stage *s, unsigned node, unsigned client, uint64_t took_ns)
{
    char prefix[24];
    prefix_of(s, node, client, prefix);
    struct buf *bytes = &s->n.one[node].replies[client];
    if (took_ns >= NS_PER_S)
        buf_putf(s->out, "(after %llu s)\n", (unsigned long long)(took_ns / NS_PER_S));
    if (reply_print(s->out, prefix, bytes) == 0)
        buf_putf(s->out, "%sno answer\n", prefix);
    if (s->n.one[node].hung_up[client])
        buf_putf(s->out, "%shung up\n", prefix);
    buf_reset(bytes);
}

int stage_ask(struct stage *s, unsigned node, unsigned client, struct words *line)
{
    struct buf words = {0};
    if (s->n.one[node].node == NULL || s->n.one[node].fatal != 0)
        return err_set(s->err, -E_INVALID, "this node does not run");
    uint64_t began_ns = s->n.now_ns;
    (void)nodes_ask(&s->n, node, client, rest(line, &words), PATIENCE_NS);
    buf_free(&words);
    print_answer(s, node, client, s->n.now_ns - began_ns);
    return 0;
}

/* n1/2, of a running node */
static bool connection(struct stage *s, struct words *line, unsigned *ret_node,
                       unsigned *ret_client)
{
    const char *word = words_next(line);
    if (line->err.code == 0 &&
        (!stage_connection(s, word, ret_node, ret_client) || s->n.one[*ret_node].node == NULL))
        words_fail(line, "a connection to a running node expected (n1, n1/2)", word);
    return line->err.code == 0;
}

/* say n1/2 WORDS...: nobody waits for the answer, and no time passes. */
static int verb_say(struct stage *s, struct words *line)
{
    struct buf words = {0};
    unsigned node = 0, client = 0;
    if (!connection(s, line, &node, &client))
        return line->err.code;
    nodes_say(&s->n, node, client, rest(line, &words));
    buf_free(&words);
    return 0;
}

/* N n1/2 WORDS...: said N times, each after the last one's answer or all at once. */
static int say_often(struct stage *s, struct words *line, bool waits)
{
    struct buf words = {0};
    uint64_t count = words_number(line);
    unsigned node = 0, client = 0;
    if (!connection(s, line, &node, &client))
        return line->err.code;
    (void)rest(line, &words);
    for (uint64_t i = 0; i < count; i++) {
        if (waits)
            (void)nodes_ask(&s->n, node, client, buf_str(&words), PATIENCE_NS);
        else
            nodes_say(&s->n, node, client, buf_str(&words));
    }
    buf_free(&words);
    nodes_settle(&s->n);
    if (waits)
        print_answer(s, node, client, 0);
    return 0;
}

/* flood N n1/2 WORDS...: the same said N times, nobody waiting. */
static int verb_flood(struct stage *s, struct words *line)
{
    return say_often(s, line, false);
}

/* many N n1 WORDS...: the same said N times, each after the last one's answer; the last answer. */
static int verb_many(struct stage *s, struct words *line)
{
    return say_often(s, line, true);
}

/* answers n1/2: what has come since the last look. */
static int verb_answers(struct stage *s, struct words *line)
{
    unsigned node = 0, client = 0;
    if (!connection(s, line, &node, &client) || words_end(line) < 0)
        return line->err.code;
    print_answer(s, node, client, 0);
    return 0;
}

/* fill n1 N BYTES [KEY]: the keys KEY1..KEYN get values of so many bytes; stops at the first
 * refusal. */
static int verb_fill(struct stage *s, struct words *line)
{
    unsigned node = stage_running(s, line);
    uint64_t count = words_number(line), bytes = words_number(line), done = 0;
    const char *key = words_peek(line) != NULL ? words_next(line) : "f";
    if (words_end(line) < 0)
        return line->err.code;
    if (bytes > VALUE_BYTES_MAX)
        return err_set(s->err, -E_INVALID, "at most 1 MiB");
    struct buf words = {0};
    for (; done < count; done++) {
        buf_reset(&words);
        buf_putf(&words, "SET %s%llu ", key, (unsigned long long)done + 1);
        put_value(&words, bytes);
        if (strcmp(nodes_ask(&s->n, node, 0, buf_str(&words), PATIENCE_NS), "+OK\r\n") != 0)
            break;
    }
    buf_free(&words);
    buf_putf(s->out, "%s: %llu x +OK\n", s->n.one[node].name, (unsigned long long)done);
    if (done < count)
        print_answer(s, node, 0, 0);
    buf_reset(&s->n.one[node].replies[0]);
    return 0;
}

/* deaf n1/2: from now on this client reads what it is sent at `answers` alone. */
static int verb_deaf(struct stage *s, struct words *line)
{
    unsigned node = 0, client = 0;
    if (!connection(s, line, &node, &client) || words_end(line) < 0)
        return line->err.code;
    s->n.one[node].slow[client] = true;
    return 0;
}

const struct stage_verb stage_verbs_client[] = {
    {"say", verb_say},     {"answers", verb_answers}, {"fill", verb_fill}, {"many", verb_many},
    {"flood", verb_flood}, {"deaf", verb_deaf},       {NULL, NULL}};
