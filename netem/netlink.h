/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Talking to the kernel's rtnetlink in batches: many messages, one system call, the kernel's own
 * words when one fails. Messages are built with libnl's attribute calls. */
#ifndef NETEM_NETLINK_H
#define NETEM_NETLINK_H

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "base/err.h"

struct netlink;

/* A socket of the calling thread's network namespace, for ever, wherever the thread goes.
 * Ownership: the caller's, netlink_close (NULL allowed). Errors: -E_IO. */
int netlink_open(struct netlink **ret, struct err *e) MUST_CHECK;
void netlink_close(struct netlink *nl);

/* Begins a message of the given type whose fixed header is copied from header; attributes follow
 * with nla_put & co. on the result, then netlink_add. The label names it in an error text.
 * flags: NLM_F_CREATE etc.; REQUEST and ACK are added as needed. */
struct nl_msg *netlink_message(struct netlink *nl, int type, int flags, const void *header,
                               size_t header_size, const char *label_fmt, ...) PRINTF_LIKE(6, 7);

/* Puts the message at the end of the batch and frees it. */
void netlink_add(struct netlink *nl, struct nl_msg *m);

/* Sends the batch and waits until the kernel has worked through it. The kernel goes on after a
 * message it refuses; the first refusal is reported, named by its label. The batch is empty
 * afterwards, whatever happened.
 * Errors: -E_UNSUPPORTED the kernel lacks the feature (ENOENT, EOPNOTSUPP and what belongs to an
 * unknown kind), else by errno. */
int netlink_send(struct netlink *nl, struct err *e) MUST_CHECK;

/* Asks for a dump and calls fn for every answer. */
int netlink_dump(struct netlink *nl, int type, const void *header, size_t header_size,
                 void (*fn)(struct nlmsghdr *answer, void *arg), void *arg,
                 struct err *e) MUST_CHECK;

/* Attribute helpers that cannot fail: a message without room is a wrong size in netlink.c. */
void netlink_put(struct nl_msg *m, int attribute, const void *data, size_t len);
void netlink_put_string(struct nl_msg *m, int attribute, const char *text);
void netlink_put_u8(struct nl_msg *m, int attribute, uint8_t value);
void netlink_put_u16(struct nl_msg *m, int attribute, uint16_t value);
void netlink_put_u32(struct nl_msg *m, int attribute, uint32_t value);
void netlink_put_u64(struct nl_msg *m, int attribute, uint64_t value);
/* Opens a nest; with fixed data first (a struct that the kernel expects before the attributes). */
struct nlattr *netlink_nest(struct nl_msg *m, int attribute);
struct nlattr *netlink_nest_after(struct nl_msg *m, int attribute, const void *fixed,
                                  size_t fixed_size);
void netlink_nest_end(struct nl_msg *m, struct nlattr *nest);

#endif
