/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of workloads share: clients of a model, their operations, and replies to them. */
#ifndef TESTS_SUPPORT_ASKING_H
#define TESTS_SUPPORT_ASKING_H

#include "emulator/workload/workload.h"

/* Four clients of that model with five keys; half of what they ask are reads. */
struct scenario_clients asking_clients(const char *model);
/* Fails the test if there is none. */
struct workload *asking_workload(const struct scenario_clients *c, uint64_t seed);
/* An operation on k0; value: NULL or what it writes. */
struct workload_op asking_op(enum history_kind kind, const char *value);
/* The next operation of client 0 that is of that kind. */
void asking_draw(struct workload *w, enum history_kind kind, struct workload_op *ret);
/* Fails the test unless that is what is sent. */
void asking_expect(struct workload *w, const struct workload_op *op, const char *wanted);
/* Judges a reply given as it comes over the wire. */
void asking_judge(struct workload *w, const struct workload_op *op, const char *reply,
                  struct workload_answer *ret);

#endif
