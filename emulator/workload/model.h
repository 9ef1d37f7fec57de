/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model is made of. Private to workload/. */
#ifndef WORKLOAD_MODEL_H
#define WORKLOAD_MODEL_H

#include "base/prng.h"
#include "emulator/workload/workload.h"

struct workload_shape;

struct workload_model {
    const char *name;
    /* What an operation of the mix is here: enum history_kind + 1; 0 = not known. */
    uint8_t kinds[OPS_COUNT];
    const char *read; /* the command that reads all of a key; NULL: GET */
    /* Values are padded to the scenario's value size on the wire; the history tells them without.
     */
    bool padded;
    /* What it becomes among the others of the load. NULL: it stays. */
    enum history_kind (*among)(const struct workload_shape *how, enum history_kind kind);
    /* The key's name, if it is not the slot's own. NULL: "kSLOT". */
    void (*name_key)(const struct workload *w, const struct workload_shape *how,
                     struct workload_op *op);
    /* Fills in value and expectation of anything but a whole read. */
    void (*fill)(struct workload *w, const struct workload_shape *how, unsigned client,
                 struct workload_op *op);
    /* An ok answer. NULL: learns nothing. */
    void (*learn)(struct workload *w, const struct workload_op *op,
                  const struct workload_answer *a);
};

extern const struct workload_model model_register;
extern const struct workload_model model_append;
extern const struct workload_model model_cas;
extern const struct workload_model model_counter;
extern const struct workload_model model_set;
extern const struct workload_model model_queue;
extern const struct workload_model model_kv;

/* How a part of the load is asked. */
struct workload_shape {
    uint64_t weights[OPS_COUNT];
    uint64_t weights_sum;
    uint64_t keys;
    double hot;
    uint64_t size; /* of values, on the wire */
};

/* The newest value of a key that anybody saw. */
struct workload_seen {
    char *value; /* owned; NULL: none */
    uint64_t size;
};

struct workload {
    const struct scenario_clients *clients; /* borrowed */
    const struct workload_model *model;
    struct workload_shape shapes[WORKLOAD_PARTS];
    uint64_t keys;   /* the most there have been: so many slots are followed */
    uint64_t *sizes; /* owned: those that values were padded to */
    size_t sizes_count;
    struct workload_client {
        struct prng rnd;
        uint64_t written; /* values so far */
    } each[SCENARIO_CLIENTS_MAX];
    struct workload_seen *known; /* cas: of each slot; owned */
    /* Of each slot; owned. append: how many lists are full; set: elements that were added. */
    uint64_t *grown;
};

/* Nothing is in it yet but what it will be. Precondition: the model has such an operation. */
void model_begin(const struct workload *w, const struct workload_shape *how, enum op_id op,
                 enum read_mode mode, struct workload_op *ret);
/* Names the key of its slot, as the model does. */
void model_key(const struct workload *w, const struct workload_shape *how, struct workload_op *op);
/* "4398046511105": client << 40 | counter, never 0. Appends it. */
void model_unique(struct workload *w, unsigned client, struct buf *out);
/* "k3", or "k3.7" where that is not the first. */
void model_name(struct workload_op *op, uint64_t generation);
/* Makes a read one of a few keys that follow each other in the order of their bytes. */
void model_scan(const struct workload_shape *how, struct workload_op *op);
/* Fills in ",CLIENT.NUMBER": a piece that nobody ever appended, padded. */
void model_piece(struct workload *w, const struct workload_shape *how, unsigned client,
                 struct workload_op *op);
/* Appends '.' until out holds size bytes. */
void model_pad(struct buf *out, size_t size);

#endif
