// SPDX-License-Identifier: Apache-2.0
/* Processes that stand still, clocks, backups, twins, and peers of other versions. */
#include <stdlib.h>
#include <string.h>

#include "core/execute.h"
#include "core/json.h"
#include "core/message.h"
#include "core/tests/check.h"
#include "sim/versions.h"
#include "sim/world_internal.h"

enum { ANA, BEN, CAI };

static struct world *world_of(int peers, uint64_t gossip_ms)
{
    static const char *const names[] = {"ana", "ben", "cai"};
    struct world_config config;
    struct world_peer_options options;
    world_config_init(&config);
    world_peer_options_init(&options);
    options.gossip_interval_ms = gossip_ms;
    struct world *world = world_new(&config);
    for (int i = 0; i < peers; i++)
        CHECK(world_add_peer(world, names[i], &options) == i);
    return world;
}

static void finish(struct world *world)
{
    CHECK(world_check_end(world) == 0);
    world_free(world);
}

static void note(struct world *world, int peer, const char *text)
{
    char payload[64];
    const struct world_intent intent = {.action = "notes.create", .payload = payload};
    (void)snprintf(payload, sizeof payload, "{\"text\":\"%s\"}", text);
    world_intent(world, peer, &intent);
}

static bool converge(struct world *world, uint64_t within_s)
{
    return world_run_until_converged(
               world, NULL, 0, world_now_us(world) + within_s * WORLD_SECOND) == WORLD_RUN_DONE;
}

/* ---- Clocks ---- */

static void test_clocks(void)
{
    struct world *world = world_of(1, 0);
    world_run_for(world, 100 * WORLD_SECOND);
    const int64_t now_s = WORLD_EPOCH_S + 100;
    CHECK(world_clock_s(world, ANA) == now_s);
    world_jump_clock(world, ANA, -30);
    world_jump_clock(world, ANA, 10);
    CHECK(world_clock_s(world, ANA) == now_s - 20);
    world_drift_clock(world, ANA, 250000);
    world_run_for(world, 40 * WORLD_SECOND);
    CHECK(world_clock_s(world, ANA) == now_s - 20 + 50);
    world_drift_clock(world, ANA, WORLD_DRIFT_PPM_MIN); /* it stands, and keeps what it gained */
    world_run_for(world, 1000 * WORLD_SECOND);
    CHECK(world_clock_s(world, ANA) == now_s - 20 + 50);
    world_turn_clock(world, ANA, -5);
    world_run_for(world, 7 * WORLD_SECOND);
    CHECK(world_clock_s(world, ANA) == -5);
    world_set_clock(world, ANA, 1);
    CHECK(world_clock_s(world, ANA) == now_s + 40 + 1007 + 1);
    world_turn_clock(world, ANA, INT64_MAX);
    world_run_for(world, 7 * WORLD_SECOND);
    world_jump_clock(world, ANA, INT64_MAX);
    CHECK(world_clock_s(world, ANA) == INT64_MAX);
    note(world, ANA, "at the end of time");
    world_run_for(world, WORLD_SECOND);
    struct frame_receipt receipt;
    frame_chain_at(world_peer_chain(world, ANA), &receipt, 0);
    CHECK(receipt.timestamp_s == FRAME_INTEGER_MAX);
    finish(world);
}

/* ---- Standing still ---- */

static uint64_t arrived(const struct world *world, int peer)
{
    struct world_counters counters;
    world_counters(world, &counters, peer);
    return counters.messages_delivered;
}

static void test_pause(void)
{
    struct world *world = world_of(2, 10);
    world_run_for(world, WORLD_SECOND);
    world_pause(world, ANA);
    const uint64_t before = arrived(world, ANA);
    const uint64_t steps = world->peers[ANA]->tick_stamp;
    world_run_for(world, 60 * WORLD_SECOND);
    CHECK(arrived(world, ANA) == before);
    CHECK(world->peers[ANA]->tick_stamp == steps);
    world_resume(world, ANA);
    world_run_for(world, 1); /* at once, and no more than fit */
    CHECK(arrived(world, ANA) == before + WORLD_DOOR_MESSAGES_MAX);
    finish(world);
}

