// SPDX-License-Identifier: Apache-2.0
/* The tables of § 5 and 6, and how they look in the state-root document (§ 7). */
#include <string.h>

#include "dapp_builtin.h"
#include "execute.h"
#include "json.h"

const char *const frame_capabilities[FRAME_CAPABILITY_COUNT] = {
    "bridge.burn",   "bridge.mint",    "contacts.import", "contacts.read",   "display.timerTick",
    "identity.read", "messages.list",  "messages.send",   "network.request", "storage.read",
    "storage.write", "wallet.balance", "wallet.read",     "wallet.send",
};

/* A merge receipt is no execution: the chain knows what it does (§ 9). */
static const struct frame_dapp_intent federation_intents[] = {{.action = "federation.merge"}};
const struct frame_dapp dapp_federation = {
    .id = "federation", .version = "1.0.0", .intents = federation_intents, .intent_count = 1};

const struct frame_dapp_table *frame_dapps_builtin(void)
{
    static const struct frame_dapp *const dapps[] = {
        &dapp_bridge,   &dapp_composite, &dapp_contacts, &dapp_federation, &dapp_feed,
        &dapp_messages, &dapp_notes,     &dapp_timer,    &dapp_wallet,
    };
    static const struct frame_dapp_table table = {dapps, sizeof dapps / sizeof dapps[0]};
    return &table;
}

const struct frame_dapp_intent *frame_dapp_find(const struct frame_dapp_table *table,
                                                const struct frame_dapp **dapp,
                                                struct frame_span action)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct frame_dapp *candidate = table->dapps[i];
        for (size_t j = 0; j < candidate->intent_count; j++) {
            const char *name = candidate->intents[j].action;
            if (action.length > 0 && action.bytes[0] == (uint8_t)name[0] && span_is(action, name)) {
                *dapp = candidate;
                return &candidate->intents[j];
            }
        }
    }
    return NULL;
}

/* Which one it is, looked for from `from` on and then before that: names mostly come in order. */
static unsigned capability_find(const char *name, unsigned from)
{
    unsigned i = from;
    do {
        if (frame_capabilities[i][0] == name[0] && strcmp(frame_capabilities[i], name) == 0)
            return i;
        i = i + 1 < FRAME_CAPABILITY_COUNT ? i + 1 : 0;
    } while (i != from);
    frame_assert_failed(); /* a dApp table that declares what § 5 has not */
}

uint32_t frame_capability_set(const char *const *names, size_t count)
{
    uint32_t set = 0;
    unsigned at = 0;
    for (size_t i = 0; i < count; i++) {
        at = capability_find(names[i], at);
        set |= UINT32_C(1) << at;
    }
    return set;
}

size_t capabilities_skim(uint32_t *set, const uint8_t *bytes, size_t length)
{
    size_t at = 1;
    *set = 0;
    if (length < 2 || bytes[0] != '[') return 0;
    if (bytes[1] == ']') return 2;
    for (unsigned i = 0; i < FRAME_CAPABILITY_COUNT && length - at > 2; i++) {
        const char *name = frame_capabilities[i];
        if (bytes[at] != '"' || bytes[at + 1] != (uint8_t)name[0]) continue;
        const size_t bytes_of_name = strlen(name);
        if (length - at < bytes_of_name + 3 || memcmp(bytes + at + 1, name, bytes_of_name) != 0 ||
            bytes[at + 1 + bytes_of_name] != '"')
            continue;
        *set |= UINT32_C(1) << i;
        at += bytes_of_name + 3; /* with what stands behind the quote */
        if (bytes[at - 1] == ']') return at;
        if (bytes[at - 1] != ',') return 0;
    }
    return 0;
}

/* ---- Text -------------------------------------------------------------------------------------- */

/* Names here need no escapes. */
static void write_name(struct buffer *buffer, bool first, const char *name)
{
    buffer_text(buffer, first ? "\"" : ",\"");
    buffer_text(buffer, name);
    buffer_text(buffer, "\"");
}

void capabilities_write(struct buffer *buffer, uint32_t set)
{
    bool first = true;
    buffer_text(buffer, "[");
    for (unsigned i = 0; i < FRAME_CAPABILITY_COUNT; i++) {
        if ((set >> i & 1) == 0) continue;
        write_name(buffer, first, frame_capabilities[i]);
        first = false;
    }
    buffer_text(buffer, "]");
}

void dapp_code_hash_write(struct buffer *buffer, const struct frame_crypto *crypto,
                          const struct frame_dapp *dapp)
{
    struct frame_sha256 state;
    struct frame_hash hash;
    const char *parts[] = {dapp->id, "@", dapp->version};
    crypto->sha256_init(crypto->context, &state);
    for (size_t i = 0; i < 3; i++)
        crypto->sha256_update(crypto->context, &state, (const uint8_t *)parts[i], strlen(parts[i]));
    crypto->sha256_final(crypto->context, &state, &hash);
    buffer_hex(buffer, hash.bytes, sizeof hash.bytes);
}

static void write_manifest(struct buffer *buffer, const struct frame_dapp *dapp)
{
    buffer_text(buffer, "{\"capabilities\":");
    capabilities_write(buffer, frame_capability_set(dapp->capabilities, dapp->capability_count));
    buffer_text(buffer, ",\"id\":\"");
    buffer_text(buffer, dapp->id);
    buffer_text(buffer, "\",\"intents\":[");
    for (size_t i = 0; i < dapp->intent_count; i++)
        write_name(buffer, i == 0, dapp->intents[i].action);
    buffer_text(buffer, "],\"name\":\"");
    buffer_text(buffer, dapp->id);
    buffer_text(buffer, "\",\"version\":\"");
    buffer_text(buffer, dapp->version);
    buffer_text(buffer, "\"}");
}

void installed_dapps_write(struct buffer *buffer, const struct frame_crypto *crypto,
                           const struct frame_dapp_table *dapps)
{
    buffer_text(buffer, "[");
    for (size_t i = 0; i < dapps->count; i++) {
        const struct frame_dapp *dapp = dapps->dapps[i];
        buffer_text(buffer, i == 0 ? "{\"codeHash\":\"" : ",{\"codeHash\":\"");
        dapp_code_hash_write(buffer, crypto, dapp);
        buffer_text(buffer, "\",\"id\":\"");
        buffer_text(buffer, dapp->id);
        buffer_text(buffer, "\",\"manifest\":");
        write_manifest(buffer, dapp);
        buffer_text(buffer, "}");
    }
    buffer_text(buffer, "]");
}
