// SPDX-License-Identifier: Apache-2.0
/*
 * bench_sync [N]: what it takes an instance to get K receipts that it lacks out of N (§ 12): bytes, hashes, requests. Two
 * instances hold N - K receipts in common; one has K more, the other none or as many of its own since. Messages arrive
 * at once, and time passes only where both wait, so the figures are the same everywhere. Signatures are left out.
 */
#include "core/bench/bench.h"

enum { KNOWN_SINCE_MS = 1000, STEPS_MAX = 1000000, ROW_BYTES = 48 };

/* ---- Two sides, and what is on its way between them ---- */

struct letter {
    struct letter *next;
    int to;
    size_t length;
    uint8_t bytes[];
};

struct side {
    struct frame_instance *instance;
    struct frame_public_key key;
    struct bench_bytes log;
    int64_t clock_s;
};

/* What was sent. */
struct traffic {
    size_t bytes;
    size_t requests;
    size_t pages;
    size_t hashes; /* that requests name */
};

struct pair {
    struct frame_crypto crypto;
    struct side sides[2];
    struct letter *first, **last;
    uint64_t now_ms;
    struct traffic traffic;
};

static void count(struct pair *pair, const struct frame_outgoing *message)
{
    struct frame_message read;
    struct traffic *traffic = &pair->traffic;
    traffic->bytes += message->bytes.length;
    traffic->pages += message->type == FRAME_MESSAGE_PAGE;
    if (message->type != FRAME_MESSAGE_REQUEST) return;
    const struct frame_trust trust = {.strict = false};
    bench_check(frame_envelope_open(&read, NULL, &pair->crypto, &trust, message->bytes.bytes,
                                    message->bytes.length) == FRAME_OK,
                "a request cannot be read");
    traffic->requests++;
    traffic->hashes += read.hash_count + read.have_count + read.has_after;
}

static void post(struct pair *pair, int from, const struct frame_outgoing *message)
{
    struct letter *letter = malloc(sizeof *letter + message->bytes.length);
    bench_check(letter != NULL, "out of memory");
    letter->next = NULL;
    letter->to = !from;
    letter->length = message->bytes.length;
    memcpy(letter->bytes, message->bytes.bytes, message->bytes.length);
    *pair->last = letter;
    pair->last = &letter->next;
    count(pair, message);
}

/* One event, and as long as something is to be written, that it is durable. */
static void step(struct pair *pair, int at, struct frame_event event)
{
    struct side *side = &pair->sides[at];
    struct frame_update update;
    do {
        event.now_ms = pair->now_ms;
        event.clock_s = side->clock_s;
        bench_check(frame_instance_step(side->instance, &update, &event) == FRAME_OK,
                    "a step fails");
        (void)bench_write(&side->log, update.append.bytes, update.append.length);
        for (size_t i = 0; i < update.message_count; i++)
            post(pair, at, &update.messages[i]);
        for (size_t i = 0; i < update.note_count; i++)
            bench_check(update.notes[i].type != FRAME_NOTE_REFUSED, "something is refused");
        event = (struct frame_event){.type = FRAME_EVENT_DURABLE};
    } while (update.append.length > 0);
}

/* The next message; where there is none, the next time that somebody waits for. */
static void go_on(struct pair *pair)
{
    struct letter *letter = pair->first;
    if (letter != NULL) {
        const struct frame_event event = {.type = FRAME_EVENT_MESSAGE,
                                          .message = {letter->bytes, letter->length}};
        pair->first = letter->next;
        if (pair->first == NULL) pair->last = &pair->first;
        step(pair, letter->to, event);
        free(letter);
        return;
    }
    const struct frame_event tick = {.type = FRAME_EVENT_TICK};
    const uint64_t due[2] = {frame_instance_deadline(pair->sides[0].instance),
                             frame_instance_deadline(pair->sides[1].instance)};
    const int at = due[1] < due[0];
    if (due[at] > pair->now_ms) pair->now_ms = due[at];
    step(pair, at, tick);
}

static void forget_letters(struct pair *pair)
{
    while (pair->first != NULL) {
        struct letter *letter = pair->first;
        pair->first = letter->next;
        free(letter);
    }
    pair->last = &pair->first;
}

/* ---- Their chains ---- */

static void side_open(struct pair *pair, int at, const struct frame_secret_key *identity)
{
    const uint8_t seed[32] = {(uint8_t)(at + 2)};
    struct side *side = &pair->sides[at];
    struct frame_instance_config config;
    frame_instance_config_init(&config);
    config.crypto = &pair->crypto;
    config.allocator = bench_allocator();
    config.identity = bench_span("alice");
    config.identity_secret = *identity;
    pair->crypto.key_pair(NULL, &config.transport_secret, &side->key, seed);
    side->clock_s = 1700000000;
    bench_check(frame_instance_new(&side->instance, &config, pair->now_ms) == FRAME_OK,
                "out of memory");
}

