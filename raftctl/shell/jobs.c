/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/jobs.h"

#include "base/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct order {
    char **words;
    size_t count;
    const char *const *defaults;
    bool picture;
};

/* In the process beside. */
static int obey(void *arg, int fd)
{
    struct order *order = arg;
    struct sink sink;
    if (dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        return CTL_IO;
    sink_standard(&sink);
    sink.pictures = order->picture;
    return (int)verbs_obey(order->words, order->count, order->defaults, &sink);
}

int jobs_start(struct jobs *j, char **words, size_t count, const char *const *defaults,
               const char *line, bool picture, struct err *e)
{
    struct order order = {words, count, defaults, picture};
    if (j->count == JOBS_MAX)
        return err_set(e, -E_LIMIT, "%d verbs go on already: \\stop ends them", JOBS_MAX);
    struct job *job = &j->jobs[j->count];
    *job = (struct job){.child = CHILD_NONE};
    int rc = child_start(&job->child, SOCK_STREAM, obey, &order, e);
    if (rc < 0)
        return rc;
    job->number = j->count == 0 ? 1 : j->last + 1;
    job->line = mem_strdup(line);
    job->picture = picture;
    buf_init(&job->said, 2 * JOBS_LINE_BYTES_MAX);
    j->last = job->number;
    j->count++;
    return (int)job->number;
}

static int take_off(struct jobs *j, size_t i)
{
    struct job *job = &j->jobs[i];
    int code = child_end(&job->child);
    mem_free(job->line);
    buf_free(&job->said);
    j->count--;
    memmove(job, job + 1, (j->count - i) * sizeof(*job));
    return code;
}

/* The last one that is whole: those before it were never seen, and one that is begun is not told.
 */
static void put_picture(struct job *job, struct buf *ret)
{
    const char *end =
        job->said.len == 0 ? NULL : memrchr(job->said.data, SINK_PICTURE_END, job->said.len);
    if (end == NULL)
        return;
    size_t len = (size_t)(end - job->said.data);
    const char *before = len == 0 ? NULL : memrchr(job->said.data, SINK_PICTURE_END, len);
    size_t start = before == NULL ? 0 : (size_t)(before - job->said.data) + 1;
    buf_put(ret, job->said.data + start, len - start);
    buf_consume(&job->said, len + 1);
}

/* Up to the last line's end; a line that is too long as far as it goes. */
static void put_lines(struct job *job, struct buf *ret)
{
    const char *end = job->said.len == 0 ? NULL : memrchr(job->said.data, '\n', job->said.len);
    size_t len = end == NULL ? 0 : (size_t)(end - job->said.data) + 1;
    if (job->said.len - len > JOBS_LINE_BYTES_MAX)
        len = job->said.len;
    if (len == 0)
        return;
    buf_put(ret, job->said.data, len);
    buf_consume(&job->said, len);
}

static void put_end(struct buf *out, const struct job *job)
{
    buf_putf(out, "[%u] %s: ended", job->number, job->line);
}

bool jobs_read(struct jobs *j, size_t i, struct buf *ret)
{
    struct job *job = &j->jobs[i];
    char bytes[16384];
    ssize_t n;
    while ((n = recv(job->child.fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0 &&
           job->said.len <= JOBS_LINE_BYTES_MAX)
        buf_put(&job->said, bytes, (size_t)n);
    if (job->picture)
        put_picture(job, ret);
    else
        put_lines(job, ret);
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
        return false;
    buf_put(ret, job->said.data, job->said.len);
    if (job->said.len > 0)
        buf_putc(ret, '\n');
    put_end(ret, job);
    int code = take_off(j, i);
    buf_putf(ret, code == 0 ? "\n" : " (exit %d)\n", code);
    return true;
}

size_t jobs_stop(struct jobs *j, unsigned number, struct buf *ret)
{
    size_t stopped = 0;
    for (size_t i = 0; i < j->count;) {
        if (number != 0 && j->jobs[i].number != number) {
            i++;
            continue;
        }
        put_end(ret, &j->jobs[i]);
        buf_putc(ret, '\n');
        (void)take_off(j, i);
        stopped++;
    }
    return stopped;
}
