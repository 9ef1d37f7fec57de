/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/keys.h"

#include "base/mem.h"
#include "base/units.h"
#include "raftctl/ask.h"
#include "raftctl/range.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define ASK_NS (200 * NS_PER_MS) /* later ones are not waited for, and nobody minds */

/* A question and an answer: the number, then the prefix, or the keys. */
struct packet {
    uint64_t number;
    char bytes[KEYS_BYTES_MAX];
};

struct side {
    struct ctl ctl;
    struct packet packet;
};

/* ---- in the process beside ---- */

/* Pairs of key and value. */
static size_t put_keys(const struct resp_value *pairs, char *bytes)
{
    size_t at = 0;
    if (pairs->kind != RESP_ARRAY)
        return 0;
    const struct resp_value *v = pairs + 1;
    for (size_t i = 0; i < pairs->count; i++, v += v->nodes) {
        const struct span key = resp_bare(v)->text;
        if (i % 2 == 1 || key.len == 0 || memchr(key.data, '\0', key.len) != NULL)
            continue;
        if (at + key.len + 1 > KEYS_BYTES_MAX)
            break;
        memcpy(bytes + at, key.data, key.len);
        bytes[at + key.len] = '\0';
        at += key.len + 1;
    }
    return at;
}

/* The endpoint that answered is asked first from now on. */
static void prefer(struct ctl *ctl, const struct endpoint *endpoint)
{
    for (size_t i = 1; i < ctl->endpoints_count; i++) {
        if (strcmp(ctl->endpoints[i].text, endpoint->text) != 0)
            continue;
        struct endpoint first = ctl->endpoints[0];
        ctl->endpoints[0] = ctl->endpoints[i];
        ctl->endpoints[i] = first;
    }
}

static size_t look_up(struct side *side, const char *prefix)
{
    struct buf end = {0};
    struct answer answer;
    struct failure ignored;
    bool bounded = range_end(prefix, &end);
    const struct span words[] = {span_str("RANGE"), span_str(prefix), span_str("100"),
                                 span_of(end.data, end.len)};
    _Static_assert(KEYS_MAX == 100, "as it is asked for");
    size_t len = 0;
    if (ask_cluster(&side->ctl, ASK_READ, words, bounded ? 4 : 3, &answer, &ignored) == CTL_OK) {
        len = put_keys(answer.value, side->packet.bytes);
        prefer(&side->ctl, &answer.conn.to);
        conn_close(&answer.conn);
    }
    buf_free(&end);
    return len;
}

static int answer_on(void *arg, int fd)
{
    struct side *side = arg;
    const size_t head = sizeof(side->packet.number);
    for (;;) {
        ssize_t n = recv(fd, &side->packet, sizeof(side->packet), 0);
        if (n < (ssize_t)head)
            return 0;
        char *prefix = mem_dup(side->packet.bytes, (size_t)n - head);
        size_t len = look_up(side, prefix);
        mem_free(prefix);
        if (send(fd, &side->packet, head + len, MSG_NOSIGNAL) < 0)
            return 0;
    }
}

/* ---- in the shell ---- */

int keys_open(struct keys *k, const struct endpoint *endpoints, size_t count, struct err *e)
{
    struct side *side = mem_alloc(sizeof(*side));
    side->ctl.timeout_ns = ASK_NS;
    side->ctl.consistency = "local";
    side->ctl.endpoints_count = count;
    memcpy(side->ctl.endpoints, endpoints, count * sizeof(endpoints[0]));
    *k = (struct keys){.child = CHILD_NONE};
    int rc = child_start(&k->child, SOCK_SEQPACKET, answer_on, side, e);
    mem_free(side);
    return rc;
}

void keys_close(struct keys *k)
{
    (void)child_end(&k->child);
}

static bool take_answer(struct keys *k, struct packet *packet, struct buf *ret)
{
    ssize_t n = recv(k->child.fd, packet, sizeof(*packet), MSG_DONTWAIT);
    if (n == 0) {
        keys_close(k);
        return true;
    }
    if (n < (ssize_t)sizeof(packet->number) || packet->number != k->asked)
        return false;
    buf_put(ret, packet->bytes, (size_t)n - sizeof(packet->number));
    return true;
}

/* A queue that is full is not an end: whoever is beside may only be slow. */
static bool put_question(struct keys *k, const struct packet *packet, size_t len)
{
    if (send(k->child.fd, packet, len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
        return true;
    if (errno != EAGAIN)
        keys_close(k);
    return false;
}

void keys_ask(struct keys *k, const char *prefix, struct buf *ret)
{
    size_t len = strlen(prefix);
    if (k->child.fd < 0 || len > KEYS_BYTES_MAX)
        return;
    struct packet *packet = mem_alloc(sizeof(*packet));
    packet->number = ++k->asked;
    memcpy(packet->bytes, prefix, len);
    bool done = !put_question(k, packet, sizeof(packet->number) + len);
    uint64_t deadline_ns = conn_now_ns() + KEYS_BUDGET_MS * NS_PER_MS;
    for (uint64_t now_ns; !done && (now_ns = conn_now_ns()) < deadline_ns;) {
        struct pollfd fd = {.fd = k->child.fd, .events = POLLIN};
        int left_ms = (int)((deadline_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS);
        if (poll(&fd, 1, left_ms) > 0)
            done = take_answer(k, packet, ret);
    }
    mem_free(packet);
}
