/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything mended at once, as at the end of a run. For the recording it is what a scenario would
 * say: links healed, processes started and resumed, clocks set right; of what has no step that
 * mends it, how long it lasted. */
#include "base/mem.h"
#include "emulator/lab/inside.h"

#include <stdio.h>
#include <string.h>

static int put_down(struct lab *lab, const char *json, uint64_t story_ns, struct err *e)
{
    struct scenario *parsed = NULL;
    struct by_hand_fault fault;
    int code = scenario_by_hand(lab->o->scenario, json, live_world(), &parsed, &fault, e);
    if (code == 0)
        code = lab_deeds_add(&lab->deeds, parsed, story_ns, e);
    if (code < 0)
        scenario_free(parsed);
    return code;
}

/* {"ACTION": {"who": ["n1", …]}} of those nodes; no step if there are none. */
static int put_down_nodes(struct lab *lab, const char *action, const bool *nodes, uint64_t story_ns,
                          struct err *e)
{
    struct buf json = {0};
    bool any = false;
    buf_putf(&json, "{\"%s\": {\"who\": [", action);
    for (unsigned i = 0; i < scenario_nodes_count(lab->o->scenario); i++) {
        if (nodes[i])
            buf_putf(&json, "%s\"n%u\"", any ? ", " : "", i + 1);
        any = any || nodes[i];
    }
    buf_puts(&json, "]}, \"must\": false}");
    int code = any ? put_down(lab, buf_str(&json), story_ns, e) : 0;
    buf_free(&json);
    return code;
}

static bool of_clocks(struct lab *lab)
{
    struct runner_fault f;
    for (size_t i = 0; runner_fault_at(live_runner(lab->live), i, &f); i++) {
        if (strncmp(f.action, "clock.", 6) == 0)
            return true;
    }
    return false;
}

int lab_heal(struct lab *lab, uint64_t story_ns, struct err *e)
{
    const struct observer *o = live_observer(lab->live);
    bool dead[LIMIT_MEMBERS] = {false}, paused[LIMIT_MEMBERS] = {false};
    bool clocks = of_clocks(lab);
    for (unsigned i = 0; i < o->nodes_count; i++) {
        dead[i] = o->nodes[i].started && !o->nodes[i].alive && !o->nodes[i].removed;
        paused[i] = o->nodes[i].paused;
    }
    int code = runner_heal(live_runner(lab->live), e);
    if (code < 0)
        return code;
    lab_deeds_healed(&lab->deeds, story_ns);
    code =
        put_down(lab, "{\"net.heal\": {\"link\": \"all\", \"impairments\": true}, \"must\": false}",
                 story_ns, e);
    if (code == 0)
        code = put_down_nodes(lab, "proc.resume", paused, story_ns, e);
    if (code == 0)
        code = put_down_nodes(lab, "proc.start", dead, story_ns, e);
    if (code == 0 && clocks)
        code = put_down(lab, "{\"clock.reset\": {\"who\": \"all\"}, \"must\": false}", story_ns, e);
    return code;
}
