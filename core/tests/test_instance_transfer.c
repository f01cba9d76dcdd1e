// SPDX-License-Identifier: Apache-2.0
/* Transfers (§ 12): what is lost, late, repeated, slow or a lie, and how a long one goes on. Device 0
   receives; the others are puppets. */
#include "puppets.h"

/* A lab of device 0 and puppets, and a chain of `receipts` that they know. */
struct scene {
    struct lab lab;
    struct frame_chain *chain;
};

static void scene_begin(struct scene *scene, int puppets, size_t receipts)
{
    lab_begin(&scene->lab, 1 + puppets);
    scene->chain = scribe_new(&scene->lab);
    scribe_write(&scene->lab, scene->chain, receipts);
}

static void scene_end(struct scene *scene)
{
    frame_chain_free(scene->chain);
    lab_end(&scene->lab);
}

/* Ticks until device 0 asks the puppet; false where it does not within that time. */
static bool comes_to_ask(struct lab *lab, int puppet, uint64_t within_ms)
{
    const struct frame_instance *instance = lab->devices[0].instance;
    uint64_t end_ms = lab->now_ms + within_ms;
    while (lab_letters(lab, 0, puppet, FRAME_MESSAGE_REQUEST) == 0) {
        uint64_t deadline_ms = frame_instance_deadline(instance);
        if (deadline_ms > end_ms) return false;
        lab->now_ms = deadline_ms;
        device_tick(lab, 0);
    }
    return true;
}

/* ---- Time ---- */

/* How long it takes until the puppet is asked again. */
static uint64_t wait_for_request(struct lab *lab)
{
    struct asked asked;
    uint64_t start_ms = lab->now_ms;
    CHECK(comes_to_ask(lab, 1, 1000000));
    CHECK(puppet_asked(lab, 1, &asked));
    return lab->now_ms - start_ms;
}

static void test_growing_waits(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    uint64_t waits[8];
    scene_begin(&scene, 1, 1);
    lab->config.retry_ms_max = 8000;
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(wait_for_request(lab) == 0);
    /* a time-out and a delay, both doubling, of 3/4 to 4/4 each */
    uint64_t whole_ms = 2000;
    bool all_whole = true;
    for (size_t i = 0; i < 8; i++) {
        waits[i] = wait_for_request(lab);
        CHECK(waits[i] >= whole_ms / 4 * 3 && waits[i] <= whole_ms);
        all_whole = all_whole && waits[i] == whole_ms;
        whole_ms = whole_ms < 16000 ? whole_ms * 2 : 16000;
    }
    CHECK(!all_whole);
    CHECK(device_told(lab, 0, FRAME_NOTE_TIMED_OUT) == 8);
    CHECK(device_last(lab, 0, FRAME_NOTE_TIMED_OUT)->note.count == 8);
    /* a good message, and it starts anew: after the outstanding request */
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(wait_for_request(lab) <= 8000 + 1000);
    CHECK(wait_for_request(lab) <= 4000);
    puppet_request(lab, 1, 0, NULL, 0, NULL, 0, NULL);
    CHECK(wait_for_request(lab) <= 4000 + 1000);
    CHECK(device_told(lab, 0, FRAME_NOTE_OFFENCE) == 0);
    scene_end(&scene);
}

/* ---- Lost, repeated, reordered, late ---- */

static void test_lost_page(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked first;
    struct asked second;
    scene_begin(&scene, 1, 600);
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(puppet_asked(lab, 1, &first) && !first.has_after && first.have_count == 0);
    CHECK(puppet_answer(lab, 1, &first, scene.chain, 256));
    CHECK(puppet_asked(lab, 1, &first) && first.has_after);
    CHECK(device_peer(lab, 0, 1).requesting);
    CHECK(comes_to_ask(lab, 1, 2000)); /* the same again; what is staged has stayed */
    CHECK(puppet_asked(lab, 1, &second));
    CHECK(second.has_after && frame_hash_compare(&first.after, &second.after) == 0);
    CHECK(device_peer(lab, 0, 1).staged_receipts == 256);
    CHECK(puppet_answer(lab, 1, &second, scene.chain, 256));
    device_wait(lab, 0, 1000); /* a good message: it waits no longer than at first */
    CHECK(!device_peer(lab, 0, 1).requesting);
    lab_drop_all(lab);
    CHECK(comes_to_ask(lab, 1, 2000));
    CHECK(puppet_serve(lab, 1, scene.chain) == 1);
    CHECK(device_count(lab, 0) == 600);
    CHECK(device_told(lab, 0, FRAME_NOTE_JOINED) == 1);
    CHECK(!device_peer(lab, 0, 1).requesting && device_peer(lab, 0, 1).staged_receipts == 0);
    scene_end(&scene);
}

