/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data commands: one table that says everything about each, and their form in the log. */
#ifndef KV_COMMAND_H
#define KV_COMMAND_H

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/respw.h"
#include "base/span.h"
#include "kv/kv.h"

enum command_flag {
    COMMAND_READ = 1 << 0,  /* leaves the map alone: executed at a read point, never logged */
    COMMAND_WRITE = 1 << 1, /* may change the map: goes through the log */
    /* Executing it once more after an unknown outcome changes nothing if nobody else wrote in
     * between: informative, for clients without a session. */
    COMMAND_IDEMPOTENT = 1 << 2,
    /* The first key holds such a thing, or is absent; else the answer is WRONGTYPE. */
    COMMAND_STRING = 1 << 3,
    COMMAND_LIST = 1 << 4,
    COMMAND_SET = 1 << 5,
};

/* name, arity, flags, arguments, reply, summary. Arity as in Redis: the number of words with the
 * name, negative for "at least". Every command is a read or a write. */
#define COMMANDS(X)                                                                                \
    X(get, 2, COMMAND_READ | COMMAND_STRING, "key", "bulk | null", "the value of a key")           \
    X(mget, -2, COMMAND_READ, "key...", "array of bulk | null", "the values of several keys")      \
    X(exists, -2, COMMAND_READ, "key...", "integer", "how many of the keys exist")                 \
    X(touch, -2, COMMAND_READ, "key...", "integer", "how many of the keys exist")                  \
    X(type, 2, COMMAND_READ, "key", "string | list | set | none", "what a key holds")              \
    X(getrange, 4, COMMAND_READ | COMMAND_STRING, "key start end", "bulk",                         \
      "a part of a value, both ends included; negative: counted from its end")                     \
    X(ttl, 2, COMMAND_READ, "key", "integer", "seconds a key lives on; -1 for ever, -2 absent")    \
    X(pttl, 2, COMMAND_READ, "key", "integer", "the same in milliseconds")                         \
    X(keys, 2, COMMAND_READ, "pattern", "array of bulk", "all keys that match, in order")          \
    X(strlen, 2, COMMAND_READ | COMMAND_STRING, "key", "integer",                                  \
      "length of a value, 0 if absent")                                                            \
    X(getrev, 2, COMMAND_READ | COMMAND_STRING, "key", "[bulk, integer] | null",                   \
      "the value and its rev: the log index of the write that made it")                            \
    X(scan, -2, COMMAND_READ, "cursor [MATCH pattern] [COUNT n] [TYPE t]",                         \
      "[bulk cursor, array of bulk]",                                                              \
      "some keys and where to go on; cursor 0 starts, cursor 0 back means done")                   \
    X(range, -3, COMMAND_READ, "start count [end]", "array of key, value, key, value...",          \
      "keys from start (included) to end (excluded) in order")                                     \
    X(dbsize, 1, COMMAND_READ, "", "integer", "how many keys there are")                           \
    X(set, -3, COMMAND_WRITE | COMMAND_IDEMPOTENT, "key value [NX|XX] [GET] [EX s|PX ms|KEEPTTL]", \
      "OK | null; with GET: bulk | null (the old value)",                                          \
      "set a key; NX only if absent, XX only if present; EX, PX: for so long")                     \
    X(setnx, 3, COMMAND_WRITE, "key value", "1 | 0", "set a key if it is absent")                  \
    X(setex, 4, COMMAND_WRITE | COMMAND_IDEMPOTENT, "key seconds value", "OK",                     \
      "set a key for so many seconds")                                                             \
    X(psetex, 4, COMMAND_WRITE | COMMAND_IDEMPOTENT, "key milliseconds value", "OK",               \
      "set a key for so many milliseconds")                                                        \
    X(getset, 3, COMMAND_WRITE | COMMAND_STRING, "key value", "bulk | null",                       \
      "set a key, say what it held")                                                               \
    X(getdel, 2, COMMAND_WRITE | COMMAND_STRING, "key", "bulk | null",                             \
      "remove a key, say what it held")                                                            \
    X(getex, -2, COMMAND_WRITE | COMMAND_STRING, "key [EX s|PX ms|PERSIST]", "bulk | null",        \
      "the value of a key, whose time to live is changed")                                         \
    X(msetnx, -3, COMMAND_WRITE, "key value [key value...]", "1 | 0",                              \
      "set several keys if none of them exists")                                                   \
    X(mset, -3, COMMAND_WRITE | COMMAND_IDEMPOTENT, "key value [key value...]", "OK",              \
      "set several keys at once, all or none")                                                     \
    X(del, -2, COMMAND_WRITE | COMMAND_IDEMPOTENT, "key...", "integer",                            \
      "remove keys, say how many there were")                                                      \
    X(unlink, -2, COMMAND_WRITE | COMMAND_IDEMPOTENT, "key...", "integer", "the same as DEL")      \
    X(flushdb, -1, COMMAND_WRITE | COMMAND_IDEMPOTENT, "[SYNC|ASYNC]", "OK", "remove all keys")    \
    X(flushall, -1, COMMAND_WRITE | COMMAND_IDEMPOTENT, "[SYNC|ASYNC]", "OK", "remove all keys")   \
    X(expire, -3, COMMAND_WRITE, "key seconds [NX|XX|GT|LT]", "1 | 0",                             \
      "end a key after so many seconds; NX: if it has no end yet, XX: if it has one, GT, LT: if "  \
      "that is later, earlier")                                                                    \
    X(pexpire, -3, COMMAND_WRITE, "key milliseconds [NX|XX|GT|LT]", "1 | 0",                       \
      "the same in milliseconds")                                                                  \
    X(persist, 2, COMMAND_WRITE | COMMAND_IDEMPOTENT, "key", "1 | 0", "let a key live for ever")   \
    X(incr, 2, COMMAND_WRITE | COMMAND_STRING, "key", "integer", "add one, say the new value")     \
    X(decr, 2, COMMAND_WRITE | COMMAND_STRING, "key", "integer",                                   \
      "take one away, say the new value")                                                          \
    X(incrby, 3, COMMAND_WRITE | COMMAND_STRING, "key delta", "integer",                           \
      "add delta, say the new value")                                                              \
    X(decrby, 3, COMMAND_WRITE | COMMAND_STRING, "key delta", "integer",                           \
      "take delta away, say the new value")                                                        \
    X(setrange, 4, COMMAND_WRITE | COMMAND_IDEMPOTENT | COMMAND_STRING, "key offset part",         \
      "integer", "write over a part of a value, say the new length")                               \
    X(append, 3, COMMAND_WRITE | COMMAND_STRING, "key tail", "integer",                            \
      "append bytes, say the new length")                                                          \
    X(cas, -3, COMMAND_WRITE | COMMAND_STRING, "key [expected] new", "[1 | 0, bulk | null]",       \
      "compare and set; without expected the key must be absent. Answers 1 if it was set, 0 if "   \
      "not, and the value the key holds now")                                                      \
    X(casdel, 3, COMMAND_WRITE | COMMAND_STRING, "key expected", "[1 | 0, bulk | null]",           \
      "compare and delete; answers like CAS")                                                      \
    X(lrange, 4, COMMAND_READ | COMMAND_LIST, "key start end", "array of bulk",                    \
      "a part of a list, both ends included; negative: counted from its end")                      \
    X(rpush, -3, COMMAND_WRITE | COMMAND_LIST, "key element...", "integer",                        \
      "put elements at the end of a list, say how many it has now")                                \
    X(lpop, 2, COMMAND_WRITE | COMMAND_LIST, "key", "bulk | null",                                 \
      "take the first element of a list; a list without any is gone")                              \
    X(smembers, 2, COMMAND_READ | COMMAND_SET, "key", "array of bulk",                             \
      "all members of a set, in order")                                                            \
    X(sismember, 3, COMMAND_READ | COMMAND_SET, "key member", "1 | 0",                             \
      "whether a set has a member")                                                                \
    X(sadd, -3, COMMAND_WRITE | COMMAND_IDEMPOTENT | COMMAND_SET, "key member...", "integer",      \
      "put members into a set, say how many are new")                                              \
    X(srem, -3, COMMAND_WRITE | COMMAND_IDEMPOTENT | COMMAND_SET, "key member...", "integer",      \
      "take members out of a set, say how many there were; a set without any is gone")

