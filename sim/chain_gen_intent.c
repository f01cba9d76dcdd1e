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

/* What intents are made of, drawn beforehand and one by one: in the arguments of one call the order
   of draws would be the compiler's. */
struct parts {
    const char *me;
    const char *who;
    const char *other;
    const char *words;
    uint64_t amount; /* 1 to 1,000 */
    uint64_t choice;
    uint64_t serial;
};

static const char *draw_person(struct gen_draw *draw)
{
    return people[gen_draw_below(draw, PEOPLE)];
}

static void draw_parts(struct parts *parts, struct gen_draw *draw, const char *me, uint64_t serial)
{
    parts->me = me;
    parts->serial = serial;
    parts->who = draw_person(draw);
    parts->other = draw_person(draw);
    parts->words = words[gen_draw_below(draw, WORDS)];
    parts->amount = 1 + gen_draw_below(draw, 1000);
    parts->choice = gen_draw_below(draw, 24);
}

/* Each writes one kind of intent. */
typedef void (*intent_maker)(struct gen_intent *intent, const struct parts *parts);

static void make_deposit(struct gen_intent *intent, const struct parts *parts)
{
    intent->action = "bridge.deposit";
    snprintf(intent->payload, sizeof intent->payload,
             "{\"amount\":%" PRIu64 ",\"proof\":{\"10\":\"b\",\"tx\":%" PRIu64
             "},\"target\":\"%s\"}",
             parts->amount, parts->serial, parts->me);
}

static void make_withdraw(struct gen_intent *intent, const struct parts *parts)
{
    intent->action = "bridge.withdraw";
    snprintf(intent->payload, sizeof intent->payload,
             "{\"amount\":%" PRIu64 ",\"destination\":\"%s\"}", (parts->amount + 4) / 5,
             parts->who);
}

static void write_send(struct gen_intent *intent, uint64_t amount, const char *recipient)
{
    intent->action = "wallet.send";
    intent->network_responses[0] = '\0';
    snprintf(intent->payload, sizeof intent->payload,
             "{\"amount\":%" PRIu64 ",\"recipient\":\"%s\"}", amount, recipient);
}

void gen_intent_send(struct gen_intent *intent, struct gen_draw *draw, int64_t amount)
{
    write_send(intent, (uint64_t)amount, draw_person(draw));
}

static void make_send(struct gen_intent *intent, const struct parts *parts)
{
    write_send(intent, (parts->amount + 2) / 3, parts->who);
}

/* To oneself: changes nothing (§ 6). */
static void make_self_send(struct gen_intent *intent, const struct parts *parts)
{
    write_send(intent, (parts->amount + 2) / 3, parts->me);
}

static void make_balance(struct gen_intent *intent, const struct parts *parts)
{
    (void)parts;
    intent->action = "wallet.balance";
    snprintf(intent->payload, sizeof intent->payload, "{}");
}

/* The last few reservations' names are used again, so that some exist, some are over, some never
   were. */
static void make_escrow(struct gen_intent *intent, const struct parts *parts)
{
    uint64_t reservation = parts->serial / 8;
    if (parts->choice % 4 < 2) {
        intent->action = "escrow.lock";
        snprintf(intent->payload, sizeof intent->payload,
                 "{\"amount\":%" PRIu64 ",\"recipient\":\"%s\",\"reservationId\":\"r%" PRIu64 "\"}",
                 (parts->amount + 9) / 10, parts->who, reservation);
        return;
    }
    intent->action = parts->choice % 4 == 2 ? "escrow.release" : "escrow.refund";
    snprintf(intent->payload, sizeof intent->payload, "{\"reservationId\":\"r%" PRIu64 "\"}",
             reservation);
}

static void make_note(struct gen_intent *intent, const struct parts *parts)
{
    intent->action = "notes.create";
    snprintf(intent->payload, sizeof intent->payload, "{\"text\":\"%s %" PRIu64 "\"}", parts->words,
             parts->serial);
}

static void make_contacts(struct gen_intent *intent, const struct parts *parts)
{
    intent->action = "contacts.import";
    snprintf(intent->payload, sizeof intent->payload,
             "{\"contacts\":[{\"id\":\"%s\",\"name\":\"%s\"},{\"id\":\"%s\",\"name\":\"\"}]}",
             parts->who, parts->words, parts->other);
}

static void make_message(struct gen_intent *intent, const struct parts *parts)
{
    if (parts->choice % 3 == 0) {
        intent->action = "messages.list";
        snprintf(intent->payload, sizeof intent->payload, "{\"with\":\"%s\"}", parts->who);
        return;
    }
    intent->action = "messages.send";
    snprintf(intent->payload, sizeof intent->payload, "{\"body\":\"%s\",\"to\":\"%s\"}",
             parts->words, parts->who);
}

static void make_tick(struct gen_intent *intent, const struct parts *parts)
{
    (void)parts;
    intent->action = "display.timerTick";
    snprintf(intent->payload, sizeof intent->payload, "{}");
}

static void make_fetch(struct gen_intent *intent, const struct parts *parts)
{
    uint64_t page = parts->choice % 8;
    intent->action = "feed.fetch";
    snprintf(intent->payload, sizeof intent->payload,
             "{\"url\":\"https://feed.example/%" PRIu64 "\"}", page);
    snprintf(intent->network_responses, sizeof intent->network_responses,
             "[{\"body\":\"%s %" PRIu64 "\",\"status\":200,\"url\":\"https://feed.example/%" PRIu64
             "\"}]",
             parts->words, parts->serial, page);
}

static void make_composite(struct gen_intent *intent, const struct parts *parts)
{
    intent->action = "composite";
    snprintf(intent->payload, sizeof intent->payload,
             "{\"steps\":[{\"action\":\"wallet.mintFrame\",\"payload\":{\"amount\":%" PRIu64
             ",\"target\":\"%s\"}},{\"action\":\"wallet.send\",\"payload\":{\"amount\":%" PRIu64
             ",\"recipient\":\"%s\"}},{\"action\":\"notes.create\",\"payload\":{\"text\":\"%" PRIu64
             "\"}}]}",
             1 + parts->choice, parts->me, (parts->amount + 2) / 3, parts->who, parts->serial);
}

void gen_intent_draw(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                     uint64_t serial)
{
    static const intent_maker makers[] = {
        make_deposit, make_deposit, make_send,   make_send,  make_self_send, make_withdraw,
        make_balance, make_escrow,  make_escrow, make_note,  make_note,      make_contacts,
        make_message, make_message, make_tick,   make_fetch, make_composite};
    struct parts parts;
    intent_maker maker = makers[gen_draw_below(draw, sizeof makers / sizeof *makers)];
    draw_parts(&parts, draw, me, serial);
    intent->network_responses[0] = '\0';
    maker(intent, &parts);
}