static void test_late_pages(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked first;
    struct asked second;
    struct asked other;
    scene_begin(&scene, 1, 600);
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(puppet_asked(lab, 1, &first));
    other = first;
    other.want[0].bytes[0] ^= 1;
    puppet_page(lab, 1, &other, NULL, 0, 0); /* wants something else */
    other = first;
    other.has_after = true;
    puppet_page(lab, 1, &other, NULL, 0, 0); /* comes after something else */
    other = first;
    other.want_count = 0; /* wants less, or more */
    puppet_page(lab, 1, &other, NULL, 0, 0);
    other.want_count = 2;
    puppet_page(lab, 1, &other, NULL, 0, 0);
    CHECK(device_refused(lab, 0, FRAME_UNASKED) == 4);
    device_forget_told(lab, 0);
    CHECK(puppet_answer(lab, 1, &first, scene.chain, 256));
    CHECK(puppet_answer(lab, 1, &first, scene.chain, 256)); /* repeated */
    CHECK(device_refused(lab, 0, FRAME_UNASKED) == 1);
    CHECK(puppet_asked(lab, 1, &second));
    device_wait(lab, 0, 1000);
    CHECK(!device_peer(lab, 0, 1).requesting);
    CHECK(puppet_answer(lab, 1, &second, scene.chain, 256)); /* timed out */
    CHECK(device_refused(lab, 0, FRAME_UNASKED) == 2);
    CHECK(comes_to_ask(lab, 1, 2000));
    CHECK(puppet_answer(lab, 1, &second, scene.chain, 256)); /* late, but it answers this one */
    CHECK(device_peer(lab, 0, 1).staged_receipts == 512);
    CHECK(puppet_asked(lab, 1, &second)); /* the repeated one, whose answer comes too late now */
    CHECK(puppet_answer(lab, 1, &second, scene.chain, 256));
    CHECK(device_refused(lab, 0, FRAME_UNASKED) == 3);
    CHECK(puppet_serve(lab, 1, scene.chain) == 1);
    CHECK(device_count(lab, 0) == 600);
    CHECK(device_told(lab, 0, FRAME_NOTE_OFFENCE) == 0);
    scene_end(&scene);
}

/* Two of three requests get lost, and yet it never has to begin again. */
static void test_lossy(void)
{
    enum { PAGES = 6, PAGE = 10, RECEIPTS = PAGES * PAGE };
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked asked = {0};
    scene_begin(&scene, 1, RECEIPTS);
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    for (size_t i = 0; i < PAGES; i++) {
        for (size_t k = 0; k < 3; k++)
            CHECK(comes_to_ask(lab, 1, 20000) && puppet_asked(lab, 1, &asked));
        CHECK(asked.has_after == (i > 0));
        CHECK(puppet_answer(lab, 1, &asked, scene.chain, PAGE));
    }
    CHECK(device_count(lab, 0) == RECEIPTS);
    scene_end(&scene);
}

/* ---- The bound of staging ---- */

static void test_staging_bound(bool by_bytes)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked asked;
    scene_begin(&scene, 1, 600);
    if (by_bytes)
        lab->config.staging_bytes_max = 1;
    else
        lab->config.staging_receipts_max = 200;
    device_new(lab, 0);
    lab->devices[0].by_hand = true;
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(puppet_asked(lab, 1, &asked));
    CHECK(puppet_answer(lab, 1, &asked, scene.chain, 256));
    CHECK(device_count(lab, 0) == 256 && device_peer(lab, 0, 1).staged_receipts == 0);
    /* storage is slow: nothing times out, nothing is asked */
    device_wait(lab, 0, 100000);
    CHECK(!puppet_asked(lab, 1, &asked) && !device_peer(lab, 0, 1).requesting);
    CHECK(device_told(lab, 0, FRAME_NOTE_TIMED_OUT) == 0);
    device_settle(lab, 0);
    CHECK(puppet_asked(lab, 1, &asked) && asked.has_after);
    CHECK(puppet_answer(lab, 1, &asked, scene.chain, 256));
    CHECK(device_count(lab, 0) == 512);
    device_settle(lab, 0);
    CHECK(puppet_serve(lab, 1, scene.chain) == 1); /* the last page: step 8 */
    CHECK(device_count(lab, 0) == 600);
    CHECK(device_told(lab, 0, FRAME_NOTE_JOINED) == 3);
    CHECK(device_told(lab, 0, FRAME_NOTE_REFUSED) == 0);
    scene_end(&scene);
}

