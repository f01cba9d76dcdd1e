// SPDX-License-Identifier: Apache-2.0
#include "model_make.h"

#include "core/json.h"
#include "model_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn static void give_up(const char *why)
{
    fprintf(stderr, "model: %s\n", why);
    abort();
}

/* ---- The 16 fields (§ 3) --------------------------------------------------------------------- */

struct draft {
    const char *dapp;
    const char *declared;   /* separated by spaces */
    struct frame_span used; /* canonical array */
    const char *intent;
    struct frame_span payload; /* inputPayload */
    struct frame_hash input_hash;
    struct frame_hash next_root;
    const struct frame_hash *previous; /* NULL: null */
    struct frame_hash previous_root;
    struct frame_hash result_hash;
    int64_t timestamp_s;
};

static void add_quoted(struct model_text *text, const char *string)
{
    size_t length = strlen(string);
    size_t size = json_string_encode(NULL, (const uint8_t *)string, length);
    uint8_t *token = model_allocate(size);
    json_string_encode(token, (const uint8_t *)string, length);
    model_text_add(text, token, size);
    free(token);
}

static void add_hash(struct model_text *text, const char *before, const struct frame_hash *hash)
{
    model_text_string(text, before);
    model_text_string(text, "\"");
    model_text_hex(text, hash->bytes, sizeof hash->bytes);
    model_text_string(text, "\"");
}

static void add_integer(struct model_text *text, const char *before, int64_t integer)
{
    uint8_t digits[20];
    model_text_string(text, before);
    model_text_add(text, digits, json_integer_write(digits, integer));
}

/* The fields before publicKey, which all belong to the signable. */
static struct model_text write_front(const struct model *model, const struct draft *draft)
{
    struct model_text text = {0};
    model_text_string(&text, "{\"capabilitiesDeclared\":");
    model_add_list(&text, draft->declared);
    model_text_string(&text, ",\"capabilitiesUsed\":");
    model_text_add(&text, draft->used.bytes, draft->used.length);
    model_text_string(&text, ",\"dappId\":");
    add_quoted(&text, draft->dapp);
    model_text_string(&text, ",\"identity\":");
    size_t size = json_string_encode(NULL, model->identity.bytes, model->identity.length);
    uint8_t *identity = model_allocate(size);
    json_string_encode(identity, model->identity.bytes, model->identity.length);
    model_text_add(&text, identity, size);
    free(identity);
    add_hash(&text, ",\"inputHash\":", &draft->input_hash);
    model_text_string(&text, ",\"inputPayload\":");
    model_text_add(&text, draft->payload.bytes, draft->payload.length);
    model_text_string(&text, ",\"intent\":");
    add_quoted(&text, draft->intent);
    add_hash(&text, ",\"nextStateRoot\":", &draft->next_root);
    if (draft->previous)
        add_hash(&text, ",\"previousReceiptHash\":", draft->previous);
    else
        model_text_string(&text, ",\"previousReceiptHash\":null");
    add_hash(&text, ",\"previousStateRoot\":", &draft->previous_root);
    return text;
}

/* Signs (§ 3) what is written in three parts: `front` and `back` make the signable, and a member
   "resultHash" stands between. The text is allocated. */
static struct frame_span seal(const struct model *model, const struct frame_secret_key *secret,
                              struct frame_span front, const struct frame_hash *result_hash,
                              struct frame_span back)
{
    struct model_text signable = {0}, text = {0};
    model_text_add(&signable, front.bytes, front.length);
    add_hash(&signable, ",\"resultHash\":", result_hash);
    model_text_add(&signable, back.bytes, back.length);
    struct frame_hash hash;
    uint8_t signature[64];
    frame_sha256_of(model->crypto, &hash, signable.bytes, signable.length);
    model->crypto->sign(model->crypto->context, signature, &hash, secret);

    model_text_add(&text, front.bytes, front.length);
    model_text_string(&text, ",\"publicKey\":\"");
    model_text_hex(&text, model->public_key.bytes, sizeof model->public_key.bytes);
    add_hash(&text, "\",\"receiptHash\":", &hash);
    add_hash(&text, ",\"resultHash\":", result_hash);
    model_text_string(&text, ",\"signature\":\"");
    model_text_hex(&text, signature, sizeof signature);
    model_text_string(&text, "\"");
    model_text_add(&text, back.bytes, back.length);
    free(signable.bytes);
    return model_text_span(&text);
}

