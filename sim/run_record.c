// SPDX-License-Identifier: Apache-2.0
#include "sim/run_record.h"

#include <stdlib.h>
#include <string.h>

/* What is known of a peer while the run goes on. */
struct run_peer {
    char *name;
    bool adversary;
    size_t last;    /* its latest record */
    size_t trigger; /* the latest one that made it take a step */
    size_t fall;    /* the latest crash, halt or leave */
    size_t append;  /* the latest write to its log */
    size_t made;    /* the latest receipt that it made */
    bool seen;
    bool anew; /* it has been away since it was looked at last */
    enum world_peer_state state;
    bool safe_mode;
    size_t receipts;
    struct frame_hash commitment;
    struct frame_hash state_root;
    size_t superseded;
    size_t changed;
};

static void grow(void **array, size_t *capacity, size_t count, size_t size)
{
    if (count <= *capacity) return;
    const size_t wanted = *capacity > 0 ? 2 * *capacity : 64;
    *capacity = wanted > count ? wanted : count;
    *array = realloc(*array, *capacity * size);
    if (*array == NULL) abort();
}

/* Room for `more` at the end of a list, which are then counted. */
#define LIST_ROOM(list, more)                                                     \
    do {                                                                          \
        void *array = (list).at;                                                  \
        grow(&array, &(list).capacity, (list).count + (more), sizeof *(list).at); \
        (list).at = array;                                                        \
    } while (0)
#define LIST_ADD(list, ...)                      \
    do {                                         \
        LIST_ROOM(list, 1);                      \
        (list).at[(list).count++] = __VA_ARGS__; \
    } while (0)

const char *run_fate_name(enum run_fate fate)
{
    static const char *const names[] = {"refused", "changed", "superseded", "final"};
    return names[fate];
}

const char *run_event_kind_name(int kind)
{
    return kind == RUN_LINE ? "line" : trace_kind_name((enum trace_kind)kind);
}

static size_t add_text(struct run_record *record, const char *text, size_t length)
{
    const size_t at = record->texts.count;
    LIST_ROOM(record->texts, length + 1);
    memcpy(record->texts.at + at, text, length);
    record->texts.at[at + length] = '\0';
    record->texts.count += length + 1;
    return at;
}

const char *run_record_text(const struct run_record *record, size_t text)
{
    return record->texts.at + text;
}

/* ---- Peers ----------------------------------------------------------------------------------- */

static struct run_peer *peer_of(struct run_record *record, int peer)
{
    while (record->peers.count <= (size_t)peer) {
        struct run_peer *fresh = calloc(1, sizeof *fresh);
        if (fresh == NULL) abort();
        fresh->last = fresh->trigger = fresh->fall = fresh->append = fresh->made = RUN_NONE;
        LIST_ADD(record->peers, fresh);
    }
    return record->peers.at[peer];
}

size_t run_record_peer_count(const struct run_record *record)
{
    return record->peers.count;
}

const char *run_record_peer_name(const struct run_record *record, int peer)
{
    if (peer < 0 || (size_t)peer >= record->peers.count) return "-";
    const char *name = record->peers.at[peer]->name;
    return name != NULL ? name : "?";
}

bool run_record_peer_is_adversary(const struct run_record *record, int peer)
{
    return record->peers.at[peer]->adversary;
}

static void name_peers(struct run_record *record, const struct world *world)
{
    for (int i = 0; i < world_peer_count(world); i++) {
        struct run_peer *peer = peer_of(record, i);
        if (peer->name != NULL) continue;
        peer->name = strdup(world_peer_name(world, i));
        if (peer->name == NULL) abort();
        peer->adversary = world_peer_is_adversary(world, i);
    }
}

/* ---- Causes ---------------------------------------------------------------------------------- */

static size_t send_of(const struct run_record *record, uint64_t message)
{
    return message < record->sends.count ? record->sends.at[message] : RUN_NONE;
}

static void remember_send(struct run_record *record, uint64_t message, size_t index)
{
    while (record->sends.count <= message)
        LIST_ADD(record->sends, RUN_NONE);
    record->sends.at[message] = index;
}

