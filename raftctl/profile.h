/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configuration file, $XDG_CONFIG_HOME/raftctl/config.json: options that are always given, by
 * profile. {"profile":"prod","profiles":{"prod":{"endpoints":"a:7201,b:7201","timeout":"2s"}}} */
#ifndef RAFTCTL_PROFILE_H
#define RAFTCTL_PROFILE_H

#include "raftctl/print.h"

struct cJSON;

/* Invariant: values are texts of doc, NULL where the profile does not say. All zero: no profile. */
struct profile {
    struct cJSON *doc; /* owned */
    const char *value[CTL_OUTER_OPTIONS];
};

/* name: NULL for the file's own choice. No file and no name is an empty profile. Returns CTL_OK, or
 * CTL_CONFIG with *f filled: not JSON, a key or a type it does not know, no such profile. */
enum ctl_exit profile_read(const char *name, struct profile *ret, struct failure *f);
void profile_free(struct profile *p);

#endif
