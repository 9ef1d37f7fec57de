/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clusters in one process of which a node lags too far for the log. Everything here fails the test
 * when something is not as it should be. */
#ifndef TESTS_SUPPORT_LAGGING_H
#define TESTS_SUPPORT_LAGGING_H

#include "tests/support/nodes.h"

/* The number behind "key": in a JSON text. */
uint64_t lagging_number(const char *json, const char *key);

/* So many small writes through node i; resp. 200 KiB of state, several pieces of an image's file.
 */
void lagging_write(struct nodes *n, unsigned i, unsigned count);
void lagging_write_much(struct nodes *n, unsigned i);

/* Runs until node i has applied all that node `of` has committed now; false: not in time. */
bool lagging_catches_up(struct nodes *n, unsigned i, unsigned of, uint64_t limit_ns);
/* Snapshots that node i took over in this life; bytes it has of the one being received. */
uint64_t lagging_installed(struct nodes *n, unsigned i);
uint64_t lagging_received(struct nodes *n, unsigned i);

/* Two of three nodes write until the third, which is started again then, needs an image; its
 * number. */
unsigned lagging_leave_behind(struct nodes *n, unsigned *ret_leader);
/* The same where images are taken on request only: both others have the same one, of the same
 * entry, and no log below it. */
unsigned lagging_two_with_an_image(struct nodes *n, unsigned *ret_leader, uint64_t *ret_bytes);
void lagging_run_until_half(struct nodes *n, unsigned f, uint64_t bytes);

/* Whatever a test looked at: nothing that the checkers know was broken. Closes the cluster. */
void lagging_finish(struct nodes *n);

#endif
