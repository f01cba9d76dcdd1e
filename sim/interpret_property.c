// SPDX-License-Identifier: Apache-2.0
/* Properties: what is asked of peers, and what they answer. Nothing here changes the world. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "sim/interpret_internal.h"

/* ---- One peer's figures --------------------------------------------------------------------- */

/* A storage entry by its decoded key; length 0: absent. */
static struct frame_span storage_at(const struct frame_chain *chain, const void *key, size_t length)
{
    struct frame_span value = {NULL, 0};
    frame_chain_storage(chain, &value, (struct frame_span){key, length});
    return value;
}

static int64_t storage_integer(const struct frame_chain *chain, const void *key, size_t length)
{
    int64_t integer = 0;
    struct frame_span value = storage_at(chain, key, length);
    return value.length != 0 && json_integer(value, &integer) ? integer : 0;
}

static int64_t balance_of(const struct frame_chain *chain, struct frame_span address)
{
    static const char prefix[] = "wallet:balance:";
    char key[SCENARIO_LINE_BYTES_MAX + sizeof prefix];
    memcpy(key, prefix, sizeof prefix - 1);
    memcpy(key + sizeof prefix - 1, address.bytes, address.length);
    return storage_integer(chain, key, sizeof prefix - 1 + address.length);
}

struct growing {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
};

static bool grow(void *context, const uint8_t *bytes, size_t length)
{
    struct growing *text = context;
    if (text->capacity - text->length < length) {
        size_t capacity = 2 * text->capacity + length + 4096;
        uint8_t *grown = realloc(text->bytes, capacity);
        if (grown == NULL) return false;
        text->bytes = grown;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    return true;
}

/* The sum of all balances; -1: no memory. */
static int64_t balances(const struct frame_chain *chain)
{
    struct growing text = {NULL, 0, 0};
    int64_t sum = -1;
    if (frame_chain_write_storage(chain, (struct frame_sink){&text, grow})) {
        struct json_walk walk;
        struct frame_span key;
        struct frame_span value;
        int64_t amount;
        sum = 0;
        json_walk_init(&walk, (struct frame_span){text.bytes, text.length});
        while (json_next_member(&walk, &key, &value)) {
            if (json_string_begins(key, "wallet:balance:") && json_integer(value, &amount))
                sum += amount;
        }
    }
    free(text.bytes);
    return sum;
}

static int64_t merges_held(const struct frame_chain *chain)
{
    struct frame_receipt receipt;
    int64_t merges = 0;
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        frame_chain_at(chain, &receipt, i);
        merges += receipt.outcome == FRAME_OUTCOME_MERGE;
    }
    return merges;
}

static int64_t set_aside(const struct interpreter *in, int peer)
{
    struct frame_recovery recovery;
    world_peer_recovery(in->world, peer, &recovery);
    return (int64_t)recovery.set_aside;
}

static int64_t figure_of(const struct interpreter *in, int peer,
                         const struct scenario_property *property)
{
    static const char supply[] = "wallet:totalSupply";
    const struct frame_chain *chain = world_peer_chain(in->world, peer);
    struct frame_summary summary;
    struct world_counters counters;
    frame_chain_summary(chain, &summary);
    world_counters(in->world, &counters, peer);
    switch (property->subject) {
    case SCENARIO_SUBJECT_RECEIPTS: return (int64_t)summary.receipts;
    case SCENARIO_SUBJECT_HEADS: return (int64_t)summary.head_count;
    case SCENARIO_SUBJECT_SUPERSEDED: return (int64_t)summary.superseded;
    case SCENARIO_SUBJECT_CHANGED: return (int64_t)summary.changed;
    case SCENARIO_SUBJECT_RESTORED: return (int64_t)counters.restored;
    case SCENARIO_SUBJECT_ALARMS: return (int64_t)counters.alarms;
    case SCENARIO_SUBJECT_MERGES: return merges_held(chain);
    case SCENARIO_SUBJECT_SUPPLY: return storage_integer(chain, supply, sizeof supply - 1);
    case SCENARIO_SUBJECT_BALANCE: return balance_of(chain, property->argument);
    case SCENARIO_SUBJECT_SET_ASIDE: return set_aside(in, peer);
    case SCENARIO_SUBJECT_BROKEN: return (int64_t)counters.receipts_broken;
    case SCENARIO_SUBJECT_KNOWS: return (int64_t)world_peers_known(in->world, peer);
    case SCENARIO_SUBJECT_SERVED: return (int64_t)counters.served;
    case SCENARIO_SUBJECT_PROMISED: return (int64_t)counters.promised;
    case SCENARIO_SUBJECT_STARVED: return (int64_t)world_memory_refused(in->world, peer);
    default: return (int64_t)world_refusals(in->world, peer, property->error);
    }
}

