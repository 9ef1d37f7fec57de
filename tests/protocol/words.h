/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command line of a case, word by word. */
#ifndef PROTOCOL_WORDS_H
#define PROTOCOL_WORDS_H

#include "base/err.h"
#include "raft/raft.h"

#define WORDS_MAX 64

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
/* "TERM,INDEX" */
struct raft_pos words_pos(struct words *w);
/* "on" or "off" */
bool words_switch(struct words *w);
/* A node's number, 1..max. */
raft_id words_node(struct words *w, uint32_t max);
/* Numbers up to the first word that is none. Returns how many. */
uint32_t words_numbers(struct words *w, uint64_t *ret, uint32_t max);

/* [voters 1 2 3] [old 1 2] [learners 4] [witnesses 3 4] [priorities 1=200 2=0], into an empty
 * configuration; who is a witness beside is a voter or learner too. Stops at any other word. */
void words_config(struct words *w, struct raft_config *ret);

void words_fail(struct words *w, const char *what, const char *word);
/* 0 if all words were read and none was wrong. */
int words_end(struct words *w) MUST_CHECK;

/* One number of a word, stopping at the first other character; false if there is none. */
bool words_parse(const char **at, uint64_t *ret);

#endif
