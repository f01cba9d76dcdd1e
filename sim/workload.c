// SPDX-License-Identifier: Apache-2.0
/*
 * Users who keep asking: intents of every dApp, mostly ones that make sense, asked from the tape by
 * (peer, how-manieth). What exists (a note, a reservation) is guessed or remembered from this peer's own
 * results, so that some of it is there, and some of it was meanwhile used up by another instance.
 */
#include "sim/world_internal.h"

#include <stdio.h>
#include <string.h>

#include "core/json.h"

enum {
    TOKEN_BYTES_MAX = 6 * FRAME_IDENTITY_BYTES_MAX + 2,
    STEP_BYTES_MAX = 2 * TOKEN_BYTES_MAX + 200,
    COMPOSITE_BYTES_MAX = 4 * (STEP_BYTES_MAX + 100),
    PAYLOAD_BYTES_MAX = FRAME_PAYLOAD_BYTES_MAX + 64
};
_Static_assert((int)COMPOSITE_BYTES_MAX <= (int)PAYLOAD_BYTES_MAX, "one buffer for all");

struct asker {
    struct world *world;
    struct peer *peer;
    uint64_t nth;
    bool careless;
    char prefix[8]; /* of part names: steps of a composite ask under names of their own */
};

/* ---- Choices ---- */

static uint64_t choose(const struct asker *asker, const char *part, uint64_t bound)
{
    char name[40];
    (void)snprintf(name, sizeof name, "%s%s", asker->prefix, part);
    struct tape_identity identity;
    tape_identity(&identity, "work", asker->peer->name, name, asker->nth);
    return tape_choose(asker->world->tape, &identity, bound);
}

/* A JSON string, with its quotes. */
struct token {
    char text[TOKEN_BYTES_MAX + 1];
};

static struct token quoted(const char *text)
{
    struct token token;
    const size_t length =
        json_string_encode((uint8_t *)token.text, (const uint8_t *)text, strlen(text));
    token.text[length] = '\0';
    return token;
}

static struct token myself(const struct asker *asker)
{
    return quoted(asker->peer->identity);
}

static struct token someone(const struct asker *asker)
{
    static const char *const names[] = {"bob", "bo", "dave"}; /* one begins another */
    const uint64_t who = choose(asker, "who", 5);
    return who < 3 ? quoted(names[who]) : myself(asker);
}

/* What this user has, as far as its peer knows. */
static int64_t balance(const struct asker *asker)
{
    char key[sizeof "wallet:balance:" + FRAME_IDENTITY_BYTES_MAX];
    struct frame_span value;
    int64_t balance = 0;
    if (asker->peer->instance == NULL) return 0;
    const int length = snprintf(key, sizeof key, "wallet:balance:%s", asker->peer->identity);
    const struct frame_chain *chain = asker->world->driver->chain(asker->peer->instance);
    const struct frame_span name = {(const uint8_t *)key, (size_t)length};
    return frame_chain_storage(chain, &value, name) && json_integer(value, &balance) ? balance : 0;
}

/* A careless amount is more than anybody has, one more than there is, or no amount. */
static long long amount(const struct asker *asker, uint64_t most)
{
    if (!asker->careless) return 1 + (long long)choose(asker, "amount", most);
    switch (choose(asker, "careless_amount", 3)) {
    case 0: return FRAME_INTEGER_MAX;
    case 1: return balance(asker) + 1;
    default: return 0;
    }
}

/* ---- Payloads: one function for each action ---- */

typedef int payload_maker(const struct asker *asker, char *text, size_t size);

static int make_empty(const struct asker *asker, char *text, size_t size)
{
    return snprintf(text, size, asker->careless ? "{\"extra\":null}" : "{}");
}

static int make_send(const struct asker *asker, char *text, size_t size)
{
    return snprintf(text, size, "{\"amount\":%lld,\"recipient\":%s}", amount(asker, 60),
                    someone(asker).text);
}

static int make_mint(const struct asker *asker, char *text, size_t size)
{
    return snprintf(text, size, "{\"amount\":%lld,\"target\":%s}", amount(asker, 200),
                    myself(asker).text);
}

static int make_burn(const struct asker *asker, char *text, size_t size)
{
    return snprintf(text, size, "{\"amount\":%lld,\"target\":%s}", amount(asker, 20),
                    someone(asker).text);
}

static int make_lock(const struct asker *asker, char *text, size_t size)
{
    return snprintf(text, size, "{\"amount\":%lld,\"recipient\":%s,\"reservationId\":\"r%u\"}",
                    amount(asker, 30), someone(asker).text,
                    (unsigned)choose(asker, "reservation", 40));
}

