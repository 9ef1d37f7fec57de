/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines from whoever types: edited and completed at a terminal, plain from a pipe. */
#ifndef EMULATOR_PROMPT_H
#define EMULATOR_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

/* name_at: the k-th word that a line may begin with, NULL after the last. Borrowed. */
void prompt_open(const char *(*name_at)(size_t k));
/* The next line without its end, owned by the caller (free); NULL: there are no more. prompt is
 * shown at a terminal only. */
char *prompt_line(const char *prompt);
/* Whether somebody sits there. */
bool prompt_at_terminal(void);

/* What the two halves of this give each other: a line edited at a terminal, with readline or, in a
 * build without it, without; and a line as it comes. */
char *prompt_edited_line(const char *prompt);
char *prompt_plain_line(void);

#endif
