/* SPDX-License-Identifier: GPL-3.0-or-later */
/* up: a lab that stays. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/units.h"
#include "emulator/commands/at_lab.h"
#include "emulator/commands/lab_view.h"
#include "emulator/commands/load.h"
#include "emulator/commands/sweep_labs.h"
#include "emulator/live/live.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_USUAL  "lab"
#define NODES_USUAL 5
#define NODES_MANY  15
#define CLIENTS     4 /* of a lab that is made without a file; they are idle until load.start */

struct up_options {
    const char *name, *file; /* file: NULL, or the words of load_all */
    uint64_t nodes;          /* 0: not said */
    enum netem_carrier carrier;
    const char *raftd;
};

static volatile sig_atomic_t stop;

static void on_interrupt(int number)
{
    (void)number;
    stop = 1;
}

/* ---- options ---- */

static int apply_option(const struct cmd *cmd, struct up_options *o, int option, const char *word)
{
    switch (option) {
    case 'N':
        if (units_u64(optarg, LIMIT_MEMBERS, &o->nodes) == 0 && o->nodes > 0)
            return 0;
        return cmd_usage(cmd, "--nodes %s: 1 to %d", optarg, LIMIT_MEMBERS);
    case 'n':
        /* Whatever is done to a lab later, the user carrier can do. */
        o->carrier = strcmp(optarg, "kernel") == 0 ? NETEM_KERNEL : NETEM_USER;
        if (strcmp(optarg, "kernel") == 0 || strcmp(optarg, "user") == 0 ||
            strcmp(optarg, "auto") == 0)
            return 0;
        return cmd_usage(cmd, "--net %s: give auto, kernel or user", optarg);
    case 'd': o->raftd = optarg; return 0;
    default: return cmd_usage(cmd, "unknown option or missing value: %s", word);
    }
}

static int parse_options(const struct cmd *cmd, int argc, char **argv, struct up_options *o)
{
    static const struct option options[] = {{"nodes", required_argument, NULL, 'N'},
                                            {"net", required_argument, NULL, 'n'},
                                            {"raftd", required_argument, NULL, 'd'},
                                            {0}};
    struct err e = {0};
    int option;
    *o = (struct up_options){.name = NAME_USUAL, .carrier = NETEM_USER};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int code = apply_option(cmd, o, option, argv[optind - 1]);
        if (code != 0)
            return code;
    }
    int words = argc - optind;
    bool lone_file = words == 1 && strpbrk(argv[optind], "./") != NULL; /* no name of a lab */
    if (words > 2)
        return cmd_usage(cmd, "a name, and one scenario at most");
    if (words > 0 && !lone_file)
        o->name = argv[optind];
    if (words == 2 || lone_file)
        o->file = argv[argc - 1];
    if (o->file != NULL && o->nodes > 0)
        return cmd_usage(cmd, "--nodes: the scenario says how many there are");
    if (labs_name_check(o->name, &e) < 0)
        return cmd_usage(cmd, "%s", e.text);
    return 0;
}

/* ---- the scenario below it ---- */

/* Only the cluster, the links, the clients and what it needs are taken: what is done is said later,
 * and judged by nobody. */
static void bare(struct scenario *s, const char *name)
{
    for (size_t i = 0; i < s->finals_count; i++)
        scenario_condition_free(&s->finals[i].condition);
    scenario_branch_free(&s->steps);
    s->steps = (struct scenario_branch){.weight = 1};
    s->steps_total = 0;
    s->finals_count = s->expects_count = s->covers_count = s->negatives_count = 0;
    s->has_seed = false;
    s->clients.idle = true;
    mem_free(s->name);
    s->name = mem_strdup(name);
}

/* One machine carries all of them, and each heartbeat goes to all: many are given more time. */
static void put_pace(struct buf *out, unsigned long long nodes)
{
    if (nodes > NODES_MANY)
        buf_putf(
            out,
            ", \"config\": {\"heartbeat\": \"%llums\", \"election_timeout\": \"%llums..%llums\"}",
            nodes * 5, nodes * 30, nodes * 60);
}