/* ---- Comparisons ---------------------------------------------------------------------------- */

static bool compare_integers(int64_t a, enum scenario_compare compare, int64_t b)
{
    switch (compare) {
    case SCENARIO_EQUAL: return a == b;
    case SCENARIO_NOT_EQUAL: return a != b;
    case SCENARIO_LESS: return a < b;
    case SCENARIO_AT_MOST: return a <= b;
    case SCENARIO_GREATER: return a > b;
    default: return a >= b;
    }
}

static bool ask_figure(const struct interpreter *in, char words[ANSWER_WORDS_MAX], int peer,
                       const struct scenario_property *property)
{
    int64_t found = figure_of(in, peer, property);
    int64_t wanted = property->integer;
    int used =
        snprintf(words, ANSWER_WORDS_MAX, "%s: %" PRId64, world_peer_name(in->world, peer), found);
    if (property->value == SCENARIO_VALUE_BALANCES) {
        wanted = balances(world_peer_chain(in->world, peer));
        snprintf(words + used, ANSWER_WORDS_MAX - (size_t)used, ", and the balances are %" PRId64,
                 wanted);
    }
    return compare_integers(found, property->compare, wanted);
}

static bool ask_storage(const struct interpreter *in, char words[ANSWER_WORDS_MAX], int peer,
                        const struct scenario_property *property)
{
    uint8_t key[SCENARIO_LINE_BYTES_MAX];
    size_t length = json_string_decode(key, property->argument);
    struct frame_span found = storage_at(world_peer_chain(in->world, peer), key, length);
    int64_t integer = 0;
    bool is_integer = found.length != 0 && json_integer(found, &integer);
    snprintf(words, ANSWER_WORDS_MAX, "%s: %.*s", world_peer_name(in->world, peer),
             found.length == 0 ? 6 : (int)(found.length < 300 ? found.length : 300),
             found.length == 0 ? "absent" : (const char *)found.bytes);
    switch (property->compare) {
    case SCENARIO_ABSENT: return found.length == 0;
    case SCENARIO_PRESENT: return found.length != 0;
    case SCENARIO_EQUAL: return span_equal(found, property->json);
    case SCENARIO_NOT_EQUAL: return !span_equal(found, property->json);
    default: return is_integer && compare_integers(integer, property->compare, property->integer);
    }
}

/* ---- Conditions ----------------------------------------------------------------------------- */

static bool all_refused(const struct interpreter *in, char words[ANSWER_WORDS_MAX], int peer)
{
    for (size_t i = 0; i < world_forgery_count(in->world); i++) {
        struct world_forgery forgery;
        world_forgery(in->world, &forgery, i);
        if (forgery.victim != peer || forgery.state == WORLD_FORGERY_MET) continue;
        snprintf(words, ANSWER_WORDS_MAX, "%s: the forgery '%s' is %s",
                 world_peer_name(in->world, peer), forgery.kind->name,
                 world_forgery_state_name(forgery.state));
        return false;
    }
    snprintf(words, ANSWER_WORDS_MAX, "%s: every forgery was refused",
             world_peer_name(in->world, peer));
    return true;
}

