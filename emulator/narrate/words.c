/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Endpoints, packets and decisions in words. */
#include "base/err.h"
#include "emulator/narrate/narrate.h"
#include "raft/node.h"

#include <stdio.h>

const char *narrate_endpoint(unsigned endpoint, unsigned nodes, char *out)
{
    bool node = endpoint < nodes;
    (void)snprintf(out, 16, "%s%u", node ? "n" : "host ",
                   node ? endpoint + 1 : endpoint - nodes + 1);
    return out;
}

/* Nodes' ids are made from their names. */
struct names {
    unsigned nodes;
    char text[16];
};

static const char *name_of(void *arg, raft_id id)
{
    struct names *names = arg;
    for (unsigned i = 0; i < names->nodes; i++) {
        if (node_id_of_name(narrate_endpoint(i, names->nodes, names->text)) == id)
            return names->text;
    }
    return "somebody";
}

const char *narrate_reason(const struct raft_reason *r, unsigned nodes, char *out, size_t size)
{
    struct names names = {.nodes = nodes};
    return raft_describe_reason(r, &(struct raft_names){.of = name_of, .arg = &names}, out, size);
}

static void raft_message(const struct frame *frame, unsigned nodes, struct buf *out)
{
    struct names names = {.nodes = nodes};
    const struct raft_names by = {.of = name_of, .arg = &names};
    struct peer_raft raft = {0};
    struct err e = {0};
    char text[256];
    if (peer_raft_decode(frame, &raft, &e) == 0)
        buf_puts(out, raft_describe_message(&raft.message, &by, text, sizeof(text)));
    else
        buf_putf(out, "a frame that cannot be read: %s", e.text);
    peer_raft_free(&raft);
}

static void frame_words(const struct sim_packet *p, unsigned nodes, struct buf *out)
{
    struct frame_decoder decoder;
    struct frame frame;
    struct err e = {0};
    char from[16], to[16];
    frame_decoder_init(&decoder);
    frame_decoder_feed(&decoder, p->data, p->len);
    if (frame_decoder_next(&decoder, &frame, &e) <= 0)
        buf_puts(out, "a damaged frame");
    else if (peer_type_is_raft(frame.header.type))
        raft_message(&frame, nodes, out);
    else
        buf_putf(out, "%s %s>%s", peer_type_name(frame.header.type),
                 narrate_endpoint(p->from, nodes, from), narrate_endpoint(p->to, nodes, to));
    frame_decoder_free(&decoder);
}

void narrate_packet(const struct sim_packet *p, unsigned nodes, struct buf *out)
{
    static const char *const words[] = {[PACKET_HELLO] = "Hello",
                                        [PACKET_HELLO_REPLY] = "HelloReply",
                                        [PACKET_FRAME] = "",
                                        [PACKET_GONE] = "ConnectionGone",
                                        [PACKET_SYN] = "client connects",
                                        [PACKET_ACCEPT] = "client accepted",
                                        [PACKET_REFUSE] = "client refused",
                                        [PACKET_TO_NODE] = "client's request",
                                        [PACKET_TO_CLIENT] = "client's answer",
                                        [PACKET_HANG_UP] = "client hangs up",
                                        [PACKET_CLOSED] = "client's connection closed",
                                        [PACKET_QUESTION] = "administrator's question",
                                        [PACKET_ANSWER] = "administrator's answer"};
    char from[16], to[16];
    if (p->kind == PACKET_FRAME)
        frame_words(p, nodes, out);
    else
        buf_putf(out, "%s %s>%s", words[p->kind], narrate_endpoint(p->from, nodes, from),
                 narrate_endpoint(p->to, nodes, to));
}
