// SPDX-License-Identifier: Apache-2.0
#include "receipt_rules.h"

#include <stdlib.h>
#include <string.h>

#include "model_internal.h"
#include "text_rules.h"

/* Its action is the intent, whose token this is. */
static bool is_input_payload(struct frame_span value, struct frame_span intent)
{
    static const char *const needed[] = {"action", "origin", "payload", "raw", "timestamp"};
    struct frame_span at[5], responses;
    if (value.bytes[0] != '{' || value.length > 65536 || depth_of(value) > 28) return false;
    for (size_t i = 0; i < 5; i++)
        if (!json_member(value, &at[i], needed[i])) return false;
    const bool sealed = json_member(value, &responses, "networkResponses");
    if (json_count(value) != 5U + sealed) return false;
    if (sealed && (responses.bytes[0] != '[' || !json_string_is(at[0], "feed.fetch"))) return false;
    return span_equal(at[0], intent) && is_text(at[1], 0, 64) && at[2].bytes[0] == '{' &&
           is_text(at[3], 0, 4096) && is_integer(at[4], -FRAME_INTEGER_MAX);
}

/* ---- Step 2 --------------------------------------------------------------------------------- */

enum { MEMBERS = 16 };

/* Under each name what its value has to be: A ascending strings, N a name, I an identity, h hex64, p what h or null is, s hex128,
   P an inputPayload, t a time, v a version. */
static const struct {
    const char *name;
    char kind;
} members[MEMBERS] = {
    {"capabilitiesDeclared", 'A'},
    {"capabilitiesUsed", 'A'},
    {"dappId", 'N'},
    {"identity", 'I'},
    {"inputHash", 'h'},
    {"inputPayload", 'P'},
    {"intent", 'N'},
    {"nextStateRoot", 'h'},
    {"previousReceiptHash", 'p'},
    {"previousStateRoot", 'h'},
    {"publicKey", 'h'},
    {"receiptHash", 'h'},
    {"resultHash", 'h'},
    {"signature", 's'},
    {"timestamp", 't'},
    {"version", 'v'},
};

static bool is_of_kind(char kind, struct frame_span value, struct frame_span intent)
{
    switch (kind) {
    case 'A': return is_ascending(value);
    case 'N': return is_name(value);
    case 'I': return is_text(value, 1, 128);
    case 'h': return is_hex(value, 64);
    case 'p': return span_is(value, "null") || is_hex(value, 64);
    case 's': return is_hex(value, 128);
    case 'P': return is_input_payload(value, intent);
    case 't': return is_integer(value, 0);
    default: return is_integer(value, -FRAME_INTEGER_MAX);
    }
}

enum frame_status receipt_rules_shape(struct frame_span item)
{
    struct json_walk walk;
    struct frame_span key, value, intent = {NULL, 0}, version = {NULL, 0};
    if (item.bytes[0] != '{') return FRAME_FIELD_TYPE;
    if (json_count(item) != MEMBERS) return FRAME_FIELD_COUNT;
    json_walk_init(&walk, item);
    for (size_t i = 0; json_next_member(&walk, &key, &value); i++)
        if (!json_string_is(key, members[i].name)) return FRAME_FIELD_ORDER;
    (void)json_member(item, &intent, "intent");
    (void)json_member(item, &version, "version");
    json_walk_init(&walk, item);
    for (size_t i = 0; json_next_member(&walk, &key, &value); i++)
        if (!is_of_kind(members[i].kind, value, intent)) return FRAME_FIELD_TYPE;
    return span_is(version, "2") ? FRAME_OK : FRAME_VERSION;
}

/* ---- Step 5 --------------------------------------------------------------------------------- */

/* § 6.3; separated by spaces, ascending. */
static const struct {
    const char *intent;
    const char *used;
} used_by[] = {
    {"bridge.deposit", "bridge.mint storage.read storage.write"},
    {"bridge.withdraw", "bridge.burn storage.read storage.write"},
    {"contacts.import", "contacts.import storage.read storage.write"},
    {"contacts.read", "contacts.read storage.read"},
    {"display.timerTick", "display.timerTick storage.read storage.write"},
    {"escrow.lock", "storage.read storage.write wallet.send"},
    {"escrow.refund", "storage.read storage.write wallet.send"},
    {"escrow.release", "storage.read storage.write wallet.send"},
    {"federation.merge", ""},
    {"feed.fetch", "network.request storage.write"},
    {"messages.list", "messages.list storage.read"},
    {"messages.send", "messages.send storage.read storage.write"},
    {"notes.create", "storage.read storage.write"},
    {"notes.delete", "storage.read storage.write"},
    {"notes.update", "storage.read storage.write"},
    {"wallet.balance", "storage.read wallet.balance wallet.read"},
    {"wallet.burnFrame", "bridge.burn storage.read storage.write"},
    {"wallet.mintFrame", "bridge.mint storage.read storage.write"},
    {"wallet.send", "storage.read storage.write wallet.send"},
};

