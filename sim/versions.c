// SPDX-License-Identifier: Apache-2.0
#include "sim/versions.h"

#include <string.h>

#include "core/execute.h"
#include "core/json.h"
#include "core/message.h"
#include "sim/world_internal.h"

enum { SIGNATURE_BYTES = 64 };

/* Where a version differs. Values that change places are of one length. */
struct dialect {
    const char *name;
    const char *field; /* of attestations; NULL: none */
    const char *ours;
    const char *theirs;
    const char *dapp_version; /* of the list's last dApp, for other roots; NULL: the same roots */
};

static const struct dialect dialects[WORLD_VERSION_COUNT] = {
    [WORLD_VERSION_OURS] = {.name = "ours"},
    [WORLD_VERSION_PROTOCOL] = {"protocol", "protocolVersion", "\"2.2.0\"", "\"2.3.0\"", NULL},
    [WORLD_VERSION_RECEIPT] = {"receipt", "receiptVersion", "2", "3", NULL},
    [WORLD_VERSION_CAPABILITY] = {"capability", "capabilityVersion", "2", "3",
                                  "1.0.0+capabilities-3"},
    [WORLD_VERSION_STATE_ROOT] = {"state-root", "stateRootVersion", "3", "4", "1.0.0+state-root-4"},
    [WORLD_VERSION_ATTESTATION] = {"attestation", "version", "1", "2", NULL},
    [WORLD_VERSION_ENVELOPE] = {.name = "envelope", .ours = "1", .theirs = "2"},
    [WORLD_VERSION_DAPP] = {.name = "dapp", .dapp_version = "1.1.0"},
};

const char *world_version_name(enum world_version version)
{
    FRAME_ASSERT((size_t)version < WORLD_VERSION_COUNT);
    return dialects[version].name;
}

/* ---- State roots ---- */

/* The table of § 6, or the caller's, with another version of its last dApp. */
static struct frame_dapp_table *table_make(struct world *world, const char *version)
{
    const struct frame_dapp_table *base =
        world->config.dapps != NULL ? world->config.dapps : frame_dapps_builtin();
    struct frame_dapp *changed = world_take(world, sizeof *changed);
    const struct frame_dapp **list = world_take(world, base->count * sizeof(struct frame_dapp *));
    struct frame_dapp_table *table = world_take(world, sizeof *table);
    memcpy(list, base->dapps, base->count * sizeof(struct frame_dapp *));
    *changed = *base->dapps[base->count - 1];
    changed->version = version;
    list[base->count - 1] = changed;
    *table = (struct frame_dapp_table){list, base->count};
    return table;
}

void versions_init(struct world *world)
{
    for (size_t i = 0; i < WORLD_VERSION_COUNT; i++)
        world->version_dapps[i] = dialects[i].dapp_version != NULL
                                      ? table_make(world, dialects[i].dapp_version)
                                      : world->config.dapps;
}

const struct frame_dapp_table *version_dapps(const struct world *world, enum world_version version)
{
    FRAME_ASSERT((size_t)version < WORLD_VERSION_COUNT);
    return world->version_dapps[version];
}

bool versions_share_roots(const struct world *world, int peer, int other)
{
    return version_dapps(world, world_peer(world, peer)->options.version) ==
           version_dapps(world, world_peer(world, other)->options.version);
}

/* ---- Messages ---- */

/* A copy of a text, and where a part of the text is in the copy. */
struct copy {
    struct frame_span text;
    uint8_t *bytes;
};

static uint8_t *in_copy(const struct copy *copy, const uint8_t *at)
{
    return copy->bytes + (at - copy->text.bytes);
}

/* One value becomes the other one; false where it is neither. */
static bool swap(const struct copy *copy, struct frame_span value, const struct dialect *dialect)
{
    const bool is_ours = span_is(value, dialect->ours);
    if (!is_ours && !span_is(value, dialect->theirs)) return false;
    memcpy(in_copy(copy, value.bytes), is_ours ? dialect->theirs : dialect->ours, value.length);
    return true;
}

/* Signs an attestation in the copy anew (§ 11): over all of it but the signature. */
static void sign_attestation(const struct world *world, const struct copy *copy,
                             struct frame_span attestation, const struct frame_secret_key *secret)
{
    const struct frame_crypto *crypto = world->crypto;
    struct frame_span token;
    struct frame_sha256 state;
    struct frame_hash hash;
    uint8_t signature[SIGNATURE_BYTES];
    if (!json_member(attestation, &token, "signature") || token.length != 2 * sizeof signature + 2)
        return;
    const uint8_t *member = token.bytes - strlen(",\"signature\":");
    const uint8_t *behind = token.bytes + token.length;
    crypto->sha256_init(crypto->context, &state);
    crypto->sha256_update(crypto->context, &state, in_copy(copy, attestation.bytes),
                          (size_t)(member - attestation.bytes));
    crypto->sha256_update(crypto->context, &state, in_copy(copy, behind),
                          (size_t)(attestation.bytes + attestation.length - behind));
    crypto->sha256_final(crypto->context, &state, &hash);
    crypto->sign(crypto->context, signature, &hash, secret);
    uint8_t *at = in_copy(copy, token.bytes + 1);
    put_hex(&at, signature, sizeof signature);
}