struct command_call;

struct command {
    const char *name; /* lower case */
    int arity;
    unsigned flags; /* enum command_flag */
    const char *args;
    const char *reply;
    const char *summary;
    void (*apply)(const struct command_call *call, struct buf *reply);
};

/* One execution. Writes use nothing else, so that every node answers the same bytes. */
struct command_call {
    struct kv *kv;
    uint64_t index;    /* the entry's log index: becomes the rev of what is written; 0 for a read */
    uint64_t clock_ns; /* the log's clock: now, for everything that ends */
    enum resp_version version; /* how a null looks; RESP2 for writes */
    const struct span *argv;
    size_t argc;
    /* What the first key holds, where the flags say what that may be; NULL: absent. Looked up by
     * command_apply. */
    const struct kv_item *held;
};

/* The table, in the order above. */
const struct command *command_table(size_t *ret_count);
/* By name, in any case; NULL if there is none. */
const struct command *command_find(struct span name);
/* Writes the error reply and returns false unless argc fits: "ERR wrong number of arguments for
 * 'get' command". */
bool command_check_arity(const struct command *c, size_t argc, struct buf *reply) MUST_CHECK;

/* Executes one command and appends exactly one complete reply, in every case: unknown commands,
 * wrong arity and wrong types answer the error Redis would. Reads no clock and draws nothing;
 * an error reply means the map is unchanged. The reply is at most LIMIT_REPLY_BYTES (a longer
 * one becomes an error; only reads can get there).
 * Preconditions: argc >= 1; index > 0 and version RESP2 for a write: a stored or forwarded reply
 * must be the same everywhere, a RESP3 connection gets it through respw_upgrade. */
void command_apply(const struct command_call *call, struct buf *reply);

/* The longest command a log entry can hold, with room for a session's numbers beside it. */
#define COMMAND_BYTES_MAX (LIMIT_ENTRY_BYTES - 256u)

/* The form in a log entry and in a Forward: argc u16, then len u32 and bytes of each. Returns 0
 * or -E_LIMIT (too many words or above COMMAND_BYTES_MAX; out is then unchanged). */
int command_encode(struct buf *out, const struct span *argv, size_t argc, struct err *e) MUST_CHECK;

struct command_words {
    struct span argv[LIMIT_RESP_ARGS]; /* borrowed from the payload */
    size_t argc;                       /* >= 1 */
};

/* Returns 0 or -E_CORRUPT: no words or too many, a length beyond the end, bytes left over. */
int command_decode(struct span payload, struct command_words *ret_words, struct err *e) MUST_CHECK;

#endif
