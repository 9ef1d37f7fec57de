/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raft-emulator: the command table. */
#include "base/err.h"
#include "base/version.h"
#include "emulator/cmd.h"

#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct cmd commands[] = {
    {"run", "[FILE|DIR|NAME...]", "run scenarios on real processes and judge them",
     "  --set PATH=VALUE      override any key of the file; may be repeated\n"
     "  --tag TAG             only those with the tag; without a name, of all shipped ones\n"
     "  --seed N              every choice of the run follows from it (0x… accepted)\n"
     "  --net auto|kernel|user\n"
     "                        which carrier moves the packets (default auto)\n"
     "  --repeat N            run each scenario N times, with seeds N, N+1, …\n"
     "  --until-fail          stop at the first run that does not pass\n"
     "  --capture             write net.pcapng (user carrier only)\n"
     "  --runs DIR            where result directories go (default runs)\n"
     "  --keep fail|always|never\n"
     "                        whose data directories to keep (default fail)\n"
     "  --raftd PATH          the daemon to test (default: beside this program)\n"
     "  --sut SYSTEM          another system: the same as --set cluster.sut=SYSTEM\n"
     "  -q, --quiet           only verdicts\n"
     "and as in sweep: --jobs, so many runs at once, each told when it is over (default 1)\n",
     cmd_run},
    {"sim", "[FILE|DIR|NAME...]", "run scenarios in virtual time, where a seed replays exactly",
     "  --twice               run each twice and compare the two, event by event\n"
     "  --from RUN            the schedule of a result of run or sim, and how it differs from it\n"
     "  --narrate[=MORE]      tell what happens, and why; MORE: messages, clients, or both with\n"
     "                        a comma between\n"
     "  --step                one scenario by hand, event by event; its own help says how\n"
     "and as in run: --set, --tag, --seed, --repeat, --until-fail, --runs, --keep, --quiet\n",
     cmd_sim},
    {"sweep", "[FILE|DIR|NAME...]", "many seeds in virtual time, a process each",
     "  --seeds FROM..TO      which ones\n"
     "  --count N             so many, from a random one on (default 100)\n"
     "  --swarm               no file: each seed draws a scenario of its own\n"
     "  --jobs N              how many at once (default: one a processor)\n"
     "and as in run: --set, --tag, --until-fail, --runs, --quiet\n",
     cmd_sweep},
    {"fuzz", "", "scenarios drawn from seeds, on real processes",
     "  --time TIME           begin runs for so long (default 10m)\n"
     "  --alphabet ACTION[,ACTION...]|FILE\n"
     "                        only these, as net.cut or net, are drawn; FILE: such words\n"
     "as in sweep: --count, so many at most; --jobs, one for two processors if not said;\n"
     "as in run: --set, --seed, the first one's; --net, --runs, --raftd, --quiet\n",
     cmd_fuzz},
    {"shrink", "FILE|NAME|RUN", "from a scenario that fails to a small one that fails the same way",
     "  --output FILE         the result (default: shrunk.json in RUN, else NAME-shrunk.json)\n"
     "  --tries N             seeds a candidate is tried with (default 4)\n"
     "  --any                 any violated check will do, not only the same one\n"
     "  --passes-with PROGRAM a candidate must pass with this other raft-emulator\n"
     "  --limit TIME          stop after this long with the best so far (default 10m)\n"
     "  --budget-runs N       … or after so many runs\n"
     "  --live                on real processes, where a candidate fails if\n"
     "  --fails K             so many (default 3) of --repeat runs (default 5) fail\n"
     "as in sweep: --jobs, and --swarm with --seed: what it draws;\n"
     "as in run: --set, --seed, --raftd, --quiet\n",
     cmd_shrink},
    {"explore", "", "every schedule of the core within bounds, breadth first",
     "  --preset NAME         bounds by name: quick (the default), standard or deep; all "
     "other\n"
     "                        options change it\n"
     "  --servers N --spares N --learners N\n"
     "                        voters; servers beside them; how many of those are learners\n"
     "  --terms N             nobody campaigns beyond\n"
     "  --timeouts N --beats N --heartbeats N --old-messages N --entries N --late-syncs N\n"
     "  --crashes N --restarts N --drops N --reorders N --duplicates N --changes N\n"
     "  --images N --reads N --transfers N --faults N\n"
     "                        what a schedule may have at most\n"
     "  --kinds KIND[,KIND...]\n"
     "                        of changes: add, promote, remove, self, demote, swap\n"
     "  --pre-vote --check-quorum --lease\n"
     "                        as the servers are set up\n"
     "  --no-symmetry --no-stale\n"
     "                        without this reduction: more states. The second one takes it that\n"
     "                        the core compares terms first\n"
     "  --calm-every N        of so many states one is asked: would the cluster commit again,\n"
     "                        if all faults stopped? (default 100; 0: none is)\n"
     "  --max-states N --max-depth N --max-time TIME --max-memory SIZE\n"
     "                        where it ends unfinished, with exit code 2\n"
     "  --fingerprint 64|128  bits that tell states apart (default 64)\n"
     "  --spill DIR           for what does not fit into memory (default: $TMPDIR or /tmp)\n"
     "  --checkpoint DIR      where ^C leaves what is done so far (default: explore-checkpoint);\n"
     "                        given, limits do, too\n"
     "  --resume DIR          go on from there, within the same bounds\n"
     "  --case FILE           a violation's way as a case of tests/protocol\n"
     "  --scenario FILE       the same as a scenario, which is run by sim at once\n"
     "  --coverage            how often each kind of decision was met, and which never\n"
     "  -o json               how it ended as one object, not as text\n"
     "  --walk                by hand instead: commands from stdin; help tells which\n"
     "and as in sweep: --jobs, threads; as in run: --quiet\n",
     cmd_explore},
    {"validate", "FILE|DIR|NAME...", "check scenario files without running anything",
     "  --set PATH=VALUE      as in run\n", cmd_validate},
    {"list", "", "the shipped scenarios",
     "  --tag TAG             only those with the tag\n"
     "  -o json               one object with all that is known of each\n",
     cmd_list},
    {"show", "FILE|NAME", "a scenario as a timeline", "", cmd_show},
    {"schema", "", "the JSON schema of scenarios, for editors", "", cmd_schema},
    {"check", "RUN|FILE|-", "judge the directory of a run again, or any client history",
     "  -                     the history comes on standard input\n"
     "  --model MODEL         what the operations of a history are asked of: register,\n"
     "                        cas-register, kv, counter, set, queue or list-append\n"
     "                        (default: what their names say)\n",
     cmd_check},
    {"diff", "RUN RUN", "two results side by side: verdicts, checks, leaders", "", cmd_diff},
    {"adapter", "SYSTEM|test PROGRAM", "what stands between the lab and nodes that are not raftd",
     "  etcd, redis-sentinel  the adapter to it, as a live run starts one for each node\n"
     "  test PROGRAM WORD...  a cluster of three behind that adapter is started, asked, killed,\n"
     "                        recovered and stopped, and judged; etcd or redis-sentinel, too\n",
     cmd_adapter},
    {"up", "[NAME] [FILE|NAME]", "a lab: a cluster that stays, in the background",
     "  --nodes N             so many voters (default 5); or the cluster, links and clients of\n"
     "                        a scenario: its steps are not done, its clients are idle\n"
     "and as in run: --raftd, and --net, where auto is user: its carrier can do whatever is\n"
     "asked later.\n"
     "NAME (default: lab) is what the other commands call it.\n",
     cmd_up},
    {"down", "[NAME]", "ends a lab; nothing is left of it", "  --all                 every lab\n",
     cmd_down},
    {"ps", "[NAME]", "labs: nodes, processes, roles, faults in force",
     "  -o json               one object a lab, a line each\n", cmd_ps},
    {"exec", "NODE PROGRAM ...", "runs a program in the namespaces of a lab's node",
     "  --lab NAME            which lab (default: $RAFTCTL_LAB, or the only one)\n"
     "Terminal and exit code are the program's.\n",
     cmd_exec},
    {"fault", "[ACTION WORD...]", "does a step of the scenario language to a lab, now",
     "and as in exec: --lab. Without an action: all of them, with the words they take.\n"
     "  net.cut n1 n2         words in the order of the action's parameters\n"
     "  net.set n1 all delay=50ms for=10s\n"
     "                        or by name; for=: until it undoes itself\n"
     "  net.partition n1,n2 n3,n4,n5\n"
     "                        a comma between several\n"
     "  net.partition '{\"groups\":[[\"leader\"],[\"rest\"]]}'\n"
     "                        parameters as scenarios have them\n",
     cmd_fault},
    {"heal", "", "undoes every fault of a lab", "as in exec: --lab\n", cmd_heal},
    {"logs", "[NODE...]", "what a lab's nodes say, in the order of time",
     "  --columns             a column a node\n"
     "  --follow, -f          goes on until ^C, or the end of the lab\n"
     "as in exec: --lab\n",
     cmd_logs},
    {"repl", "[NAME]", "a lab by hand, line by line; help names its commands",
     "  --record FILE         when it is left: what was done to the lab, as a scenario\n",
     cmd_repl},
    {"net", "show [all]", "a lab's links, from each to each", "as in exec: --lab\n", cmd_net},
    {"clean", "", "says what is left behind: nothing", "", cmd_clean},
    {"doctor", "", "what this machine offers, and what is missing", "", cmd_doctor},
};

