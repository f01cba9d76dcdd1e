// SPDX-License-Identifier: Apache-2.0
/* What the verbs about disks and memory do. */
#include "sim/interpret_internal.h"

/* ---- Settings ------------------------------------------------------------------------------- */

static void change_disk(struct disk_settings *settings, const struct scenario_statement *statement)
{
    const struct disk_settings *given = &statement->of.disk.settings;
    const uint32_t which = statement->of.disk.given;
    if (which & SCENARIO_DISK_SYNC) settings->sync = given->sync;
    if (which & SCENARIO_DISK_FAILURE) settings->failure_ppm = given->failure_ppm;
    if (which & SCENARIO_DISK_WRITE_FAILURE) settings->write_failure_ppm = given->write_failure_ppm;
    if (which & SCENARIO_DISK_SHORT_READ) settings->short_read_ppm = given->short_read_ppm;
    if (which & SCENARIO_DISK_SPACE) settings->space_bytes = given->space_bytes;
    if (which & SCENARIO_DISK_TORN) settings->torn = given->torn;
    if (which & SCENARIO_DISK_REORDER) settings->reorders = given->reorders;
}

bool verb_run_disk(struct interpreter *in, const struct scenario_statement *statement)
{
    for (size_t i = 0; i < in->scenario->peer_count; i++) {
        if (!scenario_peers_has(statement->peers, i)) continue;
        struct disk_settings *settings = &in->options[i].disk;
        change_disk(settings, statement);
        world_set_disk(in->world, (int)i, settings);
    }
    return true;
}

/* ---- Crashes, failures ---------------------------------------------------------------------- */

bool verb_run_crash(struct interpreter *in, const struct scenario_statement *statement)
{
    for (int i = 0; i < (int)in->scenario->peer_count; i++) {
        if (!scenario_peers_has(statement->peers, (size_t)i)) continue;
        const enum world_peer_state state = world_peer_state(in->world, i);
        if (statement->of.crash.never) {
            world_disarm(in->world, i);
            continue;
        }
        if (state != WORLD_PEER_UP && (state != WORLD_PEER_HALTED || statement->of.crash.nth > 0))
            return interpret_fail(in, INTERPRET_EXPECTATION, statement, "%s is %s",
                                  world_peer_name(in->world, i), world_peer_state_name(state));
        if (statement->of.crash.nth == 0)
            world_crash(in->world, i);
        else
            world_crash_at(in->world, i, statement->of.crash.when, statement->of.crash.what,
                           statement->of.crash.nth);
    }
    return true;
}

bool verb_run_fail(struct interpreter *in, const struct scenario_statement *statement)
{
    for (size_t i = 0; i < in->scenario->peer_count; i++)
        if (scenario_peers_has(statement->peers, i))
            world_fail_disk(in->world, (int)i, statement->of.fail.act, statement->of.fail.nth);
    return true;
}

bool verb_run_starve(struct interpreter *in, const struct scenario_statement *statement)
{
    const uint64_t lasts_us = statement->duration_us;
    const uint64_t until_us = lasts_us > 0 ? world_now_us(in->world) + lasts_us : 0;
    for (size_t i = 0; i < in->scenario->peer_count; i++)
        if (scenario_peers_has(statement->peers, i))
            world_starve(in->world, (int)i, statement->of.starve.nth, until_us);
    return true;
}

/* ---- Damage --------------------------------------------------------------------------------- */

/* The byte in the middle of the log's n-th receipt (UINT64_MAX: the last); false where there are not so many. */
static bool find_receipt(size_t *offset, struct frame_span log, uint64_t n)
{
    struct frame_log_reader reader;
    struct frame_span payload;
    bool found = false;
    frame_log_reader_init(&reader, log.bytes, log.length);
    for (uint64_t i = 0; frame_log_next(&reader, &payload); i++) {
        if (i != n && n != UINT64_MAX) continue;
        *offset = (size_t)(payload.bytes - log.bytes) + payload.length / 2;
        found = true;
    }
    return found;
}

/* False where the log has not so much. */
static bool damage(struct world *world, const struct scenario_statement *statement,
                   struct frame_span log)
{
    const int peer = (int)statement->of.damage.peer;
    const uint64_t number = statement->of.damage.number;
    size_t offset = (size_t)number;
    switch (statement->of.damage.what) {
    case SCENARIO_DAMAGE_RECEIPT:
        if (!find_receipt(&offset, log, number)) return false;
        world_flip_disk_bit(world, peer, offset, 0);
        return true;
    case SCENARIO_DAMAGE_BYTE:
        if (number >= log.length) return false;
        world_flip_disk_bit(world, peer, offset, statement->of.damage.bit);
        return true;
    case SCENARIO_DAMAGE_CUT:
        if (number >= log.length) return false;
        world_cut_disk(world, peer, log.length - offset);
        return true;
    case SCENARIO_DAMAGE_FOREIGN: world_foreign_disk(world, peer, number); return true;
    case SCENARIO_DAMAGE_SWAP:
        world_swap_disk(world, peer, (int)statement->of.damage.other);
        return true;
    }
    return true;
}

bool verb_run_damage(struct interpreter *in, const struct scenario_statement *statement)
{
    const int peer = (int)statement->of.damage.peer;
    const enum world_peer_state state = world_peer_state(in->world, peer);
    if (state == WORLD_PEER_UP || state == WORLD_PEER_HALTED)
        return interpret_fail(in, INTERPRET_EXPECTATION, statement,
                              "%s is %s: a log is damaged at rest",
                              world_peer_name(in->world, peer), world_peer_state_name(state));
    const struct frame_span log = world_peer_log(in->world, peer);
    if (damage(in->world, statement, log)) return true;
    return interpret_fail(in, INTERPRET_EXPECTATION, statement,
                          "%s's log has %zu bytes and not so much",
                          world_peer_name(in->world, peer), log.length);
}
