/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writing half, and what both know of the file. */
#include "emulator/explore/checkpoint_inside.h"

#include "base/checksum.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME     "state"
#define NAME_NEW "state.new"

/* ---- the program ---- */

/* 0: it cannot be read, so no checkpoint can be, either. */
static uint64_t program_sum(void)
{
    static char piece[1u << 16];
    uint64_t sum = 0;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ssize_t n;
    while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0)
        sum = checksum64_seeded(sum, piece, (size_t)n);
    if (fd >= 0)
        (void)close(fd);
    return sum;
}

void checkpoint_head(struct checkpoint_head *ret)
{
    *ret = (struct checkpoint_head){
        .magic = CHECKPOINT_MAGIC, .format = CHECKPOINT_FORMAT, .program = program_sum()};
    (void)snprintf(ret->version, sizeof(ret->version), "%s", RAFTLAB_VERSION);
}

uint64_t checkpoint_sum(uint64_t place, const void *data, size_t len)
{
    return checksum64_seeded(place, data, len);
}

int checkpoint_path_open(const char *dir, const char *name, int flags)
{
    struct buf path = {0};
    buf_putf(&path, "%s/%s", dir, name);
    int fd = open(buf_str(&path), flags | O_CLOEXEC, 0644);
    buf_free(&path);
    return fd;
}

/* ---- writing ---- */

static void failed(struct checkpoint_out *out, const char *did)
{
    if (out->failed.code == 0)
        (void)err_set_errno(&out->failed, err_from_errno(errno), errno, "checkpoint %s: %s",
                            out->dir, did);
}

static void write_all(struct checkpoint_out *out, const void *data, size_t len)
{
    const char *from = data;
    while (len > 0 && out->failed.code == 0) {
        ssize_t n = write(out->fd, from, len);
        if (n >= 0) {
            from += n;
            len -= (size_t)n;
        } else if (errno != EINTR) {
            failed(out, "write");
        }
    }
}

int checkpoint_create(struct checkpoint_out *out, const char *dir, struct err *e)
{
    *out = (struct checkpoint_out){.fd = -1, .dir = mem_strdup(dir)};
    if (mkdir(dir, 0755) != 0 && errno != EEXIST)
        failed(out, "make the directory");
    if (out->failed.code == 0)
        out->fd = checkpoint_path_open(dir, NAME_NEW, O_WRONLY | O_CREAT | O_TRUNC);
    if (out->failed.code == 0 && out->fd < 0)
        failed(out, "create " NAME_NEW);
    struct checkpoint_head head;
    checkpoint_head(&head);
    write_all(out, &head, sizeof(head));
    if (out->failed.code == 0)
        return 0;
    int code = err_set(e, out->failed.code, "%s", out->failed.text);
    checkpoint_abandon(out);
    return code;
}

static void write_chunk(struct checkpoint_out *out)
{
    struct checkpoint_chunk c = {
        .len = out->chunk.len,
        .sum = checkpoint_sum(out->chunks++, out->chunk.data, out->chunk.len),
    };
    write_all(out, &c, sizeof(c));
    write_all(out, out->chunk.data, out->chunk.len);
    buf_reset(&out->chunk);
}

void checkpoint_put(struct checkpoint_out *out, const void *data, size_t len)
{
    const char *from = data;
    while (len > 0 && out->failed.code == 0) {
        size_t part = CHECKPOINT_CHUNK_BYTES - out->chunk.len;
        part = part < len ? part : len;
        buf_put(&out->chunk, from, part);
        from += part;
        len -= part;
        if (out->chunk.len == CHECKPOINT_CHUNK_BYTES)
            write_chunk(out);
    }
}

void checkpoint_put_u64(struct checkpoint_out *out, uint64_t v)
{
    checkpoint_put(out, &v, sizeof(v));
}

/* From its new name to its own, and the directory knows it even after a power cut. */
static void take_name(struct checkpoint_out *out)
{
    struct buf from = {0}, to = {0};
    buf_putf(&from, "%s/" NAME_NEW, out->dir);
    buf_putf(&to, "%s/" NAME, out->dir);
    if (rename(buf_str(&from), buf_str(&to)) != 0)
        failed(out, "rename " NAME_NEW);
    buf_free(&from);
    buf_free(&to);
    int dir = open(out->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || fsync(dir) != 0)
        failed(out, "sync the directory");
    if (dir >= 0)
        (void)close(dir);
}

int checkpoint_commit(struct checkpoint_out *out, struct err *e)
{
    if (out->chunk.len > 0)
        write_chunk(out);
    write_chunk(out); /* of length 0: the end */
    if (out->failed.code == 0 && fsync(out->fd) != 0)
        failed(out, "sync");
    if (out->failed.code == 0)
        take_name(out);
    int code = out->failed.code;
    if (code != 0)
        (void)err_set(e, code, "%s", out->failed.text);
    checkpoint_abandon(out);
    return code;
}

void checkpoint_abandon(struct checkpoint_out *out)
{
    if (out->dir == NULL)
        return;
    struct buf path = {0};
    buf_putf(&path, "%s/" NAME_NEW, out->dir);
    if (out->fd >= 0)
        (void)unlink(buf_str(&path)); /* after a commit it is not there any more */
    if (out->fd >= 0)
        (void)close(out->fd);
    buf_free(&path);
    buf_free(&out->chunk);
    mem_free(out->dir);
    *out = (struct checkpoint_out){.fd = -1};
}
