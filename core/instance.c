// SPDX-License-Identifier: Apache-2.0
/* An instance's life and its steps (§ 9, 12, 13): event and time in, an update out. */
#include "instance.h"

#include <string.h>

#include "xxhash.h"

void frame_instance_config_init(struct frame_instance_config *config)
{
    memset(config, 0, sizeof *config);
    config->crypto = frame_crypto_libsodium();
    config->policy = FRAME_POLICY_JOIN;
    config->gossip_interval_ms = 2000;
    config->coalesce_ms = 50;
    config->request_timeout_ms = 1000;
    config->retry_ms_max = 30000;
    config->ignore_ms = 10000;
    config->ignore_ms_max = 600000;
    config->offences_max = 8;
    config->peers_max = 1024;
    config->staging_receipts_max = 4096;
    config->staging_bytes_max = (size_t)4 * FRAME_PAGE_BYTES_MAX;
}

bool hash_list_set(const struct frame_allocator *allocator, struct hash_list *list,
                   const struct frame_hash *hashes, size_t count)
{
    void *array = list->at;
    if (!memory_reserve(allocator, &array, &list->capacity, count, sizeof *list->at))
        return false;
    list->at = array;
    if (count > 0)
        memcpy(list->at, hashes, count * sizeof *list->at);
    list->count = count;
    return true;
}

void hash_list_free(const struct frame_allocator *allocator, struct hash_list *list)
{
    memory_release(allocator, list->at, list->capacity * sizeof *list->at);
    *list = (struct hash_list){NULL, 0, 0};
}

/* ---- Life ---- */

static void buffers_init(struct frame_instance *instance)
{
    const struct frame_allocator *allocator = &instance->config.allocator;
    buffer_init(&instance->safe_mode.aside, allocator);
    buffer_init(&instance->acknowledge_result, allocator);
    buffer_init(&instance->wire, allocator);
    buffer_init(&instance->append, allocator);
    buffer_init(&instance->body, allocator);
    buffer_init(&instance->document, allocator);
    buffer_init(&instance->told, allocator);
}

static enum frame_status chain_start(struct frame_instance *instance)
{
    const struct frame_instance_config *config = &instance->config;
    struct frame_chain_config chain = {.crypto = config->crypto,
                                       .allocator = config->allocator,
                                       .mode = FRAME_MODE_FULL,
                                       .identity = config->identity,
                                       .public_key = &instance->identity_key,
                                       .dapps = config->dapps};
    enum frame_status status = frame_chain_new(&instance->chain, &chain);
    return status == FRAME_OK ? instance_publish(instance) : status;
}

enum frame_status frame_instance_new(struct frame_instance **result,
                                     const struct frame_instance_config *config, uint64_t now_ms)
{
    if (config->identity.length < 1 || config->identity.length > FRAME_IDENTITY_BYTES_MAX)
        return FRAME_BAD_ARGUMENT;
    struct frame_instance *instance = memory_allocate(&config->allocator, sizeof *instance);
    if (instance == NULL)
        return FRAME_NO_MEMORY;
    memset(instance, 0, sizeof *instance);
    instance->config = *config;
    memcpy(instance->identity, config->identity.bytes, config->identity.length);
    instance->config.identity.bytes = instance->identity;
    memcpy(instance->identity_key.bytes, config->identity_secret.bytes + 32, 32);
    memcpy(instance->transport_key.bytes, config->transport_secret.bytes + 32, 32);
    frame_hex_encode((char *)instance->origin, instance->transport_key.bytes, 16);
    instance->now_ms = now_ms;
    buffers_init(instance);
    instance->attest_ms = now_ms + instance_jitter(instance, config->coalesce_ms);
    enum frame_status status = chain_start(instance);
    if (status != FRAME_OK) {
        frame_instance_free(instance);
        return status;
    }
    *result = instance;
    return FRAME_OK;
}

