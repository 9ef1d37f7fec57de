/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/mem.h"

/* The largest message: a distribution table of 4096 16-bit entries and its surroundings. */
#define MESSAGE_BYTES_MAX 16384
/* One system call takes this much and the message that passed it; the socket's buffers (libnl would
 * make them 32 KiB) are asked for well above, and also hold an answer for every refused message. */
#define BATCH_BYTES_MAX 65536
#define SOCKET_BYTES    (256 * 1024)
#define LABEL_MAX       64

struct netlink {
    struct nl_sock *sock; /* owned */
    struct nl_cb *cb;     /* owned */
    struct buf batch;     /* messages not yet sent */
    size_t last_at;       /* where the last one begins in batch */
    char *labels;         /* LABEL_MAX each, owned; by message of the batch */
    size_t labels_cap;
    size_t count;      /* messages in the batch */
    uint32_t seq_base; /* sequence number of the batch's first message */
    bool done;         /* the answer to the last one, or the end of a dump, was seen */
    struct err failed; /* the first refusal, across the parts of one batch */
    void (*dump_fn)(struct nlmsghdr *answer, void *arg);
    void *dump_arg;
};

static const char *label_of(const struct netlink *nl, uint32_t seq)
{
    uint32_t index = seq - nl->seq_base;
    return index < nl->count ? nl->labels + index * LABEL_MAX : "request";
}

/* The kernel's own sentence, if it sent one: attributes behind the echoed header. */
static const char *kernel_text(const struct nlmsgerr *answer)
{
    const struct nlmsghdr *h = (const struct nlmsghdr *)((const char *)answer - NLMSG_HDRLEN);
    if ((h->nlmsg_flags & NLM_F_ACK_TLVS) == 0)
        return NULL;
    size_t skip = sizeof(*answer);
    if ((h->nlmsg_flags & NLM_F_CAPPED) == 0)
        skip += NLMSG_ALIGN(answer->msg.nlmsg_len) - NLMSG_HDRLEN;
    size_t body = h->nlmsg_len - NLMSG_HDRLEN;
    if (skip >= body)
        return NULL;
    struct nlattr *first = (struct nlattr *)((uintptr_t)answer + skip);
    struct nlattr *text = nla_find(first, (int)(body - skip), NLMSGERR_ATTR_MSG);
    return text != NULL && nla_len(text) > 0 ? nla_get_string(text) : NULL;
}

static int code_of(int errno_value)
{
    switch (errno_value) {
    case ENOENT:
    case EOPNOTSUPP:
    case ENODEV:
    case EAFNOSUPPORT: return -E_UNSUPPORTED;
    case EINVAL: return -E_INVALID;
    default: return err_from_errno(errno_value);
    }
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *answer, void *arg)
{
    struct netlink *nl = arg;
    (void)from;
    uint32_t seq = answer->msg.nlmsg_seq;
    if (seq - nl->seq_base >= nl->count)
        return NL_SKIP; /* a late answer to a batch that was given up */
    if (nl->failed.code == 0) {
        int value = -answer->error;
        const char *text = kernel_text(answer);
        if (text != NULL)
            err_set(&nl->failed, code_of(value), "netem: %s: %s", label_of(nl, seq), text);
        else
            err_set_errno(&nl->failed, code_of(value), value, "netem: %s", label_of(nl, seq));
    }
    nl->done = nl->done || seq == nl->seq_base + (uint32_t)nl->count - 1;
    return NL_SKIP;
}

static int on_ack(struct nl_msg *m, void *arg)
{
    struct netlink *nl = arg;
    nl->done = nl->done || nlmsg_hdr(m)->nlmsg_seq == nl->seq_base + (uint32_t)nl->count - 1;
    return NL_OK;
}

static int on_finish(struct nl_msg *m, void *arg)
{
    struct netlink *nl = arg;
    (void)m;
    nl->done = true;
    return NL_OK;
}

static int on_valid(struct nl_msg *m, void *arg)
{
    struct netlink *nl = arg;
    if (nl->dump_fn != NULL)
        nl->dump_fn(nlmsg_hdr(m), nl->dump_arg);
    return NL_OK;
}

static void set_options(struct netlink *nl)
{
    int on = 1;
    int fd = nl_socket_get_fd(nl->sock);
    /* Better texts and shorter answers; a kernel without them (before 4.12) still works. */
    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
    (void)nl_socket_set_buffer_size(nl->sock, SOCKET_BYTES, SOCKET_BYTES);
    nl_socket_disable_seq_check(nl->sock);
    nl->cb = nl_socket_get_cb(nl->sock);
    nl_cb_set(nl->cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, nl);
    nl_cb_set(nl->cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, nl);
    nl_cb_set(nl->cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, nl);
    nl_cb_err(nl->cb, NL_CB_CUSTOM, on_error, nl);
}

int netlink_open(struct netlink **ret, struct err *e)
{
    struct netlink *nl = mem_alloc(sizeof(*nl));
    nl->seq_base = 1;
    nl->sock = nl_socket_alloc();
    int r = nl->sock == NULL ? -NLE_NOMEM : nl_connect(nl->sock, NETLINK_ROUTE);
    if (r < 0) {
        err_set(e, -E_IO, "netem: open a netlink socket: %s", nl_geterror(r));
        netlink_close(nl);
        return -E_IO;
    }
    set_options(nl);
    *ret = nl;
    return 0;
}

void netlink_close(struct netlink *nl)
{
    if (nl == NULL)
        return;
    if (nl->cb != NULL)
        nl_cb_put(nl->cb);
    if (nl->sock != NULL)
        nl_socket_free(nl->sock);
    buf_free(&nl->batch);
    mem_free(nl->labels);
    mem_free(nl);
}

