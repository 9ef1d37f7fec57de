/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the compiler knows of floating point by itself. */
#ifndef FREESTANDING_MATH_H
#define FREESTANDING_MATH_H

#define isnan(x)    __builtin_isnan(x)
#define isinf(x)    __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
#define signbit(x)  __builtin_signbit(x)

#endif