void frame_instance_free(struct frame_instance *instance)
{
    if (instance == NULL)
        return;
    struct frame_allocator allocator = instance->config.allocator;
    for (size_t i = 0; i < instance->peer_count; i++)
        peer_free(instance, instance->peers[i]);
    memory_release(&allocator, instance->peers, instance->peer_capacity * sizeof *instance->peers);
    memory_release(&allocator, instance->outgoing,
                   instance->outgoing_capacity * sizeof *instance->outgoing);
    memory_release(&allocator, instance->offsets,
                   instance->offsets_capacity * sizeof *instance->offsets);
    memory_release(&allocator, instance->notes, instance->note_capacity * sizeof *instance->notes);
    hash_list_free(&allocator, &instance->safe_mode.kept);
    hash_list_free(&allocator, &instance->published_heads);
    buffer_free(&instance->safe_mode.aside);
    buffer_free(&instance->acknowledge_result);
    buffer_free(&instance->wire);
    buffer_free(&instance->append);
    buffer_free(&instance->body);
    buffer_free(&instance->document);
    buffer_free(&instance->told);
    frame_chain_free(instance->chain);
    memory_release(&allocator, instance, sizeof *instance);
}

/* ---- Helpers of a step ---- */

struct frame_note *instance_note(struct frame_instance *instance, enum frame_note_type type,
                                 const struct peer *peer)
{
    FRAME_ASSERT(instance->note_count < instance->note_capacity);
    struct frame_note *note = &instance->notes[instance->note_count++];
    memset(note, 0, sizeof *note);
    note->type = type;
    note->fault = (struct frame_fault){FRAME_OK, -1, -1};
    if (peer != NULL)
        note->peer = peer->key;
    return note;
}

uint64_t instance_jitter(struct frame_instance *instance, uint64_t duration_ms)
{
    uint8_t draw[16];
    for (size_t i = 0; i < 8; i++) {
        draw[i] = (uint8_t)(instance->config.jitter_seed >> (8 * i));
        draw[8 + i] = (uint8_t)(instance->draws >> (8 * i));
    }
    instance->draws++;
    uint64_t spread = duration_ms / 4;
    return duration_ms - spread / 2 + XXH64(draw, sizeof draw, 0) % (spread + 1);
}

void instance_changed(struct frame_instance *instance)
{
    uint64_t soon = instance->now_ms + instance->config.coalesce_ms;
    if (soon < instance->attest_ms)
        instance->attest_ms = soon;
}

enum frame_status instance_publish(struct frame_instance *instance)
{
    struct frame_summary summary;
    frame_chain_summary(instance->chain, &summary);
    if (!hash_list_set(&instance->config.allocator, &instance->published_heads, summary.heads,
                       summary.head_count))
        return FRAME_NO_MEMORY;
    instance->published = (struct frame_attestation){.identity_key = instance->identity_key,
                                                     .commitment = summary.commitment,
                                                     .state_root = summary.state_root,
                                                     .receipt_count = (int64_t)summary.receipts};
    instance->durable = summary.receipts;
    instance->appended = summary.receipts;
    return FRAME_OK;
}

/* § 13: frames in order of arrival. Where memory runs out the next step tries again. */
void instance_persist(struct frame_instance *instance)
{
    size_t count = frame_chain_count(instance->chain);
    if (instance->persisting || instance->appended == count)
        return;
    buffer_clear(&instance->append);
    for (uint64_t i = instance->appended; i < count; i++) {
        struct frame_receipt receipt;
        uint8_t header[FRAME_LOG_HEADER_BYTES];
        frame_chain_arrived(instance->chain, &receipt, i);
        frame_log_header(header, receipt.bytes.bytes, receipt.bytes.length);
        buffer_append(&instance->append, header, sizeof header);
        buffer_span(&instance->append, receipt.bytes);
    }
    if (instance->append.failed)
        return;
    instance->appended = count;
    instance->persisting = true;
}

/* Something is joined or executed that is not durable. */
static bool unsettled(const struct frame_instance *instance)
{
    return instance->persisting || instance->durable != frame_chain_count(instance->chain);
}

/* ---- Events ---- */

/* § 9: more than 64 heads are merged even when idle. */
static void merge_when_idle(struct frame_instance *instance)
{
    size_t appended = 0;
    if (instance->safe_mode.active || unsettled(instance) ||
        instance->published_heads.count <= FRAME_MERGE_HEADS_MAX)
        return;
    if (frame_chain_merge_heads(instance->chain, &appended, &instance->config.identity_secret, 1) !=
        FRAME_OK)
        return; /* the next step tries again */
    instance_note(instance, FRAME_NOTE_MERGED, NULL)->count = appended;
    instance_persist(instance);
}