/* What was joined on the way stays, though step 8 fails at the end. */
static void test_step_8_after_parts(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked asked;
    scene_begin(&scene, 1, 600);
    lab->config.staging_receipts_max = 256;
    device_new(lab, 0);
    struct frame_summary summary = scribe_summary(scene.chain);
    struct frame_attestation lie = attestation_of(lab, &summary);
    lie.receipt_count = 601;
    puppet_attest_as(lab, 1, 0, &lie, summary.heads, 1, &lab->identity_secret);
    CHECK(puppet_serve(lab, 1, scene.chain) == 3);
    CHECK(device_count(lab, 0) == 512);
    CHECK(device_refused(lab, 0, FRAME_ATTESTATION_COUNT) == 1);
    CHECK(device_told(lab, 0, FRAME_NOTE_OFFENCE) == 0);
    device_wait(lab, 0, 100000);
    CHECK(lab_letters(lab, 0, 1, FRAME_MESSAGE_REQUEST) == 0); /* not before it says so again */
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(puppet_asked(lab, 1, &asked) && !asked.has_after);
    CHECK(puppet_answer(lab, 1, &asked, scene.chain, 256));
    CHECK(device_count(lab, 0) == 600);
    scene_end(&scene);
}

/* A crash after each part: it goes on where the log ends. */
static void test_crash_on_the_way(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked asked;
    scene_begin(&scene, 1, 600);
    lab->config.staging_receipts_max = 256;
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    for (size_t part = 1; part <= 2; part++) {
        CHECK(puppet_asked(lab, 1, &asked));
        CHECK(puppet_answer(lab, 1, &asked, scene.chain, 256));
        lab_drop_all(lab);
        device_crash(lab, 0);
        struct frame_recovery recovery = device_recover(lab, 0);
        CHECK(recovery.state == FRAME_LOG_CLEAN && recovery.receipts == part * 256);
        puppet_attest(lab, 1, 0, scene.chain);
    }
    CHECK(puppet_asked(lab, 1, &asked) && !asked.has_after && asked.have_count > 8);
    CHECK(puppet_answer(lab, 1, &asked, scene.chain, 88)); /* which is all that is left */
    CHECK(device_count(lab, 0) == 600);
    scene_end(&scene);
}

/* ---- STOP ---- */

static void test_stop(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked asked;
    scene_begin(&scene, 2, 600);
    struct frame_chain *branch = scribe_new(lab);
    scribe_act(lab, branch, "display.timerTick", "{}", CLOCK_S);
    scribe_write(lab, branch, 300);
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    puppet_attest(lab, 2, 0, branch);
    CHECK(puppet_asked(lab, 1, &asked));
    CHECK(puppet_answer(lab, 1, &asked, scene.chain, 256));
    CHECK(puppet_asked(lab, 2, &asked));
    CHECK(puppet_answer(lab, 2, &asked, branch, 100));
    CHECK(device_count(lab, 0) == 0);
    lab->devices[0].by_hand = true;
    CHECK(device_intent(lab, 0) == FRAME_OK);
    CHECK(device_event(lab, 0, FRAME_EVENT_STOP) == FRAME_OK); /* an append is outstanding */
    CHECK(device_count(lab, 0) == 1);
    CHECK(device_event(lab, 0, FRAME_EVENT_DURABLE) == FRAME_OK);
    CHECK(device_count(lab, 0) == 357);
    CHECK(device_told(lab, 0, FRAME_NOTE_JOINED) == 2);
    CHECK(device_event(lab, 0, FRAME_EVENT_DURABLE) == FRAME_OK);
    CHECK(lab->devices[0].log.length == lab->devices[0].synced);
    device_crash(lab, 0);
    CHECK(device_recover(lab, 0).receipts == 357);
    frame_chain_free(branch);
    scene_end(&scene);
}

/* ---- What costs nobody anything ---- */

