// SPDX-License-Identifier: Apache-2.0
/* What floods are made of: each kind's message, and what it answers to requests. */
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/message.h"
#include "sim/flood_internal.h"

/* ---- Messages out of the blue ---- */

static bool last_held(const struct workshop *shop, struct frame_receipt *last)
{
    const struct frame_chain *chain = world_peer_chain(shop->world, shop->victim);
    if (chain == NULL || frame_chain_count(chain) == 0) return false;
    frame_chain_at(chain, last, frame_chain_count(chain) - 1);
    return true;
}

static bool seal_body(struct workshop *shop, struct buffer *envelope, struct buffer *body)
{
    FRAME_ASSERT(!body->failed);
    shop_seal(shop, envelope, buffer_view(body), shop->seal);
    buffer_free(body);
    return true;
}

static bool huge_have(struct workshop *shop, struct flood *flood, struct buffer *envelope)
{
    struct frame_hash have[FRAME_HAVE_MAX];
    struct frame_receipt last;
    struct buffer body;
    if (!last_held(shop, &last)) return false;
    for (size_t i = 0; i < FRAME_HAVE_MAX; i++)
        have[i] = shop_nobody(shop, i);
    buffer_init(&body, &shop->allocator);
    message_request(&body, NULL, have, FRAME_HAVE_MAX, &last.hash, 1);
    (void)flood;
    return seal_body(shop, envelope, &body);
}

static bool huge_want(struct workshop *shop, struct flood *flood, struct buffer *envelope)
{
    struct frame_hash want[FRAME_ATTEST_HEADS_MAX];
    struct buffer body;
    for (size_t i = 0; i < FRAME_ATTEST_HEADS_MAX; i++)
        want[i] = shop_nobody(shop, i);
    buffer_init(&body, &shop->allocator);
    message_request(&body, NULL, NULL, 0, want, FRAME_ATTEST_HEADS_MAX);
    (void)flood;
    return seal_body(shop, envelope, &body);
}

static bool deep_json(struct workshop *shop, struct flood *flood, struct buffer *envelope)
{
    enum { BRACKETS = 100000 };
    (void)shop;
    (void)flood;
    add_repeated(envelope, '[', BRACKETS);
    return true;
}

static void add_long_string(struct buffer *text, size_t length)
{
    buffer_text(text, "\"");
    add_repeated(text, 'x', length);
    buffer_text(text, "\"");
}

static bool huge_string(struct workshop *shop, struct flood *flood, struct buffer *envelope)
{
    struct buffer body;
    (void)flood;
    buffer_init(&body, &shop->allocator);
    buffer_text(&body, "{\"code\":");
    add_long_string(&body, FRAME_PAGE_BYTES_MAX);
    buffer_text(&body, ",\"type\":\"reject\"}");
    return seal_body(shop, envelope, &body);
}

static bool bad_bodies(struct workshop *shop, struct flood *flood, struct buffer *envelope)
{
    struct buffer body;
    (void)flood;
    buffer_init(&body, &shop->allocator);
    buffer_text(&body, "{\"type\":\"attest\"}");
    return seal_body(shop, envelope, &body);
}

static bool unasked_pages(struct workshop *shop, struct flood *flood, struct buffer *envelope)
{
    enum { ITEMS = 100, ITEM = 8192 };
    struct buffer body;
    const struct frame_hash want = shop->nobody;
    (void)flood;
    buffer_init(&body, &shop->allocator);
    buffer_text(&body, "{\"after\":null,\"receipts\":[");
    for (int i = 0; i < ITEMS; i++) {
        if (i > 0) buffer_text(&body, ",");
        add_long_string(&body, ITEM);
    }
    message_page_end(&body, 0, &want, 1);
    return seal_body(shop, envelope, &body);
}

/* Each by another one, whom nobody knows. */
static bool strangers(struct workshop *shop, struct flood *flood, struct buffer *envelope)
{
    const struct frame_crypto *crypto = shop->crypto;
    struct frame_secret_key secret;
    struct frame_hash seed;
    struct buffer body;
    char name[40];
    const int length =
        snprintf(name, sizeof name, "stranger %llu", (unsigned long long)flood->sent);
    frame_sha256_of(crypto, &seed, name, (size_t)length);
    crypto->key_pair(crypto->context, &secret, &flood->sealed_by, seed.bytes);
    buffer_init(&body, &shop->allocator);
    message_reject(&body, "unknown");
    shop_seal(shop, envelope, buffer_view(&body), &secret);
    buffer_free(&body);
    return true;
}

static bool noise(struct workshop *shop, struct flood *flood, struct buffer *envelope)
{
    (void)shop;
    (void)flood;
    buffer_text(envelope, "x");
    return true;
}

/* ---- Attestations, and what is served for them ---- */

/* The honest one's word, in the adversary's mouth: as good as ever. */
static bool honest_word(struct workshop *shop, struct flood *flood, struct buffer *envelope)
{
    struct buffer body;
    (void)flood;
    buffer_init(&body, &shop->allocator);
    if (honest_attest(shop, &body)) return seal_body(shop, envelope, &body);
    buffer_free(&body);
    return false;
}