static void test_freeze(void)
{
    struct world *world = world_of(2, 100);
    note(world, ANA, "unheard");
    world_freeze(world, ANA, WORLD_OUT);
    world_run_for(world, 10 * WORLD_SECOND);
    CHECK(arrived(world, BEN) == 0 && arrived(world, ANA) > 50);
    world_thaw(world, ANA);
    CHECK(converge(world, 10));
    world_freeze(world, ANA, WORLD_IN);
    const uint64_t before = arrived(world, ANA);
    note(world, BEN, "unheard as well");
    world_run_for(world, 10 * WORLD_SECOND);
    CHECK(arrived(world, ANA) == before);
    world_crash(world, ANA); /* it ends with the process */
    world_restart(world, ANA);
    CHECK(!world_peer_frozen(world, ANA, WORLD_IN) && converge(world, 10));
    finish(world);
}

/* ---- Backups ---- */

/* What is on the disk that is put in is promised, and nothing else. */
static void test_backup(void)
{
    struct world *world = world_of(1, 0);
    note(world, ANA, "kept");
    world_run_for(world, WORLD_SECOND);
    CHECK(!world_peer_has_backup(world, ANA));
    world_backup(world, ANA);
    note(world, ANA, "lost");
    world_run_for(world, WORLD_SECOND);
    struct peer *ana = world->peers[ANA];
    CHECK(holdings_get(&ana->holdings, 0) & HOLDING_ACKNOWLEDGED);
    CHECK(holdings_get(&ana->holdings, 1) & HOLDING_ACKNOWLEDGED);
    world_crash(world, ANA);
    world_restore_backup(world, ANA, ANA);
    CHECK(holdings_get(&ana->holdings, 0) & HOLDING_ACKNOWLEDGED);
    CHECK(holdings_get(&ana->holdings, 0) & HOLDING_DURABLE);
    CHECK((holdings_get(&ana->holdings, 1) & HOLDING_PROMISED) == 0);
    world_restart(world, ANA);
    CHECK(frame_chain_count(world_peer_chain(world, ANA)) == 1);
    finish(world);
}

/* ---- Twins ---- */

static void test_twins(void)
{
    struct world *world = world_of(3, 100);
    world_crash(world, BEN);
    world_twin(world, BEN, ANA);
    world_restart(world, BEN);
    const uint64_t before[] = {arrived(world, ANA), arrived(world, BEN)};
    world_run_for(world, 10 * WORLD_SECOND);
    CHECK(arrived(world, ANA) > before[0] + 20 && arrived(world, BEN) > before[1] + 20);
    world_crash(world, ANA); /* then all is for who is there */
    const uint64_t sent = arrived(world, BEN);
    world_run_for(world, 10 * WORLD_SECOND);
    CHECK(arrived(world, BEN) > sent + 70);
    world_crash(world, BEN);
    world_twin(world, BEN, BEN);
    world_restart(world, BEN);
    world_restart(world, ANA);
    note(world, BEN, "with my own key");
    CHECK(converge(world, 10));
    finish(world);
}

/* ---- Versions ---- */

/* An attestation as this peer would send it. */
static void attest(struct buffer *envelope, struct world *world, int peer)
{
    const struct peer *self = world->peers[peer];
    const struct frame_attestation said = {
        .identity_key = self->identity_key, .commitment = frame_genesis, .receipt_count = 0};
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    uint8_t bytes[4096];
    size_t length;
    struct buffer body;
    frame_attestation_make(text, &length, world->crypto, &self->identity_secret, &said);
    buffer_init(&body, &world->allocator);
    message_attest(&body, (struct frame_span){text, length}, NULL, 0);
    frame_envelope_seal(bytes, &length, world->crypto, &self->transport_secret, body.bytes,
                        body.length);
    buffer_init(envelope, &world->allocator);
    buffer_append(envelope, bytes, length);
    buffer_free(&body);
}

/* What a peer of our version makes of it. */
static enum frame_status judge(const struct world *world, const struct buffer *envelope)
{
    static const struct frame_trust everybody = {.strict = false};
    struct frame_message message;
    struct frame_attestation said;
    const enum frame_status status = frame_envelope_open(&message, NULL, world->crypto, &everybody,
                                                         envelope->bytes, envelope->length);
    if (status != FRAME_OK) return status;
    return frame_attestation_check(&said, world->crypto, &world->peers[ANA]->identity_key,
                                   message.attestation.bytes, message.attestation.length);
}

