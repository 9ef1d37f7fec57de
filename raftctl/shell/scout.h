/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process beside the shell that looks at the cluster every second, and whenever it is told to:
 * what the prompt says, and the names of members. */
#ifndef RAFTCTL_SHELL_SCOUT_H
#define RAFTCTL_SHELL_SCOUT_H

#include "raftctl/shell/child.h"
#include "raftctl/verbs.h"

struct scout_member {
    char name[LIMIT_NODE_NAME + 1];
    char address[LIMIT_ADDRESS + 1]; /* for clients; empty: unknown */
    bool voter;
};

/* All zero: nobody has looked yet. */
struct scout_view {
    bool looked;
    bool reached; /* any node answered; if none did, the rest is from before */
    bool leads;
    char cluster[LIMIT_NODE_NAME + 1]; /* its name, or its id */
    char leader[LIMIT_NODE_NAME + 1];
    uint64_t term, commit;
    struct scout_member members[LIMIT_MEMBERS];
    size_t members_count;
};

struct scout {
    struct child child;
};

/* Begins to look by these endpoints, which are copied. */
int scout_open(struct scout *s, const struct endpoint *endpoints, size_t count,
               struct err *e) MUST_CHECK;
void scout_close(struct scout *s);

/* Readable: there is a view, or the scout is gone. -1: there is none. */
int scout_fd(const struct scout *s);

/* It is to look now. */
void scout_poke(struct scout *s);

/* True: *view is the latest one. False: none has come; is the scout gone, it is closed. */
bool scout_take(struct scout *s, struct scout_view *view);

#endif
