// SPDX-License-Identifier: Apache-2.0
/* Intents of all dApps (§ 6), and other values in a payload. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "mutator_pool.h"

/* %N a name, %A an amount, %T a text; %E, %I, %M what is found in storage behind the prefix of an escrow, note, message. */
static const struct {
    const char *action;
    const char *payload;
} intents[] = {
    {"wallet.balance", "{}"},
    {"wallet.send", "{\"amount\":%A,\"recipient\":%N}"},
    {"wallet.send", "{\"amount\":%A,\"recipient\":%N}"},
    {"wallet.mintFrame", "{\"amount\":%A,\"target\":%N}"},
    {"wallet.mintFrame", "{\"amount\":%A,\"target\":\"alice.frame\"}"},
    {"wallet.burnFrame", "{\"amount\":%A,\"target\":%N}"},
    {"escrow.lock", "{\"amount\":%A,\"recipient\":%N,\"reservationId\":%N}"},
    {"escrow.release", "{\"reservationId\":%E}"},
    {"escrow.refund", "{\"reservationId\":%E}"},
    {"bridge.deposit", "{\"amount\":%A,\"proof\":{\"tx\":%A},\"target\":\"alice.frame\"}"},
    {"bridge.deposit", "{\"amount\":%A,\"proof\":{\"tx\":%T},\"target\":%N}"},
    {"bridge.withdraw", "{\"amount\":%A,\"destination\":%N}"},
    {"notes.create", "{\"text\":%T}"},
    {"notes.update", "{\"id\":%I,\"text\":%T}"},
    {"notes.delete", "{\"id\":%I}"},
    {"contacts.import", "{\"contacts\":[{\"id\":%N,\"name\":%T},{\"id\":%N,\"name\":%T}]}"},
    {"contacts.read", "{}"},
    {"messages.send", "{\"body\":%T,\"to\":%N}"},
    {"messages.list", "{\"with\":%N}"},
    {"messages.list", "{\"with\":%M}"},
    {"display.timerTick", "{}"},
    {"feed.fetch", "{\"url\":%N}"},
    {"composite",
     "{\"steps\":[{\"action\":\"wallet.mintFrame\",\"payload\":{\"amount\":%A,\"target\":"
     "\"alice.frame\"}},{\"action\":\"wallet.send\",\"payload\":{\"amount\":%A,"
     "\"recipient\":%N}}]}"},
    {"composite", "{\"steps\":[{\"action\":\"notes.create\",\"payload\":{\"text\":%T}},{\"action\":"
                  "\"escrow.refund\",\"payload\":{\"reservationId\":%E}}]}"},
    {"composite", "{\"steps\":[]}"},
};

static const char *const names[] = {"\"bob\"",
                                    "\"bo\"",
                                    "\"alice.frame\"",
                                    "\"10\"",
                                    "\"9\"",
                                    "\"\xc3\xa9\\\"\\n\"",
                                    "\"\xf0\x9f\x98\x80\"",
                                    "\"\xef\xbf\xbd\"",
                                    "\"\"",
                                    "\"__proto__\""};
static const char *const texts[] = {"\"t\"", "\"\"", "\"\\u0000\"", "\"\xe2\x80\xa8\"",
                                    "\"\\\"\\\\/\""};
static const char *const amounts[] = {"1",
                                      "5",
                                      "10",
                                      "30",
                                      "50",
                                      "100",
                                      "0",
                                      "-1",
                                      "9007199254740991",
                                      "9007199254740990",
                                      "4503599627370496"};

#define PICK(pool, list) ((list)[pool_below((pool), sizeof(list) / sizeof *(list))])

/* Some id that storage holds under a prefix, as a token; else a name. */
static struct frame_span pick_id(struct pool *pool, struct frame_span storage, const char *prefix)
{
    struct json_walk walk;
    struct frame_span key, value, picked = {0};
    size_t seen = 0, skipped = strlen(prefix);
    if (storage.length > 0) json_walk_init(&walk, storage);
    while (storage.length > 0 && json_next_member(&walk, &key, &value))
        if (json_string_begins(key, prefix) && pool_below(pool, ++seen) == 0) picked = key;
    const char *name = PICK(pool, names);
    if (picked.length == 0 || pool_below(pool, 8) == 0)
        return (struct frame_span){(const uint8_t *)name, strlen(name)};
    uint8_t *token = pool_allocate(pool, picked.length - skipped);
    memcpy(token + 1, picked.bytes + 1 + skipped, picked.length - 1 - skipped);
    token[0] = '"';
    return (struct frame_span){token, picked.length - skipped};
}

static void add_drawn(struct pool *pool, struct model_text *text, char what,
                      struct frame_span storage)
{
    struct frame_span id;
    switch (what) {
    case 'N': model_text_string(text, PICK(pool, names)); break;
    case 'A': model_text_string(text, PICK(pool, amounts)); break;
    case 'T': model_text_string(text, PICK(pool, texts)); break;
    default:
        id = pick_id(pool, storage, what == 'E' ? "escrow:" : what == 'I' ? "notes:" : "messages:");
        model_text_add(text, id.bytes, id.length);
        break;
    }
}