/* Receipts that the victim holds, as many as fit, and ever more to come. */
static bool serve_endless(struct workshop *shop, struct flood *flood,
                          const struct frame_message *request, struct buffer *body)
{
    enum { RECEIPTS = FRAME_PAGE_RECEIPTS_MAX / 2, MORE = 1000000 };
    struct page_list list;
    const struct frame_chain *chain = world_peer_chain(shop->world, shop->victim);
    const size_t held = chain != NULL ? frame_chain_count(chain) : 0;
    page_list_init(&list, &shop->allocator);
    for (size_t i = 0; i < held && i < RECEIPTS && list.text.length <= FRAME_PAGE_BYTES_MAX / 2;
         i++) {
        struct frame_receipt receipt;
        frame_chain_at(chain, &receipt, i);
        page_list_add(&list, receipt.bytes);
    }
    (void)flood;
    const bool any = list.count > 0;
    if (any) page_body(shop, body, request, &list, MORE);
    page_list_release(&list);
    return any;
}

static bool serve_list(struct workshop *shop, struct flood *flood,
                       const struct frame_message *request, struct buffer *body)
{
    page_body(shop, body, request, &flood->list, 0);
    return true;
}

/* Attests what the thief's chain holds beyond the victim's: the heads there are among `heads`. */
static void attest_chain(struct workshop *shop, struct frame_chain *chain,
                         const struct frame_hash *heads, size_t head_count, struct buffer *body)
{
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    size_t length;
    size_t receipts;
    const struct peer *victim = world_peer(shop->world, shop->victim);
    struct frame_attestation values = {.identity_key = victim->identity_key,
                                       .timestamp_s = peer_clock_s(shop->world, victim)};
    FRAME_MUST(frame_chain_closure(chain, &receipts, &values.commitment, &values.state_root, heads,
                                   head_count) == FRAME_OK);
    values.receipt_count = (int64_t)receipts;
    frame_attestation_make(text, &length, shop->crypto, shop->stolen, &values);
    message_attest(body, (struct frame_span){text, length}, heads, head_count);
}

/* What a chain holds from one arrival on goes into the list, and into the book. */
static void take_receipts(struct workshop *shop, struct flood *flood,
                          const struct frame_chain *chain, size_t from)
{
    const size_t count = frame_chain_count(chain);
    for (size_t arrival = from; arrival < count; arrival++) {
        struct frame_receipt receipt;
        frame_chain_arrived(chain, &receipt, arrival);
        shop_book(shop, receipt.bytes);
        page_list_add(&flood->list, receipt.bytes);
    }
}

static bool seal_heads(struct workshop *shop, struct flood *flood, struct frame_chain *chain,
                       struct buffer *envelope)
{
    struct frame_summary summary;
    struct frame_span heads;
    struct buffer body;
    buffer_init(&body, &shop->allocator);
    frame_chain_summary(chain, &summary);
    if (summary.head_count > FRAME_ATTEST_HEADS_MAX) return false;
    attest_chain(shop, chain, summary.heads, summary.head_count, &body);
    FRAME_MUST(json_member(buffer_view(&body), &heads, "heads"));
    buffer_span(&flood->want, heads);
    return seal_body(shop, envelope, &body);
}

/* An intent in the thief's own origin; `which` makes it another one. */
static bool thief_intent(struct workshop *shop, struct frame_chain *chain, const char *action,
                         const char *payload, unsigned which)
{
    struct frame_executed executed;
    char raw[48];
    (void)snprintf(raw, sizeof raw, "%u at %llu", which, (unsigned long long)shop->world->now_us);
    const struct frame_intent intent = {.action = span_of(action),
                                        .payload = span_of(payload),
                                        .raw = span_of(raw),
                                        .origin = span_of("thief")};
    return frame_chain_execute(chain, &executed, shop->stolen, &intent,
                               peer_clock_s(shop->world, world_peer(shop->world, shop->victim))) ==
           FRAME_OK;
}

static bool new_chain(struct workshop *shop, struct frame_chain **chain)
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

/* One more first receipt beside all others. */
static bool add_fork(struct workshop *shop, struct frame_chain *chain, unsigned which)
{
    struct frame_chain *alone = NULL;
    struct frame_receipt receipt;
    struct frame_fault fault;
    struct buffer array;
    if (!new_chain(shop, &alone)) return false;
    bool made = thief_intent(shop, alone, "notes.create", "{\"text\":\"fork\"}", which);
    if (made) {
        frame_chain_arrived(alone, &receipt, 0);
        buffer_init(&array, &shop->allocator);
        buffer_text(&array, "[");
        buffer_span(&array, receipt.bytes);
        buffer_text(&array, "]");
        made = chain_accept(chain, &shop->allocator, buffer_view(&array), &fault) == FRAME_OK;
        buffer_free(&array);
    }
    frame_chain_free(alone);
    return made;
}

