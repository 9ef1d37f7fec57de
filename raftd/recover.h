/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftd --recover DIR [--yes] [--json]: a data directory at rest, looked at or recovered by
 * force. */
#ifndef RAFTD_RECOVER_H
#define RAFTD_RECOVER_H

/* argv: what follows --recover. Prints, and returns an exit code. */
int recover_run(int argc, char *const *argv);

#endif
