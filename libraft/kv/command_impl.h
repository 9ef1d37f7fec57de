/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of commands share. */
#ifndef KV_COMMAND_IMPL_H
#define KV_COMMAND_IMPL_H

#include "kv/command.h"

/* A bulk string's head and line ends, at most. */
#define BULK_OVERHEAD_BYTES 16

/* The error replies Redis clients know. */
void reply_syntax_error(struct buf *reply);
void reply_not_an_integer(struct buf *reply);
/* False: it is longer than LIMIT_PATTERN_BYTES, and the reply says so. */
bool reply_pattern_fits(struct span pattern, struct buf *reply);
void reply_wrong_type(struct buf *reply);
void reply_invalid_expiry(const struct command_call *call, struct buf *reply);

/* What the first key holds, of a command whose flags say what that may be; if it is absent, an
 * empty item of that key. */
struct kv_item held_item(const struct command_call *call);
/* Its value, or null. */
void reply_held(const struct command_call *call, struct buf *reply);

/* False, and the error is written, if it is too long. */
bool key_fits(struct span key, struct buf *reply);
bool value_fits(size_t len, struct buf *reply);
/* An end of a range over so many: from the end if negative, cut to it. */
size_t range_position(int64_t at, size_t len);

/* When something ends that lives for count units from now on. False, and the error is written,
 * unless text is an integer and the time is positive and bounded. */
bool expiry_of(const struct command_call *call, struct span text, uint64_t unit_ns,
               uint64_t *ret_expires_ns, struct buf *reply) MUST_CHECK;

#define X(name, arity, flags, args, text, summary) \
    void apply_##name(const struct command_call *call, struct buf *reply);
COMMANDS(X)
#undef X

#endif
