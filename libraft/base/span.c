/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/span.h"

bool span_to_u64(struct span s, uint64_t *ret)
{
    uint64_t value = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint64_t digit = (uint64_t)s.data[i] - '0';
        if (s.data[i] < '0' || digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

bool span_to_i64(struct span s, int64_t *ret)
{
    bool negative = s.len > 0 && s.data[0] == '-';
    struct span digits = {s.data + negative, s.len - negative};
    uint64_t magnitude;
    if (!span_to_u64(digits, &magnitude) || magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    if (digits.data[0] == '0' && (digits.len > 1 || negative))
        return false;
    *ret = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}
