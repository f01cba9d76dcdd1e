// SPDX-License-Identifier: Apache-2.0
/* An instance's life and its steps (§ 9, 12, 13): event and time in, an update out. */
#include "instance.h"

#include <string.h>

#include "chain.h"
#include "dapp.h"
#include "planted.h"
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
    config->capabilities = (UINT32_C(1) << FRAME_CAPABILITY_COUNT) - 1; /* all */
    config->announce_interval_ms = 5000;
    config->table_peers_max = FRAME_TABLE_PEERS_MAX;
}

bool hash_list_reserve(const struct frame_allocator *allocator, struct hash_list *list,
                       size_t count)
{
    void *array = list->at;
    if (!memory_reserve(allocator, &array, &list->capacity, count, sizeof *list->at)) return false;
    list->at = array;
    return true;
}

bool hash_list_set(const struct frame_allocator *allocator, struct hash_list *list,
                   const struct frame_hash *hashes, size_t count)
{
    if (!hash_list_reserve(allocator, list, count)) return false;
    if (count > 0) memcpy(list->at, hashes, count * sizeof *list->at);
    list->count = count;
    return true;
}

void hash_list_free(const struct frame_allocator *allocator, struct hash_list *list)
{
    memory_release(allocator, list->at, list->capacity * sizeof *list->at);
    *list = (struct hash_list){NULL, 0, 0};
}

/* ---- Durability (§ 12) ---- */

static bool publish_reserve(struct frame_instance *instance)
{
    struct frame_summary summary;
    frame_chain_summary(instance->chain, &summary);
    return hash_list_reserve(&instance->config.allocator, &instance->published_heads,
                             summary.head_count);
}

/* All is durable: its figures and heads are what others are told. Room for the heads is reserved. */
static void publish(struct frame_instance *instance)
{
    struct frame_summary summary;
    frame_chain_summary(instance->chain, &summary);
    FRAME_MUST(hash_list_set(&instance->config.allocator, &instance->published_heads, summary.heads,
                             summary.head_count));
    instance->published = (struct frame_attestation){.identity_key = instance->identity_key,
                                                     .commitment = summary.commitment,
                                                     .state_root = summary.state_root,
                                                     .receipt_count = (int64_t)summary.receipts};
    if (FRAME_PLANTED(attest_stale_count) && summary.receipts > instance->durable)
        instance->published.receipt_count = (int64_t)instance->durable;
    instance->durable = summary.receipts;
    instance->persisting = false;
}

enum frame_status instance_recovered(struct frame_instance *instance)
{
    if (!publish_reserve(instance)) return FRAME_NO_MEMORY;
    publish(instance);
    return FRAME_OK;
}

bool instance_unsettled(const struct frame_instance *instance)
{
    return instance->durable != frame_chain_count(instance->chain);
}

/* § 13: hands out the frames of what is not durable, in order of arrival. Where memory is short the
   next step tries again; DURABLE then needs none. */
static void persist(struct frame_instance *instance)
{
    struct buffer *append = &instance->append;
    size_t count = frame_chain_count(instance->chain);
    if (instance->persisting || instance->durable == count || !publish_reserve(instance)) return;
    for (size_t i = (size_t)instance->durable; i < count; i++) {
        struct frame_receipt receipt;
        uint8_t header[FRAME_LOG_HEADER_BYTES];
        frame_chain_arrived(instance->chain, &receipt, i);
        if (FRAME_PLANTED(merges_not_logged) && receipt.parent_count > 1) continue;
        if (FRAME_PLANTED(frames_in_canonical_order)) frame_chain_at(instance->chain, &receipt, i);
        frame_log_header(header, receipt.bytes.bytes, receipt.bytes.length);
        buffer_append(append, header, sizeof header);
        buffer_span(append, receipt.bytes);
    }
    instance->persisting = !append->failed;
    if (FRAME_PLANTED(attests_undurable)) {
        publish(instance);
        instance->persisting = true;
    }
    if (append->failed) buffer_clear(append);
}

