/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/progress.h"

#include "emulator/commands/shell_word.h"
#include "emulator/scenario/model.h"

#include <stdio.h>
#include <string.h>

void progress_head(const struct progress_options *o, const struct scenario *s, uint64_t seed)
{
    (void)printf("%s   seed 0x%llX · %zu nodes · %zu clients\n", s->name, (unsigned long long)seed,
                 scenario_nodes_count(s), s->clients.count);
    if (!o->quiet && s->why != NULL)
        (void)printf("  %s\n", s->why);
    (void)fflush(stdout);
}

void progress_say(void *arg, uint64_t t_ns, const char *text)
{
    const struct progress_options *o = arg;
    if (o->quiet)
        return;
    (void)printf("  %05.1fs  %s\n", (double)t_ns / 1e9, text);
    (void)fflush(stdout);
}

static uint64_t counter(const struct judgement *j, const char *name)
{
    for (size_t i = 0; i < check_counters_count(j->run); i++) {
        struct check_counter c = check_counters_at(j->run, i);
        if (strcmp(c.name, name) == 0)
            return c.value;
    }
    return 0;
}

static const char *word_of(const struct check_result *res)
{
    switch (res->verdict) {
    case CHECK_OK: return "PASS";
    case CHECK_VIOLATED: return "FAIL";
    case CHECK_UNKNOWN: return "UNKNOWN";
    case CHECK_VACUOUS: return res->required ? "VACUOUS" : "SKIP";
    case CHECK_NOT_JUDGED: return "SKIP";
    }
    UNREACHABLE();
}

static void print_events(const struct check_result *res, struct buf *room)
{
    for (size_t i = 0; i < res->events_count; i++) {
        const struct check_event *ev = &res->events[i];
        (void)printf("           %.6f s  %-4s ", (double)ev->t_ns / 1e9,
                     visible_text(room, ev->node));
        (void)printf("%s  (line %llu)\n", visible_text(room, ev->what),
                     (unsigned long long)ev->line);
    }
}

void progress_result(const struct check_result *res, struct tally *tally)
{
    if (res->verdict == CHECK_OK)
        tally->passed++;
    else if (res->verdict == CHECK_NOT_JUDGED || (res->verdict == CHECK_VACUOUS && !res->required))
        tally->skipped++;
    else
        tally->failed++;
    /* Keys and values are whatever the clients wrote. */
    struct buf room = {0};
    (void)printf("  %-7s  %-28s %s\n", word_of(res), res->name, visible_text(&room, res->sentence));
    if (res->paragraph[0] != '\0')
        (void)printf("           %s\n", visible_text(&room, res->paragraph));
    print_events(res, &room);
    buf_free(&room);
}

/* Around the first violation, where the run was stopped. */
static void print_standings(const struct judgement *j)
{
    struct buf line = {0};
    for (unsigned i = 0; i < j->stop.standings.count; i++) {
        buf_reset(&line);
        standing_print(&line, &j->stop.standings.of[i], &j->names);
        (void)printf("  %-9s  %s\n", trace_names_text(&j->names, (int)i), buf_str(&line));
    }
    buf_free(&line);
}

void progress_verdict(const struct judgement *j, const char *carrier, uint64_t began_ns,
                      struct tally *tally)
{
    (void)printf("  done: %llu ok, %llu fail, %llu unknown%s%s · judged in %.2f s\n",
                 (unsigned long long)counter(j, "opsOk"), (unsigned long long)counter(j, "opsFail"),
                 (unsigned long long)counter(j, "opsUnknown"), carrier == NULL ? "" : " · carrier ",
                 carrier == NULL ? "" : carrier, (double)j->took_ns / 1e9);
    uint64_t failed = tally->failed;
    for (size_t i = 0; i < check_results_count(j->run); i++)
        progress_result(check_results_at(j->run, i), tally);
    if (j->stop.stopped)
        print_standings(j);
    if (tally->failed != failed)
        (void)printf("  clock      0.0s is %.6f s in the traces and in what is said about them\n",
                     (double)began_ns / 1e9);
    (void)fflush(stdout);
}

void progress_tail(const struct scenario *s, const char *given, const char *command,
                   const char *net, const struct results *r, uint64_t seed, bool passed,
                   bool violated)
{
    char lasting[PATH_MAX];
    struct buf word = {0};
    if (r->dir[0] != '\0')
        (void)printf("  result     %s\n", r->dir);
    (void)printf("  %-9s  raft-emulator %s %s --seed 0x%llX", passed ? "again" : "reproduce",
                 command, shell_word(&word, results_lasting(given, lasting)),
                 (unsigned long long)seed);
    if (net != NULL && strcmp(net, "auto") != 0)
        (void)printf(" --net %s", net);
    shell_print_sets((const char *const *)s->overrides.items, s->overrides.count);
    (void)printf("\n");
    if (violated && r->dir[0] != '\0')
        (void)printf("  shrink     raft-emulator shrink %s%s\n", shell_word(&word, r->dir),
                     strcmp(command, "run") == 0 ? " --live" : "");
    buf_free(&word);
}

void progress_tally(const struct tally *tally)
{
    (void)printf("%llu passed, %llu failed, %llu skipped\n", (unsigned long long)tally->passed,
                 (unsigned long long)tally->failed, (unsigned long long)tally->skipped);
    (void)fflush(stdout);
}
