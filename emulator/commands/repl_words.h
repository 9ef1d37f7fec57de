/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of repl as words: with blanks between, but what is quoted, or is JSON, is one word. */
#ifndef EMULATOR_REPL_WORDS_H
#define EMULATOR_REPL_WORDS_H

#include "base/err.h"

#include <stddef.h>

#define REPL_LINE_MAX  4000
#define REPL_WORDS_MAX 64

struct repl_words {
    char text[REPL_LINE_MAX + REPL_WORDS_MAX + 2];
    char *at[REPL_WORDS_MAX + 1]; /* ends with NULL */
    size_t count;
};

/* 'as it is' and "as it is" are one word; a word that begins with { or [ goes on to the bracket
 * that closes it. Errors: -E_INVALID (one is not closed), -E_LIMIT. */
int repl_words_split(const char *line, struct repl_words *ret, struct err *e) MUST_CHECK;

#endif
