/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/checkpoint_inside.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void damaged(struct checkpoint_in *in, const char *what)
{
    if (in->failed.code == 0)
        (void)err_set(&in->failed, -E_CORRUPT, "checkpoint %s: damaged: %s", in->dir, what);
}

/* len bytes or a failure. */
static bool read_all(struct checkpoint_in *in, void *data, size_t len)
{
    char *to = data;
    while (len > 0 && in->failed.code == 0) {
        ssize_t n = read(in->fd, to, len);
        if (n > 0) {
            to += n;
            len -= (size_t)n;
        } else if (n == 0) {
            damaged(in, "its end is missing");
        } else if (errno != EINTR) {
            (void)err_set_errno(&in->failed, err_from_errno(errno), errno, "checkpoint %s: read",
                                in->dir);
        }
    }
    return in->failed.code == 0;
}

static void look_at_head(struct checkpoint_in *in)
{
    struct checkpoint_head mine, head;
    checkpoint_head(&mine);
    if (!read_all(in, &head, sizeof(head)))
        return;
    head.version[sizeof(head.version) - 1] = '\0';
    if (head.magic != mine.magic)
        (void)err_set(&in->failed, -E_MISMATCH, "checkpoint %s: state is not a checkpoint",
                      in->dir);
    else if (head.format != mine.format || head.program != mine.program || mine.program == 0)
        (void)err_set(&in->failed, -E_MISMATCH,
                      "checkpoint %s: written by another build of this program (%s): only the very "
                      "same one can go on from it",
                      in->dir, head.version);
}

static void let_go(struct checkpoint_in *in)
{
    if (in->fd >= 0)
        (void)close(in->fd);
    mem_free(in->dir);
    mem_free(in->chunk);
    *in = (struct checkpoint_in){.fd = -1};
}

int checkpoint_open(struct checkpoint_in *in, const char *dir, struct err *e)
{
    *in =
        (struct checkpoint_in){.dir = mem_strdup(dir), .chunk = mem_alloc(CHECKPOINT_CHUNK_BYTES)};
    in->fd = checkpoint_path_open(dir, "state", O_RDONLY);
    if (in->fd < 0)
        (void)err_set_errno(&in->failed, err_from_errno(errno), errno, "checkpoint %s: open state",
                            dir);
    else
        look_at_head(in);
    int code = in->failed.code;
    if (code != 0) {
        (void)err_set(e, code, "%s", in->failed.text);
        let_go(in);
    }
    return code;
}

/* The next chunk, verified. */
static bool next_chunk(struct checkpoint_in *in)
{
    struct checkpoint_chunk c;
    in->len = in->at = 0;
    if (!read_all(in, &c, sizeof(c)))
        return false;
    if (c.len > CHECKPOINT_CHUNK_BYTES) {
        damaged(in, "a length is wrong");
        return false;
    }
    if (!read_all(in, in->chunk, (size_t)c.len))
        return false;
    if (checkpoint_sum(in->chunks++, in->chunk, (size_t)c.len) != c.sum) {
        damaged(in, "a checksum is wrong");
        return false;
    }
    in->len = (size_t)c.len;
    in->ended = c.len == 0;
    return !in->ended;
}

bool checkpoint_get(struct checkpoint_in *in, void *data, size_t len)
{
    char *to = data;
    memset(data, 0, len);
    while (len > 0 && in->failed.code == 0) {
        if (in->at == in->len && (in->ended || !next_chunk(in))) {
            damaged(in, "it ends too early");
            break;
        }
        size_t part = in->len - in->at < len ? in->len - in->at : len;
        memcpy(to, in->chunk + in->at, part);
        in->at += part;
        to += part;
        len -= part;
    }
    return in->failed.code == 0;
}

uint64_t checkpoint_get_u64(struct checkpoint_in *in)
{
    uint64_t v;
    return checkpoint_get(in, &v, sizeof(v)) ? v : 0;
}

uint64_t checkpoint_get_count(struct checkpoint_in *in, uint64_t max)
{
    uint64_t v = checkpoint_get_u64(in);
    if (v <= max)
        return v;
    damaged(in, "a count is out of its bounds");
    return 0;
}

void checkpoint_refuse(struct checkpoint_in *in, const char *what)
{
    damaged(in, what);
}

int checkpoint_finish(struct checkpoint_in *in, struct err *e)
{
    char more;
    if (in->failed.code == 0 && (in->at < in->len || in->ended || next_chunk(in)))
        damaged(in, "it does not end where it should");
    if (in->failed.code == 0 && read(in->fd, &more, 1) != 0)
        damaged(in, "something stands behind its end");
    int code = in->failed.code;
    if (code != 0)
        (void)err_set(e, code, "%s", in->failed.text);
    let_go(in);
    return code;
}
