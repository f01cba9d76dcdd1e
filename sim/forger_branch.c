// SPDX-License-Identifier: Apache-2.0
/* What an adversary as peer attests: an honest attestation once more, or a branch of its own. */
#include "sim/forger_internal.h"

#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/message.h"

/* ---- Making receipts ---- */

/* A note of the adversary's, or in the victim's own name; `which` tells apart several of one moment, and the kind those of
   other forgeries, as which they are booked. */
static enum frame_status execute_note(struct workshop *shop, struct frame_chain *chain,
                                      const struct frame_secret_key *secret, unsigned which)
{
    struct frame_executed executed;
    char origin[33];
    char payload[256];
    const bool twin = composed_with(shop, "twin_origin");
    const struct peer *named = world_peer(shop->world, twin ? shop->victim : shop->source);
    const struct peer *victim = world_peer(shop->world, shop->victim);
    frame_hex_encode(origin, named->key.bytes, 16);
    origin[32] = '\0';
    (void)snprintf(payload, sizeof payload, "{\"text\":\"%u of %s for %s at %llu\"}", which,
                   shop->recipe->public.name, victim->name,
                   (unsigned long long)shop->world->now_us);
    const struct frame_intent intent = {.action = span_of("notes.create"),
                                        .payload = span_of(payload),
                                        .raw = span_of("forged"),
                                        .origin = span_of(origin)};
    const int64_t later_s = composed_with(shop, "far_future") ? INT64_C(3153600000) : 0;
    return frame_chain_execute(chain, &executed, secret, &intent,
                               peer_clock_s(shop->world, victim) + later_s);
}

bool foreign_receipt(struct workshop *shop, struct buffer *receipt)
{
    const struct frame_chain_config config = {.crypto = shop->crypto,
                                              .allocator = shop->allocator,
                                              .mode = FRAME_MODE_FULL,
                                              .identity = span_of("mallory"),
                                              .public_key = &shop->own_key};
    struct frame_chain *chain = NULL;
    if (frame_chain_new(&chain, &config) != FRAME_OK) return false;
    const bool made = execute_note(shop, chain, &shop->own_secret, 0) == FRAME_OK;
    if (made) {
        struct frame_receipt made_receipt;
        frame_chain_arrived(chain, &made_receipt, 0);
        buffer_span(receipt, made_receipt.bytes);
    }
    frame_chain_free(chain);
    return made && !receipt->failed;
}

/* ---- A branch ---- */

/* The claim that the forged receipt on top of everything the victim holds would be true to. */
static void claim_make(struct workshop *shop, struct branch_claim *claim, const struct draft *draft,
                       size_t receipt_count)
{
    const struct peer *victim = world_peer(shop->world, shop->victim);
    *claim =
        (struct branch_claim){.attestation = {.identity_key = victim->identity_key,
                                              .commitment = draft_hash(draft, FIELD_RECEIPT_HASH),
                                              .state_root = draft_hash(draft, FIELD_NEXT_ROOT),
                                              .receipt_count = (int64_t)receipt_count,
                                              .timestamp_s = peer_clock_s(shop->world, victim)},
                              .heads = {draft_hash(draft, FIELD_RECEIPT_HASH)},
                              .head_count = 1};
    if (shop->recipe->claim != NULL) shop->recipe->claim(shop, claim, draft);
}

static void attest(struct workshop *shop, struct buffer *body, const struct branch_claim *claim)
{
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    size_t length;
    frame_attestation_make(text, &length, shop->crypto, shop->stolen, &claim->attestation);
    message_attest(body, (struct frame_span){text, length}, claim->heads, claim->head_count);
    FRAME_ASSERT(!body->failed);
}

static bool forge_last(struct workshop *shop, struct forged_plan *plan, struct frame_span receipt,
                       size_t receipt_count)
{
    struct draft draft;
    struct buffer text;
    buffer_init(&text, &shop->allocator);
    const bool made = forge_draft(shop, &draft, receipt) && forge_text(shop, &text, &draft);
    if (made) {
        struct branch_claim claim;
        page_list_add(&plan->list, buffer_view(&text));
        plan->made = draft_hash(&draft, FIELD_RECEIPT_HASH);
        claim_make(shop, &claim, &draft, receipt_count);
        attest(shop, &plan->attest, &claim);
    }
    buffer_free(&text);
    draft_release(&draft);
    return made;
}

