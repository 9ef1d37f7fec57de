/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/elements.h"

#include "base/sort.h"

bool elements_next(struct bytes *left, struct span *ret)
{
    if (bytes_left(left) == 0)
        return false;
    uint32_t len = bytes_u32(left);
    const char *data = (const char *)bytes_take(left, len);
    if (!left->bad)
        *ret = span_of(data, len);
    return !left->bad;
}

struct bytes elements_of(struct span packed)
{
    return bytes_of(packed.data, packed.len);
}

size_t elements_count(struct span packed)
{
    size_t count = 0;
    struct bytes left = elements_of(packed);
    for (struct span element; elements_next(&left, &element);)
        count++;
    return count;
}

void elements_put(struct buf *out, struct span element)
{
    buf_put_u32(out, (uint32_t)element.len);
    buf_put(out, element.data, element.len);
}

bool elements_valid(struct span packed, bool set)
{
    struct bytes left = elements_of(packed);
    struct span element, before = {0};
    for (size_t i = 0; elements_next(&left, &element); i++) {
        if (set && i > 0 && span_compare(before, element) >= 0)
            return false;
        before = element;
    }
    return packed.len > 0 && bytes_ended(&left);
}

bool elements_have(struct span set, struct span member)
{
    struct bytes left = elements_of(set);
    for (struct span element; elements_next(&left, &element);) {
        int order = span_compare(element, member);
        if (order >= 0)
            return order == 0;
    }
    return false;
}

static int by_bytes(const void *a, const void *b)
{
    return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* Both ascend: one walk through the two of them. */
static size_t merge(struct span set, struct span *members, size_t count, bool add, struct buf *out)
{
    size_t changed = 0, i = 0;
    struct bytes left = elements_of(set);
    struct span element;
    sort_array(members, count, sizeof(*members), by_bytes);
    bool more = elements_next(&left, &element);
    while (more || i < count) {
        int order = !more ? 1 : i == count ? -1 : span_compare(element, members[i]);
        struct span next = order <= 0 ? element : members[i];
        changed += order == 0 ? !add : order > 0 && add;
        if (order < 0 || add)
            elements_put(out, next);
        if (order <= 0)
            more = elements_next(&left, &element);
        while (i < count && span_compare(members[i], next) <= 0)
            i++;
    }
    return changed;
}

size_t elements_add(struct span set, struct span *members, size_t count, struct buf *out)
{
    return merge(set, members, count, true, out);
}

size_t elements_remove(struct span set, struct span *members, size_t count, struct buf *out)
{
    return merge(set, members, count, false, out);
}
