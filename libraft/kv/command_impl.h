/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of commands share. */
#ifndef KV_COMMAND_IMPL_H
#define KV_COMMAND_IMPL_H

#include "kv/command.h"

/* The error replies Redis clients know. */
void reply_syntax_error(struct buf *reply);
void reply_not_an_integer(struct buf *reply);

#define X(name, arity, flags, args, text, summary) \
    void apply_##name(const struct command_call *call, struct buf *reply);
COMMANDS(X)
#undef X

#endif
