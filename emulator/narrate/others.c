/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages on their way, processes, faults, and clients' operations. */
#include "emulator/narrate/inside.h"
#include "emulator/scenario/vocab.h"
#include "emulator/trace/history.h"
#include "wire/peer.h"

#include <stdio.h>
#include <string.h>

/* ---- messages ---- */

static int raft_type(const struct sim_packet *p)
{
    if (p->kind != PACKET_FRAME || p->len <= FRAME_TYPE_OFFSET)
        return RAFT_MESSAGE_NONE;
    return peer_type_is_raft(p->data[FRAME_TYPE_OFFSET]) ? p->data[FRAME_TYPE_OFFSET]
                                                         : RAFT_MESSAGE_NONE;
}

static void listen(struct narrator *n, uint64_t t_ns, const struct sim_packet *p, int type)
{
    bool leads = type == RAFT_APPEND || type == RAFT_HEARTBEAT || type == RAFT_INSTALL_SNAPSHOT;
    if (!leads || p->to >= n->nodes)
        return;
    n->before[p->to] = n->heard[p->to];
    n->heard[p->to] = (struct heard){.any = true, .from = p->from, .t_ns = t_ns};
}

void narrate_moved(void *arg, uint64_t t_ns, enum sim_packet_news news, const struct sim_packet *p)
{
    static const char *const words[] = {[SIM_PACKET_LEAVES] = "sends",
                                        [SIM_PACKET_ARRIVES] = "gets",
                                        [SIM_PACKET_LOST] = "loses",
                                        [SIM_PACKET_CUT] = "cannot reach anybody with",
                                        [SIM_PACKET_CROWDED] = "has no room on the link for",
                                        [SIM_PACKET_FILTERED] = "is robbed by a filter of",
                                        [SIM_PACKET_HELD_BACK] = "is held back with"};
    struct narrator *n = arg;
    struct buf text = {0};
    char who[16];
    int type = raft_type(p);
    bool told = news == SIM_PACKET_ARRIVES && p == n->told;
    n->now_ns = t_ns;
    n->told = NULL;
    if (news == SIM_PACKET_ARRIVES) {
        bool frame = p->kind == PACKET_FRAME && p->len > FRAME_TYPE_OFFSET;
        n->cause.from = p->from;
        n->cause.type = frame ? p->data[FRAME_TYPE_OFFSET] : 0;
        listen(n, t_ns, p, type);
    }
    if (type == RAFT_HEARTBEAT || type == RAFT_HEARTBEAT_REPLY) {
        n->quiet.heartbeats += type == RAFT_HEARTBEAT && news == SIM_PACKET_ARRIVES;
        if (news <= SIM_PACKET_ARRIVES)
            return;
    }
    if (told || (n->what & NARRATE_MESSAGES) == 0 || n->muted || p->kind >= PACKET_SYN)
        return;
    narrate_packet(p, n->nodes, &text);
    unsigned subject = news == SIM_PACKET_ARRIVES ? p->to : p->from;
    narrator_tell(n, t_ns, narrate_endpoint(subject, n->nodes, who), "%s %s", words[news],
                  buf_str(&text));
    buf_free(&text);
}

/* ---- processes and faults ---- */

void narrate_process(void *arg, uint64_t t_ns, unsigned node, const char *why)
{
    struct narrator *n = arg;
    char who[16];
    (void)narrate_endpoint(node, n->nodes, who);
    if (why == NULL)
        narrator_tell(n, t_ns, who, "runs: it has read its disk");
    else
        narrator_tell(n, t_ns, who, "runs no more: %s", why);
    n->heard[node] = (struct heard){0};
    n->leads[node] = false;
    for (unsigned i = 0; i < n->nodes; i++)
        narrator_fresh(n, i);
}

/* JSON without its quotes is short and plain. */
static void put_params(const char *params, struct buf *out)
{
    for (const char *c = params; *c != '\0'; c++) {
        if (*c != '"')
            buf_putc(out, *c);
    }
}

/* What follows from the steps, as the runner sees it. */
static void tell_apart(struct narrator *n, uint64_t t_ns, const struct world_fault *f)
{
    char names[NODESET_TEXT_MAX];
    if (strcmp(f->phase, "apart") == 0)
        narrator_tell(n, t_ns, "==", "cut off from a majority: %s",
                      nodeset_print(f->targets, names));
    else if (strcmp(f->phase, "together") == 0)
        narrator_tell(n, t_ns, "==", "not cut off any more: %s", nodeset_print(f->targets, names));
}

