// SPDX-License-Identifier: Apache-2.0
/*
 * What an intent does to storage (§ 4, 6), said once more: storage is an array of entries, each step looks through all
 * of it, a refusal throws everything away. Entries that no dApp has written are as good as none, where they are not
 * what is expected: fuzz targets give any storage.
 */
#include "model_internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"

enum { ADDRESS_BYTES_MAX = 128, KEY_BYTES_MAX = 256, ID_BYTES = 8 };
enum { VALUES_MAX = 3, CONTACTS_MAX = 256, STEPS_MIN = 2, STEPS_MAX = 16 };

struct entry {
    struct frame_span key; /* tokens */
    struct frame_span value;
};

/* A text that entries point into. */
struct scrap {
    struct scrap *next;
    uint8_t *bytes;
};

struct run {
    const struct model *model;
    const struct model_receipt *receipt;
    struct frame_span me;        /* a token */
    struct frame_span responses; /* length 0: none */
    size_t drawn;                /* bytes of the random stream */
    struct entry *entries;       /* ascending */
    size_t count;
    size_t capacity;
    bool written; /* by this intent or step */
    struct model_text result;
    struct scrap *scraps;
};

/* ---- Texts ----------------------------------------------------------------------------------- */

static struct frame_span keep(struct run *run, const struct model_text *text)
{
    struct scrap *scrap = model_allocate(sizeof *scrap);
    *scrap = (struct scrap){run->scraps, text->bytes};
    run->scraps = scrap;
    return model_text_span(text);
}

static void add_integer(struct model_text *text, int64_t integer)
{
    uint8_t digits[20];
    model_text_add(text, digits, json_integer_write(digits, integer));
}

/* `#` stands for an int64_t, `$` for a span, `'` for a quote. */
static void build(struct model_text *text, const char *format, va_list values)
{
    for (; *format != '\0'; format++) {
        if (*format == '#') {
            add_integer(text, va_arg(values, int64_t));
        } else if (*format == '$') {
            const struct frame_span span = va_arg(values, struct frame_span);
            model_text_add(text, span.bytes, span.length);
        } else {
            model_text_add(text, *format == '\'' ? "\"" : format, 1);
        }
    }
}

static struct frame_span text_of(struct run *run, const char *format, ...)
{
    struct model_text text = {0};
    va_list values;
    va_start(values, format);
    build(&text, format, values);
    va_end(values);
    return keep(run, &text);
}

/* The result of success; always NULL: no refusal. */
static const char *succeed(struct run *run, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    run->result.length = 0;
    build(&run->result, format, values);
    va_end(values);
    return NULL;
}

/* What stands between the quotes. */
static struct frame_span inside(struct frame_span token)
{
    return (struct frame_span){token.bytes + 1, token.length - 2};
}

/* ---- Storage --------------------------------------------------------------------------------- */

static void insert(struct run *run, size_t at, struct frame_span key, struct frame_span value)
{
    if (run->count == run->capacity) {
        run->capacity = 2 * run->capacity + 16;
        struct entry *grown = model_allocate_array(run->capacity, sizeof *grown);
        if (run->count > 0) memcpy(grown, run->entries, run->count * sizeof *grown);
        free(run->entries);
        run->entries = grown;
    }
    memmove(run->entries + at + 1, run->entries + at, (run->count - at) * sizeof *run->entries);
    run->entries[at] = (struct entry){key, value};
    run->count++;
}

static void load(struct run *run, struct frame_span storage)
{
    struct json_walk walk;
    struct frame_span key;
    struct frame_span value;
    json_walk_init(&walk, storage);
    while (json_next_member(&walk, &key, &value))
        insert(run, run->count, key, value);
}

static struct entry *find(const struct run *run, struct frame_span key)
{
    for (size_t i = 0; i < run->count; i++)
        if (span_equal(run->entries[i].key, key)) return &run->entries[i];
    return NULL;
}

static void put(struct run *run, struct frame_span key, struct frame_span value)
{
    struct entry *entry = find(run, key);
    size_t at = 0;
    run->written = true;
    if (entry != NULL) {
        entry->value = value;
        return;
    }
    while (at < run->count && frame_json_key_compare(run->entries[at].key, key) < 0)
        at++;
    insert(run, at, key, value);
}

