/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node's reply to the administrator means. */
#ifndef CLIENTS_ADMIN_ANSWER_H
#define CLIENTS_ADMIN_ANSWER_H

#include "emulator/runner/world.h"
#include "wire/resp_reply.h"

/* WORLD_OK or WORLD_REFUSED, and the reply as text for people. */
enum world_reply admin_answer(const struct resp_value *reply, char ret_text[WORLD_TEXT_MAX]);

#endif