void pool_new_intent(struct pool *pool, struct draft *draft, struct frame_span storage)
{
    size_t kind = pool_below(pool, sizeof intents / sizeof *intents);
    struct model_text text = {0};
    for (const char *at = intents[kind].payload; *at != '\0'; at++) {
        if (*at == '%')
            add_drawn(pool, &text, *++at, storage);
        else
            model_text_add(&text, at, 1);
    }
    draft->payload = pool_copy(pool, model_text_span(&text));
    free(text.bytes);
    draft->action = pool_copy(pool, (struct frame_span){(const uint8_t *)intents[kind].action,
                                                        strlen(intents[kind].action)});
    draft->network.length = 0;
    if (strcmp(intents[kind].action, "feed.fetch") == 0 && pool_below(pool, 4) > 0) {
        char responses[256];
        struct frame_span url;
        (void)json_member(draft->payload, &url, "url");
        int length =
            snprintf(responses, sizeof responses, "[{\"body\":\"b\",\"status\":200,\"url\":%.*s}]",
                     (int)url.length, (const char *)url.bytes);
        draft->network =
            pool_copy(pool, (struct frame_span){(const uint8_t *)responses, (size_t)length});
    }
}

/* The n-th scalar below an object, wherever it stands. */
static struct frame_span pick_scalar(struct pool *pool, struct frame_span object)
{
    struct frame_span picked = {0};
    size_t seen = 0;
    const uint8_t *at = object.bytes, *end = object.bytes + object.length;
    while (at < end) {
        if (*at == '{' || *at == '[' || *at == '}' || *at == ']' || *at == ',' || *at == ':') {
            at++;
            continue;
        }
        const uint8_t *behind = json_skip(at, end);
        bool key = behind < end && *behind == ':';
        if (!key && pool_below(pool, ++seen) == 0)
            picked = (struct frame_span){at, (size_t)(behind - at)};
        at = behind;
    }
    return picked;
}

struct frame_span pool_new_value(struct pool *pool, struct frame_span object)
{
    static const char *const values[] = {"null", "true", "[]", "{}", "{\"a\":{\"b\":[]}}"};
    struct frame_span old = pick_scalar(pool, object);
    if (old.length == 0) return object;
    const char *fresh = pool_below(pool, 8) == 0         ? PICK(pool, values)
                        : json_kind(old) == JSON_INTEGER ? PICK(pool, amounts)
                        : pool_below(pool, 2) == 0       ? PICK(pool, names)
                                                         : PICK(pool, texts);
    struct model_text text = {0};
    size_t before = (size_t)(old.bytes - object.bytes);
    model_text_add(&text, object.bytes, before);
    model_text_string(&text, fresh);
    model_text_add(&text, old.bytes + old.length, object.length - before - old.length);
    struct frame_span kept = pool_copy(pool, model_text_span(&text));
    free(text.bytes);
    return kept;
}

static void add_entry(struct model_text *text, struct frame_span key, struct frame_span value)
{
    if (text->length > 1) model_text_string(text, ",");
    model_text_add(text, key.bytes, key.length);
    model_text_string(text, ":");
    model_text_add(text, value.bytes, value.length);
}

struct frame_span pool_new_entry(struct pool *pool, struct frame_span storage)
{
    /* as dApps leave them, an object each */
    static const char *const entries[] = {
        "{\"contacts:bob\":{\"name\":\"B\"}}",
        "{\"frame_ui:timer\":{\"ticks\":3}}",
        "{\"messages:bob:0011223344556677\":{\"body\":\"b\",\"timestamp\":1}}",
        "{\"messages:bobby:8899aabbccddeeff\":{\"body\":\"b\",\"timestamp\":1}}",
        "{\"notes:0011223344556677\":{\"created\":1,\"text\":\"a\",\"updated\":1}}",
        "{\"notes:8899aabbccddeeff\":{\"created\":2,\"text\":\"b\",\"updated\":3}}",
        "{\"timer:ticks\":3}"};
    const char *drawn = PICK(pool, entries);
    struct frame_span fresh, fresh_value, key, value;
    struct model_text text = {0};
    struct json_walk walk;
    json_walk_init(&walk, (struct frame_span){(const uint8_t *)drawn, strlen(drawn)});
    (void)json_next_member(&walk, &fresh, &fresh_value);
    json_walk_init(&walk, storage);
    model_text_string(&text, "{");
    bool more = json_next_member(&walk, &key, &value);
    for (; more && frame_json_key_compare(key, fresh) < 0;
         more = json_next_member(&walk, &key, &value))
        add_entry(&text, key, value);
    add_entry(&text, fresh, fresh_value);
    if (more && span_equal(key, fresh)) more = json_next_member(&walk, &key, &value);
    for (; more; more = json_next_member(&walk, &key, &value))
        add_entry(&text, key, value);
    model_text_string(&text, "}");
    struct frame_span kept = pool_copy(pool, model_text_span(&text));
    free(text.bytes);
    return kept;
}
