/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a change of members would mean for the quorum, before it is made: the leader says it. */
#ifndef RAFTCTL_PREVIEW_H
#define RAFTCTL_PREVIEW_H

#include "raftctl/ask.h"

/* Shows the answer to RAFT MEMBER DRYRUN, and whether who led before would lead no more. Exit code
 * CTL_NO if nothing could commit now after the change: a newcomer that was not heard counts as
 * silent. */
enum ctl_exit preview_show(const struct ctl *ctl, const struct answer *answer,
                           const struct survey *before);

#endif