/* ---- Life ---- */

static void buffers_init(struct frame_instance *instance)
{
    const struct frame_allocator *allocator = &instance->config.allocator;
    buffer_init(&instance->safe_mode.aside, allocator);
    buffer_init(&instance->wire, allocator);
    buffer_init(&instance->append, allocator);
    buffer_init(&instance->body, allocator);
    buffer_init(&instance->document, allocator);
}

enum frame_status instance_chain_new(const struct frame_instance *instance,
                                     struct frame_chain **chain)
{
    const struct frame_instance_config *config = &instance->config;
    const struct frame_chain_config wanted = {.crypto = config->crypto,
                                              .allocator = config->allocator,
                                              .mode = FRAME_MODE_FULL,
                                              .identity = config->identity,
                                              .public_key = &instance->identity_key,
                                              .dapps = config->dapps};
    return frame_chain_new(chain, &wanted);
}

/* Waits of no length would make a deadline that never moves. */
static bool config_valid(const struct frame_instance_config *config)
{
    return config->identity.length >= 1 && config->identity.length <= FRAME_IDENTITY_BYTES_MAX &&
           config->gossip_interval_ms > 0 && config->request_timeout_ms > 0 &&
           config->retry_ms_max > 0 && config->announce_interval_ms > 0 &&
           config->table_peers_max >= 2 && config->table_peers_max <= FRAME_TABLE_PEERS_MAX;
}

enum frame_status frame_instance_new(struct frame_instance **result,
                                     const struct frame_instance_config *config, uint64_t now_ms)
{
    if (!config_valid(config)) return FRAME_BAD_ARGUMENT;
    struct frame_instance *instance = memory_allocate(&config->allocator, sizeof *instance);
    if (instance == NULL) return FRAME_NO_MEMORY;
    memset(instance, 0, sizeof *instance);
    instance->config = *config;
    if (config->dapps == NULL) instance->config.dapps = frame_dapps_builtin();
    memcpy(instance->identity, config->identity.bytes, config->identity.length);
    instance->config.identity.bytes = instance->identity;
    memcpy(instance->identity_key.bytes, config->identity_secret.bytes + 32, 32);
    memcpy(instance->transport_key.bytes, config->transport_secret.bytes + 32, 32);
    frame_hex_encode((char *)instance->origin, instance->transport_key.bytes, 16);
    instance->now_ms = now_ms;
    buffers_init(instance);
    instance->attest_ms = instance_after(instance, instance_jitter(instance, config->coalesce_ms));
    enum frame_status status = instance_chain_new(instance, &instance->chain);
    if (status == FRAME_OK) status = instance_recovered(instance);
    if (status == FRAME_OK && config->discovery) status = discovery_new(instance);
    if (status == FRAME_OK && !instance_reserve_update(instance, 0)) status = FRAME_NO_MEMORY;
    if (status != FRAME_OK) {
        frame_instance_free(instance);
        return status;
    }
    *result = instance;
    return FRAME_OK;
}

void frame_instance_free(struct frame_instance *instance)
{
    if (instance == NULL) return;
    struct frame_allocator allocator = instance->config.allocator;
    for (size_t i = 0; i < instance->peer_count; i++)
        peer_free(instance, instance->peers[i]);
    memory_release(&allocator, instance->peers, instance->peer_capacity * sizeof *instance->peers);
    memory_release(&allocator, instance->outgoing,
                   instance->outgoing_capacity * sizeof *instance->outgoing);
    memory_release(&allocator, instance->offsets,
                   instance->offsets_capacity * sizeof *instance->offsets);
    memory_release(&allocator, instance->notes, instance->note_capacity * sizeof *instance->notes);
    hash_list_free(&allocator, &instance->published_heads);
    hash_list_free(&allocator, &instance->safe_mode.wanted);
    buffer_free(&instance->safe_mode.aside);
    buffer_free(&instance->wire);
    buffer_free(&instance->append);
    buffer_free(&instance->body);
    buffer_free(&instance->document);
    frame_chain_free(instance->chain);
    discovery_free(instance);
    memory_release(&allocator, instance, sizeof *instance);
}