static int make_settle(const struct asker *asker, char *text, size_t size)
{
    return snprintf(text, size, "{\"reservationId\":\"r%u\"}",
                    (unsigned)choose(asker, "reservation", asker->careless ? 4000 : 40));
}

static int make_deposit(const struct asker *asker, char *text, size_t size)
{
    return snprintf(text, size, "{\"amount\":%lld,\"proof\":{\"tx\":\"t%u\"},\"target\":%s}",
                    amount(asker, 100), (unsigned)choose(asker, "proof", 1000), myself(asker).text);
}

static int make_withdraw(const struct asker *asker, char *text, size_t size)
{
    return snprintf(text, size, "{\"amount\":%lld,\"destination\":\"0x%u\"}", amount(asker, 30),
                    (unsigned)choose(asker, "destination", 100));
}

/* As deep as an inputPayload may be (§ 3), or a container deeper; two are around it. */
static int make_deep_note(const struct asker *asker, char *text, size_t size)
{
    char open[FRAME_PAYLOAD_DEPTH_MAX + 1] = "";
    char close[FRAME_PAYLOAD_DEPTH_MAX + 1] = "";
    const size_t depth = FRAME_PAYLOAD_DEPTH_MAX - 2 + (size_t)choose(asker, "deeper", 2);
    memset(open, '[', depth);
    memset(close, ']', depth);
    return snprintf(text, size, "{\"text\":%s%s}", open, close);
}

static int make_note(const struct asker *asker, char *text, size_t size)
{
    if (asker->careless && choose(asker, "deep", 4) == 3) return make_deep_note(asker, text, size);
    if (asker->careless) return snprintf(text, size, "{\"text\":7}");
    return snprintf(text, size, "{\"text\":\"note %u \xc3\xa9\"}",
                    (unsigned)choose(asker, "text", 10000));
}

/* The id in a result {"id":"…","ok":true} of one of the last notes.create of this peer; else one that is not
   there. */
static void note_id(const struct asker *asker, char id[17])
{
    const struct peer *peer = asker->peer;
    (void)snprintf(id, 17, "%016u", 0u);
    const size_t known = peer->note_count < NOTES_REMEMBERED ? peer->note_count : NOTES_REMEMBERED;
    if (known == 0 || asker->careless) return;
    const size_t number = peer->notes[choose(asker, "note", known)];
    const char *result = asker->world->intents[number].result;
    if (strlen(result) >= 7 + 16) memcpy(id, result + 7, 16);
}

static int make_update(const struct asker *asker, char *text, size_t size)
{
    char id[17];
    note_id(asker, id);
    return snprintf(text, size, "{\"id\":\"%s\",\"text\":\"again %u\"}", id,
                    (unsigned)choose(asker, "text", 10000));
}

static int make_delete(const struct asker *asker, char *text, size_t size)
{
    char id[17];
    note_id(asker, id);
    return snprintf(text, size, "{\"id\":\"%s\"}", id);
}

static int make_contacts(const struct asker *asker, char *text, size_t size)
{
    if (asker->careless) return snprintf(text, size, "{\"contacts\":[]}");
    const unsigned first = (unsigned)choose(asker, "contact", 30);
    return snprintf(
        text, size,
        "{\"contacts\":[{\"id\":\"c%u\",\"name\":\"N%u\"},{\"id\":\"c%u\",\"name\":\"\"}]}", first,
        (unsigned)choose(asker, "name", 100), first + 1);
}

static int make_message(const struct asker *asker, char *text, size_t size)
{
    return snprintf(text, size, "{\"body\":\"hello %u\",\"to\":%s}",
                    (unsigned)choose(asker, "text", 10000),
                    asker->careless ? "\"\"" : someone(asker).text);
}

static int make_list(const struct asker *asker, char *text, size_t size)
{
    return snprintf(text, size, "{\"with\":%s}", asker->careless ? "\"\"" : someone(asker).text);
}

static int make_fetch(const struct asker *asker, char *text, size_t size)
{
    return snprintf(text, size, "{\"url\":\"https://feed.example/%u\"}",
                    (unsigned)choose(asker, "url", 10));
}

/* ---- Actions ---- */

struct action {
    const char *name;
    payload_maker *make;
    uint32_t weight; /* in the usual mix */
    bool step;       /* may be a step of a composite */
};