static size_t count_beginning(const struct run *run, struct frame_span token)
{
    size_t count = 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct frame_span key = run->entries[i].key;
        count += key.length >= token.length &&
                 memcmp(key.bytes, token.bytes, token.length - 1) == 0; /* but for its last quote */
    }
    return count;
}

static bool too_large(const struct run *run)
{
    size_t bytes = 0;
    for (size_t i = 0; i < run->count; i++)
        bytes += run->entries[i].key.length + run->entries[i].value.length;
    return run->written && bytes > FRAME_STORAGE_BYTES_MAX;
}

static int64_t integer_at(const struct run *run, struct frame_span key)
{
    const struct entry *entry = find(run, key);
    int64_t integer = 0;
    return entry != NULL && json_integer(entry->value, &integer) ? integer : 0;
}

/* ---- Payloads -------------------------------------------------------------------------------- */

static bool string_of(struct frame_span value, size_t most)
{
    return json_kind(value) == JSON_STRING && value.length > 2 && json_string_length(value) <= most;
}

static bool value_is(struct frame_span value, char kind)
{
    int64_t integer;
    switch (kind) {
    case 'A': return json_integer(value, &integer) && integer >= 1; /* an amount */
    case 'I': return json_integer(value, &integer);
    case 'W': return string_of(value, ADDRESS_BYTES_MAX); /* a wallet's address */
    case 'K': return string_of(value, KEY_BYTES_MAX);     /* what goes into a key */
    case 'S': return json_kind(value) == JSON_STRING;
    case 'O': return json_kind(value) == JSON_OBJECT;
    default: return json_kind(value) == JSON_ARRAY;
    }
}

/* Is the object exactly of this shape, "name:KIND name:KIND"? */
static bool takes(struct frame_span object, const char *shape, struct frame_span *values)
{
    struct json_walk walk;
    struct frame_span key;
    struct frame_span value;
    if (json_kind(object) != JSON_OBJECT) return false;
    json_walk_init(&walk, object);
    for (size_t i = 0; *shape != '\0'; i++) {
        const size_t length = strcspn(shape, ":");
        if (!json_next_member(&walk, &key, &value) || key.length != length + 2 ||
            memcmp(key.bytes + 1, shape, length) != 0 || !value_is(value, shape[length + 1]))
            return false;
        values[i] = value;
        shape += length + 2;
        shape += *shape == ' ';
    }
    return !json_next_member(&walk, &key, &value);
}

static int64_t integer_of(struct frame_span value)
{
    int64_t integer = 0;
    (void)json_integer(value, &integer);
    return integer;
}

/* ---- Context (§ 4) --------------------------------------------------------------------------- */

static uint8_t random_byte(struct run *run)
{
    const struct frame_crypto *crypto = run->model->crypto;
    const struct model_receipt *receipt = run->receipt;
    struct {
        uint8_t previous[32], input[32], counter;
    } seed;
    struct frame_hash input;
    struct frame_hash block;
    frame_sha256_of(crypto, &input, receipt->payload.bytes, receipt->payload.length);
    memcpy(seed.previous, receipt->previous.bytes, sizeof seed.previous); /* or GENESIS */
    memcpy(seed.input, input.bytes, sizeof seed.input);
    seed.counter = (uint8_t)(run->drawn / sizeof block.bytes);
    _Static_assert(sizeof seed == 65, "no bytes between the members");
    frame_sha256_of(crypto, &block, &seed, sizeof seed);
    return block.bytes[run->drawn++ % sizeof block.bytes];
}

static struct frame_span new_id(struct run *run)
{
    struct model_text token = {0};
    model_text_string(&token, "\"");
    for (int i = 0; i < ID_BYTES; i++) {
        const uint8_t byte = random_byte(run);
        model_text_hex(&token, &byte, 1);
    }
    model_text_string(&token, "\"");
    return keep(run, &token);
}

static int64_t now(const struct run *run)
{
    return run->receipt->timestamp_s;
}

/* ---- Money ----------------------------------------------------------------------------------- */

static struct frame_span balance_key(struct run *run, struct frame_span address)
{
    return text_of(run, "'wallet:balance:$'", inside(address));
}

static int64_t balance(struct run *run, struct frame_span address)
{
    return integer_at(run, balance_key(run, address));
}

static bool is_locked(struct frame_span escrow)
{
    struct frame_span values[VALUES_MAX];
    return takes(escrow, "amount:A recipient:S status:S", values) &&
           json_string_is(values[2], "locked");
}

