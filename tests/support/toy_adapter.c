/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store behind the adapter protocol, and as small as one can be: its nodes share a directory, a
 * file a key, under one lock. Written from PROTOCOL.md alone, with another JSON reader.
 *
 * Given a word it misbehaves: lie (says ok to every fifth write and does not do it), forget (a node
 * that starts empties the store), rude (answers in prose), old (another protocol), headless (nobody
 * ever leads), clumsy (ends by itself at the twentieth operation), stubborn (does not stop), fixed
 * (knows nothing of members), quits (ends in order at the twentieth operation). */
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define VALUE_MAX (64 << 10)

static const char *mode = "", *node;
static char shared[4096];
static int lock_fd = -1, alive_fd = -1, nodes = 1;
static unsigned writes, operations;

static bool is(const char *word)
{
    return strcmp(mode, word) == 0;
}

static const char *text(const cJSON *line, const char *member)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(line, member);
    return cJSON_IsString(v) ? v->valuestring : NULL;
}

static void path_of(char *out, size_t size, const char *kind, const char *name)
{
    (void)snprintf(out, size, "%.4000s/%s-%.60s", shared, kind, name);
}

/* NULL: there is none. */
static const char *load(const char *key)
{
    static char value[VALUE_MAX + 1];
    char path[4200];
    path_of(path, sizeof(path), "key", key);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, value, VALUE_MAX);
    if (fd >= 0)
        close(fd);
    value[n < 0 ? 0 : n] = '\0';
    return n < 0 ? NULL : value;
}

/* All of it or nothing: it may be killed at any moment. */
static void save(const char *key, const char *value)
{
    char path[4200], fresh[4200];
    path_of(path, sizeof(path), "key", key);
    path_of(fresh, sizeof(fresh), "new", node);
    if (is("lie") && ++writes % 5 == 0)
        return;
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, value, strlen(value)) != (ssize_t)strlen(value))
        exit(1);
    close(fd);
    if (rename(fresh, path) < 0)
        exit(1);
}

/* Adds done and result to the answer. */
static bool operate(const cJSON *line, cJSON *answer)
{
    static char value[2 * VALUE_MAX];
    const char *kind = text(line, "kind"), *key = text(line, "key");
    const char *wanted = text(line, "value"), *expect = text(line, "expect"), *was = load(key);
    if (strcmp(kind, "read") == 0) {
        if (was != NULL)
            cJSON_AddStringToObject(answer, "result", was);
        else
            cJSON_AddNullToObject(answer, "result");
    } else if (strcmp(kind, "write") == 0) {
        save(key, wanted);
    } else if (strcmp(kind, "append") == 0) {
        (void)snprintf(value, sizeof(value), "%s%.1000s", was == NULL ? "" : was, wanted);
        save(key, value);
        cJSON_AddNumberToObject(answer, "result", (double)strlen(value));
    } else if (strcmp(kind, "cas") == 0) {
        bool same = was == NULL || expect == NULL ? was == expect : strcmp(was, expect) == 0;
        cJSON_AddBoolToObject(answer, "done", same);
        if (same)
            save(key, wanted);
        else if (was != NULL)
            cJSON_AddStringToObject(answer, "result", was);
    } else {
        return false;
    }
    return true;
}

static void op(const cJSON *line, cJSON *answer)
{
    if ((is("clumsy") || is("quits")) && ++operations == 20) {
        (void)fprintf(stderr, "out of patience\n");
        exit(is("clumsy") ? 3 : 0);
    }
    (void)flock(lock_fd, LOCK_EX);
    if (!operate(line, answer)) {
        cJSON_ReplaceItemInObject(answer, "is", cJSON_CreateString("fail"));
        cJSON_AddStringToObject(answer, "error", "UNSUPPORTED no such operation");
    }
    (void)flock(lock_fd, LOCK_UN);
}

static void forget_all(void)
{
    DIR *dir = opendir(shared);
    for (struct dirent *d; dir != NULL && (d = readdir(dir)) != NULL;) {
        if (strncmp(d->d_name, "key-", 4) == 0)
            (void)unlinkat(dirfd(dir), d->d_name, 0);
    }
    if (dir != NULL)
        (void)closedir(dir);
}

