/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions of the administrator: one command, one connection, one answer.
 *
 * They are asked over the node's admin socket, a file of its directory: cut and impaired links do
 * not touch them, only a node that stands still or is gone does. Of a node that is not raftd its
 * adapter is asked, who shall be a member and who not. */
#ifndef LIVE_ADMIN_H
#define LIVE_ADMIN_H

#include "emulator/live/nodes.h"

#include <uv.h>

struct admin; /* opaque */

/* All are borrowed until admin_close. */
struct admin *admin_new(uv_loop_t *loop, struct nodes *nodes);
/* Hangs up on all of them; the loop frees what is open. NULL is fine. */
void admin_close(struct admin *a);

/* As in world.h. */
int admin_ask(struct admin *a, unsigned node, const struct span *words, size_t count,
              uint64_t *ret_ticket, struct err *e) MUST_CHECK;
enum world_reply admin_reply(const struct admin *a, uint64_t ticket, char text[WORLD_TEXT_MAX]);
void admin_done(struct admin *a, uint64_t ticket);

#endif
