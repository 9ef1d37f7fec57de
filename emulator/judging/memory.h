/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory of a program that judges, and of the simulated runs it judges. */
#ifndef EMULATOR_JUDGING_MEMORY_H
#define EMULATOR_JUDGING_MEMORY_H

/* Twice what a day of a hundred operations a second and faults needs. What is needed beyond it
 * comes from the C library, piece by piece. */
#define MEMORY_ASIDE_BYTES (512u << 20)

/* Sets it aside (base/reserve.h), once, for all runs and their judges, one after the other: before
 * anything of the first is made, so that from then on no event asks the C library for memory. Only
 * addresses are taken; if the system has not that many, the runs do without. For one thread: the
 * one that calls it. */
void memory_set_aside(void);

#endif
