/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT SESSION OPEN [TTL_MS], CLOSE ID, WRITE ID SEQ FIRST_OPEN COMMAND…: a write that is sent
 * again because its answer was lost is executed once (thesis 6.3). */
#include "base/units.h"
#include "node/node_private.h"

/* Longest election timeouts a session must survive unused: its client cannot do anything then. */
#define ELECTIONS_MIN 10u

static int open_payload(struct node *n, const struct span *argv, size_t argc, struct err *e)
{
    uint64_t ttl_ms = SESSION_TTL_NS_DEFAULT / NS_PER_MS;
    bool given = argc == 2;
    if (argc > 2 || (given && !span_to_u64(argv[1], &ttl_ms)) || ttl_ms == 0 ||
        ttl_ms > SESSION_TTL_NS_MAX / NS_PER_MS)
        return err_set(e, -E_INVALID, "give RAFT SESSION OPEN [TTL in milliseconds, 1 to %llu]",
                       (unsigned long long)(SESSION_TTL_NS_MAX / NS_PER_MS));
    uint64_t least_ns = ELECTIONS_MIN * n->options.timing.election_ns_max;
    if (ttl_ms * NS_PER_MS < least_ns)
        return err_set(e, -E_INVALID,
                       "a session must outlive %u elections, that is %llu milliseconds",
                       ELECTIONS_MIN, (unsigned long long)(least_ns / NS_PER_MS));
    envelope_encode_open(&n->frame, ttl_ms * NS_PER_MS);
    return 0;
}

static int close_payload(struct node *n, const struct span *argv, size_t argc, struct err *e)
{
    uint64_t sid;
    if (argc != 2 || !span_to_u64(argv[1], &sid) || sid == 0 || sid >= SESSION_NUMBER_END)
        return err_set(e, -E_INVALID, "give RAFT SESSION CLOSE ID");
    envelope_encode_close(&n->frame, sid);
    return 0;
}

int session_numbers(const struct span argv[static 3], struct session_write *ret, struct err *e)
{
    struct session_write w;
    if (!span_to_u64(argv[0], &w.sid) || !span_to_u64(argv[1], &w.seq) ||
        !span_to_u64(argv[2], &w.first_open))
        return err_set(e, -E_INVALID, "give RAFT SESSION WRITE ID SEQ FIRST_OPEN COMMAND...");
    if (w.sid == 0 || w.first_open == 0 || w.first_open > w.seq || w.sid >= SESSION_NUMBER_END ||
        w.seq >= SESSION_NUMBER_END)
        return err_set(e, -E_INVALID, "sessions are numbered from 1, and 1 <= FIRST_OPEN <= SEQ");
    *ret = w;
    return 0;
}

static int write_payload(struct node *n, const struct span *argv, size_t argc, struct err *e)
{
    struct session_write w;
    struct buf error = {0};
    if (argc < 5)
        return err_set(e, -E_INVALID, "give RAFT SESSION WRITE ID SEQ FIRST_OPEN COMMAND...");
    int code = session_numbers(argv + 1, &w, e);
    if (code < 0)
        return code;
    const struct command *command = command_find(argv[4]);
    if (command == NULL && span_is_word(argv[4], "exec"))
        return err_set(e, -E_INVALID, "EXEC without MULTI");
    if (command == NULL || (command->flags & COMMAND_WRITE) == 0)
        return err_set(e, -E_INVALID, "a session executes data commands that write");
    bool fits = command_check_arity(command, argc - 4, &error);
    buf_free(&error);
    if (!fits)
        return err_set(e, -E_INVALID, "wrong number of arguments for '%s' command", command->name);
    return envelope_encode(&n->frame, &w, argv + 4, argc - 4, e);
}

int session_payload(struct node *n, const struct span *argv, size_t argc, enum entry_kind *ret_kind,
                    struct err *e)
{
    *ret_kind = ENTRY_SESSION;
    if (argc > 0 && span_is_word(argv[0], "open"))
        return open_payload(n, argv, argc, e);
    if (argc > 0 && span_is_word(argv[0], "close"))
        return close_payload(n, argv, argc, e);
    if (argc == 0 || !span_is_word(argv[0], "write"))
        return err_set(e, -E_INVALID, "give RAFT SESSION OPEN, CLOSE or WRITE");
    *ret_kind = ENTRY_DATA;
    return write_payload(n, argv, argc, e);
}
