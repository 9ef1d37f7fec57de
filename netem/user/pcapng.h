/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A packet capture that knows why: one interface a directed link, a comment on every packet that
 * was dropped, doubled or damaged. Read it with tcpdump or Wireshark. */
#ifndef NETEM_USER_PCAPNG_H
#define NETEM_USER_PCAPNG_H

#include "base/err.h"

struct pcapng;

#define PCAPNG_BYTES_MAX_DEFAULT (256ull << 20)

/* Creates the file (replacing an old one). bytes_max 0 is the default; beyond it nothing more is
 * written. Times are CLOCK_MONOTONIC and appear as wall-clock time from now on, so that a jump of
 * the wall clock does not show.
 * Ownership: pcapng_close (NULL allowed), which flushes. Errors: by errno. */
int pcapng_open(const char *path, uint64_t bytes_max, struct pcapng **ret,
                struct err *e) MUST_CHECK;
void pcapng_close(struct pcapng *p);

/* Declares the next interface; all of them before the first packet. The first one has number 0. */
void pcapng_interface(struct pcapng *p, const char *name);

/* One packet on that interface; data beyond 256 bytes is left out. comment NULL = none. */
void pcapng_packet(struct pcapng *p, uint32_t interface, uint64_t mono_ns, const uint8_t *data,
                   uint32_t len, const char *comment);

/* Writes what is buffered. A failure is remembered and ends the capture. */
void pcapng_flush(struct pcapng *p);
bool pcapng_pending(const struct pcapng *p);

uint64_t pcapng_bytes(const struct pcapng *p);
bool pcapng_full(const struct pcapng *p);
bool pcapng_failed(const struct pcapng *p);

#endif
