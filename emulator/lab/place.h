/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory of a lab: made for one keeper, gone with it. */
#ifndef LAB_PLACE_H
#define LAB_PLACE_H

#include "labs/labs.h"

/* Makes FOLDER/NAME, and the folder, and takes its lock; the directory of a dead lab of that name
 * is removed before. *ret_lock is the caller's: the lab lives as long as somebody has it open.
 * Errors: -E_EXISTS (it lives), -E_LIMIT (LABS_MAX), those of mkdir. */
int place_claim(const char *folder, const char *name, int *ret_lock, struct err *e) MUST_CHECK;
/* Writes the keeper's number into it. */
int place_sign(int lock, struct err *e) MUST_CHECK;
/* The directory goes, and the folder if it was the last. By the keeper, at its end. */
void place_remove(const char *folder, const char *name);
/* Removes what dead labs have left; *ret are their names. */
void place_sweep(const char *folder, struct labs_names *ret);

#endif
