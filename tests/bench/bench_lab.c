/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long the laboratory takes from the command to a working cluster: `raft-emulator run` on a
 * scenario that only waits for a leader, again and again. */
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/units.h"
#include "child.h"
#include "emulator/trace/reader.h"
#include "scratch.h"

#include <cjson/cJSON.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS_MAX         1000
#define RUN_JSON_MAX     (1u << 20)
#define EXIT_USAGE       64
#define EXIT_SUT         69
#define EXIT_FILES       73
#define EXIT_CANNOT_RUN  77
#define EXIT_LAB_VACUOUS 4 /* of raft-emulator: nothing was compared, which is not asked here */

static const char usage[] =
    "usage: bench_lab [options]\n"
    "  --runs N         run it N times (default 10)\n"
    "  --nodes N        nodes of the cluster (default 5)\n"
    "  --emulator PATH  raft-emulator (default: beside this program)\n"
    "  --dir DIR        where results go for the while (default: beside the build's bin/)\n"
    "  -o json|table    default table\n";

/* name in JSON, title: the times of one run, in nanoseconds. */
#define TIMES(X)                                      \
    X(to_start, "command to starting nodes")          \
    X(election, "starting nodes to the first leader") \
    X(to_leader, "command to the first leader")       \
    X(whole, "command to its end (judged, nodes stopped)")

enum {
#define X(name, title) TIME_##name,
    TIMES(X)
#undef X
        TIMES_COUNT
};

struct options {
    uint64_t runs;
    uint64_t nodes;
    const char *emulator;
    const char *dir;
    bool json;
};

struct lab {
    const struct options *options;
    struct scratch scratch;
    char scenario[PATH_MAX];
    char results[PATH_MAX];
    char log[PATH_MAX];
    uint64_t *times[TIMES_COUNT]; /* owned, runs long */
    char carrier[64];
};

/* ---- reading a run ---- */

