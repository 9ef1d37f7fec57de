/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The change of members that the leader makes at present, for whoever looks at the cluster. */
#ifndef RAFTCTL_PENDING_H
#define RAFTCTL_PENDING_H

#include "base/jsonw.h"
#include "raftctl/survey.h"

/* "replace n3 n4 h4:7001, for 12 s: n4 catches up before it votes, 120 entries behind"; false, and
 * nothing appended, if no change is under way, or the leader was not heard. */
bool pending_say(const struct survey *s, struct buf *out);

/* What holds it up, while a newcomer does not answer the leader: who, and what to do about it.
 * Its row, or NULL, and nothing, if that is not so. */
const struct survey_row *pending_say_silent(const struct survey *s, struct buf *out);

/* What is to become of a node in it: "promote" once it has caught up, "remove" then, or NULL. */
const char *pending_part(const struct survey *s, const struct survey_row *row);

/* Adds to the remarks on a node, "; " between them: "to vote once it has caught up" or "to be
 * removed", and "drained". */
void pending_remark(const struct survey *s, const struct survey_row *row, struct buf *out);

/* "change":{"asked":…,"phase":…,"for_ms":…,"text":…}, if one is under way. */
void pending_put(struct jsonw *w, const struct survey *s);
#define PENDING_SCHEMA "change?:{asked:s phase:s for_ms:n newcomers:[s] leavers:[s] text:s}"

#endif
