/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario's file in memory, and the way from a path to a scenario. */
#include "base/mem.h"
#include "emulator/scenario/lint.h"
#include "emulator/scenario/source_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int scan(struct scenario_source *src)
{
    diags_init(&src->diags, src->path, src->text, src->len);
    src->doc = json_read(src->text, src->len, &src->diags);
    return src->doc != NULL ? 0 : -E_INVALID;
}

int scenario_source_text(struct scenario_source *src, const char *name, const char *text,
                         size_t len, struct err *e)
{
    *src = (struct scenario_source){.path = mem_strdup(name)};
    diags_init(&src->diags, src->path, "", 0);
    if (len > JSON_BYTES_MAX)
        return err_set(e, -E_LIMIT, "%.300s: %zu bytes: a scenario has at most %u", name, len,
                       JSON_BYTES_MAX);
    src->text = mem_dup(text, len);
    src->len = len;
    if (scan(src) == 0)
        return 0;
    return err_set(e, -E_INVALID, "%.300s: not a scenario", name);
}

/* Reads up to one byte more than allowed, so that a file that grows is noticed, too. */
static int read_all(int fd, const char *path, char **ret_text, size_t *ret_len, struct err *e)
{
    char *text = mem_alloc(JSON_BYTES_MAX + 1);
    size_t len = 0;
    while (len <= JSON_BYTES_MAX) {
        ssize_t n = read(fd, text + len, JSON_BYTES_MAX + 1 - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int code = errno;
            mem_free(text);
            return err_set_errno(e, err_from_errno(code), code, "%.300s: cannot be read", path);
        }
        if (n == 0)
            break;
        len += (size_t)n;
    }
    if (len > JSON_BYTES_MAX) {
        mem_free(text);
        return err_set(e, -E_LIMIT, "%.300s: larger than 1 MiB: a scenario is one story", path);
    }
    *ret_text = text;
    *ret_len = len;
    return 0;
}

int scenario_source_read(const char *path, char **ret_text, size_t *ret_len, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        int code = errno;
        return err_set_errno(e, err_from_errno(code), code, "%.300s", path);
    }
    struct stat st;
    int result;
    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
        result = err_set(e, -E_IO, "%.300s: not a file", path);
    else
        result = read_all(fd, path, ret_text, ret_len, e);
    (void)close(fd);
    return result;
}

int scenario_source_open(struct scenario_source *src, const char *path, struct err *e)
{
    *src = (struct scenario_source){.path = mem_strdup(path), .in_file = true};
    diags_init(&src->diags, src->path, "", 0);
    int result = scenario_source_read(path, &src->text, &src->len, e);
    if (result < 0)
        return result;
    if (scan(src) == 0)
        return 0;
    return err_set(e, -E_INVALID, "%.300s: not a scenario", path);
}

void scenario_source_close(struct scenario_source *src)
{
    json_free(src->doc);
    diags_free(&src->diags);
    for (size_t i = 0; i < src->overrides.count; i++)
        mem_free(src->overrides.items[i]);
    mem_free(src->overrides.items);
    for (size_t i = 0; i < src->included_count; i++)
        mem_free(src->included[i]);
    mem_free(src->steps_at);
    mem_free(src->text);
    mem_free(src->path);
    *src = (struct scenario_source){0};
}

int scenario_override(struct scenario_source *src, const char *assignment, struct err *e)
{
    ASSERT(src->doc != NULL);
    if (json_override(src->doc, assignment, e) < 0)
        return -E_INVALID;
    src->overrides.items =
        mem_grow(src->overrides.items, src->overrides.count + 1, sizeof(*src->overrides.items));
    src->overrides.items[src->overrides.count++] = mem_strdup(assignment);
    return 0;
}

size_t scenario_around_step(const struct scenario *s, const char *step, struct buf *out)
{
    buf_putf(out,
             "{\"version\": 1, \"name\": \"one-step\", \"cluster\": {\"voters\": %zu, "
             "\"learners\": %zu, \"spare\": %zu}, ",
             s->cluster.voters, s->cluster.learners, s->cluster.spare);
    if (s->clients.count > 0)
        buf_putf(out, "\"clients\": {\"count\": %zu, \"model\": \"%s\"}, ", s->clients.count,
                 s->clients.model);
    buf_puts(out, "\"steps\": [");
    size_t at = out->len;
    buf_putf(out, "%s]}", step);
    return at;
}

static int load(struct scenario_source *src, const char *const *assignments, size_t count,
                const struct lint_world *world, struct scenario **ret, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        if (scenario_override(src, assignments[i], e) < 0)
            return -E_INVALID;
    }
    struct scenario *s = scenario_source_parse(src);
    if (s != NULL && scenario_lint(s, src, world) == 0) {
        *ret = s;
        return 0;
    }
    bool unable = s != NULL && src->diags.errors == src->diags.unables;
    scenario_free(s);
    if (unable)
        return err_set(e, -E_UNSUPPORTED, "%.300s: cannot run in the %s world", src->path,
                       world->name);
    return err_set(e, -E_INVALID, "%.300s: not a scenario", src->path);
}

int scenario_load(const char *path, const char *const *assignments, size_t assignments_count,
                  const struct lint_world *world, struct buf *out, struct scenario **ret,
                  struct err *e)
{
    struct scenario_source src;
    struct err reason = {0};
    int result = scenario_source_open(&src, path, &reason);
    if (result == 0)
        result = load(&src, assignments, assignments_count, world, ret, &reason);
    if (result < 0 && src.diags.errors == 0)
        buf_putf(out, "error: %s\n", reason.text);
    diags_render(&src.diags, out);
    scenario_source_close(&src);
    if (result < 0 && e != NULL)
        *e = reason;
    return result;
}
