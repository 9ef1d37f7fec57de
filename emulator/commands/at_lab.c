/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/at_lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int at_lab_folder(char ret[LABS_PATH_MAX])
{
    struct err e = {0};
    if (labs_folder(ret, &e) == 0)
        return 0;
    cmd_error("%s", e.text);
    return EXIT_CANNOT_RUN;
}

/* The only lab that lives. */
static int the_only(struct at_lab *at)
{
    struct labs_names all;
    struct buf names = {0};
    size_t lives = 0;
    labs_list(at->folder, &all);
    for (size_t i = 0; i < all.count; i++) {
        if (labs_state(at->folder, all.items[i]) != LABS_LIVES)
            continue;
        buf_putf(&names, "%s%s", lives == 0 ? "" : ", ", all.items[i]);
        memcpy(at->name, all.items[i], sizeof(at->name));
        lives++;
    }
    if (lives == 0)
        cmd_error("there is no lab\n  fix: raft-emulator up");
    else if (lives > 1)
        cmd_error("which lab? there are %s\n  fix: --lab NAME, or set RAFTCTL_LAB",
                  buf_str(&names));
    buf_free(&names);
    return lives == 1 ? 0 : lives == 0 ? EXIT_NO_INPUT : EXIT_USAGE;
}

int at_lab_call(const char *name, struct at_lab *ret)
{
    struct err e = {0};
    *ret = (struct at_lab){0};
    if (name == NULL)
        name = getenv("RAFTCTL_LAB");
    int code = at_lab_folder(ret->folder);
    if (code != 0)
        return code;
    if (name == NULL || *name == '\0')
        code = the_only(ret);
    else if (labs_name_check(name, &e) == 0)
        memcpy(ret->name, name, strlen(name) + 1);
    if (code != 0)
        return code;
    if (e.code == 0 && lab_call(ret->folder, ret->name, &ret->call, &e) == 0)
        return 0;
    cmd_error("%s\n  fix: raft-emulator ps shows the labs, raft-emulator up makes one", e.text);
    return e.code == -E_INVALID ? EXIT_USAGE : EXIT_NO_INPUT;
}

void at_lab_end(struct at_lab *at)
{
    lab_hang_up(at->call);
    at->call = NULL;
}

static void print_news(void *arg, const char *line)
{
    (void)arg;
    (void)puts(line);
    (void)fflush(stdout);
}

int at_lab_ask(struct at_lab *at, const char *verb, const char *const *words, size_t count,
               struct lab_answer *ret)
{
    struct err e = {0};
    if (lab_ask(at->call, verb, words, count, print_news, NULL, ret, &e) < 0) {
        cmd_error("%s", e.text);
        lab_answer_free(ret);
        return EXIT_NO_INPUT;
    }
    if (ret->exit == 0)
        return 0;
    int exit_code = ret->exit;
    cmd_error("%s", buf_str(&ret->error));
    lab_answer_free(ret);
    return exit_code;
}

int at_lab_do(struct at_lab *at, const char *verb, const char *const *words, size_t count)
{
    struct lab_answer answer;
    int code = at_lab_ask(at, verb, words, count, &answer);
    if (code == 0)
        lab_answer_free(&answer);
    return code;
}

int at_lab_options(const struct cmd *cmd, int argc, char **argv, const char **ret_name)
{
    static const struct option options[] = {{"lab", required_argument, NULL, 'l'}, {0}};
    int option;
    *ret_name = NULL;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        if (option != 'l')
            return cmd_usage(cmd, "unknown option or missing value: %s", argv[optind - 1]);
        *ret_name = optarg;
    }
    return 0;
}

int at_lab_words(const struct cmd *cmd, int argc, char **argv, const char **ret_name)
{
    int code = at_lab_options(cmd, argc, argv, ret_name);
    for (int i = optind; i < argc && code == 0; i++) {
        if (strcmp(argv[i], "--lab") == 0 || strncmp(argv[i], "--lab=", 6) == 0)
            code = cmd_usage(cmd, "--lab NAME stands before all other words");
    }
    return code;
}