static void test_reject(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked asked;
    scene_begin(&scene, 2, 3);
    struct frame_chain *other = scribe_new(lab);
    scribe_act(lab, other, "display.timerTick", "{}", CLOCK_S);
    device_new(lab, 0);
    puppet_reject(lab, 1, 0, "unknown"); /* of nothing */
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(device_peer(lab, 0, 1).requesting);
    lab_drop_all(lab);
    puppet_reject(lab, 1, 0, "whatever it is");
    CHECK(!device_peer(lab, 0, 1).requesting);
    puppet_attest(lab, 1, 0, scene.chain); /* says it again; but a delay there is */
    CHECK(lab_letters(lab, 0, 1, FRAME_MESSAGE_REQUEST) == 0);
    CHECK(comes_to_ask(lab, 1, 1000));
    lab_drop_all(lab);
    puppet_reject(lab, 1, 0, "");
    device_wait(lab, 0, 100000);
    CHECK(lab_letters(lab, 0, 1, FRAME_MESSAGE_REQUEST) == 0);
    CHECK(device_told(lab, 0, FRAME_NOTE_TIMED_OUT) == 0);
    CHECK(device_told(lab, 0, FRAME_NOTE_REFUSED) == 0);
    puppet_attest(lab, 1, 0, scene.chain); /* says it again */
    CHECK(puppet_asked(lab, 1, &asked));
    CHECK(puppet_answer(lab, 1, &asked, scene.chain, 1));
    puppet_reject(lab, 1, 0, "no more"); /* in the middle: the next one begins anew */
    CHECK(device_peer(lab, 0, 1).staged_receipts == 0);
    lab->now_ms += 1000;
    lab_drop_all(lab);
    puppet_attest(lab, 1, 0, scene.chain);
    puppet_attest(lab, 2, 0, other); /* which is not one with more to come */
    CHECK(puppet_serve(lab, 2, other) == 1);
    CHECK(puppet_serve(lab, 1, scene.chain) == 1);
    CHECK(device_count(lab, 0) == 4);
    frame_chain_free(other);
    scene_end(&scene);
}

/* The receipts of a chain's positions, as an answer. */
static void answer_with(struct scene *scene, const struct asked *asked, size_t first, size_t count)
{
    struct frame_span receipts[8];
    for (size_t i = 0; i < count; i++) {
        struct frame_receipt receipt;
        frame_chain_at(scene->chain, &receipt, first + i);
        receipts[i] = receipt.bytes;
    }
    puppet_page(&scene->lab, 1, asked, receipts, count, 0);
}

static void test_incomplete(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked asked;
    scene_begin(&scene, 1, 4);
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(puppet_asked(lab, 1, &asked));
    answer_with(&scene, &asked, 0, 3);
    CHECK(device_refused(lab, 0, FRAME_ATTESTATION_COUNT) == 1);
    device_wait(lab, 0, 2000);
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(puppet_asked(lab, 1, &asked));
    puppet_page(lab, 1, &asked, NULL, 0, 0);
    CHECK(device_refused(lab, 0, FRAME_ATTESTATION_COUNT) == 2);
    device_wait(lab, 0, 2000);
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(puppet_asked(lab, 1, &asked));
    answer_with(&scene, &asked, 1, 3);
    CHECK(device_refused(lab, 0, FRAME_LINK) == 1);
    CHECK(device_count(lab, 0) == 0);
    CHECK(device_told(lab, 0, FRAME_NOTE_OFFENCE) == 0);
    CHECK(comes_to_ask(lab, 1, 2000)); /* a missing link may have been lost: it asks again */
    CHECK(puppet_serve(lab, 1, scene.chain) == 1);
    CHECK(device_count(lab, 0) == 4);
    scene_end(&scene);
}

/* ---- Whom to ask ---- */

static void test_one_at_a_time(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked asked;
    scene_begin(&scene, 2, 600);
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    puppet_attest(lab, 2, 0, scene.chain);
    CHECK(lab_letters(lab, 0, 1, FRAME_MESSAGE_REQUEST) == 1);
    CHECK(lab_letters(lab, 0, 2, FRAME_MESSAGE_REQUEST) == 0);
    CHECK(puppet_asked(lab, 1, &asked));
    CHECK(puppet_answer(lab, 1, &asked, scene.chain, 256)); /* and then it is silent */
    uint64_t start_ms = lab->now_ms;
    CHECK(comes_to_ask(lab, 2, 10000));
    CHECK(lab->now_ms - start_ms <= 1000); /* at once when that times out */
    CHECK(device_peer(lab, 0, 1).staged_receipts == 256);
    CHECK(puppet_serve(lab, 2, scene.chain) == 3);
    CHECK(device_count(lab, 0) == 600);
    CHECK(device_peer(lab, 0, 1).staged_receipts == 0); /* others were faster */
    scene_end(&scene);
}

