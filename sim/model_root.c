// SPDX-License-Identifier: Apache-2.0
/* The state-root document and the commitment (§ 6, 7), written out from a table of their own. */
#include "model_internal.h"

#include "core/json.h"

#include <stdlib.h>
#include <string.h>

/* The manifests of § 6, sorted by id; lists separated by spaces, sorted. */
static const struct {
    const char *id;
    const char *capabilities;
    const char *intents;
} dapps[] = {
    {"bridge", "bridge.burn bridge.mint storage.read storage.write",
     "bridge.deposit bridge.withdraw"},
    {"composite",
     "bridge.burn bridge.mint contacts.import contacts.read display.timerTick identity.read "
     "messages.list messages.send network.request storage.read storage.write wallet.balance "
     "wallet.read wallet.send",
     "composite"},
    {"contacts", "contacts.import contacts.read storage.read storage.write",
     "contacts.import contacts.read"},
    {"federation", "", "federation.merge"},
    {"feed", "network.request storage.write", "feed.fetch"},
    {"messages", "messages.list messages.send storage.read storage.write",
     "messages.list messages.send"},
    {"notes", "storage.read storage.write", "notes.create notes.delete notes.update"},
    {"timer", "display.timerTick storage.read storage.write", "display.timerTick"},
    {"wallet",
     "bridge.burn bridge.mint storage.read storage.write wallet.balance wallet.read wallet.send",
     "escrow.lock escrow.refund escrow.release wallet.balance wallet.burnFrame wallet.mintFrame "
     "wallet.send"},
};

/* Keys that § 7 leaves out of the root begin with one of these. */
static const char *const outside[] = {"chain:",       "frame_integrity", "frame_context_",
                                      "frame_layout", "frame_widgets",   "frame_capsules",
                                      "frame_logs",   "frame_ui"};

const char *model_dapp_of(const char *action, const char **declared)
{
    size_t wanted = strlen(action);
    for (size_t i = 0; i < sizeof dapps / sizeof dapps[0]; i++) {
        const char *at = dapps[i].intents;
        while (*at) {
            size_t length = strcspn(at, " ");
            *declared = dapps[i].capabilities;
            if (length == wanted && memcmp(at, action, length) == 0) return dapps[i].id;
            at += length + (at[length] == ' ');
        }
    }
    return NULL;
}

void model_add_list(struct model_text *text, const char *list)
{
    model_text_string(text, "[");
    while (*list) {
        size_t length = strcspn(list, " ");
        model_text_string(text, "\"");
        model_text_add(text, list, length);
        list += length;
        if (*list) list++;
        model_text_string(text, *list ? "\"," : "\"");
    }
    model_text_string(text, "]");
}

static void add_hash(struct model_text *text, const struct frame_hash *hash)
{
    model_text_string(text, "\"");
    model_text_hex(text, hash->bytes, sizeof hash->bytes);
    model_text_string(text, "\"");
}

static void add_dapp(struct model_text *text, const struct frame_crypto *crypto, size_t i)
{
    struct model_text code = {0};
    model_text_string(&code, dapps[i].id);
    model_text_string(&code, "@1.0.0");
    struct frame_hash code_hash;
    frame_sha256_of(crypto, &code_hash, code.bytes, code.length);
    free(code.bytes);

    model_text_string(text, "{\"codeHash\":");
    add_hash(text, &code_hash);
    model_text_string(text, ",\"id\":\"");
    model_text_string(text, dapps[i].id);
    model_text_string(text, "\",\"manifest\":{\"capabilities\":");
    model_add_list(text, dapps[i].capabilities);
    model_text_string(text, ",\"id\":\"");
    model_text_string(text, dapps[i].id);
    model_text_string(text, "\",\"intents\":");
    model_add_list(text, dapps[i].intents);
    model_text_string(text, ",\"name\":\"");
    model_text_string(text, dapps[i].id);
    model_text_string(text, "\",\"version\":\"1.0.0\"}}");
}

struct frame_span model_installed_dapps(const struct frame_crypto *crypto)
{
    struct model_text text = {0};
    model_text_string(&text, "[");
    for (size_t i = 0; i < sizeof dapps / sizeof dapps[0]; i++) {
        if (i > 0) model_text_string(&text, ",");
        add_dapp(&text, crypto, i);
    }
    model_text_string(&text, "]");
    return model_text_span(&text);
}

static bool is_outside(struct frame_span key)
{
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        if (json_string_begins(key, outside[i])) return true;
    return false;
}

static void add_rooted(struct model_text *text, struct frame_span storage)
{
    struct json_walk walk;
    struct frame_span key, value;
    bool first = true;
    json_walk_init(&walk, storage);
    model_text_string(text, "{");
    while (json_next_member(&walk, &key, &value)) {
        if (is_outside(key)) continue;
        if (!first) model_text_string(text, ",");
        first = false;
        model_text_add(text, key.bytes, key.length);
        model_text_string(text, ":");
        model_text_add(text, value.bytes, value.length);
    }
    model_text_string(text, "}");
}

void model_state_root(const struct model *model, struct frame_hash *root, struct frame_span storage,
                      const struct frame_hash *commitment)
{
    struct model_text text = {0};
    model_text_string(&text, "{\"capabilityVersion\":2,\"identityPublicKey\":\"");
    model_text_hex(&text, model->public_key.bytes, sizeof model->public_key.bytes);
    model_text_string(&text, "\",\"installedDApps\":");
    model_text_add(&text, model->dapps.bytes, model->dapps.length);
    model_text_string(&text, ",\"receiptChainCommitment\":");
    add_hash(&text, commitment);
    model_text_string(&text, ",\"storage\":");
    add_rooted(&text, storage);
    model_text_string(&text, ",\"version\":3}");
    frame_sha256_of(model->crypto, root, text.bytes, text.length);
    free(text.bytes);
}

void model_commitment(const struct model *model, struct frame_hash *commitment,
                      const struct frame_hash *heads, size_t count)
{
    if (count == 0) {
        *commitment = model->genesis;
    } else if (count == 1) {
        *commitment = heads[0];
    } else {
        struct model_text text = {0};
        for (size_t i = 0; i < count; i++) {
            model_text_string(&text, i == 0 ? "[" : ",");
            add_hash(&text, &heads[i]);
        }
        model_text_string(&text, "]");
        frame_sha256_of(model->crypto, commitment, text.bytes, text.length);
        free(text.bytes);
    }
}
