/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/lab_filter.h"

#include "base/mem.h"
#include "base/units.h"
#include "raftd/lab.h"
#include "raftd/lab_command.h"
#include "wire/frame.h"
#include "wire/peer.h"

#include <string.h>

#define BILLION 1000000000u
/* What may be kept here at once; a frame beyond it is lost. */
#define KEPT_BYTES_MAX (64u << 20)
#define DELAY_NS_MAX   (3600 * NS_PER_S)

struct lab_frame {
    struct lab_frame *next;
    raft_id to;
    uint64_t due_ns; /* of a late one */
    size_t len;
    uint8_t bytes[];
};

/* ---- frames ---- */

/* NULL: there is no room, and it is lost. */
static struct lab_frame *keep(struct lab_filters *f, raft_id to, const void *bytes, size_t len)
{
    if (len > KEPT_BYTES_MAX - f->kept_bytes)
        return NULL;
    struct lab_frame *frame = mem_alloc(sizeof(*frame) + len);
    *frame = (struct lab_frame){.to = to, .len = len};
    memcpy(frame->bytes, bytes, len);
    f->kept_bytes += len;
    return frame;
}

static void let_go(struct lab_filters *f, struct lab_frame *frame, bool sent)
{
    if (sent && f->peers != NULL)
        (void)peers_send(f->peers, frame->to, frame->bytes, frame->len);
    f->kept_bytes -= frame->len;
    mem_free(frame);
}

static void append(struct lab_frame **list, struct lab_frame *frame)
{
    if (frame == NULL)
        return;
    while (*list != NULL)
        list = &(*list)->next;
    *list = frame;
}

static bool has(const struct lab_filter *f, raft_id to)
{
    for (size_t i = 0; i < f->to_count; i++) {
        if (f->to[i] == to)
            return true;
    }
    return false;
}

/* ---- late ones ---- */

static void arm(struct lab_filters *f);

static void on_due(uv_timer_t *timer)
{
    struct lab_filters *f = timer->data;
    uint64_t now_ns = turn_now_ns();
    while (f->late != NULL && f->late->due_ns <= now_ns) {
        struct lab_frame *frame = f->late;
        f->late = frame->next;
        let_go(f, frame, true);
    }
    turn_again(f->turn); /* at its end they leave */
    arm(f);
}

static void arm(struct lab_filters *f)
{
    if (f->late == NULL)
        return;
    uint64_t now_ns = turn_now_ns();
    uint64_t wait_ns = f->late->due_ns > now_ns ? f->late->due_ns - now_ns : 0;
    uv_update_time(f->turn->loop);
    (void)uv_timer_start(&f->timer, on_due, (wait_ns + NS_PER_MS - 1) / NS_PER_MS, 0);
}

static void delay(struct lab_filters *f, struct lab_frame *frame, uint64_t delay_ns)
{
    struct lab_frame **at = &f->late;
    if (frame == NULL)
        return;
    frame->due_ns = turn_now_ns() + delay_ns;
    while (*at != NULL && (*at)->due_ns <= frame->due_ns)
        at = &(*at)->next;
    frame->next = *at;
    *at = frame;
    arm(f);
}

/* ---- fates ---- */

/* The frame of the same link that waits for its successor; NULL: none does. */
static struct lab_frame *take_waiting(struct lab_filter *f, raft_id to)
{
    for (struct lab_frame **at = &f->held; *at != NULL; at = &(*at)->next) {
        struct lab_frame *frame = *at;
        if (frame->to != to)
            continue;
        *at = frame->next;
        return frame;
    }
    return NULL;
}

static bool apply(struct lab_filters *f, struct lab_filter *one, raft_id to, const void *frame,
                  size_t len)
{
    one->left--;
    if (one->verdict != LAB_SWAP)
        lab_met(f->lab, one->number);
    switch (one->verdict) {
    case LAB_DROP: break;
    case LAB_HOLD:
    case LAB_SWAP: append(&one->held, keep(f, to, frame, len)); break;
    case LAB_DELAY: delay(f, keep(f, to, frame, len), one->delay_ns); break;
    case LAB_DUPLICATE:
        return peers_send(f->peers, to, frame, len) && peers_send(f->peers, to, frame, len);
    }
    return true; /* for all that the node knows */
}

