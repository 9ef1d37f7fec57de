/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults drawn at random: each is a step that can be done, ends in time, and leaves a quorum alone
 * if it shall. */
#include "base/units.h"
#include "emulator/scenario/fuzz.h"
#include "emulator/scenario/parse.h"
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- what is drawn ---- */

static void parse_step_text(const struct scenario *like, const char *step, uint64_t lasts_ns,
                            uint64_t most_ns)
{
    struct buf whole = {0}, said = {0};
    struct scenario_source src;
    struct err e;
    scenario_around_step(like, step, &whole);
    assert_int_equal(scenario_source_text(&src, "drawn", buf_str(&whole), whole.len, &e), 0);
    struct scenario *s = scenario_source_parse(&src);
    diags_render(&src.diags, &said);
    if (s == NULL)
        fail_msg("%s: %s", step, buf_str(&said));
    assert_true(lasts_ns <= most_ns && s->steps.steps[0].for_ns <= lasts_ns);
    scenario_free(s);
    scenario_source_close(&src);
    buf_free(&whole);
    buf_free(&said);
}

static void every_drawn_step_is_one(void **state)
{
    struct prng rnd = prng_seed(5);
    char model[] = "register";
    struct scenario like = {.cluster = {.voters = 5}, .clients = {.count = 2, .model = model}};
    (void)state;
    for (int action = 0; action < ACTIONS_COUNT; action++) {
        for (int i = 0; i < 60 && scenario_fuzz_can((enum action_id)action); i++) {
            const struct scenario_fuzz how = {.who = 1 + prng_below(&rnd, 30),
                                              .et_ns = 150 * NS_PER_MS,
                                              .ns = prng_between(&rnd, NS_PER_US, NS_PER_S)};
            struct buf text = {0};
            buf_putc(&text, '{');
            uint64_t ns = scenario_fuzz_draw((enum action_id)action, &how, &rnd, &text);
            buf_putc(&text, '}');
            parse_step_text(&like, buf_str(&text), ns, how.ns);
            buf_free(&text);
        }
    }
}

/* ---- what comes of it ---- */

#define CLUSTER "\"voters\":5,\"config\":{\"election_timeout\":\"150ms..300ms\"}"
#define STORY(parameters)                                                 \
    "{\"wait\":{\"leader\":{}},\"within\":\"5s\"},{\"fuzz\":{" parameters \
    ",\"stability\":\"5s\"},\"for\":\"20s\",\"label\":\"f\"},{\"mark\":{\"name\":\"after\"}}"
#define LINKS ",\"links\":{\"default\":{\"delay\":\"1ms\"}}"

struct fault_row {
    double t_s;
    bool begins;
    char step[16];
    unsigned nodes; /* named in its targets */
};

/* The next line about a drawn step; false: there is none. */
static bool next_row(char **at, struct fault_row *ret)
{
    for (char *line; (line = strsep(at, "\n")) != NULL;) {
        const char *step = strstr(line, "\"step\":\"f."), *t = strstr(line, "\"t\":");
        if (step == NULL || t == NULL)
            continue;
        ret->t_s = strtod(t + 4, NULL) / 1e9;
        ret->begins = strstr(line, "\"phase\":\"begin\"") != NULL;
        (void)snprintf(ret->step, sizeof(ret->step), "%.*s", (int)strcspn(step + 8, "\""),
                       step + 8);
        const char *who = strstr(line, "\"targets\":[");
        size_t len = who == NULL ? 0 : strcspn(who, "]");
        ret->nodes = 0;
        for (size_t i = 0; i + 1 < len; i++)
            ret->nodes |= who[i] == 'n' && who[i + 1] >= '1' && who[i + 1] <= '5'
                              ? 1u << (who[i + 1] - '1')
                              : 0;
        return true;
    }
    return false;
}

