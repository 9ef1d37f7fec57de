/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every limit of libraft in one place, with the sum behind it. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Members of one configuration, learners included. A set of nodes (nodeset.h) has room for a few
 * more: the hosts of clients in a scenario, and nodes that are no members, or no more. */
#define LIMIT_MEMBERS 120

#define LIMIT_NODE_NAME 31 /* characters of a node's name: letters, digits, '-', '_', '.' */
#define LIMIT_ADDRESS   63 /* characters of HOST:PORT */

/* One log entry's payload. */
#define LIMIT_ENTRY_BYTES (8u << 20)
/* Entry bytes in one AppendEntries, unless a single entry is larger. */
#define LIMIT_APPEND_BYTES (1u << 20)
/* One peer frame: the largest entry and 64 KiB of everything else. */
#define LIMIT_FRAME_BYTES (LIMIT_ENTRY_BYTES + (64u << 10))
/* AppendEntries in flight to one follower, and their bytes. */
#define LIMIT_WINDOW_MESSAGES 256
#define LIMIT_WINDOW_BYTES    (8u << 20)
/* Bytes of an image in one InstallSnapshot, and how many of those may be unanswered. */
#define LIMIT_CHUNK_BYTES (256u << 10)
#define LIMIT_CHUNKS_OPEN 4
/* Appended at the leader but not committed: beyond it proposals wait. */
#define LIMIT_UNCOMMITTED_ENTRIES 16384
#define LIMIT_UNCOMMITTED_BYTES   (64u << 20)

/* A RESP request: a command of at most this many arguments and bytes. */
#define LIMIT_RESP_ARGS  1024
#define LIMIT_RESP_BYTES LIMIT_ENTRY_BYTES
/* An inline command, and any line of the protocol. */
#define LIMIT_RESP_INLINE_BYTES (64u << 10)
/* A reply: the largest value, or a page of many. Its nesting, and the values in it. */
#define LIMIT_REPLY_BYTES (16u << 20)
#define LIMIT_RESP_DEPTH  16
#define LIMIT_RESP_VALUES (1u << 20)
/* Keys, and values: a value fits the frame of a forwarded answer. */
#define LIMIT_KEY_BYTES   (64u << 10)
#define LIMIT_VALUE_BYTES LIMIT_ENTRY_BYTES
/* Keys one SCAN or RANGE looks at. */
#define LIMIT_SCAN_COUNT 10000
/* Pattern of KEYS and SCAN: comparing costs bytes of the pattern times bytes of the key. */
#define LIMIT_PATTERN_BYTES 1024
/* Keys that one entry lets end: some ten milliseconds. The rest of a crowd goes with the next
 * entries, or all nodes would be deaf at once while they remove a million. */
#define LIMIT_EXPIRE_KEYS 10000
/* A transaction: watched keys, commands, and the replies of all of them, which have to fit the
 * frame of a forwarded answer. */
#define LIMIT_TRANSACTION_WATCHES     1024u
#define LIMIT_TRANSACTION_COMMANDS    16384u
#define LIMIT_TRANSACTION_REPLY_BYTES LIMIT_ENTRY_BYTES
/* Client sessions in the state machine: more displace the least recently used (thesis 6.3). */
#define LIMIT_SESSIONS 10000
/* Open writes of one session: answers kept until the client has moved past them. Beyond the bytes
 * no further write is let in before some are dropped. */
#define LIMIT_SESSION_OPEN         64
#define LIMIT_SESSION_ANSWER_BYTES LIMIT_REPLY_BYTES
/* Of all sessions: 10 000 times 64 small answers, counted with 64 bytes each for what keeps them,
 * are 64 MB; only a crowd of large ones displaces sessions. */
#define LIMIT_SESSIONS_ANSWER_BYTES (256u << 20)
/* Replies a client has not read: beyond this its socket is not read, nor its reads executed. */
#define LIMIT_CLIENT_UNREAD_BYTES (1u << 20)

#endif
