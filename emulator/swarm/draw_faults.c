/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done to the cluster. Half of the kinds are left out of each drawing: bugs often show only
 * when something else does not happen ("swarm testing", Groce and others, ISSTA 2012). */
#include "emulator/scenario/vocab.h"
#include "emulator/swarm/draw.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define EPISODES_MIN 2
#define EPISODES_MAX 14
#define TRIES_MAX    100 /* for an episode within an alphabet */

unsigned draw_span_ms(struct draw *d)
{
    static const unsigned tenths[] = {2, 5, 10, 15, 30, 80};
    unsigned base = d->et_ms * tenths[draw_count(d, 0, 5)] / 10;
    return draw_count(d, base / 2 + 1, base + 1);
}

/* body: `"net.cut": {…` */
static bool is_foreign(const struct draw *d, const char *body)
{
    char name[64];
    size_t len = strcspn(body + 1, "\"");
    ASSERT(body[0] == '"' && len < sizeof(name));
    (void)snprintf(name, sizeof(name), "%.*s", (int)len, body + 1);
    int action = vocab_find_action(name);
    ASSERT(action >= 0);
    if ((d->capabilities >> vocab_action((enum action_id)action)->capability & 1) == 0)
        return true;
    return d->alphabet != NULL && action != ACTION_wait && action != ACTION_proc_start &&
           !d->alphabet->has[action];
}

static void put_step(struct draw *d, unsigned after_ms, unsigned for_ms, const char *fmt,
                     va_list args)
{
    char body[1024];
    int len = vsnprintf(body, sizeof(body), fmt, args);
    ASSERT(len > 0 && (size_t)len < sizeof(body));
    d->foreign = d->foreign || is_foreign(d, body);
    buf_puts(d->out, d->steps++ == 0 ? "\n  {" : ",\n  {");
    if (after_ms > 0)
        buf_putf(d->out, "\"after\": \"%ums\", ", after_ms);
    buf_puts(d->out, body);
    if (for_ms > 0)
        buf_putf(d->out, ", \"for\": \"%ums\"", for_ms);
    buf_puts(d->out, ", \"must\": false}");
}

void draw_step(struct draw *d, unsigned for_ms, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put_step(d, draw_chance(d, 70) ? draw_span_ms(d) : 0, for_ms, fmt, args);
    va_end(args);
}

void draw_now(struct draw *d, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put_step(d, 0, 0, fmt, args);
    va_end(args);
}

const char *draw_member(struct draw *d)
{
    const char *who = DRAW(d, "leader", "follower(0)", "random(1)");
    return d->voters + d->learners + d->spare > 1 ? who : "random(1)";
}

const char *draw_victim(struct draw *d)
{
    if (draw_chance(d, 40) || d->voters + d->learners + d->spare < 2)
        return draw_member(d);
    return DRAW(d, "leader", "random(2)", "mostUpToDate", "mostLagging", "minorityWithLeader",
                "minorityWithoutLeader", "formerLeader(0)");
}

static bool partition(struct draw *d)
{
    /* In the order of the voters they need: three shapes two, five of them three, one four. */
    static const char *const shapes[] = {
        "halves", "oneVsRest", "random", "majority", "minorityWithLeader",
        "bridge", "chain",     "star",   "ring"};
    if (d->voters < 2)
        return false;
    const char *shape = draw_text(d, shapes, d->voters == 2 ? 3 : d->voters == 3 ? 8 : 9);
    const char *directed = draw_chance(d, 20) ? ", \"directed\": true" : "";
    draw_step(d, draw_span_ms(d), "\"net.partition\": {\"shape\": \"%s\"%s}", shape, directed);
    return true;
}

static bool split(struct draw *d)
{
    if (d->voters < 2)
        return false;
    const char *one = DRAW(d, "leader", "minorityWithLeader", "minorityWithoutLeader",
                           "majorityWithLeader", "majorityWithoutLeader", "random(2)");
    draw_step(d, draw_span_ms(d), "\"net.partition\": {\"groups\": [[\"%s\"], [\"rest\"]]}", one);
    return true;
}