static void begins_and_ends_in_time(void **state)
{
    (void)state;
    struct simrun r;
    struct fault_row row;
    unsigned begun = 0, ended = 0;
    double first_s = 0, last_s = 0;
    simrun(&r, 11, CLUSTER,
           STORY("\"alphabet\":[\"proc.kill\",\"net.isolate\",\"clock.strobe\",\"net.flap\"],"
                 "\"minGap\":\"100ms\",\"maxConcurrent\":3"),
           LINKS);
    simrun_assert_done(&r);
    char *text = simrun_file(&r, "faults.ndjson"), *at = text;
    while (next_row(&at, &row)) {
        first_s = begun == 0 ? row.t_s : first_s;
        last_s = row.t_s;
        begun += row.begins;
        ended += !row.begins;
    }
    assert_true(begun >= 20 && begun == ended);
    assert_true(last_s - first_s > 10 && last_s - first_s <= 20.001);
    assert_true(r.outcome.ended_ns >= (uint64_t)(first_s * 1e9) + 25 * NS_PER_S);
    free(text);
    simrun_close(&r);
}

/* Never more than two of five at the same time. */
static void leaves_a_quorum_alone(const char *story)
{
    struct simrun r;
    struct fault_row row;
    struct {
        char step[16];
        unsigned nodes;
    } open[32] = {0};
    unsigned begun = 0, most = 0;
    simrun(&r, 12, CLUSTER, story, LINKS);
    simrun_assert_done(&r);
    char *text = simrun_file(&r, "faults.ndjson"), *at = text;
    while (next_row(&at, &row)) {
        unsigned all = 0;
        size_t i = 0;
        while (strcmp(open[i].step, row.begins ? "" : row.step) != 0)
            assert_true(++i < ARRAY_LEN(open));
        (void)snprintf(open[i].step, sizeof(open[i].step), "%s", row.begins ? row.step : "");
        open[i].nodes = row.begins ? row.nodes : 0;
        begun += row.begins;
        for (i = 0; i < ARRAY_LEN(open); i++)
            all |= open[i].nodes;
        most = all > most ? all : most;
        assert_true(__builtin_popcount(all) <= 2);
    }
    assert_true(begun >= 20 && most > 0);
    free(text);
    simrun_close(&r);
}

#define GENTLY                                                     \
    "\"alphabet\":[\"proc.kill\",\"proc.pause\",\"net.isolate\"]," \
    "\"minGap\":\"50ms\",\"maxConcurrent\":16,\"keepQuorum\":true"
#define BRANCH(name) \
    "[{\"fuzz\":{" GENTLY ",\"stability\":\"5s\"},\"for\":\"20s\",\"label\":\"f." name "\"}]"

static void a_quorum_is_left_alone(void **state)
{
    (void)state;
    leaves_a_quorum_alone(STORY(GENTLY));
}

static void by_several_together(void **state)
{
    (void)state;
    leaves_a_quorum_alone("{\"wait\":{\"leader\":{}},\"within\":\"5s\"},"
                          "{\"parallel\":{\"branches\":[" BRANCH("a") "," BRANCH("b") "]}}");
}

static void the_seed_is_the_whole_of_it(void **state)
{
    struct sim_outcome first = {0};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct simrun r;
        simrun(&r, i == 2 ? 8 : 7, CLUSTER, STORY("\"alphabet\":[\"proc.kill\",\"net.cut\"]"),
               LINKS);
        simrun_assert_done(&r);
        if (i == 1)
            assert_true(first.unseed == r.outcome.unseed && first.events == r.outcome.events);
        if (i == 2)
            assert_true(first.unseed != r.outcome.unseed);
        first = r.outcome;
        simrun_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_drawn_step_is_one),     cmocka_unit_test(begins_and_ends_in_time),
        cmocka_unit_test(a_quorum_is_left_alone),      cmocka_unit_test(by_several_together),
        cmocka_unit_test(the_seed_is_the_whole_of_it),
    };
    return cmocka_run_group_tests_name("sim_fuzz", tests, NULL, NULL);
}