static int help(void)
{
    (void)printf("raft-emulator %s: a Raft laboratory\n\nusage: raft-emulator COMMAND ...\n\n",
                 RAFTLAB_VERSION);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        (void)printf("  %-9s %-18s %s\n", commands[i].name, commands[i].args, commands[i].summary);
    (void)printf(
        "\nraft-emulator COMMAND --help explains one of them.\n"
        "exit codes: 0 all checks hold, 1 a check failed, 2 unknown, 4 nothing was tested,\n"
        "64 usage, 65 bad scenario, 66 no such file, 69 the nodes did not start,\n"
        "70 internal, 73 cannot write, 74 output lost, 77 cannot run here, 130 interrupted\n");
    return 0;
}

uint32_t cmd_jobs(uint32_t max)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > (long)max ? max : (uint32_t)n;
}

int cmd_worse(int a, int b)
{
    static const int ranks[] = {EXIT_INTERRUPTED,  EXIT_CHECK_FAILED, EXIT_INTERNAL, EXIT_SUT,
                                EXIT_CANNOT_WRITE, EXIT_OUTPUT_LOST,  EXIT_NO_INPUT, EXIT_UNKNOWN,
                                EXIT_VACUOUS,      EXIT_CANNOT_RUN};
    for (size_t i = 0; i < ARRAY_LEN(ranks); i++) {
        if (a == ranks[i] || b == ranks[i])
            return ranks[i];
    }
    return a > b ? a : b;
}

