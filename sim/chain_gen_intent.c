// SPDX-License-Identifier: Apache-2.0
#include "chain_gen_intent.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t gen_draw_below(struct gen_draw *draw, uint64_t bound)
{
    draw->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = draw->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % bound;
}

static const char *const people[] = {"bob", "carol", "dave", "\xd0\xbe\xd0\xbb\xd1\x8f", "7", "10"};
static const char *const words[] = {"milk",  "rent is due", "call home", "\xf0\x9f\x8d\x8b",
                                    "2 + 2", "a\\nb"};
enum { PEOPLE = sizeof people / sizeof *people, WORDS = sizeof words / sizeof *words };

static const char *person(struct gen_draw *draw)
{
    return people[gen_draw_below(draw, PEOPLE)];
}

static const char *word(struct gen_draw *draw)
{
    return words[gen_draw_below(draw, WORDS)];
}

/* Each writes one kind of intent. */
typedef void (*intent_maker)(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                             uint64_t serial);

static void make_deposit(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                         uint64_t serial)
{
    intent->action = "bridge.deposit";
    snprintf(intent->payload, sizeof intent->payload,
             "{\"amount\":%" PRIu64 ",\"proof\":{\"10\":\"b\",\"tx\":%" PRIu64
             "},\"target\":\"%s\"}",
             1 + gen_draw_below(draw, 1000), serial, me);
}

static void make_withdraw(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                          uint64_t serial)
{
    (void)me;
    (void)serial;
    intent->action = "bridge.withdraw";
    snprintf(intent->payload, sizeof intent->payload,
             "{\"amount\":%" PRIu64 ",\"destination\":\"%s\"}", 1 + gen_draw_below(draw, 200),
             person(draw));
}

void gen_intent_send(struct gen_intent *intent, struct gen_draw *draw, int64_t amount)
{
    intent->action = "wallet.send";
    intent->network_responses[0] = '\0';
    snprintf(intent->payload, sizeof intent->payload,
             "{\"amount\":%" PRId64 ",\"recipient\":\"%s\"}", amount, person(draw));
}

static void make_send(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                      uint64_t serial)
{
    (void)me;
    (void)serial;
    gen_intent_send(intent, draw, (int64_t)(1 + gen_draw_below(draw, 300)));
}

/* To oneself: changes nothing (§ 6). */
static void make_self_send(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                           uint64_t serial)
{
    (void)serial;
    intent->action = "wallet.send";
    snprintf(intent->payload, sizeof intent->payload,
             "{\"amount\":%" PRIu64 ",\"recipient\":\"%s\"}", 1 + gen_draw_below(draw, 300), me);
}

static void make_balance(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                         uint64_t serial)
{
    (void)draw;
    (void)me;
    (void)serial;
    intent->action = "wallet.balance";
    snprintf(intent->payload, sizeof intent->payload, "{}");
}

/* The last few reservations' names are used again, so that some exist, some are over, some never
   were. */
static void make_escrow(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                        uint64_t serial)
{
    (void)me;
    uint64_t reservation = serial / 8;
    switch (gen_draw_below(draw, 4)) {
    case 0: intent->action = "escrow.release"; break;
    case 1: intent->action = "escrow.refund"; break;
    default:
        intent->action = "escrow.lock";
        snprintf(intent->payload, sizeof intent->payload,
                 "{\"amount\":%" PRIu64 ",\"recipient\":\"%s\",\"reservationId\":\"r%" PRIu64 "\"}",
                 1 + gen_draw_below(draw, 100), person(draw), reservation);
        return;
    }
    snprintf(intent->payload, sizeof intent->payload, "{\"reservationId\":\"r%" PRIu64 "\"}",
             reservation);
}

static void make_note(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                      uint64_t serial)
{
    (void)me;
    intent->action = "notes.create";
    snprintf(intent->payload, sizeof intent->payload, "{\"text\":\"%s %" PRIu64 "\"}", word(draw),
             serial);
}

static void make_contacts(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                          uint64_t serial)
{
    (void)me;
    (void)serial;
    intent->action = "contacts.import";
    snprintf(intent->payload, sizeof intent->payload,
             "{\"contacts\":[{\"id\":\"%s\",\"name\":\"%s\"},{\"id\":\"%s\",\"name\":\"\"}]}",
             person(draw), word(draw), person(draw));
}

static void make_message(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                         uint64_t serial)
{
    (void)me;
    (void)serial;
    if (gen_draw_below(draw, 3) == 0) {
        intent->action = "messages.list";
        snprintf(intent->payload, sizeof intent->payload, "{\"with\":\"%s\"}", person(draw));
        return;
    }
    intent->action = "messages.send";
    snprintf(intent->payload, sizeof intent->payload, "{\"body\":\"%s\",\"to\":\"%s\"}", word(draw),
             person(draw));
}

static void make_tick(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                      uint64_t serial)
{
    (void)draw;
    (void)me;
    (void)serial;
    intent->action = "display.timerTick";
    snprintf(intent->payload, sizeof intent->payload, "{}");
}

static void make_fetch(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                       uint64_t serial)
{
    (void)me;
    uint64_t page = gen_draw_below(draw, 8);
    intent->action = "feed.fetch";
    snprintf(intent->payload, sizeof intent->payload,
             "{\"url\":\"https://feed.example/%" PRIu64 "\"}", page);
    snprintf(intent->network_responses, sizeof intent->network_responses,
             "[{\"body\":\"%s %" PRIu64 "\",\"status\":200,\"url\":\"https://feed.example/%" PRIu64
             "\"}]",
             word(draw), serial, page);
}

static void make_composite(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                           uint64_t serial)
{
    intent->action = "composite";
    snprintf(intent->payload, sizeof intent->payload,
             "{\"steps\":[{\"action\":\"wallet.mintFrame\",\"payload\":{\"amount\":%" PRIu64
             ",\"target\":\"%s\"}},{\"action\":\"wallet.send\",\"payload\":{\"amount\":%" PRIu64
             ",\"recipient\":\"%s\"}},{\"action\":\"notes.create\",\"payload\":{\"text\":\"%" PRIu64
             "\"}}]}",
             1 + gen_draw_below(draw, 50), me, 1 + gen_draw_below(draw, 300), person(draw), serial);
}

void gen_intent_draw(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                     uint64_t serial)
{
    static const intent_maker makers[] = {
        make_deposit, make_deposit, make_send,   make_send,  make_self_send, make_withdraw,
        make_balance, make_escrow,  make_escrow, make_note,  make_note,      make_contacts,
        make_message, make_message, make_tick,   make_fetch, make_composite};
    intent->network_responses[0] = '\0';
    makers[gen_draw_below(draw, sizeof makers / sizeof *makers)](intent, draw, me, serial);
}
