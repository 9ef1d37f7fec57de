/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What no system behind an adapter has, in a file that is written for one. */
#include "emulator/scenario/lint_inside.h"

#include <string.h>

static void lacks(struct lint *l, bool wants, const char *section, const char *key)
{
    if (wants)
        lint_say(l, DIAG_ERROR, lint_at(l, section, key), true, NULL,
                 "%s: %s: nodes behind an adapter do not know it (sut: %.100s)", section, key,
                 l->s->cluster.sut);
}

void lint_sut(struct lint *l)
{
    const struct scenario_clients *c = &l->s->clients;
    const char *model = c->model == NULL ? "" : c->model;
    /* A system put there by an option is one that may not fit: that is for the world to say. */
    if (scenario_is_raftd(l->s) || lint_at(l, "cluster", "sut")->origin != NULL)
        return;
    lacks(l, l->s->cluster.learners > 0, "cluster", "learners");
    lacks(l, c->sessions, "clients", "sessions");
    lacks(l, c->retry, "clients", "retry");
    lacks(l, c->read_mode != READ_index, "clients", "readMode");
    lacks(l, strcmp(model, "queue") == 0 || strcmp(model, "set") == 0, "clients", "model");
}
