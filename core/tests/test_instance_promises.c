// SPDX-License-Identifier: Apache-2.0
/*
 * What others promise about routed intents (§ 18), and what is made of it: too many promises, those of nobody, of other
 * receipts, and routes that only wait for them. Device 0 asks; the others are puppets.
 */
#include "routes.h"

static const struct frame_hash nothing = {{7}};
static const char note[] = "{\"text\":\"n\"}";
#define GOOD "{\"ok\":true}"

/* Device 0 and able puppets, who need not say again that they are there. */
static void begin(struct lab *lab, int count, int able)
{
    meeting_begin(lab, count);
    lab->config.announce_interval_ms = 1000000000;
    device_new(lab, 0);
    for (int i = 1; i <= able; i++)
        puppet_able(lab, i, 1);
    lab_drop_all(lab);
}

/* The receipts of these routes come from a puppet. */
static void bring(struct lab *lab, int puppet, const struct frame_route_id *ids, size_t count)
{
    struct frame_chain *chain = scribe_new(lab);
    for (size_t i = 0; i < count; i++)
        scribe_routed(lab, chain, &ids[i], "notes.create", note);
    lab_drop_all(lab);
    puppet_attest(lab, puppet, 0, chain);
    CHECK(puppet_serve(lab, puppet, chain) == 1);
    CHECK(device_count(lab, 0) == count);
    frame_chain_free(chain);
}

/* Of those who promise the last four are remembered, and charged where nothing comes of it. */
static void test_too_many(void)
{
    enum { PUPPETS = 6, REMEMBERED = 4 };
    struct lab lab;
    uint32_t failures[PUPPETS + 1];
    int asked[PUPPETS];
    begin(&lab, PUPPETS + 1, PUPPETS);
    CHECK(device_route(&lab, 0, "notes.create", note) == FRAME_OK);
    const struct frame_route_id id = last(&lab, 0, FRAME_NOTE_ROUTING)->route;
    for (size_t i = 0; i < PUPPETS; i++) {
        while (device_told(&lab, 0, FRAME_NOTE_ROUTING) <= i)
            device_wait(&lab, 0, 500);
        asked[i] = lab_find(&lab, &last(&lab, 0, FRAME_NOTE_ROUTING)->peer);
        say_result(&lab, asked[i], &id, &nothing, GOOD);
    }
    CHECK(device_told(&lab, 0, FRAME_NOTE_PROMISED) == PUPPETS);
    bring(&lab, asked[5], &id, 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == 1);
    for (int i = 1; i <= PUPPETS; i++)
        failures[i] = device_peer(&lab, 0, i).failures;
    device_wait(&lab, 0, lab.config.retry_ms_max + 1);
    for (size_t i = 0; i < PUPPETS; i++)
        CHECK(device_peer(&lab, 0, asked[i]).failures - failures[asked[i]] ==
              (i >= PUPPETS - REMEMBERED));
    lab_end(&lab);
}

/* Where all places are taken, a route whose receipt is held makes room, whatever was promised beside. */
static void test_done_makes_room(void)
{
    struct lab lab;
    struct frame_route_id ids[FRAME_ROUTES_MAX];
    begin(&lab, 2, 1);
    for (size_t i = 0; i < FRAME_ROUTES_MAX; i++) {
        CHECK(device_route(&lab, 0, "notes.create", note) == FRAME_OK);
        ids[i] = last(&lab, 0, FRAME_NOTE_ROUTING)->route;
        say_result(&lab, 1, &ids[i], &nothing, GOOD);
    }
    CHECK(device_route(&lab, 0, "notes.create", note) == FRAME_BUSY);
    bring(&lab, 1, ids, FRAME_ROUTES_MAX);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == FRAME_ROUTES_MAX);
    say_result(&lab, 1, &ids[0], &nothing, GOOD); /* it is still listened to */
    CHECK(device_told(&lab, 0, FRAME_NOTE_PROMISED) == FRAME_ROUTES_MAX + 1);
    CHECK(device_route(&lab, 0, "notes.create", note) == FRAME_OK);
    CHECK(device_refused(&lab, 0, FRAME_UNASKED) == 0);
    say_result(&lab, 1, &ids[0], &nothing, GOOD); /* and now forgotten */
    CHECK(device_refused(&lab, 0, FRAME_UNASKED) == 1);
    say_result(&lab, 1, &ids[1], &nothing, GOOD);
    CHECK(device_refused(&lab, 0, FRAME_UNASKED) == 1);
    lab_end(&lab);
}