static double number(const cJSON *root, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(root, key);
    return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

static int read_run(struct lab *lab, uint64_t *ret_started_ns, uint64_t *ret_first_leader_ns,
                    struct err *e)
{
    char path[PATH_MAX];
    struct buf text = {0};
    scratch_path(&lab->scratch, "runs/latest/run.json", path);
    int code = read_file_end(path, RUN_JSON_MAX, &text, e);
    cJSON *root = code < 0 ? NULL : cJSON_Parse(buf_str(&text));
    buf_free(&text);
    if (code < 0)
        return code;
    *ret_started_ns = (uint64_t)number(root, "started_ns");
    *ret_first_leader_ns = (uint64_t)number(root, "first_leader_ns");
    const cJSON *carrier = cJSON_GetObjectItemCaseSensitive(root, "carrier");
    if (cJSON_IsString(carrier))
        (void)snprintf(lab->carrier, sizeof(lab->carrier), "%s", carrier->valuestring);
    cJSON_Delete(root);
    if (*ret_started_ns == 0 || *ret_first_leader_ns == 0)
        return err_set(e, -E_CORRUPT, "bench: %s: no leader in it", path);
    return 0;
}

/* When the earliest becameLeader of one node's trace happened, if before *earliest_ns. */
static int read_trace(const char *path, uint64_t *earliest_ns, struct err *e)
{
    struct trace_names names = {0};
    struct trace_reader reader;
    struct trace_record record;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    int code = 0;
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return err_set(e, -E_NOTFOUND, "bench: %s: cannot be read", path);
    trace_reader_init(&reader, &names);
    for (uint64_t i = 1; code == 0 && (len = getline(&line, &cap, f)) > 0; i++) {
        code = trace_read_line(&reader, line, (size_t)len, i, &record, e);
        if (code == 0 && record.ev == TRACE_becameLeader && record.t < *earliest_ns)
            *earliest_ns = record.t;
    }
    trace_reader_free(&reader);
    free(line);
    (void)fclose(f);
    return code;
}

static int first_leader(const struct lab *lab, uint64_t *ret_ns, struct err *e)
{
    char path[PATH_MAX], name[64];
    *ret_ns = UINT64_MAX;
    for (uint64_t i = 1; i <= lab->options->nodes; i++) {
        (void)snprintf(name, sizeof(name), "runs/latest/trace/n%llu.ndjson", (unsigned long long)i);
        scratch_path(&lab->scratch, name, path);
        int code = read_trace(path, ret_ns, e);
        if (code < 0)
            return code;
    }
    return *ret_ns == UINT64_MAX ? err_set(e, -E_CORRUPT, "bench: no leader in the traces") : 0;
}

/* ---- running ---- */

static int write_scenario(struct lab *lab, struct err *e)
{
    scratch_path(&lab->scratch, "first-leader.json", lab->scenario);
    scratch_path(&lab->scratch, "runs", lab->results);
    scratch_path(&lab->scratch, "log", lab->log);
    FILE *f = fopen(lab->scenario, "we");
    if (f == NULL)
        return err_set(e, -E_IO, "bench: %s: cannot be written", lab->scenario);
    (void)fprintf(f,
                  "{\"version\": 1, \"name\": \"first-leader\", \"why\": \"the nodes elect\",\n"
                  " \"cluster\": {\"voters\": %llu},\n"
                  " \"steps\": [{\"wait\": {\"leader\": {}}, \"within\": \"20s\"}]}\n",
                  (unsigned long long)lab->options->nodes);
    return fclose(f) == 0 ? 0 : err_set(e, -E_IO, "bench: %s: cannot be written", lab->scenario);
}

/* What the command printed, for a failure. */
static void show_log(const struct lab *lab)
{
    struct buf text = {0};
    struct err ignored;
    if (read_file_end(lab->log, 4000, &text, &ignored) == 0)
        (void)fputs(buf_str(&text), stderr);
    buf_free(&text);
}

/* Returns an exit code. */
static int run_once(struct lab *lab, uint64_t i, struct err *e)
{
    const char *argv[] = {lab->options->emulator, "run",    lab->scenario, "--runs",
                          lab->results,           "--keep", "always",      NULL};
    struct child child;
    uint64_t began_ns = bench_now_ns(), started_ns, election_ns, leader_ns;
    if (child_start(&child, argv, lab->log, e) < 0)
        return EXIT_FILES;
    int exit_code = child_wait(&child);
    uint64_t ended_ns = bench_now_ns();
    if (exit_code != 0 && exit_code != EXIT_LAB_VACUOUS) {
        show_log(lab);
        (void)err_set(e, -E_CLOSED, "raft-emulator: exit code %d", exit_code);
        return exit_code == EXIT_CANNOT_RUN ? EXIT_CANNOT_RUN : EXIT_SUT;
    }
    if (read_run(lab, &started_ns, &election_ns, e) < 0 || first_leader(lab, &leader_ns, e) < 0)
        return EXIT_SUT;
    lab->times[TIME_to_start][i] = started_ns - began_ns;
    lab->times[TIME_election][i] = election_ns;
    lab->times[TIME_to_leader][i] = leader_ns - began_ns;
    lab->times[TIME_whole][i] = ended_ns - began_ns;
    (void)fprintf(stderr, "run %llu: leader after %.0f ms\n", (unsigned long long)i + 1,
                  (double)(leader_ns - began_ns) / (double)NS_PER_MS);
    return 0;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* ---- printing ---- */

static const char *const time_names[] = {
#define X(name, title) #name,
    TIMES(X)
#undef X
};

static const char *const time_titles[] = {
#define X(name, title) title,
    TIMES(X)
#undef X
};

static void print_table(const struct lab *lab)
{
    uint64_t n = lab->options->runs;
    double load = 0;
    (void)getloadavg(&load, 1);
    (void)printf("%llu runs, %llu nodes, carrier %s, load %.2f at the end; milliseconds\n\n",
                 (unsigned long long)n, (unsigned long long)lab->options->nodes, lab->carrier,
                 load);
    (void)printf("%-44s %8s %8s %8s\n", "", "min", "median", "max");
    for (size_t t = 0; t < TIMES_COUNT; t++) {
        const uint64_t *v = lab->times[t];
        (void)printf("%-44s %8.1f %8.1f %8.1f\n", time_titles[t], (double)v[0] / (double)NS_PER_MS,
                     (double)v[(n - 1) / 2] / (double)NS_PER_MS,
                     (double)v[n - 1] / (double)NS_PER_MS);
    }
}

static void print_json(const struct lab *lab)
{
    struct buf out = {0};
    struct jsonw w;
    jsonw_init(&w, &out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_u64(&w, "nodes", lab->options->nodes);
    jsonw_kv_string(&w, "carrier", lab->carrier);
    for (size_t t = 0; t < TIMES_COUNT; t++) {
        char key[32];
        (void)snprintf(key, sizeof(key), "%s_ns", time_names[t]);
        jsonw_key(&w, key);
        jsonw_array(&w); /* ascending */
        for (uint64_t i = 0; i < lab->options->runs; i++)
            jsonw_u64(&w, lab->times[t][i]);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    (void)puts(buf_str(&out));
    buf_free(&out);
}

/* ---- main ---- */

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {{"runs", required_argument, NULL, 'r'},
                                          {"nodes", required_argument, NULL, 'n'},
                                          {"emulator", required_argument, NULL, 'e'},
                                          {"dir", required_argument, NULL, 'd'},
                                          {0}};
    int option;
    *o = (struct options){.runs = 10, .nodes = 5};
    while ((option = getopt_long(argc, argv, "o:", table, NULL)) != -1) {
        switch (option) {
        case 'r':
            if (units_u64(optarg, RUNS_MAX, &o->runs) < 0 || o->runs == 0)
                return false;
            break;
        case 'n':
            if (units_u64(optarg, 31, &o->nodes) < 0 || o->nodes == 0)
                return false;
            break;
        case 'e': o->emulator = optarg; break;
        case 'd': o->dir = optarg; break;
        case 'o':
            o->json = strcmp(optarg, "json") == 0;
            if (!o->json && strcmp(optarg, "table") != 0)
                return false;
            break;
        default: return false;
        }
    }
    return optind == argc;
}

static int find_things(struct options *o, struct err *e)
{
    int code = places_fill("raft-emulator", &o->emulator, &o->dir, e);
    if (code < 0)
        return code;
    return access(o->emulator, X_OK) == 0
               ? 0
               : err_set(e, -E_NOTFOUND, "bench: %s: no such program", o->emulator);
}

static int run_all(struct lab *lab, struct err *e)
{
    int exit_code = write_scenario(lab, e) < 0 ? EXIT_FILES : 0;
    for (size_t t = 0; t < TIMES_COUNT; t++)
        lab->times[t] = mem_array(lab->options->runs, sizeof(uint64_t));
    for (uint64_t i = 0; exit_code == 0 && i < lab->options->runs; i++)
        exit_code = run_once(lab, i, e);
    for (size_t t = 0; t < TIMES_COUNT; t++)
        qsort(lab->times[t], lab->options->runs, sizeof(uint64_t), compare);
    if (exit_code == 0 && lab->options->json)
        print_json(lab);
    else if (exit_code == 0)
        print_table(lab);
    for (size_t t = 0; t < TIMES_COUNT; t++)
        free(lab->times[t]);
    return exit_code;
}

int main(int argc, char **argv)
{
    static struct lab lab;
    struct options options;
    struct err e = {0};
    if (!parse(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    int code = find_things(&options, &e);
    if (code == 0)
        code = scratch_make(options.dir, &lab.scratch, &e);
    lab.options = &options;
    int exit_code = code < 0 ? EXIT_FILES : run_all(&lab, &e);
    if (exit_code != 0)
        (void)fprintf(stderr, "bench_lab: %s\n", e.text);
    scratch_remove(&lab.scratch);
    return exit_code;
}
