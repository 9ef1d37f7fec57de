/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/swarm/swarm.h"

#include "base/limits.h"
#include "base/units.h"
#include "emulator/swarm/draw.h"

#include <stdio.h>
#include <string.h>

unsigned draw_count(struct draw *d, unsigned low, unsigned high)
{
    return (unsigned)prng_between(&d->rnd, low, (uint64_t)high + 1);
}

bool draw_chance(struct draw *d, unsigned percent)
{
    return prng_below(&d->rnd, 100) < percent;
}

const char *draw_text(struct draw *d, const char *const *texts, size_t count)
{
    return texts[prng_below(&d->rnd, count)];
}

unsigned draw_said(const struct draw *d, const char *path, unsigned drawn)
{
    uint64_t said = drawn;
    for (size_t i = 0; i < d->sets_count; i++) {
        if (strncmp(d->sets[i], path, strlen(path)) == 0 &&
            units_u64(d->sets[i] + strlen(path), LIMIT_MEMBERS, &said) < 0)
            said = drawn; /* the parser will have a word about it */
    }
    return (unsigned)said;
}

static void text_within(const struct swarm_alphabet *alphabet, uint64_t seed,
                        const struct lint_world *world, const char *const *sets, size_t sets_count,
                        struct buf *out)
{
    struct draw d = {.rnd = prng_named(seed, "swarm"),
                     .out = out,
                     .capabilities = world->capabilities,
                     .alphabet = alphabet,
                     .sets = sets,
                     .sets_count = sets_count};
    buf_putf(out, "{\"version\": 1, \"name\": \"swarm-%llx\",\n", (unsigned long long)seed);
    buf_puts(out,
             " \"why\": \"drawn: whatever is broken is mended at the end, and then the cluster "
             "recovers\",\n");
    buf_puts(out, " \"tags\": [\"swarm\", \"catalogue-90\"]");
    draw_cluster(&d);
    draw_steps(&d);
    buf_putf(out, ",\n \"expect\": {\"linearizable\": true, \"recovers\": %s},\n",
             d.core ? "{\"core\": \"quorum\"}" : "true");
    buf_puts(out, " \"finally\": [{\"leader\": {\"stable\": \"300ms\"}, \"within\": \"30s\"},\n"
                  "  {\"ops\": {\"ok\": 40}, \"within\": \"30s\"},\n"
                  "  {\"caughtUp\": {\"who\": \"voters\", \"lagEntries\": 50}, \"within\": "
                  "\"30s\"}],\n"
                  " \"coverage\": {\"opsOk\": 1}}\n");
}

void swarm_text(uint64_t seed, const struct lint_world *world, const char *const *sets,
                size_t sets_count, struct buf *out)
{
    text_within(NULL, seed, world, sets, sets_count, out);
}

static int complain(const struct scenario_source *src, uint64_t seed, struct err *e)
{
    struct buf text = {0};
    diags_render(&src->diags, &text);
    while (text.len > 0 && text.data[text.len - 1] == '\n')
        text.len--;
    int code =
        err_set(e, -E_INVALID, "seed 0x%llX: %.400s", (unsigned long long)seed, buf_str(&text));
    buf_free(&text);
    return code;
}

int swarm_draw(uint64_t seed, const struct lint_world *world, const char *const *sets,
               size_t sets_count, struct scenario **ret, struct err *e)
{
    return swarm_draw_within(NULL, seed, world, sets, sets_count, ret, e);
}

int swarm_draw_within(const struct swarm_alphabet *alphabet, uint64_t seed,
                      const struct lint_world *world, const char *const *sets, size_t sets_count,
                      struct scenario **ret, struct err *e)
{
    struct buf text = {0};
    struct scenario_source src;
    struct scenario *s = NULL;
    text_within(alphabet, seed, world, sets, sets_count, &text);
    int code = scenario_source_text(&src, "swarm", buf_str(&text), text.len, e);
    buf_free(&text);
    for (size_t i = 0; i < sets_count && code == 0; i++)
        code = scenario_override(&src, sets[i], e);
    if (code == 0) {
        s = scenario_source_parse(&src);
        if (s == NULL || scenario_lint(s, &src, world) > 0)
            code = complain(&src, seed, e);
    }
    scenario_source_close(&src);
    if (code < 0)
        scenario_free(s);
    else
        *ret = s;
    return code;
}
