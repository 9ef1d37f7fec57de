/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what was typed to commands and their words: quotes, escapes, braces, lines that go on. */
#ifndef RAFTCTL_SHELL_WORDS_H
#define RAFTCTL_SHELL_WORDS_H

#include "base/err.h"
#include "base/span.h"

/*   'as it is'   "with \n \t \r \xNN \" \\"   \x20 or a\ b outside of quotes
 *   {…}          a word that begins with a brace goes to the one that closes it, as it is
 *   ; or a line's end separates commands, a \ before the line's end does not; # begins a remark
 *   \name        at the beginning of a command is a command of the shell; \! takes the whole line
 */
#define WORDS_MAX 1024 /* words of a command */

/* Why a text is not yet whole: more lines are to come. */
enum words_open { WORDS_WHOLE, WORDS_IN_QUOTES, WORDS_IN_BRACES, WORDS_GOES_ON };

struct word {
    size_t start, end; /* where it stands in the text, quotes and all */
    char *text;        /* owned: what it says */
    bool bare;         /* written without quotes, escapes and braces */
};

/* One command. All zero is an empty one. */
struct words {
    struct word *list; /* owned, with list[0..count) filled */
    size_t count, cap;
    enum words_open open; /* of the text; its last word is then cut */
};

/* Reads the next command at *at and moves *at behind it; ret is overwritten (free it in the end).
 * Returns 1, or 0 at the end of the text, or -E_INVALID (an escape that is none, a byte 0) or
 * -E_LIMIT with a sentence. */
int words_next(struct span text, size_t *at, struct words *ret, struct err *e) MUST_CHECK;

/* Whether it is the program's own name: before a verb it says nothing, and errors that tell what to
 * type begin with it. */
bool words_is_program(const struct word *word);

/* Whether the text needs more lines. A text with a mistake in it does not. */
enum words_open words_open(struct span text);

void words_free(struct words *w);

#endif
