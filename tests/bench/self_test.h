/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the numbers rest on, checked without a server: the histogram against sorted values, and
 * that nothing is left of a scratch directory. */
#ifndef BENCH_SELF_TEST_H
#define BENCH_SELF_TEST_H

/* An exit code; says on stderr what is wrong. */
int self_test(void);

#endif