static bool isolate(struct draw *d)
{
    const char *plane = DRAW(d, "peer", "peer", "all");
    const char *direction = DRAW(d, "both", "in", "out");
    const char *who = draw_victim(d);
    draw_step(d, draw_span_ms(d),
              "\"net.isolate\": {\"who\": \"%s\", \"direction\": \"%s\", \"plane\": \"%s\"}", who,
              direction, plane);
    return true;
}

static bool cut(struct draw *d)
{
    const char *direction = DRAW(d, "both", "in", "out");
    const char *to = DRAW(d, "random(1)", "rest", "random(2)");
    const char *from = DRAW(d, "leader", "random(1)", "follower(0)");
    draw_step(d, draw_span_ms(d),
              "\"net.cut\": {\"link\": {\"from\": \"%s\", \"to\": \"%s\", \"direction\": \"%s\"}}",
              from, to, direction);
    return true;
}

static bool flap(struct draw *d)
{
    unsigned cycles = draw_count(d, 1, 5);
    unsigned down_ms = draw_span_ms(d) / 2 + 1;
    unsigned up_ms = draw_span_ms(d) / 2 + 1;
    const char *to = DRAW(d, "rest", "random(1)");
    const char *from = DRAW(d, "leader", "random(1)");
    draw_step(d, 0,
              "\"net.flap\": {\"link\": {\"from\": \"%s\", \"to\": \"%s\"}, \"up\": \"%ums\", "
              "\"down\": \"%ums\", \"cycles\": %u}",
              from, to, up_ms, down_ms, cycles);
    return true;
}

static bool impair(struct draw *d)
{
    unsigned loss = draw_count(d, 0, 50);
    unsigned jitter_ms = draw_count(d, 0, d->et_ms / 2);
    unsigned delay_ms = draw_count(d, 1, d->et_ms);
    const char *from = draw_victim(d);
    draw_step(d, draw_span_ms(d) * 3,
              "\"net.set\": {\"link\": {\"from\": \"%s\", \"to\": \"rest\"}, \"delay\": \"%ums\", "
              "\"jitter\": \"%ums\", \"loss\": \"%u%%\"}",
              from, delay_ms, jitter_ms, loss);
    return true;
}

static bool hold(struct draw *d)
{
    if ((d->capabilities >> CAP_netHold & 1) == 0)
        return false;
    const char *order = DRAW(d, "fifo", "lifo", "shuffle");
    const char *direction = DRAW(d, "both", "in", "out");
    const char *from = DRAW(d, "leader", "random(1)");
    draw_step(d, draw_span_ms(d),
              "\"net.hold\": {\"link\": {\"from\": \"%s\", \"to\": \"rest\", \"direction\": "
              "\"%s\"}, \"order\": \"%s\"}",
              from, direction, order);
    return true;
}

static bool kill_one(struct draw *d)
{
    unsigned gap_ms = draw_span_ms(d);
    draw_step(d, 0, "\"proc.restart\": {\"who\": \"%s\", \"gap\": \"%ums\"}", draw_victim(d),
              gap_ms);
    return true;
}

static bool kill_all(struct draw *d)
{
    unsigned gap_ms = draw_span_ms(d);
    draw_step(d, 0, "\"proc.restart\": {\"who\": \"%s\", \"gap\": \"%ums\"}",
              DRAW(d, "alive", "voters", "majorityWithLeader", "majorityWithoutLeader"), gap_ms);
    return true;
}

static bool stop(struct draw *d)
{
    if (d->leaves_on_sigterm) {
        if (d->may_go == 0)
            return false;
        d->may_go--;
    }
    unsigned gap_ms = draw_span_ms(d);
    draw_step(d, 0,
              "\"proc.restart\": {\"who\": \"%s\", \"signal\": \"SIGTERM\", \"grace\": \"2s\", "
              "\"gap\": \"%ums\"}",
              draw_member(d), gap_ms);
    return true;
}

static bool suspend(struct draw *d)
{
    const char *who = draw_victim(d);
    draw_step(d, draw_span_ms(d), "\"proc.pause\": {\"who\": \"%s\"}", who);
    return true;
}

