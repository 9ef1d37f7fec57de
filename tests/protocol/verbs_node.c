/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs of time and of one node: time, run, timeout, pass, persist, propose, read, transfer,
 * stepdown, change, unsent, disconnect, state, members, log, wake, lease. */
#include "base/units.h"
#include "tests/protocol/print.h"
#include "tests/protocol/world.h"

#include <stdio.h>
#include <string.h>

/* time +D: the clock moves; nodes wake when they asked to. */
static int verb_time(struct world *w, struct words *line)
{
    uint64_t d = words_duration(line);
    return words_end(line) < 0 ? line->err.code : world_pass(w, w->now + d, false);
}

/* run +D: the same with a perfect network and disk. */
static int verb_run(struct world *w, struct words *line)
{
    uint64_t d = words_duration(line);
    return words_end(line) < 0 ? line->err.code : world_pass(w, w->now + d, true);
}

static raft_id node_up(struct world *w, struct words *line)
{
    raft_id id = words_node(line, w->nodes_count);
    if (line->err.code == 0 && !w->nodes[id].up)
        words_fail(line, "it is down", line->word[line->at - 1]);
    return id;
}

/* timeout N: the clock moves to what N waits for, and only N wakes. With clocks of their own it may
 * wake for nothing. */
static int verb_timeout(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    if (words_end(line) < 0)
        return line->err.code;
    uint64_t wake = w->nodes[id].out.wake_at_ns;
    if (wake == RAFT_NEVER && !w->apart)
        return err_set(w->err, -E_INVALID, "it waits for nothing");
    uint64_t now = world_clock(w, id), jump = wake > now && wake != RAFT_NEVER ? wake - now : 0;
    *(w->apart ? &w->ahead[id] : &w->now) += jump;
    world_step(w, id, &(struct raft_event){.type = RAFT_TIMEOUT}, NULL, "wakes");
    return 0;
}

/* pass N +D: the clock of N moves, and it does not wake. */
static int verb_pass(struct world *w, struct words *line)
{
    raft_id id = words_node(line, w->nodes_count);
    uint64_t d = words_duration(line);
    if (words_end(line) < 0)
        return line->err.code;
    if (!w->apart)
        return err_set(w->err, -E_INVALID, "the nodes have one clock: time +D");
    w->ahead[id] += d;
    return 0;
}

/* persist N [K]: the first K writes (all) are synced. */
static int verb_persist(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    uint64_t count = words_peek(line) != NULL ? words_number(line) : w->nodes[id].writes_count;
    if (words_end(line) < 0)
        return line->err.code;
    if (count == 0 || count > w->nodes[id].writes_count)
        return err_set(w->err, -E_INVALID, "nothing that could be synced");
    world_sync(w, id, (uint32_t)count);
    return 0;
}

/* propose N [xCOUNT] [noop|tick] */
static int verb_propose(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    struct raft_event event = {.type = RAFT_PROPOSE, .propose = {1, ENTRY_DATA}};
    uint64_t count = 1;
    if (words_peek(line) != NULL && *words_peek(line) == 'x') {
        const char *at = words_next(line) + 1;
        if (!words_parse(&at, &count) || count == 0)
            words_fail(line, "xCOUNT expected", at);
    }
    if (words_take(line, "tick"))
        event.propose.kind = ENTRY_TICK;
    if (words_end(line) < 0)
        return line->err.code;
    event.propose.count = (uint32_t)count;
    world_step(w, id, &event, NULL, "is asked to append");
    return 0;
}

/* read N ctx C [lease] */
static int verb_read(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    (void)words_take(line, "ctx");
    struct raft_event event = {.type = RAFT_READ, .read = {.ctx = words_number(line)}};
    event.read.lease = words_take(line, "lease");
    if (words_end(line) < 0)
        return line->err.code;
    world_step(w, id, &event, NULL, "is asked to read");
    return 0;
}

/* transfer N [to M] [within D] */
static int verb_transfer(struct world *w, struct words *line)
{
    struct raft_event event = {.type = RAFT_TRANSFER};
    raft_id id = node_up(w, line);
    if (words_take(line, "to"))
        event.transfer.target = words_number(line);
    if (words_take(line, "within"))
        event.transfer.limit_ns = words_duration(line);
    if (words_end(line) < 0)
        return line->err.code;
    world_step(w, id, &event, NULL, "is asked to hand leadership over");
    return 0;
}

/* stepdown N */
static int verb_stepdown(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    if (words_end(line) < 0)
        return line->err.code;
    world_step(w, id, &(struct raft_event){.type = RAFT_STEP_DOWN}, NULL, "is told to step down");
    return 0;
}

/* change N voters 1 2 3 [learners 4] [expected I] [relabel] */
static int verb_change(struct world *w, struct words *line)
{
    struct raft_config config = {0};
    struct raft_event event = {.type = RAFT_CHANGE, .change = {.config = &config}};
    raft_id id = node_up(w, line);
    words_config(line, &config);
    if (words_take(line, "expected"))
        event.change.expected = words_number(line);
    event.change.relabel = words_take(line, "relabel");
    if (line->err.code == 0 && (config.count == 0 || config.joint))
        words_fail(line, "no member, or a joint configuration", "");
    if (words_end(line) < 0)
        return line->err.code;
    world_step(w, id, &event, NULL, "is asked for other members");
    return 0;
}

/* recover N */
static int verb_recover(struct world *w, struct words *line)
{
    struct raft_config alone = {.count = 1};
    raft_id id = node_up(w, line);
    if (words_end(line) < 0)
        return line->err.code;
    alone.members[0] = (struct raft_member){.id = id, .flags = RAFT_VOTER};
    world_step(w, id, &(struct raft_event){.type = RAFT_RECOVER, .recover = &alone}, NULL,
               "is told that the others are lost");
    return 0;
}

