/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/units.h"
#include "raftctl/conn.h"
#include "raftctl/help.h"
#include "raftctl/program.h"
#include "raftctl/shell/lineedit.h"
#include "raftctl/shell/meta.h"
#include "raftctl/shell/meta_impl.h"
#include "raftctl/shell/perform.h"
#include "raftctl/shell/script.h"
#include "raftctl/steer.h"

#include <stdio.h>
#include <string.h>

static enum ctl_exit say(const struct shell *sh, struct buf *text)
{
    enum ctl_exit exit = shell_say(sh, text);
    buf_free(text);
    return exit;
}

enum ctl_exit meta_help(struct shell *sh, char **args, size_t count)
{
    struct buf text = {0};
    if (count > 0)
        return perform_verb(sh, args, count, "--help", NULL);
    help_put_all(&text);
    buf_puts(&text, "\ncommands of the shell\n");
    meta_put_help(&text);
    buf_puts(
        &text,
        "\nTAB completes, -> takes the grey text over, ? at the end of a line says what may come "
        "next,\n^R searches, ^C ends what is under way, ^D leaves. A quote or a brace that is "
        "open goes on\non the next line, and so does a line that ends with \\. ; separates "
        "commands. The word raftctl\nbefore a command says nothing: what an error tells to type "
        "can be typed here.\n");
    return say(sh, &text);
}

enum ctl_exit meta_output(struct shell *sh, char **args, size_t count)
{
    struct buf text = {0};
    enum ctl_output ignored;
    if (count == 0) {
        const char *now = sh->defaults[OPT_OUTPUT];
        buf_putf(&text, "%s\n", now == NULL ? "table" : now);
        return say(sh, &text);
    }
    if (!verbs_output(args[0], &ignored))
        return shell_wrong(sh, CTL_USAGE, "output is table, json, jsonl or plain", "\\o json");
    shell_default(sh, OPT_OUTPUT, args[0]);
    return CTL_OK;
}

enum ctl_exit meta_timing(struct shell *sh, char **args, size_t count)
{
    struct buf text = {0};
    if (count > 0 && strcmp(args[0], "on") != 0 && strcmp(args[0], "off") != 0)
        return shell_wrong(sh, CTL_USAGE, "timing is on or off", "\\timing on");
    sh->timing = count > 0 ? strcmp(args[0], "on") == 0 : !sh->timing;
    buf_putf(&text, "timing is %s\n", sh->timing ? "on" : "off");
    return say(sh, &text);
}

enum ctl_exit meta_repeat(struct shell *sh, char **args, size_t count)
{
    return perform_verb(sh, args + 1, count - 1, "--repeat", args[0]);
}

enum ctl_exit meta_history(struct shell *sh, char **args, size_t count)
{
    struct buf text = {0};
    struct err e = {0};
    if (count > 0 && strcmp(args[0], "-c") == 0) {
        if (sh->interactive)
            lineedit_forget();
        return history_clear(&sh->history, &e) < 0 ? shell_wrong(sh, CTL_IO, e.text, NULL) : CTL_OK;
    }
    for (size_t i = 0; i < sh->history.count; i++) {
        const char *entry = sh->history.entries[i];
        if (count == 0 || strstr(entry, args[0]) != NULL)
            buf_putf(&text, "%5zu  %s\n", i + 1, entry);
    }
    return say(sh, &text);
}

enum ctl_exit meta_source(struct shell *sh, char **args, size_t count)
{
    (void)count;
    if (sh->sourcing)
        return shell_wrong(sh, CTL_USAGE, "a file that is read cannot have another one read",
                           "\\source both, one after the other");
    sh->sourcing = true;
    enum ctl_exit exit = script_file(sh, args[0], false);
    sh->sourcing = false;
    return exit;
}

enum ctl_exit meta_record(struct shell *sh, char **args, size_t count)
{
    struct buf text = {0};
    struct err e = {0};
    if (count == 0 && sh->recorder.path == NULL)
        return shell_wrong(sh, CTL_USAGE, "nothing is recorded", "\\record FILE");
    if (sh->recorder.path != NULL) {
        buf_putf(&text, "%s: %zu steps; raft-emulator sim %s\n", sh->recorder.path,
                 sh->recorder.steps_count, sh->recorder.path);
        recorder_close(&sh->recorder);
        if (count == 0)
            return say(sh, &text);
    }
    if (!sh->interactive) {
        buf_free(&text);
        return shell_wrong(sh, CTL_USAGE, "only an interactive shell records", NULL);
    }
    if (recorder_open(&sh->recorder, args[0], &sh->view, conn_now_ns(), &e) < 0) {
        struct failure f;
        bool known = sh->view.members_count > 0;
        failure_set(&f, known ? CTL_CANNOT_CREATE : CTL_UNREACHABLE,
                    known ? "CANNOTCREATE" : "UNREACHABLE", "%s", e.text);
        failure_fix(&f, known ? "\\record ANOTHERFILE" : "\\connect");
        (void)shell_say(sh, &text); /* what ended */
        buf_free(&text);
        return shell_fail(sh, &f);
    }
    buf_putf(&text, "recording to %s: \\record ends it\n", args[0]);
    return say(sh, &text);
}