static bool stutter(struct draw *d)
{
    unsigned cycles = draw_count(d, 1, 6);
    unsigned stop_ms = draw_span_ms(d) / 2 + 1;
    unsigned run_ms = draw_span_ms(d) / 4 + 1;
    draw_step(d, 0,
              "\"proc.stutter\": {\"who\": \"%s\", \"run\": \"%ums\", \"stop\": \"%ums\", "
              "\"cycles\": %u}",
              draw_victim(d), run_ms, stop_ms, cycles);
    return true;
}

static bool burst(struct draw *d)
{
    draw_step(d, 0, "\"load.burst\": {\"ops\": %u}", draw_count(d, 20, 200));
    return true;
}

/* Nothing breaks what is not running: time to elect, copy and commit. */
static bool calm(struct draw *d)
{
    draw_step(d, 0, "\"wait\": \"%ums\"", draw_span_ms(d));
    return true;
}

static const struct kind {
    bool (*draw)(struct draw *d);
    unsigned weight;
} kinds[] = {
    {partition, 3},
    {split, 4},
    {isolate, 4},
    {cut, 2},
    {flap, 1},
    {impair, 2},
    {hold, 2},
    {kill_one, 4},
    {kill_all, 2},
    {stop, 2},
    {suspend, 3},
    {stutter, 1},
    {burst, 1},
    {calm, 2},
    {draw_member_add, 3},
    {draw_member_promote, 2},
    {draw_member_demote, 1},
    {draw_member_remove, 2},
    {draw_leave, 1},
    {draw_member_replace, 2},
    {draw_member_change, 2},
    {draw_transfer, 3},
    {draw_step_down, 1},
    {draw_snapshot, 2},
    {draw_filter, 3},
    {draw_crash_at, 3},
    {draw_stall_at, 2},
    {draw_stranded, 3},
    {draw_cut_short, 2},
    {draw_left_behind, 4},
    {draw_clock_rate, 2},
    {draw_clock_drift, 2},
    {draw_clock_jump, 2},
    {draw_clock_strobe, 1},
    {draw_clock_freeze, 1},
    {draw_rot, 4},
    {draw_tear, 3},
    {draw_wire, 2},
};

#define KINDS_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* One that is in this drawing; kill_one if the draw is of one that has nothing left. */
static void draw_episode(struct draw *d, const void *arg)
{
    const bool *in = arg;
    unsigned total = 0, at = 0;
    size_t i = 0;
    for (size_t k = 0; k < KINDS_COUNT; k++)
        total += in[k] ? kinds[k].weight : 0;
    at = draw_count(d, 0, total - 1);
    for (i = 0; !in[i] || at >= kinds[i].weight; i++)
        at -= in[i] ? kinds[i].weight : 0;
    if (!kinds[i].draw(d))
        (void)kill_one(d);
}

bool draw_within(struct draw *d, void (*draw)(struct draw *d, const void *arg), const void *arg)
{
    const struct draw before = *d;
    const size_t len = d->out->len;
    for (int i = 0; i < TRIES_MAX; i++) {
        draw(d, arg);
        if (!d->foreign)
            return true;
        struct prng luck = d->rnd;
        *d = before;
        d->rnd = luck;
        d->out->len = len;
    }
    return false;
}

void draw_steps(struct draw *d)
{
    bool in[KINDS_COUNT];
    bool any = false;
    for (size_t k = 0; k < KINDS_COUNT; k++)
        any |= in[k] = draw_chance(d, 50) || d->alphabet != NULL; /* which leaves out enough */
    in[0] |= !any;
    buf_puts(d->out, ",\n \"steps\": [\n  {\"wait\": {\"leader\": {}}, \"within\": \"30s\"},"
                     "\n  {\"wait\": {\"commit\": {\"plus\": 5}}, \"within\": \"30s\"},");
    for (unsigned left = draw_count(d, EPISODES_MIN, EPISODES_MAX); left > 0; left--)
        (void)draw_within(d, draw_episode, in);
    if (d->steps == 0) /* of this cluster and this alphabet nothing could be drawn */
        (void)calm(d);
    draw_end(d);
    buf_puts(d->out, "]");
}
