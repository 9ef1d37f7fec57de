/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was done by hand, as a scenario: beside the steps there were, each at its time. */
#include "base/mem.h"
#include "emulator/scenario/lint.h"
#include "emulator/scenario/print.h"
#include "emulator/step/inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void record_forget(struct step *s)
{
    for (size_t i = 0; i < s->acts_count; i++)
        mem_free(s->acts[i].json);
    s->acts_count = 0;
    s->unsayable = 0;
}

/* The scenario's clock: since its nodes were started. */
static uint64_t story_ns(struct step *s)
{
    const struct world *world = sim_hands(s->sim);
    return world->now(world->arg) - runner_result(sim_runner(s->sim)).started_ns;
}

void record_act(struct step *s, const char *json, uint64_t place)
{
    s->acts = mem_room(s->acts, s->acts_count + 1, &s->acts_cap, sizeof(*s->acts));
    s->acts[s->acts_count++] =
        (struct act){.at_ns = story_ns(s), .place = place, .json = mem_strdup(json)};
}

/* Where the value of the outermost "steps" begins and ends in JSON as the printer writes it. */
static void find_steps(const struct buf *json, size_t *ret_from, size_t *ret_to)
{
    static const char key[] = "\"steps\":";
    const char *text = buf_str(json);
    unsigned depth = 0;
    bool quoted = false;
    *ret_from = *ret_to = 0;
    for (size_t i = 0; i < json->len && *ret_to == 0; i++) {
        char c = text[i];
        if (!quoted && depth == 1 && strncmp(text + i, key, sizeof(key) - 1) == 0)
            *ret_from = i + sizeof(key) - 1;
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']') && --depth == 1 && *ret_from > 0)
            *ret_to = i + 1;
    }
}

static void put_acts(struct step *s, struct buf *out)
{
    uint64_t end = story_ns(s), last = 0;
    for (size_t i = 0; i < s->acts_count; i++) {
        const struct act *a = &s->acts[i];
        const char *body = strchr(a->json, '{') + 1;
        buf_putf(out, "%s{\"at\": \"%lluns\", \"place\": %llu, %s", i == 0 ? "" : ", ",
                 (unsigned long long)a->at_ns, (unsigned long long)a->place, body);
        last = a->at_ns;
    }
    if (end > last)
        buf_putf(out, ", {\"wait\": \"%lluns\"}", (unsigned long long)(end - last));
}

/* The scenario as JSON, with the steps by hand in a branch of their own. */
static void compose(struct step *s, struct buf *out)
{
    struct buf old = {0};
    size_t from, to;
    scenario_print(s->scenario, &old);
    find_steps(&old, &from, &to);
    ASSERT(to > from && from > 0); /* every scenario has steps */
    buf_put(out, old.data, from);
    buf_puts(out, "[{\"parallel\": {\"branches\": [");
    buf_put(out, old.data + from, to - from);
    buf_puts(out, ", [");
    put_acts(s, out);
    buf_puts(out, "]]}}]");
    buf_put(out, old.data + to, old.len - to);
    buf_free(&old);
}

static int write_file(const char *path, struct scenario *recorded, struct err *e)
{
    struct buf json = {0};
    scenario_print(recorded, &json);
    FILE *f = fopen(path, "wx");
    int error = f == NULL ? errno : 0;
    if (f != NULL && fwrite(json.data, 1, json.len, f) != json.len)
        error = errno;
    if (f != NULL && fclose(f) != 0 && error == 0)
        error = errno;
    buf_free(&json);
    if (error == EEXIST)
        return err_set(e, -E_EXISTS, "record: %s is there already", path);
    return error == 0 ? 0 : err_set_errno(e, err_from_errno(error), error, "record: %s", path);
}

static int read_back(struct step *s, const struct buf *json, struct scenario **ret, struct err *e)
{
    struct scenario_source src;
    int code = scenario_source_text(&src, "recorded", buf_str(json), json->len, e);
    struct scenario *recorded = code == 0 ? scenario_source_parse(&src) : NULL;
    if (recorded != NULL)
        (void)scenario_lint(recorded, &src, sim_world());
    if (code == 0 && (recorded == NULL || src.diags.errors > 0)) {
        code = err_set(e, -E_INVALID, "record: no scenario can say it: %s",
                       src.diags.count > 0 ? src.diags.items[0].message : "it is too large");
        scenario_free(recorded);
        recorded = NULL;
    }
    scenario_source_close(&src);
    if (code < 0)
        return code;
    recorded->has_seed = true;
    recorded->seed = s->seed;
    *ret = recorded;
    return 0;
}

int record_write(struct step *s, const struct words *w, struct err *e)
{
    struct scenario *recorded = NULL;
    struct buf json = {0};
    if (s->acts_count == 0)
        return err_set(e, -E_NOTFOUND, "record: nothing was done by hand that a step can say");
    compose(s, &json);
    int code = read_back(s, &json, &recorded, e);
    if (code == 0)
        code = write_file(w->at[1], recorded, e);
    scenario_free(recorded);
    buf_free(&json);
    if (code < 0)
        return code;
    step_print(s, "steps by hand in it: %zu", s->acts_count);
    if (s->unsayable > 0)
        step_print(s, "messages lost or hurried and clients' questions, which are not: %u",
                   s->unsayable);
    return 0;
}