/* A newcomer is one once somebody was asked to take it in. */
static void await_membership(void)
{
    char path[4200];
    path_of(path, sizeof(path), "member", node);
    while (access(path, F_OK) < 0)
        (void)poll(NULL, 0, 10);
}

static void change_members(const cJSON *line, bool joins)
{
    char path[4200];
    const char *who = text(line, "node");
    path_of(path, sizeof(path), "member", who == NULL ? "" : who);
    if (!joins)
        (void)unlink(path);
    else
        close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644));
}

/* A lock for as long as the process lives tells the others that it does. */
static void start(const cJSON *line)
{
    char path[4200];
    if (text(line, "join") != NULL)
        await_membership();
    path_of(path, sizeof(path), "alive", node);
    alive_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    (void)flock(alive_fd, LOCK_EX);
    if (is("forget"))
        forget_all();
}

/* The first by number that lives. */
static void leader(cJSON *answer)
{
    char path[4200], name[16];
    for (int i = 1; i <= nodes && !is("headless"); i++) {
        (void)snprintf(name, sizeof(name), "n%d", i);
        path_of(path, sizeof(path), "alive", name);
        int fd = strcmp(name, node) == 0 ? -1 : open(path, O_RDWR | O_CLOEXEC);
        bool lives = strcmp(name, node) == 0 ||
                     (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK);
        if (fd >= 0)
            close(fd);
        if (lives) {
            cJSON_AddStringToObject(answer, "leader", name);
            return;
        }
    }
    cJSON_AddNullToObject(answer, "leader");
}

static void hello(cJSON *answer)
{
    static const char *const can[] = {"read", "write", "append", "cas", "leader", "members"};
    cJSON_AddNumberToObject(answer, "protocol", is("old") ? 0 : 1);
    cJSON_AddStringToObject(answer, "name", "toy");
    cJSON_AddStringToObject(answer, "version", "1");
    cJSON_AddItemToObject(answer, "can", cJSON_CreateStringArray(can, is("fixed") ? 5 : 6));
}

static void answer_line(const cJSON *line)
{
    const char *asked = text(line, "do");
    cJSON *answer = cJSON_CreateObject();
    cJSON_AddItemToObject(answer, "id", cJSON_Duplicate(cJSON_GetObjectItem(line, "id"), false));
    cJSON_AddStringToObject(answer, "is", "ok");
    if (strcmp(asked, "hello") == 0)
        hello(answer);
    else if (strcmp(asked, "start") == 0)
        start(line);
    else if (strcmp(asked, "leader") == 0)
        leader(answer);
    else if (strcmp(asked, "join") == 0 || strcmp(asked, "remove") == 0)
        change_members(line, strcmp(asked, "join") == 0);
    else if (strcmp(asked, "op") == 0)
        op(line, answer);
    char *said = cJSON_PrintUnformatted(answer);
    (void)printf("%s\n", is("rude") ? "What do you want?" : said);
    (void)fflush(stdout);
    free(said);
    cJSON_Delete(answer);
}

int main(int argc, char **argv)
{
    static char line[VALUE_MAX];
    const char *dir = getenv("LAB_DIR");
    mode = argc > 1 ? argv[1] : "";
    node = getenv("LAB_NODE");
    for (const char *at = getenv("LAB_PEERS"); at != NULL && (at = strchr(at, ',')) != NULL; at++)
        nodes++;
    if (dir == NULL || node == NULL)
        return 2;
    (void)snprintf(shared, sizeof(shared), "%.4000s/../../shared", dir);
    (void)mkdir(shared, 0755);
    char path[4200];
    path_of(path, sizeof(path), "lock", "all");
    lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        cJSON *asked = cJSON_Parse(line);
        if (asked == NULL || text(asked, "do") == NULL)
            return 2;
        answer_line(asked);
        cJSON_Delete(asked);
    }
    while (is("stubborn"))
        (void)pause();
    return 0;
}
