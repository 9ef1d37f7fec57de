/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands of Redis that are not here, and why: whoever tries one is told what to do instead. */
#include "node/clients/admin.h"

#include <string.h>

static const struct {
    const char *reason;
    const char *names; /* between spaces */
} families[] = {
    {"keys hold strings; of lists there are RPUSH, LPOP and LRANGE, of sets SADD, SREM, SISMEMBER "
     "and "
     "SMEMBERS",
     " lpush lpushx rpushx rpop llen lindex lset lrem ltrim linsert lpos lmove "
     "rpoplpush lmpop blpop brpop blmove brpoplpush blmpop hset hsetnx hmset hget hmget hgetall "
     "hdel "
     "hexists hlen hkeys hvals hincrby hincrbyfloat hstrlen hscan hrandfield "
     "smismember scard spop srandmember smove sinter sunion sdiff sinterstore "
     "sunionstore "
     "sdiffstore sintercard sscan zadd zrem zrange zrevrange zrangebyscore zrevrangebyscore "
     "zrangebylex zrank zrevrank zscore zmscore zcard zcount zincrby zpopmin zpopmax bzpopmin "
     "bzpopmax zunion zinter zdiff zunionstore zinterstore zdiffstore zrangestore zscan zmpop "
     "bzmpop "
     "zremrangebyrank zremrangebyscore zremrangebylex zlexcount zrandmember xadd xread xrange "
     "xrevrange xlen xdel xtrim xgroup xreadgroup xack xclaim xautoclaim xpending xinfo geoadd "
     "geopos geodist geosearch geosearchstore geohash georadius pfadd pfcount pfmerge setbit "
     "getbit "
     "bitcount bitpos bitop bitfield bitfield_ro sort sort_ro object "},
    {"keys expire by the log's clock, which knows no date; use EXPIRE, PEXPIRE, TTL, PTTL",
     " expireat pexpireat expiretime pexpiretime time "},
    {"there is no publishing; use WATCHKEY",
     " subscribe unsubscribe psubscribe punsubscribe ssubscribe sunsubscribe publish spublish "
     "pubsub monitor "},
    {"there are no scripts; use MULTI with WATCH, or CAS",
     " eval evalsha eval_ro evalsha_ro script fcall fcall_ro function "},
    {"there are no users", " auth acl "},
    {"floating point is not for replicas that must agree", " incrbyfloat "},
    {"the cluster is Raft's; use RAFT STATUS, RAFT MEMBER and RAFT TRANSFER",
     " cluster readonly readwrite asking replicaof slaveof failover role sync psync replconf wait "
     "waitaof sentinel "},
    {"the log is the data and is always synced; use RAFT SNAPSHOT",
     " save bgsave bgrewriteaof lastsave shutdown restore dump migrate "},
    {"it is not here (yet)",
     " rename renamenx copy move swapdb randomkey lcs substr debug memory slowlog latency module "
     "lolwut "},
};

static bool is_among(struct span name, const char *names)
{
    size_t at = 1;
    while (names[at] != '\0') {
        size_t len = 0;
        while (names[at + len] != ' ')
            len++;
        char word[32];
        ASSERT(len < sizeof(word));
        memcpy(word, names + at, len);
        word[len] = '\0';
        if (span_is_word(name, word))
            return true;
        at += len + 1;
    }
    return false;
}

void reply_unknown(struct span name, struct buf *reply)
{
    int shown = name.len > 128 ? 128 : (int)name.len;
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        if (is_among(name, families[i].names)) {
            respw_errorf(reply, "ERR '%.*s' is not supported: %s", shown, name.data,
                         families[i].reason);
            return;
        }
    }
    respw_errorf(reply, "ERR unknown command '%.*s'", shown, name.data);
}
