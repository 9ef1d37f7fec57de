/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network namespaces of the calling thread: making, entering, and what is set inside them. */
#ifndef NETEM_NETNS_H
#define NETEM_NETNS_H

#include "base/err.h"

/* The calling thread's network namespace as a close-on-exec fd. Errors: -E_IO. */
int netns_open_self(struct err *e) MUST_CHECK;

/* Moves the calling thread into a fresh network namespace and returns its fd.
 * Errors: those of netns_explain. */
int netns_new(struct err *e) MUST_CHECK;

/* Moves the calling thread into the namespace. Errors: -E_IO, -E_PERMISSION. */
int netns_enter(int fd, struct err *e) MUST_CHECK;

/* Brings the thread back where it was; that cannot fail unless the fd is wrong, and going on in
 * the wrong namespace would be worse than stopping: panics. */
void netns_return(int fd);

/* Writes value to /proc/sys/net/PATH of the calling thread's namespace.
 * Errors: -E_NOTFOUND the kernel has no such knob; -E_PERMISSION; -E_IO. */
int netns_sysctl(const char *path, const char *value, struct err *e) MUST_CHECK;

/* Turns checksum and segmentation offloads of a device off, so that one packet is one segment with
 * a true checksum: only then do loss, corruption and a capture mean what they say.
 * Errors: -E_IO, -E_PERMISSION. */
int netns_offloads_off(const char *device, struct err *e) MUST_CHECK;

/* Why namespaces could not be made, in words that say what to change; returns the code to give on.
 * step is the call that failed ("unshare", "uid_map", ...). */
int netns_explain(struct err *e, const char *step, int errno_value);

#endif
