/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/scenario_text.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

char *scenario_text_around(const char *steps, const char *sections)
{
    struct buf out = {0};
    buf_putf(&out,
             "{\"version\":1,\"name\":\"t\",\n"
             "\"cluster\":{\"voters\":5,\"config\":{\"election_timeout\":\"200ms..400ms\"}},\n"
             "\"clients\":{\"count\":8},\n"
             "\"steps\":[%s]%s}",
             steps, sections);
    char *text = mem_strdup(buf_str(&out));
    buf_free(&out);
    return text;
}

struct scenario *scenario_text_parse(const char *text, const struct lint_world *world,
                                     char **ret_said)
{
    struct scenario_source src;
    struct err e;
    struct scenario *s = NULL;
    struct buf out = {0};
    if (scenario_source_text(&src, "t.json", text, strlen(text), &e) == 0) {
        s = scenario_source_parse(&src);
        if (s != NULL && scenario_lint(s, &src, world) > 0) {
            scenario_free(s);
            s = NULL;
        }
    }
    diags_render(&src.diags, &out);
    *ret_said = mem_strdup(buf_str(&out));
    buf_free(&out);
    scenario_source_close(&src);
    return s;
}

struct scenario *scenario_text_good(const char *text)
{
    char *said;
    struct scenario *s = scenario_text_parse(text, NULL, &said);
    if (s == NULL)
        fail_msg("refused: %s\n%s", text, said);
    free(said);
    return s;
}