/* What a peer does at the very time of its latest trigger follows from that; else a timer rang, which its
   latest step had set. */
static size_t step_cause(const struct run_record *record, const struct run_peer *peer,
                         const struct trace_record *heard)
{
    const size_t trigger = peer->trigger;
    if (trigger != RUN_NONE && record->events.at[trigger].time_us == heard->time_us) return trigger;
    return peer->last;
}

static size_t cause_of(struct run_record *record, const struct trace_record *heard)
{
    if (heard->kind == TRACE_DELIVER || heard->kind == TRACE_LOST) {
        const size_t sent = send_of(record, heard->message);
        if (sent != RUN_NONE) return sent;
    }
    if (heard->peer < 0) return RUN_NONE;
    const struct run_peer *peer = peer_of(record, heard->peer);
    if (heard->kind == TRACE_RESTART) return peer->fall;
    if (heard->kind == TRACE_DURABLE) return peer->append;
    if (heard->kind == TRACE_ACKNOWLEDGED && peer->made != RUN_NONE) return peer->made;
    if (heard->kind == TRACE_INTENT || heard->kind == TRACE_CRASH || heard->kind == TRACE_JOIN ||
        heard->kind == TRACE_CLOCK || heard->kind == TRACE_LINK || heard->kind == TRACE_WORLD)
        return RUN_NONE;
    return step_cause(record, peer, heard);
}

static void remember(struct run_peer *peer, enum trace_kind kind, size_t index)
{
    peer->last = index;
    switch (kind) {
    case TRACE_DELIVER:
    case TRACE_INTENT:
    case TRACE_DURABLE:
    case TRACE_JOIN:
    case TRACE_RESTART: peer->trigger = index; break;
    case TRACE_CRASH:
    case TRACE_HALT:
    case TRACE_LEAVE:
        peer->fall = index;
        peer->anew = true;
        break;
    case TRACE_APPEND: peer->append = index; break;
    case TRACE_EXECUTED: peer->made = index; break;
    default: break;
    }
}

static void take_record(void *context, const struct trace_record *heard)
{
    struct run_record *record = context;
    const size_t index = record->events.count;
    size_t cause = cause_of(record, heard);
    if (cause == RUN_NONE) cause = record->line;
    const size_t text = add_text(record, heard->text, strlen(heard->text));
    LIST_ADD(record->events, (struct run_event){.time_us = heard->time_us,
                                                .step = heard->event,
                                                .message = heard->message,
                                                .cause = cause,
                                                .text = text,
                                                .kind = (int)heard->kind,
                                                .peer = heard->peer,
                                                .other = heard->other});
    if (heard->kind == TRACE_SEND) remember_send(record, heard->message, index);
    if (heard->peer >= 0) remember(peer_of(record, heard->peer), heard->kind, index);
}

/* ---- Receipts -------------------------------------------------------------------------------- */

static size_t slot_of(const struct run_record *record, const struct frame_hash *hash)
{
    uint64_t key;
    memcpy(&key, hash->bytes, sizeof key); /* where it lies shows nowhere */
    size_t slot = (size_t)key & (record->table_size - 1);
    while (record->table[slot] != RUN_NONE &&
           frame_hash_compare(&record->receipts.at[record->table[slot]].hash, hash) != 0)
        slot = (slot + 1) & (record->table_size - 1);
    return slot;
}

static void table_grow(struct run_record *record)
{
    if (2 * (record->receipts.count + 1) <= record->table_size) return;
    free(record->table);
    record->table_size = record->table_size > 0 ? 2 * record->table_size : 256;
    record->table = malloc(record->table_size * sizeof *record->table);
    if (record->table == NULL) abort();
    for (size_t i = 0; i < record->table_size; i++)
        record->table[i] = RUN_NONE;
    for (size_t i = 0; i < record->receipts.count; i++)
        record->table[slot_of(record, &record->receipts.at[i].hash)] = i;
}

