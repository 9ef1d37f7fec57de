/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What clients ask for: a seeded stream of operations, their requests, and what answers mean.
 *
 * A model decides which operations there are and which values they write; no value is ever written
 * twice to a key, so that a history can be judged. The same seed gives every client the same draws;
 * what a client learned from answers (cas) may enter its operations. */
#ifndef WORKLOAD_WORKLOAD_H
#define WORKLOAD_WORKLOAD_H

#include "emulator/scenario/model.h"
#include "emulator/trace/history.h"
#include "wire/resp_reply.h"

#define WORKLOAD_KEY_MAX   VOCAB_KEY_MAX
#define WORKLOAD_ERROR_MAX 32
#define WORKLOAD_VALUE_MAX VOCAB_VALUE_MAX /* of a wish */
#define WORKLOAD_SCAN_KEYS 8               /* of one scan, at most */
#define WORKLOAD_SCAN_KEY  24              /* bytes of the name of one */

struct workload; /* opaque */

/* clients is borrowed until workload_free. Errors: -E_UNSUPPORTED: the model, or an operation of
 * the mix, is not known here. */
int workload_new(const struct scenario_clients *clients, uint64_t seed, struct workload **ret,
                 struct err *e) MUST_CHECK;
void workload_free(struct workload *w);
/* The load: asked all the time; a burst: beside it. */
enum workload_part { WORKLOAD_LOAD, WORKLOAD_BURST, WORKLOAD_PARTS };
/* Asked so from now on. Errors: -E_UNSUPPORTED (the model lacks an operation of the mix), and
 * nothing is changed. */
int workload_shape(struct workload *w, enum workload_part part, const struct scenario_load *how,
                   struct err *e) MUST_CHECK;

/* One operation. All-zero is valid; the buffers are kept from one draw to the next. A scan is one
 * request, and to the history a read of each of its keys. */
struct workload_op {
    enum history_kind kind;
    const char *mode; /* of a read, as the history tells it; NULL: index */
    uint64_t slot;    /* which of the scenario's keys */
    char key[WORKLOAD_KEY_MAX];
    struct buf value; /* what it writes, or an element: as the history tells it */
    uint64_t size;    /* on the wire it is padded to that */
    bool has_expect;  /* cas: false: the key must be absent */
    struct buf expect;
    uint64_t expect_size;
    unsigned scans; /* keys of a scan, ascending; 0: it is none */
    char scan_keys[WORKLOAD_SCAN_KEYS][WORKLOAD_SCAN_KEY];
    char scan_end[WORKLOAD_SCAN_KEY]; /* the first key behind them */
};
void workload_op_free(struct workload_op *op);

/* An answer's meaning. All-zero is valid; the buffer is kept. */
struct workload_answer {
    enum history_outcome outcome;
    bool malformed; /* no answer to this operation at all: the outcome is unknown */
    bool has_result;
    struct buf result;
    uint32_t found[WORKLOAD_SCAN_KEYS]; /* scan: where each value stands in result, + 1; 0: none */
    uint64_t size;                      /* of a value, on the wire */
    bool done;                      /* cas: it swapped; delete, add, remove: it changed something;
                                       contains: it is there */
    uint64_t index;                 /* 0 = not told */
    char error[WORKLOAD_ERROR_MAX]; /* "" or the error's code */
};
void workload_answer_free(struct workload_answer *a);

/* The next operation of a client (its number, from 0; < clients->count). */
void workload_draw(struct workload *w, unsigned client, enum workload_part part,
                   struct workload_op *ret);

/* An operation as somebody wants it. The texts are borrowed for the call. */
struct workload_wish {
    enum op_id kind;
    const char *key;   /* NULL: the load's first one */
    const char *value; /* write, cas; NULL: one that nobody ever wrote */
    enum read_mode mode;
};

/* That operation of a client, like one that was drawn. A cas expects what anyone last saw of its
 * key. Errors: -E_UNSUPPORTED: the model has none of that kind, or cannot follow that key or value;
 * -E_INVALID. */
int workload_wish(struct workload *w, unsigned client, const struct workload_wish *wish,
                  struct workload_op *ret, struct err *e) MUST_CHECK;

/* A client's session with the servers: a write of it that is sent again is executed once. */
struct workload_session {
    uint64_t id;
    uint64_t seq; /* of this write; all before it are answered, or given up */
};

/* Appends its request to out; session: of a write, or NULL. Returns the write's name in traces; 0:
 * of a read. */
uint64_t workload_encode(const struct workload *w, const struct workload_op *op,
                         const struct workload_session *session, struct buf *out);

/* Judges a complete reply on a connection that asked for RAFT INDEXED ON. Errors that promise that
 * nothing happened are failures; UNKNOWN, and what is no answer at all, is unknown. */
void workload_judge(struct workload *w, const struct workload_op *op,
                    const struct resp_value *reply, struct workload_answer *ret);

/* "lease", "local"; NULL for index. */
const char *workload_mode_name(enum read_mode mode);

/* How many operations of the history it is: one, but for a scan. */
unsigned workload_parts(const struct workload_op *op);
const char *workload_key(const struct workload_op *op, unsigned part);

/* Both records of the history of one part; they borrow the texts. name: as workload_encode told it;
 * node: its number; -1: left out. */
struct trace_record workload_invoke_record(const struct workload_op *op, unsigned part,
                                           uint64_t t_ns, uint64_t number, const char *client,
                                           uint64_t name);
struct trace_record workload_return_record(const struct workload_op *op, unsigned part,
                                           const struct workload_answer *a, uint64_t t_ns,
                                           uint64_t number, int node);

#endif
