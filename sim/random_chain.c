// SPDX-License-Identifier: Apache-2.0
#include "random_chain.h"

#include "core/json.h"
#include "model_make.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Numbers --------------------------------------------------------------------------------- */

/* SplitMix64. */
struct random_numbers {
    uint64_t state;
};

static uint64_t random_next(struct random_numbers *numbers)
{
    uint64_t mixed = numbers->state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static size_t random_below(struct random_numbers *numbers, size_t bound)
{
    return (size_t)(random_next(numbers) % bound);
}

/* True `parts` times in a hundred. */
static bool random_percent(struct random_numbers *numbers, unsigned parts)
{
    return random_next(numbers) % 100 < parts;
}

/* ---- Intents --------------------------------------------------------------------------------- */

enum { PAYLOAD_BYTES_MAX = 1024 };

struct maker {
    struct random_numbers numbers;
    struct random_numbers routes; /* § 18: apart, so that what is not routed is drawn as ever */
    unsigned route_percent;
    struct random_chain *chain;
    size_t receipts_max;
    int64_t now_s;
    int64_t behind_s[RANDOM_CHAIN_DEVICES_MAX]; /* how far each device's clock runs behind */
    unsigned pull_percent;
    unsigned step_percent; /* chance that a second passes */
    bool wild;            /* no device remembers what it held, and any set of heads may be merged */
    bool feud;            /* nothing but money, and hardly a word between the devices */
    const char *own_name; /* the identity as a token */
};

struct wish {
    const char *action;
    char payload[PAYLOAD_BYTES_MAX];
    char responses[PAYLOAD_BYTES_MAX]; /* "" for none */
};

/* Few names and few amounts, so that the devices get in each other's way. Canonical tokens. */
static const char *const names[] = {
    "\"bob\"",         "\"alice.frame\"",     "\"10\"",
    "\"9\"",           "\"\xc3\xa9\\\"\\n\"", "\"\xf0\x9f\x98\x80\"",
    "\"\xef\xbf\xbd\""};
static const int amounts[] = {1, 5, 10, 30, 50, 60, 100};

#define PICK(maker, list) \
    ((list)[random_below(&(maker)->numbers, sizeof(list) / sizeof((list)[0]))])

/* Draws stand in statements of their own: C does not say which argument of a call comes first. */
#define WRITE(wish, ...) (void)snprintf((wish)->payload, sizeof(wish)->payload, __VA_ARGS__)

/* One of the keys held that begin with a prefix, as a token without prefix and quotes; length 0
   where there is none. */
static struct frame_span pick_key(struct maker *maker, struct frame_span storage,
                                  const char *prefix)
{
    struct json_walk walk;
    struct frame_span key, value, picked = {0};
    size_t seen = 0, skipped = 1 + strlen(prefix);
    json_walk_init(&walk, storage);
    while (json_next_member(&walk, &key, &value)) {
        if (!json_string_begins(key, prefix)) continue;
        if (random_below(&maker->numbers, ++seen) == 0) picked = key;
    }
    if (picked.length > 0) {
        picked.bytes += skipped;
        picked.length -= skipped + 1;
    }
    return picked;
}

/* What the identity has on its account, escrows included. */
static int64_t own_balance(const struct maker *maker, struct frame_span storage)
{
    const char *prefix = "wallet:balance:";
    const size_t named = strlen(maker->own_name) - 2, skipped = 1 + strlen(prefix);
    struct json_walk walk;
    struct frame_span key, value;
    int64_t balance = 0;
    json_walk_init(&walk, storage);
    while (json_next_member(&walk, &key, &value))
        if (json_string_begins(key, prefix) && key.length == skipped + named + 1 &&
            memcmp(key.bytes + skipped, maker->own_name + 1, named) == 0)
            (void)json_integer(value, &balance);
    return balance;
}

/* Mostly all or half of what the identity has, which two devices cannot both spend. */
static int64_t pick_amount(struct maker *maker, int64_t balance)
{
    if (balance < 2 || random_percent(&maker->numbers, 25)) return PICK(maker, amounts);
    return random_percent(&maker->numbers, 60) ? balance : balance / 2;
}

static void wish_money(struct maker *maker, struct wish *wish, struct frame_span storage)
{
    static const char *const earning[] = {"bridge.deposit", "bridge.deposit", "wallet.mintFrame"};
    static const char *const spending[] = {"wallet.send", "wallet.send", "wallet.send",
                                           "bridge.withdraw", "wallet.burnFrame"};
    int64_t balance = own_balance(maker, storage), amount = pick_amount(maker, balance);
    bool earn = random_percent(&maker->numbers, balance > 0 ? 35 : 90);
    int earned = PICK(maker, amounts);
    size_t proof = random_below(&maker->numbers, 20);
    const char *me = maker->own_name, *other = PICK(maker, names);
    bool own = random_percent(&maker->numbers, 60);
    wish->action = earn ? PICK(maker, earning) : PICK(maker, spending);
    if (strcmp(wish->action, "bridge.deposit") == 0)
        WRITE(wish, "{\"amount\":%d,\"proof\":{\"tx\":%zu},\"target\":%s}", earned, proof, me);
    else if (strcmp(wish->action, "wallet.mintFrame") == 0)
        WRITE(wish, "{\"amount\":%d,\"target\":%s}", earned, me);
    else if (strcmp(wish->action, "bridge.withdraw") == 0)
        WRITE(wish, "{\"amount\":%" PRId64 ",\"destination\":%s}", amount, other);
    else if (strcmp(wish->action, "wallet.send") == 0)
        WRITE(wish, "{\"amount\":%" PRId64 ",\"recipient\":%s}", amount, other);
    else
        WRITE(wish, "{\"amount\":%" PRId64 ",\"target\":%s}", amount, own ? me : other);
}

static void wish_escrow(struct maker *maker, struct wish *wish, struct frame_span storage)
{
    struct frame_span id = pick_key(maker, storage, "escrow:");
    int64_t amount = pick_amount(maker, own_balance(maker, storage));
    const char *recipient = PICK(maker, names), *reservation = PICK(maker, names);
    if (id.length == 0 || random_percent(&maker->numbers, 40)) {
        wish->action = "escrow.lock";
        WRITE(wish, "{\"amount\":%" PRId64 ",\"recipient\":%s,\"reservationId\":%s}", amount,
              recipient, reservation);
    } else {
        wish->action = random_percent(&maker->numbers, 50) ? "escrow.release" : "escrow.refund";
        WRITE(wish, "{\"reservationId\":\"%.*s\"}", (int)id.length, (const char *)id.bytes);
    }
}

static void wish_note(struct maker *maker, struct wish *wish, struct frame_span storage)
{
    struct frame_span id = pick_key(maker, storage, "notes:");
    size_t text = random_below(&maker->numbers, 4);
    if (id.length == 0 || random_percent(&maker->numbers, 30)) {
        wish->action = "notes.create";
        WRITE(wish, "{\"text\":\"t%zu\"}", text);
    } else if (random_percent(&maker->numbers, 50)) {
        wish->action = "notes.update";
        WRITE(wish, "{\"id\":\"%.*s\",\"text\":\"t%zu\"}", (int)id.length, (const char *)id.bytes,
              text);
    } else {
        wish->action = "notes.delete";
        WRITE(wish, "{\"id\":\"%.*s\"}", (int)id.length, (const char *)id.bytes);
    }
}

/* Things whose result tells how much there is: changed, where others did the same. */
static void wish_count(struct maker *maker, struct wish *wish)
{
    static const char *const actions[] = {"wallet.balance", "contacts.read", "contacts.import",
                                          "messages.send",  "messages.list", "display.timerTick"};
    const char *one = PICK(maker, names), *two = PICK(maker, names);
    size_t name = random_below(&maker->numbers, 3);
    wish->action = PICK(maker, actions);
    if (strcmp(wish->action, "contacts.import") == 0)
        WRITE(wish, "{\"contacts\":[{\"id\":%s,\"name\":\"n%zu\"},{\"id\":%s,\"name\":\"\"}]}", one,
              name, two);
    else if (strcmp(wish->action, "messages.send") == 0)
        WRITE(wish, "{\"body\":\"b\",\"to\":%s}", one);
    else if (strcmp(wish->action, "messages.list") == 0)
        WRITE(wish, "{\"with\":%s}", one);
    else
        WRITE(wish, "{}");
}

static void wish_fetch(struct maker *maker, struct wish *wish)
{
    const char *url = PICK(maker, names);
    wish->action = "feed.fetch";
    WRITE(wish, "{\"url\":%s}", url);
    if (random_percent(&maker->numbers, 80))
        (void)snprintf(wish->responses, sizeof wish->responses,
                       "[{\"body\":\"b%zu\",\"status\":200,\"url\":%s}]",
                       random_below(&maker->numbers, 3), url);
}

static void wish_plain(struct maker *maker, struct wish *wish, struct frame_span storage)
{
    wish->responses[0] = '\0';
    size_t kind = random_below(&maker->numbers, 20);
    if (kind < 9)
        wish_money(maker, wish, storage);
    else if (kind < 13)
        wish_escrow(maker, wish, storage);
    else if (kind < 16)
        wish_note(maker, wish, storage);
    else
        wish_count(maker, wish);
}

static void wish_composite(struct maker *maker, struct wish *wish, struct frame_span storage)
{
    struct wish steps[3];
    size_t count = 2 + random_below(&maker->numbers, 2), length = 0;
    wish->action = "composite";
    for (size_t i = 0; i < count; i++) {
        wish_plain(maker, &steps[i], storage);
        length +=
            (size_t)snprintf(wish->payload + length, sizeof wish->payload - length,
                             "%s{\"action\":\"%s\",\"payload\":%s}", i == 0 ? "{\"steps\":[" : ",",
                             steps[i].action, steps[i].payload);
    }
    (void)snprintf(wish->payload + length, sizeof wish->payload - length, "]}");
}

static void wish_anything(struct maker *maker, struct wish *wish, struct frame_span storage)
{
    size_t kind = random_below(&maker->numbers, 20);
    wish->responses[0] = '\0';
    if (maker->feud) {
        wish_money(maker, wish, storage);
    } else if (kind < 2) {
        wish_composite(maker, wish, storage);
    } else if (kind < 3) {
        wish_fetch(maker, wish);
    } else if (kind < 4) {
        static const char *const actions[] = {"wallet.send", "notes.update", "escrow.lock"};
        wish->action = PICK(maker, actions);
        WRITE(wish, "{\"amount\":0}"); /* bad_payload for each */
    } else {
        wish_plain(maker, wish, storage);
    }
}

/* ---- Devices --------------------------------------------------------------------------------- */

static struct frame_span span_of(const char *text)
{
    return (struct frame_span){.bytes = (const uint8_t *)text, .length = strlen(text)};
}

/* A device's name; now and then that of a routed intent, of which there are so few that several devices
   execute the same (§ 18). */
static void write_origin(struct maker *maker, char *origin, size_t size, size_t device)
{
    if (random_percent(&maker->routes, maker->route_percent))
        (void)snprintf(origin, size, "%032zx%032zx", device + 1, random_below(&maker->routes, 6));
    else
        (void)snprintf(origin, size, "device%zu", device);
}

static void act(struct maker *maker, size_t device)
{
    struct random_chain *chain = maker->chain;
    bool *held = chain->held[device];
    const struct model_fold *fold;
    while ((fold = model_fold_of(chain->model, held))->head_count > 1 &&
           model_count(chain->model) < maker->receipts_max)
        held[model_make_merge(chain->model, &chain->secret, held)] = true;
    if (model_count(chain->model) >= maker->receipts_max) return;

    struct wish wish;
    char origin[FRAME_ORIGIN_BYTES_MAX + 1];
    wish_anything(maker, &wish, fold->storage);
    write_origin(maker, origin, sizeof origin, device);
    int64_t clock_s = maker->now_s - maker->behind_s[device];
    struct model_intent intent = {.action = wish.action,
                                  .payload = span_of(wish.payload),
                                  .network_responses = span_of(wish.responses),
                                  .origin = origin,
                                  .raw = "r\n",
                                  .clock_s = clock_s > 0 ? clock_s : 0};
    held[model_make(chain->model, &chain->secret, held, &intent)] = true;
}

/* Takes over all that another device holds, or the closure of some of it. */
static void pull(struct maker *maker, size_t device, size_t from)
{
    const struct random_chain *chain = maker->chain;
    size_t count = model_count(chain->model);
    bool all = random_percent(&maker->numbers, 70);
    for (size_t i = 0; i < count; i++)
        if (chain->held[from][i] && (all || random_percent(&maker->numbers, 20)))
            chain->held[device][i] = true;
    (void)model_close(chain->model, chain->held[device]);
}

/* Forgets everything and stands on a few receipts, wherever they lie: what § 10 allows, and no
   honest device does. */
static void jump(struct maker *maker, size_t device)
{
    const struct random_chain *chain = maker->chain;
    size_t count = model_count(chain->model), picks = 1 + random_below(&maker->numbers, 3);
    memset(chain->held[device], 0, count * sizeof *chain->held[device]);
    for (size_t i = 0; i < picks && count > 0; i++)
        chain->held[device][random_below(&maker->numbers, count)] = true;
    (void)model_close(chain->model, chain->held[device]);
}

static void set_up(struct maker *maker, const struct random_chain_config *config,
                   const struct frame_crypto *crypto)
{
    static const struct {
        const char *id;
        const char *token;
    } identities[] = {{"alice.frame", "\"alice.frame\""},
                      {"alice.frame", "\"alice.frame\""},
                      {"10", "\"10\""},
                      {"\xc3\xa9\"\n", "\"\xc3\xa9\\\"\\n\""}};
    struct random_chain *chain = maker->chain;
    uint8_t seed[32] = {1};
    crypto->key_pair(crypto->context, &chain->secret, &chain->public_key, seed);
    size_t identity = random_below(&maker->numbers, sizeof identities / sizeof identities[0]);
    chain->identity = span_of(identities[identity].id);
    maker->own_name = identities[identity].token;
    chain->model = model_new(chain->identity, &chain->public_key, crypto);
    chain->devices = config->devices;
    for (size_t i = 0; i < chain->devices; i++) {
        static const int64_t behind_s[] = {0, 1, 3, 8, 40};
        maker->behind_s[i] = PICK(maker, behind_s);
        chain->held[i] = calloc(config->receipts + 1, sizeof *chain->held[i]);
        if (!chain->held[i]) abort();
    }
    maker->now_s = 50;
    maker->wild = random_percent(&maker->numbers, 25);
    maker->feud = random_percent(&maker->numbers, 30);
    maker->pull_percent = 2 + (unsigned)random_below(&maker->numbers, maker->feud ? 10 : 30);
    maker->step_percent = (unsigned)random_below(&maker->numbers, 100);
}

void random_chain_init(struct random_chain *chain, const struct random_chain_config *config,
                       const struct frame_crypto *crypto)
{
    struct maker maker = {.numbers = {.state = config->seed},
                          .routes = {.state = ~config->seed},
                          .chain = chain,
                          .receipts_max = config->receipts};
    memset(chain, 0, sizeof *chain);
    set_up(&maker, config, crypto);
    if (config->routes) maker.route_percent = 10 + (unsigned)random_below(&maker.routes, 50);
    /* Mostly all devices start from one beginning; sometimes each makes a first receipt itself. */
    size_t shared = random_percent(&maker.numbers, 75) ? 1 + random_below(&maker.numbers, 4) : 0;
    for (size_t i = 0; i < shared; i++)
        act(&maker, 0);
    for (size_t i = 1; shared > 0 && i < chain->devices; i++)
        memcpy(chain->held[i], chain->held[0], config->receipts * sizeof *chain->held[i]);
    while (model_count(chain->model) < config->receipts) {
        size_t device = random_below(&maker.numbers, chain->devices);
        if (random_percent(&maker.numbers, maker.step_percent)) maker.now_s++;
        if (maker.wild && random_percent(&maker.numbers, 60))
            jump(&maker, device);
        else if (random_percent(&maker.numbers, maker.pull_percent))
            pull(&maker, device, random_below(&maker.numbers, chain->devices));
        act(&maker, device);
    }
}

void random_chain_release(struct random_chain *chain)
{
    model_free(chain->model);
    for (size_t i = 0; i < chain->devices; i++)
        free(chain->held[i]);
}
