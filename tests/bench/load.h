/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A closed loop of RESP requests: a fixed number outstanding, a new one for each reply. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "base/err.h"
#include "base/histogram.h"
#include "base/span.h"

#define LOAD_KEY_BYTES   16
#define LOAD_VALUE_BYTES 256

enum load_op {
    LOAD_SET,
    LOAD_GET, /* the keys must be there: see load_fill */
};

/* Keys are drawn uniformly; all values are the same bytes, and a GET must return them. */
struct load_spec {
    uint16_t port; /* of 127.0.0.1 */
    enum load_op op;
    unsigned connections;
    unsigned depth; /* requests outstanding on each */
    uint64_t keys_count;
    uint64_t seed;
};

/* Of requests answered while load_for ran, sent before or within. An operation is a reply that
 * says what it should; every other reply is an error and counts neither in operations nor in
 * latencies. */
struct load_result {
    uint64_t elapsed_ns;
    uint64_t errors;
    char first_error[128];
    struct histogram latency_ns; /* from writing the request to having read its reply */
};

struct load;

/* Connects and sends the first requests. Errors: -E_IO, -E_CLOSED. */
int load_open(const struct load_spec *spec, struct load **ret, struct err *e) MUST_CHECK;
/* Keeps the loop running for so long, and counts into ret (NULL: warming up). Errors: -E_CLOSED
 * (the server hung up), -E_INVALID (what it sends is not RESP). */
int load_for(struct load *l, uint64_t ns, struct load_result *ret, struct err *e) MUST_CHECK;
/* Waits for the replies still outstanding. Errors: as above, and -E_TIMEOUT. */
int load_drain(struct load *l, struct err *e) MUST_CHECK;
/* l may be NULL. */
void load_free(struct load *l);

/* SETs every key once. Errors: as above; -E_INVALID too when the server refused any. */
int load_fill(uint16_t port, uint64_t keys_count, struct err *e) MUST_CHECK;

#endif
