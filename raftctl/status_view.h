/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a survey is shown. */
#ifndef RAFTCTL_STATUS_VIEW_H
#define RAFTCTL_STATUS_VIEW_H

#include "base/buf.h"
#include "raftctl/sink.h"
#include "raftctl/survey.h"

/* One line for the cluster, one for a change of members under way, one for each node, one for each
 * warning. */
void status_put_table(struct buf *out, const struct survey *s, const struct sink *sink);
/* One line a node, the table's cells between tabs: for awk and cut. No mark at the leader's name;
 * CONTACT in milliseconds. */
void status_put_plain(struct buf *out, const struct survey *s);
/* JSON: {"v":1,"cluster":{…},"nodes":[…],"warnings":[…],"via":{…}}. */
void status_put_json(struct buf *out, const struct survey *s);

#endif
