/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A write that is executed once, though its reply may get lost: it belongs to a client session, so
 * sending it again gets the first answer. Thesis 6.3. */
#ifndef RAFTCTL_WRITE_ONCE_H
#define RAFTCTL_WRITE_ONCE_H

#include "raftctl/ask.h"

/* Like ask_cluster for a write, but a lost reply is asked for again until the timeout. CTL_UNKNOWN
 * remains for a reply that did not come in all that time. CTL_OK: close with ask_close(ret). */
enum ctl_exit write_once(const struct ctl *ctl, const struct span *argv, size_t argc,
                         struct answer *ret, struct failure *f);

#endif
