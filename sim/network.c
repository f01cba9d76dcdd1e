// SPDX-License-Identifier: Apache-2.0
#include "sim/network.h"

#include <string.h>

#include "core/memory.h"

static const char *const latency_names[] = {"constant", "uniform", "exponential", "long_tail"};

const char *latency_kind_name(enum latency_kind kind)
{
    return latency_names[kind];
}

bool latency_kind_parse(enum latency_kind *kind, const char *name)
{
    for (size_t i = 0; i < sizeof latency_names / sizeof *latency_names; i++) {
        if (strcmp(latency_names[i], name) != 0) continue;
        *kind = (enum latency_kind)i;
        return true;
    }
    return false;
}

/*
 * log2(value) in 16.16 fixed point, value >= 1: the integer part is the place of the highest bit, and each
 * squaring of the fraction in [1, 2) yields one more bit. Exact in integers, so alike everywhere.
 */
static uint64_t log2_fixed(uint64_t value)
{
    unsigned whole = 0;
    while (value >> whole > 1)
        whole++;
    uint64_t result = (uint64_t)whole << 16;
    uint64_t fraction = whole >= 31 ? value >> (whole - 31) : value << (31 - whole); /* 1.31 */
    for (unsigned bit = 1; bit <= 16; bit++) {
        fraction = fraction * fraction >> 31;
        if (fraction >> 32 == 0) continue;
        fraction >>= 1;
        result |= UINT64_C(1) << (16 - bit);
    }
    return result;
}

/* value * factor / 2^16, without overflow: the answer is at most `most`. */
static uint64_t scale(uint64_t value, uint64_t factor_fixed, uint64_t most)
{
    if (factor_fixed == 0 || value == 0) return 0;
    if (value > UINT64_MAX / factor_fixed) return most;
    const uint64_t scaled = value * factor_fixed >> 16;
    return scaled < most ? scaled : most;
}

/* Draws are below 2^32, and r stands for u = (2^32 - r) / 2^32 in (0, 1]: r = 0 is the least delay. */
static const uint64_t draws = UINT64_C(1) << 32;

/* -ln(u) * mean, with ln = log2 * ln 2. */
static uint64_t exponential(uint64_t r, uint64_t mean_us, uint64_t cap_us)
{
    enum { LN2_FIXED = 45426 }; /* ln 2 * 2^16 */
    const uint64_t minus_log2 = (UINT64_C(32) << 16) - log2_fixed(draws - r);
    return scale(mean_us, minus_log2 * LN2_FIXED >> 16, cap_us);
}

/* (1/u - 1) * spread = r / (2^32 - r) * spread */
static uint64_t long_tail(uint64_t r, uint64_t spread_us, uint64_t cap_us)
{
    return scale(spread_us, (r << 16) / (draws - r), cap_us);
}

static uint64_t cap_of(const struct latency *latency)
{
    const uint64_t spreads = latency->kind == LATENCY_EXPONENTIAL ? 64 : 4096;
    if (latency->cap_us != 0) return latency->cap_us;
    return latency->spread_us > UINT64_MAX / spreads ? UINT64_MAX : latency->spread_us * spreads;
}

uint64_t latency_draw(const struct latency *latency, struct tape *tape,
                      const struct tape_identity *identity)
{
    switch (latency->kind) {
    case LATENCY_CONSTANT: break;
    case LATENCY_UNIFORM:
        FRAME_ASSERT(latency->spread_us < UINT64_MAX);
        return latency->base_us + tape_choose(tape, identity, latency->spread_us + 1);
    case LATENCY_EXPONENTIAL:
        return latency->base_us +
               exponential(tape_choose(tape, identity, draws), latency->spread_us, cap_of(latency));
    case LATENCY_LONG_TAIL:
        return latency->base_us +
               long_tail(tape_choose(tape, identity, draws), latency->spread_us, cap_of(latency));
    }
    return latency->base_us;
}

void link_settings_init(struct link_settings *settings)
{
    *settings = (struct link_settings){
        .latency = {.kind = LATENCY_UNIFORM, .base_us = 10000, .spread_us = 20000},
        .reorder_us = 200000,
        .burst_length = 8,
    };
}

/* The message on its way, as its questions name it. */
struct traveller {
    struct tape *tape;
    const char *from;
    const char *to;
    const char *type;
    uint64_t nth;
};

static void ask(struct tape_identity *identity, const struct traveller *traveller, const char *kind)
{
    tape_identity_link(identity, kind, traveller->from, traveller->to, traveller->type,
                       traveller->nth);
}

static bool happens(const struct traveller *traveller, const char *kind, uint32_t ppm)
{
    struct tape_identity identity;
    ask(&identity, traveller, kind);
    return tape_chance(traveller->tape, &identity, ppm, PPM);
}

/* One copy's way. The second copy asks under names of its own. */
static void travel(struct passage *passage, const struct link_settings *settings,
                   const struct traveller *traveller, size_t message_bytes)
{
    static const char *const names[2][7] = {
        {"latency", "reorder", "reorder_us", "flip", "flip_bit", "cut", "cut_at"},
        {"latency2", "reorder2", "reorder2_us", "flip2", "flip2_bit", "cut2", "cut2_at"},
    };
    const unsigned copy = passage->copies++;
    struct tape_identity identity;
    ask(&identity, traveller, names[copy][0]);
    passage->delay_us[copy] = latency_draw(&settings->latency, traveller->tape, &identity);
    if (happens(traveller, names[copy][1], settings->reorder_ppm) && settings->reorder_us > 0) {
        ask(&identity, traveller, names[copy][2]);
        passage->delay_us[copy] +=
            1 + tape_choose(traveller->tape, &identity, settings->reorder_us);
    }
    passage->flipped[copy] = happens(traveller, names[copy][3], settings->flip_ppm);
    if (passage->flipped[copy] && message_bytes > 0) {
        ask(&identity, traveller, names[copy][4]);
        passage->flip_bit[copy] =
            tape_choose(traveller->tape, &identity, (uint64_t)message_bytes * 8);
    }
    passage->length[copy] = message_bytes;
    passage->truncated[copy] = happens(traveller, names[copy][5], settings->truncate_ppm);
    if (passage->truncated[copy] && message_bytes > 0) {
        ask(&identity, traveller, names[copy][6]);
        passage->length[copy] = (size_t)tape_choose(traveller->tape, &identity, message_bytes);
    }
}

void network_pass(struct passage *passage, const struct link_settings *settings, struct tape *tape,
                  const char *from, const char *to, const char *type, uint64_t nth,
                  size_t message_bytes)
{
    const struct traveller traveller = {tape, from, to, type, nth};
    *passage = (struct passage){0};
    if (happens(&traveller, "lost", settings->loss_ppm)) return;
    passage->burst = happens(&traveller, "burst", settings->burst_ppm);
    if (passage->burst) return;
    travel(passage, settings, &traveller, message_bytes);
    if (happens(&traveller, "twice", settings->duplicate_ppm))
        travel(passage, settings, &traveller, message_bytes);
}