static int64_t available(struct run *run)
{
    int64_t left = balance(run, run->me);
    for (size_t i = 0; i < run->count; i++) {
        struct frame_span amount;
        const struct entry *entry = &run->entries[i];
        if (json_string_begins(entry->key, "escrow:") && is_locked(entry->value) &&
            json_member(entry->value, &amount, "amount"))
            left -= integer_of(amount);
        if (left < -FRAME_INTEGER_MAX) return -FRAME_INTEGER_MAX;
    }
    return left;
}

static bool grows(struct run *run, struct frame_span key, int64_t amount)
{
    const int64_t sum = integer_at(run, key) + amount;
    if (sum > FRAME_INTEGER_MAX || sum < -FRAME_INTEGER_MAX) return false;
    put(run, key, text_of(run, "#", sum));
    return true;
}

static const char *move(struct run *run, struct frame_span to, int64_t amount)
{
    if (span_equal(to, run->me)) return NULL;
    return grows(run, balance_key(run, run->me), -amount) &&
                   grows(run, balance_key(run, to), amount)
               ? NULL
               : "overflow";
}

/* Money that comes to be, or (an amount below 0) is no more. */
static const char *issue(struct run *run, struct frame_span target, int64_t amount)
{
    return grows(run, text_of(run, "'wallet:totalSupply'"), amount) &&
                   grows(run, balance_key(run, target), amount)
               ? NULL
               : "overflow";
}

static const char *supply_told(struct run *run)
{
    return succeed(run, "{'ok':true,'supply':#}",
                   integer_at(run, text_of(run, "'wallet:totalSupply'")));
}

static const char *wallet_balance(struct run *run, const struct frame_span *v)
{
    (void)v;
    return succeed(run, "{'balance':#,'ok':true}", available(run));
}

static const char *wallet_send(struct run *run, const struct frame_span *v)
{
    if (integer_of(v[0]) > available(run)) return "insufficient";
    const char *refusal = move(run, v[1], integer_of(v[0]));
    if (refusal != NULL) return refusal;
    return succeed(run, "{'balance':#,'ok':true}", balance(run, run->me));
}

static const char *wallet_mint(struct run *run, const struct frame_span *v)
{
    const char *refusal = issue(run, v[1], integer_of(v[0]));
    return refusal != NULL ? refusal : supply_told(run);
}

static const char *wallet_burn(struct run *run, const struct frame_span *v)
{
    const int64_t amount = integer_of(v[0]);
    if (amount > balance(run, v[1])) return "insufficient";
    if (span_equal(v[1], run->me) && amount > available(run)) return "insufficient";
    const char *refusal = issue(run, v[1], -amount);
    return refusal != NULL ? refusal : supply_told(run);
}

static const char *bridge_deposit(struct run *run, const struct frame_span *v)
{
    struct frame_hash hash;
    char hex[64];
    frame_sha256_of(run->model->crypto, &hash, v[1].bytes, v[1].length);
    frame_hex_encode(hex, hash.bytes, sizeof hash.bytes);
    const struct frame_span proof = {(const uint8_t *)hex, sizeof hex};
    const struct frame_span key = text_of(run, "'bridge:proof:$'", proof);
    if (find(run, key) != NULL) return "duplicate_proof";
    put(run, key, text_of(run, "{'amount':$,'target':$,'timestamp':#}", v[0], v[2], now(run)));
    const char *refusal = issue(run, v[2], integer_of(v[0]));
    return refusal != NULL ? refusal : supply_told(run);
}

static const char *bridge_withdraw(struct run *run, const struct frame_span *v)
{
    if (integer_of(v[0]) > available(run)) return "insufficient";
    const char *refusal = issue(run, run->me, -integer_of(v[0]));
    if (refusal != NULL) return refusal;
    const struct frame_span id = new_id(run);
    put(run, text_of(run, "'bridge:withdrawal:$'", inside(id)),
        text_of(run, "{'amount':$,'destination':$,'timestamp':#}", v[0], v[1], now(run)));
    return succeed(run, "{'id':$,'ok':true}", id);
}

/* ---- Escrows --------------------------------------------------------------------------------- */

