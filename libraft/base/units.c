/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/units.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t factor;
};

/* Digits with an optional fraction of at most nine digits, then exactly one unit. The value is
 * kept as an integer and a count of billionths so that "0.1s" is exact. */
static int parse(const char *text, const struct unit *units, size_t count, uint64_t *ret)
{
    uint64_t whole = 0, billionths = 0, scale = 1000000000u;
    const char *p = text;
    if (*p < '0' || *p > '9')
        return -E_INVALID;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (__builtin_mul_overflow(whole, 10u, &whole) ||
            __builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
            return -E_INVALID;
    }
    if (*p == '.') {
        p++;
        if (*p < '0' || *p > '9')
            return -E_INVALID;
        for (; *p >= '0' && *p <= '9'; p++) {
            scale /= 10;
            if (scale == 0)
                return -E_INVALID;
            billionths += (uint64_t)(*p - '0') * scale;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(p, units[i].name) != 0)
            continue;
        unsigned __int128 value = (unsigned __int128)whole * units[i].factor +
                                  (unsigned __int128)billionths * units[i].factor / 1000000000u;
        if (value > INT64_MAX)
            return -E_INVALID;
        *ret = (uint64_t)value;
        return 0;
    }
    return -E_INVALID;
}

int units_duration(const char *text, uint64_t *ret_ns)
{
    static const struct unit units[] = {
        {"ns", 1},       {"us", NS_PER_US},    {"ms", NS_PER_MS},
        {"s", NS_PER_S}, {"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S}};
    return parse(text, units, ARRAY_LEN(units), ret_ns);
}

int units_size(const char *text, uint64_t *ret_bytes)
{
    static const struct unit units[] = {{"B", 1}, {"KiB", KIB}, {"MiB", MIB}, {"GiB", 1024 * MIB}};
    return parse(text, units, ARRAY_LEN(units), ret_bytes);
}

int units_rate(const char *text, uint64_t *ret_bits_per_s)
{
    static const struct unit units[] = {
        {"bit", 1}, {"kbit", 1000}, {"mbit", 1000000}, {"gbit", 1000000000}};
    return parse(text, units, ARRAY_LEN(units), ret_bits_per_s);
}

int units_share(const char *text, double *ret_0_to_1)
{
    static const struct unit units[] = {{"%", 1000000000u}};
    uint64_t billionths_of_percent;
    if (parse(text, units, ARRAY_LEN(units), &billionths_of_percent) < 0 ||
        billionths_of_percent > 100000000000u)
        return -E_INVALID;
    *ret_0_to_1 = (double)billionths_of_percent / 1e11;
    return 0;
}

int units_ppm(const char *text, int64_t *ret_ppm)
{
    static const struct unit units[] = {{"ppm", 1}};
    bool negative = *text == '-';
    uint64_t value;
    if (parse(text + negative, units, ARRAY_LEN(units), &value) < 0)
        return -E_INVALID;
    *ret_ppm = negative ? -(int64_t)value : (int64_t)value;
    return 0;
}

int units_duration_range(const char *text, uint64_t *ret_low_ns, uint64_t *ret_high_ns)
{
    const char *dots = strstr(text, "..");
    char first[UNITS_TEXT_MAX];
    if (dots == NULL || (size_t)(dots - text) >= sizeof(first))
        return -E_INVALID;
    memcpy(first, text, (size_t)(dots - text));
    first[dots - text] = '\0';
    uint64_t low, high;
    if (units_duration(first, &low) < 0 || units_duration(dots + 2, &high) < 0 || low > high)
        return -E_INVALID;
    *ret_low_ns = low;
    *ret_high_ns = high;
    return 0;
}

int units_u64(const char *text, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;
    if (*text == '\0')
        return -E_INVALID;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
            return -E_INVALID;
    }
    if (value > max)
        return -E_INVALID;
    *ret = value;
    return 0;
}

const char *units_print_duration(uint64_t ns, char out[UNITS_TEXT_MAX])
{
    static const struct unit units[] = {
        {"s", NS_PER_S}, {"ms", NS_PER_MS}, {"us", NS_PER_US}, {"ns", 1}};
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (ns % units[i].factor != 0)
            continue;
        (void)snprintf(out, UNITS_TEXT_MAX, "%llu%s", (unsigned long long)(ns / units[i].factor),
                       units[i].name);
        return out;
    }
    UNREACHABLE();
}
