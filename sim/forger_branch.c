// SPDX-License-Identifier: Apache-2.0
/* What an adversary as peer attests: an honest attestation once more, or a branch of its own. */
#include "sim/forger_internal.h"

#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/message.h"

/* ---- Making receipts ---- */

static struct frame_span span_of(const char *text)
{
    return (struct frame_span){(const uint8_t *)text, strlen(text)};
}

static enum frame_status execute_note(struct workshop *shop, struct frame_chain *chain,
                                      const struct frame_secret_key *secret)
{
    struct frame_executed executed;
    char origin[33];
    char payload[64];
    const struct peer *source = world_peer(shop->world, shop->source);
    frame_hex_encode(origin, source->key.bytes, 16);
    origin[32] = '\0';
    (void)snprintf(payload, sizeof payload, "{\"text\":\"forged at %llu\"}",
                   (unsigned long long)shop->world->now_us);
    const struct frame_intent intent = {.action = span_of("notes.create"),
                                        .payload = span_of(payload),
                                        .raw = span_of("forged"),
                                        .origin = span_of(origin)};
    const struct peer *victim = world_peer(shop->world, shop->victim);
    return frame_chain_execute(chain, &executed, secret, &intent,
                               peer_clock_s(shop->world, victim));
}

bool foreign_receipt(struct workshop *shop, struct buffer *receipt)
{
    const struct frame_chain_config config = {.crypto = frame_crypto_libsodium(),
                                              .allocator = shop->allocator,
                                              .mode = FRAME_MODE_FULL,
                                              .identity = span_of("mallory"),
                                              .public_key = &shop->own_key};
    struct frame_chain *chain = NULL;
    if (frame_chain_new(&chain, &config) != FRAME_OK) return false;
    const bool made = execute_note(shop, chain, &shop->own_secret) == FRAME_OK;
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
    frame_attestation_make(text, &length, frame_crypto_libsodium(), shop->stolen,
                           &claim->attestation);
    message_attest(body, (struct frame_span){text, length}, claim->heads, claim->head_count);
    FRAME_ASSERT(!body->failed);
}

static bool forge_last(struct workshop *shop, struct forged_plan *plan, struct frame_span receipt,
                       size_t receipt_count)
{
    struct draft draft;
    struct buffer text;
    buffer_init(&text, &shop->allocator);
    bool made = draft_read(&draft, &shop->allocator, receipt);
    if (made) made = shop->recipe->receipt(shop, &draft);
    if (made) {
        struct branch_claim claim;
        draft_write(&text, &draft);
        FRAME_ASSERT(!text.failed);
        shop_book(shop, buffer_view(&text));
        page_list_add(&plan->list, buffer_view(&text));
        claim_make(shop, &claim, &draft, receipt_count);
        attest(shop, &plan->attest, &claim);
    }
    buffer_free(&text);
    draft_release(&draft);
    return made;
}

bool plan_branch(struct workshop *shop, struct forged_plan *plan)
{
    struct frame_fault fault;
    struct frame_chain *chain = NULL;
    const size_t held = frame_chain_count(world_peer_chain(shop->world, shop->victim));
    if (held == 0) return false;
    if (world_rebuild_chain(&chain, &fault, shop->world, shop->victim) != FRAME_OK) return false;
    bool made = execute_note(shop, chain, shop->stolen) == FRAME_OK;
    const size_t count = frame_chain_count(chain);
    for (size_t arrival = held; made && arrival < count; arrival++) {
        struct frame_receipt receipt;
        frame_chain_arrived(chain, &receipt, arrival);
        if (arrival + 1 < count) /* the merge receipts that everybody would make */
            page_list_add(&plan->list, receipt.bytes);
        else
            made = forge_last(shop, plan, receipt.bytes, count);
    }
    frame_chain_free(chain);
    return made;
}

/* ---- A relay ---- */

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
