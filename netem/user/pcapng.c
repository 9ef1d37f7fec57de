/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/user/pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

#define BLOCK_SECTION   0x0A0D0D0Au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET    6u
#define BYTE_ORDER_MARK 0x1A2B3C4Du
#define OPTION_END      0
#define OPTION_COMMENT  1
#define OPTION_NAME     2
#define OPTION_TSRESOL  9
#define LINK_ETHERNET   1
#define SNAP_BYTES      256u
#define FLUSH_AT_BYTES  (1u << 20)

struct pcapng {
    int fd;         /* owned */
    struct buf out; /* complete blocks not yet written */
    uint64_t written_bytes;
    uint64_t bytes_max;
    uint64_t epoch_minus_mono_ns;
    bool full;
    bool failed;
};

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    ASSERT(clock_gettime(clock, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void put_padding(struct buf *b, size_t len)
{
    buf_put_zeros(b, (4 - len % 4) % 4);
}

static void put_option(struct buf *b, uint16_t code, const void *value, size_t len)
{
    buf_put_u16(b, code);
    buf_put_u16(b, (uint16_t)len);
    buf_put(b, value, len);
    put_padding(b, len);
}

/* A block is its type, its total length, the body, and the total length again. */
static size_t begin_block(struct buf *b, uint32_t type)
{
    size_t at = b->len;
    buf_put_u32(b, type);
    buf_put_u32(b, 0);
    return at;
}

static void end_block(struct buf *b, size_t at)
{
    uint32_t total = (uint32_t)(b->len - at) + 4;
    buf_put_u32(b, total);
    for (size_t i = 0; i < 4; i++)
        b->data[at + 4 + i] = (char)(total >> (8 * i));
}

int pcapng_open(const char *path, uint64_t bytes_max, struct pcapng **ret, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "netem: capture: open %s", path);
    struct pcapng *p = mem_alloc(sizeof(*p));
    p->fd = fd;
    p->bytes_max = bytes_max ? bytes_max : PCAPNG_BYTES_MAX_DEFAULT;
    p->epoch_minus_mono_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
    size_t at = begin_block(&p->out, BLOCK_SECTION);
    buf_put_u32(&p->out, BYTE_ORDER_MARK);
    buf_put_u16(&p->out, 1); /* version 1.0 */
    buf_put_u16(&p->out, 0);
    buf_put_u64(&p->out, UINT64_MAX); /* section length: not known */
    end_block(&p->out, at);
    *ret = p;
    return 0;
}

void pcapng_interface(struct pcapng *p, const char *name)
{
    const uint8_t nanoseconds = 9;
    size_t at = begin_block(&p->out, BLOCK_INTERFACE);
    buf_put_u16(&p->out, LINK_ETHERNET);
    buf_put_u16(&p->out, 0);
    buf_put_u32(&p->out, SNAP_BYTES);
    put_option(&p->out, OPTION_NAME, name, strlen(name));
    put_option(&p->out, OPTION_TSRESOL, &nanoseconds, 1);
    put_option(&p->out, OPTION_END, NULL, 0);
    end_block(&p->out, at);
}

void pcapng_packet(struct pcapng *p, uint32_t interface, uint64_t mono_ns, const uint8_t *data,
                   uint32_t len, const char *comment)
{
    uint32_t kept = len < SNAP_BYTES ? len : SNAP_BYTES;
    uint64_t time_ns = mono_ns + p->epoch_minus_mono_ns;
    if (p->failed || p->full)
        return;
    size_t at = begin_block(&p->out, BLOCK_PACKET);
    buf_put_u32(&p->out, interface);
    buf_put_u32(&p->out, (uint32_t)(time_ns >> 32));
    buf_put_u32(&p->out, (uint32_t)time_ns);
    buf_put_u32(&p->out, kept);
    buf_put_u32(&p->out, len);
    buf_put(&p->out, data, kept);
    put_padding(&p->out, kept);
    if (comment != NULL) {
        put_option(&p->out, OPTION_COMMENT, comment, strlen(comment));
        put_option(&p->out, OPTION_END, NULL, 0);
    }
    end_block(&p->out, at);
    if (p->written_bytes + p->out.len > p->bytes_max) {
        p->out.len = at; /* the block that would pass the bound */
        p->full = true;
    }
    if (p->out.len >= FLUSH_AT_BYTES)
        pcapng_flush(p);
}

void pcapng_flush(struct pcapng *p)
{
    size_t at = 0;
    while (at < p->out.len && !p->failed) {
        ssize_t n = write(p->fd, p->out.data + at, p->out.len - at);
        if (n > 0)
            at += (size_t)n;
        else if (n == 0 || errno != EINTR)
            p->failed = true;
    }
    p->written_bytes += at;
    buf_reset(&p->out);
}

bool pcapng_pending(const struct pcapng *p)
{
    return p->out.len > 0;
}

uint64_t pcapng_bytes(const struct pcapng *p)
{
    return p->written_bytes + p->out.len;
}

bool pcapng_full(const struct pcapng *p)
{
    return p->full;
}

bool pcapng_failed(const struct pcapng *p)
{
    return p->failed;
}

void pcapng_close(struct pcapng *p)
{
    if (p == NULL)
        return;
    pcapng_flush(p);
    close(p->fd);
    buf_free(&p->out);
    mem_free(p);
}
