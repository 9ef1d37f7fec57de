/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftd --verify DIR, --dump DIR and --contents: what is in files, by a program that knows them. */
#ifndef RAFTD_EXAMINE_H
#define RAFTD_EXAMINE_H

/* argv: what follows the option. Print, and return an exit code. */
int examine_verify(int argc, char *const *argv); /* reads all of a data directory */
int examine_dump(int argc, char *const *argv);   /* the same, each key and entry a line of JSON */
/* From standard input a snapshot as it travels; to standard output, in RESP, the commands that make
 * its data again. */
int examine_contents(int argc, char *const *argv);

#endif
