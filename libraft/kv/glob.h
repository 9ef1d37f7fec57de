/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns over keys as in Redis: * ? [abc] [^a-z] and \ before a character meant literally. */
#ifndef KV_GLOB_H
#define KV_GLOB_H

#include "base/span.h"

/* Takes at most pattern.len * text.len steps, whatever the pattern. A class without its closing
 * bracket ends with the pattern. */
bool glob_match(struct span pattern, struct span text);

#endif
