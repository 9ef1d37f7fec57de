/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/user/frame.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "netem/link.h"

#define IPV4_BYTES_MIN 20u
#define TCP_BYTES_MIN  20u
#define UDP_BYTES      8u
#define TCP_FLAG_SYN   0x02

static uint16_t get_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static void put_u16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void parse_tcp(const uint8_t *data, uint32_t len, uint32_t at, struct frame *ret)
{
    if (len - at < TCP_BYTES_MIN)
        return;
    uint32_t header = (uint32_t)(data[at + 12] >> 4) * 4;
    ret->syn = (data[at + 13] & TCP_FLAG_SYN) != 0;
    if (header < TCP_BYTES_MIN || header > len - at)
        return;
    ret->transport_at = at;
    ret->checksum_at = at + 16;
    ret->payload_at = at + header;
}

static void parse_udp(const uint8_t *data, uint32_t len, uint32_t at, struct frame *ret)
{
    if (len - at < UDP_BYTES)
        return;
    ret->udp = true;
    ret->transport_at = at;
    ret->checksum_at = at + 6;
    ret->payload_at = at + UDP_BYTES;
    if (get_u16(data + ret->checksum_at) == 0)
        ret->checksum_at = 0; /* the sender asked for none */
}

static void parse_ipv4(const uint8_t *data, uint32_t len, struct frame *ret)
{
    const uint8_t *ip = data + FRAME_ETHERNET_BYTES;
    uint32_t left = len - FRAME_ETHERNET_BYTES;
    if (left < IPV4_BYTES_MIN || ip[0] >> 4 != 4)
        return;
    uint32_t header = (uint32_t)(ip[0] & 15) * 4;
    bool fragment = (get_u16(ip + 6) & 0x3fff) != 0; /* an offset, or more to come */
    if (header < IPV4_BYTES_MIN || header > left || fragment)
        return;
    if (ip[9] == IPPROTO_TCP)
        parse_tcp(data, len, FRAME_ETHERNET_BYTES + header, ret);
    else if (ip[9] == IPPROTO_UDP)
        parse_udp(data, len, FRAME_ETHERNET_BYTES + header, ret);
}

bool frame_parse(const uint8_t *data, uint32_t len, struct frame *ret)
{
    if (len < FRAME_ETHERNET_BYTES)
        return false;
    *ret = (struct frame){.to_number = link_mac_number(data), .payload_at = len};
    if (get_u16(data + 12) == ETH_P_IP)
        parse_ipv4(data, len, ret);
    return true;
}

void frame_damage(uint8_t *data, const struct frame *f, uint32_t byte, uint8_t mask, bool repair)
{
    data[byte] ^= mask;
    if (!repair || f->checksum_at == 0 || byte < f->transport_at)
        return;
    /* One 16-bit word of the sum changed from m to n: sum' = ~(~sum + ~m + n) (RFC 1624). Its other
     * byte did not change and cancels out. */
    unsigned shift = (byte - f->transport_at) % 2 == 0 ? 8 : 0;
    uint16_t half = (uint16_t)((unsigned)data[byte] << shift);
    uint16_t before = (uint16_t)((unsigned)(data[byte] ^ mask) << shift);
    uint32_t sum = (uint16_t)~get_u16(data + f->checksum_at);
    sum += (uint16_t)~before;
    sum += half;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    uint16_t checksum = (uint16_t)~sum;
    if (f->udp && checksum == 0)
        checksum = 0xffff; /* zero would say: no checksum */
    put_u16(data + f->checksum_at, checksum);
}