/* From now on there, by these endpoints. */
static enum ctl_exit go(struct shell *sh, const char *list, const struct endpoint *endpoints,
                        size_t count)
{
    shell_default(sh, OPT_LAB, NULL);
    shell_default(sh, OPT_ENDPOINTS, list);
    shell_connect(sh, endpoints, count);
    return CTL_OK;
}

/* One of the endpoints of the beginning is it, or it says where it listens. */
static enum ctl_exit go_to_member(struct shell *sh, const char *name)
{
    static struct ctl there; /* large, and there is one */
    struct failure f;
    if (steer_find(sh->ctl, name, &there, &f) != CTL_OK)
        return shell_fail(sh, &f);
    return go(sh, there.endpoints[0].text, there.endpoints, 1);
}

enum ctl_exit meta_connect(struct shell *sh, char **args, size_t count)
{
    static struct endpoint endpoints[CTL_ENDPOINTS_MAX]; /* large, and there is one */
    struct err ignored = {0};
    if (count == 0) { /* as when the shell began */
        shell_default(sh, OPT_ENDPOINTS, shell_given(sh, OPT_ENDPOINTS));
        shell_default(sh, OPT_LAB, shell_given(sh, OPT_LAB));
        shell_connect(sh, sh->ctl->endpoints, sh->ctl->endpoints_count);
        return CTL_OK;
    }
    /* No name of a node looks like an endpoint. */
    int n = endpoint_parse_list(args[0], endpoints, ARRAY_LEN(endpoints), &ignored);
    return n < 0 ? go_to_member(sh, args[0]) : go(sh, args[0], endpoints, (size_t)n);
}

enum ctl_exit meta_consistency(struct shell *sh, char **args, size_t count)
{
    const char *mode = count > 0 ? args[0] : shell_given(sh, OPT_CONSISTENCY);
    if (mode != NULL && !verbs_is_choice(ctl_options[OPT_CONSISTENCY].choices, mode))
        return shell_wrong(sh, CTL_USAGE, "consistency is index, lease or local",
                           "\\consistency local");
    shell_default(sh, OPT_CONSISTENCY, mode);
    return CTL_OK;
}

enum ctl_exit meta_jobs(struct shell *sh, char **args, size_t count)
{
    struct buf text = {0};
    (void)args;
    (void)count;
    if (sh->jobs.count == 0)
        buf_puts(&text, "nothing goes on beside\n");
    for (size_t i = 0; i < sh->jobs.count; i++)
        buf_putf(&text, "[%u] %s\n", sh->jobs.jobs[i].number, sh->jobs.jobs[i].line);
    return say(sh, &text);
}

enum ctl_exit meta_stop(struct shell *sh, char **args, size_t count)
{
    struct buf text = {0};
    uint64_t number = 0;
    if (count > 0 && (units_u64(args[0], UINT32_MAX, &number) < 0 || number == 0))
        return shell_wrong(sh, CTL_USAGE, "the number is one of \\jobs", "\\jobs");
    if (jobs_stop(&sh->jobs, (unsigned)number, &text) == 0)
        return sh->jobs.count == 0
                   ? shell_wrong(sh, CTL_NO, "nothing goes on beside", NULL)
                   : shell_wrong(sh, CTL_NO, "no verb of that number goes on beside", "\\jobs");
    return say(sh, &text);
}

/* The user asked for it, in so many words. ^C reaches it, and not the shell. */
enum ctl_exit meta_system(struct shell *sh, char **args, size_t count)
{
    static char name[] = "sh", option[] = "-c";
    char *argv[] = {name, option, args[0], NULL};
    (void)count;
    int code = program_run("/bin/sh", argv);
    return code < 0 ? shell_wrong(sh, CTL_INTERNAL, strerror(-code), NULL) : (enum ctl_exit)code;
}

enum ctl_exit meta_quit(struct shell *sh, char **args, size_t count)
{
    (void)args;
    (void)count;
    sh->ended = true;
    return CTL_OK;
}
