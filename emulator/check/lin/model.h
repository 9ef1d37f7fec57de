/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sequential object behind one key: absent or a byte string. States are numbers. A set is
 * its elements in the order of their bytes, a queue the oldest first, each behind a comma. */
#ifndef EMULATOR_CHECK_LIN_MODEL_H
#define EMULATOR_CHECK_LIN_MODEL_H

#include "base/buf.h"
#include "emulator/trace/history.h"

/* A transition that was computed before. */
struct lin_edge {
    uint32_t state;
    uint32_t argument;
    uint32_t to;  /* LIN_STUCK or a state */
    uint8_t verb; /* the operation's kind + 1; 0 = free */
};

/* Which texts are one state. */
enum lin_shape {
    LIN_PLAIN,
    LIN_SETS,  /* the same elements in another order */
    LIN_COUNTS /* "0" and absent */
};

/* Owns its states. State 0 is "absent". */
struct lin_model {
    const struct history *h;
    struct texts states;
    enum lin_shape shape;
    struct lin_edge *edges; /* owned; open addressing */
    size_t edges_cap;
    size_t edges_count;
    struct buf bytes;
    size_t used_bytes; /* of all states */
};

/* An operation with its texts as states of the model. */
struct lin_step {
    uint8_t kind;
    bool done;     /* cas: it swapped; add, remove: it changed the set; contains: it was there */
    bool silent;   /* a refused cas, add, remove: the answer does not tell */
    bool known;    /* its answer is known and must fit */
    bool observes; /* history_observes */
    uint32_t value;
    uint32_t expect;
    uint32_t result;
};

#define LIN_STUCK UINT32_MAX

void lin_model_init(struct lin_model *m, const struct history *h, enum lin_shape shape);
void lin_model_free(struct lin_model *m);
/* What a key holds, by the number of the text in the history. */
uint32_t lin_model_state(struct lin_model *m, uint32_t text);
struct lin_step lin_model_step(struct lin_model *m, const struct history_op *op);

/* The state after the operation, or LIN_STUCK when its answer does not fit. One that is unknown and
 * would change nothing may be left out as well: a cas and a dequeue are stuck then, any other
 * leaves the state as it is. */
uint32_t lin_model_apply(struct lin_model *m, const struct lin_step *step, uint32_t state);

#endif