static const struct action actions[] = {
    {"wallet.balance", make_empty, 2, true},
    {"wallet.send", make_send, 12, true},
    {"wallet.mintFrame", make_mint, 6, true},
    {"wallet.burnFrame", make_burn, 2, true},
    {"escrow.lock", make_lock, 4, true},
    {"escrow.release", make_settle, 2, true},
    {"escrow.refund", make_settle, 2, true},
    {"bridge.deposit", make_deposit, 3, true},
    {"bridge.withdraw", make_withdraw, 2, true},
    {"notes.create", make_note, 4, true},
    {"notes.update", make_update, 3, true},
    {"notes.delete", make_delete, 1, true},
    {"contacts.import", make_contacts, 2, true},
    {"contacts.read", make_empty, 1, true},
    {"messages.send", make_message, 4, true},
    {"messages.list", make_list, 1, true},
    {"display.timerTick", make_empty, 2, true},
    {"feed.fetch", make_fetch, 2, false},
    {"composite", NULL, 3, false},
};
enum { ACTIONS = sizeof actions / sizeof *actions, STEP_ACTIONS = ACTIONS - 2 };

struct mix {
    size_t action;
    uint32_t weight;
};

static const struct action pasted_into = {"notes.update", make_update, 0, false};

static int make_composite(const struct asker *asker, char *text, size_t size)
{
    size_t length = (size_t)snprintf(text, size, "{\"steps\":[");
    const uint64_t steps = 2 + choose(asker, "steps", 3);
    for (uint64_t i = 0; i < steps; i++) {
        struct asker step = *asker;
        (void)snprintf(step.prefix, sizeof step.prefix, "step%u_", (unsigned)i);
        step.careless = asker->careless && i + 1 == steps;
        const struct action *action = &actions[choose(&step, "action", STEP_ACTIONS)];
        char payload[STEP_BYTES_MAX];
        (void)action->make(&step, payload, sizeof payload);
        length +=
            (size_t)snprintf(text + length, size - length, "%s{\"action\":\"%s\",\"payload\":%s}",
                             i == 0 ? "" : ",", action->name, payload);
    }
    return (int)length + snprintf(text + length, size - length, "]}");
}

/* The sealed response of the network: for the right URL unless careless. */
static void make_responses(const struct asker *asker, char *text, size_t size, const char *payload)
{
    const char *url = payload + strlen("{\"url\":");
    int length = (int)strlen(url) - 1;
    if (asker->careless) {
        url = "\"https://elsewhere.example/\"";
        length = (int)strlen(url);
    }
    (void)snprintf(text, size, "[{\"body\":\"item %u\",\"status\":200,\"url\":%.*s}]",
                   (unsigned)choose(asker, "body", 1000), length, url);
}

/* ---- Asking ---- */

static size_t draw_action(const struct asker *asker, const struct work *work)
{
    uint64_t at = choose(asker, "action", work->weight);
    for (size_t i = 0; i < work->mix_count; i++) {
        if (at < work->mix[i].weight) return work->mix[i].action;
        at -= work->mix[i].weight;
    }
    return work->mix[0].action;
}

/* The payload, once the site has fired; there is no such note, so that it stays out of the state, each of whose roots would
   have to hash it. */
static void paste(struct world *world, int peer, char text[PAYLOAD_BYTES_MAX])
{
    /* twenty of the long ones make a page too heavy (§ 12); the last is no payload any more (§ 3) */
    static const size_t lengths[] = {1024, 16384, 60000, 60000, FRAME_PAYLOAD_BYTES_MAX};
    const size_t length =
        lengths[site_choose(world, SITE_PASTE, peer, sizeof lengths / sizeof *lengths)];
    const size_t before =
        (size_t)snprintf(text, PAYLOAD_BYTES_MAX, "{\"id\":\"%016u\",\"text\":\"", 0U);
    memset(text + before, 'x', length);
    (void)snprintf(text + before + length, PAYLOAD_BYTES_MAX - before - length, "\"}");
}

static void ask(struct world *world, int peer, const struct work *work)
{
    struct peer *self = world->peers[peer];
    struct asker asker = {.world = world, .peer = self, .nth = self->worked++};
    struct tape_identity identity;
    tape_identity(&identity, "careless", self->name, NULL, asker.nth);
    asker.careless = tape_chance(world->tape, &identity, work->careless_ppm, PPM);

    const bool pastes = site_fires(world, SITE_PASTE, peer);
    const struct action *action = pastes ? &pasted_into : &actions[draw_action(&asker, work)];
    char payload[PAYLOAD_BYTES_MAX];
    char responses[256] = "";
    char raw[FRAME_RAW_BYTES_MAX + 1] = "";
    memset(raw, 'x', work->raw_bytes);
    payload_maker *make = action->make != NULL ? action->make : make_composite;
    if (pastes)
        paste(world, peer, payload);
    else
        (void)make(&asker, payload, sizeof payload);
    if (make == make_fetch) make_responses(&asker, responses, sizeof responses, payload);
    struct world_intent intent = {.action = action->name,
                                  .payload = payload,
                                  .raw = work->raw_bytes > 0 ? raw : action->name,
                                  .network_responses = responses};
    if (self->options.discovery) { /* one in four is for others to execute (§ 18) */
        tape_identity(&identity, "routed", self->name, NULL, asker.nth);
        intent.routed = tape_chance(world->tape, &identity, PPM / 4, PPM);
    }
    (void)world_intent(world, peer, &intent);
    if (site_fires(world, SITE_DOUBLE_CLICK, peer)) (void)world_intent(world, peer, &intent);
}