/* NULL where the table has none. */
static const char *used_of(struct frame_span action)
{
    for (size_t i = 0; i < sizeof used_by / sizeof *used_by; i++)
        if (json_string_is(action, used_by[i].intent)) return used_by[i].used;
    return NULL;
}

/* Is a word of `length` bytes in a list? */
static bool listed(const char *list, const char *word, size_t length)
{
    while (*list) {
        const size_t here = strcspn(list, " ");
        if (here == length && memcmp(list, word, length) == 0) return true;
        list += here + (list[here] == ' ');
    }
    return false;
}

static bool listed_token(const char *list, struct frame_span token)
{
    return listed(list, (const char *)token.bytes + 1, token.length - 2);
}

/* Is the array just what the list says? */
static bool is_list(struct frame_span array, const char *list)
{
    struct model_text text = {0};
    model_add_list(&text, list);
    const bool same = span_equal(array, model_text_span(&text));
    free(text.bytes);
    return same;
}

/* What a composite's steps use, for one capability at a time: does one of them use it? A composite of another form uses none. */
static bool step_uses(struct frame_span steps, const char *word, size_t length)
{
    struct json_walk walk;
    struct frame_span step, action;
    json_walk_init(&walk, steps);
    while (json_next_item(&walk, &step))
        if (json_member(step, &action, "action") && listed(used_of(action), word, length))
            return true;
    return false;
}

static bool is_composite(struct frame_span payload, struct frame_span *steps)
{
    struct json_walk walk;
    struct frame_span step, action, inner;
    if (json_count(payload) != 1 || !json_member(payload, steps, "steps") ||
        steps->bytes[0] != '[' || json_count(*steps) < 2 || json_count(*steps) > 16)
        return false;
    json_walk_init(&walk, *steps);
    while (json_next_item(&walk, &step))
        if (step.bytes[0] != '{' || json_count(step) != 2 ||
            !json_member(step, &action, "action") || !json_member(step, &inner, "payload") ||
            inner.bytes[0] != '{' || used_of(action) == NULL ||
            json_string_is(action, "feed.fetch") || json_string_is(action, "federation.merge"))
            return false;
    return true;
}

static bool composite_uses(struct frame_span used, struct frame_span payload, const char *schema)
{
    struct model_text list = {0};
    struct frame_span steps;
    const bool formed = is_composite(payload, &steps);
    for (const char *at = schema; *at;) {
        const size_t length = strcspn(at, " ");
        if (formed && step_uses(steps, at, length)) {
            model_text_string(&list, list.length > 0 ? " " : "");
            model_text_add(&list, at, length);
        }
        at += length + (at[length] == ' ');
    }
    model_text_add(&list, "", 1);
    const bool same = is_list(used, (const char *)list.bytes);
    free(list.bytes);
    return same;
}

/* Is each of an array's strings in the list? */
static bool all_listed(struct frame_span array, const char *list)
{
    struct json_walk walk;
    struct frame_span item;
    json_walk_init(&walk, array);
    while (json_next_item(&walk, &item))
        if (!listed_token(list, item)) return false;
    return true;
}

static bool is_subset(struct frame_span part, struct frame_span whole)
{
    struct json_walk walk, inner;
    struct frame_span item, other;
    json_walk_init(&walk, part);
    while (json_next_item(&walk, &item)) {
        bool there = false;
        json_walk_init(&inner, whole);
        while (json_next_item(&inner, &other))
            there = there || span_equal(item, other);
        if (!there) return false;
    }
    return true;
}

enum frame_status receipt_rules_capabilities(struct frame_span receipt)
{
    struct frame_span declared, used, dapp, intent, payload, inner;
    char action[65] = "";
    const char *schema, *manifest; /* composite declares all of § 5 */
    (void)model_dapp_of("composite", &schema);
    (void)json_member(receipt, &declared, "capabilitiesDeclared");
    (void)json_member(receipt, &used, "capabilitiesUsed");
    (void)json_member(receipt, &dapp, "dappId");
    (void)json_member(receipt, &intent, "intent");
    (void)json_member(receipt, &payload, "inputPayload");
    (void)json_member(payload, &inner, "payload");
    if (!all_listed(declared, schema) || !all_listed(used, schema)) return FRAME_CAPABILITY_UNKNOWN;
    if (!is_subset(used, declared)) return FRAME_CAPABILITY_UNDECLARED;
    memcpy(action, intent.bytes + 1, intent.length - 2);
    const char *owner = model_dapp_of(action, &manifest);
    if (owner == NULL || !json_string_is(dapp, owner)) return FRAME_DAPP;
    const bool wanted = json_string_is(intent, "composite") ? composite_uses(used, inner, schema)
                                                            : is_list(used, used_of(intent));
    return wanted && is_list(declared, manifest) ? FRAME_OK : FRAME_CAPABILITY_MANIFEST;
}
