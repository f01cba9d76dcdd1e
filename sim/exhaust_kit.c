// SPDX-License-Identifier: Apache-2.0
#include "exhaust_kit.h"

#include "model_internal.h"
#include "model_make.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* ---- Memory ---------------------------------------------------------------------------------------- */

struct exhaust_saved {
    struct frame_arena arena;
    struct exhaust_saved *older;
    size_t length;
    uint8_t bytes[];
};

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        (void)fputs("framesim: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void exhaust_region_init(struct exhaust_region *region, size_t bytes)
{
    region->memory = allocate(bytes);
    region->saved = NULL;
    frame_arena_init(&region->arena, region->memory, bytes);
}

void exhaust_region_forget(struct exhaust_region *region)
{
    struct exhaust_saved *saved = region->saved;
    region->saved = saved->older;
    free(saved);
}

void exhaust_region_clear(struct exhaust_region *region)
{
    while (region->saved != NULL)
        exhaust_region_forget(region);
    frame_arena_init(&region->arena, region->memory, region->arena.size);
}

void exhaust_region_release(struct exhaust_region *region)
{
    exhaust_region_clear(region);
    free(region->memory);
}

void exhaust_region_save(struct exhaust_region *region)
{
    struct exhaust_saved *saved = allocate(sizeof *saved + region->arena.used);
    saved->arena = region->arena;
    saved->older = region->saved;
    saved->length = region->arena.used;
    memcpy(saved->bytes, region->memory, saved->length);
    region->saved = saved;
}

void exhaust_region_restore(struct exhaust_region *region)
{
    memcpy(region->memory, region->saved->bytes, region->saved->length);
    region->arena = region->saved->arena;
}

/* ---- Keys ------------------------------------------------------------------------------------------ */

static size_t slot_of(const struct exhaust_seen *seen, struct exhaust_key key)
{
    size_t slot = (size_t)key.words[0] & (seen->capacity - 1);
    while ((seen->slots[slot].words[0] | seen->slots[slot].words[1]) != 0 &&
           memcmp(&seen->slots[slot], &key, sizeof key) != 0)
        slot = (slot + 1) & (seen->capacity - 1);
    return slot;
}

static void grow(struct exhaust_seen *seen)
{
    const struct exhaust_seen old = *seen;
    seen->capacity = old.capacity == 0 ? 1024 : 2 * old.capacity;
    seen->slots = allocate(seen->capacity * sizeof *seen->slots);
    for (size_t i = 0; i < old.capacity; i++) {
        if ((old.slots[i].words[0] | old.slots[i].words[1]) != 0)
            seen->slots[slot_of(seen, old.slots[i])] = old.slots[i];
    }
    free(old.slots);
}

bool exhaust_seen_add(struct exhaust_seen *seen, struct exhaust_key key)
{
    if (2 * (seen->count + 1) > seen->capacity) grow(seen);
    struct exhaust_key *slot = &seen->slots[slot_of(seen, key)];
    if (memcmp(slot, &key, sizeof key) == 0) return false;
    *slot = key;
    seen->count++;
    return true;
}

void exhaust_seen_release(struct exhaust_seen *seen)
{
    free(seen->slots);
    memset(seen, 0, sizeof *seen);
}

void exhaust_key_add(struct exhaust_key *key, const void *bytes, size_t length)
{
    const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes, length, key->words[0]);
    key->words[0] = hash.low64 ^ (key->words[1] << 1 | key->words[1] >> 63);
    key->words[1] = hash.high64 | 1;
}

/* ---- Histories ------------------------------------------------------------------------------------- */

enum { ACTS = 2, CHOICES = HISTORY_DEVICES * ACTS * 2 * 2 };
static const int64_t begin_s = 1700000000;

static const struct {
    const char *letter;
    const char *action;
    const char *payload;
} acts[ACTS] = {
    {"+", "wallet.mintFrame", "{\"amount\":60,\"target\":\"alice\"}"},
    {"-", "wallet.send", "{\"amount\":50,\"recipient\":\"bob\"}"},
};

static void history_take_over(struct exhaust_history *history, size_t device)
{
    for (size_t other = 0; other < HISTORY_DEVICES; other++) {
        for (size_t i = 0; i < history->count; i++)
            history->held[device][i] = history->held[device][i] || history->held[other][i];
    }
}

static bool history_add(struct exhaust_history *history, size_t device, size_t index,
                        size_t receipts_max)
{
    if (index >= receipts_max) return false;
    history->count = model_count(history->model);
    history->held[device][index] = true;
    return true;
}

/* § 9: a device merges its heads before it acts. */
static bool history_act(struct exhaust *exhaust, struct exhaust_history *history, size_t device,
                        size_t act, int64_t clock_s, size_t receipts_max)
{
    static const char *const origins[HISTORY_DEVICES] = {"a", "b", "c"};
    struct model *model = history->model;
    const bool *held = history->held[device];
    for (;;) {
        const struct model_fold *fold = model_fold_of(model, held);
        if (fold == NULL) return false;
        if (fold->head_count < 2) break;
        if (!history_add(history, device, model_make_merge(model, &exhaust->secret, held),
                         receipts_max))
            return false;
    }
    const struct model_intent intent = {
        .action = acts[act].action,
        .payload = {(const uint8_t *)acts[act].payload, strlen(acts[act].payload)},
        .origin = origins[device],
        .raw = "",
        .clock_s = clock_s};
    return history_add(history, device, model_make(model, &exhaust->secret, held, &intent),
                       receipts_max);
}

