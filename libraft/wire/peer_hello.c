/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The handshake: who are you, and do we belong together. */
#include "wire/peer.h"

#include "wire/peer_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

const char *peer_type_name(uint8_t type)
{
    switch (type) {
#define X(name, text) \
    case RAFT_##name: return text;
        RAFT_MESSAGES(X)
#undef X
    case PEER_HELLO: return "Hello";
    case PEER_HELLO_REPLY: return "HelloReply";
    case PEER_FORWARD: return "Forward";
    case PEER_FORWARD_REPLY: return "ForwardReply";
    case PEER_LEAVE: return "Leave";
    case PEER_LEAVE_REPLY: return "LeaveReply";
    case PEER_PROBE: return "Probe";
    case PEER_PROBE_REPLY: return "ProbeReply";
    case PEER_BIRTH: return "Birth";
    default: return "unknown";
    }
}

const char *peer_refusal_text(enum peer_refusal refusal)
{
    switch (refusal) {
#define X(name, value, text) \
    case name: return text;
        PEER_REFUSALS(X)
#undef X
    }
    return "unknown reason";
}

static const char *hello_problem(const struct peer_hello *h)
{
    if (h->from == 0)
        return "node id 0";
    if (h->version_min == 0 || h->version_min > h->version_max)
        return "protocol versions in the wrong order";
    if (!peer_name_valid(h->name))
        return "not a node's name";
    if (!peer_address_valid(h->address))
        return "not an address";
    if (h->client_address[0] != '\0' && !peer_address_valid(h->client_address))
        return "not an address for clients";
    if (h->cluster[0] != '\0' && !peer_name_valid(h->cluster))
        return "not a cluster's name";
    return NULL;
}

static void put_hello(struct buf *out, const struct peer_hello *h)
{
    buf_put_u8(out, h->version_min);
    buf_put_u8(out, h->version_max);
    buf_put_u64(out, h->disk_id);
    buf_put_u64(out, h->incarnation);
    peer_text_put(out, h->name);
    peer_text_put(out, h->address);
    peer_text_put(out, h->client_address);
    buf_put_u8(out, h->given_up);
    peer_text_put(out, h->cluster);
}

static void get_hello(struct bytes *c, const struct frame_header *header, struct peer_hello *h)
{
    h->link = (struct peer_link){
        .cluster_id = header->cluster_id, .generation = header->generation, .group = header->group};
    h->from = header->from;
    h->to = header->to;
    h->version_min = bytes_u8(c);
    h->version_max = bytes_u8(c);
    h->disk_id = bytes_u64(c);
    h->incarnation = bytes_u64(c);
    peer_text_get(c, h->name, sizeof(h->name));
    peer_text_get(c, h->address, sizeof(h->address));
    peer_text_get(c, h->client_address, sizeof(h->client_address));
    uint8_t given_up = bytes_u8(c);
    c->bad |= given_up > 1;
    h->given_up = given_up == 1;
    if (bytes_left(c) > 0) /* earlier ones ended here */
        peer_text_get(c, h->cluster, sizeof(h->cluster));
}

static struct frame_header header_of(uint8_t type, const struct peer_hello *h)
{
    return (struct frame_header){.type = type,
                                 .group = h->link.group,
                                 .cluster_id = h->link.cluster_id,
                                 .generation = h->link.generation,
                                 .from = h->from,
                                 .to = h->to};
}

int peer_hello_encode(struct buf *out, const struct peer_hello *hello, struct err *e)
{
    const char *problem = hello_problem(hello);
    if (problem != NULL)
        return err_set(e, -E_INVALID, "peer: Hello: %s", problem);
    struct frame_header header = header_of(PEER_HELLO, hello);
    size_t begin = frame_begin(out);
    put_hello(out, hello);
    return frame_end(out, begin, &header, e);
}

int peer_hello_decode(const struct frame *frame, struct peer_hello *ret, struct err *e)
{
    ASSERT(frame->header.type == PEER_HELLO);
    struct bytes c = bytes_of(frame->payload.data, frame->payload.len);
    struct peer_hello h = {0};
    get_hello(&c, &frame->header, &h);
    const char *problem = c.bad ? "fields do not fit" : hello_problem(&h);
    if (problem != NULL)
        return err_set(e, -E_CORRUPT, "peer: Hello: %s", problem);
    *ret = h;
    return 0;
}

static bool known_refusal(uint8_t value)
{
    return value <= PEER_REFUSED_RIVAL;
}

int peer_hello_reply_encode(struct buf *out, const struct peer_hello_reply *reply, struct err *e)
{
    const char *problem = hello_problem(&reply->hello);
    if (problem != NULL)
        return err_set(e, -E_INVALID, "peer: HelloReply: %s", problem);
    struct frame_header header = header_of(PEER_HELLO_REPLY, &reply->hello);
    size_t begin = frame_begin(out);
    buf_put_u8(out, (uint8_t)reply->refusal);
    buf_put_u8(out, reply->version);
    peer_text_put(out, reply->detail);
    put_hello(out, &reply->hello);
    return frame_end(out, begin, &header, e);
}