/* An empty one of the victim's identity. */
static bool empty_chain(struct workshop *shop, struct frame_chain **chain)
{
    const struct peer *victim = world_peer(shop->world, shop->victim);
    const struct frame_chain_config config = {.crypto = shop->crypto,
                                              .allocator = shop->allocator,
                                              .mode = FRAME_MODE_FULL,
                                              .identity = span_of(victim->identity),
                                              .public_key = &victim->identity_key,
                                              .dapps = shop->world->config.dapps};
    return frame_chain_new(chain, &config) == FRAME_OK;
}

/* The victim's chain as the thief has it, or (a fork at genesis) an empty one. */
static bool thief_chain(struct workshop *shop, struct frame_chain **chain)
{
    struct frame_fault fault;
    if (composed_with(shop, "at_genesis")) return empty_chain(shop, chain);
    return world_rebuild_chain(chain, &fault, shop->world, shop->victim) == FRAME_OK;
}

/* Adds a note made on top of another chain, which is let go of. */
static bool take_note(struct workshop *shop, struct frame_chain *chain, struct frame_chain *other,
                      unsigned which)
{
    struct frame_fault fault;
    struct frame_receipt note;
    struct buffer array;
    buffer_init(&array, &shop->allocator);
    bool made = execute_note(shop, other, shop->stolen, which) == FRAME_OK;
    if (made) {
        frame_chain_arrived(other, &note, frame_chain_count(other) - 1);
        buffer_text(&array, "[");
        buffer_span(&array, note.bytes);
        buffer_text(&array, "]");
        made = !array.failed &&
               chain_accept(chain, &shop->allocator, buffer_view(&array), &fault) == FRAME_OK;
    }
    buffer_free(&array);
    frame_chain_free(other);
    return made;
}

/* What the last one is to stand on, where that is not there: it has a parent, even in an empty chain, and a merge of too
   many has heads enough. */
static bool make_ground(struct workshop *shop, struct frame_chain *chain)
{
    enum { FIRST_NOTES = 2 };
    size_t merges;
    if (composed_with(shop, "too_many_heads")) {
        for (unsigned i = 0; i <= FRAME_MERGE_HEADS_MAX; i++) {
            struct frame_chain *other = NULL;
            if (!empty_chain(shop, &other) || !take_note(shop, chain, other, FIRST_NOTES + i))
                return false;
        }
        return frame_chain_merge_heads(chain, &merges, shop->stolen, 1) == FRAME_OK;
    }
    return frame_chain_count(chain) > 0 || composed_with(shop, "at_genesis") ||
           execute_note(shop, chain, shop->stolen, FIRST_NOTES) == FRAME_OK;
}

/* The receipt that is to be forged, as it should be, at the end of the chain; a merge is one of two notes. */
static bool make_last(struct workshop *shop, struct frame_chain *chain)
{
    struct frame_chain *other = NULL;
    size_t merges;
    if (!make_ground(shop, chain) || execute_note(shop, chain, shop->stolen, 0) != FRAME_OK)
        return false;
    if (shop->recipe->public.composition.subject != FORGED_MERGE) return true;
    const bool many = composed_with(shop, "too_many_heads"); /* then all there was is merged */
    return (many ? empty_chain(shop, &other) : thief_chain(shop, &other)) &&
           take_note(shop, chain, other, 1) &&
           frame_chain_merge_heads(chain, &merges, shop->stolen, 1) == FRAME_OK && merges == 1;
}

/* What the forged one stands on: merge receipts, which everybody would make who holds those heads; and notes of the
   thief's. */
static void serve_before(struct workshop *shop, struct forged_plan *plan,
                         const struct frame_receipt *receipt)
{
    const bool merge = span_is(receipt->dapp, "federation");
    if (!merge || shop->recipe->public.fate == FORGERY_JOINED) shop_book(shop, receipt->bytes);
    page_list_add(&plan->list, receipt->bytes);
}