/* The ids of escrow_index but for this one, and with it where it is `there`, in order. */
static void index_escrow(struct run *run, struct frame_span id, bool there)
{
    const struct frame_span key = text_of(run, "'escrow_index'");
    const struct entry *old = find(run, key);
    struct model_text index = {0};
    struct json_walk walk;
    struct frame_span item = {NULL, 0};
    bool more = false;
    model_text_string(&index, "[");
    if (old != NULL && json_kind(old->value) == JSON_ARRAY) {
        json_walk_init(&walk, old->value);
        more = json_next_item(&walk, &item);
    }
    while (more || there) {
        const bool own =
            there &&
            (!more || (json_kind(item) == JSON_STRING && json_string_compare(id, item) < 0));
        const struct frame_span next = own ? id : item;
        if (own) there = false;
        if (own || !span_equal(item, id)) {
            if (index.length > 1) model_text_string(&index, ",");
            model_text_add(&index, next.bytes, next.length);
        }
        if (!own) more = json_next_item(&walk, &item);
    }
    model_text_string(&index, "]");
    put(run, key, keep(run, &index));
}

static const char *escrow_lock(struct run *run, const struct frame_span *v)
{
    const struct frame_span key = text_of(run, "'escrow:$'", inside(v[2]));
    if (find(run, key) != NULL) return "exists";
    if (integer_of(v[0]) > available(run)) return "insufficient";
    put(run, key, text_of(run, "{'amount':$,'recipient':$,'status':'locked'}", v[0], v[1]));
    index_escrow(run, v[2], true);
    return succeed(run, "{'ok':true}");
}

static const char *escrow_end(struct run *run, struct frame_span id, bool released)
{
    const struct frame_span key = text_of(run, "'escrow:$'", inside(id));
    const struct entry *entry = find(run, key);
    struct frame_span was[VALUES_MAX];
    if (entry == NULL) return "not_found";
    if (!is_locked(entry->value)) return "not_locked";
    (void)takes(entry->value, "amount:A recipient:S status:S", was);
    put(run, key,
        released ? text_of(run, "{'amount':$,'recipient':$,'status':'released'}", was[0], was[1])
                 : text_of(run, "{'amount':$,'recipient':$,'status':'refunded'}", was[0], was[1]));
    index_escrow(run, id, false);
    const char *refusal = released ? move(run, was[1], integer_of(was[0])) : NULL;
    return refusal != NULL ? refusal : succeed(run, "{'ok':true}");
}

static const char *escrow_release(struct run *run, const struct frame_span *v)
{
    return escrow_end(run, v[0], true);
}

static const char *escrow_refund(struct run *run, const struct frame_span *v)
{
    return escrow_end(run, v[0], false);
}

/* ---- Notes, contacts, messages, the timer, feeds ----------------------------------------------- */

static const char *notes_create(struct run *run, const struct frame_span *v)
{
    const struct frame_span id = new_id(run);
    put(run, text_of(run, "'notes:$'", inside(id)),
        text_of(run, "{'created':#,'text':$,'updated':#}", now(run), v[0], now(run)));
    return succeed(run, "{'id':$,'ok':true}", id);
}

static const char *notes_update(struct run *run, const struct frame_span *v)
{
    const struct frame_span key = text_of(run, "'notes:$'", inside(v[0]));
    const struct entry *entry = find(run, key);
    struct frame_span created;
    int64_t then = 0;
    if (entry == NULL) return "not_found";
    if (json_kind(entry->value) == JSON_OBJECT && json_member(entry->value, &created, "created"))
        (void)json_integer(created, &then);
    put(run, key, text_of(run, "{'created':#,'text':$,'updated':#}", then, v[1], now(run)));
    return succeed(run, "{'ok':true}");
}

static const char *notes_delete(struct run *run, const struct frame_span *v)
{
    struct entry *entry = find(run, text_of(run, "'notes:$'", inside(v[0])));
    if (entry == NULL) return "not_found";
    run->count--;
    memmove(entry, entry + 1, (run->count - (size_t)(entry - run->entries)) * sizeof *run->entries);
    return succeed(run, "{'ok':true}");
}

static const char *contacts_import(struct run *run, const struct frame_span *v)
{
    const size_t count = json_count(v[0]);
    struct json_walk walk;
    struct frame_span item;
    if (count < 1 || count > CONTACTS_MAX) return "bad_payload";
    json_walk_init(&walk, v[0]);
    while (json_next_item(&walk, &item)) {
        struct frame_span contact[VALUES_MAX];
        if (!takes(item, "id:K name:S", contact)) return "bad_payload";
        put(run, text_of(run, "'contacts:$'", inside(contact[0])),
            text_of(run, "{'name':$}", contact[1]));
    }
    return succeed(run, "{'count':#,'ok':true}", (int64_t)count);
}

