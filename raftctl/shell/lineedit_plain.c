/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Without readline: the terminal's own line editing. */
#include "base/mem.h"
#include "raftctl/shell/lineedit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
    struct lineedit_hooks hooks;
    bool shown;
    char *prompt;      /* owned, without what encloses what has no width */
    struct buf unread; /* up to the end of a line */
} editor;

const char *lineedit_lacks(void)
{
    return "built without readline: no completion, no hints, no recall and search of earlier lines";
}

static void put(const char *text)
{
    (void)fputs(text, stdout);
    (void)fflush(stdout);
}

static void keep_prompt(const char *prompt)
{
    struct buf text = {0};
    for (const char *p = prompt; *p != '\0'; p++) {
        if (*p != '\001' && *p != '\002')
            buf_putc(&text, *p);
    }
    mem_free(editor.prompt);
    editor.prompt = mem_strdup(buf_str(&text));
    buf_free(&text);
}

void lineedit_open(const struct lineedit_hooks *hooks)
{
    editor.hooks = *hooks;
}

void lineedit_close(void)
{
    editor.shown = false;
    mem_free(editor.prompt);
    editor.prompt = NULL;
    buf_free(&editor.unread);
}

/* A terminal gives one line at a time, or the beginning of one. */
static void next_line(void)
{
    char *end = editor.unread.len == 0 ? NULL : memchr(editor.unread.data, '\n', editor.unread.len);
    if (end == NULL)
        return;
    size_t len = (size_t)(end - editor.unread.data);
    char *line = mem_dup(editor.unread.data, len);
    buf_consume(&editor.unread, len + 1);
    editor.shown = false;
    editor.hooks.line(editor.hooks.to, line);
    mem_free(line);
}

void lineedit_show(const char *prompt)
{
    ASSERT(!editor.shown);
    keep_prompt(prompt);
    put(editor.prompt);
    editor.shown = true;
}

bool lineedit_shown(void)
{
    return editor.shown;
}

/* What is typed cannot be drawn again: the next prompt tells. */
void lineedit_prompt(const char *prompt)
{
    (void)prompt;
}

void lineedit_read(void)
{
    char bytes[4096];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n > 0) {
        buf_put(&editor.unread, bytes, (size_t)n);
        next_line();
        return;
    }
    put("\n");
    editor.shown = false;
    editor.hooks.line(editor.hooks.to, NULL);
}

void lineedit_above(struct buf *text, unsigned place)
{
    (void)place;
    if (editor.shown)
        put("\n");
    put(buf_str(text));
    if (editor.shown)
        put(editor.prompt);
}

bool lineedit_give_up(void)
{
    bool had = editor.unread.len > 0;
    buf_reset(&editor.unread);
    put("\n");
    editor.shown = false;
    return had;
}

void lineedit_resized(void)
{
}

void lineedit_continued(void)
{
    if (editor.shown)
        put(editor.prompt);
}

void lineedit_remember(const char *entry)
{
    (void)entry;
}

void lineedit_forget(void)
{
}