int cmd_not_begun(int code)
{
    switch (-code) {
    case E_UNSUPPORTED: return EXIT_CANNOT_RUN;
    case E_IO:
    case E_NOSPACE:
    case E_NOTFOUND:
    case E_EXISTS:
    case E_PERMISSION: return EXIT_CANNOT_WRITE; /* it reads nothing: the result it was */
    default: return EXIT_INTERNAL;
    }
}

int cmd_help(const struct cmd *cmd)
{
    (void)printf("usage: raft-emulator %s%s%s%s\n%s\n%s%s", cmd->name,
                 cmd->options[0] == '\0' ? "" : " [OPTIONS]", cmd->args[0] == '\0' ? "" : " ",
                 cmd->args, cmd->summary, cmd->options[0] == '\0' ? "" : "\n", cmd->options);
    return 0;
}

int cmd_usage(const struct cmd *cmd, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)fprintf(stderr, "error: %s: ", cmd->name);
    (void)vfprintf(stderr, fmt, args);
    (void)fprintf(stderr, "\n  fix: raft-emulator %s --help\n", cmd->name);
    va_end(args);
    return EXIT_USAGE;
}

/* Unless whoever started us wants it to be ignored. */
static void handle(int number, void (*handler)(int number))
{
    const struct sigaction act = {.sa_handler = handler};
    struct sigaction inherited;
    if (sigaction(number, NULL, &inherited) == 0 && inherited.sa_handler != SIG_IGN)
        (void)sigaction(number, &act, NULL);
}

