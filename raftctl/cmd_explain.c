/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl explain: what a code of an error, or a word, means. */
#include "raftctl/cmd.h"
#include "raftctl/explain.h"

const struct form form_explain = {.line = "{name}\n  {what}[\n  fix: {fix}][\n  see: {see}]",
                                  .schema = "name:s what:s fix:s~ see:s~"};

static const struct form form_names = {.rows = "names", .columns = "NAME=name MEANING=what"};

static void put(struct jsonw *w, const struct explanation *e)
{
    jsonw_kv_string(w, "name", e->name);
    jsonw_kv_string(w, "what", e->what);
    jsonw_kv_text(w, "fix", e->fix);
    jsonw_kv_text(w, "see", e->source);
}

static enum ctl_exit list(const struct ctl *ctl)
{
    struct buf json = {0};
    struct jsonw w;
    size_t count;
    const struct explanation *all = explain_all(&count);
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_key(&w, "names");
    jsonw_array(&w);
    for (size_t i = 0; i < count; i++) {
        jsonw_object(&w);
        put(&w, &all[i]);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    jsonw_end(&w);
    return form_show(ctl, &form_names, &json, CTL_OK);
}

enum ctl_exit cmd_explain(const struct ctl *ctl)
{
    struct buf json = {0};
    struct jsonw w;
    if (ctl->argc == 0)
        return list(ctl);
    const struct explanation *e = explain_find(ctl->argv[0]);
    if (e == NULL) {
        struct failure f;
        failure_set(&f, CTL_NO, "ABSENT", "there is no explanation of %s", ctl->argv[0]);
        failure_fix(&f, "raftctl explain   lists what there is");
        return print_failure(ctl, &f);
    }
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    put(&w, e);
    jsonw_end(&w);
    return form_show(ctl, &form_explain, &json, CTL_OK);
}
