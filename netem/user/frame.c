/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/user/frame.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#include "netem/link.h"

#define IPV4_BYTES_MIN 20u
#define TCP_BYTES_MIN  20u
#define UDP_BYTES      8u
#define TCP_FLAG_FIN   0x01
#define TCP_FLAG_SYN   0x02
#define TCP_FLAG_RST   0x04
#define TCP_FLAG_ACK   0x10
#define TTL            64

static uint16_t get_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static void put_u16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)get_u16(p) << 16 | get_u16(p + 2);
}

static void put_u32(uint8_t *p, uint32_t v)
{
    put_u16(p, (uint16_t)(v >> 16));
    put_u16(p + 2, (uint16_t)v);
}

static uint16_t checksum(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
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
    uint16_t repaired = checksum(sum);
    if (f->udp && repaired == 0)
        repaired = 0xffff; /* zero would say: no checksum */
    put_u16(data + f->checksum_at, repaired);
}

bool frame_is_segment(const struct frame *f)
{
    return f->transport_at != 0 && !f->udp;
}

uint32_t frame_ports(const uint8_t *data, const struct frame *f)
{
    uint32_t ports = get_u32(data + f->transport_at);
    return ports == 0 ? 1 : ports;
}

/* The ones' complement sum over whole words, on top of another one. */
static uint32_t sum_words(uint32_t sum, const uint8_t *p, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i += 2)
        sum += get_u16(p + i);
    return sum;
}

/* The way back, with a header of no options. */
static void turn_round(const uint8_t *data, uint8_t *ret)
{
    uint8_t *ip = ret + FRAME_ETHERNET_BYTES;
    memcpy(ret, data + 6, 6);
    memcpy(ret + 6, data, 6);
    put_u16(ret + 12, ETH_P_IP);
    ip[0] = 0x45;
    put_u16(ip + 2, IPV4_BYTES_MIN + TCP_BYTES_MIN);
    put_u16(ip + 6, 0x4000); /* in one piece */
    ip[8] = TTL;
    ip[9] = IPPROTO_TCP;
    memcpy(ip + 12, data + FRAME_ETHERNET_BYTES + 16, 4);
    memcpy(ip + 16, data + FRAME_ETHERNET_BYTES + 12, 4);
    put_u16(ip + 10, checksum(sum_words(0, ip, IPV4_BYTES_MIN)));
}

/* As RFC 9293, 3.10.7.1 has it: what the segment acknowledged is the number it expects next. */
bool frame_reset(const uint8_t *data, uint32_t len, const struct frame *f,
                 uint8_t ret[FRAME_RESET_BYTES])
{
    const uint8_t *tcp = data + f->transport_at;
    uint8_t flags = tcp[13], *ip = ret + FRAME_ETHERNET_BYTES, *back = ip + IPV4_BYTES_MIN;
    if ((flags & TCP_FLAG_RST) != 0)
        return false;
    memset(ret, 0, FRAME_RESET_BYTES);
    turn_round(data, ret);
    put_u16(back, get_u16(tcp + 2));
    put_u16(back + 2, get_u16(tcp));
    back[12] = TCP_BYTES_MIN / 4 << 4;
    back[13] = TCP_FLAG_RST;
    if ((flags & TCP_FLAG_ACK) != 0) {
        put_u32(back + 4, get_u32(tcp + 8));
    } else {
        uint32_t taken =
            len - f->payload_at + ((flags & TCP_FLAG_SYN) != 0) + ((flags & TCP_FLAG_FIN) != 0);
        put_u32(back + 8, get_u32(tcp + 4) + taken);
        back[13] |= TCP_FLAG_ACK;
    }
    uint32_t pseudo = sum_words(IPPROTO_TCP + TCP_BYTES_MIN, ip + 12, 8);
    put_u16(back + 16, checksum(sum_words(pseudo, back, TCP_BYTES_MIN)));
    return true;
}