static void test_translation(void)
{
    static const struct {
        enum world_version version;
        enum frame_status status;
    } cases[] = {{WORLD_VERSION_OURS, FRAME_OK},
                 {WORLD_VERSION_PROTOCOL, FRAME_ATTESTATION_VERSION},
                 {WORLD_VERSION_RECEIPT, FRAME_ATTESTATION_VERSION},
                 {WORLD_VERSION_CAPABILITY, FRAME_ATTESTATION_VERSION},
                 {WORLD_VERSION_STATE_ROOT, FRAME_ATTESTATION_VERSION},
                 {WORLD_VERSION_ATTESTATION, FRAME_ATTESTATION_VERSION},
                 {WORLD_VERSION_ENVELOPE, FRAME_ENVELOPE},
                 {WORLD_VERSION_DAPP, FRAME_OK}};
    struct world *world = world_of(1, 0);
    struct buffer ours;
    attest(&ours, world, ANA);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *name = world_version_name(cases[i].version);
        struct buffer there;
        struct buffer back;
        buffer_init(&there, &world->allocator);
        buffer_init(&back, &world->allocator);
        const bool changed = version_translate(&there, world, cases[i].version, buffer_view(&ours));
        CHECK_IN(name, changed == (cases[i].status != FRAME_OK));
        if (changed) {
            CHECK_IN(name, judge(world, &there) == cases[i].status);
            CHECK_IN(name, version_translate(&back, world, cases[i].version, buffer_view(&there)));
            CHECK_IN(name, span_equal(buffer_view(&back), buffer_view(&ours)));
        }
        buffer_free(&there);
        buffer_free(&back);
    }
    ours.bytes[ours.length / 2] ^= 1; /* what nobody has sealed is not sealed anew */
    struct buffer there;
    buffer_init(&there, &world->allocator);
    CHECK(!version_translate(&there, world, WORLD_VERSION_PROTOCOL, buffer_view(&ours)));
    buffer_free(&ours);
    finish(world);
}

static void test_charges(void)
{
#define SPOKE(version) (UINT32_C(1) << WORLD_VERSION_##version)
    struct world *world = world_of(1, 0);
    const struct frame_hash some = {{1}};
    CHECK(
        version_may_charge(world, WORLD_VERSION_OURS, SPOKE(OURS) | SPOKE(RECEIPT), FRAME_VERSION));
    CHECK(version_may_charge(world, WORLD_VERSION_RECEIPT, SPOKE(OURS), FRAME_VERSION));
    CHECK(!version_may_charge(world, WORLD_VERSION_RECEIPT, SPOKE(RECEIPT), FRAME_VERSION));
    CHECK(!version_may_charge(world, WORLD_VERSION_OURS, SPOKE(OURS), FRAME_VERSION));
    CHECK(!version_may_charge(world, WORLD_VERSION_OURS, SPOKE(PROTOCOL), FRAME_VERSION));
    CHECK(!version_may_charge(world, WORLD_VERSION_OURS, SPOKE(RECEIPT), FRAME_STATE_ROOT_LINK));
    CHECK(version_may_charge(world, WORLD_VERSION_OURS, SPOKE(DAPP), FRAME_STATE_ROOT_LINK));
    CHECK(version_may_charge(world, WORLD_VERSION_DAPP, SPOKE(OURS), FRAME_STATE_ROOT_LINK));
    CHECK(!version_may_charge(world, WORLD_VERSION_OURS, SPOKE(DAPP), FRAME_SIGNATURE));
    CHECK(!version_may_charge(world, WORLD_VERSION_DAPP, SPOKE(DAPP), FRAME_STATE_ROOT_LINK));
    CHECK(version_may_alarm(world, WORLD_VERSION_OURS, SPOKE(DAPP), &frame_genesis));
    CHECK(!version_may_alarm(world, WORLD_VERSION_OURS, SPOKE(DAPP), &some));
    CHECK(!version_may_alarm(world, WORLD_VERSION_OURS, SPOKE(PROTOCOL), &frame_genesis));
    finish(world);
#undef SPOKE
}

int main(void)
{
    test_clocks();
    test_pause();
    test_freeze();
    test_backup();
    test_twins();
    test_translation();
    test_charges();
    return check_done();
}
