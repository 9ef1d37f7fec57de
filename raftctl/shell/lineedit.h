/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Editing a line in a terminal while other things go on: all that the shell knows of readline. One
 * terminal, so one editor a process. A build without readline has the other half of this header:
 * lines as the terminal gives them, without completion, hints and recall. */
#ifndef RAFTCTL_SHELL_LINEEDIT_H
#define RAFTCTL_SHELL_LINEEDIT_H

#include "base/buf.h"

/* Words that may stand where the cursor is, whole; files: names of files may, too. */
struct lineedit_choices {
    char **list; /* owned by who takes them, each and the array */
    size_t count, cap;
    bool files;
};

struct lineedit_hooks {
    void *to;
    /* A line is entered; NULL: ^D, or the terminal is gone. The editor is hidden. */
    void (*line)(void *to, const char *line);
    /* What begins like line[start..cursor), where the word at the cursor begins at start. */
    void (*complete)(void *to, const char *line, size_t start, size_t cursor,
                     struct lineedit_choices *ret);
    /* What may follow the line, shown in grey. Returns how many bytes of it can be taken over. */
    size_t (*hint)(void *to, const char *line, struct buf *ret);
    /* A ? at the line's end. True: it is answered, and is no character of the line. */
    bool (*ask)(void *to, const char *line);
};

/* For the user: what this editor lacks ("" if nothing). */
const char *lineedit_lacks(void);

void lineedit_open(const struct lineedit_hooks *hooks);
void lineedit_close(void);

/* Shows the prompt and edits a new line; bytes \001 and \002 enclose what has no width. */
void lineedit_show(const char *prompt);
bool lineedit_shown(void);

/* Another prompt before the same line; nothing if it is hidden or the same. */
void lineedit_prompt(const char *prompt);

/* Standard input is readable: takes what is there and calls the hooks. */
void lineedit_read(void);

/* Whole lines, above the prompt and what is typed. Hidden: simply printed. place: 0, or a number:
 * the text takes the place of the one before of that number, if nothing came between them; what
 * does not fit into the window is cut off. */
void lineedit_above(struct buf *text, unsigned place);

/* ^C: the line is given up, and a new one begins. False: it was empty. */
bool lineedit_give_up(void);

/* The terminal has another size; or the process was stopped and goes on. */
void lineedit_resized(void);
void lineedit_continued(void);

/* For recall and search. */
void lineedit_remember(const char *entry);
void lineedit_forget(void);

#endif