static const char *contacts_read(struct run *run, const struct frame_span *v)
{
    (void)v;
    return succeed(run, "{'count':#,'ok':true}",
                   (int64_t)count_beginning(run, text_of(run, "'contacts:'")));
}

static const char *messages_send(struct run *run, const struct frame_span *v)
{
    const struct frame_span id = new_id(run);
    put(run, text_of(run, "'messages:$:$'", inside(v[1]), inside(id)),
        text_of(run, "{'body':$,'timestamp':#}", v[0], now(run)));
    return succeed(run, "{'id':$,'ok':true}", id);
}

static const char *messages_list(struct run *run, const struct frame_span *v)
{
    const struct frame_span with = text_of(run, "'messages:$:'", inside(v[0]));
    return succeed(run, "{'count':#,'ok':true}", (int64_t)count_beginning(run, with));
}

static const char *timer_tick(struct run *run, const struct frame_span *v)
{
    const struct frame_span key = text_of(run, "'timer:ticks'");
    (void)v;
    if (!grows(run, key, 1)) return "overflow";
    const int64_t ticks = integer_at(run, key);
    put(run, text_of(run, "'frame_ui:timer'"), text_of(run, "{'ticks':#}", ticks));
    return succeed(run, "{'ok':true,'ticks':#}", ticks);
}

static const char *feed_fetch(struct run *run, const struct frame_span *v)
{
    struct json_walk walk;
    struct frame_span item;
    struct frame_span response[VALUES_MAX];
    if (run->responses.length == 0 || json_count(run->responses) != 1) return "unsealed";
    json_walk_init(&walk, run->responses);
    if (!json_next_item(&walk, &item) || !takes(item, "body:S status:I url:S", response) ||
        !span_equal(response[2], v[0]))
        return "unsealed";
    struct model_text hex = {0};
    struct frame_hash hash;
    uint8_t *body = model_allocate(response[0].length);
    frame_sha256_of(run->model->crypto, &hash, body, json_string_decode(body, response[0]));
    free(body);
    model_text_hex(&hex, hash.bytes, sizeof hash.bytes);
    put(run, text_of(run, "'feed:$'", inside(v[0])),
        text_of(run, "{'bodyHash':'$','fetched':#,'status':$}", keep(run, &hex), now(run),
                response[1]));
    return succeed(run, "{'ok':true,'status':$}", response[1]);
}

/* ---- Intents --------------------------------------------------------------------------------- */

static const char *composite(struct run *run, const struct frame_span *v);

static const struct intent {
    const char *action;
    const char *shape; /* of the payload, see takes */
    const char *(*execute)(struct run *run, const struct frame_span *values);
    bool whole; /* no step of a composite */
} intents[] = {
    {"bridge.deposit", "amount:A proof:O target:W", bridge_deposit, false},
    {"bridge.withdraw", "amount:A destination:K", bridge_withdraw, false},
    {"composite", "steps:L", composite, true},
    {"contacts.import", "contacts:L", contacts_import, false},
    {"contacts.read", "", contacts_read, false},
    {"display.timerTick", "", timer_tick, false},
    {"escrow.lock", "amount:A recipient:W reservationId:K", escrow_lock, false},
    {"escrow.refund", "reservationId:K", escrow_refund, false},
    {"escrow.release", "reservationId:K", escrow_release, false},
    {"feed.fetch", "url:K", feed_fetch, true},
    {"messages.list", "with:K", messages_list, false},
    {"messages.send", "body:S to:K", messages_send, false},
    {"notes.create", "text:S", notes_create, false},
    {"notes.delete", "id:K", notes_delete, false},
    {"notes.update", "id:K text:S", notes_update, false},
    {"wallet.balance", "", wallet_balance, false},
    {"wallet.burnFrame", "amount:A target:W", wallet_burn, false},
    {"wallet.mintFrame", "amount:A target:W", wallet_mint, false},
    {"wallet.send", "amount:A recipient:W", wallet_send, false},
};

static const struct intent *intent_of(struct frame_span action)
{
    for (size_t i = 0; i < sizeof intents / sizeof *intents; i++)
        if (json_string_is(action, intents[i].action)) return &intents[i];
    return NULL;
}

