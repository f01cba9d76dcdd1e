// SPDX-License-Identifier: Apache-2.0
/* Composed forgeries on the bench: changes applied in the order of their stages, hashes and signatures redone. */
#include <sodium.h>
#include <string.h>

#include "core/json.h"
#include "core/message.h"
#include "sim/forger_change.h"

/* ---- Members ---- */

static void put_member(struct buffer *text, struct frame_span key, struct frame_span value)
{
    buffer_text(text, text->length == 1 ? "\"" : ",\"");
    buffer_span(text, key);
    buffer_text(text, "\":");
    buffer_span(text, value);
}

void bench_put(struct bench *bench, const char *member, struct frame_span value)
{
    struct buffer text;
    struct json_walk walk;
    struct frame_span key;
    struct frame_span old;
    bool put = value.length == 0;
    FRAME_ASSERT(!bench->text.failed);
    buffer_init(&text, &bench->text.allocator);
    buffer_text(&text, "{");
    json_walk_init(&walk, buffer_view(&bench->text));
    while (json_next_member(&walk, &key, &old)) {
        const struct frame_span name = {key.bytes + 1, key.length - 2};
        const bool same = span_is(name, member);
        if (!put && (same || strncmp(member, (const char *)name.bytes, name.length) < 0)) {
            put_member(&text, span_of(member), value);
            put = true;
        }
        if (!same) put_member(&text, name, old);
    }
    if (!put) put_member(&text, span_of(member), value);
    buffer_text(&text, "}");
    FRAME_ASSERT(!text.failed);
    buffer_free(&bench->text);
    bench->text = text;
}

/* The value that a change wants in the place of another one. False where it is just that. */
static bool value_wanted(struct buffer *wanted, const struct change *change, struct frame_span old)
{
    if (change->value == NULL) return old.length > 0;
    const bool bend = strcmp(change->value, "~") == 0;
    if (!bend && strcmp(change->value, "^") != 0) {
        buffer_text(wanted, change->value);
        return !span_is(old, change->value);
    }
    if (old.length < 3) return false;
    buffer_span(wanted, old);
    FRAME_ASSERT(!wanted->failed);
    uint8_t *last = &wanted->bytes[wanted->length - 2]; /* before the quote */
    if (bend)
        *last = *last == '0' ? '1' : '0';
    else
        wanted->bytes[1] = 'A';
    return true;
}

static bool change_member(struct bench *bench, const struct change *change, const char *member)
{
    struct frame_span old = {NULL, 0};
    struct buffer wanted;
    (void)json_member(buffer_view(&bench->text), &old, member);
    buffer_init(&wanted, &bench->text.allocator);
    const bool other = value_wanted(&wanted, change, old);
    FRAME_ASSERT(!wanted.failed);
    if (other) bench_put(bench, member, buffer_view(&wanted));
    buffer_free(&wanted);
    return other;
}

static bool change_payload(struct bench *bench, const struct change *change)
{
    struct buffer *payload = &bench->draft->values[FIELD_INPUT_PAYLOAD];
    struct bench inner = {.shop = bench->shop};
    buffer_init(&inner.text, &payload->allocator);
    buffer_span(&inner.text, buffer_view(payload));
    const bool other = change_member(&inner, change, change->member + 1);
    buffer_clear(payload);
    buffer_span(payload, buffer_view(&inner.text));
    buffer_free(&inner.text);
    return other;
}

static bool change_field(struct bench *bench, const struct change *change)
{
    struct buffer *value = draft_named(bench->draft, change->member);
    struct buffer wanted;
    buffer_init(&wanted, &value->allocator);
    const bool other = value_wanted(&wanted, change, buffer_view(value));
    FRAME_ASSERT(!wanted.failed);
    if (other) {
        buffer_clear(value);
        buffer_span(value, buffer_view(&wanted));
    }
    buffer_free(&wanted);
    return other;
}