/* What waits for storage to settle. */
static void go_on(struct frame_instance *instance)
{
    if (!unsettled(instance))
        join_aside(instance);
    if (!unsettled(instance))
        join_ready(instance);
    instance_persist(instance);
    merge_when_idle(instance);
    if (unsettled(instance))
        return;
    resume_transfers(instance);
    start_transfers(instance);
}

static enum frame_status on_durable(struct frame_instance *instance)
{
    if (!instance->persisting)
        return FRAME_OK;
    enum frame_status status = instance_publish(instance);
    if (status != FRAME_OK)
        return status;
    instance->persisting = false;
    if (instance->acknowledging) {
        struct frame_note *note = instance_note(instance, FRAME_NOTE_ACKNOWLEDGED, NULL);
        struct buffer result = instance->told;
        instance->told = instance->acknowledge_result;
        instance->acknowledge_result = result;
        note->hash = instance->acknowledge_hash;
        note->result = buffer_view(&instance->told);
        instance->acknowledging = false;
    }
    for (size_t i = 0; i < instance->peer_count; i++)
        peer_update_lacking(instance, instance->peers[i]);
    instance_changed(instance);
    return FRAME_OK;
}

static enum frame_status on_intent(struct frame_instance *instance,
                                   const struct frame_intent *intent)
{
    struct frame_intent mine = *intent;
    struct frame_executed executed;
    if (instance->safe_mode.active)
        return FRAME_SAFE_MODE;
    if (unsettled(instance))
        return FRAME_BUSY;
    mine.origin = (struct frame_span){instance->origin, sizeof instance->origin};
    enum frame_status status = frame_chain_execute(
        instance->chain, &executed, &instance->config.identity_secret, &mine, instance->clock_s);
    if (status != FRAME_OK)
        return status;
    if (executed.appended > 1)
        instance_note(instance, FRAME_NOTE_MERGED, NULL)->count = executed.appended - 1;
    if (executed.clock_behind) {
        struct frame_receipt receipt;
        FRAME_ASSERT(frame_chain_find(instance->chain, &receipt, &executed.receipt));
        instance_note(instance, FRAME_NOTE_CLOCK_BEHIND, NULL)->count =
            (uint64_t)(receipt.timestamp_s - (instance->clock_s > 0 ? instance->clock_s : 0));
    }
    buffer_clear(&instance->acknowledge_result);
    buffer_span(&instance->acknowledge_result, executed.result);
    instance->acknowledge_hash = executed.receipt;
    instance->acknowledging = true;
    instance_persist(instance);
    return FRAME_OK;
}

/* § 12: requests time out and are retried with growing delays. */
static void on_time(struct frame_instance *instance)
{
    for (size_t i = 0; i < instance->peer_count; i++) {
        struct peer *peer = instance->peers[i];
        struct transfer *transfer = &peer->transfer;
        if (!transfer->active || transfer->complete || transfer->full ||
            transfer->deadline_ms > instance->now_ms)
            continue;
        peer->attempts++;
        instance_note(instance, FRAME_NOTE_TIMED_OUT, peer)->count = peer->attempts;
        peer_drop_transfer(peer);
        peer_back_off(instance, peer);
    }
    if (instance->attest_ms <= instance->now_ms && !unsettled(instance)) {
        send_attestations(instance);
        instance->attest_ms =
            instance->now_ms + instance_jitter(instance, instance->config.gossip_interval_ms);
    }
}

/* Room for all that a step can say, so that it never stops half-way for want of it. */
static bool reserve_update(struct frame_instance *instance)
{
    const struct frame_allocator *allocator = &instance->config.allocator;
    size_t messages = 2 * instance->peer_count + 8;
    size_t notes = 8 * instance->peer_count + 16;
    void *array = instance->outgoing;
    if (!memory_reserve(allocator, &array, &instance->outgoing_capacity, messages,
                        sizeof *instance->outgoing))
        return false;
    instance->outgoing = array;
    array = instance->offsets;
    if (!memory_reserve(allocator, &array, &instance->offsets_capacity, messages,
                        sizeof *instance->offsets))
        return false;
    instance->offsets = array;
    array = instance->notes;
    if (!memory_reserve(allocator, &array, &instance->note_capacity, notes,
                        sizeof *instance->notes))
        return false;
    instance->notes = array;
    return true;
}

