/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repl: a lab under somebody's hand, line by line, and what was done as a scenario. */
#include "base/mem.h"
#include "emulator/commands/at_lab.h"
#include "emulator/commands/lab_exec.h"
#include "emulator/commands/lab_logs.h"
#include "emulator/commands/lab_view.h"
#include "emulator/commands/prompt.h"
#include "emulator/commands/repl_words.h"
#include "emulator/lab/words.h"
#include "emulator/scenario/json.h"
#include "emulator/scenario/vocab.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct repl {
    struct at_lab at;
    char name[LABS_NAME_MAX + 1];
    const char *record; /* where to, at the end; or NULL */
    bool quit;
    int worst; /* of a pipe's commands */
};

struct verb {
    const char *name, *args, *text;
    size_t words_min, words_max; /* the name included */
    int (*run)(struct repl *r, const struct repl_words *w);
};

static int help(struct repl *r, const struct repl_words *w);

static void on_interrupt(int number)
{
    (void)number; /* waiting ends */
}

/* ---- verbs ---- */

static int ps(struct repl *r, const struct repl_words *w)
{
    (void)w;
    return lab_view(&r->at, LAB_VIEW_NODES);
}

static int net(struct repl *r, const struct repl_words *w)
{
    bool all = strcmp(w->at[w->count - 1], "all") == 0;
    return lab_view(&r->at, all ? LAB_VIEW_NET_ALL : LAB_VIEW_NET);
}

static int fault(struct repl *r, const struct repl_words *w)
{
    return at_lab_do(&r->at, "step", (const char *const *)w->at + 1, w->count - 1);
}

static int heal(struct repl *r, const struct repl_words *w)
{
    (void)w;
    return at_lab_do(&r->at, "heal", NULL, 0);
}

static int run_there(struct repl *r, const struct repl_words *w)
{
    return lab_exec(&r->at, w->at[1], w->at + 2);
}

static int logs(struct repl *r, const struct repl_words *w)
{
    struct lab_logs how = {0};
    char *names[REPL_WORDS_MAX];
    int count = 0;
    for (size_t i = 1; i < w->count; i++) {
        if (strcmp(w->at[i], "-f") == 0)
            how.follow = true;
        else if (strcmp(w->at[i], "--columns") == 0)
            how.columns = true;
        else
            names[count++] = w->at[i];
    }
    return lab_logs(&r->at, &how, names, count);
}

static int write_recording(struct repl *r, const char *path)
{
    struct lab_answer answer;
    int code = at_lab_ask(&r->at, "record", NULL, 0, &answer);
    if (code != 0)
        return code;
    FILE *f = fopen(path, "wx");
    int error = f == NULL ? errno : 0;
    if (f != NULL && fwrite(answer.text.data, 1, answer.text.len, f) != answer.text.len)
        error = errno;
    if (f != NULL && fclose(f) != 0 && error == 0)
        error = errno;
    lab_answer_free(&answer);
    if (error == 0) {
        (void)printf("what was done to lab %s is in %s: raft-emulator sim %s\n", r->name, path,
                     path);
        return 0;
    }
    cmd_error("%s: %s", path, strerror(error));
    return EXIT_CANNOT_WRITE;
}

static int record(struct repl *r, const struct repl_words *w)
{
    return write_recording(r, w->at[1]);
}

static int down(struct repl *r, const struct repl_words *w)
{
    (void)w;
    int code = r->record == NULL ? 0 : write_recording(r, r->record);
    r->record = NULL;
    if (code == 0)
        code = at_lab_down(&r->at);
    r->quit = code == 0;
    return code;
}

static int quit(struct repl *r, const struct repl_words *w)
{
    (void)w;
    r->quit = true;
    return 0;
}

static const struct verb verbs[] = {
    {"ps", "", "nodes, processes, roles, faults in force", 1, 1, ps},
    {"net", "[show] [all]", "the links, from each to each", 1, 3, net},
    {"fault", "ACTION WORD...", "a step of the scenario language; ACTION alone will do", 2,
     REPL_WORDS_MAX, fault},
    {"heal", "", "undoes every fault", 1, 1, heal},
    {"exec", "NODE PROGRAM...", "a program in the node's namespaces", 3, REPL_WORDS_MAX, run_there},
    {"logs", "[NODE...] [-f] [--columns]", "what the nodes say", 1, REPL_WORDS_MAX, logs},
    {"record", "FILE", "what was done to the lab so far, as a scenario", 2, 2, record},
    {"down", "", "ends the lab", 1, 1, down},
    {"help", "[fault]", "this, or all actions with their words", 1, 2, help},
    {"quit", "", "leaves; the lab stays", 1, 1, quit},
};

