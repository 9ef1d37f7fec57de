/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/listeners.h"

#include "raftd/address.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 511 /* connections that wait while the loop is busy; the kernel may allow fewer */

int listeners_fail(struct err *e, const char *key, const char *where, int status)
{
    if (status == UV_EADDRINUSE)
        return err_set(e, -E_BUSY, "%s: %s: another process listens there", key, where);
    if (status == UV_EADDRNOTAVAIL)
        return err_set(e, -E_NOTFOUND, "%s: %s: this host does not have the address", key, where);
    return err_set(e, status == UV_EACCES ? -E_PERMISSION : -E_IO, "%s: %s: %s", key, where,
                   uv_strerror(status));
}

int listeners_tcp(uv_loop_t *loop, uv_tcp_t *handle, const char *key, const char *address,
                  uv_connection_cb on_connection, struct err *e)
{
    struct address parsed;
    struct sockaddr_storage where;
    int status = uv_tcp_init(loop, handle);
    ASSERT(status == 0);
    const char *why = address_parse(address, &parsed);
    ASSERT(why == NULL); /* the configuration was checked */
    int code = address_resolve(&parsed, &where, e);
    if (code < 0) {
        (void)err_wrap(e, "%s: %s", key, address);
        return code;
    }
    status = uv_tcp_bind(handle, (const struct sockaddr *)&where, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)handle, BACKLOG, on_connection);
    return status == 0 ? 0 : listeners_fail(e, key, address, status);
}

/* Whether somebody answers at the socket file. */
static bool is_alive(const char *path)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    ASSERT(strlen(path) < sizeof(where.sun_path));
    memcpy(where.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return true; /* cannot tell: leave it alone */
    bool alive =
        connect(fd, (const struct sockaddr *)&where, sizeof(where)) == 0 || errno != ECONNREFUSED;
    (void)close(fd);
    return alive;
}

static int make_way(const char *key, const char *path, struct err *e)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return 0;
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, -E_EXISTS, "%s: %s: there is a file that is no socket", key, path);
    if (is_alive(path))
        return listeners_fail(e, key, path, UV_EADDRINUSE);
    (void)unlink(path);
    return 0;
}

static bool has_folder(const char *path)
{
    char folder[PATH_MAX];
    struct stat st;
    const char *slash = strrchr(path, '/');
    (void)snprintf(folder, sizeof(folder), "%.*s/.", slash == NULL ? 1 : (int)(slash - path),
                   slash == NULL ? "." : path);
    return stat(folder, &st) == 0 || errno != ENOENT;
}

int listeners_unix(uv_loop_t *loop, uv_pipe_t *handle, const char *key, const char *path,
                   uv_connection_cb on_connection, struct err *e)
{
    int status = uv_pipe_init(loop, handle, 0);
    ASSERT(status == 0);
    int code = make_way(key, path, e);
    if (code < 0)
        return code;
    mode_t before = umask(0177);
    status = uv_pipe_bind(handle, path);
    (void)umask(before);
    if (status == UV_EACCES && !has_folder(path)) /* libuv says that of a missing folder too */
        return err_set(e, -E_NOTFOUND, "%s: %s: there is no such directory", key, path);
    if (status == 0)
        status = uv_listen((uv_stream_t *)handle, BACKLOG, on_connection);
    return status == 0 ? 0 : listeners_fail(e, key, path, status);
}
