/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/keys.h"

#include <string.h>

/* Names hash into 256 slots; slot values are numbers + 1. Equal slots chain by probing, so a full
 * comparison decides. */
#define SLOTS 256u

struct name {
    const char *at;
    size_t len;
};

/* How a key stands in a line that has no blanks: `name":`, of which a word is compared at once. */
struct spelled {
    uint64_t head; /* the first bytes, */
    uint64_t mask; /* as many as there are up to 8 */
};

static struct name keys[KEY_EV + 1];
static struct spelled spelled[KEY_EV + 1];
static struct name events[TRACE_EVENTS_COUNT];
static uint8_t key_slots[SLOTS];
static uint8_t event_slots[SLOTS];

static unsigned slot_of(const char *s, size_t len)
{
    unsigned h = (unsigned)len * 37u + (unsigned char)s[0] * 5u + (unsigned char)s[len - 1] * 11u +
                 (unsigned char)s[len / 2] * 3u;
    return h % SLOTS;
}

static struct name slot_put(uint8_t slots[SLOTS], const char *name, unsigned number)
{
    size_t len = strlen(name);
    unsigned at = slot_of(name, len);
    while (slots[at] != 0)
        at = (at + 1) % SLOTS;
    slots[at] = (uint8_t)(number + 1);
    return (struct name){name, len};
}

static int find(const uint8_t slots[SLOTS], const struct name *names, struct trace_text text)
{
    if (text.len == 0)
        return -1;
    for (unsigned at = slot_of(text.at, text.len); slots[at] != 0; at = (at + 1) % SLOTS) {
        const struct name *name = &names[slots[at] - 1];
        if (name->len == text.len && memcmp(name->at, text.at, text.len) == 0)
            return slots[at] - 1;
    }
    return -1;
}

static struct spelled spell(struct name name)
{
    char text[sizeof(uint64_t)] = {0};
    unsigned char mask[sizeof(uint64_t)] = {0};
    struct spelled ret;
    for (size_t i = 0; i < sizeof(text) && i < name.len + 2; i++) {
        text[i] = i < name.len ? name.at[i] : i == name.len ? '"' : ':';
        mask[i] = 0xff;
    }
    memcpy(&ret.head, text, sizeof(ret.head));
    memcpy(&ret.mask, mask, sizeof(ret.mask));
    return ret;
}

__attribute__((constructor)) static void names_fill(void)
{
    _Static_assert(KEY_EV < 128 && TRACE_EVENTS_COUNT < 128, "slots stay half empty");
    for (unsigned i = 0; i <= KEY_EV; i++) {
        keys[i] = slot_put(key_slots, i == KEY_EV ? "ev" : trace_field_info(i)->name, i);
        spelled[i] = spell(keys[i]);
    }
    for (unsigned i = 0; i < TRACE_EVENTS_COUNT; i++)
        events[i] = slot_put(event_slots, trace_event_name((enum trace_event)i), i);
}

int event_find(struct trace_text name)
{
    return find(event_slots, events, name);
}

/* Steps over that key, if it is the next and nothing stands between its parts. */
static bool take_guessed(struct scan *s, unsigned key)
{
    uint64_t word;
    if (key > KEY_EV)
        return false;
    size_t len = keys[key].len + 3; /* quotes and colon */
    if ((size_t)(s->end - s->p) < len + sizeof(word) || *s->p != '"')
        return false;
    memcpy(&word, s->p + 1, sizeof(word));
    if ((word & spelled[key].mask) != spelled[key].head)
        return false;
    if (len - 1 > sizeof(word) && (memcmp(s->p + 1, keys[key].at, len - 3) != 0 ||
                                   s->p[len - 2] != '"' || s->p[len - 1] != ':'))
        return false;
    s->p += len;
    return true;
}

unsigned key_take(struct scan *s, struct trace_reader *r, unsigned before)
{
    if (take_guessed(s, r->next[before]))
        return r->next[before];
    struct trace_text text = scan_string(s, r);
    scan_expect(s, ':');
    int key = s->why == NULL ? find(key_slots, keys, text) : -1;
    if (key < 0 && s->why == NULL && r->unknown.at == NULL)
        r->unknown = text;
    r->next[before] = key < 0 ? KEY_UNKNOWN : (uint8_t)key;
    return r->next[before];
}
