/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs that run in a sandbox to be looked at, killed or left alone: the other role of
 * test_netem_sandbox, `test_netem_sandbox victim NAME MARKER`. */
#ifndef TESTS_SANDBOX_VICTIM_H
#define TESTS_SANDBOX_VICTIM_H

/* Victims write one byte a stage to this descriptor. */
#define VICTIM_FD 3

/* Bytes that the victim "lab" has written when it runs: in front, inside, network, each daemon. */
#define VICTIM_LAB_NODES  5
#define VICTIM_LAB_STAGES (3 + VICTIM_LAB_NODES)

/* Runs the victim with that name; what main returns. */
int victim_main(const char *name);

#endif
