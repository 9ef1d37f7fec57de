/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The image's part of a start. */
#ifndef STORE_RECOVER_PRIVATE_H
#define STORE_RECOVER_PRIVATE_H

#include "store/recover.h"

/* In a directory being formatted: -E_LOST if there is an image. */
int recover_no_image(const struct store *s, struct err *e) MUST_CHECK;

/* Chooses the image that goes with the opened log and hard state, into s->image and the report.
 * Changes nothing. -E_CORRUPT: there is none, and the log does not reach back to its beginning. */
int recover_find_image(struct store *s, struct store_report *r, struct err *e) MUST_CHECK;

/* Finishes the installation that a crash broke off, if it did; removes temporary files and
 * superfluous partials; opens what is left of a reception. */
int recover_settle_image(struct store *s, struct store_report *r, struct err *e) MUST_CHECK;

/* Opens log and hard state; create: an empty log. */
int recover_open_log(struct store *s, const struct store_options *o, bool create,
                     struct store_report *r, struct err *e) MUST_CHECK;

/* The log or the images did not open for why (-E_CORRUPT), the hard state did: gives them up if
 * that is safe, and begins an empty log. Otherwise returns -E_CORRUPT, or -E_LOST, with *e filled.
 */
int recover_give_up(struct store *s, const struct store_options *o, struct store_report *r,
                    const struct err *why, struct err *e) MUST_CHECK;
/* Goes on where that was broken off (identity.aside). */
int recover_go_on(struct store *s, const struct store_options *o, struct store_report *r,
                  struct err *e) MUST_CHECK;

#endif
