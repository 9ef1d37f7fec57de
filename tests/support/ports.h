/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ports of the loopback that nobody else takes, however many tests run at once. */
#ifndef TESTS_SUPPORT_PORTS_H
#define TESTS_SUPPORT_PORTS_H

#define PORTS_BLOCK 20

/* So many of them in a row, this test's alone until it ends or lets them go: the first is bound by
 * it, and keeps whoever does the same off the others, *ret + 1 up to *ret + PORTS_BLOCK - 1. They
 * are below those that the kernel gives to connections. The descriptor to close; fails the test if
 * there are none. */
int ports_hold(unsigned *ret);

#endif
