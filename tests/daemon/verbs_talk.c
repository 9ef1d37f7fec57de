/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clients: a line that begins with a node is said to it and answered; say, flood, answers, until.
 */
#include "base/mem.h"
#include "base/respw.h"
#include "base/units.h"
#include "tests/daemon/crew.h"

#include <stdlib.h>
#include <string.h>

#define PATIENT_MS      60000
#define VALUE_BYTES_MAX MIB

/* Connected, if the node listens. */
static struct ask *client_of(struct crew *c, unsigned node, unsigned client)
{
    struct ask *a = &c->client[node][client];
    if (!c->connected[node][client])
        c->connected[node][client] = ask_connect(a, c->cluster.nodes[node].client_port);
    return c->connected[node][client] ? a : NULL;
}

static void print_answer(struct crew *c, unsigned node, unsigned client, const char *text)
{
    size_t len = strlen(text);
    buf_putf(c->out, "%s", c->cluster.nodes[node].name);
    if (client > 0)
        buf_putf(c->out, "/%u", client + 1);
    buf_puts(c->out, ": ");
    if (len <= 400)
        buf_put(c->out, text, len);
    else
        buf_putf(c->out, "%c and %zu bytes", text[0], len - 1);
    buf_putc(c->out, '\n');
}

/* The rest of the line as a request; a word @200KiB is a value of that size. */
static void build_request(struct words *line, struct buf *out)
{
    struct span argv[WORDS_MAX];
    char text[1024];
    static char value[VALUE_BYTES_MAX];
    size_t argc = 0;
    memset(value, 'x', sizeof(value));
    char *at = text;
    (void)crew_rest(line, text, sizeof(text));
    while (*at != '\0' && argc < ARRAY_LEN(argv)) {
        uint64_t bytes = 0;
        size_t len = strcspn(at, " ");
        bool more = at[len] != '\0';
        at[len] = '\0';
        if (at[0] == '@' && units_size(at + 1, &bytes) == 0 && bytes <= sizeof(value))
            argv[argc++] = span_of(value, (size_t)bytes);
        else
            argv[argc++] = span_of(at, len);
        at += len + more;
    }
    respw_request(out, argv, argc);
}

static bool send_line(struct crew *c, unsigned node, unsigned client, struct words *line,
                      uint64_t times)
{
    struct ask *a = client_of(c, node, client);
    struct buf request = {0};
    build_request(line, &request);
    bool sent = a != NULL;
    for (uint64_t i = 0; sent && i < times; i++)
        sent = ask_send_bytes(a, request.data, request.len);
    buf_free(&request);
    return sent;
}

int crew_ask(struct crew *c, unsigned node, unsigned client, struct words *line)
{
    bool sent = send_line(c, node, client, line, 1);
    print_answer(c, node, client,
                 sent ? ask_reply(&c->client[node][client], PATIENT_MS) : "!closed");
    return 0;
}

static bool connection(struct crew *c, struct words *line, unsigned *ret_node, unsigned *ret_client)
{
    const char *word = words_next(line);
    if (line->err.code == 0 && !crew_parse(c, word, ret_node, ret_client))
        words_fail(line, "a connection expected (n1, n1/2)", word);
    return line->err.code == 0;
}

/* say n1/2 WORDS..., flood N n1/2 WORDS...: nobody reads the answers. */
static int say(struct crew *c, struct words *line, uint64_t times)
{
    unsigned node = 0, client = 0;
    if (!connection(c, line, &node, &client))
        return line->err.code;
    if (!send_line(c, node, client, line, times))
        print_answer(c, node, client, "!closed");
    return 0;
}

static int verb_say(struct crew *c, struct words *line)
{
    return say(c, line, 1);
}

static int verb_flood(struct crew *c, struct words *line)
{
    return say(c, line, words_number(line));
}

/* answers N n1/2: waits for so many; those that are equal are told once. */
static int verb_answers(struct crew *c, struct words *line)
{
    uint64_t count = words_number(line), same = 0;
    unsigned node = 0, client = 0;
    if (!connection(c, line, &node, &client) || words_end(line) < 0)
        return line->err.code;
    struct ask *a = client_of(c, node, client);
    char *last = NULL;
    for (uint64_t i = 0; i <= count; i++) {
        const char *text = i == count ? NULL : a == NULL ? "!closed" : ask_reply(a, PATIENT_MS);
        if (last != NULL && (text == NULL || strcmp(text, last) != 0)) {
            if (same > 1)
                buf_putf(c->out, "%llu x ", (unsigned long long)same);
            print_answer(c, node, client, last);
            same = 0;
        }
        free(last);
        last = text == NULL ? NULL : mem_dup(text, strlen(text) + 1);
        same++;
    }
    return 0;
}

const struct crew_verb crew_verbs_talk[] = {
    {"say", verb_say}, {"flood", verb_flood}, {"answers", verb_answers}, {NULL, NULL}};
