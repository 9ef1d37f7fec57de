/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats: which one a file has, and how each becomes events. */
#ifndef EMULATOR_FORMATS_READERS_H
#define EMULATOR_FORMATS_READERS_H

#include "emulator/formats/events.h"
#include "emulator/formats/foreign.h"
#include "emulator/trace/lines.h"

enum format {
    FORMAT_JEPSEN_EDN,
    FORMAT_JEPSEN_JSON,
    FORMAT_JEPSEN_LOG,
    FORMAT_PORCUPINE,
    FORMAT_OWN
};

/* By what is in the file. Errors: -E_UNSUPPORTED, saying what is understood. */
int recognise(const char *data, size_t len, enum format *ret, struct err *e) MUST_CHECK;
const char *format_name(enum format format);

/* All lines of a file as events, which borrow its bytes. Errors: -E_CORRUPT and -E_LIMIT, naming
 * the line. */
int jepsen_maps_read(struct events *ev, const char *data, size_t len, struct err *e) MUST_CHECK;
int jepsen_log_read(struct events *ev, const char *data, size_t len, struct err *e) MUST_CHECK;

/* Does the line tell of an operation? (jepsen_log_read takes such lines and skips others.) */
bool jepsen_log_tells(const char *line, size_t len);

/* Our own history.ndjson: its records are those the judges take. Gives every client's record as it
 * stands in the file. Errors: -E_CORRUPT, naming the line; those of lines_next and of take. */
int own_play(struct lines *lines, foreign_take take, void *arg, struct err *e) MUST_CHECK;

/* Leaves out a byte order mark at the front. */
void skip_mark(const char **at, size_t *len);

#endif
