/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/history.h"

#include "base/mem.h"
#include "base/span.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void history_default_path(struct buf *ret)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state != NULL && state[0] == '/')
        buf_putf(ret, "%s/raftctl/history", state);
    else if (home != NULL && home[0] == '/')
        buf_putf(ret, "%s/.local/state/raftctl/history", home);
}

static void remember(struct history *h, const char *text, size_t len)
{
    if (h->count == HISTORY_ENTRIES_MAX) {
        mem_free(h->entries[0]);
        memmove(h->entries, h->entries + 1, (HISTORY_ENTRIES_MAX - 1) * sizeof(h->entries[0]));
        h->count--;
    }
    h->entries[h->count++] = mem_dup(text, len);
}

/* Every folder above the file, each for its owner alone where it is new. */
static int make_folders(const char *path, struct err *e)
{
    char *folder = mem_strdup(path);
    int rc = 0;
    for (char *p = strchr(folder + 1, '/'); p != NULL && rc == 0; p = strchr(p + 1, '/')) {
        *p = '\0';
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
            rc = err_set_errno(e, err_from_errno(errno), errno, "%s", folder);
        *p = '/';
    }
    mem_free(folder);
    return rc;
}

/* The file's end, at most HISTORY_FILE_BYTES_MAX of it. */
static int read_end(int fd, struct buf *ret)
{
    char bytes[16384];
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -1;
    off_t skip = st.st_size - (off_t)HISTORY_FILE_BYTES_MAX;
    if (skip > 0 && lseek(fd, skip, SEEK_SET) < 0)
        return -1;
    ssize_t n;
    while ((n = read(fd, bytes, sizeof(bytes))) > 0 && ret->len < HISTORY_FILE_BYTES_MAX)
        buf_put(ret, bytes, (size_t)n);
    return n < 0 ? -1 : 0;
}

static size_t take_entries(struct history *h, const struct buf *bytes)
{
    size_t seen = 0;
    for (size_t at = 0; at < bytes->len;) {
        const char *text = bytes->data + at;
        size_t len = strnlen(text, bytes->len - at);
        if (len > 0 && len <= HISTORY_ENTRY_BYTES_MAX) {
            remember(h, text, len);
            seen++;
        }
        at += len + 1;
    }
    return seen;
}

static int write_all(int fd, const struct buf *bytes)
{
    for (size_t done = 0; done < bytes->len;) {
        ssize_t n = write(fd, bytes->data + done, bytes->len - done);
        if (n < 0 && errno != EINTR)
            return -1;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* Opens, writes, closes: several shells may share a file. */
static int put(const char *path, int flags, const struct buf *bytes, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    if (fd < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "%s", path);
    int rc = 0;
    if (fchmod(fd, 0600) < 0 || write_all(fd, bytes) < 0)
        rc = err_set_errno(e, err_from_errno(errno), errno, "%s", path);
    (void)close(fd);
    return rc;
}

/* The file anew with what is remembered, when it has grown far beyond it. */
static int shorten(struct history *h, struct err *e)
{
    struct buf bytes = {0}, path = {0};
    for (size_t i = 0; i < h->count; i++) {
        if (!history_is_secret(h->entries[i]))
            buf_put(&bytes, h->entries[i], strlen(h->entries[i]) + 1);
    }
    buf_putf(&path, "%s.%ld", h->path, (long)getpid());
    int rc = put(buf_str(&path), O_TRUNC, &bytes, e);
    if (rc == 0 && rename(buf_str(&path), h->path) < 0)
        rc = err_set_errno(e, err_from_errno(errno), errno, "%s", h->path);
    if (rc < 0)
        (void)unlink(buf_str(&path));
    buf_free(&bytes);
    buf_free(&path);
    return rc;
}

static int load(struct history *h, struct err *e)
{
    struct buf bytes = {0};
    struct stat st;
    int fd = open(h->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || fstat(fd, &st) < 0) {
        int error_number = errno;
        if (fd >= 0)
            (void)close(fd);
        return err_set_errno(e, err_from_errno(error_number), error_number, "%s", h->path);
    }
    int rc = 0;
    if (!S_ISREG(st.st_mode))
        rc = err_set(e, -E_INVALID, "%s: no regular file", h->path);
    else if (read_end(fd, &bytes) < 0)
        rc = err_set_errno(e, err_from_errno(errno), errno, "%s", h->path);
    (void)close(fd);
    if (rc == 0 && (take_entries(h, &bytes) > 2 * (size_t)HISTORY_ENTRIES_MAX ||
                    st.st_size > (off_t)HISTORY_FILE_BYTES_MAX))
        rc = shorten(h, e);
    buf_free(&bytes);
    return rc;
}

int history_open(struct history *h, const char *path, struct err *e)
{
    *h = (struct history){.path = mem_strdup(path)};
    int rc = make_folders(path, e);
    if (rc == 0)
        rc = load(h, e);
    if (rc < 0) {
        mem_free(h->path);
        h->path = NULL;
        (void)err_wrap(e, "history");
    }
    return rc;
}

static void forget(struct history *h)
{
    for (size_t i = 0; i < h->count; i++)
        mem_free(h->entries[i]);
    h->count = 0;
}

void history_close(struct history *h)
{
    forget(h);
    mem_free(h->path);
    h->path = NULL;
}

bool history_is_secret(const char *entry)
{
    static const char *const words[] = {"password",   "passwd",     "passphrase", "secret",
                                        "token",      "api_key",    "api-key",    "apikey",
                                        "credential", "private_key"};
    if (entry[0] == ' ' || entry[0] == '\t')
        return true;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcasestr(entry, words[i]) != NULL)
            return true;
    }
    return false;
}

int history_add(struct history *h, const char *entry, struct err *e)
{
    if (h->count > 0 && strcmp(h->entries[h->count - 1], entry) == 0)
        return 0;
    size_t len = strlen(entry);
    remember(h, entry, len);
    if (h->path == NULL || len > HISTORY_ENTRY_BYTES_MAX || history_is_secret(entry))
        return 1;
    struct buf bytes = {0};
    buf_put(&bytes, entry, len + 1);
    int rc = put(h->path, O_APPEND, &bytes, e);
    buf_free(&bytes);
    return rc < 0 ? rc : 1;
}

int history_clear(struct history *h, struct err *e)
{
    const struct buf nothing = {0};
    forget(h);
    return h->path == NULL ? 0 : put(h->path, O_TRUNC, &nothing, e);
}

const char *history_find(const struct history *h, const char *prefix)
{
    size_t len = strlen(prefix);
    for (size_t i = h->count; i > 0; i--) {
        const char *entry = h->entries[i - 1];
        if (strncmp(entry, prefix, len) == 0 && entry[len] != '\0')
            return entry;
    }
    return NULL;
}
