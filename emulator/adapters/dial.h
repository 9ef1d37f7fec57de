/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A blocking connection with a deadline: what adapters ask their servers over. */
#ifndef EMULATOR_ADAPTERS_DIAL_H
#define EMULATOR_ADAPTERS_DIAL_H

#include "base/err.h"

/* A descriptor; -E_CLOSED, -E_TIMEOUT: nothing was sent. Deadlines are of adapter_now_ns. */
int dial(const char *address, unsigned port, uint64_t until_ns, struct err *e) MUST_CHECK;
/* All of it. Errors: as above, and a part may have been sent. */
int dial_send(int fd, const void *data, size_t len, uint64_t until_ns, struct err *e) MUST_CHECK;
/* Some bytes; 0: the end. Errors: as above. */
int dial_receive(int fd, void *data, size_t size, uint64_t until_ns, struct err *e) MUST_CHECK;

#endif
