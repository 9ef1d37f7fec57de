/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl bench, latency and check perf: how much the cluster takes, and how long it takes. */
#include "base/mem.h"
#include "base/units.h"
#include "raftctl/cmd.h"
#include "raftctl/load.h"
#include "raftctl/stop.h"

#define KEYS        1000
#define RATE        500
#define CLIENTS     8
#define READS       50
#define VALUE_BYTES 256
#define DURATION_NS (5 * NS_PER_S)

#define LATENCY "{count:n p50_us:n p90_us:n p99_us:n p999_us:n max_us:n}~"
#define RESULT                                                                        \
    "asked:n answered:n errors:n unanswered:n first_error:s~ wanted_per_s:d per_s:d " \
    "elapsed_ms:n reads:" LATENCY " writes:" LATENCY

#define LINE(kind)                                                                \
    "[\n" kind "  p50 {" kind ".p50_us} us  p90 {" kind ".p90_us} us  p99 {" kind \
    ".p99_us} us  p99.9 {" kind ".p999_us} us  max {" kind ".max_us} us  of {" kind ".count}]"
#define LINES                                                                                 \
    "{per_s} answers/s of {wanted_per_s} asked for, {errors} errors, {unanswered} unanswered" \
    "[, the first: {first_error}]" LINE("reads") LINE("writes")

const struct form form_bench = {.line = LINES, .schema = RESULT};
const struct form form_latency = {.line = LINES,
                                  .rows = "dist",
                                  .columns = "KIND=kind >UP_TO_US=up_to_us >COUNT=count SHARE=bar",
                                  .schema = RESULT " dist?:[{kind:s up_to_us:n count:n bar:s}]"};
const struct form form_check_perf = {.line = "{verdict}\n" LINES,
                                     .schema = "verdict:s good:b load:s " RESULT};

static uint64_t number_or(const struct ctl *ctl, enum ctl_option option, uint64_t usual)
{
    uint64_t number = usual;
    if (ctl->value[option] != NULL && units_u64(ctl->value[option], UINT64_MAX, &number) < 0)
        UNREACHABLE(); /* it was checked */
    return number;
}

static void read_spec(const struct ctl *ctl, struct load_spec *ret)
{
    uint64_t clients = number_or(ctl, OPT_CLIENTS, CLIENTS),
             reads = number_or(ctl, OPT_READS, READS);
    uint64_t bytes = number_or(ctl, OPT_SIZE, VALUE_BYTES), rate = number_or(ctl, OPT_RATE, RATE);
    *ret = (struct load_spec){.for_ns = DURATION_NS, .keys = KEYS};
    if (ctl->value[OPT_DURATION] != NULL &&
        units_duration(ctl->value[OPT_DURATION], &ret->for_ns) < 0)
        UNREACHABLE(); /* it was checked */
    ret->rate = (double)(rate > 0 ? rate : 1);
    ret->clients = clients < 1 ? 1 : clients > LOAD_CLIENTS_MAX ? LOAD_CLIENTS_MAX : clients;
    ret->reads = reads > 100 ? 100 : (unsigned)reads;
    ret->value_bytes = bytes > LIMIT_VALUE_BYTES / 8 ? LIMIT_VALUE_BYTES / 8 : bytes;
}

static void put_latency(struct jsonw *w, const char *key, const struct histogram *h)
{
    static const struct {
        const char *key;
        double share;
    } shares[] = {{"p50_us", 0.5}, {"p90_us", 0.9}, {"p99_us", 0.99}, {"p999_us", 0.999}};
    jsonw_key(w, key);
    if (h->count == 0) {
        jsonw_null(w);
        return;
    }
    jsonw_object(w);
    jsonw_kv_u64(w, "count", h->count);
    for (size_t i = 0; i < ARRAY_LEN(shares); i++)
        jsonw_kv_u64(w, shares[i].key, histogram_at(h, shares[i].share) / NS_PER_US);
    jsonw_kv_u64(w, "max_us", h->max / NS_PER_US);
    jsonw_end(w);
}

static double per_second(const struct load_result *r)
{
    double rate = r->elapsed_ns > 0 ? (double)r->answered * 1e9 / (double)r->elapsed_ns : 0;
    return (double)(uint64_t)(rate * 10 + 0.5) / 10;
}

static void put_result(struct jsonw *w, const struct load_spec *spec, const struct load_result *r)
{
    jsonw_kv_u64(w, "asked", r->asked);
    jsonw_kv_u64(w, "answered", r->answered);
    jsonw_kv_u64(w, "errors", r->errors);
    jsonw_kv_u64(w, "unanswered", r->unanswered);
    jsonw_kv_text(w, "first_error", r->errors > 0 ? r->first_error : NULL);
    jsonw_kv_double(w, "wanted_per_s", spec->rate);
    jsonw_kv_double(w, "per_s", per_second(r));
    jsonw_kv_u64(w, "elapsed_ms", r->elapsed_ns / NS_PER_MS);
    put_latency(w, "reads", &r->reads_ns);
    put_latency(w, "writes", &r->writes_ns);
}

