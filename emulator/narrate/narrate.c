/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines, and what is counted between them. */
#include "emulator/narrate/narrate.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/narrate/inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The longest silence without a word. */
#define QUIET_NS_LONG (1000 * NS_PER_MS)

int narrate_parse(const char *words, unsigned *ret, struct err *e)
{
    unsigned what = 0;
    for (const char *w = words; w != NULL && *w != '\0';) {
        size_t len = strcspn(w, ",");
        if (len == 8 && strncmp(w, "messages", len) == 0)
            what |= NARRATE_MESSAGES;
        else if (len == 7 && strncmp(w, "clients", len) == 0)
            what |= NARRATE_CLIENTS;
        else
            return err_set(e, -E_INVALID, "narrate: %.*s: only messages and clients can be added",
                           (int)(len < 40 ? len : 40), w);
        w += len + (w[len] == ',');
    }
    *ret = what;
    return 0;
}

static void on_event(void *arg, uint64_t t_ns, const struct sim_event *event)
{
    struct narrator *n = arg;
    n->now_ns = t_ns;
    n->cause = (struct cause){.kind = event->kind};
    if (t_ns >= n->told_ns + QUIET_NS_LONG)
        narrator_quiet(n, t_ns);
    if (n->share != NULL)
        n->share(n->share_arg, t_ns, event);
}

void narrator_share(struct narrator *n,
                    void (*event)(void *arg, uint64_t t_ns, const struct sim_event *event),
                    void *arg)
{
    n->share = event;
    n->share_arg = arg;
}

struct narrator *narrator_new(unsigned nodes, unsigned what,
                              void (*line)(void *arg, const char *text), void *arg)
{
    struct narrator *n = mem_alloc(sizeof(*n));
    ASSERT(nodes <= LIMIT_MEMBERS);
    n->nodes = nodes;
    n->what = what;
    n->line = line;
    n->arg = arg;
    n->watch = (struct sim_watch){.arg = n,
                                  .event = on_event,
                                  .packet = narrate_moved,
                                  .decided = narrate_decided,
                                  .process = narrate_process,
                                  .fault = narrate_fault,
                                  .operation = narrate_operation};
    return n;
}

void narrator_free(struct narrator *n)
{
    if (n == NULL)
        return;
    buf_free(&n->text);
    mem_free(n);
}

const struct sim_watch *narrator_watch(struct narrator *n)
{
    return &n->watch;
}

void narrator_mute(struct narrator *n, bool on)
{
    n->muted = on;
}

/* ---- lines ---- */

void narrator_put(struct narrator *n, uint64_t t_ns, const char *who, const char *text)
{
    n->told_ns = t_ns;
    if (n->muted)
        return;
    buf_reset(&n->text);
    buf_putf(&n->text, "%9.4f s  %-4s %s", (double)t_ns / 1e9, who, text);
    n->line(n->arg, buf_str(&n->text));
}

void narrator_tell(struct narrator *n, uint64_t t_ns, const char *who, const char *fmt, ...)
{
    char text[640];
    va_list args;
    narrator_quiet(n, t_ns);
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    narrator_put(n, t_ns, who == NULL ? "" : who, text);
}

void narrator_line(struct narrator *n, uint64_t t_ns, const char *who, const char *text)
{
    narrator_tell(n, t_ns, who, "%s", text);
}

void narrator_told(struct narrator *n, const struct sim_packet *p)
{
    n->told = p;
}

void narrator_more(struct narrator *n, unsigned what)
{
    n->what = what;
}

void narrator_finish(struct narrator *n)
{
    narrator_quiet(n, n->now_ns);
}

/* The runner says of a fault what was just told. */
void narrator_say(struct narrator *n, uint64_t t_ns, const char *text)
{
    size_t len = n->fault == NULL ? 0 : strlen(n->fault);
    if (len > 0 && n->fault_ns == t_ns && strncmp(text, n->fault, len) == 0)
        return;
    narrator_tell(n, t_ns, "--", "%s", text);
}
