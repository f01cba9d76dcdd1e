// SPDX-License-Identifier: Apache-2.0
/*
 * What a network link does to messages. All of it is asked from the tape by the message's identity
 * (sender, receiver, type, its how-manieth among these), in integers.
 */
#ifndef SIM_NETWORK_H
#define SIM_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/tape.h"

enum { PPM = 1000000 }; /* parts per million: a probability of 1 */

/*
 * A delay in microseconds.
 *   CONSTANT     base
 *   UNIFORM      base … base + spread
 *   EXPONENTIAL  base + an exponential of mean `spread`, at most base + cap
 *   LONG_TAIL    base + spread * (1/u - 1), u uniform in (0, 1], at most base + cap: half of all below one
 *                spread, one in a hundred above 99, one in a thousand above 999
 * `cap` 0 stands for 64 spreads (EXPONENTIAL) or 4096 (LONG_TAIL).
 */
enum latency_kind { LATENCY_CONSTANT, LATENCY_UNIFORM, LATENCY_EXPONENTIAL, LATENCY_LONG_TAIL };
struct latency {
    enum latency_kind kind;
    uint64_t base_us;
    uint64_t spread_us;
    uint64_t cap_us;
};
/* The names used in texts: constant, uniform, exponential, long_tail. */
const char *latency_kind_name(enum latency_kind kind);
bool latency_kind_parse(enum latency_kind *kind, const char *name);

/* A delay drawn by the identity's answer. */
uint64_t latency_draw(const struct latency *latency, struct tape *tape,
                      const struct tape_identity *identity);

/* One directed link. link_settings_init: 10 … 30 ms uniform, no faults. */
struct link_settings {
    struct latency latency;
    uint32_t loss_ppm;
    uint32_t duplicate_ppm; /* a second copy with a delay of its own */
    uint32_t reorder_ppm;   /* an extra delay of 1 … reorder_us */
    uint64_t reorder_us;
    uint32_t flip_ppm;      /* one bit of the message is flipped */
    uint32_t truncate_ppm;  /* the message is cut off at some byte */
    uint32_t burst_ppm;     /* this message and the next ones, burst_length in all, are lost */
    uint32_t burst_length;  /* link_settings_init: 8; a link that is set anew has none under way */
    uint64_t bandwidth_bps; /* bytes a second; messages queue up behind each other; 0: no limit */
    uint64_t queue_bytes_max; /* what may wait for its turn; more is lost; 0: no limit */
};
void link_settings_init(struct link_settings *settings);

/* What becomes of one message on a link: zero, one or two deliveries. */
struct passage {
    unsigned copies; /* 0: lost */
    uint64_t delay_us[2];
    bool flipped[2];
    uint64_t flip_bit[2]; /* index of the bit, modulo the message's bits */
    bool truncated[2];
    size_t length[2]; /* bytes that arrive */
    bool burst;       /* it begins a burst of losses */
};
/* `type` is the message type's name, `nth` its how-manieth from `from` to `to`. */
void network_pass(struct passage *passage, const struct link_settings *settings, struct tape *tape,
                  const char *from, const char *to, const char *type, uint64_t nth,
                  size_t message_bytes);

#endif
