// SPDX-License-Identifier: Apache-2.0
/*
 * Instances out of memory: a course of events is run again and again, and each time another allocation of
 * another step of device 0 fails, until each has. The step did all or nothing, nothing leaks, and all
 * come to one state afterwards.
 */
#include "meeting.h"

static struct frame_crypto quick; /* the courses are many, and not about signatures */

/* ---- Courses: what device 0 goes through; true at the end: device 1 has to agree ---- */

/* An intent may find no memory: nothing has happened then, and it is asked again. */
static void insist(struct lab *lab, int index)
{
    size_t before = device_count(lab, index);
    enum frame_status status = device_intent(lab, index);
    if (status == FRAME_OK) return;
    CHECK(index == 0 && lab->failed && status == FRAME_NO_MEMORY);
    CHECK(device_count(lab, index) == before);
    CHECK(device_intent(lab, index) == FRAME_OK);
}

static void course_sync(struct lab *lab)
{
    device_new(lab, 1);
    insist(lab, 0);
    insist(lab, 1);
    lab_run(lab, 1000);
    insist(lab, 0); /* merges */
    insist(lab, 1);
    lab_run(lab, 3000);
}

/* In parts, with letters lost on the way. */
static void course_parts(struct lab *lab)
{
    device_new(lab, 1);
    for (size_t i = 0; i < 12; i++)
        insist(lab, 1);
    lab_drop_all(lab);
    device_wait(lab, 1, 3000);
    for (size_t i = 0; lab->letter_count > 0 && i < 40; i++)
        if (i == 3)
            lab_drop(lab, 0);
        else
            lab_deliver(lab, 0);
    lab_run(lab, 5000);
}

static void course_stop(struct lab *lab)
{
    struct asked asked;
    struct frame_chain *chain = scribe_new(lab);
    scribe_write(lab, chain, 5);
    lab->now_ms += 5;
    puppet_attest(lab, 2, 0, chain);
    if (puppet_asked(lab, 2, &asked)) (void)puppet_answer(lab, 2, &asked, chain, 3);
    (void)device_do(lab, 0, (struct frame_event){.type = FRAME_EVENT_STOP});
    puppet_reject(lab, 2, 0, "unknown");
    device_new(lab, 1);
    lab->now_ms += 40000;
    puppet_attest(lab, 2, 1, chain);
    CHECK(puppet_serve(lab, 2, chain) > 0);
    frame_chain_free(chain);
}

/* As a stranger, and with a bad receipt. */
static void course_blame(struct lab *lab)
{
    struct asked asked;
    struct frame_receipt receipt;
    lab->config.offences_max = 2;
    device_new(lab, 1);
    struct frame_chain *chain = scribe_new(lab);
    scribe_write(lab, chain, 2);
    frame_chain_at(chain, &receipt, 0);
    const struct frame_span twice[2] = {receipt.bytes, receipt.bytes};
    puppet_attest(lab, 3, 0, chain);
    if (puppet_asked(lab, 3, &asked)) puppet_page(lab, 3, &asked, twice, 2, 0);
    puppet_say_text(lab, 3, 0, "{}");
    puppet_attest(lab, 3, 0, chain);
    puppet_attest(lab, 2, 0, chain);
    (void)puppet_serve(lab, 2, chain);
    puppet_attest(lab, 2, 1, chain);
    CHECK(puppet_serve(lab, 2, chain) == 1);
    frame_chain_free(chain);
}

/* More heads than may stay. */
static struct frame_chain *many_heads;

static void course_heads(struct lab *lab)
{
    puppet_attest(lab, 2, 0, many_heads);
    (void)puppet_serve(lab, 2, many_heads);
    device_new(lab, 1);
    puppet_attest(lab, 2, 1, many_heads);
    CHECK(puppet_serve(lab, 2, many_heads) == 1);
}

/* A corrupt log: the start of a life in safe mode, and its end. */
static void course_safe_mode(struct lab *lab)
{
    struct device *device = &lab->devices[0];
    device_new(lab, 1);
    for (size_t i = 0; i < 4; i++)
        insist(lab, 1);
    frame_instance_free(device->instance);
    buffer_clear(&device->log);
    buffer_span(&device->log, buffer_view(&lab->devices[1].log));
    device->log.bytes[300] ^= 1; /* in the first frame */
    device->synced = device->log.length;
    CHECK(device_recover(lab, 0).set_aside == 3);
    lab_drop_all(lab);
    lab_run(lab, 5000);
    CHECK(device_told(lab, 0, FRAME_NOTE_SAFE_MODE_LEFT) == 1 || lab->failed);
}

