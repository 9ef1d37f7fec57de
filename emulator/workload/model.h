/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model is made of. Private to workload/. */
#ifndef WORKLOAD_MODEL_H
#define WORKLOAD_MODEL_H

#include "base/prng.h"
#include "emulator/workload/workload.h"

#define KINDS_COUNT (HISTORY_INCR + 1)

struct workload_model {
    const char *name;
    /* What an operation of the mix is here: enum history_kind + 1; 0 = not known. */
    uint8_t kinds[OPS_COUNT];
    /* Values are padded to the scenario's value size on the wire; the history tells them without.
     */
    bool padded;
    /* The key's name, if it is not the slot's own. NULL: "kSLOT". */
    void (*name_key)(struct workload *w, struct workload_op *op);
    /* Fills in value and expectation of anything but a read. */
    void (*fill)(struct workload *w, unsigned client, struct workload_op *op);
    /* An ok answer. NULL: learns nothing. */
    void (*learn)(struct workload *w, const struct workload_op *op,
                  const struct workload_answer *a);
};

extern const struct workload_model model_register;
extern const struct workload_model model_append;
extern const struct workload_model model_cas;
extern const struct workload_model model_counter;

/* How a part of the load is asked. */
struct workload_shape {
    uint64_t weights[KINDS_COUNT];
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
    uint64_t *generations;       /* append: how many lists of a slot are full; owned */
};

/* Nothing is in it yet; its value will be as large as these are. */
void model_blank(struct workload_op *op, const struct workload_shape *how);
/* "4398046511105": client << 40 | counter, never 0. Appends it. */
void model_unique(struct workload *w, unsigned client, struct buf *out);
/* Appends '.' until out holds size bytes. */
void model_pad(struct buf *out, size_t size);

#endif