static bool forks(struct workshop *shop, struct flood *flood, struct buffer *envelope)
{
    enum { FORKS = 100 };
    struct frame_chain *chain = NULL;
    bool made = new_chain(shop, &chain);
    for (unsigned i = 0; made && i < FORKS; i++)
        made = add_fork(shop, chain, i);
    if (made) take_receipts(shop, flood, chain, 0);
    made = made && seal_heads(shop, flood, chain, envelope);
    frame_chain_free(chain);
    return made;
}

static bool tiny_receipts(struct workshop *shop, struct flood *flood, struct buffer *envelope)
{
    enum { RECEIPTS = 200 };
    struct frame_chain *chain = NULL;
    struct frame_fault fault;
    if (world_peer_chain(shop->world, shop->victim) == NULL ||
        world_rebuild_chain(&chain, &fault, shop->world, shop->victim) != FRAME_OK)
        return false;
    const size_t held = frame_chain_count(chain);
    bool made = true;
    for (unsigned i = 0; made && i < RECEIPTS; i++)
        made = thief_intent(shop, chain, "wallet.balance", "{}", i);
    if (made) take_receipts(shop, flood, chain, held);
    made = made && seal_heads(shop, flood, chain, envelope);
    frame_chain_free(chain);
    return made;
}

/* ---- The table ---- */

#define FLOOD(name, key, fate, status, costs, most, type, message, serve, what) \
    {                                                                           \
        {{name,                                                                 \
          FORGERY_PEER,                                                         \
          key,                                                                  \
          FORGERY_##fate,                                                       \
          FRAME_##status,                                                       \
          what,                                                                 \
          {FORGED_NONE, 0, {0}, false, SIGNING_KEPT}},                          \
         TARGET_PLAIN,                                                          \
         TRICK_NONE,                                                            \
         NULL,                                                                  \
         NULL,                                                                  \
         NULL},                                                                 \
            costs, most, FRAME_MESSAGE_##type, message, serve                   \
    }

static const struct flood_kind kinds[] = {
    FLOOD("huge_have", false, ANSWERED, OK, false, 200, REQUEST, huge_have, NULL,
          "requests with 128 hashes that nobody has as what is had"),
    FLOOD("huge_want", false, ANSWERED, UNKNOWN, false, 200, REQUEST, huge_want, NULL,
          "requests for 1,024 receipts that nobody has"),
    FLOOD("deep_json", false, REFUSED, ENVELOPE, false, 20, REJECT, deep_json, NULL,
          "100,000 opening brackets"),
    FLOOD("noise", false, REFUSED, ENVELOPE, false, 200, REJECT, noise, NULL,
          "a byte that is no message"),
    FLOOD("huge_string", false, HEARD, OK, false, 20, REJECT, huge_string, NULL,
          "rejects with a code of 1 MiB"),
    FLOOD("bad_bodies", false, REFUSED, MESSAGE, true, 200, ATTEST, bad_bodies, NULL,
          "well sealed bodies of no known shape"),
    FLOOD("unasked_pages", false, REFUSED, UNASKED, false, 20, PAGE, unasked_pages, NULL,
          "pages of 800 KiB that nobody asked for"),
    FLOOD("strangers", false, HEARD, OK, false, 200, REJECT, strangers, NULL,
          "each message by a sender that nobody has heard of"),
    FLOOD("storm_of_words", false, HEARD, OK, false, 200, ATTEST, honest_word, NULL,
          "an honest peer's attestation, again and again, and nothing served for it"),
    FLOOD("endless_pages", false, REFUSED, DUPLICATE, true, 200, ATTEST, honest_word, serve_endless,
          "pages of what is held already, and always a million more to come"),
    FLOOD("forks", true, JOINED, OK, false, 2, ATTEST, forks, serve_list,
          "a hundred first receipts at once, all good: they are merged"),
    FLOOD("tiny_receipts", true, JOINED, OK, false, 2, ATTEST, tiny_receipts, serve_list,
          "two hundred small receipts at once, all good: they are joined"),
};

size_t flood_count(void)
{
    return sizeof kinds / sizeof *kinds;
}

const struct forgery *flood_at(size_t i)
{
    FRAME_ASSERT(i < flood_count());
    return &kinds[i].recipe.public;
}

const struct forgery *flood_find(const char *name)
{
    for (size_t i = 0; i < flood_count(); i++)
        if (strcmp(flood_at(i)->name, name) == 0) return flood_at(i);
    return NULL;
}

const struct flood_kind *flood_kind_of(const struct forgery *kind)
{
    for (size_t i = 0;; i++)
        if (strcmp(flood_at(i)->name, kind->name) == 0) return &kinds[i];
}

bool flood_costs(const struct forgery *kind)
{
    return flood_kind_of(kind)->costs;
}

uint64_t flood_most(const struct forgery *kind)
{
    return flood_kind_of(kind)->most;
}
