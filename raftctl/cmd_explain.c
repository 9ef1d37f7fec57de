/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl explain: what a code of an error, or a word, means. */
#include "raftctl/cmd.h"
#include "raftctl/explain.h"
#include "raftctl/near.h"

#include <ctype.h>

#define NAME_MAX_LETTERS 64 /* longer ones are not near to anything */

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

static struct span spelled_plain(const char *name, char out[NAME_MAX_LETTERS])
{
    size_t len = 0;
    for (; name[len] != '\0' && len < NAME_MAX_LETTERS; len++)
        out[len] = explain_plain(name[len]);
    return span_of(out, len);
}

static enum ctl_exit absent(const struct ctl *ctl)
{
    char word[NAME_MAX_LETTERS], name[NAME_MAX_LETTERS];
    size_t count;
    const struct explanation *all = explain_all(&count);
    struct near near = near_new(spelled_plain(ctl->argv[0], word));
    struct buf text = {0};
    struct failure f;
    for (size_t i = 0; i < count; i++) {
        if (isdigit((unsigned char)all[i].name[0]) == 0) /* one number is not meant by another */
            near_offer(&near, spelled_plain(all[i].name, name), span_str(all[i].name));
    }
    near_put(&text, &near, "");
    failure_set(&f, CTL_NO, "ABSENT", "there is no explanation of %s%s", ctl->argv[0],
                buf_str(&text));
    failure_fix(&f, "raftctl explain   lists what there is");
    buf_free(&text);
    return print_failure(ctl, &f);
}

enum ctl_exit cmd_explain(const struct ctl *ctl)
{
    struct buf json = {0};
    struct jsonw w;
    if (ctl->argc == 0)
        return list(ctl);
    const struct explanation *e = explain_find(ctl->argv[0]);
    if (e == NULL)
        return absent(ctl);
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    put(&w, e);
    jsonw_end(&w);
    return form_show(ctl, &form_explain, &json, CTL_OK);
}
