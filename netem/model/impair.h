/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a bad link does to a packet: a description, and the seeded dice that decide every fate.
 *
 * Pure: no clock, no allocation, no I/O. The user carrier and the simulated network both ask this
 * module, so that a link described once behaves alike in both; the kernel carrier translates the
 * same description for sch_netem. */
#ifndef NETEM_MODEL_IMPAIR_H
#define NETEM_MODEL_IMPAIR_H

#include "base/err.h"
#include "base/prng.h"

/* How jitter is spread around the delay. Uniform is delay +- jitter; the others have mean 0 and
 * standard deviation 1 in units of jitter. A delay never becomes negative, and no draw lies
 * further out than IMPAIR_SIGMA_MAX times the jitter. */
enum impair_distribution {
    IMPAIR_UNIFORM = 0,
    IMPAIR_NORMAL,
    IMPAIR_PARETO,      /* shape 3: many a little early, few very late */
    IMPAIR_EXPONENTIAL, /* never earlier than delay - jitter */
    IMPAIR_TABLE,       /* as measured: see impair_table */
};

#define IMPAIR_SIGMA_MAX 15

/* Quantiles in IMPAIR_TABLE_UNIT-ths of the jitter, each as likely as the next, in the shape of
 * tc's distribution tables. Invariant: they do not fall. */
#define IMPAIR_TABLE_UNIT 8192
#define IMPAIR_TABLE_MAX  4096
struct impair_table {
    uint32_t count;
    int16_t quantiles[IMPAIR_TABLE_MAX];
};

enum impair_loss_model {
    IMPAIR_BERNOULLI = 0,   /* every packet on its own, with probability loss */
    IMPAIR_GILBERT_ELLIOTT, /* runs of loss: two states, the fields ge_* below; loss is unused */
};

/* What the link lets through before anything else is considered. */
enum impair_gate {
    IMPAIR_OPEN = 0,
    IMPAIR_CUT,      /* nothing, silently: not what arrives now, not what was under way */
    IMPAIR_HOLD,     /* nothing yet: kept until the gate opens (or thrown away by a cut) */
    IMPAIR_SYN_ONLY, /* TCP SYN and SYN-ACK only: connections open and stay mute */
};

/* In which order a link that held its packets lets them go. */
enum impair_order {
    IMPAIR_FIFO = 0,
    IMPAIR_LIFO,
    IMPAIR_SHUFFLE, /* by a seeded draw */
};

/* The absolute state of a directed link. All zero is a perfect, open link: no delay, no loss, no
 * limit of speed. Shares are 0..1. */
struct impairment {
    uint64_t delay_ns;  /* one way; at most IMPAIR_DELAY_NS_MAX */
    uint64_t jitter_ns; /* at most delay_ns for uniform to keep its shape; larger is allowed */
    enum impair_distribution distribution;
    const struct impair_table *table; /* of IMPAIR_TABLE, else ignored; borrowed: it outlives every
                                       * link that was told of it */
    double delay_correlation;         /* 0: each delay on its own; towards 1: like the one before */

    enum impair_loss_model loss_model;
    double loss;  /* Bernoulli */
    double ge_p;  /* good -> bad, per packet */
    double ge_r;  /* bad -> good, per packet; the mean run of loss is 1/ge_r packets */
    double ge_h;  /* share of packets that survive the bad state; 0 = all lost */
    double ge_k1; /* share of packets lost in the good state */

    double duplicate;     /* a second copy, which draws its own loss and delay */
    double reorder;       /* skips the delay, overtaking those before it; needs delay_ns > 0 */
    uint32_t gap;         /* only every gap-th packet may be reordered; 0 and 1 = any */
    double corrupt;       /* one bit flipped */
    bool corrupt_payload; /* flip in the payload and repair the transport checksum (user carrier) */

    uint64_t rate_bits_per_s; /* 0 = unlimited; serialises packets and keeps their order */
    uint32_t limit_packets;   /* waiting on the link; 0 = IMPAIR_LIMIT_PACKETS_DEFAULT */
    uint64_t mtu_bytes;       /* a packet larger than this, its Ethernet header aside, vanishes
                               * and nobody is told: a black hole of path MTU discovery. 0: none
                               * (user carrier) */

    enum impair_gate gate;
    enum impair_order release_order; /* when the gate leaves IMPAIR_HOLD for IMPAIR_OPEN */
    uint64_t hold_bytes; /* kept by IMPAIR_HOLD at most; what is beyond gets lost; 0 = no
                          * bound. Whoever carries the packets sees to it */
};

#define IMPAIR_DELAY_NS_MAX          (3600ull * 1000000000ull)
#define IMPAIR_LIMIT_PACKETS_DEFAULT 100000u
#define IMPAIR_LIMIT_PACKETS_MAX     1000000u
#define IMPAIR_MTU_BYTES_MIN         68u   /* the least IPv4 knows */
#define IMPAIR_MTU_BYTES_MAX         1499u /* endpoints send 1500 at most */
#define IMPAIR_ETHERNET_BYTES        14u
#define IMPAIR_RATE_BITS_PER_S_MIN   1000ull
#define IMPAIR_RATE_BITS_PER_S_MAX   100000000000ull