/* Of two heads one is held, and another peer brings the other. */
static void test_one_head_lacking(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    scene_begin(&scene, 2, 0);
    scribe_fork(lab, scene.chain, 1);
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(puppet_serve(lab, 1, scene.chain) == 1);
    scribe_fork(lab, scene.chain, 2);
    puppet_attest(lab, 1, 0, scene.chain);
    puppet_attest(lab, 2, 0, scene.chain);
    CHECK(lab_letters(lab, 0, 1, FRAME_MESSAGE_REQUEST) == 1);
    CHECK(lab_letters(lab, 0, 2, FRAME_MESSAGE_REQUEST) == 0);
    scene_end(&scene);
}

/* § 12: own heads, those it last attested and that are held, then n-1, n-2, n-4, … */
static void test_have(void)
{
    static const size_t positions[] = {19, 10, 18, 16, 12, 4};
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct frame_receipt receipt;
    struct asked asked;
    scene_begin(&scene, 1, 20);
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(puppet_serve(lab, 1, scene.chain) == 1);
    struct frame_chain *other = scribe_new(lab);
    scribe_write(lab, other, 11);
    scribe_fork(lab, other, 1);
    puppet_attest(lab, 1, 0, other);
    CHECK(puppet_asked(lab, 1, &asked) && asked.have_count == 6);
    for (size_t i = 0; i < 6; i++) {
        frame_chain_at(scene.chain, &receipt, positions[i]);
        CHECK(frame_hash_compare(&asked.have[i], &receipt.hash) == 0);
    }
    frame_chain_free(other);
    scene_end(&scene);
}

/* An end of the patience with one who is asked for long, though nothing else happens. */
static void test_patience(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked asked;
    scene_begin(&scene, 2, 1);
    lab->config.gossip_interval_ms = 1000000;
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    for (size_t i = 0; i < 6; i++)
        CHECK(comes_to_ask(lab, 1, 100000) && puppet_asked(lab, 1, &asked));
    uint64_t start_ms = lab->now_ms; /* it waits for 22 to 30 s now */
    puppet_attest(lab, 2, 0, scene.chain);
    CHECK(comes_to_ask(lab, 2, 100000));
    CHECK(lab->now_ms - start_ms == 8 * lab->config.request_timeout_ms);
    CHECK(device_peer(lab, 0, 1).requesting);
    scene_end(&scene);
}

/* A patience without end. */
static void test_endless_patience(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    scene_begin(&scene, 2, 1);
    lab->config.request_timeout_ms = UINT64_MAX / 2;
    lab->config.retry_ms_max = UINT64_MAX;
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    puppet_attest(lab, 2, 0, scene.chain);
    lab->now_ms += 1000000;
    device_tick(lab, 0);
    CHECK(lab_letters(lab, 0, 2, FRAME_MESSAGE_REQUEST) == 0);
    scene_end(&scene);
}

/* What another does not bring is asked for at the same time. */
static void test_two_branches(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    scene_begin(&scene, 2, 5);
    struct frame_chain *other = scribe_new(lab);
    scribe_act(lab, other, "display.timerTick", "{}", CLOCK_S);
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    puppet_attest(lab, 2, 0, other);
    CHECK(lab_letters(lab, 0, 1, FRAME_MESSAGE_REQUEST) == 1);
    CHECK(lab_letters(lab, 0, 2, FRAME_MESSAGE_REQUEST) == 1);
    CHECK(puppet_serve(lab, 1, scene.chain) == 1 && puppet_serve(lab, 2, other) == 1);
    CHECK(device_count(lab, 0) == 6);
    frame_chain_free(other);
    scene_end(&scene);
}

/* A long transfer that goes well is left alone, whatever newer heads others attest. */
static void test_long_transfer(void)
{
    enum { PAGES = 20, PAGE = 32 };
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked asked;
    scene_begin(&scene, 2, (size_t)PAGES * PAGE);
    lab->config.staging_receipts_max = PAGE;
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    CHECK(puppet_asked(lab, 1, &asked));
    CHECK(puppet_answer(lab, 1, &asked, scene.chain, PAGE));
    for (size_t i = 2; i < PAGES; i++) { /* 18 pages of 0.7 s: longer than it trusts in anybody */
        scribe_write(lab, scene.chain, 1);
        puppet_attest(lab, 2, 0, scene.chain);
        CHECK(puppet_asked(lab, 1, &asked));
        device_wait(lab, 0, 700);
        CHECK(puppet_answer(lab, 1, &asked, scene.chain, PAGE));
    }
    CHECK(lab_letters(lab, 0, 2, FRAME_MESSAGE_REQUEST) == 0);
    CHECK(puppet_serve(lab, 1, scene.chain) == 1);
    CHECK(device_count(lab, 0) == (size_t)PAGES * PAGE);
    CHECK(puppet_serve(lab, 2, scene.chain) == 1);
    CHECK(device_count(lab, 0) == (size_t)PAGES * PAGE + PAGES - 2);
    scene_end(&scene);
}