/* False where it gets too long. */
static bool history_make(struct exhaust *exhaust, struct exhaust_history *history,
                         const unsigned *choices, size_t intents, size_t receipts_max)
{
    int64_t clock_s = begin_s;
    size_t length = 0;
    memset(history, 0, sizeof *history);
    history->model = model_new(exhaust->identity, &exhaust->key, exhaust->crypto);
    for (size_t i = 0; i < intents; i++) {
        const size_t device = choices[i] % HISTORY_DEVICES;
        const size_t act = choices[i] / HISTORY_DEVICES % ACTS;
        const bool later = choices[i] / (HISTORY_DEVICES * ACTS) % 2 != 0;
        const bool informed = choices[i] / (HISTORY_DEVICES * ACTS * 2) % 2 != 0;
        if (later) clock_s++;
        length += (size_t)snprintf(history->name + length, sizeof history->name - length,
                                   "%s%s%c%s", later ? " ." : " ", informed ? "<" : "",
                                   (char)('a' + device), acts[act].letter);
        if (informed) history_take_over(history, device);
        if (!history_act(exhaust, history, device, act, clock_s, receipts_max)) return false;
    }
    return true;
}

/* The key of the set of its receipts: their sum, whatever their order. */
static struct exhaust_key history_key(const struct exhaust_history *history)
{
    struct exhaust_key sum = {{0, 1}};
    for (size_t i = 0; i < history->count; i++) {
        struct exhaust_key key = {{0, 0}};
        const struct frame_hash *hash = &model_at(history->model, i)->hash;
        exhaust_key_add(&key, hash->bytes, sizeof hash->bytes);
        sum.words[0] += key.words[0];
        sum.words[1] += 2 * key.words[1];
    }
    return sum;
}

void exhaust_histories(struct exhaust *exhaust, size_t intents, size_t receipts_max,
                       void (*visit)(struct exhaust *exhaust, struct exhaust_history *history,
                                     void *context),
                       void *context)
{
    struct exhaust_seen seen = {0};
    unsigned choices[HISTORY_INTENTS_MAX] = {0};
    uint64_t ways = 1;
    for (size_t i = 1; i < intents; i++)
        ways *= CHOICES;
    for (uint64_t way = 0; way < ways && !exhaust_enough(exhaust);
         way++) { /* the first intent is a's, to earn something */
        uint64_t rest = way;
        for (size_t i = 1; i < intents; i++, rest /= CHOICES)
            choices[i] = (unsigned)(rest % CHOICES);
        struct exhaust_history history;
        exhaust_count(exhaust, "ways", 1);
        if (history_make(exhaust, &history, choices, intents, receipts_max) &&
            exhaust_seen_add(&seen, history_key(&history))) {
            exhaust_count(exhaust, "histories", 1);
            visit(exhaust, &history, context);
        }
        model_free(history.model);
    }
    exhaust_seen_release(&seen);
}

/* ---- Chains ---------------------------------------------------------------------------------------- */

struct frame_chain *exhaust_chain(struct exhaust *exhaust, struct exhaust_region *region)
{
    exhaust_region_clear(region);
    struct frame_chain *chain = NULL;
    const struct frame_chain_config config = {.crypto = exhaust->crypto,
                                              .allocator = frame_arena_allocator(&region->arena),
                                              .identity = exhaust->identity,
                                              .public_key = &exhaust->key};
    (void)exhaust_check(exhaust, frame_chain_new(&chain, &config) == FRAME_OK, "no chain");
    return chain;
}

enum frame_status exhaust_join_bytes(struct frame_chain *chain, struct frame_report *report,
                                     struct frame_fault *fault, struct exhaust_region *region,
                                     struct frame_span batch)
{
    const struct frame_allocator allocator = frame_arena_allocator(&region->arena);
    struct frame_parsed *parsed;
    struct frame_verified *verified;
    struct frame_replayed *replayed;
    enum frame_status status = frame_parse(&parsed, fault, &allocator, batch.bytes, batch.length);
    if (status != FRAME_OK) return status;
    status = frame_verify(&verified, fault, chain, parsed);
    frame_parsed_free(parsed);
    if (status != FRAME_OK) return status;
    status = frame_replay(&replayed, fault, verified);
    if (status != FRAME_OK) return status;
    status = frame_join(report, replayed);
    if (status != FRAME_OK) frame_replayed_discard(replayed);
    return status;
}

enum frame_status exhaust_join(struct frame_chain *chain, struct frame_report *report,
                               struct exhaust_region *region, const struct model *model,
                               const size_t *list, size_t count)
{
    struct model_text text = {0};
    struct frame_fault fault;
    model_text_string(&text, "[");
    for (size_t i = 0; i < count; i++) {
        const struct frame_span receipt = model_at(model, list[i])->text;
        if (i > 0) model_text_string(&text, ",");
        model_text_add(&text, receipt.bytes, receipt.length);
    }
    model_text_string(&text, "]");
    const enum frame_status status =
        exhaust_join_bytes(chain, report, &fault, region, model_text_span(&text));
    free(text.bytes);
    return status;
}