bool plan_branch(struct workshop *shop, struct forged_plan *plan)
{
    struct frame_chain *chain = NULL;
    if (!thief_chain(shop, &chain)) return false;
    const size_t held = frame_chain_count(chain);
    shop->base = chain;
    bool made = make_last(shop, chain);
    const size_t count = frame_chain_count(chain);
    for (size_t arrival = held; made && arrival < count; arrival++) {
        struct frame_receipt receipt;
        frame_chain_arrived(chain, &receipt, arrival);
        if (arrival + 1 < count)
            serve_before(shop, plan, &receipt);
        else
            made =
                forge_last(shop, plan, receipt.bytes, count) && compose_attest(shop, &plan->attest);
    }
    frame_chain_free(chain);
    shop->base = NULL;
    return made;
}

bool plan_present(struct workshop *shop, struct forged_plan *plan)
{
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    size_t length;
    struct frame_summary summary;
    const struct peer *victim = world_peer(shop->world, shop->victim);
    frame_chain_summary(world_peer_chain(shop->world, shop->victim), &summary);
    if (summary.receipts == 0 || summary.head_count > FRAME_ATTEST_HEADS_MAX) return false;
    struct frame_attestation values = {.identity_key = victim->identity_key,
                                       .commitment = summary.commitment,
                                       .state_root = summary.state_root,
                                       .receipt_count = (int64_t)summary.receipts,
                                       .timestamp_s = peer_clock_s(shop->world, victim)};
    values.state_root.bytes[sizeof values.state_root.bytes - 1] ^= 1;
    frame_attestation_make(text, &length, shop->crypto, shop->stolen, &values);
    message_attest(&plan->attest, (struct frame_span){text, length}, summary.heads,
                   summary.head_count);
    FRAME_ASSERT(!plan->attest.failed);
    return true;
}

/* ---- A relay ---- */

/* Has it never spoken another version? Its last word may be one of those. */
static bool ours_alone(const struct peer *peer)
{
    return (peer->spoken & ~(UINT32_C(1) << WORLD_VERSION_OURS)) == 0;
}

bool honest_attest(const struct workshop *shop, struct buffer *body)
{
    const struct world *world = shop->world;
    const char *identity = world_peer(world, shop->victim)->identity;
    for (int i = 0; i < world->peer_count; i++) {
        const struct attest_seen *seen = &world->peers[i]->attest;
        if (i == shop->victim || seen->length == 0 || !ours_alone(world->peers[i])) continue;
        if (strcmp(world->peers[i]->identity, identity) != 0) continue;
        buffer_append(body, seen->body, seen->length);
        return true;
    }
    return false;
}

/* Does this body attest a head that the victim lacks? */
static bool news(const struct workshop *shop, const struct attest_seen *attest)
{
    const struct frame_span body = {attest->body, attest->length};
    struct frame_span heads;
    if (attest->length == 0 || !json_member(body, &heads, "heads")) return false;
    const size_t count = json_count(heads);
    for (size_t i = 0; i < count; i++) {
        struct frame_hash head;
        frame_hash_array_at(&head, heads, i);
        if (!shop_victim_holds(shop, &head)) return true;
    }
    return false;
}

bool plan_relay(struct workshop *shop, struct forged_plan *plan)
{
    const struct world *world = shop->world;
    const char *identity = world_peer(world, shop->victim)->identity;
    for (int i = 0; i < world->peer_count; i++) {
        const struct peer *peer = world->peers[i];
        if (i == shop->victim || peer->instance == NULL || !news(shop, &peer->attest)) continue;
        if (strcmp(peer->identity, identity) != 0) continue;
        if (peer->options.version != WORLD_VERSION_OURS) continue;
        plan->relayed = i;
        buffer_append(&plan->attest, peer->attest.body, peer->attest.length);
        FRAME_ASSERT(!plan->attest.failed);
        return true;
    }
    return false;
}