/* One who has promised leaves the table: nobody is charged, be it kept, broken or open. */
static void test_gone(void)
{
    struct lab lab;
    struct frame_route_id ids[3];
    struct frame_hash hashes[2];
    struct frame_chain *chain;
    meeting_begin(&lab, 3);
    lab.config.announce_interval_ms = 1000000000;
    lab.config.table_peers_max = 2; /* one of them a caller */
    device_new(&lab, 0);
    puppet_able(&lab, 1, 1);
    chain = scribe_new(&lab);
    for (size_t i = 0; i < 3; i++) {
        CHECK(device_route(&lab, 0, "notes.create", note) == FRAME_OK);
        ids[i] = last(&lab, 0, FRAME_NOTE_ROUTING)->route;
        scribe_routed(&lab, chain, &ids[i], "display.timerTick", "{}");
        if (i < 2) hashes[i] = scribe_summary(chain).heads[0];
    }
    say_result(&lab, 1, &ids[0], &hashes[0], "{\"ok\":true,\"ticks\":1}");
    say_result(&lab, 1, &ids[1], &hashes[1], "{\"ok\":false}");
    say_result(&lab, 1, &ids[2], &nothing, GOOD);
    puppet_able(&lab, 2, 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_FORGOTTEN) == 1 && !device_peer(&lab, 0, 1).member);
    puppet_attest(&lab, 2, 0, chain);
    CHECK(puppet_serve(&lab, 2, chain) == 1 && device_count(&lab, 0) == 3);
    frame_chain_free(chain);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == 3);
    device_wait(&lab, 0, lab.config.retry_ms_max + 1);
    CHECK(device_refused(&lab, 0, FRAME_RESULT_MISMATCH) == 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 0 && device_peer(&lab, 0, 2).failures == 0);
    for (int i = 0; i < FRAME_ROUTES_MAX; i++) /* all places are free again */
        CHECK(device_route(&lab, 0, "notes.create", note) == FRAME_OK);
    lab_end(&lab);
}

/* A promise that names a receipt of no route: one's own, or a merge receipt. */
static void test_other_receipts(void)
{
    struct lab lab;
    begin(&lab, 2, 1);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_fork(&lab, chain, 2);
    puppet_attest(&lab, 1, 0, chain);
    CHECK(puppet_serve(&lab, 1, chain) == 1);
    CHECK(device_intent(&lab, 0) == FRAME_OK && device_count(&lab, 0) == 4);
    for (size_t position = 2; position < 4; position++) {
        struct frame_receipt receipt;
        frame_chain_at(frame_instance_chain(lab.devices[0].instance), &receipt, position);
        CHECK((receipt.outcome == FRAME_OUTCOME_MERGE) == (position == 2));
        CHECK(device_route(&lab, 0, "notes.create", note) == FRAME_OK);
        const struct frame_route_id id = last(&lab, 0, FRAME_NOTE_ROUTING)->route;
        say_result(&lab, 1, &id, &receipt.hash, GOOD);
        CHECK(device_refused(&lab, 0, FRAME_RESULT_MISMATCH) == position - 1);
    }
    CHECK(device_peer(&lab, 0, 1).offences == 2);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* The only provider can no more, and then says that it will not. */
static void test_no_other(void)
{
    struct lab lab;
    const struct saying unable = {.issued_ms = 2};
    begin(&lab, 2, 1);
    CHECK(device_route(&lab, 0, "notes.create", note) == FRAME_OK);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTING) == 1);
    puppet_announce(&lab, 1, 0, &unable);
    puppet_reject(&lab, 1, 0, "unavailable");
    device_wait(&lab, 0, 60000);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTING) == 1);
    puppet_able(&lab, 1, 3);
    device_wait(&lab, 0, 60000);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTING) > 1);
    lab_end(&lab);
}

/* So many providers that each is asked once: the sixty-fifth is not, and the route is given up. */
static void test_many_providers(void)
{
    struct lab lab;
    const struct saying saying = {.issued_ms = 1, .capabilities = ABLE};
    begin(&lab, 1, 0);
    struct frame_instance *instance = lab.devices[0].instance;
    for (uint32_t i = 0; i <= FRAME_ROUTE_ATTEMPTS_MAX; i++) {
        struct frame_secret_key secret;
        struct frame_public_key key;
        crowd_keys(&lab, i, &secret, &key);
        CHECK(frame_instance_peer(instance, &key, false) == FRAME_OK);
        crowd_announce(&lab, i, 0, &saying);
    }
    CHECK(device_route(&lab, 0, "notes.create", note) == FRAME_OK);
    while (device_told(&lab, 0, FRAME_NOTE_GIVEN_UP) == 0 && lab.now_ms < 10000000) {
        device_wait(&lab, 0, 10000);
        lab_drop_all(&lab);
    }
    CHECK(device_told(&lab, 0, FRAME_NOTE_GIVEN_UP) == 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTING) == FRAME_ROUTE_ATTEMPTS_MAX);
    size_t failed = 0;
    for (size_t i = 0; i < frame_instance_peer_count(instance); i++) {
        struct frame_public_key key;
        struct frame_peer_state state;
        frame_instance_peer_at(instance, &key, i);
        CHECK(frame_instance_peer_state(instance, &state, &key) && state.failures <= 1);
        failed += state.failures;
    }
    CHECK(failed == FRAME_ROUTE_ATTEMPTS_MAX);
    lab_end(&lab);
}

int main(void)
{
    test_too_many();
    test_done_makes_room();
    test_gone();
    test_other_receipts();
    test_no_other();
    test_many_providers();
    return check_done();
}