static int help(struct repl *r, const struct repl_words *w)
{
    (void)r;
    if (w->count == 2)
        return lab_list_actions();
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        (void)printf("%-7s %-27s %s\n", verbs[i].name, verbs[i].args, verbs[i].text);
    (void)printf("net.cut n1 n2 · net.partition n1,n2 n3 · proc.kill leader · net.set n1 all "
                 "delay=50ms for=10s\n");
    return 0;
}

/* ---- lines ---- */

/* An action of the language stands for "fault ACTION". */
static int do_words(struct repl *r, struct repl_words *w)
{
    const char *names[ARRAY_LEN(verbs)];
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        const struct verb *v = &verbs[i];
        names[i] = v->name;
        if (strcmp(v->name, w->at[0]) != 0)
            continue;
        if (w->count >= v->words_min && w->count <= v->words_max)
            return v->run(r, w);
        cmd_error("usage: %s %s", v->name, v->args);
        return EXIT_USAGE;
    }
    if (strchr(w->at[0], '.') != NULL || w->at[0][0] == '{')
        return at_lab_do(&r->at, "step", (const char *const *)w->at, w->count);
    const char *near = diag_nearest(w->at[0], names, ARRAY_LEN(names));
    cmd_error("no command %.40s: %s%s%s", w->at[0],
              near == NULL ? "help names them all" : "did you mean ", near == NULL ? "" : near,
              near == NULL ? "" : "?");
    return EXIT_USAGE;
}

static int do_line(struct repl *r, const char *line)
{
    static struct repl_words words; /* large, and there is one */
    struct err e = {0};
    if (repl_words_split(line, &words, &e) < 0) {
        cmd_error("%s", e.text);
        return EXIT_USAGE;
    }
    return words.count == 0 || words.at[0][0] == '#' ? 0 : do_words(r, &words);
}

static const char *name_at(size_t k)
{
    if (k < ARRAY_LEN(verbs))
        return verbs[k].name;
    k -= ARRAY_LEN(verbs);
    return k < ACTIONS_COUNT ? vocab_action((enum action_id)k)->name : NULL;
}

/* "demo n2* t7> ". Returns out. */
static const char *prompt_of(struct repl *r, char out[64])
{
    struct lab_answer answer;
    struct diags diags;
    (void)snprintf(out, 64, "%s> ", r->name);
    if (!prompt_at_terminal() || at_lab_ask(&r->at, "state", NULL, 0, &answer) != 0)
        return out;
    diags_init(&diags, "state", buf_str(&answer.text), answer.text.len);
    struct json_doc *doc = json_read(buf_str(&answer.text), answer.text.len, &diags);
    const struct json *leader = doc == NULL ? NULL : json_get(json_root(doc), "leader");
    const struct json *term = doc == NULL ? NULL : json_get(json_root(doc), "term");
    if (leader != NULL && leader->text != NULL && term != NULL)
        (void)snprintf(out, 64, "%s %s* t%s> ", r->name, leader->text, term->text);
    else if (leader != NULL)
        (void)snprintf(out, 64, "%s no-leader> ", r->name);
    json_free(doc);
    diags_free(&diags);
    lab_answer_free(&answer);
    return out;
}

/* Another caller for each line: an answer that was not waited for is nobody's. */
static int call_anew(struct repl *r)
{
    at_lab_end(&r->at);
    return at_lab_call(r->name, &r->at);
}

static int sit(struct repl *r)
{
    char prompt[64];
    prompt_open(name_at);
    if (prompt_at_terminal())
        (void)printf("help names the commands; tab completes them, and the actions of the scenario "
                     "language.\n");
    while (!r->quit) {
        char *line = prompt_line(prompt_of(r, prompt));
        if (line == NULL)
            break;
        int code = do_line(r, line);
        r->worst = prompt_at_terminal() ? 0 : cmd_worse(r->worst, code);
        (void)fflush(stdout);
        mem_free(line);
        if (!r->quit && call_anew(r) != 0)
            return EXIT_NO_INPUT;
    }
    if (r->record != NULL && r->at.call != NULL)
        r->worst = cmd_worse(r->worst, write_recording(r, r->record));
    return r->worst;
}

int cmd_repl(const struct cmd *cmd, int argc, char **argv)
{
    static const struct option options[] = {{"record", required_argument, NULL, 'r'}, {0}};
    struct repl r = {0};
    int option;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'r')
            return cmd_usage(cmd, "unknown option or missing value: %s", argv[optind - 1]);
        r.record = optarg;
    }
    if (argc - optind > 1)
        return cmd_usage(cmd, "one lab");
    if (r.record != NULL && access(r.record, F_OK) == 0) {
        cmd_error("%s is there already", r.record);
        return EXIT_CANNOT_WRITE;
    }
    int code = at_lab_call(optind < argc ? argv[optind] : NULL, &r.at);
    if (code == 0) {
        memcpy(r.name, r.at.name, sizeof(r.name));
        cmd_on_interrupt(on_interrupt);
        code = sit(&r);
    }
    at_lab_end(&r.at);
    return code;
}