/* The receipts of a page, each with its version as its last member. */
static bool swap_receipts(const struct copy *copy, struct frame_span receipts,
                          const struct dialect *dialect)
{
    struct json_walk walk;
    struct frame_span item;
    struct frame_span version;
    bool changed = false;
    json_walk_init(&walk, receipts);
    while (json_next_item(&walk, &item))
        if (json_kind(item) == JSON_OBJECT && json_member(item, &version, "version") &&
            swap(copy, version, dialect))
            changed = true;
    return changed;
}

/* Changes the copy of a body as the version wants it; false where it stays as it is. */
static bool swap_body(const struct world *world, const struct copy *copy,
                      const struct frame_message *message, const struct peer *sender,
                      enum world_version version)
{
    const struct dialect *dialect = &dialects[version];
    struct frame_span value;
    if (message->type == FRAME_MESSAGE_PAGE && version == WORLD_VERSION_RECEIPT)
        return swap_receipts(copy, message->receipts, dialect);
    if (message->type != FRAME_MESSAGE_ATTEST || dialect->field == NULL ||
        !json_member(message->attestation, &value, dialect->field) || !swap(copy, value, dialect))
        return false;
    sign_attestation(world, copy, message->attestation, &sender->identity_secret);
    return true;
}

static void seal(struct buffer *text, struct world *world, const struct peer *sender,
                 const struct copy *body)
{
    const size_t room = body->text.length + FRAME_ENVELOPE_OVERHEAD_BYTES;
    size_t length;
    uint8_t *bytes = world_take(world, room);
    frame_envelope_seal(bytes, &length, world->crypto, &sender->own_transport_secret, body->bytes,
                        body->text.length);
    buffer_append(text, bytes, length);
    FRAME_ASSERT(!text->failed);
    world_give(world, bytes, room);
}

/* Of a message that a peer of the world has sealed. */
static bool translate_body(struct buffer *text, struct world *world, enum world_version version,
                           struct frame_span envelope)
{
    static const struct frame_trust everybody = {.strict = false};
    struct frame_message message;
    struct buffer bytes;
    struct copy copy;
    if (frame_envelope_open(&message, NULL, world->crypto, &everybody, envelope.bytes,
                            envelope.length) != FRAME_OK ||
        !json_member(envelope, &copy.text, "body"))
        return false;
    const int sender = peer_first_with_key(world, &message.from); /* it may have another one now */
    if (sender == WORLD_NOBODY) return false;
    buffer_init(&bytes, &world->allocator);
    buffer_span(&bytes, copy.text);
    FRAME_ASSERT(!bytes.failed);
    copy.bytes = bytes.bytes;
    const bool changed = swap_body(world, &copy, &message, world->peers[sender], version);
    if (changed) seal(text, world, world->peers[sender], &copy);
    buffer_free(&bytes);
    return changed;
}

/* An envelope's own version is not signed. */
static bool translate_envelope(struct buffer *text, struct frame_span envelope)
{
    size_t offset;
    struct frame_span version;
    if (frame_json_check(&offset, envelope.bytes, envelope.length) != FRAME_OK ||
        json_kind(envelope) != JSON_OBJECT || !json_member(envelope, &version, "version"))
        return false;
    buffer_span(text, envelope);
    FRAME_ASSERT(!text->failed);
    const struct copy copy = {envelope, text->bytes};
    if (swap(&copy, version, &dialects[WORLD_VERSION_ENVELOPE])) return true;
    buffer_clear(text);
    return false;
}

bool version_translate(struct buffer *text, struct world *world, enum world_version version,
                       struct frame_span message)
{
    if (version == WORLD_VERSION_ENVELOPE) return translate_envelope(text, message);
    if (dialects[version].field == NULL) return false;
    return translate_body(text, world, version, message);
}

bool version_foreign(struct frame_span attestation)
{
    struct frame_span value;
    for (size_t i = 0; i < WORLD_VERSION_COUNT; i++)
        if (dialects[i].field != NULL && json_member(attestation, &value, dialects[i].field) &&
            !span_is(value, dialects[i].ours))
            return true;
    return false;
}

/* ---- What one may hold against another ---- */

static bool other_roots(const struct world *world, enum world_version mine, uint32_t theirs)
{
    for (size_t i = 0; i < WORLD_VERSION_COUNT; i++)
        if ((theirs >> i & 1) != 0 && world->version_dapps[i] != world->version_dapps[mine])
            return true;
    return false;
}

bool version_may_charge(const struct world *world, enum world_version mine, uint32_t theirs,
                        enum frame_status status)
{
    const uint32_t receipt = UINT32_C(1) << WORLD_VERSION_RECEIPT;
    const bool mixed =
        mine == WORLD_VERSION_RECEIPT ? (theirs & ~receipt) != 0 : (theirs & receipt) != 0;
    if (status == FRAME_VERSION) return mixed;
    /* the first receipt of all stands on a root that is another one here: that is seen first */
    return status == FRAME_STATE_ROOT_LINK && other_roots(world, mine, theirs);
}

bool version_may_alarm(const struct world *world, enum world_version mine, uint32_t theirs,
                       const struct frame_hash *commitment)
{
    return frame_hash_compare(commitment, &frame_genesis) == 0 && other_roots(world, mine, theirs);
}