static bool befalls(struct lab_filter *one, uint32_t bit, raft_id to)
{
    if (one->number == 0 || (one->types & bit) == 0 || !has(one, to) || one->left == 0)
        return false;
    return prng_below(&one->dice, BILLION) < one->chance;
}

bool lab_filters_send(struct lab_filters *f, raft_id to, const void *frame, size_t len)
{
    uint8_t type = len > FRAME_TYPE_OFFSET ? ((const uint8_t *)frame)[FRAME_TYPE_OFFSET] : 0;
    uint32_t bit = peer_type_is_raft(type) ? 1u << type : 0;
    for (size_t i = 0; bit != 0 && i < LAB_FILTERS_MAX; i++) {
        struct lab_filter *one = &f->list[i];
        bool swaps = one->verdict == LAB_SWAP && (one->types & bit) != 0;
        struct lab_frame *other = swaps ? take_waiting(one, to) : NULL;
        if (other != NULL) {
            bool sent = peers_send(f->peers, to, frame, len);
            let_go(f, other, true);
            lab_met(f->lab, one->number);
            return sent;
        }
        if (befalls(one, bit, to))
            return apply(f, one, to, frame, len);
    }
    return peers_send(f->peers, to, frame, len);
}

/* ---- opening and closing ---- */

void lab_filters_init(struct lab_filters *f, struct lab *lab, struct turn *turn)
{
    f->lab = lab;
    f->turn = turn;
    (void)uv_timer_init(turn->loop, &f->timer);
    f->timer.data = f;
}

void lab_filters_serve(struct lab_filters *f, struct peers *peers)
{
    f->peers = peers;
}

void lab_filters_stop(struct lab_filters *f)
{
    f->peers = NULL;
    uv_close((uv_handle_t *)&f->timer, NULL);
}

static void free_list(struct lab_filters *f, struct lab_frame *list, bool sent)
{
    for (struct lab_frame *next; list != NULL; list = next) {
        next = list->next;
        let_go(f, list, sent);
    }
}

void lab_filters_free(struct lab_filters *f)
{
    for (size_t i = 0; i < LAB_FILTERS_MAX; i++)
        free_list(f, f->list[i].held, false);
    free_list(f, f->late, false);
}

/* ---- commands ---- */

/* Words with commas between them, one after the other; false: none is left. */
static bool next_of(const char **at, char *out, size_t size)
{
    size_t len = strcspn(*at, ",");
    if (len == 0 || len >= size)
        return false;
    memcpy(out, *at, len);
    out[len] = '\0';
    *at += (*at)[len] == ',' ? len + 1 : len;
    return true;
}

static int read_to(struct lab_words *w, struct lab_filter *f, struct err *e)
{
    const char *text = lab_words_text(w, "to"), *at = text;
    char name[LIMIT_NODE_NAME + 1];
    while (at != NULL && f->to_count < NODE_PEERS_MAX && next_of(&at, name, sizeof(name)))
        f->to[f->to_count++] = node_id_of_name(name);
    if (at == NULL || at[0] != '\0' || f->to_count == 0)
        return err_set(e, -E_INVALID, "to: \"%.40s\": must be names of nodes, a comma between",
                       text == NULL ? "" : text);
    return 0;
}

static uint32_t type_of(const char *name)
{
    for (uint32_t type = 1; type < RAFT_MESSAGE_TYPES; type++) {
        if (strcmp(raft_message_name(type), name) == 0)
            return 1u << type;
    }
    return 0;
}

static int read_types(struct lab_words *w, struct lab_filter *f, struct err *e)
{
    const char *at = lab_words_text(w, "types");
    char name[32];
    while (at != NULL && next_of(&at, name, sizeof(name))) {
        if (type_of(name) == 0)
            return err_set(e, -E_INVALID, "types: \"%s\": no such message", name);
        f->types |= type_of(name);
    }
    if (at == NULL || at[0] != '\0' || f->types == 0)
        return err_set(e, -E_INVALID, "types: must be names of messages, a comma between");
    return 0;
}

