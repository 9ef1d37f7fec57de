/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of every Raft message in wire order: encoder, decoder and check are all made from
 * these lists, so they cannot disagree.
 *
 * X(form, field). Forms: number (u64 below 2^63: a term, an index, a duration), word (u64, any),
 * pos (term and index, two numbers), flag (u8, 0 or 1), refusal, status and chunk (u8, the
 * enumeration), count and size (u32), image (a pos, its bytes as a number, its digest as a word).
 * Every message begins with its sender's term. */
#ifndef WIRE_PEER_SCHEMA_H
#define WIRE_PEER_SCHEMA_H

/* clang-format off */
#define FIELDS_PRE_VOTE(X) \
    X(number, term) \
    X(number, for_term) \
    X(pos, last) \
    X(word, nonce)

#define FIELDS_PRE_VOTE_REPLY(X) \
    X(number, term) \
    X(number, for_term) \
    X(word, nonce) \
    X(flag, granted) \
    X(refusal, refusal)

#define FIELDS_REQUEST_VOTE(X) \
    X(number, term) \
    X(pos, last) \
    X(flag, transfer)

#define FIELDS_REQUEST_VOTE_REPLY(X) \
    X(number, term) \
    X(number, for_term) \
    X(flag, granted) \
    X(refusal, refusal)

#define FIELDS_APPEND(X) \
    X(number, term) \
    X(pos, prev) \
    X(number, commit) \
    X(word, round) \
    X(count, entries_count)

#define FIELDS_APPEND_REPLY(X) \
    X(number, term) \
    X(number, for_term) \
    X(word, round) \
    X(status, status) \
    X(number, match) \
    X(number, last_index) \
    X(word, incarnation) \
    X(number, hold_ns) \
    X(number, at) \
    X(number, hint_first) \
    X(number, hint_last) \
    X(number, hint_term)

#define FIELDS_TIMEOUT_NOW(X) \
    X(number, term) \
    X(pos, last)

/* Followed by size bytes of the image. */
#define FIELDS_INSTALL_SNAPSHOT(X) \
    X(number, term) \
    X(image, image) \
    X(number, offset) \
    X(word, round) \
    X(size, size)

#define FIELDS_INSTALL_SNAPSHOT_REPLY(X) \
    X(number, term) \
    X(number, for_term) \
    X(word, round) \
    X(image, image) \
    X(chunk, chunk_status) \
    X(number, next_offset) \
    X(number, match) \
    X(number, last_index) \
    X(word, incarnation) \
    X(number, hold_ns)

#define FIELDS_HEARTBEAT(X) \
    X(number, term) \
    X(number, commit) \
    X(word, round)

#define FIELDS_HEARTBEAT_REPLY(X) \
    X(number, term) \
    X(number, for_term) \
    X(word, round) \
    X(status, status) \
    X(number, match) \
    X(number, last_index) \
    X(word, incarnation) \
    X(number, hold_ns)

#define FIELDS_READ_INDEX(X) \
    X(number, term) \
    X(word, ctx) \
    X(flag, lease)

#define FIELDS_READ_INDEX_REPLY(X) \
    X(number, term) \
    X(number, for_term) \
    X(word, ctx) \
    X(flag, granted) \
    X(number, index)

/* clang-format on */

#endif