void narrate_fault(void *arg, uint64_t t_ns, const struct world_fault *f)
{
    struct narrator *n = arg;
    struct buf text = {0};
    char names[NODESET_TEXT_MAX];
    int id = vocab_find_action(f->action);
    bool begins = strcmp(f->phase, "begin") == 0;
    for (unsigned i = 0; i < n->nodes; i++)
        narrator_fresh(n, i);
    if (f->step[0] == '\0') {
        tell_apart(n, t_ns, f);
        return;
    }
    if (!begins)
        buf_putf(&text, "%s: ", strcmp(f->phase, "end") == 0 ? "over" : f->phase);
    buf_putf(&text, "step %s, %s", f->step, f->action);
    if (f->targets != 0)
        buf_putf(&text, " %s", nodeset_print(f->targets, names));
    if (begins && id >= 0)
        buf_putf(&text, ": %s", vocab_action((enum action_id)id)->text);
    if (begins && f->targets == 0 && f->params != NULL) {
        buf_putc(&text, ' ');
        put_params(f->params, &text);
    }
    narrator_tell(n, t_ns, "==", "%s", buf_str(&text));
    n->fault = begins && id >= 0 ? vocab_action((enum action_id)id)->name : NULL;
    n->fault_ns = t_ns;
    buf_free(&text);
}

/* ---- clients ---- */

static void put_question(const struct workload_op *op, unsigned node, struct buf *out)
{
    buf_putf(out, "asks n%u: %s %s", node + 1, history_kind_name(op->kind), op->key);
    if (op->scans > 1)
        buf_putf(out, " to %s", workload_key(op, op->scans - 1));
    if (op->kind == HISTORY_CAS && op->has_expect)
        buf_putf(out, " if it is %s", buf_str(&op->expect));
    else if (op->kind == HISTORY_CAS)
        buf_puts(out, " if it is absent");
    if (op->value.len > 0)
        buf_putf(out, " = %s", buf_str(&op->value));
}

static void put_scanned(const struct workload_op *op, const struct workload_answer *a,
                        struct buf *out)
{
    for (unsigned i = 0; i < op->scans; i++) {
        const char *value = a->found[i] == 0 ? "absent" : buf_str(&a->result) + a->found[i] - 1;
        buf_putf(out, ", %s is %s", workload_key(op, i), value);
    }
}

/* What an answer tells beside that it is one. */
static void put_told(const struct workload_op *op, const struct workload_answer *a, struct buf *out)
{
    switch (op->kind) {
    case HISTORY_READ:
        if (op->scans > 0)
            put_scanned(op, a, out);
        else
            buf_putf(out, ", it is %s", a->has_result ? buf_str(&a->result) : "absent");
        break;
    case HISTORY_DELETE: buf_puts(out, a->done ? ", it is gone" : ", nothing was there"); break;
    case HISTORY_ADD:
    case HISTORY_REMOVE: buf_puts(out, a->done ? "" : ", no change"); break;
    case HISTORY_CONTAINS: buf_puts(out, a->done ? ", it is there" : ", it is not there"); break;
    case HISTORY_DEQUEUE:
        buf_putf(out, ", %s", a->has_result ? buf_str(&a->result) : "it was empty");
        break;
    case HISTORY_CAS: buf_puts(out, a->done ? ", swapped" : ", not swapped"); break;
    case HISTORY_WRITE:
    case HISTORY_APPEND:
    case HISTORY_INCR:
    case HISTORY_ENQUEUE: break;
    }
}

static void put_answer(const struct workload_op *op, const struct workload_answer *a,
                       struct buf *out)
{
    buf_putf(out, "%s %s: %s", history_kind_name(op->kind), op->key,
             history_outcome_name(a->outcome));
    if (a->error[0] != '\0')
        buf_putf(out, " (%s)", a->error);
    if (a->outcome == HISTORY_OK)
        put_told(op, a, out);
}

void narrate_operation(void *arg, uint64_t t_ns, const struct sim_operation *o)
{
    struct narrator *n = arg;
    struct buf text = {0};
    if ((n->what & NARRATE_CLIENTS) == 0 || n->muted)
        return;
    if (o->answer == NULL)
        put_question(o->op, o->node, &text);
    else
        put_answer(o->op, o->answer, &text);
    narrator_tell(n, t_ns, o->client, "%s", buf_str(&text));
    buf_free(&text);
}
