/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/lab_clock.h"

#include "raftd/lab_command.h"
#include "raftd/turn.h"

/* So much too fast a clock may run: a thousand times. */
#define RATE_PPM_MAX (1000 * (int64_t)HOST_CLOCK_PPM)
/* What a clock may show, or owe: centuries, and far from where sums of them would wrap. */
#define SHOWN_NS_MAX (UINT64_MAX / 4)

uint64_t lab_clock_read(struct lab_clock *c, uint64_t host_ns)
{
    if (!c->bent)
        return c->shown_ns = host_ns;
    uint64_t now_ns = host_clock_read(&c->model, host_ns);
    if (now_ns > c->shown_ns)
        c->shown_ns = now_ns;
    return c->shown_ns;
}

uint64_t lab_clock_when(const struct lab_clock *c, uint64_t shown_ns)
{
    return c->bent ? host_clock_when(&c->model, shown_ns) : shown_ns;
}

uint64_t lab_clock_wall(const struct lab_clock *c, uint64_t host_ns, uint64_t wall_ns)
{
    return c->bent ? host_clock_read(&c->model, host_ns) : wall_ns;
}

static int bend(struct lab_clock *c, struct lab_words *w, struct err *e)
{
    static const char *const no_yes[] = {"no", "yes"};
    struct host_clock model = {0};
    unsigned frozen = 0;
    int code = lab_words_u64(w, "at", 0, turn_now_ns(), &model.at_ns, e);
    if (code == 0)
        code = lab_words_u64(w, "shown", 0, SHOWN_NS_MAX, &model.shown_ns, e);
    if (code == 0)
        code = lab_words_u64(w, "owed", 0, SHOWN_NS_MAX, &model.owed_ns, e);
    if (code == 0)
        code = lab_words_i64(w, "rate", 1 - HOST_CLOCK_PPM, RATE_PPM_MAX, &model.rate_ppm, e);
    if (code == 0)
        code = lab_words_choice(w, "frozen", no_yes, ARRAY_LEN(no_yes), &frozen, e);
    if (code == 0)
        code = lab_words_end(w, e);
    if (code < 0)
        return code;
    model.frozen = frozen == 1;
    c->model = model;
    c->bent = true;
    return 0;
}

int lab_clock_command(const struct lab_parts *parts, struct lab_words *w, struct err *e)
{
    return bend(parts->clock, w, e);
}

int lab_clock_wall_command(const struct lab_parts *parts, struct lab_words *w, struct err *e)
{
    return bend(parts->wall, w, e);
}
