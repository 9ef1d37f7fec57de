/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way back: names for moments, and undoing. */
#include "emulator/step/inside.h"

#include <stdio.h>
#include <string.h>

static struct saved *find(struct step *s, const char *name)
{
    for (size_t i = 0; i < s->saved_count; i++) {
        if (strcmp(s->saved[i].name, name) == 0)
            return &s->saved[i];
    }
    return NULL;
}

int go_fork(struct step *s, const struct words *w, struct err *e)
{
    const char *name = w->at[1];
    struct saved *to = find(s, name);
    if (strlen(name) > STEP_NAME_MAX)
        return err_set(e, -E_LIMIT, "fork: a name has at most %d bytes", STEP_NAME_MAX);
    if (to == NULL && s->saved_count == STEP_FORKS_MAX)
        return err_set(e, -E_LIMIT, "fork: more than %d moments", STEP_FORKS_MAX);
    if (to == NULL)
        to = &s->saved[s->saved_count++];
    else
        deeds_free(&to->deeds);
    (void)snprintf(to->name, sizeof(to->name), "%s", name);
    to->deeds = deeds_copy(&s->deeds, s->deeds.count);
    step_print(s, "back %s will lead here", name);
    return 0;
}

static void say_where(struct step *s)
{
    if (s->sim != NULL)
        step_print(s, "at %.4f s again", (double)sim_time(s->sim) / 1e9);
}

/* Without the last command that did anything. */
static int undo(struct step *s, struct err *e)
{
    size_t count = s->deeds.count;
    if (count == 0)
        return err_set(e, -E_NOTFOUND, "back: this is the beginning");
    unsigned last = s->deeds.items[count - 1].command;
    while (count > 0 && s->deeds.items[count - 1].command == last)
        count--;
    struct deeds deeds = deeds_copy(&s->deeds, count);
    return step_again(s, &deeds, e);
}

int go_back(struct step *s, const struct words *w, struct err *e)
{
    int code;
    if (w->count < 2) {
        code = undo(s, e);
    } else {
        const struct saved *to = find(s, w->at[1]);
        if (to == NULL)
            return err_set(e, -E_NOTFOUND, "back: nothing has the name %.40s: fork %.40s gives it",
                           w->at[1], w->at[1]);
        struct deeds deeds = deeds_copy(&to->deeds, to->deeds.count);
        code = step_again(s, &deeds, e);
    }
    if (code == 0)
        say_where(s);
    return code;
}