static struct lab_filter *find(struct lab_filters *f, uint64_t number)
{
    for (size_t i = 0; i < LAB_FILTERS_MAX; i++) {
        if (f->list[i].number == number)
            return &f->list[i];
    }
    return NULL;
}

static int read_numbers(struct lab_words *w, struct lab_filter *f, struct err *e)
{
    uint64_t seed = 0;
    int code = lab_words_u64(w, "number", 1, UINT64_MAX, &f->number, e);
    if (code == 0)
        code = lab_words_u64(w, "count", 0, UINT64_MAX, &f->left, e);
    if (code == 0)
        code = lab_words_u64(w, "chance", 0, BILLION, &f->chance, e);
    if (code == 0)
        code = lab_words_u64(w, "delay", 0, DELAY_NS_MAX, &f->delay_ns, e);
    if (code == 0)
        code = lab_words_u64(w, "seed", 0, UINT64_MAX, &seed, e);
    f->left = f->left == 0 ? UINT64_MAX : f->left;
    f->dice = prng_named(seed, "filter");
    return code;
}

int lab_filters_command(const struct lab_parts *parts, struct lab_words *w, struct err *e)
{
    static const char *const verdicts[] = {"drop", "hold", "duplicate", "delay", "swapWithNext"};
    struct lab_filter filter = {0};
    unsigned verdict = 0;
    int code = read_numbers(w, &filter, e);
    if (code == 0)
        code = lab_words_choice(w, "verdict", verdicts, ARRAY_LEN(verdicts), &verdict, e);
    if (code == 0)
        code = read_to(w, &filter, e);
    if (code == 0)
        code = read_types(w, &filter, e);
    if (code == 0)
        code = lab_words_end(w, e);
    if (code < 0)
        return code;
    struct lab_filter *place = find(parts->filters, 0);
    if (find(parts->filters, filter.number) != NULL)
        return err_set(e, -E_EXISTS, "number: there is a filter of that number");
    if (place == NULL)
        return err_set(e, -E_LIMIT, "more than %d filters at once", LAB_FILTERS_MAX);
    filter.verdict = (enum lab_verdict)verdict;
    *place = filter;
    return 0;
}

/* The one that a command is about, which may be gone; *ret is NULL then. */
static int read_one(struct lab_filters *f, struct lab_words *w, struct lab_filter **ret,
                    struct err *e)
{
    uint64_t number = 0;
    int code = lab_words_u64(w, "number", 1, UINT64_MAX, &number, e);
    *ret = code < 0 ? NULL : find(f, number);
    return code;
}

int lab_filters_end_command(const struct lab_parts *parts, struct lab_words *w, struct err *e)
{
    struct lab_filters *f = parts->filters;
    struct lab_filter *one, away = {0};
    int code = read_one(f, w, &one, e);
    if (code == 0)
        code = read_to(w, &away, e);
    if (code == 0)
        code = lab_words_end(w, e);
    if (code < 0 || one == NULL)
        return code;
    size_t kept = 0;
    for (size_t i = 0; i < one->to_count; i++) {
        if (!has(&away, one->to[i]))
            one->to[kept++] = one->to[i];
    }
    one->to_count = kept;
    struct lab_frame *stay = NULL, *next;
    for (struct lab_frame *frame = one->held; frame != NULL; frame = next) {
        next = frame->next;
        frame->next = NULL;
        if (has(&away, frame->to))
            let_go(f, frame, true);
        else
            append(&stay, frame);
    }
    one->held = stay;
    if (kept == 0)
        one->number = 0;
    return 0;
}

int lab_filters_spend_command(const struct lab_parts *parts, struct lab_words *w, struct err *e)
{
    struct lab_filter *one;
    int code = read_one(parts->filters, w, &one, e);
    if (code == 0)
        code = lab_words_end(w, e);
    if (code == 0 && one != NULL)
        one->left = 0;
    return code;
}