static bool holds_label(const struct interpreter *in, struct frame_receipt *receipt, int peer,
                        size_t label)
{
    struct world_outcome outcome;
    world_outcome(in->world, &outcome, in->intents[label]);
    bool made = outcome.state == WORLD_INTENT_EXECUTED ||
                outcome.state == WORLD_INTENT_ACKNOWLEDGED || outcome.state == WORLD_INTENT_UNTOLD;
    return made && frame_chain_find(world_peer_chain(in->world, peer), receipt, &outcome.receipt);
}

static bool ask_condition(const struct interpreter *in, char words[ANSWER_WORDS_MAX], int peer,
                          const struct scenario_property *property)
{
    struct frame_receipt receipt;
    bool yes = false;
    switch (property->subject) {
    case SCENARIO_SUBJECT_ALL_REFUSED: return all_refused(in, words, peer);
    case SCENARIO_SUBJECT_SAFE_MODE: yes = world_peer_in_safe_mode(in->world, peer); break;
    case SCENARIO_SUBJECT_IGNORES:
        yes = world_peer_ignores(in->world, peer, (int)property->peer);
        break;
    default:
        yes = property->label == SIZE_MAX ? world_peer_holds_forged(in->world, peer)
                                          : holds_label(in, &receipt, peer, property->label);
    }
    snprintf(words, ANSWER_WORDS_MAX, "%s: %s", world_peer_name(in->world, peer),
             yes ? "it is so" : "it is not so");
    return yes;
}

static bool ask_state(const struct interpreter *in, char words[ANSWER_WORDS_MAX], int peer,
                      const struct scenario_property *property)
{
    enum world_peer_state state = world_peer_state(in->world, peer);
    snprintf(words, ANSWER_WORDS_MAX, "%s is %s", world_peer_name(in->world, peer),
             world_peer_state_name(state));
    if (property->subject == SCENARIO_SUBJECT_HALTED) return state == WORLD_PEER_HALTED;
    return (state == WORLD_PEER_UP) == (property->subject == SCENARIO_SUBJECT_UP);
}

static const char *fate_words(const struct frame_receipt *receipt)
{
    if (receipt->final) return "superseded, finally";
    return frame_outcome_name(receipt->outcome);
}

static bool happened_once(const struct interpreter *in, char words[ANSWER_WORDS_MAX], int peer,
                          size_t intent)
{
    size_t held;
    const size_t effects = world_route_effects(in->world, peer, intent, &held);
    snprintf(words, ANSWER_WORDS_MAX, "%s: %zu of %zu receipts take effect",
             world_peer_name(in->world, peer), effects, held);
    return effects == 1;
}

static bool ask_fate(const struct interpreter *in, char words[ANSWER_WORDS_MAX], int peer,
                     const struct scenario_property *property)
{
    struct frame_receipt receipt;
    bool held = holds_label(in, &receipt, peer, property->label);
    snprintf(words, ANSWER_WORDS_MAX, "%s: '%s' is %s", world_peer_name(in->world, peer),
             in->scenario->labels[property->label].name, held ? fate_words(&receipt) : "not held");
    if (property->fate == SCENARIO_FATE_ONCE)
        return happened_once(in, words, peer, in->intents[property->label]);
    if (property->fate == SCENARIO_FATE_MISSING) return !held;
    if (!held) return false;
    switch (property->fate) {
    case SCENARIO_FATE_DURABLE: return world_peer_durable(in->world, peer, &receipt.hash);
    case SCENARIO_FATE_ACCEPTED: return receipt.outcome == FRAME_OUTCOME_ACCEPTED;
    case SCENARIO_FATE_REFUSED: return receipt.outcome == FRAME_OUTCOME_REFUSED;
    case SCENARIO_FATE_CHANGED: return receipt.outcome == FRAME_OUTCOME_CHANGED;
    case SCENARIO_FATE_SUPERSEDED: return receipt.outcome == FRAME_OUTCOME_SUPERSEDED;
    case SCENARIO_FATE_FINAL: return receipt.final;
    default: return true;
    }
}

