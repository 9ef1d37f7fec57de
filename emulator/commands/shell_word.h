/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of others in what is printed: in commands for somebody to copy, as a shell reads them; in
 * messages, so that none drives a terminal. */
#ifndef EMULATOR_SHELL_WORD_H
#define EMULATOR_SHELL_WORD_H

#include "base/buf.h"

/* The text as one word of a shell, quoted where it must be. It lives in room, which is emptied
 * first and is the caller's to free. */
const char *shell_word(struct buf *room, const char *text);
/* The same text in a message: on one line, control characters as \xNN. */
const char *visible_text(struct buf *room, const char *text);
/* Prints " --set WORD" for each of them. */
void shell_print_sets(const char *const *sets, size_t count);

#endif