/* Device 0 has fetched what it was last asked for. */
static void fetched(struct lab *lab)
{
    if (device_told(lab, 0, FRAME_NOTE_FETCH) == 0) return;
    (void)device_do(lab, 0,
                    (struct frame_event){.type = FRAME_EVENT_FETCHED,
                                         .route = device_last(lab, 0, FRAME_NOTE_FETCH)->note.route,
                                         .network_responses = {(const uint8_t *)"[]", 2}});
}

/* Both find each other, and each executes something for the other; a stranger calls in. */
static void course_route(struct lab *lab)
{
    static const char fetch[] = "feed.fetch";
    static const char url[] = "{\"url\":\"u\"}";
    const struct saying stranger = {.issued_ms = 1, .stranger = true};
    device_new(lab, 1);
    lab_run(lab, 6000);
    puppet_announce(lab, 3, 0, &stranger);
    while (device_route(lab, 0, "notes.create", "{\"text\":\"n\"}") != FRAME_OK)
        CHECK(lab->failed);
    lab_run(lab, 1000);
    CHECK(device_route(lab, 1, fetch, url) == FRAME_OK);
    lab_run(lab, 3000);
    fetched(lab);
    lab_run(lab, 6000);
}

/* ---- Each allocation of each step ---- */

typedef void course_function(struct lab *lab);

/* One course; false where it has no such step. */
static bool run(course_function *course, size_t step, size_t allocation, bool *failed)
{
    struct lab lab;
    lab_begin_with(&lab, 4, &quick);
    lab.known = 3;
    lab.step_to_fail = step;
    lab.allocation_to_fail = allocation;
    lab.config.staging_receipts_max = 5;
    lab.config.ignore_ms = 1;
    lab.config.discovery = course == course_route;
    device_new(&lab, 0);
    course(&lab);
    bool reached = lab.failing;
    *failed = lab.failed;
    lab.step_to_fail = 0; /* what follows is without failure */
    device_settle(&lab, 0);
    lab_drop_all(&lab);
    lab_run(&lab, 15000);
    if (course == course_route) fetched(&lab); /* again, where it was asked again */
    insist(&lab, 0);
    insist(&lab, 1);
    lab_run(&lab, 5000);
    CHECK(lab_same(&lab, 0, 1));
    CHECK(device_count(&lab, 0) > 2);
    CHECK(device_log_is_whole(&lab, 0) || course == course_safe_mode);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 0 || course == course_blame);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ACKNOWLEDGED) == lab.devices[0].intents);
    if (course == course_route)
        CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == 1 &&
              device_told(&lab, 1, FRAME_NOTE_ROUTED) == 1);
    lab_end(&lab);
    return reached;
}

static void each(course_function *course)
{
    bool failed;
    for (size_t step = 1; run(course, step, 1, &failed); step++)
        for (size_t allocation = 2; failed; allocation++)
            CHECK(run(course, step, allocation, &failed));
}

static void each_with_many_heads(void)
{
    struct lab lab;
    lab_begin_with(&lab, 1, &quick);
    many_heads = scribe_new(&lab);
    scribe_fork(&lab, many_heads, FRAME_MERGE_HEADS_MAX + 1);
    each(course_heads);
    frame_chain_free(many_heads);
    lab_end(&lab);
}

/* ---- Before the first step ---- */

static void test_new(bool discovery)
{
    struct lab lab;
    enum frame_status status = FRAME_NO_MEMORY;
    lab_begin_with(&lab, 2, &quick);
    lab.config.discovery = discovery;
    for (size_t n = 1; status != FRAME_OK; n++) {
        struct device *device = &lab.devices[0];
        struct frame_instance_config config = lab.config;
        config.allocator = heap_allocator(&device->heap);
        config.transport_secret = device->transport;
        heap_fail(&device->heap, n);
        status = frame_instance_new(&device->instance, &config, 0);
        CHECK(status == (device->heap.asked >= n ? FRAME_NO_MEMORY : FRAME_OK));
        if (status != FRAME_OK) CHECK(device->instance == NULL && device->heap.live == 0);
    }
    status = FRAME_NO_MEMORY;
    for (size_t n = 8; status != FRAME_OK;
         n++) { /* again and again: what there was room for stays */
        struct frame_peer_state state;
        heap_fail(&lab.devices[0].heap, n / 8);
        status = frame_instance_peer(lab.devices[0].instance, &lab.devices[1].key, true);
        CHECK(status == FRAME_OK || status == FRAME_NO_MEMORY);
        CHECK(frame_instance_peer_state(lab.devices[0].instance, &state, &lab.devices[1].key) ==
              (status == FRAME_OK));
    }
    heap_fail(&lab.devices[0].heap, 0);
    lab_end(&lab);
}