/* `number` receipts that leave the storage as large as it was. */
static void execute(struct pair *pair, int at, size_t number)
{
    const struct frame_intent intent = {.action = bench_span("display.timerTick"),
                                        .payload = bench_span("{}"),
                                        .raw = bench_span("")};
    const struct frame_event event = {.type = FRAME_EVENT_INTENT, .intent = &intent};
    for (size_t i = 0; i < number; i++) {
        pair->sides[at].clock_s++;
        step(pair, at, event);
    }
}

static bool same(const struct pair *pair)
{
    struct frame_summary of[2];
    for (int i = 0; i < 2; i++) {
        const struct frame_instance *instance = pair->sides[i].instance;
        frame_chain_summary(frame_instance_chain(instance), &of[i]);
        if (frame_instance_durable(instance) < frame_chain_count(frame_instance_chain(instance)))
            return false;
    }
    return frame_hash_compare(&of[0].commitment, &of[1].commitment) == 0;
}

/* Bytes of the receipts that they do not both hold: all behind the first `common` that came to be. */
static size_t missing_bytes(const struct pair *pair, size_t common)
{
    size_t bytes = 0;
    for (int i = 0; i < 2; i++) {
        const struct frame_chain *chain = frame_instance_chain(pair->sides[i].instance);
        for (size_t k = common; k < frame_chain_count(chain); k++) {
            struct frame_receipt receipt;
            frame_chain_at(chain, &receipt, k);
            bytes += receipt.bytes.length;
        }
    }
    return bytes;
}

/* ---- Measuring ---- */

static void put(const char *name, bool forked, size_t missing, const char *who, size_t value,
                const char *unit)
{
    char row[ROW_BYTES];
    (void)snprintf(row, sizeof row, "sync-%s%s@%zu", name, forked ? "-forked" : "", missing);
    bench_sample(row, who, (double)value, unit);
}

/* `forked`: the one that lacks them has as many of its own. */
static void bench_missing(size_t number, size_t missing, bool forked)
{
    static const uint8_t seed[32] = {1};
    struct pair pair = {.crypto = bench_unsigned(frame_crypto_libsodium()), .now_ms = 1};
    struct frame_secret_key identity;
    struct frame_public_key identity_key;
    struct frame_recovery recovery;
    pair.last = &pair.first;
    pair.crypto.key_pair(NULL, &identity, &identity_key, seed);
    side_open(&pair, 0, &identity);
    side_open(&pair, 1, &identity);
    execute(&pair, 0, number - missing);
    bench_check(frame_instance_recover(pair.sides[1].instance, &recovery, pair.sides[0].log.bytes,
                                       pair.sides[0].log.length) == FRAME_OK,
                "a log is refused");
    pair.sides[1].clock_s = pair.sides[0].clock_s;
    execute(&pair, 0, missing);
    if (forked) execute(&pair, 1, missing);
    const size_t lacked = missing_bytes(&pair, number - missing);
    forget_letters(&pair);
    pair.now_ms += KNOWN_SINCE_MS;
    memset(&pair.traffic, 0, sizeof pair.traffic);
    for (int i = 0; i < 2; i++)
        bench_check(frame_instance_peer(pair.sides[i].instance, &pair.sides[!i].key, true) ==
                        FRAME_OK,
                    "out of memory");
    for (size_t steps = 0; !same(&pair); steps++) {
        bench_check(steps < STEPS_MAX, "they do not come to hold the same");
        go_on(&pair);
    }
    const struct traffic *traffic = &pair.traffic;
    put("bytes", forked, missing, "framesim", traffic->bytes, "bytes");
    put("bytes", forked, missing, "receipts-alone", lacked, "bytes");
    put("round-trips", forked, missing, "framesim", traffic->requests, "requests");
    put("round-trips", forked, missing, "pages", traffic->pages, "pages");
    put("hashes", forked, missing, "framesim", traffic->hashes, "hashes");
    forget_letters(&pair);
    for (int i = 0; i < 2; i++) {
        frame_instance_free(pair.sides[i].instance);
        free(pair.sides[i].log.bytes);
    }
}

int main(int argc, char **argv)
{
    const size_t number = bench_argument(argc, argv, 1, 10000);
    bench_check(number >= 1000, "usage: bench_sync [N], at least 1000");
    for (size_t missing = 1; missing <= number / 10; missing *= 10) {
        bench_missing(number, missing, false);
        bench_missing(number, missing, true);
    }
    bench_missing(number, number, false);
    return 0;
}
