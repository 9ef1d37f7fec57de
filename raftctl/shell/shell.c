/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/shell.h"

#include "base/mem.h"

static void replace(const char **to, const char *value)
{
    char *copy = value == NULL ? NULL : mem_strdup(value);
    mem_free((void *)*to);
    *to = copy;
}

void shell_init(struct shell *sh, const struct ctl *ctl)
{
    *sh = (struct shell){
        .ctl = ctl, .sink = ctl->sink, .scout.child = CHILD_NONE, .keys.child = CHILD_NONE};
    for (unsigned i = 0; i < CTL_OUTER_OPTIONS; i++) {
        if (i != OPT_REPEAT) /* nobody wants every verb again and again */
            replace(&sh->defaults[i], shell_given(sh, (enum ctl_option)i));
    }
    memcpy(sh->endpoints, ctl->endpoints, sizeof(sh->endpoints));
    sh->endpoints_count = ctl->endpoints_count;
}

const char *shell_given(const struct shell *sh, enum ctl_option option)
{
    bool given = sh->ctl->given[option] && ctl_options[option].arg != NULL;
    return given ? sh->ctl->value[option] : NULL;
}

void shell_free(struct shell *sh)
{
    struct buf untold = {0};
    for (size_t i = 0; i < CTL_OPTIONS_COUNT; i++)
        replace(&sh->defaults[i], NULL);
    recorder_close(&sh->recorder);
    (void)jobs_stop(&sh->jobs, 0, &untold);
    buf_free(&untold);
    keys_close(&sh->keys);
    scout_close(&sh->scout);
    history_close(&sh->history);
}

void shell_default(struct shell *sh, enum ctl_option option, const char *value)
{
    replace(&sh->defaults[option], value);
}

enum ctl_output shell_output(const struct shell *sh)
{
    enum ctl_output output = OUTPUT_TABLE;
    (void)verbs_output(sh->defaults[OPT_OUTPUT], &output);
    return output;
}

/* The processes beside look there from now on; without them there is no completion of names. */
void shell_connect(struct shell *sh, const struct endpoint *endpoints, size_t count)
{
    struct err e = {0};
    ASSERT(count >= 1 && count <= CTL_ENDPOINTS_MAX);
    memmove(sh->endpoints, endpoints, count * sizeof(endpoints[0]));
    sh->endpoints_count = count;
    if (!sh->interactive)
        return;
    scout_close(&sh->scout);
    keys_close(&sh->keys);
    if (scout_open(&sh->scout, sh->endpoints, count, &e) < 0 ||
        keys_open(&sh->keys, sh->endpoints, count, &e) < 0)
        (void)shell_wrong(sh, CTL_INTERNAL, e.text, NULL);
}

enum ctl_exit shell_say(const struct shell *sh, const struct buf *text)
{
    return sink_put(sh->sink, SINK_ANSWER, text) ? CTL_OK : CTL_IO;
}

enum ctl_exit shell_fail(const struct shell *sh, const struct failure *f)
{
    const struct ctl ctl = {.output = shell_output(sh), .sink = sh->sink};
    return print_failure(&ctl, f);
}

enum ctl_exit shell_wrong(const struct shell *sh, enum ctl_exit exit, const char *what,
                          const char *fix)
{
    struct failure f;
    failure_set(&f, exit, exit == CTL_USAGE ? "USAGE" : "SHELL", "%s", what);
    if (fix != NULL)
        failure_fix(&f, "%s", fix);
    return shell_fail(sh, &f);
}