static void schedule_next(struct world *world, int peer, size_t number)
{
    const struct work *work = &world->works[number];
    struct tape_identity identity;
    tape_identity(&identity, "pause", world->peers[peer]->name, NULL, world->peers[peer]->pauses++);
    uint64_t pause_us =
        work->interval_us / 2 + tape_choose(world->tape, &identity, work->interval_us + 1);
    if (site_fires(world, SITE_HASTE, peer)) pause_us = 0;
    world_schedule(world, EVENT_WORK, peer, world->now_us + pause_us, number, NULL);
}

void world_work(struct world *world, int peer, size_t number)
{
    struct work *work = &world->works[number];
    if (work->stopped) return;
    ask(world, peer, work);
    work = &world->works[number];
    if (work->left[peer] != UINT64_MAX && --work->left[peer] == 0) return;
    schedule_next(world, peer, number);
}

/* ---- Setting up ---- */

size_t world_action_count(void)
{
    return ACTIONS;
}

const char *world_action_name(size_t i)
{
    FRAME_ASSERT(i < ACTIONS);
    return actions[i].name;
}

void world_workload_init(struct world_workload *workload)
{
    *workload = (struct world_workload){.interval_us = WORLD_SECOND, .careless_ppm = 50000};
}

static bool find_action(size_t *number, const char *name)
{
    for (size_t i = 0; i < ACTIONS; i++) {
        if (strcmp(actions[i].name, name) != 0) continue;
        *number = i;
        return true;
    }
    return false;
}

/* False where an action has no name here, or nothing has any weight. */
static bool set_mix(struct world *world, struct work *work, const struct world_workload *workload)
{
    work->mix_count = workload->mix != NULL ? workload->mix_count : ACTIONS;
    if (work->mix_count == 0) return false;
    work->mix = world_take(world, work->mix_count * sizeof *work->mix);
    for (size_t i = 0; i < work->mix_count; i++) {
        struct mix *entry = &work->mix[i];
        entry->action = i;
        entry->weight = workload->mix != NULL ? workload->mix[i].weight : actions[i].weight;
        if (workload->mix != NULL && !find_action(&entry->action, workload->mix[i].action))
            return false;
        work->weight += entry->weight;
    }
    return work->weight > 0;
}

bool world_workload(struct world *world, const struct world_workload *workload)
{
    if (workload->count == 0 && workload->interval_us == 0) return false; /* time would not pass */
    struct work work = {.interval_us = workload->interval_us,
                        .careless_ppm = workload->careless_ppm,
                        .raw_bytes = workload->raw_bytes};
    if (!set_mix(world, &work, workload)) return false;
    work.left = world_take(world, WORLD_PEERS_MAX * sizeof *work.left);
    memset(work.left, 0, WORLD_PEERS_MAX * sizeof *work.left);
    void *works = world->works;
    world_reserve(world, &works, &world->work_capacity, world->work_count + 1,
                  sizeof *world->works);
    world->works = works;
    const size_t number = world->work_count++;
    world->works[number] = work;
    const size_t count = workload->peers != NULL ? workload->peer_count : (size_t)world->peer_count;
    for (size_t i = 0; i < count; i++) {
        const int peer = workload->peers != NULL ? workload->peers[i] : (int)i;
        if (world_peer(world, peer)->options.adversary) continue;
        work.left[peer] = workload->count > 0 ? workload->count : UINT64_MAX;
        schedule_next(world, peer, number);
    }
    return true;
}

void world_workload_stop(struct world *world)
{
    for (size_t i = 0; i < world->work_count; i++)
        world->works[i].stopped = true;
}

uint64_t world_workload_left(const struct world *world)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < world->work_count; i++) {
        if (world->works[i].stopped) continue;
        for (int j = 0; j < world->peer_count; j++) {
            if (world->works[i].left[j] == UINT64_MAX) return UINT64_MAX;
            sum += world->works[i].left[j];
        }
    }
    return sum;
}
