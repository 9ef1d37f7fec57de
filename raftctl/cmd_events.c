/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl events: what the nodes have said lately of leaders, members and snapshots, merged. */
#include "base/mem.h"
#include "base/units.h"
#include "raftctl/cmd.h"
#include "raftctl/fan.h"
#include "raftctl/pointer.h"
#include "raftctl/stop.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAUSE_NS (500 * NS_PER_MS)

const struct form form_events = {
    .rows = "events",
    .columns = "AT=at NODE=node LEVEL=level TOPIC=topic TEXT=text",
    .schema = "events:[{at:s ago_ms:n node:s number:n level:s topic:s text:s}]" FAN_ERRORS_SCHEMA};

/* One line of one node's. */
struct event {
    const char *node; /* borrowed, as is the item */
    const cJSON *item;
    uint64_t ago_ms;
};

/* Of each node the number of the last line that was looked at. */
struct seen {
    char node[LIMIT_NODE_NAME + 1];
    uint64_t incarnation;
    uint64_t number;
};

struct following {
    struct seen seen[2 * LIMIT_MEMBERS];
    size_t count;
};

static struct seen *seen_of(struct following *f, const char *node)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->seen[i].node, node) == 0)
            return &f->seen[i];
    }
    ASSERT(f->count < ARRAY_LEN(f->seen));
    (void)snprintf(f->seen[f->count].node, sizeof(f->seen[0].node), "%s", node);
    return &f->seen[f->count++];
}

static int oldest_first(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->ago_ms != y->ago_ms)
        return x->ago_ms > y->ago_ms ? -1 : 1;
    int order = strcmp(x->node, y->node);
    uint64_t m = pointer_number(x->item, "number"), n = pointer_number(y->item, "number");
    return order != 0 ? order : (m > n) - (m < n);
}

/* A node that was started again counts from 1 again. */
static void look_at_incarnation(struct seen *seen, const cJSON *doc)
{
    uint64_t incarnation = pointer_number(doc, "incarnation");
    if (incarnation != seen->incarnation)
        seen->number = 0;
    seen->incarnation = incarnation;
}

/* Those not looked at yet, and not older than that. Returns how many. */
static size_t collect(const struct fan *fan, struct following *following, uint64_t oldest_ms,
                      struct event **ret)
{
    struct event *events = NULL;
    size_t count = 0, cap = 0;
    for (size_t i = 0; i < fan->count; i++) {
        const cJSON *all = cJSON_GetObjectItemCaseSensitive(fan->answers[i].doc, "events"), *item;
        struct seen *seen = seen_of(following, fan->answers[i].name);
        if (fan->answers[i].doc != NULL)
            look_at_incarnation(seen, fan->answers[i].doc);
        uint64_t last = seen->number;
        cJSON_ArrayForEach(item, all)
        {
            uint64_t number = pointer_number(item, "number"),
                     ago_ms = pointer_number(item, "ago_ms");
            if (number <= last)
                continue;
            seen->number = number;
            if (ago_ms > oldest_ms)
                continue;
            events = mem_room(events, count + 1, &cap, sizeof(*events));
            events[count++] = (struct event){fan->answers[i].name, item, ago_ms};
        }
    }
    if (count > 0)
        qsort(events, count, sizeof(*events), oldest_first);
    *ret = events;
    return count;
}

/* Its moment by this machine's clock. */
static void put_moment(struct jsonw *w, uint64_t ago_ms)
{
    struct timespec now;
    struct tm parts;
    char text[64];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / NS_PER_MS - ago_ms;
    time_t seconds = (time_t)(ms / 1000);
    (void)gmtime_r(&seconds, &parts);
    size_t len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text + len, sizeof(text) - len, ".%03uZ", (unsigned)(ms % 1000));
    jsonw_kv_string(w, "at", text);
    jsonw_kv_u64(w, "ago_ms", ago_ms);
}

static void put_event(struct jsonw *w, const struct event *e)
{
    jsonw_object(w);
    put_moment(w, e->ago_ms);
    jsonw_kv_string(w, "node", e->node);
    for (const cJSON *item = e->item->child; item != NULL; item = item->next) {
        char *text = cJSON_PrintUnformatted(item);
        if (strcmp(item->string, "ago_ms") != 0) {
            jsonw_key(w, item->string);
            jsonw_raw(w, text);
        }
        cJSON_free(text);
    }
    jsonw_end(w);
}

static void put_events(struct jsonw *w, const struct event *events, size_t count)
{
    jsonw_key(w, "events");
    jsonw_array(w);
    for (size_t i = 0; i < count; i++)
        put_event(w, &events[i]);
    jsonw_end(w);
}

static enum ctl_exit show(const struct ctl *ctl, const struct fan *fan, const struct event *events,
                          size_t count)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    put_events(&w, events, count);
    fan_put_errors(&w, fan);
    form_put_via(&w, fan->survey.via);
    jsonw_end(&w);
    return form_show(ctl, &form_events, &json, CTL_OK);
}

/* One look. Following, nothing is shown while there is nothing new, and no heads after the first.
 */
static enum ctl_exit look(const struct ctl *ctl, struct following *following, bool again,
                          uint64_t oldest_ms)
{
    const struct span words[] = {span_str("RAFT"), span_str("EVENTS")};
    struct failure f;
    struct fan *fan;
    struct event *events = NULL;
    enum ctl_exit exit = fan_ask(ctl, ctl->value[OPT_NODE], words, ARRAY_LEN(words), &fan, &f);
    if (exit == CTL_OK) {
        size_t count = collect(fan, following, oldest_ms, &events);
        if (!again || count > 0)
            exit = show(ctl, fan, events, count);
    } else if (!again) {
        exit = print_failure(ctl, &f);
    }
    mem_free(events);
    fan_free(fan);
    return exit;
}

enum ctl_exit cmd_events(const struct ctl *ctl)
{
    static struct following following; /* large, and there is one */
    struct ctl lines = *ctl;
    uint64_t since_ns = UINT64_MAX;
    following.count = 0;
    if (ctl->value[OPT_SINCE] != NULL && units_duration(ctl->value[OPT_SINCE], &since_ns) < 0)
        since_ns = UINT64_MAX;
    enum ctl_exit exit = look(ctl, &following, false, since_ns / NS_PER_MS);
    if (!ctl->given[OPT_FOLLOW] || exit != CTL_OK)
        return exit;
    /* From here on rows alone: heads again and again are no lines. */
    if (ctl->output == OUTPUT_TABLE)
        lines.output = OUTPUT_PLAIN;
    while (exit != CTL_IO && !stop_asked()) {
        stop_rest(PAUSE_NS, UINT64_MAX);
        exit = look(&lines, &following, true, UINT64_MAX);
    }
    return stop_asked() ? CTL_INTERRUPTED : exit;
}
