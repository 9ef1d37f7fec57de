/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/logger.h"

#include "base/jsonw.h"
#include "base/units.h"
#include "raftd/turn.h"

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES_MAX 8192

static void put_time(const struct logger *log, char out[40])
{
    struct timespec now;
    struct tm utc;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    uint64_t wall_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
    if (log->wall != NULL)
        wall_ns = lab_clock_wall(log->wall, turn_now_ns(), wall_ns);
    const time_t wall_s = (time_t)(wall_ns / NS_PER_S);
    (void)gmtime_r(&wall_s, &utc);
    size_t n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(out + n, 40 - n, ".%03uZ", (unsigned)(wall_ns / NS_PER_MS % 1000));
}

/* These keys, in this order, in every line. */
static void put_json(struct buf *line, const struct logger *log, const char *topic,
                     const char *level, const char *when, const char *text)
{
    struct jsonw w;
    jsonw_init(&w, line);
    jsonw_object(&w);
    jsonw_kv_string(&w, "time", when);
    jsonw_kv_string(&w, "level", level);
    jsonw_kv_string(&w, "node", log->node);
    jsonw_kv_string(&w, "topic", topic);
    jsonw_kv_string(&w, "text", text);
    jsonw_end(&w);
}

/* Text that came from outside must not forge a second line or move the cursor. */
static void put_plain(struct buf *line, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            buf_putf(line, "\\x%02x", c);
        else
            buf_putc(line, *text);
    }
}

/* Whoever reads the lines may have stopped: then they are lost, and the node goes on. A pipe that
 * takes something takes PIPE_BUF bytes. Returns how many were taken: the rest of them is lost. */
static size_t put_bytes(const char *data, size_t len)
{
    size_t done = 0;
    while (done < len) {
        struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
        if (poll(&out, 1, 0) == 0)
            break;
        ssize_t n =
            write(STDERR_FILENO, data + done, len - done < PIPE_BUF ? len - done : PIPE_BUF);
        if (n <= 0)
            break; /* nowhere left to say it */
        done += (size_t)n;
    }
    return done;
}

static void put_line(struct buf *line, const struct logger *log, enum env_topic topic,
                     enum env_level level, const char *text)
{
    char when[40];
    put_time(log, when);
    if (log->json) {
        put_json(line, log, env_topic_name(topic), env_level_name(level), when, text);
    } else {
        buf_putf(line, "%s %-7s %s %-8s ", when, env_level_name(level), log->node,
                 env_topic_name(topic));
        put_plain(line, text);
    }
    buf_putc(line, '\n');
}

void logger_write(const struct logger *log, enum env_topic topic, enum env_level level,
                  const char *text)
{
    static uint64_t lost; /* lines since the last that came through: one log a process */
    static bool cut;      /* the first of them in its middle */
    struct buf line = {0};
    if (level < log->level)
        return;
    if (cut)
        buf_putc(&line, '\n');
    if (lost > 0) {
        char gap[64];
        (void)snprintf(gap, sizeof(gap), "%" PRIu64 " lines of this log are lost: nobody read it",
                       lost);
        put_line(&line, log, ENV_ABOUT_PROCESS, ENV_WARNING, gap);
    }
    put_line(&line, log, topic, level, text);
    size_t done = put_bytes(line.data, line.len);
    lost = done == line.len ? 0 : lost + 1;
    cut = done > 0 ? line.data[done - 1] != '\n' : cut;
    buf_free(&line);
}

void logger_printf(const struct logger *log, enum env_topic topic, enum env_level level,
                   const char *fmt, ...)
{
    if (level < log->level)
        return;
    char text[LINE_BYTES_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    logger_write(log, topic, level, text);
}
