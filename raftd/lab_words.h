/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command of the lab channel, cut into words: "ID VERB KEY=VALUE KEY=VALUE". Whoever carries it
 * out takes each word once, and what nobody takes is an error. */
#ifndef RAFTD_LAB_WORDS_H
#define RAFTD_LAB_WORDS_H

#include "base/err.h"

#define LAB_WORDS_MAX 16

struct lab_word {
    const char *key, *value; /* in the line */
    bool taken;
};

struct lab_words {
    uint64_t id;
    const char *verb;
    struct lab_word each[LAB_WORDS_MAX];
    size_t count;
};

/* A line of len bytes, and a NUL behind them; writes into it, and borrows it. Errors: -E_INVALID;
 * then ret->id is 0 if there is none. */
int lab_words_cut(char *line, size_t len, struct lab_words *ret, struct err *e) MUST_CHECK;

/* NULL: not given. */
const char *lab_words_text(struct lab_words *w, const char *key);
/* A number within bounds, in decimal; it must be there. Errors: -E_INVALID. */
int lab_words_u64(struct lab_words *w, const char *key, uint64_t min, uint64_t max, uint64_t *ret,
                  struct err *e) MUST_CHECK;
int lab_words_i64(struct lab_words *w, const char *key, int64_t min, int64_t max, int64_t *ret,
                  struct err *e) MUST_CHECK;
/* The place of a value in a list of names; it must be there. Errors: -E_INVALID. */
int lab_words_choice(struct lab_words *w, const char *key, const char *const *names, size_t count,
                     unsigned *ret, struct err *e) MUST_CHECK;
/* Before anything is done: every word was taken. Errors: -E_INVALID. */
int lab_words_end(const struct lab_words *w, struct err *e) MUST_CHECK;

#endif