/* Its number; parents are there first, since they arrive first. */
static size_t number_of(struct run_record *record, const struct frame_receipt *receipt, int peer)
{
    table_grow(record);
    size_t slot = slot_of(record, &receipt->hash);
    if (record->table[slot] != RUN_NONE) return record->table[slot];
    record->table[slot] = record->receipts.count;
    const size_t parents = record->indices.count;
    for (size_t i = 0; i < receipt->parent_count; i++)
        LIST_ADD(record->indices, record->table[slot_of(record, &receipt->parents[i])]);
    const size_t intent =
        add_text(record, (const char *)receipt->intent.bytes, receipt->intent.length);
    LIST_ADD(record->receipts, (struct run_receipt){.hash = receipt->hash,
                                                    .timestamp_s = receipt->timestamp_s,
                                                    .parents = parents,
                                                    .parent_count = receipt->parent_count,
                                                    .intent = intent,
                                                    .maker = peer});
    return record->receipts.count - 1;
}

/* ---- What peers hold ------------------------------------------------------------------------- */

static void add_arrivals(struct run_record *record, const struct frame_chain *chain, int peer,
                         size_t from)
{
    struct frame_receipt receipt;
    for (size_t i = from; i < frame_chain_count(chain); i++) {
        frame_chain_arrived(chain, &receipt, i);
        const size_t number = number_of(record, &receipt, peer);
        LIST_ADD(record->arrivals, (struct run_arrival){record->events.count, number, peer});
    }
}

static void add_fates(struct run_record *record, const struct frame_chain *chain, int peer,
                      struct run_state *state)
{
    struct frame_receipt receipt;
    state->fates = record->indices.count;
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        frame_chain_at(chain, &receipt, i);
        enum run_fate fate = RUN_REFUSED;
        switch (receipt.outcome) {
        case FRAME_OUTCOME_ACCEPTED:
        case FRAME_OUTCOME_MERGE: continue;
        case FRAME_OUTCOME_REFUSED: break;
        case FRAME_OUTCOME_CHANGED: fate = RUN_CHANGED; break;
        case FRAME_OUTCOME_SUPERSEDED: fate = receipt.final ? RUN_FINAL : RUN_SUPERSEDED; break;
        }
        LIST_ADD(record->indices, number_of(record, &receipt, peer));
        LIST_ADD(record->indices, (size_t)fate);
        state->fate_count++;
    }
}

static void add_state(struct run_record *record, const struct world *world, int index, bool anew)
{
    const struct run_peer *peer = record->peers.at[index];
    const struct frame_chain *chain = world_peer_chain(world, index);
    struct run_state state = {.at = record->events.count,
                              .peer = index,
                              .state = peer->state,
                              .safe_mode = peer->safe_mode,
                              .anew = anew,
                              .receipts = peer->receipts,
                              .state_root = peer->state_root};
    if (chain != NULL) {
        struct frame_summary summary;
        frame_chain_summary(chain, &summary);
        state.has_root = summary.has_root;
        state.heads = record->indices.count;
        state.head_count = summary.head_count;
        for (size_t i = 0; i < summary.head_count; i++)
            LIST_ADD(record->indices, record->table[slot_of(record, &summary.heads[i])]);
        add_fates(record, chain, index, &state);
    }
    LIST_ADD(record->states, state);
}

/* Notes what is new about a peer since it was looked at last. */
static void look_at(struct run_record *record, const struct world *world, int index)
{
    struct run_peer *peer = record->peers.at[index];
    const struct frame_chain *chain = world_peer_chain(world, index);
    struct run_peer now = *peer;
    now.seen = true;
    now.anew = false;
    now.state = world_peer_state(world, index);
    now.safe_mode = world_peer_in_safe_mode(world, index);
    now.receipts = 0;
    now.superseded = now.changed = 0;
    memset(&now.commitment, 0, sizeof now.commitment);
    memset(&now.state_root, 0, sizeof now.state_root);
    if (chain != NULL) {
        struct frame_summary summary;
        frame_chain_summary(chain, &summary);
        now.receipts = summary.receipts;
        now.commitment = summary.commitment;
        now.state_root = summary.state_root;
        now.superseded = summary.superseded;
        now.changed = summary.changed;
    }
    const bool anew = peer->anew || now.receipts < peer->receipts;
    const bool same = peer->seen && !anew && now.state == peer->state &&
                      now.safe_mode == peer->safe_mode && now.receipts == peer->receipts &&
                      now.superseded == peer->superseded && now.changed == peer->changed &&
                      frame_hash_compare(&now.commitment, &peer->commitment) == 0 &&
                      frame_hash_compare(&now.state_root, &peer->state_root) == 0;
    if (same) return;
    const size_t held = anew ? 0 : peer->receipts;
    *peer = now;
    if (chain != NULL) add_arrivals(record, chain, index, held);
    add_state(record, world, index, anew);
}