void cmd_on_interrupt(void (*handler)(int number))
{
    handle(SIGINT, handler);
}

void cmd_on_end(void (*handler)(int number))
{
    const struct sigaction act = {.sa_handler = handler};
    handle(SIGINT, handler);
    handle(SIGHUP, handler);
    (void)sigaction(SIGTERM, &act, NULL);
}

void cmd_error(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)fprintf(stderr, "error: ");
    (void)vfprintf(stderr, fmt, args);
    (void)fprintf(stderr, "\n");
    va_end(args);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

/* Words behind the first one are somebody else's, a --help among them, too. */
static bool is_verbatim(const struct cmd *cmd)
{
    return cmd->run == cmd_exec || cmd->run == cmd_fault;
}

/* The directory of this program, without a final '/'. */
static const char *own_directory(void)
{
    static char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (n <= 0)
        return ".";
    path[n] = '\0';
    *strrchr(path, '/') = '\0';
    return path;
}

const char *cmd_sibling(const char *program)
{
    static char path[PATH_MAX + 64];
    (void)snprintf(path, sizeof(path), "%s/%s", own_directory(), program);
    return access(path, X_OK) == 0 ? path : NULL;
}

int cmd_find_raftd(const char **raftd)
{
    if (*raftd == NULL)
        *raftd = cmd_sibling("raftd");
    if (*raftd != NULL)
        return 0;
    cmd_error("raftd: not beside this program\n  fix: build it, or name it: --raftd PATH");
    return EXIT_NO_INPUT;
}

const char *cmd_scenarios_folder(void)
{
    char path[PATH_MAX + 64];
    static char real[PATH_MAX];
    const char *given = getenv("RAFTLAB_SCENARIOS");
    if (given != NULL && *given != '\0')
        return given;
    /* build/PRESET/bin → the source tree; an installed program → its share folder. */
    static const char *const places[] = {"../../../scenarios", "../share/raftlab/scenarios"};
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", own_directory(), places[i]);
        if (realpath(path, real) != NULL)
            return real;
    }
    return RAFTLAB_SCENARIOS_DIR;
}

/* Whatever was printed must have arrived: half a report would read like a whole one. */
static int all_said(int code)
{
    bool lost = ferror(stdout) != 0;
    if (fclose(stdout) == 0 && !lost)
        return code;
    cmd_error("standard output: not all could be written\n  fix: make room where it goes");
    return cmd_worse(EXIT_OUTPUT_LOST, code);
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "error: no command\n  fix: raft-emulator --help\n");
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return help();
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("raft-emulator %s\n", RAFTLAB_VERSION);
        return 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        if (asks_for_help(is_verbatim(&commands[i]) && argc > 3 ? 1 : argc - 2, argv + 2))
            return cmd_help(&commands[i]);
        return commands[i].run(&commands[i], argc - 1, argv + 1);
    }
    (void)fprintf(stderr, "error: there is no command \"%s\"\n  fix: raft-emulator --help\n",
                  argv[1]);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    /* Whoever started this may have ignored it, and then the ends of children cannot be waited for.
     */
    (void)signal(SIGCHLD, SIG_DFL);
    return all_said(dispatch(argc, argv));
}