int peer_hello_reply_decode(const struct frame *frame, struct peer_hello_reply *ret, struct err *e)
{
    ASSERT(frame->header.type == PEER_HELLO_REPLY);
    struct bytes c = bytes_of(frame->payload.data, frame->payload.len);
    struct peer_hello_reply r = {0};
    uint8_t refusal = bytes_u8(&c);
    r.version = bytes_u8(&c);
    peer_text_get(&c, r.detail, sizeof(r.detail));
    get_hello(&c, &frame->header, &r.hello);
    const char *problem = c.bad ? "fields do not fit" : hello_problem(&r.hello);
    if (problem == NULL && !known_refusal(refusal))
        problem = "an unknown reason of refusal";
    if (problem == NULL && (refusal == PEER_ACCEPTED) != (r.version != 0))
        problem = "accepted without a version, or refused with one";
    if (problem != NULL)
        return err_set(e, -E_CORRUPT, "peer: HelloReply: %s", problem);
    r.refusal = (enum peer_refusal)refusal;
    *ret = r;
    return 0;
}

static enum peer_refusal refuse(enum peer_refusal why, char *detail, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static enum peer_refusal refuse(enum peer_refusal why, char *detail, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(detail, PEER_DETAIL_MAX + 1, fmt, args);
    va_end(args);
    return why;
}

#define CLUSTER_TEXT_MAX (LIMIT_NODE_NAME + 24)

/* Two may have the same name. */
static const char *cluster_text(const char *name, uint64_t id, char out[CLUSTER_TEXT_MAX])
{
    if (name[0] == '\0')
        (void)snprintf(out, CLUSTER_TEXT_MAX, "%016" PRIx64, id);
    else
        (void)snprintf(out, CLUSTER_TEXT_MAX, "%s (%016" PRIx64 ")", name, id);
    return out;
}

enum peer_refusal peer_hello_judge(const struct peer_identity *me, const struct peer_hello *h,
                                   uint64_t bound_disk, uint8_t *ret_version,
                                   char ret_detail[PEER_DETAIL_MAX + 1])
{
    char its[CLUSTER_TEXT_MAX], mine[CLUSTER_TEXT_MAX];
    if (h->version_max < FRAME_VERSION_MIN || h->version_min > FRAME_VERSION_MAX)
        return refuse(PEER_REFUSED_VERSION, ret_detail, "%s speaks %u..%u, this node %d..%d",
                      h->name, h->version_min, h->version_max, FRAME_VERSION_MIN,
                      FRAME_VERSION_MAX);
    if (h->link.cluster_id == 0 && me->link.cluster_id != 0)
        return refuse(PEER_REFUSED_CLUSTER, ret_detail, "%s is of none yet, this is %s", h->name,
                      cluster_text(me->cluster, me->link.cluster_id, mine));
    if (h->link.cluster_id != me->link.cluster_id)
        return refuse(PEER_REFUSED_CLUSTER, ret_detail, "%s is of cluster %s, this is %s", h->name,
                      cluster_text(h->cluster, h->link.cluster_id, its),
                      cluster_text(me->cluster, me->link.cluster_id, mine));
    if (h->link.group != me->link.group)
        return refuse(PEER_REFUSED_GROUP, ret_detail,
                      "%s asks for group %" PRIu32 ", this is %" PRIu32, h->name, h->link.group,
                      me->link.group);
    if (h->to != 0 && h->to != me->self)
        return refuse(PEER_REFUSED_NODE, ret_detail,
                      "%s looks for node %016" PRIx64 ", this is %016" PRIx64, h->name, h->to,
                      me->self);
    if (h->from == me->self)
        return refuse(PEER_REFUSED_SELF, ret_detail, "%s has this node's id %016" PRIx64, h->name,
                      me->self);
    if (h->link.generation != me->link.generation)
        return refuse(PEER_REFUSED_GENERATION, ret_detail,
                      "%s is of generation %" PRIu64 ", this is %" PRIu64, h->name,
                      h->link.generation, me->link.generation);
    if (bound_disk != 0 && h->disk_id != bound_disk)
        return refuse(PEER_REFUSED_DISK, ret_detail,
                      "REBORN: %s comes with disk %016" PRIx64 ", known by %016" PRIx64, h->name,
                      h->disk_id, bound_disk);
    *ret_version = h->version_max < FRAME_VERSION_MAX ? h->version_max : FRAME_VERSION_MAX;
    ret_detail[0] = '\0';
    return PEER_ACCEPTED;
}
