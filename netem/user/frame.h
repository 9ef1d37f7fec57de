/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the forwarder must know of an Ethernet frame: whose it is, whether it opens a connection,
 * where its payload is; and how to damage it. */
#ifndef NETEM_USER_FRAME_H
#define NETEM_USER_FRAME_H

#include "base/must.h"

#define FRAME_ETHERNET_BYTES 14u

/* Invariants: FRAME_ETHERNET_BYTES <= payload_at <= length of the frame; checksum_at is 0 or points
 * at two bytes inside the frame, and the checksum covers everything from transport_at on. */
struct frame {
    uint16_t to_number;    /* the endpoint it is for; 0 = none of ours, or a group address */
    bool syn;              /* TCP with SYN set */
    bool udp;              /* the checksum is optional */
    uint32_t transport_at; /* first byte of the TCP or UDP header; 0 = neither */
    uint32_t payload_at;   /* first byte behind it; the length if there is none */
    uint32_t checksum_at;
};

/* Reads the headers of len bytes; false (and *ret unset) if they are not even a frame. */
bool frame_parse(const uint8_t *data, uint32_t len, struct frame *ret) MUST_CHECK;

/* Flips the bits of mask in one byte. With repair, the transport checksum is corrected so that the
 * damage goes unnoticed below the application. Precondition: byte < length of the frame. */
void frame_damage(uint8_t *data, const struct frame *f, uint32_t byte, uint8_t mask, bool repair);

/* Source and destination port of a TCP segment as one number, never 0. Precondition:
 * frame_is_segment. */
uint32_t frame_ports(const uint8_t *data, const struct frame *f);
/* Whether it is a TCP segment with a whole header. */
bool frame_is_segment(const struct frame *f);
/* The reset that whoever sent this segment takes for the other end's answer. False: it is a reset
 * itself, which nobody answers. Precondition: frame_is_segment. */
#define FRAME_RESET_BYTES 54u
bool frame_reset(const uint8_t *data, uint32_t len, const struct frame *f,
                 uint8_t ret[FRAME_RESET_BYTES]);

#endif
