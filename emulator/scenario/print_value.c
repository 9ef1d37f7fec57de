/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/print_value.h"

#include "base/units.h"

#include <stdio.h>
#include <string.h>

/* The largest unit that divides the value. */
static const char *with_unit(uint64_t value, const char *const *names, const uint64_t *factors,
                             size_t count, char out[VALUE_TEXT_MAX])
{
    size_t i = 0;
    while (i + 1 < count && (value % factors[i] != 0 || value == 0))
        i++;
    (void)snprintf(out, VALUE_TEXT_MAX, "%llu%s", (unsigned long long)(value / factors[i]),
                   names[i]);
    return out;
}

const char *print_size(uint64_t bytes, char out[VALUE_TEXT_MAX])
{
    static const char *const names[] = {"GiB", "MiB", "KiB", "B"};
    static const uint64_t factors[] = {1024 * MIB, MIB, KIB, 1};
    return with_unit(bytes, names, factors, ARRAY_LEN(names), out);
}

const char *print_rate(uint64_t bits_per_s, char out[VALUE_TEXT_MAX])
{
    static const char *const names[] = {"gbit", "mbit", "kbit", "bit"};
    static const uint64_t factors[] = {1000000000, 1000000, 1000, 1};
    return with_unit(bits_per_s, names, factors, ARRAY_LEN(names), out);
}

/* Shares are read with nine digits behind the point of a percentage. */
const char *print_share(double share, char out[VALUE_TEXT_MAX])
{
    uint64_t billionths = (uint64_t)(share * 1e11 + 0.5);
    int used =
        snprintf(out, VALUE_TEXT_MAX, "%llu.%09llu", (unsigned long long)(billionths / 1000000000u),
                 (unsigned long long)(billionths % 1000000000u));
    ASSERT(used > 0 && used < VALUE_TEXT_MAX - 1);
    size_t len = (size_t)used;
    while (out[len - 1] == '0')
        len--;
    if (out[len - 1] == '.')
        len--;
    out[len] = '%';
    out[len + 1] = '\0';
    return out;
}

const char *print_duration(uint64_t ns, char out[VALUE_TEXT_MAX])
{
    return units_print_duration(ns, out);
}

const char *print_choice(const char *choices, unsigned i, char out[VALUE_TEXT_MAX])
{
    for (; i > 0; i--) {
        choices = strchr(choices, '|');
        ASSERT(choices != NULL);
        choices++;
    }
    size_t len = strcspn(choices, "|");
    ASSERT(len < VALUE_TEXT_MAX);
    memcpy(out, choices, len);
    out[len] = '\0';
    return out;
}

void print_texts(const struct text_list *texts, struct jsonw *w)
{
    jsonw_array(w);
    for (size_t i = 0; i < texts->count; i++)
        jsonw_string(w, texts->items[i]);
    jsonw_end(w);
}

void print_pairs(const struct pair_list *pairs, struct jsonw *w)
{
    jsonw_object(w);
    for (size_t i = 0; i < pairs->count; i++) {
        jsonw_key(w, pairs->items[i].key);
        if (pairs->items[i].is_text)
            jsonw_string(w, pairs->items[i].value);
        else
            jsonw_raw(w, pairs->items[i].value);
    }
    jsonw_end(w);
}

void print_mix(const struct scenario_mix *mix, struct jsonw *w)
{
    jsonw_object(w);
    for (int i = 0; i < OPS_COUNT; i++) {
        if (mix->weight[i] > 0)
            jsonw_kv_u64(w, vocab_op_name((enum op_id)i), mix->weight[i]);
    }
    jsonw_end(w);
}

void print_who(const struct selectors *who, struct jsonw *w)
{
    char text[SELECTOR_TEXT_MAX];
    if (who->count == 1) {
        jsonw_string(w, selector_print(&who->items[0], text));
        return;
    }
    jsonw_array(w);
    for (size_t i = 0; i < who->count; i++)
        jsonw_string(w, selector_print(&who->items[i], text));
    jsonw_end(w);
}

static void print_messages(uint32_t messages, struct jsonw *w)
{
    jsonw_array(w);
    for (int i = 0; i < MESSAGES_COUNT; i++) {
        if ((messages >> i & 1) != 0)
            jsonw_string(w, vocab_message_name((enum message_id)i));
    }
    jsonw_end(w);
}

void print_link(const struct scenario_link *link, struct jsonw *w)
{
    char text[VALUE_TEXT_MAX];
    bool plain = link->direction == LINK_both && link->plane == PLANE_peer && link->messages == 0;
    if (link->all && plain) {
        jsonw_string(w, "all");
        return;
    }
    jsonw_object(w);
    jsonw_key(w, "from");
    if (link->all)
        jsonw_string(w, "all");
    else
        print_who(&link->from, w);
    if (link->to.count > 0) {
        jsonw_key(w, "to");
        print_who(&link->to, w);
    }
    if (link->direction != LINK_both)
        jsonw_kv_string(w, "direction",
                        print_choice(LINK_DIRECTIONS, (unsigned)link->direction, text));
    if (link->plane != PLANE_peer)
        jsonw_kv_string(w, "plane", print_choice(LINK_PLANES, (unsigned)link->plane, text));
    if (link->messages != 0) {
        jsonw_key(w, "message");
        print_messages(link->messages, w);
    }
    jsonw_end(w);
}

