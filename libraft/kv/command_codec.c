/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command as bytes: argc u16, then len u32 and bytes of each word. */
#include "base/bytes.h"
#include "kv/command.h"

int command_encode(struct buf *out, const struct span *argv, size_t argc, struct err *e)
{
    ASSERT(argc >= 1);
    size_t bytes = 2;
    if (argc > LIMIT_RESP_ARGS)
        return err_set(e, -E_LIMIT, "command: %zu words, above %d", argc, LIMIT_RESP_ARGS);
    for (size_t i = 0; i < argc; i++) {
        if (argv[i].len > COMMAND_BYTES_MAX - bytes || bytes + 4 + argv[i].len > COMMAND_BYTES_MAX)
            return err_set(e, -E_LIMIT, "command: longer than %u bytes", COMMAND_BYTES_MAX);
        bytes += 4 + argv[i].len;
    }
    size_t begin = out->len;
    buf_put_u16(out, (uint16_t)argc);
    for (size_t i = 0; i < argc; i++) {
        buf_put_u32(out, (uint32_t)argv[i].len);
        buf_put(out, argv[i].data, argv[i].len);
    }
    if (out->overflow) {
        out->len = begin;
        return err_set(e, -E_LIMIT, "command: %zu bytes do not fit the buffer", bytes);
    }
    return 0;
}

int command_decode(struct span payload, struct command_words *ret_words, struct err *e)
{
    struct bytes c = bytes_of(payload.data, payload.len);
    size_t argc = bytes_u16(&c);
    if (argc == 0 || argc > LIMIT_RESP_ARGS)
        return err_set(e, -E_CORRUPT, "command: %zu words", argc);
    for (size_t i = 0; i < argc; i++) {
        size_t len = bytes_u32(&c);
        ret_words->argv[i] = span_of(bytes_take(&c, len), len);
    }
    if (!bytes_ended(&c))
        return err_set(e, -E_CORRUPT, "command: its words do not fit %zu bytes", payload.len);
    ret_words->argc = argc;
    return 0;
}