/* The refusal's code; NULL: success, and its result. */
static const char *execute(struct run *run, const struct intent *intent, struct frame_span payload)
{
    struct frame_span values[VALUES_MAX];
    run->written = false;
    if (!takes(payload, intent->shape, values)) return "bad_payload";
    const char *refusal = intent->execute(run, values);
    if (refusal != NULL) return refusal;
    return too_large(run) ? "storage_full" : NULL;
}

/* The intent of a composite's step; NULL: it is none that may be one. */
static const struct intent *step_of(struct frame_span item, struct frame_span *payload)
{
    struct frame_span step[VALUES_MAX];
    if (!takes(item, "action:S payload:O", step)) return NULL;
    const struct intent *intent = intent_of(step[0]);
    *payload = step[1];
    return intent == NULL || intent->whole ? NULL : intent;
}

static bool steps_good(struct frame_span steps)
{
    const size_t count = json_count(steps);
    struct json_walk walk;
    struct frame_span item;
    struct frame_span payload;
    if (count < STEPS_MIN || count > STEPS_MAX) return false;
    json_walk_init(&walk, steps);
    while (json_next_item(&walk, &item))
        if (step_of(item, &payload) == NULL) return false;
    return true;
}

static const char *composite(struct run *run, const struct frame_span *v)
{
    struct model_text results = {0};
    struct json_walk walk;
    struct frame_span item;
    struct frame_span payload;
    if (!steps_good(v[0])) return "bad_payload";
    model_text_string(&results, "{\"ok\":true,\"results\":[");
    json_walk_init(&walk, v[0]);
    for (int64_t i = 0; json_next_item(&walk, &item); i++) {
        const struct intent *intent = step_of(item, &payload);
        if (intent == NULL || execute(run, intent, payload) != NULL) {
            free(results.bytes);
            (void)succeed(run, "{'error':'step_failed','ok':false,'step':#}", i);
            return "step_failed";
        }
        if (i > 0) model_text_string(&results, ",");
        model_text_add(&results, run->result.bytes, run->result.length);
    }
    model_text_string(&results, "]}");
    run->written = false; /* each step has been measured */
    return succeed(run, "$", keep(run, &results));
}

/* ---- One receipt ------------------------------------------------------------------------------- */

static void write_storage(struct model_text *text, const struct run *run)
{
    model_text_string(text, "{");
    for (size_t i = 0; i < run->count; i++) {
        if (i > 0) model_text_string(text, ",");
        model_text_add(text, run->entries[i].key.bytes, run->entries[i].key.length);
        model_text_string(text, ":");
        model_text_add(text, run->entries[i].value.bytes, run->entries[i].value.length);
    }
    model_text_string(text, "}");
}

static void run_free(struct run *run)
{
    while (run->scraps != NULL) {
        struct scrap *scrap = run->scraps;
        run->scraps = scrap->next;
        free(scrap->bytes);
        free(scrap);
    }
    free(run->entries);
    free(run->result.bytes);
}

bool model_execute(struct model_executed *executed, struct model_text *after,
                   const struct model *model, const struct model_receipt *receipt,
                   struct frame_span storage)
{
    struct run run = {.model = model, .receipt = receipt};
    struct model_text me = {0};
    struct frame_span action;
    struct frame_span payload;
    uint8_t token[6 * FRAME_IDENTITY_BYTES_MAX + 2];
    if (!json_member(receipt->payload, &action, "action") ||
        !json_member(receipt->payload, &payload, "payload"))
        return false;
    const struct intent *intent = intent_of(action);
    if (intent == NULL) return false;
    (void)json_member(receipt->payload, &run.responses, "networkResponses");
    model_text_add(&me, token,
                   json_string_encode(token, model->identity.bytes, model->identity.length));
    run.me = keep(&run, &me);
    load(&run, storage);
    const char *refusal = execute(&run, intent, payload);
    if (refusal != NULL && strcmp(refusal, "step_failed") != 0) {
        const struct frame_span code = {(const uint8_t *)refusal, strlen(refusal)};
        (void)succeed(&run, "{'error':'$','ok':false}", code);
    }
    executed->accepted = refusal == NULL;
    frame_sha256_of(model->crypto, &executed->result_hash, run.result.bytes, run.result.length);
    if (refusal == NULL) write_storage(after, &run);
    run_free(&run);
    return true;
}