/* A>B of the verbs about a peer. */
static raft_id parse_peer(struct world *w, struct words *line, raft_id *ret_peer)
{
    const char *word = words_next(line), *at = word;
    uint64_t a = 0, b = 0;
    bool ok = words_parse(&at, &a) && *at++ == '>' && words_parse(&at, &b) && *at == '\0';
    if (!ok || a == 0 || a > w->nodes_count)
        words_fail(line, "FROM>TO expected", word);
    *ret_peer = b;
    return line->err.code == 0 ? a : 1;
}

/* unsent A>B from I */
static int verb_unsent(struct world *w, struct words *line)
{
    struct raft_event event = {.type = RAFT_UNSENT};
    raft_id id = parse_peer(w, line, &event.unsent.peer);
    (void)words_take(line, "from");
    event.unsent.first = words_number(line);
    if (words_end(line) < 0)
        return line->err.code;
    world_step(w, id, &event, NULL, "could not send");
    return 0;
}

/* disconnect A>B */
static int verb_disconnect(struct world *w, struct words *line)
{
    struct raft_event event = {.type = RAFT_DISCONNECTED};
    raft_id id = parse_peer(w, line, &event.disconnected);
    if (words_end(line) < 0)
        return line->err.code;
    world_step(w, id, &event, NULL, "lost a connection");
    return 0;
}

/* Prints for the nodes named, or for all. */
static int each(struct world *w, struct words *line,
                void (*print)(struct buf *, const struct host *))
{
    uint64_t ids[WORLD_NODES];
    uint32_t count = words_numbers(line, ids, WORLD_NODES);
    if (words_end(line) < 0)
        return line->err.code;
    for (raft_id id = 1; count == 0 && id <= w->nodes_count; id++)
        print(w->out, &w->nodes[id]);
    for (uint32_t i = 0; i < count; i++) {
        if (ids[i] == 0 || ids[i] > w->nodes_count)
            return err_set(w->err, -E_INVALID, "no such node");
        print(w->out, &w->nodes[ids[i]]);
    }
    return 0;
}

static int verb_state(struct world *w, struct words *line)
{
    return each(w, line, print_state);
}

static int verb_members(struct world *w, struct words *line)
{
    return each(w, line, print_members);
}

static int verb_log(struct world *w, struct words *line)
{
    return each(w, line, print_log);
}

/* rounds N of M: how leader N sees learner M catch up. */
static int verb_rounds(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    (void)words_take(line, "of");
    uint64_t member = words_number(line);
    struct raft_progress_view view;
    if (words_end(line) < 0)
        return line->err.code;
    if (!raft_progress_of(w->nodes[id].core, member, &view))
        return err_set(w->err, -E_INVALID, "it leads nobody of that name");
    buf_putf(w->out, "n%u: %u rounds, %s, moved %ums ago\n", (unsigned)member, view.rounds,
             view.caught_up ? "caught up" : "not caught up",
             (unsigned)((world_clock(w, id) - view.moved_ns) / NS_PER_MS));
    return 0;
}

/* wake N: when it wants to be woken, in whole milliseconds. */
static int verb_wake(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    if (words_end(line) < 0)
        return line->err.code;
    uint64_t wake = w->nodes[id].out.wake_at_ns, now = world_clock(w, id);
    if (wake == RAFT_NEVER)
        buf_putf(w->out, "n%u waits for nothing\n", (unsigned)id);
    else
        buf_putf(w->out, "n%u wakes in %ums\n", (unsigned)id,
                 wake <= now ? 0 : (unsigned)((wake - now) / NS_PER_MS));
    return 0;
}

/* lease N: how long its lease lasts yet. */
static int verb_lease(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    if (words_end(line) < 0)
        return line->err.code;
    uint64_t until = raft_lease_until(w->nodes[id].core);
    uint64_t now = world_clock(w, id), left = until > now ? (until - now) / NS_PER_US : 0;
    if (until == RAFT_NEVER)
        buf_putf(w->out, "n%u leads as long as it likes\n", (unsigned)id);
    else if (left == 0)
        buf_putf(w->out, "n%u has no lease\n", (unsigned)id);
    else
        buf_putf(w->out, "n%u has a lease for %u.%ums\n", (unsigned)id, (unsigned)(left / 1000),
                 (unsigned)(left % 1000 / 100));
    return 0;
}

/* full N [no]: its disk has no space for entries, or has again. */
static int verb_full(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    bool no = words_take(line, "no");
    if (words_end(line) < 0)
        return line->err.code;
    w->nodes[id].no_space = !no;
    return 0;
}

/* left N [no]: its disk is marked as having left the cluster, or so no more. */
static int verb_left(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    struct raft_event event = {.type = RAFT_LEFT, .left = !words_take(line, "no")};
    if (words_end(line) < 0)
        return line->err.code;
    w->nodes[id].setup.left = event.left;
    world_step(w, id, &event, NULL, event.left ? "has left" : "is back");
    return 0;
}

const struct verb verbs_node[] = {
    {"time", verb_time},
    {"run", verb_run},
    {"timeout", verb_timeout},
    {"pass", verb_pass},
    {"persist", verb_persist},
    {"propose", verb_propose},
    {"read", verb_read},
    {"unsent", verb_unsent},
    {"disconnect", verb_disconnect},
    {"state", verb_state},
    {"log", verb_log},
    {"wake", verb_wake},
    {"members", verb_members},
    {"transfer", verb_transfer},
    {"change", verb_change},
    {"full", verb_full},
    {"lease", verb_lease},
    {"stepdown", verb_stepdown},
    {"left", verb_left},
    {"recover", verb_recover},
    {"rounds", verb_rounds},
    {NULL, NULL},
};