static bool apply(struct bench *bench, const struct change *change)
{
    if (change->apply != NULL) return change->apply(bench);
    if (change->member == NULL) return true; /* done elsewhere */
    if (change->member[0] == '.') return change_payload(bench, change);
    return bench->draft != NULL ? change_field(bench, change)
                                : change_member(bench, change, change->member);
}

bool bench_apply(struct bench *bench, const struct forgery_composition *composition,
                 enum change_stage stage)
{
    for (size_t i = 0; i < composition->change_count; i++) {
        const struct change *change = change_at(composition->changes[i]);
        if (change->stage == stage && !apply(bench, change)) return false;
    }
    return true;
}

/* ---- Signatures ---- */

/* The order of the group, least byte first. */
static const uint8_t order_l[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                    0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};

static void add_l(uint8_t signature[64])
{
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)signature[32 + i] + order_l[i];
        signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
}

/* R is the neutral point, S = h·a: [S]B = R + [h]A holds, and only the rule about small orders is broken. */
static void sign_small_order(uint8_t signature[64], const struct frame_hash *message,
                             const struct frame_secret_key *secret)
{
    crypto_hash_sha512_state state;
    uint8_t wide[64];
    uint8_t scalar[32];
    uint8_t hash[32];
    memset(signature, 0, 64);
    signature[0] = 1;
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, signature, 32);
    crypto_hash_sha512_update(&state, secret->bytes + 32, 32);
    crypto_hash_sha512_update(&state, message->bytes, sizeof message->bytes);
    crypto_hash_sha512_final(&state, wide);
    crypto_core_ed25519_scalar_reduce(hash, wide);
    crypto_hash_sha512(wide, secret->bytes, 32);
    wide[0] &= 248;
    wide[31] = (uint8_t)((wide[31] & 127) | 64);
    memset(wide + 32, 0, 32);
    crypto_core_ed25519_scalar_reduce(scalar, wide);
    crypto_core_ed25519_scalar_mul(signature + 32, hash, scalar);
}

/* What is to stand there; false where the old signature stays. `secret` is whose key it should be. */
static bool sign(const struct workshop *shop, uint8_t signature[64],
                 const struct frame_hash *message, const struct frame_secret_key *secret)
{
    const struct frame_crypto *crypto = shop->crypto;
    switch (shop->recipe->public.composition.signing) {
    case SIGNING_OWN_KEY:
        crypto->sign(crypto->context, signature, message, &shop->own_secret);
        return true;
    case SIGNING_IDENTITY_KEY:
        crypto->sign(crypto->context, signature, message, secret);
        return true;
    case SIGNING_SMALL_ORDER: sign_small_order(signature, message, secret); return true;
    case SIGNING_BLANK: memset(signature, 0, 64); return true;
    case SIGNING_S_PLUS_L: add_l(signature); return true;
    case SIGNING_KEPT:
    case SIGNING_COUNT: break;
    }
    return false;
}

/* The old signature as bytes; zeros where it is none. */
static void signature_read(uint8_t signature[64], struct frame_span token)
{
    memset(signature, 0, 64);
    if (token.length == 130)
        (void)frame_hex_decode(signature, 64, (const char *)token.bytes + 1, 128);
}

static void signature_token(struct buffer *token, const uint8_t signature[64])
{
    buffer_clear(token);
    buffer_text(token, "\"");
    buffer_hex(token, signature, 64);
    buffer_text(token, "\"");
}

/* ---- Receipts ---- */

static bool about_receipt(const struct workshop *shop)
{
    return forgery_about_receipt(&shop->recipe->public.composition);
}

static void sign_draft(struct workshop *shop, struct draft *draft)
{
    uint8_t signature[64];
    struct buffer *value = &draft->values[FIELD_SIGNATURE];
    const struct frame_hash hash = draft_hash(draft, FIELD_RECEIPT_HASH);
    signature_read(signature, buffer_view(value));
    if (sign(shop, signature, &hash, shop->stolen)) signature_token(value, signature);
}

