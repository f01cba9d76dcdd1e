// SPDX-License-Identifier: Apache-2.0
/* Snapshots: what a peer holds, line by line, against what stands in the scenario. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "sim/interpret_internal.h"

/* ---- What there is -------------------------------------------------------------------------- */

static void put_span(FILE *out, struct frame_span span)
{
    fwrite(span.bytes, 1, span.length, out);
}

/* Position, timestamp, the first 8 digits of the hash, what it is, and what became of it (§ 8). */
static void put_chain(FILE *out, const struct frame_chain *chain)
{
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        char hash[8 + 1];
        frame_chain_at(chain, &receipt, i);
        frame_hex_encode(hash, receipt.hash.bytes, 4);
        fprintf(out, "| %zu  %" PRId64 "  %.8s  ", i, receipt.timestamp_s, hash);
        put_span(out, receipt.intent);
        fprintf(out, "  %s%s\n", frame_outcome_name(receipt.outcome),
                receipt.final ? ", final" : "");
    }
}

static bool sink_to_stream(void *context, const uint8_t *bytes, size_t length)
{
    return fwrite(bytes, 1, length, context) == length;
}

/* A line for each entry, in order of the keys (§ 7). */
static void put_storage(FILE *out, const struct frame_chain *chain)
{
    char *text = NULL;
    size_t length = 0;
    struct json_walk walk;
    struct frame_span key;
    struct frame_span value;
    FILE *stream = open_memstream(&text, &length);
    if (stream == NULL) abort();
    const struct frame_sink sink = {.context = stream, .write = sink_to_stream};
    if (!frame_chain_write_storage(chain, sink) || fclose(stream) != 0) abort();
    json_walk_init(&walk, (struct frame_span){(const uint8_t *)text, length});
    while (json_next_member(&walk, &key, &value)) {
        fputs("| ", out);
        put_span(out, key);
        fputs(" ", out);
        put_span(out, value);
        fputs("\n", out);
    }
    free(text);
}

/* What its users got, and what joins have reported (§ 8, 9). */
static void put_counters(FILE *out, const struct world *world, int peer)
{
    struct world_counters counters;
    world_counters(world, &counters, peer);
    const struct {
        const char *name;
        uint64_t value;
    } lines[] = {
        {"accepted", counters.accepted},
        {"refused", counters.refused},
        {"receipts made", counters.receipts_made},
        {"merge receipts made", counters.merges_made},
        {"receipts joined", counters.receipts_joined},
        {"reported superseded", counters.superseded},
        {"reported changed", counters.changed},
        {"reported restored", counters.restored},
        {"messages refused", counters.refusals},
        {"alarms", counters.alarms},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        fprintf(out, "| %s: %" PRIu64 "\n", lines[i].name, lines[i].value);
}

/* Owned; without a newline behind the last line. */
static char *block_of(const struct world *world, const struct scenario_statement *statement)
{
    const int peer = (int)statement->of.snapshot.peer;
    const struct frame_chain *chain = world_peer_chain(world, peer);
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) abort();
    switch (statement->of.snapshot.what) {
    case SCENARIO_CHAIN: put_chain(out, chain); break;
    case SCENARIO_STORAGE: put_storage(out, chain); break;
    case SCENARIO_COUNTERS: put_counters(out, world, peer); break;
    }
    if (fclose(out) != 0) abort();
    if (length > 0) text[length - 1] = '\0';
    return text;
}

/* ---- Against what stands there -------------------------------------------------------------- */

static struct frame_span first_line(struct frame_span text)
{
    const uint8_t *newline = text.length > 0 ? memchr(text.bytes, '\n', text.length) : NULL;
    if (newline != NULL) text.length = (size_t)(newline - text.bytes);
    return text;
}

static struct frame_span behind_line(struct frame_span text, struct frame_span line)
{
    const size_t taken = line.length < text.length ? line.length + 1 : line.length;
    return (struct frame_span){text.bytes + taken, text.length - taken};
}

/* The first line in which they differ; always false. */
static bool fail_difference(struct interpreter *in, const struct scenario_statement *statement,
                            struct frame_span found)
{
    struct frame_span wanted = statement->of.snapshot.block;
    for (unsigned number = 1;; number++) {
        const struct frame_span left = first_line(found);
        const struct frame_span right = first_line(wanted);
        const bool same = left.length == right.length &&
                          (left.length == 0 || memcmp(left.bytes, right.bytes, left.length) == 0);
        if (!same)
            return interpret_fail(
                in, INTERPRET_EXPECTATION, statement, "line %u of it is\n%.*s\nnot\n%.*s", number,
                (int)(left.length < 1000 ? left.length : 1000), (const char *)left.bytes,
                (int)(right.length < 1000 ? right.length : 1000), (const char *)right.bytes);
        found = behind_line(found, left);
        wanted = behind_line(wanted, right);
    }
}

bool verb_run_snapshot(struct interpreter *in, const struct scenario_statement *statement)
{
    const int peer = (int)statement->of.snapshot.peer;
    if (world_peer_chain(in->world, peer) == NULL)
        return interpret_fail(in, INTERPRET_EXPECTATION, statement, "%s is %s",
                              world_peer_name(in->world, peer),
                              world_peer_state_name(world_peer_state(in->world, peer)));
    char *text = block_of(in->world, statement);
    const struct frame_span found = {(const uint8_t *)text, strlen(text)};
    const struct frame_span wanted = statement->of.snapshot.block;
    bool fine = true;
    if (in->snapshots != NULL)
        in->snapshots->take(in->snapshots->context, statement, found);
    else if (found.length != wanted.length ||
             (found.length > 0 && memcmp(found.bytes, wanted.bytes, found.length) != 0))
        fine = fail_difference(in, statement, found);
    free(text);
    return fine;
}
