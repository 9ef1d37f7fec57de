/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The adapter's end of the protocol, for those shipped with the laboratory: a system says how its
 * questions are answered, and adapter_serve does the rest, several at a time. */
#ifndef EMULATOR_ADAPTERS_SERVE_H
#define EMULATOR_ADAPTERS_SERVE_H

#include "emulator/adapters/lines.h"

/* An operation. Its texts are borrowed. */
struct adapter_op {
    enum adapter_ability kind;
    const char *key, *value, *expect; /* NULL: none */
    uint64_t until_ns;                /* of adapter_now_ns: then nobody waits any more */
};

/* Each fills in *tell, which is ok beforehand; texts it points to last as long as the process or
 * lie in `text`. Any but hello and start may be called by several threads at once. */
struct adapter_system {
    const char *name;
    uint32_t can; /* bit ADAPTER_CAN_x */
    void (*hello)(struct adapter_tell *tell);
    void (*start)(const struct adapter_line *asked, struct adapter_tell *tell);
    void (*leader)(struct adapter_tell *tell, struct buf *text);
    /* join and remove, of a peer that LAB_PEERS names; with ADAPTER_CAN_members only. */
    void (*member)(bool joins, const char *node, struct adapter_tell *tell);
    void (*op)(const struct adapter_op *op, struct adapter_tell *tell, struct buf *text);
};

/* Answers lines from standard input until it ends, or one is none of the protocol; then stops the
 * system's servers (server.h). Returns an exit code. */
int adapter_serve(const struct adapter_system *system);

uint64_t adapter_now_ns(void); /* a monotonic clock */

/* ---- what it was started with ---- */

#define ADAPTER_PEERS_MAX 64

struct adapter_peer {
    char name[16];
    char address[48];
};

struct adapter_setting {
    const char *node, *dir, *address; /* borrowed from the environment */
    struct adapter_peer peers[ADAPTER_PEERS_MAX];
    size_t peers_count;
};
/* From the environment. Errors: -E_INVALID: a variable is missing, or not as it should be. */
int adapter_setting_read(struct adapter_setting *ret, struct err *e) MUST_CHECK;
/* By name, or by address; NULL: nobody. */
const struct adapter_peer *adapter_peer_named(const struct adapter_setting *s, const char *name);
const struct adapter_peer *adapter_peer_at(const struct adapter_setting *s, const char *address);

#endif