static void print_groups(const struct scenario_groups *groups, struct jsonw *w)
{
    char text[SELECTOR_TEXT_MAX];
    jsonw_array(w);
    for (size_t i = 0; i < groups->count; i++) {
        jsonw_array(w);
        for (size_t k = 0; k < groups->items[i].count; k++)
            jsonw_string(w, selector_print(&groups->items[i].items[k], text));
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void print_shape(const struct scenario_shape *shape, struct jsonw *w)
{
    char text[VALUE_TEXT_MAX + SELECTOR_TEXT_MAX], centre[SELECTOR_TEXT_MAX];
    if (!shape->has_centre) {
        jsonw_string(w, vocab_shape_name(shape->id));
        return;
    }
    (void)snprintf(text, sizeof(text), "%s(%s)", vocab_shape_name(shape->id),
                   selector_print(&shape->centre, centre));
    jsonw_string(w, text);
}

static void print_loss(const struct scenario_loss *loss, struct jsonw *w)
{
    char text[VALUE_TEXT_MAX];
    switch (loss->model) {
    case LOSS_bernoulli: jsonw_string(w, "bernoulli"); return;
    case LOSS_gilbert:
        jsonw_object(w);
        jsonw_key(w, "gilbert");
        jsonw_object(w);
        jsonw_kv_string(w, "p", print_share(loss->p, text));
        jsonw_kv_string(w, "r", print_share(loss->r, text));
        break;
    case LOSS_burst:
        jsonw_object(w);
        jsonw_key(w, "burst");
        jsonw_object(w);
        jsonw_kv_u64(w, "lenPackets", loss->len_packets);
        break;
    }
    jsonw_end(w);
    jsonw_end(w);
}

static void print_distribution(const struct scenario_distribution *d, struct jsonw *w)
{
    if (d->kind != IMPAIR_TABLE) {
        jsonw_string(w, impair_distribution_name(d->kind));
        return;
    }
    jsonw_object(w);
    jsonw_key(w, "table");
    jsonw_array(w);
    for (uint32_t i = 0; i < d->table->count; i++)
        jsonw_i64(w, d->table->quantiles[i]);
    jsonw_end(w);
    jsonw_end(w);
}

static void print_offset(int64_t ns, struct jsonw *w)
{
    char size[VALUE_TEXT_MAX], text[VALUE_TEXT_MAX + 1];
    uint64_t magnitude = ns < 0 ? (uint64_t)0 - (uint64_t)ns : (uint64_t)ns;
    (void)snprintf(text, sizeof(text), "%c%s", ns < 0 ? '-' : '+', print_duration(magnitude, size));
    jsonw_string(w, text);
}

static void print_ppm(int64_t ppm, struct jsonw *w)
{
    char text[VALUE_TEXT_MAX];
    (void)snprintf(text, sizeof(text), "%lldppm", (long long)ppm);
    jsonw_string(w, text);
}

static void print_branch(const struct scenario_branch *branch, struct jsonw *w)
{
    jsonw_array(w);
    for (size_t i = 0; i < branch->count; i++)
        print_step(&branch->steps[i], w);
    jsonw_end(w);
}

static void print_branches(const struct scenario_branches *b, struct jsonw *w)
{
    bool weighted = false;
    jsonw_array(w);
    for (size_t i = 0; i < b->count; i++) {
        print_branch(&b->items[i], w);
        weighted = weighted || b->items[i].weight != 1;
    }
    jsonw_end(w);
    if (!weighted)
        return;
    jsonw_key(w, "weights");
    jsonw_array(w);
    for (size_t i = 0; i < b->count; i++)
        jsonw_u64(w, b->items[i].weight);
    jsonw_end(w);
}

void print_value(const struct scenario_value *v, struct jsonw *w)
{
    char text[VALUE_TEXT_MAX];
    switch (v->type) {
    case PARAM_TYPE_duration: jsonw_string(w, print_duration(v->u64, text)); return;
    case PARAM_TYPE_offset: print_offset(v->i64, w); return;
    case PARAM_TYPE_size: jsonw_string(w, print_size(v->u64, text)); return;
    case PARAM_TYPE_rate: jsonw_string(w, print_rate(v->u64, text)); return;
    case PARAM_TYPE_share: jsonw_string(w, print_share(v->share, text)); return;
    case PARAM_TYPE_ppm: print_ppm(v->i64, w); return;
    case PARAM_TYPE_count: jsonw_u64(w, v->u64); return;
    case PARAM_TYPE_boolean: jsonw_bool(w, v->boolean); return;
    case PARAM_TYPE_choice:
    case PARAM_TYPE_text: jsonw_string(w, v->text); return;
    case PARAM_TYPE_texts:
    case PARAM_TYPE_actions: print_texts(&v->texts, w); return;
    case PARAM_TYPE_who:
    case PARAM_TYPE_node: print_who(&v->who, w); return;
    case PARAM_TYPE_link: print_link(&v->link, w); return;
    case PARAM_TYPE_groups: print_groups(&v->groups, w); return;
    case PARAM_TYPE_shape: print_shape(&v->shape, w); return;
    case PARAM_TYPE_loss: print_loss(&v->loss, w); return;
    case PARAM_TYPE_distribution: print_distribution(&v->distribution, w); return;
    case PARAM_TYPE_mix: print_mix(&v->mix, w); return;
    case PARAM_TYPE_pairs: print_pairs(&v->pairs, w); return;
    case PARAM_TYPE_event: jsonw_string(w, trace_event_name(v->event)); return;
    case PARAM_TYPE_messages: print_messages(v->messages, w); return;
    case PARAM_TYPE_impairment: jsonw_string(w, vocab_param_name((enum param_id)v->u64)); return;
    case PARAM_TYPE_steps: print_branch(&v->branches.items[0], w); return;
    case PARAM_TYPE_branches: print_branches(&v->branches, w); return;
    case PARAM_TYPE_ramped:
    case PARAM_TYPE_weights:
    case PARAM_TYPES_COUNT: break;
    }
    UNREACHABLE();
}