/* ---- Helpers of a step ---- */

/*
 * Messages: to each peer an attestation and a request, and one answer. Notes: on each peer, that a request
 * timed out, and three where its staged receipts are refused; at most three on the event, and one each on
 * receipts set aside, an idle merge, the end of safe mode.
 *
 * With discovery on an announcement to each peer, each candidate and a stranger; each route asks, each job
 * is answered and attested to, or executed after a merge. A route notes that it asks, and is done; each of its promises
 * three where it is not kept. An entry that leaves the table, or is new, is noted.
 */
bool instance_reserve_update(struct frame_instance *instance, size_t peers)
{
    const struct frame_allocator *allocator = &instance->config.allocator;
    size_t messages = 2 * peers + 1;
    size_t notes = 4 * peers + 6;
    if (instance->discovery != NULL) {
        messages +=
            peers + FRAME_TABLE_PEERS_MAX / 2 + 2 + FRAME_ROUTES_MAX + (size_t)3 * FRAME_JOBS_MAX;
        notes += 2 * peers + 2 + (size_t)FRAME_ROUTES_MAX * (2 + 3 * PROMISES_MAX) +
                 (size_t)2 * FRAME_JOBS_MAX;
    }
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

struct frame_note *instance_note(struct frame_instance *instance, enum frame_note_type type,
                                 const struct peer *peer)
{
    FRAME_ASSERT(instance->note_count < instance->note_capacity);
    struct frame_note *note = &instance->notes[instance->note_count++];
    memset(note, 0, sizeof *note);
    note->type = type;
    note->fault = (struct frame_fault){FRAME_OK, -1, -1};
    if (peer != NULL) note->peer = peer->key;
    return note;
}

uint64_t instance_after(const struct frame_instance *instance, uint64_t duration_ms)
{
    uint64_t left_ms = UINT64_MAX - instance->now_ms;
    return duration_ms < left_ms ? instance->now_ms + duration_ms : UINT64_MAX;
}

uint64_t instance_draw(struct frame_instance *instance, uint64_t bound)
{
    uint8_t draw[16];
    for (size_t i = 0; i < 8; i++) {
        draw[i] = (uint8_t)(instance->config.jitter_seed >> (8 * i));
        draw[8 + i] = (uint8_t)(instance->draws >> (8 * i));
    }
    if (FRAME_PLANTED(draw_in_words)) {
        memcpy(draw, &instance->config.jitter_seed, 8);
        memcpy(draw + 8, &instance->draws, 8);
    }
    instance->draws++;
    return XXH64(draw, sizeof draw, 0) % bound;
}

uint64_t instance_jitter(struct frame_instance *instance, uint64_t duration_ms)
{
    return duration_ms - instance_draw(instance, duration_ms / 4 + 1);
}

void instance_changed(struct frame_instance *instance)
{
    uint64_t soon_ms = instance_after(instance, instance->config.coalesce_ms);
    if (soon_ms < instance->attest_ms) instance->attest_ms = soon_ms;
}

/* ---- Events ---- */

static void on_durable(struct frame_instance *instance)
{
    if (!instance->persisting) return;
    publish(instance);
    if (instance->acknowledging) {
        struct frame_note *note = instance_note(instance, FRAME_NOTE_ACKNOWLEDGED, NULL);
        note->hash = instance->acknowledge_hash;
        note->result = instance->acknowledge_result;
        instance->acknowledging = false;
    }
    if (instance->discovery != NULL) jobs_durable(instance);
    for (size_t i = 0; i < instance->peer_count; i++)
        peer_update_lacking(instance, instance->peers[i]);
    instance->safe_mode.look = true;
    instance_changed(instance);
}

static enum frame_status on_intent(struct frame_instance *instance,
                                   const struct frame_intent *intent)
{
    struct frame_intent mine = *intent;
    struct frame_executed executed;
    if (instance->safe_mode.active && !FRAME_PLANTED(intents_in_safe_mode)) return FRAME_SAFE_MODE;
    if (instance_unsettled(instance) && !FRAME_PLANTED(changes_while_persisting)) return FRAME_BUSY;
    mine.origin = (struct frame_span){instance->origin, sizeof instance->origin};
    if (FRAME_PLANTED(origin_left_out)) mine.origin.length = 0;
    mine.lacking = ~instance->config.capabilities;
    enum frame_status status = frame_chain_execute(
        instance->chain, &executed, &instance->config.identity_secret, &mine, instance->clock_s);
    if (status != FRAME_OK) return status;
    if (executed.appended > 1)
        instance_note(instance, FRAME_NOTE_MERGED, NULL)->count =
            executed.appended - 1 + FRAME_PLANTED(merges_miscounted);
    if (executed.clock_behind && !FRAME_PLANTED(clock_untold)) {
        struct frame_receipt receipt;
        FRAME_MUST(frame_chain_find(instance->chain, &receipt, &executed.receipt));
        instance_note(instance, FRAME_NOTE_CLOCK_BEHIND, NULL)->count =
            (uint64_t)(receipt.timestamp_s - (instance->clock_s > 0 ? instance->clock_s : 0));
    }
    instance->acknowledge_hash = executed.receipt;
    instance->acknowledge_result = executed.result;
    instance->acknowledging = true;
    if (FRAME_PLANTED(acknowledges_undurable)) {
        struct frame_note *note = instance_note(instance, FRAME_NOTE_ACKNOWLEDGED, NULL);
        note->hash = executed.receipt;
        note->result = executed.result;
        instance->acknowledging = false;
    }
    return FRAME_OK;
}

static enum frame_status dispatch(struct frame_instance *instance, struct frame_update *update,
                                  const struct frame_event *event)
{
    switch (event->type) {
    case FRAME_EVENT_TICK: break;
    case FRAME_EVENT_MESSAGE: receive_message(instance, event->message); break;
    case FRAME_EVENT_INTENT: return on_intent(instance, event->intent);
    case FRAME_EVENT_DURABLE: on_durable(instance); break;
    case FRAME_EVENT_FAILED: instance->halted = !FRAME_PLANTED(goes_on_after_failure); break;
    case FRAME_EVENT_ACCEPT_LOSS: instance->safe_mode.accepted = true; break;
    case FRAME_EVENT_STOP: instance->stopping = true; break;
    case FRAME_EVENT_ROUTE: return routes_add(instance, &update->route, event->intent);
    case FRAME_EVENT_FETCHED:
        jobs_fetched(instance, &event->route, event->network_responses);
        break;
    }
    return FRAME_OK;
}

/* ---- What follows an event ---- */

/* The caller replaces its log now, so nothing is appended in the same step. */
static void leave_safe_mode(struct frame_instance *instance)
{
    safe_mode_clear(instance);
    instance_note(instance, FRAME_NOTE_SAFE_MODE_LEFT, NULL);
    instance_changed(instance);
}

/* § 9: more than 64 heads are merged even when idle. */
static void merge_when_idle(struct frame_instance *instance)
{
    size_t appended = 0;
    if (instance->safe_mode.active || instance_unsettled(instance) ||
        FRAME_PLANTED(idle_heads_unmerged) ||
        instance->published_heads.count <= FRAME_MERGE_HEADS_MAX)
        return;
    if (frame_chain_merge_heads(instance->chain, &appended, &instance->config.identity_secret, 1) ==
        FRAME_OK) /* else the next step tries again */
        instance_note(instance, FRAME_NOTE_MERGED, NULL)->count = appended;
}

/* One change of the chain after the other, each made durable before the next. */
static void go_on(struct frame_instance *instance)
{
    persist(instance);
    if (instance_unsettled(instance)) return;
    if (safe_mode_over(instance)) {
        leave_safe_mode(instance);
        return;
    }
    if (instance->stopping) {
        if (!FRAME_PLANTED(stop_drops_staged)) join_staged(instance);
        instance->stopping = false;
        persist(instance);
        return;
    }
    safe_mode_join(instance);
    join_ready(instance);
    if (instance->discovery != NULL) jobs_execute(instance);
    merge_when_idle(instance);
    persist(instance);
    requests_make(instance);
}

static void attest_in_time(struct frame_instance *instance)
{
    if (instance->attest_ms > instance->now_ms) return;
    send_attestations(instance);
    instance->attest_ms =
        instance_after(instance, instance_jitter(instance, instance->config.gossip_interval_ms));
    if (FRAME_PLANTED(gossip_only_changes)) instance->attest_ms = UINT64_MAX;
}

/* ---- Steps ---- */

/* Empties a buffer; a page's worth of memory is given back. */
static void relax(struct buffer *buffer)
{
    if (buffer->capacity > FRAME_PAGE_BYTES_MAX / 8) buffer_free(buffer);
    buffer_clear(buffer);
}

static void update_begin(struct frame_instance *instance)
{
    instance->outgoing_count = 0;
    instance->note_count = 0;
    chain_drop_reports(instance->chain);
    relax(&instance->wire);
    relax(&instance->append);
    relax(&instance->body);
    relax(&instance->document);
}

static void update_fill(struct frame_instance *instance, struct frame_update *update)
{
    for (size_t i = 0; i < instance->outgoing_count; i++)
        instance->outgoing[i].bytes.bytes = instance->wire.bytes + instance->offsets[i];
    size_t listed = 0; /* lists move as more of them are kept */
    for (size_t i = 0; i < instance->note_count; i++)
        if (instance->notes[i].type == FRAME_NOTE_JOINED)
            listed = chain_place_report(instance->chain, &instance->notes[i].report, listed);
    update->append = buffer_view(&instance->append);
    update->messages = instance->outgoing;
    update->message_count = instance->outgoing_count;
    update->notes = instance->notes;
    update->note_count = instance->note_count;
}

enum frame_status frame_instance_step(struct frame_instance *instance, struct frame_update *update,
                                      const struct frame_event *event)
{
    memset(update, 0, sizeof *update);
    if (instance->halted) return FRAME_HALTED;
    FRAME_ASSERT(event->now_ms >= instance->now_ms);
    instance->now_ms = event->now_ms;
    instance->clock_s = event->clock_s;
    update_begin(instance);
    enum frame_status status = dispatch(instance, update, event);
    if (!instance->halted) {
        requests_time_out(instance);
        go_on(instance);
        attest_in_time(instance);
        if (instance->discovery != NULL) {
            routes_go_on(instance);
            discovery_go_on(instance);
        }
    }
    update_fill(instance, update);
    return status;
}

uint64_t frame_instance_deadline(const struct frame_instance *instance)
{
    if (instance->halted) return UINT64_MAX;
    uint64_t deadline_ms = requests_deadline(instance);
    if (instance->attest_ms < deadline_ms) deadline_ms = instance->attest_ms;
    if (instance->discovery != NULL) {
        const uint64_t announce_ms = discovery_deadline(instance);
        const uint64_t routes_ms = routes_deadline(instance);
        if (announce_ms < deadline_ms) deadline_ms = announce_ms;
        if (routes_ms < deadline_ms) deadline_ms = routes_ms;
    }
    if (instance_unsettled(instance) && !instance->persisting) { /* memory was short */
        uint64_t again_ms = instance_after(instance, instance->config.request_timeout_ms);
        if (again_ms < deadline_ms) deadline_ms = again_ms;
    }
    return deadline_ms;
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