static bool ask_peer(const struct interpreter *in, char words[ANSWER_WORDS_MAX], int peer,
                     const struct scenario_property *property)
{
    switch (property->subject) {
    case SCENARIO_SUBJECT_UP:
    case SCENARIO_SUBJECT_DOWN:
    case SCENARIO_SUBJECT_HALTED: return ask_state(in, words, peer, property);
    case SCENARIO_SUBJECT_FATE: return ask_fate(in, words, peer, property);
    case SCENARIO_SUBJECT_STORAGE: return ask_storage(in, words, peer, property);
    case SCENARIO_SUBJECT_ALL_REFUSED:
    case SCENARIO_SUBJECT_SAFE_MODE:
    case SCENARIO_SUBJECT_IGNORES:
    case SCENARIO_SUBJECT_HOLDS: return ask_condition(in, words, peer, property);
    default: return ask_figure(in, words, peer, property);
    }
}

/* ---- Several peers together ----------------------------------------------------------------- */

static bool same_set(const struct interpreter *in, int a, int b)
{
    struct frame_summary of_a;
    struct frame_summary of_b;
    frame_chain_summary(world_peer_chain(in->world, a), &of_a);
    frame_chain_summary(world_peer_chain(in->world, b), &of_b);
    return frame_hash_compare(&of_a.commitment, &of_b.commitment) == 0;
}

static bool ask_diverged(const struct interpreter *in, char words[ANSWER_WORDS_MAX],
                         const int *peers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!same_set(in, peers[i], peers[j])) continue;
            snprintf(words, ANSWER_WORDS_MAX, "%s and %s hold the same set",
                     world_peer_name(in->world, peers[j]), world_peer_name(in->world, peers[i]));
            return false;
        }
    }
    snprintf(words, ANSWER_WORDS_MAX, "no two of them hold the same set");
    return true;
}

static bool ask_converged(const struct interpreter *in, char words[ANSWER_WORDS_MAX],
                          const int *peers, size_t count)
{
    bool yes = world_converged(in->world, peers, count);
    snprintf(words, ANSWER_WORDS_MAX, yes ? "they hold one and the same set" : "they differ");
    return yes;
}

/* ---- The whole question --------------------------------------------------------------------- */

size_t interpret_peers(const struct interpreter *in, int peers[SCENARIO_PEERS_MAX],
                       struct scenario_peers set, bool everybody)
{
    size_t count = 0;
    for (size_t i = 0; i < in->scenario->peer_count; i++) {
        bool wanted = everybody ? world_peer_state(in->world, (int)i) == WORLD_PEER_UP &&
                                      !in->scenario->peers[i].adversary
                                : scenario_peers_has(set, i);
        if (wanted) peers[count++] = (int)i;
    }
    return count;
}

static bool is_about_lives(const struct scenario_property *property)
{
    return property->subject == SCENARIO_SUBJECT_UP || property->subject == SCENARIO_SUBJECT_DOWN ||
           property->subject == SCENARIO_SUBJECT_HALTED;
}

/* Whom a property is asked of. Whether they are up is asked of all that have ever been. */
static size_t asked_peers(const struct interpreter *in, int peers[SCENARIO_PEERS_MAX],
                          const struct scenario_property *property)
{
    size_t count = 0;
    if (!property->everybody || !is_about_lives(property))
        return interpret_peers(in, peers, property->peers, property->everybody);
    for (size_t i = 0; i < in->scenario->peer_count; i++) {
        bool absent = world_peer_state(in->world, (int)i) == WORLD_PEER_ABSENT;
        if (!absent && !in->scenario->peers[i].adversary) peers[count++] = (int)i;
    }
    return count;
}