/* Doubling steps; a bar of 40 is all of them. */
static void put_dist(struct jsonw *w, const char *kind, const struct histogram *h)
{
    for (uint64_t top_us = 1; h->count > 0 && top_us < UINT64_MAX / 4; top_us *= 2) {
        uint64_t from_us = top_us == 1 ? 0 : top_us / 2, count = 0;
        char bar[41] = "";
        for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++) {
            uint64_t us = histogram_top(b) / NS_PER_US;
            count += us >= from_us && us < top_us ? h->buckets[b] : 0;
        }
        memset(bar, '#', count * 40 / h->count);
        if (count > 0) {
            jsonw_object(w);
            jsonw_kv_string(w, "kind", kind);
            jsonw_kv_u64(w, "up_to_us", top_us);
            jsonw_kv_u64(w, "count", count);
            jsonw_kv_string(w, "bar", bar);
            jsonw_end(w);
        }
        if (top_us > h->max / NS_PER_US)
            return;
    }
}

/* Whatever ends it, no key is left. */
static enum ctl_exit run(const struct ctl *ctl, const struct load_spec *spec,
                         struct load_result *ret, struct failure *f)
{
    stop_catch();
    enum ctl_exit exit = load_run(ctl, spec, ret, f);
    if (exit == CTL_OK)
        load_clean(ctl, spec, ret);
    stop_let_go();
    return exit;
}

/* What both verbs do: errors, and nothing answered, are a negative answer. */
static enum ctl_exit measure(const struct ctl *ctl, const struct load_spec *spec,
                             const struct form *form, bool dist)
{
    struct load_result *r = mem_alloc(sizeof(*r));
    struct failure f;
    struct buf json = {0};
    struct jsonw w;
    enum ctl_exit exit = run(ctl, spec, r, &f);
    if (exit != CTL_OK) {
        mem_free(r);
        return print_failure(ctl, &f);
    }
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    put_result(&w, spec, r);
    if (dist) {
        jsonw_key(&w, "dist");
        jsonw_array(&w);
        put_dist(&w, "read", &r->reads_ns);
        put_dist(&w, "write", &r->writes_ns);
        jsonw_end(&w);
    }
    form_put_via(&w, ctl->endpoints[0].text);
    jsonw_end(&w);
    bool good = r->errors == 0 && r->answered > 0;
    mem_free(r);
    exit = form_show(ctl, form, &json, good ? CTL_OK : CTL_NO);
    return stop_asked() ? CTL_INTERRUPTED : exit;
}

enum ctl_exit cmd_bench(const struct ctl *ctl)
{
    struct load_spec spec;
    read_spec(ctl, &spec);
    return measure(ctl, &spec, &form_bench, false);
}

/* So few, and one at a time, that none waits for another. */
enum ctl_exit cmd_latency(const struct ctl *ctl)
{
    struct load_spec spec;
    read_spec(ctl, &spec);
    if (ctl->value[OPT_RATE] == NULL)
        spec.rate = 50;
    spec.clients = 1;
    return measure(ctl, &spec, &form_latency, ctl->given[OPT_DIST]);
}

/* ---- check perf ---- */

/* name, requests a second, for how long, what 99 of 100 may take. */
static const struct load_row {
    const char *name;
    double rate;
    uint64_t for_ns, p99_ns;
} loads[] = {
    {"s", 100, 5 * NS_PER_S, 100 * NS_PER_MS},
    {"m", 500, 10 * NS_PER_S, 100 * NS_PER_MS},
    {"l", 2000, 20 * NS_PER_S, 200 * NS_PER_MS},
};

static void put_verdict(struct buf *out, const struct load_row *row, const struct load_result *r)
{
    uint64_t p99_ns = histogram_at(&r->writes_ns, 0.99);
    if (r->errors > 0)
        buf_putf(out, "FAIL: %llu errors, the first: %s", (unsigned long long)r->errors,
                 r->first_error);
    else if (per_second(r) < row->rate * 0.9)
        buf_putf(out, "FAIL: %.1f answers a second, of %.0f", per_second(r), row->rate);
    else if (p99_ns > row->p99_ns)
        buf_putf(out, "FAIL: 1 of 100 writes takes longer than %llu ms",
                 (unsigned long long)(row->p99_ns / NS_PER_MS));
    else
        buf_puts(out, "PASS");
}

enum ctl_exit cmd_check_perf(const struct ctl *ctl)
{
    const struct load_row *row = &loads[0];
    struct load_result *r = mem_alloc(sizeof(*r));
    struct load_spec spec;
    struct failure f;
    struct buf json = {0}, verdict = {0};
    struct jsonw w;
    for (size_t i = 0; ctl->value[OPT_LOAD] != NULL && i < ARRAY_LEN(loads); i++)
        row = strcmp(ctl->value[OPT_LOAD], loads[i].name) == 0 ? &loads[i] : row;
    read_spec(ctl, &spec);
    spec.rate = row->rate;
    spec.for_ns = ctl->value[OPT_DURATION] != NULL ? spec.for_ns : row->for_ns;
    enum ctl_exit exit = run(ctl, &spec, r, &f);
    if (exit == CTL_OK) {
        put_verdict(&verdict, row, r);
        bool good = strcmp(buf_str(&verdict), "PASS") == 0;
        jsonw_init(&w, &json);
        jsonw_object(&w);
        jsonw_kv_u64(&w, "v", 1);
        jsonw_kv_string(&w, "verdict", buf_str(&verdict));
        jsonw_kv_bool(&w, "good", good);
        jsonw_kv_string(&w, "load", row->name);
        put_result(&w, &spec, r);
        form_put_via(&w, ctl->endpoints[0].text);
        jsonw_end(&w);
        exit = form_show(ctl, &form_check_perf, &json, good ? CTL_OK : CTL_NO);
        exit = stop_asked() ? CTL_INTERRUPTED : exit;
    } else {
        exit = print_failure(ctl, &f);
    }
    buf_free(&verdict);
    mem_free(r);
    return exit;
}
