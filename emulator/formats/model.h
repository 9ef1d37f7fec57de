/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the operations of a foreign history can mean, and what their names suggest. */
#ifndef EMULATOR_FORMATS_MODEL_H
#define EMULATOR_FORMATS_MODEL_H

#include "base/buf.h"
#include "emulator/check/lin/lin.h"

#define FOREIGN_GUESS ((enum lin_data)LIN_DATA_COUNT)

/* What an operation's name stands for. "add" is one name of two things: the model tells. */
enum verb {
    VERB_READ,
    VERB_WRITE,
    VERB_CAS,
    VERB_DELETE,
    VERB_APPEND,
    VERB_ADD,
    VERB_INCR,
    VERB_REMOVE,
    VERB_CONTAINS,
    VERB_ENQUEUE,
    VERB_DEQUEUE,
    VERB_DRAIN,
    VERB_TXN,
    VERBS
};

/* What a keyless object is called in sentences: "register". */
const char *model_object(enum lin_data model);
/* The model's operations, as "read, write, cas". */
const char *model_operations(enum lin_data model);
bool model_has(enum lin_data model, enum verb verb);
/* What the operation is to the judges; not for VERB_TXN. */
enum history_kind model_kind(enum lin_data model, enum verb verb);

/* The verb of a name ("get" is a read), or VERBS. */
enum verb verb_find(struct trace_text name);

/* What was seen of a file before its model is chosen. */
struct seen {
    uint32_t verbs;  /* bits 1 << verb */
    bool collection; /* some answer of a read is a collection */
    bool keyed;      /* operations have a key beside their value */
};

/* The model the names suggest; FOREIGN_GUESS if none has all of them. */
enum lin_data model_guess(struct seen seen);

#endif