static void look(struct run_record *record, const struct world *world)
{
    name_peers(record, world);
    for (int i = 0; i < world_peer_count(world); i++)
        if (!record->peers.at[i]->adversary) look_at(record, world, i);
}

static void take_event(void *context, const struct world *world)
{
    struct run_record *record = context;
    look(record, world);
    record->line = RUN_NONE;
}

/* A line begins before what it does is told, and may change what peers are without an event. */
static void begin_line(void *context, const struct world *world,
                       const struct scenario_statement *statement)
{
    struct run_record *record = context;
    char words[SCENARIO_LINE_BYTES_MAX + 40];
    look(record, world);
    const int length = snprintf(words, sizeof words, "line %u: %.*s", (unsigned)statement->line,
                                (int)statement->text.length, (const char *)statement->text.bytes);
    const size_t text = add_text(record, words, (size_t)length);
    record->line = record->events.count;
    LIST_ADD(record->events, (struct run_event){.time_us = world_now_us(world),
                                                .step = world_steps(world),
                                                .cause = RUN_NONE,
                                                .text = text,
                                                .kind = RUN_LINE,
                                                .peer = WORLD_NOBODY,
                                                .other = WORLD_NOBODY});
}

static void end_line(void *context, const struct world *world,
                     const struct scenario_statement *statement, const char *outcome)
{
    struct run_record *record = context;
    (void)statement;
    (void)outcome;
    look(record, world);
    record->line = RUN_NONE;
}

static void end_run(void *context, const struct world *world, const struct interpret_result *result)
{
    (void)result;
    look(context, world);
}

void run_record_init(struct run_record *record)
{
    *record = (struct run_record){.line = RUN_NONE,
                                  .listener = {.context = record,
                                               .begin = begin_line,
                                               .end = end_line,
                                               .over = end_run,
                                               .record = take_record,
                                               .event = take_event}};
    (void)add_text(record, "", 0);
    table_grow(record);
}

void run_record_release(struct run_record *record)
{
    for (size_t i = 0; i < record->peers.count; i++) {
        free(record->peers.at[i]->name);
        free(record->peers.at[i]);
    }
    free(record->peers.at);
    free(record->events.at);
    free(record->receipts.at);
    free(record->arrivals.at);
    free(record->states.at);
    free(record->indices.at);
    free(record->sends.at);
    free(record->texts.at);
    free(record->table);
}

/* ---- Where to open --------------------------------------------------------------------------- */

size_t run_record_opening(const struct run_record *record, enum interpret_verdict verdict)
{
    if (verdict == INTERPRET_SAFETY) {
        for (size_t i = record->events.count; i > 0; i--) {
            const struct run_event *event = &record->events.at[i - 1];
            if (event->kind != TRACE_CHECK) continue;
            return event->cause != RUN_NONE ? event->cause : i - 1;
        }
    }
    if (!interpret_verdict_fails(verdict) || record->states.count == 0) return 0;
    const size_t at = record->states.at[record->states.count - 1].at;
    return at > 0 ? at - 1 : 0;
}

size_t run_record_of_step(const struct run_record *record, uint64_t step)
{
    for (size_t i = 0; i < record->events.count; i++)
        if (record->events.at[i].step >= step) return i;
    return record->events.count > 0 ? record->events.count - 1 : 0;
}
