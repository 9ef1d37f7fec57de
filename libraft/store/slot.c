/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/slot.h"

#include "base/bytes.h"
#include "base/checksum.h"
#include "store/le.h"

#include <string.h>

#define SLOT_MAGIC   0x31534852u /* "RHS1" */
#define SLOT_VERSION 3u
#define SLOT_SUMMED  (48u + LIMIT_MEMBERS * 16u)
_Static_assert(SLOT_SUMMED + 8 <= VFS_BLOCK, "a slot is a block");

/* Version 2 had room for fewer members, and nothing else was different. */
#define VERSION_NARROW 2u
#define BONDS_NARROW   32u

bool hard_state_equal(const struct hard_state *a, const struct hard_state *b)
{
    return a->term == b->term && a->vote == b->vote && a->hold_ns == b->hold_ns &&
           memcmp(a->bonds, b->bonds, sizeof(a->bonds)) == 0;
}

void slot_encode(uint8_t *block, unsigned number, uint64_t mark, uint64_t seq,
                 const struct hard_state *s)
{
    memset(block, 0, VFS_BLOCK);
    struct le w = {.data = block, .len = VFS_BLOCK};
    le_u32(&w, SLOT_MAGIC);
    le_u16(&w, SLOT_VERSION);
    le_u16(&w, (uint16_t)number);
    le_u64(&w, mark);
    le_u64(&w, seq);
    le_u64(&w, s->term);
    le_u64(&w, s->vote);
    le_u64(&w, s->hold_ns);
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        le_u64(&w, s->bonds[i].node);
        le_u64(&w, s->bonds[i].disk);
    }
    ASSERT(w.at == SLOT_SUMMED);
    le_u64(&w, checksum64(block, SLOT_SUMMED));
}

struct slot slot_decode(const uint8_t *block, unsigned number, uint64_t mark)
{
    struct slot s = {0};
    struct bytes c = bytes_of(block, VFS_BLOCK);
    uint32_t magic = bytes_u32(&c);
    uint16_t version = bytes_u16(&c);
    uint16_t place = bytes_u16(&c);
    uint64_t disk = bytes_u64(&c);
    s.seq = bytes_u64(&c);
    s.state.term = bytes_u64(&c);
    s.state.vote = bytes_u64(&c);
    s.state.hold_ns = bytes_u64(&c);
    unsigned bonds = version == VERSION_NARROW ? BONDS_NARROW : LIMIT_MEMBERS;
    for (unsigned i = 0; i < bonds; i++) {
        s.state.bonds[i].node = bytes_u64(&c);
        s.state.bonds[i].disk = bytes_u64(&c);
    }
    uint64_t sum = checksum64(block, c.at);
    if (magic != SLOT_MAGIC || bytes_u64(&c) != sum)
        return s;
    s.other_format = version != SLOT_VERSION && version != VERSION_NARROW;
    s.other_disk = !s.other_format && (disk != mark || place != number);
    s.valid = !s.other_format && !s.other_disk;
    return s;
}

int slot_lost(struct err *e, const char *why)
{
    return err_set(e, -E_LOST,
                   META_NAME ": %s: this disk's promises (term and vote) are lost, it must never "
                             "vote again: replace the member",
                   why);
}

/* Which slot counts: the valid one with the larger seq, unless the two contradict each other. */
int slot_choose(const struct slot s[SLOTS], unsigned *ret, struct err *e)
{
    if (s[0].other_format || s[1].other_format)
        return err_set(e, -E_UNSUPPORTED,
                       META_NAME ": written by a newer version in another format");
    if (s[0].other_disk || s[1].other_disk)
        return err_set(e, -E_MISMATCH, META_NAME ": belongs to another disk");
    if (!s[0].valid && !s[1].valid)
        return slot_lost(e, "neither slot is intact");
    unsigned newest = !s[0].valid || (s[1].valid && s[1].seq > s[0].seq) ? 1 : 0;
    const struct hard_state *n = &s[newest].state;
    const struct hard_state *o = &s[1 - newest].state;
    if (s[1 - newest].valid) {
        if (s[0].seq == s[1].seq && !hard_state_equal(n, o))
            return slot_lost(e, "the slots contradict each other");
        if (n->term < o->term || n->hold_ns < o->hold_ns ||
            (n->term == o->term && o->vote != 0 && n->vote != o->vote))
            return slot_lost(e, "the newer slot takes back what the older one promised");
    }
    *ret = newest;
    return 0;
}
