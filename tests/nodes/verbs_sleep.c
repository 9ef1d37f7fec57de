/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process, or its whole machine, that stands still for a while: suspend, resume. */
#include "tests/nodes/stage.h"

/* suspend n1 [unaware]: unaware, its clock stands still, too. */
static int verb_suspend(struct stage *s, struct words *line)
{
    unsigned i = stage_running(s, line);
    bool unaware = words_take(line, "unaware");
    if (words_end(line) < 0)
        return line->err.code;
    s->n.asleep[i] = true;
    s->unaware_since_ns[i] = unaware ? s->n.now_ns : 0;
    return 0;
}

static int verb_resume(struct stage *s, struct words *line)
{
    unsigned i = stage_running(s, line);
    if (words_end(line) < 0)
        return line->err.code;
    if (s->n.asleep[i] && s->unaware_since_ns[i] != 0)
        s->n.one[i].stood_ns += s->n.now_ns - s->unaware_since_ns[i];
    s->n.asleep[i] = false;
    nodes_settle(&s->n);
    return 0;
}

const struct stage_verb stage_verbs_sleep[] = {
    {"suspend", verb_suspend}, {"resume", verb_resume}, {NULL, NULL}};
