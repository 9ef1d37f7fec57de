/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a user's labs are, for who makes them and for who asks their nodes: a folder of his own, in
 * it a directory a lab, in it the sockets of its nodes.
 *
 * A lab lives as long as its keeper holds the lock on the file LABS_KEEPER of its directory. */
#ifndef LABS_LABS_H
#define LABS_LABS_H

#include "base/buf.h"
#include "base/err.h"

#define LABS_NAME_MAX 24       /* characters of a lab's name */
#define LABS_PATH_MAX 108      /* bytes of a path in it, with its end: that of a socket (unix(7)) */
#define LABS_MAX      64       /* labs of one user */
#define LABS_KEEPER   "keeper" /* in it: the keeper's process number */
#define LABS_CONTROL  "control" /* the socket that the keeper listens at */

/* 0, or -E_INVALID: letters, digits, '-', '_', not beginning with '-'. */
int labs_name_check(const char *name, struct err *e) MUST_CHECK;

/* The folder: $XDG_RUNTIME_DIR/raftlab if that directory is the user's own, else
 * /tmp/raftlab-UID. It need not be there. Errors: -E_LIMIT (its path is too long for sockets in
 * it), -E_PERMISSION (it is there, and another's, or open to others). */
int labs_folder(char ret[LABS_PATH_MAX], struct err *e) MUST_CHECK;

/* A lab's directory, and a path in it. Precondition: a checked name, a folder of labs_folder; the
 * file's name has at most 20 bytes. Return out. */
const char *labs_dir(const char *folder, const char *name, char out[LABS_PATH_MAX]);
const char *labs_path(const char *folder, const char *name, const char *file,
                      char out[LABS_PATH_MAX]);
/* The admin socket of a node: FOLDER/NAME/n1.sock. */
const char *labs_socket(const char *folder, const char *name, unsigned node,
                        char out[LABS_PATH_MAX]);

/* The names of the directories there, living or dead, in their order; at most LABS_MAX. Returns how
 * many. No folder: none. */
struct labs_names {
    char items[LABS_MAX][LABS_NAME_MAX + 1];
    size_t count;
};
void labs_list(const char *folder, struct labs_names *ret);

enum labs_state {
    LABS_NONE, /* no such lab */
    LABS_DEAD, /* its keeper is gone, its directory is not yet */
    LABS_LIVES
};
enum labs_state labs_state(const char *folder, const char *name);

/* 0: it lives. -E_NOTFOUND, with the names of those that live; -E_CLOSED: it is dead. */
int labs_living(const char *folder, const char *name, struct err *e) MUST_CHECK;

#endif