/* Adds a receipt that is there then, under its hash, whether it is new or not. */
static size_t add_sealed(struct model *model, struct frame_span text)
{
    struct frame_span token;
    struct frame_hash hash;
    size_t index;
    if (!model_add(model, text) || !json_member(text, &token, "receiptHash") ||
        !frame_hex_decode(hash.bytes, sizeof hash.bytes, (const char *)token.bytes + 1, 64) ||
        !model_find(model, &index, &hash))
        give_up("a receipt of its own making is unreadable");
    model_free_span(text);
    return index;
}

static size_t add_draft(struct model *model, const struct frame_secret_key *secret,
                        const struct draft *draft)
{
    struct model_text front = write_front(model, draft), back = {0};
    add_integer(&back, ",\"timestamp\":", draft->timestamp_s);
    model_text_string(&back, ",\"version\":2}");
    struct frame_span text =
        seal(model, secret, model_text_span(&front), &draft->result_hash, model_text_span(&back));
    free(front.bytes);
    free(back.bytes);
    return add_sealed(model, text);
}

/* ---- Making ---------------------------------------------------------------------------------- */

static struct model_text write_payload(const struct model_intent *intent, int64_t timestamp_s)
{
    struct model_text text = {0};
    model_text_string(&text, "{\"action\":");
    add_quoted(&text, intent->action);
    if (intent->network_responses.length > 0) {
        model_text_string(&text, ",\"networkResponses\":");
        model_text_add(&text, intent->network_responses.bytes, intent->network_responses.length);
    }
    model_text_string(&text, ",\"origin\":");
    add_quoted(&text, intent->origin);
    model_text_string(&text, ",\"payload\":");
    model_text_add(&text, intent->payload.bytes, intent->payload.length);
    model_text_string(&text, ",\"raw\":");
    add_quoted(&text, intent->raw);
    add_integer(&text, ",\"timestamp\":", timestamp_s);
    model_text_string(&text, "}");
    return text;
}

/* Executes the draft's payload on a storage: used, input_hash, result_hash, next_root. `used` is
   allocated. */
static void execute_draft(const struct model *model, struct draft *draft, struct frame_span storage)
{
    struct frame_intent_run input = {.identity = model->identity,
                                     .input_payload = draft->payload,
                                     .previous = draft->previous,
                                     .public_key = &model->public_key,
                                     .storage = storage,
                                     .timestamp_s = draft->timestamp_s};
    struct frame_intent_outcome outcome;
    struct model_text used = {0}, after = {0};
    struct frame_sink nothing = {0};
    struct frame_allocator allocator = model_allocator();
    if (frame_intent_execute(&outcome, nothing, model_text_sink(&after), model_text_sink(&used),
                             model->crypto, &allocator, &input) != FRAME_OK)
        give_up("an intent cannot be executed");
    draft->used = model_text_span(&used);
    draft->input_hash = outcome.input_hash;
    draft->result_hash = outcome.result_hash;
    model_state_root(model, &draft->next_root, outcome.accepted ? model_text_span(&after) : storage,
                     draft->previous ? draft->previous : &model->genesis);
    free(after.bytes);
}

size_t model_make(struct model *model, const struct frame_secret_key *secret, const bool *members,
                  const struct model_intent *intent)
{
    const struct model_fold *fold = model_fold_of(model, members);
    if (!fold || fold->head_count > 1) give_up("an intent needs one head");
    struct draft draft = {.intent = intent->action,
                          .previous_root = model->empty_root,
                          .timestamp_s = intent->clock_s};
    if (fold->head_count == 1) {
        const struct model_receipt *head = model_at(model, fold->order[fold->count - 1]);
        draft.previous = &head->hash;
        draft.previous_root = head->next_root;
        if (draft.timestamp_s < head->timestamp_s) draft.timestamp_s = head->timestamp_s;
    }
    draft.dapp = model_dapp_of(intent->action, &draft.declared);
    if (!draft.dapp) give_up("an action that no dApp has");
    struct model_text payload = write_payload(intent, draft.timestamp_s);
    draft.payload = model_text_span(&payload);
    execute_draft(model, &draft, fold->storage);
    if (model_route_held(model, fold, model_route_of(draft.payload))) {
        model_duplicate_result_hash(model, &draft.result_hash);
        model_state_root(model, &draft.next_root, fold->storage,
                         draft.previous ? draft.previous : &model->genesis);
    }
    size_t index = add_draft(model, secret, &draft);
    model_free_span(draft.used);
    free(payload.bytes);
    return index;
}