/* Whether every field is within its bounds (shares finite in 0..1, delay, rate, limit, mtu, enums,
 * reorder only with a delay, a distribution from a table only with one).
 * Errors: -E_INVALID, naming the field and its bounds. */
int impairment_check(const struct impairment *i, struct err *e) MUST_CHECK;

/* The Gilbert-Elliott parameters that lose `loss` of all packets in runs of `run_packets` on
 * average; the other fields stay. Preconditions: 0 <= loss < 1, run_packets >= 1. A share that
 * such runs cannot reach (loss/(1-loss) > run_packets) is cut to what they can. */
void impairment_set_burst(struct impairment *i, double loss, double run_packets);

/* The share of packets lost in the long run under either loss model. */
double impairment_loss(const struct impairment *i);

/* Whether it is the same link, field by field. */
bool impairment_equal(const struct impairment *a, const struct impairment *b);

/* Whether it leaves every packet alone (an open gate included). */
bool impairment_is_zero(const struct impairment *i);

/* One line for a person: "20ms ±5ms normal, loss 10%, cut"; "perfect" for all zero. Returns out. */
#define IMPAIRMENT_TEXT_MAX 256
const char *impairment_print(const struct impairment *i, char out[IMPAIRMENT_TEXT_MAX]);

/* The inverse distribution function: u in (0,1) to jitter units, cut at +-IMPAIR_SIGMA_MAX. table:
 * of IMPAIR_TABLE, else ignored. */
double impair_quantile(enum impair_distribution d, const struct impair_table *table, double u);

/* A directed link with its dice. Every purpose has its own stream, so that a changed delay does
 * not change which packets are lost. Plain data: copying it forks the link. */
struct impair_link {
    struct impairment now; /* read freely; change it through impair_link_set */
    uint64_t seed;
    bool dealt; /* the dice are there: most links of a large cluster never need theirs */

    struct prng loss_dice;
    struct prng delay_dice;
    struct prng duplicate_dice;
    struct prng reorder_dice;
    struct prng corrupt_dice;

    bool ge_bad;            /* state of the Gilbert-Elliott chain */
    double delay_last;      /* the previous delay draw, for delay_correlation */
    uint32_t since_reorder; /* packets since the last reordered one */
    uint64_t busy_until_ns; /* the wire is occupied until then (rate) */
    uint64_t due_last_ns;   /* with a rate nothing may overtake this */
    uint32_t queued;        /* copies decided and not yet left */
};

enum impair_drop {
    IMPAIR_PASS = 0,
    IMPAIR_DROP_LOSS,
    IMPAIR_DROP_CUT,
    IMPAIR_DROP_QUEUE_FULL,
    IMPAIR_DROP_TOO_LARGE,
};

#define IMPAIR_COPIES_MAX   2
#define IMPAIR_DUE_NS_NEVER UINT64_MAX /* held: due when the gate opens */

/* One copy of a packet. due_ns is meaningful when drop is IMPAIR_PASS. */
struct impair_copy {
    enum impair_drop drop;
    uint64_t due_ns;
    bool reordered;
    bool corrupted;
    uint32_t corrupt_byte; /* in [protected_bytes, len_bytes), when corrupted */
    uint8_t corrupt_mask;  /* the bit to flip there */
};

struct impair_fate {
    int copies_count; /* 1, or 2 when duplicated */
    struct impair_copy copies[IMPAIR_COPIES_MAX];
};

/* A perfect link whose dice follow from the seed alone. */
void impair_link_init(struct impair_link *l, uint64_t seed);

/* Changes the description; the dice go on where they are. Precondition: impairment_check holds. */
void impair_link_set(struct impair_link *l, const struct impairment *i);

/* The fate of a packet of len_bytes, with its Ethernet header, that enters the link at now_ns,
 * whose first protected_bytes are never damaged. Every copy that passes counts as queued until
 * impair_link_leave. Preconditions: protected_bytes <= len_bytes; now_ns does not run backwards.
 * The gates CUT and HOLD are applied here; for IMPAIR_SYN_ONLY the caller says what the packet is:
 * syn is whether it opens a TCP connection. */
void impair_link_decide(struct impair_link *l, uint64_t now_ns, uint32_t len_bytes,
                        uint32_t protected_bytes, bool syn, struct impair_fate *ret);

/* A copy left the link: delivered, or thrown away because the gate was closed meanwhile. */
void impair_link_leave(struct impair_link *l);

/* Throws away what waits on the link: a cut. Returns how many copies that were; the caller still
 * holds them and must not report them with impair_link_leave. */
uint32_t impair_link_clear(struct impair_link *l);

/* The word for a drop: "loss", "cut", "queue full", "larger than the mtu"; "" for IMPAIR_PASS. */
const char *impair_drop_name(enum impair_drop d);
const char *impair_distribution_name(enum impair_distribution d);
const char *impair_gate_name(enum impair_gate g);

#endif