/* ---- Liars: liveness must not depend on them ---- */

enum lie { LIE_SILENCE, LIE_DRIP, LIE_STALE };

/*
 * All attest the same again and again, which resets delays. The honest one answers at once; the others
 * never, or with one receipt at a time, or with receipts that are held, as late as they can.
 */
static void among_liars(enum lie lie, int honest)
{
    enum { PUPPETS = 4, HELD = 40, RECEIPTS = 200 };
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked asked;
    scene_begin(&scene, PUPPETS, RECEIPTS);
    lab->config.staging_receipts_max = 16;
    device_new(lab, 0);
    if (lie == LIE_STALE) {
        struct frame_chain *start = scribe_new(lab);
        scribe_write(lab, start, HELD);
        puppet_attest(lab, 1, 0, start);
        CHECK(puppet_serve(lab, 1, start) == 1);
        frame_chain_free(start);
        lab->now_ms += 100000;
        device_tick(lab, 0);
        lab_drop_all(lab);
    }
    uint64_t start_ms = lab->now_ms;
    size_t turns = 0;
    while (device_count(lab, 0) < RECEIPTS && lab->now_ms - start_ms < 60000) {
        for (int i = 1; i <= PUPPETS; i++)
            puppet_attest(lab, i, 0, scene.chain);
        device_wait(lab, 0, 700);
        int requesting = 0;
        for (int i = 1; i <= PUPPETS; i++)
            requesting += device_peer(lab, 0, i).requesting;
        CHECK(lie != LIE_SILENCE || requesting <= 1);
        for (int i = 1; i <= PUPPETS; i++) {
            if (i == honest) {
                (void)puppet_serve(lab, i, scene.chain);
                continue;
            }
            if (puppet_asked(lab, i, &asked)) {
                struct frame_receipt receipt;
                frame_chain_at(scene.chain, &receipt, turns++ % HELD);
                if (lie == LIE_DRIP) CHECK(puppet_answer(lab, i, &asked, scene.chain, 1));
                if (lie == LIE_STALE) puppet_page(lab, i, &asked, &receipt.bytes, 1, 1);
            }
        }
    }
    CHECK(device_count(lab, 0) == RECEIPTS);
    scene_end(&scene);
}

static void test_liars(void)
{
    for (int honest = 1; honest <= 4; honest++) {
        among_liars(LIE_SILENCE, honest);
        among_liars(LIE_DRIP, honest);
        among_liars(LIE_STALE, honest);
    }
}

/* What a peer once attested and never serves is given up, after four requests, for what it attests by
   then; and so on. */
static void test_given_up(void)
{
    struct scene scene;
    struct lab *lab = &scene.lab;
    struct asked asked;
    struct frame_hash wanted = {{0}};
    scene_begin(&scene, 1, 1);
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, scene.chain);
    for (size_t i = 0; i < 12; i++) {
        CHECK(comes_to_ask(lab, 1, 40000) && puppet_asked(lab, 1, &asked));
        CHECK((frame_hash_compare(&wanted, &asked.want[0]) != 0) == (i % 4 == 0));
        wanted = asked.want[0];
        scribe_write(lab, scene.chain, 1);
        puppet_attest(lab, 1, 0, scene.chain);
    }
    CHECK(comes_to_ask(lab, 1, 40000));
    CHECK(puppet_serve(lab, 1, scene.chain) == 1);
    CHECK(device_count(lab, 0) == 13);
    scene_end(&scene);
}

int main(void)
{
    test_growing_waits();
    test_lost_page();
    test_late_pages();
    test_lossy();
    test_staging_bound(false);
    test_staging_bound(true);
    test_step_8_after_parts();
    test_crash_on_the_way();
    test_stop();
    test_reject();
    test_incomplete();
    test_one_at_a_time();
    test_one_head_lacking();
    test_have();
    test_patience();
    test_endless_patience();
    test_two_branches();
    test_long_transfer();
    test_liars();
    test_given_up();
    return check_done();
}
