/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command line of a case, word by word. */
#ifndef SUPPORT_WORDS_H
#define SUPPORT_WORDS_H

#include "base/err.h"

#define WORDS_MAX 128

/* Words are handed out in order; at <= count. The first mistake is kept and everything after it
 * reads as zero, so a verb parses its line and looks once. */
struct words {
    char text[512];
    const char *word[WORDS_MAX];
    uint32_t count;
    uint32_t at;
    struct err err;
};

void words_split(struct words *w, const char *line);
/* The next word, or NULL at the end. */
const char *words_peek(const struct words *w);
/* Takes the next word if it is this one. */
bool words_take(struct words *w, const char *word);
/* The next word; "" and an error at the end. */
const char *words_next(struct words *w);
uint64_t words_number(struct words *w);
uint64_t words_duration(struct words *w);
/* "on" or "off" */
bool words_switch(struct words *w);
/* Numbers up to the first word that is none. Returns how many. */
uint32_t words_numbers(struct words *w, uint64_t *ret, uint32_t max);

void words_fail(struct words *w, const char *what, const char *word);
/* 0 if all words were read and none was wrong. */
int words_end(struct words *w) MUST_CHECK;

/* One number of a word, stopping at the first other character; false if there is none. */
bool words_parse(const char **at, uint64_t *ret);

#endif