struct nl_msg *netlink_message(struct netlink *nl, int type, int flags, const void *header,
                               size_t header_size, const char *label_fmt, ...)
{
    if (nl->count == nl->labels_cap) {
        nl->labels_cap = nl->labels_cap ? nl->labels_cap * 2 : 64;
        nl->labels = mem_grow(nl->labels, nl->labels_cap, LABEL_MAX);
    }
    va_list args;
    va_start(args, label_fmt);
    vsnprintf(nl->labels + nl->count * LABEL_MAX, LABEL_MAX, label_fmt, args);
    va_end(args);
    struct nl_msg *m = nlmsg_alloc_size(MESSAGE_BYTES_MAX);
    ASSERT(m != NULL);
    ASSERT(nlmsg_put(m, 0, nl->seq_base + (uint32_t)nl->count, type, 0, NLM_F_REQUEST | flags));
    ASSERT(nlmsg_append(m, (void *)(uintptr_t)header, header_size, NLMSG_ALIGNTO) == 0);
    return m;
}

static int receive_until_done(struct netlink *nl, struct err *e)
{
    nl->done = false;
    while (!nl->done) {
        int r = nl_recvmsgs(nl->sock, nl->cb);
        if (r < 0 && r != -NLE_INTR)
            return err_set(e, -E_IO, "netem: netlink: %s", nl_geterror(r));
    }
    return 0;
}

/* Sends what has gathered; a refusal stays in nl->failed. */
static int send_part(struct netlink *nl, struct err *e)
{
    if (nl->count == 0)
        return 0;
    struct nlmsghdr *last = (struct nlmsghdr *)(uintptr_t)(nl->batch.data + nl->last_at);
    last->nlmsg_flags |= NLM_F_ACK;
    int r = nl_sendto(nl->sock, nl->batch.data, nl->batch.len);
    if (r < 0)
        r = err_set_errno(e, -E_IO, errno, "netem: %s: send %zu messages, %zu bytes",
                          label_of(nl, nl->seq_base), nl->count, nl->batch.len);
    else
        r = receive_until_done(nl, e);
    nl->seq_base += (uint32_t)nl->count;
    nl->count = 0;
    buf_reset(&nl->batch);
    return r;
}

void netlink_add(struct netlink *nl, struct nl_msg *m)
{
    const struct nlmsghdr *h = nlmsg_hdr(m);
    size_t padded = NLMSG_ALIGN(h->nlmsg_len);
    if (nl->batch.len > 0 && nl->batch.len + padded > BATCH_BYTES_MAX) {
        /* The label of m is the newest; it moves to the front of the next part. */
        char label[LABEL_MAX];
        struct err e = {0};
        memcpy(label, nl->labels + nl->count * LABEL_MAX, LABEL_MAX);
        if (send_part(nl, &e) < 0 && nl->failed.code == 0)
            nl->failed = e;
        memcpy(nl->labels, label, LABEL_MAX);
    }
    nl->last_at = nl->batch.len;
    buf_put(&nl->batch, h, h->nlmsg_len);
    buf_put_zeros(&nl->batch, padded - h->nlmsg_len);
    nl->count++;
    nlmsg_free(m);
}

int netlink_send(struct netlink *nl, struct err *e)
{
    int r = send_part(nl, e);
    struct err failed = nl->failed;
    memset(&nl->failed, 0, sizeof(nl->failed));
    if (r < 0)
        return r;
    return failed.code < 0 ? err_set(e, failed.code, "%s", failed.text) : 0;
}

int netlink_dump(struct netlink *nl, int type, const void *header, size_t header_size,
                 void (*fn)(struct nlmsghdr *answer, void *arg), void *arg, struct err *e)
{
    ASSERT(nl->count == 0);
    struct nl_msg *m = netlink_message(nl, type, NLM_F_DUMP, header, header_size, "dump %d", type);
    nl->dump_fn = fn;
    nl->dump_arg = arg;
    netlink_add(nl, m);
    int r = netlink_send(nl, e);
    nl->dump_fn = NULL;
    return r;
}

void netlink_put(struct nl_msg *m, int attribute, const void *data, size_t len)
{
    ASSERT(nla_put(m, attribute, (int)len, data) == 0);
}

void netlink_put_string(struct nl_msg *m, int attribute, const char *text)
{
    netlink_put(m, attribute, text, strlen(text) + 1);
}

void netlink_put_u8(struct nl_msg *m, int attribute, uint8_t value)
{
    netlink_put(m, attribute, &value, sizeof(value));
}

void netlink_put_u16(struct nl_msg *m, int attribute, uint16_t value)
{
    netlink_put(m, attribute, &value, sizeof(value));
}

void netlink_put_u32(struct nl_msg *m, int attribute, uint32_t value)
{
    netlink_put(m, attribute, &value, sizeof(value));
}

void netlink_put_u64(struct nl_msg *m, int attribute, uint64_t value)
{
    netlink_put(m, attribute, &value, sizeof(value));
}

struct nlattr *netlink_nest(struct nl_msg *m, int attribute)
{
    return netlink_nest_after(m, attribute, NULL, 0);
}

struct nlattr *netlink_nest_after(struct nl_msg *m, int attribute, const void *fixed,
                                  size_t fixed_size)
{
    struct nlattr *nest = nla_reserve(m, attribute, (int)fixed_size);
    ASSERT(nest != NULL);
    if (fixed_size > 0)
        memcpy(nla_data(nest), fixed, fixed_size);
    return nest;
}

void netlink_nest_end(struct nl_msg *m, struct nlattr *nest)
{
    nest->nla_len = (uint16_t)((char *)nlmsg_tail(nlmsg_hdr(m)) - (char *)nest);
}
