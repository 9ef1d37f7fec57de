/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking at where a walk stands, and at how it came there. */
#include "base/mem.h"
#include "emulator/explore/case.h"
#include "emulator/explore/case_core.h"
#include "emulator/explore/hand_inside.h"
#include "emulator/explore/near.h"
#include "emulator/explore/presets.h"
#include "emulator/explore/tell.h"

#include <stdlib.h>

#define WHY 12 /* decisions shown */

const struct ex_cluster *ex_hand_here(const struct ex_hand *h)
{
    return &h->at[h->path.count - (h->broken[0] != '\0')];
}

int ex_hand_list(struct ex_hand *h, const struct ex_words *w, struct buf *out, struct err *e)
{
    char text[400];
    (void)w, (void)e;
    for (uint32_t i = 0; i < h->expander.count && !ex_hand_broken(h); i++)
        buf_putf(out, "%4u  %s\n", i + 1,
                 ex_action_text(&h->space, &h->expander.next[i].action, text, sizeof(text)));
    if (ex_hand_broken(h))
        buf_putf(out, "broken: %s; back leads away from it\n", h->broken);
    else if (h->expander.count == 0)
        buf_puts(out, "nothing can happen any more within the bounds\n");
    return 0;
}

/* The place of the server that a command names. */
static int server_of(const struct ex_hand *h, const struct ex_words *w, uint32_t *ret,
                     struct err *e)
{
    unsigned long id = 0;
    char *end = NULL;
    if (w->argument[0] == 'n')
        id = strtoul(w->argument + 1, &end, 10);
    if (end == NULL || *end != '\0' || id == 0 || id > h->space.servers_count)
        return err_set(e, -E_INVALID, "%s: give a server, n1 to n%u", w->argument,
                       h->space.servers_count);
    *ret = (uint32_t)id - 1;
    return 0;
}

static int state_of_one(const struct ex_hand *h, const struct ex_words *w, struct buf *out,
                        struct err *e)
{
    uint32_t server;
    int code = server_of(h, w, &server, e);
    if (code < 0)
        return code;
    const struct ex_row *row = ex_space_row(&h->space, ex_hand_here(h)->server[server]);
    if (!row->host.up) {
        buf_putf(out, "%s is down\n", w->argument);
        return 0;
    }
    uint64_t *block = mem_array(h->space.block_words, sizeof(*block));
    ex_unpack(row->packed, row->packed_words, block, h->space.block_words);
    ex_case_core((const struct raft *)(const void *)block, server + 1, out);
    mem_free(block);
    return 0;
}

int ex_hand_state(struct ex_hand *h, const struct ex_words *w, struct buf *out, struct err *e)
{
    const struct ex_row *rows[EX_SERVERS];
    if (w->argument[0] != '\0')
        return state_of_one(h, w, out, e);
    ex_cluster_rows(ex_hand_here(h), &h->space, rows);
    ex_tell_servers(&h->space, rows, out);
    ex_tell_history(&h->space, ex_hand_here(h), out);
    ex_tell_messages(&h->space, ex_hand_here(h), out);
    const char *before = "left: ";
    for (uint32_t b = 0; b < EX_BUDGETS_COUNT; b++) {
        if (ex_hand_here(h)->left[b] == 0)
            continue;
        buf_putf(out, "%s%u %s", before, ex_hand_here(h)->left[b],
                 ex_budget_name((enum ex_budget)b));
        before = ", ";
    }
    buf_putc(out, '\n');
    return 0;
}

/* ---- going the way anew ---- */

struct asking {
    struct buf *out;
    uint32_t server; /* only what this one decided */
    uint32_t from;   /* from this decision on, counted from 0 */
    uint32_t count;
};

static void count_step(void *arg, const struct ex_step *step)
{
    struct asking *a = arg;
    if (step->action.server == a->server)
        a->count += step->turn->reasons_count;
}

static void why_step(void *arg, const struct ex_step *step)
{
    struct asking *a = arg;
    char text[400], reason[256];
    if (step->action.server != a->server)
        return;
    bool said = false;
    for (uint32_t i = 0; i < step->turn->reasons_count; i++) {
        if (a->count++ < a->from)
            continue;
        if (!said)
            buf_putf(a->out, "%4u  %s\n", step->number,
                     ex_action_text(step->space, &step->action, text, sizeof(text)));
        said = true;
        buf_putf(a->out, "      %s\n",
                 raft_describe_reason(&step->turn->reasons[i], NULL, reason, sizeof(reason)));
    }
}

int ex_hand_why(struct ex_hand *h, const struct ex_words *w, struct buf *out, struct err *e)
{
    uint32_t server;
    int code = server_of(h, w, &server, e);
    if (code < 0)
        return code;
    struct asking a = {.out = out, .server = server};
    ex_walk(&h->again, &h->path, count_step, &a);
    a.from = a.count > WHY ? a.count - WHY : 0;
    a.count = 0;
    ex_walk(&h->again, &h->path, why_step, &a);
    if (a.count == 0)
        buf_putf(out, "%s has decided nothing yet\n", w->argument);
    return 0;
}

int ex_hand_path(struct ex_hand *h, const struct ex_words *w, struct buf *out, struct err *e)
{
    (void)w, (void)e;
    if (h->path.count == 0)
        buf_puts(out, "nothing has happened yet\n");
    else
        ex_tell_path(&h->again, &h->path, out);
    if (ex_hand_broken(h))
        buf_putf(out, "broken: %s\n", h->broken);
    return 0;
}

int ex_hand_case(struct ex_hand *h, const struct ex_words *w, struct buf *out, struct err *e)
{
    (void)w;
    if (h->path.count == 0)
        return err_set(e, -E_INVALID, "nothing has happened yet");
    ex_case_write(&h->again, &h->path, ex_hand_broken(h) ? h->broken : "nothing is broken",
                  "explore --walk", out);
    return 0;
}

int ex_hand_near(struct ex_hand *h, const struct ex_words *w, struct buf *out, struct err *e)
{
    (void)w, (void)e;
    ex_near(&h->space, ex_hand_here(h), out);
    return 0;
}
