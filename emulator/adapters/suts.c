/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/adapters/suts.h"

#include "base/buf.h"
#include "base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXEC      "exec:"
#define WORDS_MAX 64

/* The path as it is: what a program does may depend on the link it was called by. */
static char *absolute(const char *path)
{
    char here[PATH_MAX];
    struct buf whole = {0};
    struct stat there;
    if (stat(path, &there) < 0 || !S_ISREG(there.st_mode) || access(path, X_OK) < 0)
        return NULL;
    if (path[0] != '/' && getcwd(here, sizeof(here)) != NULL)
        buf_putf(&whole, "%s/", here);
    buf_puts(&whole, path);
    char *copy = mem_strdup(buf_str(&whole));
    buf_free(&whole);
    return copy;
}

char *adapter_program(const char *name)
{
    const char *path = getenv("PATH");
    struct buf at = {0};
    char *found = NULL;
    if (strchr(name, '/') != NULL)
        return absolute(name);
    while (path != NULL && *path != '\0' && found == NULL) {
        size_t len = strcspn(path, ":");
        buf_reset(&at);
        buf_put(&at, path, len);
        buf_putf(&at, "/%s", name);
        found = absolute(buf_str(&at));
        path += len + (path[len] == ':');
    }
    buf_free(&at);
    return found;
}

/* Words between blanks. */
static int split(const char *text, char **words, struct err *e)
{
    size_t count = 0;
    for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
        size_t len = strcspn(text, " ");
        if (count == WORDS_MAX)
            return err_set(e, -E_INVALID, "sut: more than %d words", WORDS_MAX);
        words[count++] = mem_dup(text, len);
        text += len;
    }
    return count > 0 ? 0 : err_set(e, -E_INVALID, "sut: exec: names no program");
}

/* Why a name is no program's. */
static int not_found(const char *name, struct err *e)
{
    struct stat there;
    if (stat(name, &there) < 0)
        return err_set(e, -E_NOTFOUND, "sut: %s: no such program", name);
    if (S_ISDIR(there.st_mode))
        return err_set(e, -E_NOTFOUND, "sut: %s: a directory, not a program", name);
    if (!S_ISREG(there.st_mode) || access(name, X_OK) < 0)
        return err_set(e, -E_NOTFOUND, "sut: %s: not executable: chmod +x it", name);
    return err_set(e, -E_NOTFOUND, "sut: %s: not in PATH: say ./%s for the file here", name, name);
}

static int of_exec(const char *text, char **words, struct err *e)
{
    int code = split(text, words, e);
    if (code < 0)
        return code;
    char *path = adapter_program(words[0]);
    if (path == NULL)
        return not_found(words[0], e);
    mem_free(words[0]);
    words[0] = path;
    return 0;
}

int adapter_words(const char *sut, char ***ret, struct err *e)
{
    char **words = mem_array(WORDS_MAX + 1, sizeof(*words));
    char self[PATH_MAX];
    int code = 0;
    if (strncmp(sut, EXEC, strlen(EXEC)) == 0) {
        code = of_exec(sut + strlen(EXEC), words, e);
    } else {
        ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
        if (len <= 0) {
            code = err_set(e, -E_NOTFOUND, "sut: this program's own path is not known");
        } else {
            words[0] = mem_dup(self, (size_t)len);
            words[1] = mem_strdup("adapter");
            words[2] = mem_strdup(sut);
        }
    }
    if (code < 0)
        adapter_words_free(words);
    else
        *ret = words;
    return code;
}

void adapter_words_free(char **words)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; i++)
        mem_free(words[i]);
    mem_free(words);
}
