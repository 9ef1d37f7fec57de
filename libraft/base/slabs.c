/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/slabs.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0 /* clang's */
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SLOT_MAX 0u /* each for itself, so that its ends and its end are watched */
#else
#define SLOT_MAX SLABS_SLOT_MAX
#endif

/* Steps of 16 bytes up to 128, then four to a doubling: at most a fifth is lost. */
#define STEP_BYTES   16u
#define STEPS_BYTES  128u
#define STEPS        (STEPS_BYTES / STEP_BYTES)
#define CLASSES      (STEPS + 12u)
#define ALIGN(bytes) (((bytes) + STEP_BYTES - 1) & ~(size_t)(STEP_BYTES - 1))

/* At the start of its memory, which is aligned to its size: a slot's address tells its block.
 * Invariants: carved slots have been taken at least once; of them taken ones are out, the others
 * linked from free. */
struct block {
    struct block *next, *previous; /* with room, of this class; or spare */
    void *free;
    uint32_t class, slots;
    uint32_t carved, taken;
};

#define HEAD_BYTES ALIGN(sizeof(struct block))
/* So much less that one block can follow another, with the C library's own word between them. */
#define BODY_BYTES (SLABS_BLOCK_BYTES - HEAD_BYTES - STEP_BYTES)

struct slabs {
    struct block *roomy[CLASSES]; /* those with room */
    struct block *spare;
    size_t spares, blocks;
    size_t taken;
    size_t holders;
};

struct slabs *slabs_new(void)
{
    struct slabs *s = mem_alloc(sizeof(*s));
    s->holders = 1;
    return s;
}

struct slabs *slabs_share(struct slabs *s)
{
    s->holders++;
    return s;
}

static void end_if_unused(struct slabs *s)
{
    if (s->holders > 0 || s->taken > 0)
        return;
    while (s->spare != NULL) {
        struct block *b = s->spare;
        s->spare = b->next;
        mem_free(b);
    }
    mem_free(s);
}

void slabs_drop(struct slabs *s)
{
    if (s == NULL)
        return;
    ASSERT(s->holders > 0);
    s->holders--;
    end_if_unused(s);
}

/* ---- classes ---- */

static uint32_t class_of(size_t size)
{
    if (size <= STEPS_BYTES)
        return size == 0 ? 0 : (uint32_t)((size - 1) / STEP_BYTES);
    unsigned doubling = 63u - (unsigned)__builtin_clzll(size - 1); /* 7: 129..256 */
    return STEPS + 4 * (doubling - 7) + (uint32_t)((size - 1) >> (doubling - 2) & 3);
}

static size_t bytes_of_class(uint32_t class)
{
    if (class < STEPS)
        return (class + 1) * STEP_BYTES;
    uint32_t above = class - STEPS;
    return ((size_t)STEPS_BYTES << above / 4) / 4 * (5 + above % 4);
}

/* ---- blocks ---- */

static void link_block(struct block **list, struct block *b)
{
    b->previous = NULL;
    b->next = *list;
    if (b->next != NULL)
        b->next->previous = b;
    *list = b;
}

static void unlink_block(struct block **list, struct block *b)
{
    if (b->next != NULL)
        b->next->previous = b->previous;
    if (b->previous != NULL)
        b->previous->next = b->next;
    else
        *list = b->next;
}

static struct block *open_block(struct slabs *s, uint32_t class)
{
    struct block *b = s->spare;
    if (b != NULL) {
        s->spare = b->next;
        s->spares--;
    } else {
        b = mem_aligned(SLABS_BLOCK_BYTES, HEAD_BYTES + BODY_BYTES);
        s->blocks++;
    }
    *b = (struct block){.class = class, .slots = (uint32_t)(BODY_BYTES / bytes_of_class(class))};
    link_block(&s->roomy[class], b);
    return b;
}

static void close_block(struct slabs *s, struct block *b)
{
    unlink_block(&s->roomy[b->class], b);
    if (s->spares == SLABS_SPARE) {
        s->blocks--;
        mem_free(b);
        return;
    }
    b->next = s->spare;
    s->spare = b;
    s->spares++;
}

/* ---- slots ---- */

static void *take_slot(struct slabs *s, uint32_t class)
{
    struct block *b = s->roomy[class] != NULL ? s->roomy[class] : open_block(s, class);
    void *slot = b->free;
    if (slot != NULL)
        memcpy(&b->free, slot, sizeof(b->free));
    else
        slot = (char *)b + HEAD_BYTES + b->carved++ * bytes_of_class(class);
    if (++b->taken == b->slots)
        unlink_block(&s->roomy[class], b);
    return slot;
}

static void give_slot(struct slabs *s, void *slot, uint32_t class)
{
    size_t within = (uintptr_t)slot % SLABS_BLOCK_BYTES;
    struct block *b = (struct block *)((char *)slot - within);
    ASSERT(b->class == class && b->taken > 0);
    ASSERT(within >= HEAD_BYTES && (within - HEAD_BYTES) % bytes_of_class(class) == 0);
    memcpy(slot, &b->free, sizeof(b->free));
    b->free = slot;
    if (b->taken-- == b->slots)
        link_block(&s->roomy[class], b);
    if (b->taken == 0)
        close_block(s, b);
}

void *slabs_take(struct slabs *s, size_t size)
{
    s->taken++;
    return size > SLOT_MAX ? mem_raw(size) : take_slot(s, class_of(size));
}

void slabs_give(struct slabs *s, void *p, size_t size)
{
    if (p == NULL)
        return;
    ASSERT(s->taken > 0);
    s->taken--;
    if (size > SLOT_MAX)
        mem_free(p);
    else
        give_slot(s, p, class_of(size));
    end_if_unused(s);
}

void *slabs_resize(struct slabs *s, void *p, size_t size, size_t new_size)
{
    if (p != NULL && size > SLOT_MAX && new_size > SLOT_MAX)
        return mem_grow(p, new_size, 1);
    void *bigger = slabs_take(s, new_size);
    if (p != NULL)
        memcpy(bigger, p, size < new_size ? size : new_size);
    slabs_give(s, p, size);
    return bigger;
}

size_t slabs_taken(const struct slabs *s)
{
    return s->taken;
}

size_t slabs_blocks(const struct slabs *s)
{
    return s->blocks;
}
