/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one table of options: command line, JSON keys, --help and --print-config come from it. */
#ifndef RAFTD_OPTIONS_H
#define RAFTD_OPTIONS_H

#include "raftd/config.h"

#define OPTION_WHY_MAX  192
#define OPTION_NAME_MAX 40

/* Reads a value into the field at `field`. NULL, or a sentence saying what is wrong and how it
 * should look (static, or in why). */
typedef const char *option_parse(const char *text, void *field, char why[OPTION_WHY_MAX]);

/* How a value is written in JSON, besides as a string. */
enum option_json { OPTION_STRING, OPTION_NUMBER, OPTION_SWITCH, OPTION_FLAG };

struct option_row {
    const char *name;     /* "data-dir"; its JSON key has _ for - */
    const char *metavar;  /* "DIR"; NULL for a flag */
    const char *fallback; /* the default as one would write it; NULL: none */
    bool required;
    enum option_json json;
    option_parse *parse;
    size_t offset; /* of the field in struct config */
    const char *help;
};

extern const struct option_row option_rows[];
extern const size_t option_rows_count;

/* The row of an option's name (KEY false) or JSON key (true); -1 if there is none. */
int option_find(const char *name, size_t len, bool key);
/* The JSON key of a row. Returns out. */
const char *option_key(const struct option_row *row, char out[OPTION_NAME_MAX]);
/* "; did you mean NAME?" for a misspelled name (NAME as a key or as an option), or "". */
const char *option_hint(const char *name, bool key, char out[OPTION_WHY_MAX]);

#endif
