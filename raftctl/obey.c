/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of words: read, and done. */
#include "base/version.h"
#include "raftctl/help.h"
#include "raftctl/options.h"
#include "raftctl/stop.h"

static enum ctl_exit say(const struct ctl *ctl, void (*put)(struct buf *out, const struct ctl *ctl))
{
    struct buf out = {0};
    put(&out, ctl);
    enum ctl_exit exit = print_out(ctl, &out, CTL_OK);
    buf_free(&out);
    return exit;
}

static void put_help(struct buf *out, const struct ctl *ctl)
{
    if (ctl->verb != NULL)
        help_put_verb(out, ctl->verb);
    else if (ctl->topic != NULL)
        help_put_group(out, ctl->topic);
    else
        help_put_all(out);
}

static void put_version(struct buf *out, const struct ctl *ctl)
{
    (void)ctl;
    buf_puts(out, "raftctl " RAFTLAB_VERSION "\n");
}

/* Once, or again and again until somebody has had enough, or nobody reads it any more. */
static enum ctl_exit run(const struct ctl *ctl)
{
    for (;;) {
        enum ctl_exit exit = ctl->verb->run(ctl);
        if (ctl->repeat_ns == 0 || ctl->verb->goes_on || exit == CTL_IO)
            return exit;
        stop_rest(ctl->repeat_ns, UINT64_MAX);
        if (stop_asked())
            return CTL_INTERRUPTED;
    }
}

static void choose_color(struct sink *sink, const char *when)
{
    if (when == NULL || strcmp(when, "auto") == 0)
        return;
    sink->terminal[SINK_ANSWER] = sink->terminal[SINK_FAILURE] = strcmp(when, "always") == 0;
}

enum ctl_exit verbs_obey(char **words, size_t count, const char *const *defaults, struct sink *sink)
{
    struct ctl ctl;
    struct failure failure;
    struct profile profile;
    struct sink own = *sink;
    enum ctl_exit exit = CTL_INTERNAL;
    enum ctl_wish wish = options_parse(words, count, defaults, &profile, &ctl, &failure);
    ctl.sink = &own;
    choose_color(&own, ctl.value[OPT_COLOR]);
    switch (wish) {
    case WISH_RUN: exit = run(&ctl); break;
    case WISH_HELP: exit = say(&ctl, put_help); break;
    case WISH_VERSION: exit = say(&ctl, put_version); break;
    case WISH_WRONG: exit = print_failure(&ctl, &failure); break;
    }
    profile_free(&profile);
    return exit;
}