/* Takes the peers that are not up out of a list; returns how many are left. */
static size_t keep_up(const struct interpreter *in, char words[ANSWER_WORDS_MAX], int *peers,
                      size_t count)
{
    size_t up = 0;
    for (size_t i = 0; i < count; i++) {
        enum world_peer_state state = world_peer_state(in->world, peers[i]);
        if (state == WORLD_PEER_UP) {
            peers[up++] = peers[i];
        } else {
            snprintf(words, ANSWER_WORDS_MAX, "%s is %s", world_peer_name(in->world, peers[i]),
                     world_peer_state_name(state));
        }
    }
    return up;
}

/* Is the answer a function of the peer's set alone? */
static bool is_about_sets(const struct scenario_property *property)
{
    switch (property->subject) {
    case SCENARIO_SUBJECT_RECEIPTS:
    case SCENARIO_SUBJECT_HEADS:
    case SCENARIO_SUBJECT_SUPERSEDED:
    case SCENARIO_SUBJECT_CHANGED:
    case SCENARIO_SUBJECT_MERGES:
    case SCENARIO_SUBJECT_SUPPLY:
    case SCENARIO_SUBJECT_BALANCE:
    case SCENARIO_SUBJECT_STORAGE: return true;
    case SCENARIO_SUBJECT_HOLDS: return property->label == SIZE_MAX; /* a forged one */
    default: return false;
    }
}

/* Was the answer given for this very set? */
static bool asked_before(const struct interpreter *in, struct watch *watch, int peer)
{
    if (watch == NULL || !is_about_sets(&watch->property)) return false;
    uint64_t version = (uint64_t)frame_chain_count(world_peer_chain(in->world, peer)) + 1;
    bool before = watch->asked[peer] == version;
    watch->asked[peer] = version;
    return before;
}

/* A set may come back in another shape after a crash, with as many receipts. */
static void forget_who_is_down(const struct interpreter *in, struct watch *watch)
{
    if (watch == NULL) return;
    for (size_t i = 0; i < in->scenario->peer_count; i++) {
        if (world_peer_state(in->world, (int)i) != WORLD_PEER_UP) watch->asked[i] = 0;
    }
}

static enum answer ask_together(const struct interpreter *in, char words[ANSWER_WORDS_MAX],
                                const struct scenario_property *property, const int *peers,
                                size_t count)
{
    bool yes = property->subject == SCENARIO_SUBJECT_CONVERGED
                   ? ask_converged(in, words, peers, count)
                   : ask_diverged(in, words, peers, count);
    return yes != property->negated ? ANSWER_YES : ANSWER_NO;
}

bool interpret_answered(const struct interpreter *in, struct watch *watch)
{
    const uint64_t changes = world_set_changes(in->world) + 1;
    const bool answered = is_about_sets(&watch->property) && watch->set_changes == changes;
    watch->set_changes = changes;
    return answered;
}

enum answer interpret_ask(struct interpreter *in, char words[ANSWER_WORDS_MAX],
                          const struct scenario_property *property, struct watch *watch)
{
    int peers[SCENARIO_PEERS_MAX];
    size_t count = asked_peers(in, peers, property);
    size_t named = count;
    snprintf(words, ANSWER_WORDS_MAX, "nobody is up");
    forget_who_is_down(in, watch);
    if (!is_about_lives(property)) count = keep_up(in, words, peers, count);
    /* somebody who was named and is not up has no answer; a watch goes on with the others */
    if (count == 0 || (watch == NULL && count != named)) return ANSWER_UNKNOWN;
    if (property->subject == SCENARIO_SUBJECT_CONVERGED ||
        property->subject == SCENARIO_SUBJECT_DIVERGED) {
        return count < named ? ANSWER_UNKNOWN : ask_together(in, words, property, peers, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (asked_before(in, watch, peers[i])) continue;
        if (ask_peer(in, words, peers[i], property) == property->negated) return ANSWER_NO;
    }
    if (count == 2) snprintf(words, ANSWER_WORDS_MAX, "at both");
    if (count > 2) snprintf(words, ANSWER_WORDS_MAX, "at all %zu", count);
    return ANSWER_YES;
}
