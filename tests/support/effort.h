/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much a long test does. A sanitizer makes every step several times slower and looks for other
 * faults: what is drawn at random is drawn less often there, so that it takes about as long. */
#ifndef TESTS_SUPPORT_EFFORT_H
#define TESTS_SUPPORT_EFFORT_H

#ifndef __has_feature
#define __has_feature(x) 0 /* clang's */
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* Of n repetitions, so many. */
#define EFFORT(n) (SANITIZED ? (n) / 4 : (n))

#endif