static int plain_cluster(const struct up_options *o, struct scenario **ret)
{
    struct scenario_source src;
    struct buf text = {0}, said = {0};
    struct err e = {0};
    unsigned long long nodes = o->nodes == 0 ? NODES_USUAL : o->nodes;
    buf_putf(&text, "{\"version\": 1, \"name\": \"%s\", \"cluster\": {\"voters\": %llu", o->name,
             nodes);
    put_pace(&text, nodes);
    buf_putf(&text, "}, \"clients\": {\"count\": %d, \"idle\": true}, \"steps\": []}", CLIENTS);
    int code = scenario_source_text(&src, "up", buf_str(&text), text.len, &e);
    struct scenario *s = code == 0 ? scenario_source_parse(&src) : NULL;
    if (s == NULL) {
        diags_render(&src.diags, &said);
        cmd_error("%s%s", e.text, buf_str(&said));
        code = EXIT_BAD_SCENARIO;
    } else {
        *ret = s;
    }
    scenario_source_close(&src);
    buf_free(&text);
    buf_free(&said);
    return code == 0 ? 0 : EXIT_BAD_SCENARIO;
}

static int of_file(const struct up_options *o, struct scenario **ret)
{
    struct load_options load = {.world = live_world()};
    struct loaded *loaded = mem_alloc(sizeof(*loaded));
    char *file = mem_strdup(o->file);
    int code = load_all(&load, &file, 1, loaded);
    if (code == 0 && loaded->count != 1)
        code = loaded->unable > 0 ? EXIT_CANNOT_RUN : EXIT_USAGE;
    if (code == EXIT_USAGE)
        cmd_error("%s: one scenario is needed", o->file);
    if (code == 0 && !scenario_is_raftd(loaded->items[0])) {
        cmd_error("%s: a lab is of raftd; this one's nodes are %s", o->file,
                  loaded->items[0]->cluster.sut);
        code = EXIT_CANNOT_RUN;
    }
    if (code == 0) {
        *ret = loaded->items[0];
        loaded->count = 0;
    }
    loaded_free(loaded);
    mem_free(file);
    return code;
}

/* ---- up ---- */

static int exit_of(int code)
{
    switch (-code) {
    case E_EXISTS: return EXIT_USAGE;
    case E_TIMEOUT:
    case E_CLOSED: return stop != 0 ? EXIT_INTERRUPTED : EXIT_SUT;
    case E_UNSUPPORTED:
    case E_PERMISSION: return EXIT_CANNOT_RUN;
    case E_NOTFOUND: return EXIT_NO_INPUT;
    case E_NOSPACE: return EXIT_CANNOT_WRITE;
    default: return EXIT_INTERNAL;
    }
}

static void print_next(const char *name)
{
    (void)printf("next: raftctl --lab %s status\n"
                 "      raft-emulator fault --lab %s net.partition leader rest\n"
                 "      raft-emulator heal --lab %s\n"
                 "      raft-emulator repl %s\n"
                 "      raft-emulator down %s\n",
                 name, name, name, name, name);
}

static int up(const struct up_options *o, struct scenario *s)
{
    char folder[LABS_PATH_MAX], raftd[PATH_MAX];
    struct err e = {0};
    struct lab_options options = {.folder = folder,
                                  .name = o->name,
                                  .scenario = s,
                                  .raftd = raftd,
                                  .carrier = o->carrier,
                                  .seed = 1,
                                  .stop = &stop};
    int code = at_lab_folder(folder);
    if (code != 0)
        return code;
    if (realpath(o->raftd, raftd) == NULL) {
        cmd_error("%s: no such program", o->raftd);
        return EXIT_NO_INPUT;
    }
    (void)sweep_labs(folder, false);
    cmd_on_interrupt(on_interrupt);
    code = lab_up(&options, &e);
    if (code < 0) {
        cmd_error("%s%s", e.text,
                  code == -E_EXISTS ? "\n  fix: another name, or raft-emulator down first" : "");
        return exit_of(code);
    }
    code = lab_view_of(o->name, LAB_VIEW_NODES);
    if (code == 0)
        print_next(o->name);
    return code;
}

int cmd_up(const struct cmd *cmd, int argc, char **argv)
{
    struct up_options options;
    struct scenario *s = NULL;
    int code = parse_options(cmd, argc, argv, &options);
    if (code == 0)
        code = cmd_find_raftd(&options.raftd);
    if (code != 0)
        return code;
    code = options.file == NULL ? plain_cluster(&options, &s) : of_file(&options, &s);
    if (code != 0)
        return code;
    bare(s, options.name);
    code = up(&options, s);
    scenario_free(s);
    return code;
}
