/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl top: the status again and again, and what has been going on in between. */
#include "base/units.h"
#include "raftctl/ask.h"
#include "raftctl/cmd.h"
#include "raftctl/status_view.h"
#include "raftctl/stop.h"

#define EVERY_NS NS_PER_S
#define CLEAR    "\x1b[H\x1b[J"

/* The look before. */
struct before {
    uint64_t commit, at_ns;
};

static void put_rate(struct buf *out, const struct survey *s, struct before *before)
{
    uint64_t now_ns = conn_now_ns(), commit = s->cluster.commit;
    if (before->at_ns != 0 && commit >= before->commit && now_ns > before->at_ns)
        buf_putf(out, "%.0f entries/s committed\n",
                 (double)(commit - before->commit) * 1e9 / (double)(now_ns - before->at_ns));
    *before = (struct before){commit, now_ns};
}

static enum ctl_exit look(const struct ctl *ctl, struct before *before)
{
    static struct survey survey; /* large, and there is one */
    struct failure f;
    struct buf out = {0};
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, &f) != CTL_OK)
        return print_failure(ctl, &f);
    if (form_wants_json(ctl)) {
        status_put_json(&out, &survey);
        return form_show(ctl, &form_status, &out, CTL_OK);
    }
    if (ctl->output == OUTPUT_PLAIN) {
        status_put_plain(&out, &survey);
    } else {
        buf_puts(&out, ctl->sink->terminal[SINK_ANSWER] ? CLEAR : "");
        status_put_table(&out, &survey, ctl->sink);
        put_rate(&out, &survey, before);
    }
    enum ctl_exit exit = print_out(ctl, &out, CTL_OK);
    buf_free(&out);
    return exit;
}

/* A cluster that nobody answers for is looked at again too. */
enum ctl_exit cmd_top(const struct ctl *ctl)
{
    struct before before = {0};
    uint64_t left = UINT64_MAX;
    if (ctl->value[OPT_COUNT] != NULL && units_u64(ctl->value[OPT_COUNT], UINT64_MAX, &left) < 0)
        UNREACHABLE(); /* it is a number */
    enum ctl_exit exit = CTL_OK;
    while (left-- > 0 && !stop_asked() && exit != CTL_IO) {
        exit = look(ctl, &before);
        if (!sink_end_picture(ctl->sink))
            exit = CTL_IO;
        if (left > 0)
            stop_rest(ctl->repeat_ns != 0 ? ctl->repeat_ns : EVERY_NS, UINT64_MAX);
    }
    return stop_asked() ? CTL_INTERRUPTED : exit;
}
