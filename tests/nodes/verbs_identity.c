/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is who: wipe, joins, founders, founding, move, hints, hello. */
#include "tests/nodes/stage.h"

#include <stdio.h>
#include <string.h>

static bool runs(const struct stage *s, unsigned i)
{
    return s->n.one[i].node != NULL && s->n.one[i].fatal == 0;
}

static unsigned node_down(struct stage *s, struct words *line)
{
    unsigned i = stage_node(s, line);
    if (line->err.code == 0 && runs(s, i))
        words_fail(line, "it runs", s->n.one[i].name);
    if (line->err.code == 0)
        nodes_crash(&s->n, i, MEMVFS_KILL); /* what is left of one that has stopped */
    return i;
}

/* wipe n1...: their data directories are emptied. */
static int verb_wipe(struct stage *s, struct words *line)
{
    do {
        unsigned i = node_down(s, line);
        if (line->err.code < 0)
            break;
        struct nodes_one *one = &s->n.one[i];
        memvfs_free(one->disk);
        one->disk = memvfs_new(s->n.seed++);
        const struct vfs *vfs = memvfs_vfs(one->disk);
        int code = vfs->mkdir(vfs->arg, "/data", s->err);
        ASSERT(code == 0);
    } while (words_peek(line) != NULL);
    return words_end(line);
}

/* joins n2 like n1: from its next start on n2 is no founder, it wants to join n1's cluster. */
static int verb_joins(struct stage *s, struct words *line)
{
    unsigned i = stage_node(s, line);
    if (!words_take(line, "like"))
        words_fail(line, "joins n2 like n1", words_peek(line) == NULL ? "" : words_peek(line));
    unsigned k = stage_running(s, line);
    if (words_end(line) < 0)
        return line->err.code;
    struct peer_link link = node_hello(s->n.one[k].node, 0).link;
    s->n.joins[i] = true;
    s->n.cluster_id = link.cluster_id;
    s->n.generation = link.generation;
    return 0;
}

/* founders K: from the next starts on the list of founders is n1..nK. */
static int verb_founders(struct stage *s, struct words *line)
{
    uint64_t count = words_number(line);
    if (words_end(line) < 0)
        return line->err.code;
    if (count == 0 || count > s->n.count)
        return err_set(s->err, -E_INVALID, "1 to %u of them", s->n.count);
    s->n.founders = (unsigned)count;
    return 0;
}

/* NODE=HOST:PORT */
static bool parse_peer(const char *word, struct node_peer *ret)
{
    const char *equals = strchr(word, '=');
    *ret = (struct node_peer){0};
    if (equals == NULL || (size_t)(equals - word) >= sizeof(ret->name))
        return false;
    memcpy(ret->name, word, (size_t)(equals - word));
    (void)snprintf(ret->address, sizeof(ret->address), "%s", equals + 1);
    return true;
}

static size_t parse_peers(struct words *line, struct node_peer *list, size_t max)
{
    size_t count = 0;
    while (words_peek(line) != NULL && line->err.code == 0) {
        const char *word = words_next(line);
        if (count == max || !parse_peer(word, &list[count]))
            words_fail(line, "NODE=HOST:PORT expected", word);
        else
            count++;
    }
    return count;
}

/* founding CLUSTER NODE=HOST:PORT...: the id that a cluster gets which is founded so. */
static int verb_founding(struct stage *s, struct words *line)
{
    struct node_peer list[LIMIT_MEMBERS];
    const char *cluster = words_next(line);
    size_t count = parse_peers(line, list, LIMIT_MEMBERS);
    if (words_end(line) < 0)
        return line->err.code;
    uint64_t id = node_founding_id(cluster, list, count);
    if (id == 0)
        buf_puts(s->out, "no cluster can be founded so\n");
    else
        buf_putf(s->out, "cluster %016llx\n", (unsigned long long)id);
    return 0;
}

/* move n2 HOST:PORT: where it can be dialed from its next start on. */
static int verb_move(struct stage *s, struct words *line)
{
    unsigned i = node_down(s, line);
    const char *address = words_next(line);
    if (words_end(line) < 0)
        return line->err.code;
    (void)snprintf(s->n.one[i].address, sizeof(s->n.one[i].address), "%s", address);
    return 0;
}

/* hints [NODE=HOST:PORT]...: what all nodes are told of the others' places at their next start. */
static int verb_hints(struct stage *s, struct words *line)
{
    s->hints_count = parse_peers(line, s->hints, ARRAY_LEN(s->hints));
    return words_end(line);
}

/* Changes what is said of whom: cluster other, generation G, to n3, disk other|none, start later.
 */
static void forge(struct stage *s, struct words *line, struct peer_hello *hello)
{
    if (words_take(line, "cluster") && words_take(line, "other"))
        hello->link.cluster_id++;
    else if (words_take(line, "generation"))
        hello->link.generation = words_number(line);
    else if (words_take(line, "to"))
        hello->to = node_id_of_name(s->n.one[stage_node(s, line)].name);
    else if (words_take(line, "disk") && words_take(line, "other"))
        hello->disk_id++;
    else if (words_take(line, "later"))
        hello->incarnation++;
    else if (words_take(line, "versions")) {
        hello->version_min = (uint8_t)words_number(line);
        hello->version_max = (uint8_t)words_number(line);
    } else if (words_take(line, "from"))
        (void)snprintf(hello->address, sizeof(hello->address), "%s", words_next(line));
    else
        words_fail(line, "no such part of a Hello", words_next(line));
}

/* hello n2>n1 [PART VALUE]...: n2 greets n1, with a Hello that is not quite its own, and is
 * answered; n2 reads the answer to its own one. */
static int verb_hello(struct stage *s, struct words *line)
{
    char text[16];
    unsigned i = 0, k = 0, client;
    const char *word = words_next(line);
    (void)snprintf(text, sizeof(text), "%s", word);
    char *sign = strchr(text, '>');
    if (sign != NULL)
        *sign = '\0';
    if (sign == NULL || !stage_connection(s, text, &i, &client) ||
        !stage_connection(s, sign + 1, &k, &client) || !runs(s, i) || !runs(s, k))
        words_fail(line, "two running nodes expected (n2>n1)", word);
    if (line->err.code < 0)
        return line->err.code;
    struct peer_hello hello = node_hello(s->n.one[i].node, node_id_of_name(s->n.one[k].name));
    bool forged = words_peek(line) != NULL;
    while (words_peek(line) != NULL)
        forge(s, line, &hello);
    if (words_end(line) < 0)
        return line->err.code;
    struct peer_hello_reply reply = node_answer_hello(s->n.one[k].node, &hello);
    buf_putf(s->out, "%s answers: %s%s%s\n", s->n.one[k].name, peer_refusal_text(reply.refusal),
             reply.detail[0] != '\0' ? ": " : "", reply.detail);
    struct err refused = {0};
    if (!forged && s->n.one[i].fatal == 0 &&
        node_check_hello_reply(s->n.one[i].node, hello.to, &reply, &refused) < 0)
        nodes_settle(&s->n);
    return 0;
}

const struct stage_verb stage_verbs_identity[] = {
    {"wipe", verb_wipe},         {"joins", verb_joins}, {"founders", verb_founders},
    {"founding", verb_founding}, {"move", verb_move},   {"hints", verb_hints},
    {"hello", verb_hello},       {NULL, NULL}};