bool compose_draft(struct workshop *shop, struct draft *draft)
{
    const struct forgery_composition *composition = &shop->recipe->public.composition;
    struct bench bench = {.shop = shop, .draft = draft};
    if (!about_receipt(shop)) return true;
    shop->parent = draft_hash(draft, FIELD_PREVIOUS);
    if (!bench_apply(&bench, composition, STAGE_FIELDS)) return false;
    if (composition->rehashed) draft_redo_input_hash(draft);
    if (!bench_apply(&bench, composition, STAGE_INPUT_HASHED)) return false;
    if (composition->rehashed) draft_redo_hash(draft);
    if (!bench_apply(&bench, composition, STAGE_HASHED)) return false;
    sign_draft(shop, draft);
    return bench_apply(&bench, composition, STAGE_SIGNED);
}

static const struct change *spoiler(const struct workshop *shop)
{
    const struct forgery_composition *composition = &shop->recipe->public.composition;
    for (size_t i = 0; i < composition->change_count; i++) {
        const struct change *change = change_at(composition->changes[i]);
        if (change->member == NULL && change->value != NULL) return change;
    }
    return NULL;
}

/* Applies a stage to a text, and puts a mark in where it is to be spoilt in the end. */
static bool apply_to_text(struct workshop *shop, struct buffer *text, enum change_stage stage,
                          bool marked)
{
    struct bench bench = {.shop = shop, .text = *text};
    const bool applied = bench_apply(&bench, &shop->recipe->public.composition, stage);
    if (applied && marked && spoiler(shop) != NULL) bench_put(&bench, "!", span_of("null"));
    *text = bench.text;
    return applied;
}

bool compose_receipt_text(struct workshop *shop, struct buffer *text)
{
    return apply_to_text(shop, text, STAGE_TEXT, about_receipt(shop));
}

bool compose_body(struct workshop *shop, struct buffer *body)
{
    return apply_to_text(shop, body, STAGE_BODY, !about_receipt(shop));
}

void compose_spoil(struct workshop *shop, struct buffer *text)
{
    static const char mark[] = "\"!\":null";
    const struct change *change = spoiler(shop);
    if (change == NULL || text->length < sizeof mark) return;
    size_t at = 0;
    while (memcmp(text->bytes + at, mark, sizeof mark - 1) != 0) {
        at++;
        FRAME_ASSERT(at + sizeof mark <= text->length);
    }
    struct buffer spoilt;
    buffer_init(&spoilt, &text->allocator);
    buffer_append(&spoilt, text->bytes, at);
    buffer_text(&spoilt, change->value);
    at += sizeof mark - 1;
    buffer_append(&spoilt, text->bytes + at, text->length - at);
    FRAME_ASSERT(!spoilt.failed);
    buffer_free(text);
    *text = spoilt;
}

bool composed_with(const struct workshop *shop, const char *name)
{
    const struct forgery_composition *composition = &shop->recipe->public.composition;
    for (size_t i = 0; i < composition->change_count; i++)
        if (strcmp(forgery_change_name(composition->changes[i]), name) == 0) return true;
    return false;
}

/* ---- Attestations ---- */

/* The signature over all else that the text now has (§ 11). */
static void sign_attestation(struct bench *bench)
{
    struct frame_span old = {NULL, 0};
    struct frame_hash hash;
    struct buffer token;
    uint8_t signature[64];
    (void)json_member(buffer_view(&bench->text), &old, "signature");
    signature_read(signature, old);
    bench_put(bench, "signature", (struct frame_span){NULL, 0});
    frame_sha256_of(frame_crypto_libsodium(), &hash, bench->text.bytes, bench->text.length);
    (void)sign(bench->shop, signature, &hash, bench->shop->stolen);
    buffer_init(&token, &bench->shop->allocator);
    signature_token(&token, signature);
    bench_put(bench, "signature", buffer_view(&token));
    buffer_free(&token);
}

