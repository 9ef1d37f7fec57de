/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/lines.h"

#include "base/mem.h"
#include "emulator/trace/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define WINDOW (128u << 10) /* fits beside the rest into a second-level cache */

struct lines lines_of(const char *data, size_t len)
{
    return (struct lines){.at = data, .end = len > 0 ? data + len : data}; /* data may be NULL */
}

int lines_open(struct lines *l, const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "%s: open", path);
    *l = (struct lines){.fd = fd, .reads = true};
    return 0;
}

static void stop_reading(struct lines *l)
{
    if (l->reads)
        (void)close(l->fd);
    l->reads = false;
}

void lines_close(struct lines *l)
{
    stop_reading(l);
    mem_free(l->window);
    *l = (struct lines){0};
}

/* What is left goes to the front of the window, which grows if a line is longer than it. */
static void make_room(struct lines *l)
{
    size_t left = (size_t)(l->end - l->at);
    if (left > 0 && l->at != l->window)
        memmove(l->window, l->at, left);
    if (left == l->cap) {
        l->cap = l->cap == 0 ? WINDOW : l->cap * 2;
        l->window = mem_grow(l->window, l->cap, 1);
    }
    l->at = l->window;
    l->end = l->window + left;
}

/* More of the file behind what is left of the window. */
static int fill(struct lines *l, struct err *e)
{
    ssize_t n;
    if (l->end - l->at > (ptrdiff_t)TRACE_LINE_MAX)
        return err_set(e, -E_LIMIT, "line %llu: longer than 16 MiB",
                       (unsigned long long)l->number + 1);
    make_room(l);
    size_t used = (size_t)(l->end - l->window);
    do {
        n = read(l->fd, l->window + used, l->cap - used);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_set_errno(e, -E_IO, errno, "cannot read behind line %llu",
                             (unsigned long long)l->number);
    if (n == 0)
        stop_reading(l);
    l->end += n;
    return 0;
}

int lines_next(struct lines *l, struct line *ret, struct err *e)
{
    const char *nl = NULL;
    size_t searched = 0;
    for (;;) {
        size_t len = (size_t)(l->end - l->at);
        if (len > searched)
            nl = memchr(l->at + searched, '\n', len - searched);
        if (nl != NULL || !l->reads)
            break;
        searched = len;
        int code = fill(l, e);
        if (code < 0)
            return code;
    }
    if (l->at == l->end)
        return 0;
    const char *end = nl != NULL ? nl : l->end;
    *ret = (struct line){l->at, (size_t)(end - l->at), ++l->number, nl != NULL};
    l->at = end + (nl != NULL);
    return 1;
}
