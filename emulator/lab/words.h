/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A step of the scenario language as it is typed: an action's name, then words.
 *
 *     net.cut n1 n2             words in the order of the action's parameters
 *     net.set n1 all delay=50ms for=10s         KEY=VALUE, at any place
 *     net.partition n1,n2 n3,n4,n5              a comma between several of one thing
 *     net.partition '{"groups":[["n1"],["n2"]]}' for=10s        its parameters as JSON
 *     '{"net.cut":{"link":"all"},"for":"10s"}'                  the whole step as JSON
 *
 * Only the rows of the language say what a word means: which parameter is next, and of what type.
 */
#ifndef LAB_WORDS_H
#define LAB_WORDS_H

#include "base/buf.h"
#include "base/err.h"
#include "emulator/scenario/diag.h"

#define LAB_WORDS_MAX 64   /* of one step */
#define LAB_LINE_MAX  4000 /* bytes of all of them */

/* Which bytes of the JSON came from which word. */
struct lab_origin {
    struct place at; /* in the JSON */
    size_t word;
    size_t from; /* in the word */
};

struct lab_step {
    struct buf json; /* one step; owned */
    struct lab_origin origins[2 * LAB_WORDS_MAX];
    size_t origins_count;
};

/* nodes: how many there are. Errors: -E_INVALID (an unknown action, a word too many); what the
 * parser of the language will say is not asked here. step must be freed in every case. */
int lab_words(const char *const *words, size_t count, unsigned nodes, struct lab_step *ret,
              struct err *e) MUST_CHECK;
void lab_step_free(struct lab_step *s);
/* It is taken as JSON, to the byte. */
bool lab_word_is_json(const char *word);

/* The words on a line, and below it what place of the JSON is wrong, if a word is to blame for it:
 *   net.cut n1 n9
 *              ^~ cluster has n1..n5 */
void lab_words_point(const struct lab_step *s, const char *const *words, size_t count,
                     struct place at, const char *hint, struct buf *out);

/* An action's usage in such words: "net.cut FROM TO|all [STYLE]". */
void lab_words_usage(unsigned action, struct buf *out);

#endif