static void write_attest(struct buffer *body, struct frame_span attestation,
                         struct frame_span heads)
{
    buffer_clear(body);
    buffer_text(body, "{\"attestation\":");
    buffer_span(body, attestation);
    buffer_text(body, ",\"heads\":");
    buffer_span(body, heads);
    buffer_text(body, ",\"type\":\"attest\"}");
    FRAME_ASSERT(!body->failed);
}

bool compose_attest(struct workshop *shop, struct buffer *body)
{
    const struct forgery_composition *composition = &shop->recipe->public.composition;
    struct frame_span attestation;
    struct frame_span old_heads;
    struct buffer heads;
    struct bench bench = {.shop = shop, .heads = &heads};
    if (composition->subject != FORGED_ATTEST) return true;
    if (!json_member(buffer_view(body), &attestation, "attestation") ||
        !json_member(buffer_view(body), &old_heads, "heads"))
        return false;
    buffer_init(&heads, &shop->allocator);
    buffer_init(&bench.text, &shop->allocator);
    buffer_span(&heads, old_heads);
    buffer_span(&bench.text, attestation);
    bool made = bench_apply(&bench, composition, STAGE_ATTESTATION);
    if (made) {
        sign_attestation(&bench);
        made = bench_apply(&bench, composition, STAGE_ATTESTATION_SIGNED);
    }
    if (made) write_attest(body, buffer_view(&bench.text), buffer_view(&heads));
    buffer_free(&bench.text);
    buffer_free(&heads);
    return made && compose_body(shop, body);
}

/* ---- Whole messages ---- */

static bool change_seal(struct workshop *shop, struct buffer *envelope, struct frame_span body)
{
    struct bench bench = {.shop = shop, .text = *envelope};
    struct frame_span old;
    struct frame_hash hash;
    uint8_t signature[64];
    FRAME_MUST(json_member(buffer_view(envelope), &old, "signature"));
    signature_read(signature, old);
    frame_sha256_of(frame_crypto_libsodium(), &hash, body.bytes, body.length);
    if (sign(shop, signature, &hash, shop->seal)) {
        struct buffer token;
        buffer_init(&token, &shop->allocator);
        signature_token(&token, signature);
        bench_put(&bench, "signature", buffer_view(&token));
        buffer_free(&token);
    }
    const bool changed = bench_apply(&bench, &shop->recipe->public.composition, STAGE_SEALED);
    *envelope = bench.text;
    return changed;
}

/* Seals a body that has been through all its stages but the last ones. */
bool compose_seal(struct workshop *shop, struct buffer *envelope, struct buffer *body)
{
    const bool sealed_last = shop->recipe->public.composition.subject == FORGED_ENVELOPE;
    FRAME_ASSERT(!body->failed);
    if (!sealed_last) compose_spoil(shop, body);
    shop_seal(shop, envelope, buffer_view(body), shop->seal);
    if (!sealed_last) return true;
    if (!change_seal(shop, envelope, buffer_view(body))) return false;
    compose_spoil(shop, envelope);
    return true;
}

static bool envelope_composed(struct workshop *shop, struct buffer *envelope, struct frame_span old,
                              struct frame_span old_body)
{
    struct buffer body;
    (void)old;
    buffer_init(&body, &shop->allocator);
    if (shop->recipe->public.composition.subject == FORGED_REJECT)
        message_reject(&body, "unknown");
    else
        buffer_span(&body, old_body);
    const bool attest = shop->recipe->public.composition.subject == FORGED_ATTEST;
    const bool made = (attest ? compose_attest(shop, &body) : compose_body(shop, &body)) &&
                      compose_seal(shop, envelope, &body);
    buffer_free(&body);
    return made;
}