static struct model_text write_heads(const struct model_fold *merged, int64_t timestamp_s)
{
    struct model_text heads = {0};
    for (size_t i = 0; i < merged->head_count; i++)
        add_hash(&heads, i == 0 ? "{\"heads\":[" : ",", &merged->heads[i]);
    model_text_string(&heads, "]}");
    struct model_intent intent = {
        .action = "federation.merge", .payload = model_text_span(&heads), .origin = "", .raw = ""};
    struct model_text payload = write_payload(&intent, timestamp_s);
    free(heads.bytes);
    return payload;
}

/* § 9. The fold that a merge lays down is that of the closure of the heads it names. */
size_t model_make_merge(struct model *model, const struct frame_secret_key *secret,
                        const bool *members)
{
    const struct model_fold *fold = model_fold_of(model, members);
    if (!fold || fold->head_count < 2) give_up("a merge needs two heads");
    size_t count =
        fold->head_count < FRAME_MERGE_HEADS_MAX ? fold->head_count : FRAME_MERGE_HEADS_MAX;
    const struct model_fold *merged = model_fold_closure(model, fold->heads, count);
    struct draft draft = {.intent = "federation.merge",
                          .used = {.bytes = (const uint8_t *)"[]", .length = 2},
                          .previous = &merged->heads[0]};
    for (size_t i = 0; i < count; i++) {
        size_t head;
        if (!model_find(model, &head, &merged->heads[i])) give_up("a head is gone");
        const struct model_receipt *receipt = model_at(model, head);
        if (i == 0) draft.previous_root = receipt->next_root;
        if (receipt->timestamp_s > draft.timestamp_s) draft.timestamp_s = receipt->timestamp_s;
    }
    draft.dapp = model_dapp_of(draft.intent, &draft.declared);
    struct model_text payload = write_heads(merged, draft.timestamp_s);
    draft.payload = model_text_span(&payload);
    frame_sha256_of(model->crypto, &draft.input_hash, payload.bytes, payload.length);
    model_merge_result_hash(model, &draft.result_hash, count);
    model_state_root(model, &draft.next_root, merged->storage, draft.previous);
    size_t index = add_draft(model, secret, &draft);
    free(payload.bytes);
    return index;
}

/* ---- Forging --------------------------------------------------------------------------------- */

size_t model_forge(struct model *model, const struct frame_secret_key *secret, size_t index,
                   const char *field, const struct frame_hash *value)
{
    const struct model_receipt *receipt = model_at(model, index);
    struct frame_hash result_hash = receipt->result_hash;
    struct frame_span key, timestamp;
    if (!json_member(receipt->text, &key, "publicKey") ||
        !json_member(receipt->text, &timestamp, "timestamp"))
        give_up("a receipt without its fields");
    const size_t key_name = strlen(",\"publicKey\":"), time_name = strlen(",\"timestamp\":");
    const uint8_t *end = receipt->text.bytes + receipt->text.length;
    struct frame_span back = {.bytes = timestamp.bytes - time_name};
    back.length = (size_t)(end - back.bytes);
    struct model_text front = {0};
    model_text_add(&front, receipt->text.bytes,
                   (size_t)(key.bytes - receipt->text.bytes) - key_name);

    struct frame_span old;
    if (strcmp(field, "resultHash") == 0) {
        result_hash = *value;
    } else {
        if (!json_member(receipt->text, &old, field)) give_up("no such field to forge");
        char hex[64];
        frame_hex_encode(hex, value->bytes, sizeof value->bytes);
        memcpy(front.bytes + (old.bytes + 1 - receipt->text.bytes), hex, sizeof hex);
    }
    struct frame_span text = seal(model, secret, model_text_span(&front), &result_hash, back);
    free(front.bytes);
    return add_sealed(model, text);
}