static enum frame_status dispatch(struct frame_instance *instance, const struct frame_event *event)
{
    switch (event->type) {
    case FRAME_EVENT_MESSAGE:
        receive_message(instance, event->message);
        return FRAME_OK;
    case FRAME_EVENT_INTENT:
        return on_intent(instance, event->intent);
    case FRAME_EVENT_DURABLE:
        return on_durable(instance);
    case FRAME_EVENT_FAILED:
        instance->halted = true;
        return FRAME_OK;
    case FRAME_EVENT_ACCEPT_LOSS:
        if (instance->safe_mode.active)
            safe_mode_leave(instance);
        return FRAME_OK;
    case FRAME_EVENT_STOP:
        join_staged(instance);
        return FRAME_OK;
    case FRAME_EVENT_TICK:
        break;
    }
    return FRAME_OK;
}

/* Empties a buffer; a page's worth of memory is given back. */
static void relax(struct buffer *buffer)
{
    if (buffer->capacity > FRAME_PAGE_BYTES_MAX / 8)
        buffer_free(buffer);
    buffer_clear(buffer);
}

static void update_begin(struct frame_instance *instance)
{
    instance->outgoing_count = 0;
    instance->note_count = 0;
    relax(&instance->wire);
    relax(&instance->append);
    relax(&instance->body);
    relax(&instance->document);
}

static void update_fill(struct frame_instance *instance, struct frame_update *update,
                        bool appended)
{
    if (appended)
        update->append = buffer_view(&instance->append);
    for (size_t i = 0; i < instance->outgoing_count; i++)
        instance->outgoing[i].bytes.bytes = instance->wire.bytes + instance->offsets[i];
    update->messages = instance->outgoing;
    update->message_count = instance->outgoing_count;
    update->notes = instance->notes;
    update->note_count = instance->note_count;
}

enum frame_status frame_instance_step(struct frame_instance *instance, struct frame_update *update,
                                      const struct frame_event *event)
{
    memset(update, 0, sizeof *update);
    if (instance->halted)
        return FRAME_HALTED;
    if (!reserve_update(instance))
        return FRAME_NO_MEMORY;
    FRAME_ASSERT(event->now_ms >= instance->now_ms);
    instance->now_ms = event->now_ms;
    instance->clock_s = event->clock_s;
    bool persisting = instance->persisting;
    update_begin(instance);
    enum frame_status status = dispatch(instance, event);
    if (event->type == FRAME_EVENT_DURABLE && status == FRAME_OK)
        persisting = false;
    if (!instance->halted) {
        instance_persist(instance);
        if (event->type != FRAME_EVENT_STOP)
            go_on(instance);
        on_time(instance);
    }
    update_fill(instance, update, instance->persisting && !persisting);
    return status;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t frame_instance_deadline(const struct frame_instance *instance)
{
    uint64_t deadline = UINT64_MAX;
    bool settled = !unsettled(instance);
    if (instance->halted)
        return UINT64_MAX;
    if (!instance->persisting && !settled)
        return instance->now_ms + 1; /* frames still to be handed out: memory was short */
    if (settled)
        deadline = instance->attest_ms;
    for (size_t i = 0; i < instance->peer_count; i++) {
        const struct peer *peer = instance->peers[i];
        const struct transfer *transfer = &peer->transfer;
        if (transfer->active && !transfer->complete && !transfer->full)
            deadline = least(deadline, transfer->deadline_ms);
        if (settled && !transfer->active && peer->lacking)
            deadline = least(deadline, peer->retry_ms > instance->now_ms ? peer->retry_ms
                                                                          : instance->attest_ms);
    }
    return deadline;
}

/* ---- Questions ---- */

const struct frame_chain *frame_instance_chain(const struct frame_instance *instance)
{
    return instance->chain;
}

uint64_t frame_instance_durable(const struct frame_instance *instance)
{
    return instance->durable;
}

bool frame_instance_in_safe_mode(const struct frame_instance *instance)
{
    return instance->safe_mode.active;
}

bool frame_instance_halted(const struct frame_instance *instance)
{
    return instance->halted;
}