/* A request of what the victim holds; a page of it. */
static bool write_plain(struct workshop *shop, struct buffer *body, enum frame_message_type type)
{
    struct frame_receipt last;
    const struct frame_chain *chain = world_peer_chain(shop->world, shop->victim);
    const size_t held = chain != NULL ? frame_chain_count(chain) : 0;
    if (held == 0) return false;
    frame_chain_at(chain, &last, held - 1);
    if (type == FRAME_MESSAGE_REQUEST) {
        message_request(body, NULL, &last.hash, 1, &last.hash, 1);
    } else if (type == FRAME_MESSAGE_REJECT) {
        message_reject(body, "unknown");
    } else {
        message_page_begin(body, NULL);
        struct buffer text;
        buffer_init(&text, &shop->allocator);
        buffer_span(&text, last.bytes);
        bool made = true;
        if (shop->recipe->public.composition.subject == FORGED_RECEIPT) {
            buffer_clear(&text);
            made = forge_receipt(shop, &text, last.bytes);
        }
        if (made) message_page_receipt(body, buffer_view(&text));
        buffer_free(&text);
        message_page_end(body, 0, &last.hash, 1);
        return made;
    }
    return true;
}

bool compose_plain(struct workshop *shop, struct buffer *envelope, enum frame_message_type *type)
{
    static const enum frame_message_type types[FORGED_COUNT] = {
        [FORGED_RECEIPT] = FRAME_MESSAGE_PAGE,    [FORGED_ATTEST] = FRAME_MESSAGE_ATTEST,
        [FORGED_REQUEST] = FRAME_MESSAGE_REQUEST, [FORGED_PAGE] = FRAME_MESSAGE_PAGE,
        [FORGED_REJECT] = FRAME_MESSAGE_REJECT,   [FORGED_ENVELOPE] = FRAME_MESSAGE_REJECT};
    struct buffer body;
    *type = types[shop->recipe->public.composition.subject];
    shop->base = world_peer_chain(shop->world, shop->victim);
    buffer_init(&body, &shop->allocator);
    const bool attest = *type == FRAME_MESSAGE_ATTEST;
    bool made = attest ? honest_attest(shop, &body) : write_plain(shop, &body, *type);
    if (made) made = attest ? compose_attest(shop, &body) : compose_body(shop, &body);
    if (made) made = compose_seal(shop, envelope, &body);
    buffer_free(&body);
    return made;
}

/* ---- Recipes ---- */

static enum page_trick trick_of(const struct forgery_composition *composition)
{
    if (composition->subject == FORGED_RECEIPT) return TRICK_CHANGE;
    for (size_t i = 0; i < composition->change_count; i++) {
        const struct change *change = change_at(composition->changes[i]);
        if (change->stage == STAGE_LIST) return (enum page_trick)change->touches;
    }
    return TRICK_NONE;
}

static enum forger_target wire_target(enum forgery_subject subject)
{
    switch (subject) {
    case FORGED_ATTEST: return TARGET_ATTEST;
    case FORGED_REQUEST: return TARGET_REQUEST;
    case FORGED_RECEIPT:
    case FORGED_PAGE: return TARGET_PAGE;
    default: return TARGET_ANY;
    }
}

/* Is it wrong before its receipts are looked at? */
static bool wrong_early(const struct forgery *kind)
{
    return kind->expected == FRAME_ENVELOPE || kind->expected == FRAME_MESSAGE ||
           kind->expected == FRAME_UNASKED;
}

/* Pages are to be asked for: whoever passes over what is wrong with one would refuse it as unasked. */
static enum forger_target peer_target(const struct forgery *kind)
{
    const enum forgery_subject subject = kind->composition.subject;
    if (kind->needs_key) return TARGET_BRANCH;
    return subject == FORGED_PAGE || subject == FORGED_RECEIPT ? TARGET_RELAY : TARGET_PLAIN;
}

void compose_recipe(struct recipe *recipe, const struct forgery *kind)
{
    *recipe = (struct recipe){
        .public = *kind, .trick = trick_of(&kind->composition), .envelope = envelope_composed};
    recipe->target =
        kind->place == FORGERY_WIRE ? wire_target(kind->composition.subject) : peer_target(kind);
}

bool compose_may_be_unasked(const struct recipe *recipe)
{
    return recipe->target == TARGET_RELAY && wrong_early(&recipe->public);
}
