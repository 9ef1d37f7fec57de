/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scenario files: no text crashes reader, parser, lint or printers; what is accepted reads back to
 * itself; and whatever the strict reader takes for JSON, cJSON takes for JSON, too. */
#include "base/mem.h"
#include "emulator/scenario/lint.h"
#include "emulator/scenario/print.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_scenario(const struct scenario *s)
{
    struct buf first = {0}, second = {0}, shown = {0};
    struct scenario_source src;
    struct err e;
    scenario_print(s, &first);
    scenario_print_timeline(s, &shown);
    ASSERT(scenario_source_text(&src, "printed", first.data, first.len, &e) == 0);
    struct scenario *again = scenario_source_parse(&src);
    ASSERT(again != NULL);
    scenario_print(again, &second);
    ASSERT(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    scenario_free(again);
    scenario_source_close(&src);
    buf_free(&first);
    buf_free(&second);
    buf_free(&shown);
}

/* cJSON is the laxer of the two: it has to accept what the strict reader does. */
static void oracle(const struct scenario_source *src)
{
    cJSON *theirs = cJSON_ParseWithLength(src->text, src->len);
    ASSERT(theirs != NULL);
    cJSON_Delete(theirs);
}

/* The first line may be an assignment for --set. */
static void whole_way(const char *text, size_t len, const char *assignment)
{
    static const struct lint_world world = {.name = "live", .id = WORLD_live};
    struct scenario_source src;
    struct err e;
    struct buf out = {0};
    if (scenario_source_text(&src, "fuzz", text, len, &e) == 0) {
        oracle(&src);
        bool overridden = assignment != NULL && scenario_override(&src, assignment, &e) == 0;
        struct scenario *s = scenario_source_parse(&src);
        if (s != NULL) {
            (void)scenario_lint(s, &src, &world);
            same_scenario(s);
        }
        ASSERT(s != NULL || src.diags.errors > 0);
        ASSERT(s == NULL || !overridden || s->overrides.count > 0);
        scenario_free(s);
    }
    diags_render(&src.diags, &out);
    buf_free(&out);
    scenario_source_close(&src);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const uint8_t *line = size > 0 && data[0] == '@' ? memchr(data, '\n', size) : NULL;
    if (line == NULL) {
        whole_way(text, size, NULL);
        return 0;
    }
    size_t first = (size_t)(line - data);
    char *assignment = mem_dup(text + 1, first - 1);
    whole_way(text + first + 1, size - first - 1, assignment);
    free(assignment);
    return 0;
}
