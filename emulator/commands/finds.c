/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/finds.h"

#include "emulator/commands/shell_word.h"

#include <stdio.h>
#include <string.h>

struct find *finds_same(struct finds *f, const char *signature)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->items[i].first.signature, signature) == 0)
            return &f->items[i];
    }
    return NULL;
}

struct find *finds_add(struct finds *f, const struct live_report *report, uint64_t seed)
{
    if (f->count == FINDS_MAX)
        return NULL;
    struct find *find = &f->items[f->count++];
    *find = (struct find){.times = 1, .seed = seed, .first = *report};
    return find;
}

static void print_option(struct buf *room, const char *option, const char *value)
{
    if (value != NULL)
        (void)printf(" %s %s", option, shell_word(room, value));
}

static void print_one(const struct find *find, const char *raftd, const char *net)
{
    struct buf room = {0};
    (void)printf("FAIL  %s", visible_text(&room, find->first.signature));
    (void)printf("  %llu time%s\n  first      seed 0x%llX: ", (unsigned long long)find->times,
                 find->times == 1 ? "" : "s", (unsigned long long)find->seed);
    (void)printf("%s\n", visible_text(&room, find->first.sentence));
    if (find->first.result.dir[0] == '\0')
        (void)printf("  result     none: it could not be kept\n");
    else {
        const char *dir = find->first.result.dir;
        (void)printf("  result     %s\n", dir);
        (void)printf("  reproduce  raft-emulator run %s", shell_word(&room, dir));
        (void)printf("/scenario.json --seed 0x%llX", (unsigned long long)find->seed);
        print_option(&room, "--net", net);
        print_option(&room, "--raftd", raftd);
        (void)printf("\n  shrink     raft-emulator shrink %s --live", shell_word(&room, dir));
        print_option(&room, "--raftd", raftd);
        (void)printf("\n");
    }
    buf_free(&room);
}

void finds_print(const struct finds *f, const char *raftd, const char *net)
{
    for (size_t i = 0; i < f->count; i++)
        print_one(&f->items[i], raftd, net);
}