/* Policy strict, which decides by parts of a chain: what was short is asked for again. */
static bool strict_without_memory(size_t n)
{
    struct lab lab;
    struct asked asked = {.from = NOBODY};
    lab_begin_with(&lab, 2, &quick);
    lab.config.policy = FRAME_POLICY_STRICT;
    lab.config.staging_receipts_max = 5;
    device_new(&lab, 0);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 12);
    puppet_attest(&lab, 1, 0, chain);
    CHECK(puppet_asked(&lab, 1, &asked));
    heap_fail(&lab.devices[0].heap, n);
    CHECK(puppet_answer(&lab, 1, &asked, chain, 5));
    const bool failed = lab.devices[0].heap.asked >= n;
    heap_fail(&lab.devices[0].heap, 0);
    for (size_t i = 0; i < 4 && device_count(&lab, 0) < 12; i++) {
        while (puppet_asked(&lab, 1, &asked))
            CHECK(puppet_answer(&lab, 1, &asked, chain, 5));
        lab.now_ms += lab.config.retry_ms_max;
        puppet_attest(&lab, 1, 0, chain);
    }
    CHECK(device_count(&lab, 0) == 12 && device_told(&lab, 0, FRAME_NOTE_DIVERGED) == 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_REFUSED) == 0);
    frame_chain_free(chain);
    lab_end(&lab);
    return failed;
}

/* A log is whole, has a frame that is damaged, or lacks one. */
enum damage { WHOLE, FLIPPED, GAP };

static void log_damage(struct buffer *log, enum damage damage)
{
    struct frame_log_reader reader;
    struct frame_span payload;
    if (damage == FLIPPED) log->bytes[log->length / 3] ^= 1;
    if (damage != GAP) return;
    frame_log_reader_init(&reader, log->bytes, log->length);
    CHECK(frame_log_next(&reader, &payload));
    const size_t from = reader.offset;
    CHECK(frame_log_next(&reader, &payload));
    memmove(log->bytes + from, log->bytes + reader.offset, log->length - reader.offset);
    log->length -= reader.offset - from;
}

/* A recovery that finds no memory leaves an instance that can be recovered. */
static void test_recover(enum damage damage)
{
    const bool corrupt = damage != WHOLE;
    struct lab lab;
    enum frame_status status = FRAME_NO_MEMORY;
    lab_begin_with(&lab, 2, &quick);
    struct device *device = &lab.devices[0];
    device_new(&lab, 0);
    for (size_t i = 0; i < 4; i++)
        CHECK(device_intent(&lab, 0) == FRAME_OK);
    device_crash(&lab, 0);
    log_damage(&device->log, damage);
    device_new(&lab, 0);
    for (size_t n = 1; status != FRAME_OK; n++) {
        struct frame_recovery recovery = {.offset = -2};
        heap_fail(&device->heap, n);
        status = frame_instance_recover(device->instance, &recovery, device->log.bytes,
                                        device->log.length);
        if (status == FRAME_OK) {
            CHECK(recovery.receipts == (corrupt ? 1 : 4) && recovery.safe_mode == corrupt);
            break;
        }
        CHECK(status == FRAME_NO_MEMORY && recovery.offset == -2);
        CHECK(device_count(&lab, 0) == 0);
        CHECK(frame_instance_durable(device->instance) == 0);
        CHECK(!frame_instance_in_safe_mode(device->instance));
    }
    heap_fail(&device->heap, 0);
    CHECK(device_intent(&lab, 0) == (corrupt ? FRAME_SAFE_MODE : FRAME_OK));
    lab_end(&lab);
}

int main(void)
{
    quick = quick_crypto();
    test_new(false);
    test_new(true);
    test_recover(WHOLE);
    test_recover(FLIPPED);
    test_recover(GAP);
    for (size_t n = 1; strict_without_memory(n);)
        n++;
    each(course_sync);
    each(course_parts);
    each(course_stop);
    each(course_blame);
    each(course_safe_mode);
    each(course_route);
    each_with_many_heads();
    return check_done();
}
