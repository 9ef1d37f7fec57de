/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory at rest, read from its first byte to its last: what is damaged is found, and what is
 * in it told. */
#include "base/mem.h"
#include "base/units.h"
#include "kv/elements.h"
#include "node/clients/admin.h"
#include "node/members/at_rest.h"

#include <string.h>

/* To whom each thing is told. */
struct teller {
    void (*say)(void *arg, struct span json);
    void *arg;
    struct command_words words;
};

static void tell_entry(void *arg, const struct entry *entry)
{
    struct teller *t = arg;
    struct buf json = {0};
    struct jsonw w;
    if (t->say == NULL)
        return;
    jsonw_init(&w, &json);
    look_put_entry(&w, entry, &t->words);
    jsonw_end(&w);
    t->say(t->arg, span_of(json.data, json.len));
    buf_free(&json);
}

static void tell_key(const struct teller *t, const struct kv_item *item, uint64_t clock_ns)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_key(&w, "key");
    jsonw_bytes(&w, item->key.data, item->key.len);
    jsonw_kv_string(&w, "type", kv_type_name(item->type));
    jsonw_kv_u64(&w, "rev", item->rev);
    if (item->expires_ns != 0)
        jsonw_kv_u64(&w, "expires_in_ms",
                     item->expires_ns > clock_ns ? (item->expires_ns - clock_ns) / NS_PER_MS : 0);
    if (item->type == KV_STRING) {
        jsonw_key(&w, "value");
        jsonw_bytes(&w, item->value.data, item->value.len);
    } else {
        struct bytes left = elements_of(item->value);
        struct span element;
        jsonw_key(&w, "values");
        jsonw_array(&w);
        while (elements_next(&left, &element))
            jsonw_bytes(&w, element.data, element.len);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    t->say(t->arg, span_of(json.data, json.len));
    buf_free(&json);
}

static int examine_image(struct image *image, const struct teller *t, struct node_examination *ret,
                         struct err *e)
{
    struct machine *machine;
    struct kv_item item;
    if (image == NULL)
        return 0;
    int code = image_machine(image, &machine, e);
    if (code < 0)
        return code;
    const struct kv *kv = machine_kv(machine);
    ret->snapshot = machine_index(machine);
    ret->keys = kv_count(kv);
    ret->digest = machine_digest(machine);
    bool more = t->say != NULL && kv_at_or_after(kv, span_of("", 0), &item);
    while (more) {
        tell_key(t, &item, machine_clock_ns(machine));
        more = kv_after(kv, item.key, &item);
    }
    machine_free(machine);
    return 0;
}

static void note(char *out, size_t size, const char *text)
{
    size_t len = strlen(text) < size ? strlen(text) : size - 1;
    memcpy(out, text, len);
    out[len] = '\0';
}

/* What the opening met. */
static void note_report(const struct store_report *r, struct node_examination *ret)
{
    if (r->wal.cut_bytes > 0)
        note(ret->cut, sizeof(ret->cut), r->wal.cut_text);
    if (r->meta.slot_lost)
        note(ret->damage[0], sizeof(ret->damage[0]), r->meta.slot_text);
    if (!r->image_installed)
        note(ret->damage[1], sizeof(ret->damage[1]), r->image_text);
}

int node_examine(const struct node_recover_host *host, const char *dir,
                 void (*say)(void *arg, struct span json), void *arg, struct node_examination *ret,
                 struct err *e)
{
    struct at_rest a = {.host = host};
    struct node_examination found = {0};
    int code = at_rest_open(&a, dir, e);
    if (code < 0)
        return code;
    struct teller *t = mem_alloc(sizeof(*t)); /* large */
    t->say = say;
    t->arg = arg;
    code = examine_image(a.store.image, t, &found, e);
    if (code == 0)
        code = at_rest_read_log(&a, tell_entry, t, e);
    mem_free(t);
    if (code == 0) {
        found.first = wal_first(a.store.wal);
        at_rest_describe(&a, &found.node);
        note_report(&a.report, &found);
        *ret = found;
    } else {
        (void)err_wrap(e, "%s", dir);
    }
    store_close(&a.store);
    return code;
}
