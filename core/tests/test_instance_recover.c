// SPDX-License-Identifier: Apache-2.0
/* Instances and their logs (§ 13): clean, torn, corrupt; safe mode, and how it ends. */
#include "puppets.h"

/* ---- Logs ---- */

static void log_add(struct device *device, struct frame_span payload)
{
    uint8_t header[FRAME_LOG_HEADER_BYTES];
    frame_log_header(header, payload.bytes, payload.length);
    buffer_append(&device->log, header, sizeof header);
    buffer_span(&device->log, payload);
    device->synced = device->log.length;
}

/* The log of an instance that made or got these receipts in their order. */
static void log_of(struct device *device, const struct frame_chain *chain)
{
    buffer_clear(&device->log);
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        frame_chain_arrived(chain, &receipt, i);
        log_add(device, receipt.bytes);
    }
    device->synced = device->log.length;
}

/* Where the n-th frame of a good log begins. */
static size_t frame_offset(const struct device *device, size_t n)
{
    struct frame_log_reader reader;
    struct frame_span payload;
    frame_log_reader_init(&reader, device->log.bytes, device->log.length);
    for (size_t i = 0; i < n; i++)
        CHECK(frame_log_next(&reader, &payload));
    return reader.offset;
}

static void damage(struct device *device, size_t frame)
{
    device->log.bytes[frame_offset(device, frame) + 100] ^= 1;
}

static void replace_log(struct lab *lab, int index)
{
    struct device *device = &lab->devices[index];
    buffer_clear(&device->log);
    CHECK(frame_instance_log(device->instance, buffer_sink(&device->log)));
    device->synced = device->log.length;
}

/* Device 0 and puppets, a chain of `receipts`, and a log of it. */
static struct frame_chain *begin(struct lab *lab, size_t receipts)
{
    lab_begin(lab, 3);
    struct frame_chain *chain = scribe_new(lab);
    scribe_write(lab, chain, receipts);
    log_of(&lab->devices[0], chain);
    return chain;
}

static void end(struct lab *lab, struct frame_chain *chain)
{
    frame_chain_free(chain);
    lab_end(lab);
}

/* ---- Clean and torn ---- */

static void test_clean(void)
{
    struct lab lab;
    lab_begin(&lab, 2);
    struct frame_recovery recovery = device_recover(&lab, 0);
    CHECK(recovery.state == FRAME_LOG_CLEAN && recovery.offset == -1 && recovery.receipts == 0);
    for (size_t i = 0; i < 5; i++)
        CHECK(device_intent(&lab, 0) == FRAME_OK);
    CHECK(device_log_is_whole(&lab, 0));
    device_new(&lab, 1);
    lab_run(&lab, 5000);
    CHECK(device_intent(&lab, 1) == FRAME_OK);
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    lab_run(&lab, 5000);
    CHECK(device_intent(&lab, 1) == FRAME_OK);
    lab_run(&lab, 5000);
    CHECK(device_log_is_whole(&lab, 0) && device_log_is_whole(&lab, 1));
    CHECK(device_count(&lab, 0) == 9 && lab_same(&lab, 0, 1));
    device_crash(&lab, 0);
    recovery = device_recover(&lab, 0);
    CHECK(recovery.state == FRAME_LOG_CLEAN && recovery.offset == -1 && recovery.receipts == 9);
    CHECK(recovery.set_aside == 0 && !recovery.safe_mode && recovery.cause == FRAME_OK);
    CHECK(frame_instance_durable(lab.devices[0].instance) == 9);
    CHECK(device_log_is_whole(&lab, 0) && lab_same(&lab, 0, 1));
    lab_drop_all(&lab);
    device_wait(&lab, 0, 100); /* says so soon */
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_ATTEST) == 1);
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    lab_end(&lab);
}

static void test_torn(void)
{
    struct lab lab;
    struct frame_chain *chain = begin(&lab, 4);
    struct device *device = &lab.devices[0];
    size_t last = frame_offset(device, 3);
    size_t whole = device->log.length;
    for (size_t length = last + 1; length < whole; length += (whole - last) / 9) {
        device->synced = device->log.length = length;
        struct frame_recovery recovery = device_recover(&lab, 0);
        CHECK(recovery.state == FRAME_LOG_TORN && recovery.offset == (int64_t)last);
        CHECK(recovery.receipts == 3 && recovery.set_aside == 0 && !recovery.safe_mode);
        device->synced = device->log.length = last;
        CHECK(device_intent(&lab, 0) == FRAME_OK);
        CHECK(device_log_is_whole(&lab, 0));
        device_crash(&lab, 0);
        log_of(device, chain);
    }
    end(&lab, chain);
}

/* A frame that stands twice is no fault, wherever the second one is; nor are batches of them. */
static void test_repeated(void)
{
    struct lab lab;
    struct frame_receipt receipt;
    struct frame_chain *chain = begin(&lab, 600);
    frame_chain_arrived(chain, &receipt, 599);
    log_add(&lab.devices[0], receipt.bytes);
    frame_chain_arrived(chain, &receipt, 3);
    log_add(&lab.devices[0], receipt.bytes);
    log_add(&lab.devices[0], receipt.bytes);
    struct frame_recovery recovery = device_recover(&lab, 0);
    CHECK(recovery.state == FRAME_LOG_CLEAN && recovery.receipts == 600 && !recovery.safe_mode);
    CHECK(frame_instance_durable(lab.devices[0].instance) == 600);
    end(&lab, chain);
}

/* ---- Corrupt ---- */

/* A chain of six, whose third frame is damaged. */
static struct frame_chain *begin_corrupt(struct lab *lab)
{
    struct frame_chain *chain = begin(lab, 6);
    size_t offset = frame_offset(&lab->devices[0], 2);
    damage(&lab->devices[0], 2);
    struct frame_recovery recovery = device_recover(lab, 0);
    CHECK(recovery.state == FRAME_LOG_CORRUPT && recovery.offset == (int64_t)offset);
    CHECK(recovery.receipts == 2 && recovery.set_aside == 3 && recovery.safe_mode);
    CHECK(recovery.cause == FRAME_OK);
    CHECK(frame_instance_in_safe_mode(lab->devices[0].instance));
    return chain;
}

/* It is over: the log is replaced, and a new life is an ordinary one. */
static void check_left(struct lab *lab, size_t receipts)
{
    CHECK(device_told(lab, 0, FRAME_NOTE_SAFE_MODE_LEFT) == 1);
    CHECK(!frame_instance_in_safe_mode(lab->devices[0].instance));
    replace_log(lab, 0);
    CHECK(device_intent(lab, 0) == FRAME_OK);
    device_crash(lab, 0);
    struct frame_recovery recovery = device_recover(lab, 0);
    CHECK(recovery.state == FRAME_LOG_CLEAN && recovery.receipts == receipts + 1);
    CHECK(device_told(lab, 0, FRAME_NOTE_SAFE_MODE_LEFT) == 1);
}

/* What safe mode allows: syncing. */
static void test_safe_mode(void)
{
    struct lab lab;
    struct frame_receipt receipt;
    struct frame_chain *chain = begin_corrupt(&lab);
    CHECK(device_intent(&lab, 0) == FRAME_SAFE_MODE);
    device_wait(&lab, 0, 3000);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_ATTEST) > 0);
    frame_chain_at(chain, &receipt, 1);
    puppet_request(&lab, 1, 0, &receipt.hash, 1, NULL, 0, NULL);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_PAGE) == 1);
    /* a peer that has nothing, or only what was kept, ends nothing */
    struct frame_chain *less = scribe_new(&lab);
    puppet_attest(&lab, 1, 0, less);
    scribe_write(&lab, less, 2);
    puppet_attest(&lab, 1, 0, less);
    CHECK(frame_instance_in_safe_mode(lab.devices[0].instance));
    frame_chain_free(less);
    /* one that has all does, as soon as all is durable */
    lab.devices[0].by_hand = true;
    puppet_attest(&lab, 1, 0, chain);
    CHECK(puppet_serve(&lab, 1, chain) == 1);
    CHECK(device_count(&lab, 0) == 6);
    puppet_attest(&lab, 1, 0, chain);
    CHECK(frame_instance_in_safe_mode(lab.devices[0].instance));
    CHECK(device_intent(&lab, 0) == FRAME_SAFE_MODE);
    device_settle(&lab, 0);
    lab.devices[0].by_hand = false;
    check_left(&lab, 6);
    end(&lab, chain);
}

/* One peer brings the missing link, and what was set aside joins it; another one has it all. */
static void test_aside_joins(void)
{
    struct lab lab;
    struct frame_chain *chain = begin_corrupt(&lab);
    struct frame_chain *start = scribe_new(&lab);
    scribe_write(&lab, start, 3);
    puppet_attest(&lab, 1, 0, start);
    CHECK(puppet_serve(&lab, 1, start) == 1);
    CHECK(device_count(&lab, 0) == 6);
    CHECK(device_told(&lab, 0, FRAME_NOTE_JOINED) == 2);
    static const struct frame_public_key nobody;
    const struct frame_note *joined = &device_last(&lab, 0, FRAME_NOTE_JOINED)->note;
    CHECK(memcmp(&joined->peer, &nobody, 32) == 0 && joined->report.fresh == 3);
    CHECK(joined->report.first_difference == 3);
    puppet_attest(&lab, 1, 0, start);
    CHECK(frame_instance_in_safe_mode(lab.devices[0].instance)); /* that one has not got them */
    puppet_attest(&lab, 2, 0, chain);
    check_left(&lab, 6);
    frame_chain_free(start);
    end(&lab, chain);
}

/* The true count and root of a chain, with an ancestor of its head among the heads that are committed to. */
static void attest_with_ancestor(struct lab *lab, const struct frame_chain *chain)
{
    struct frame_receipt receipt;
    const struct frame_summary summary = scribe_summary(chain);
    struct frame_attestation attestation = attestation_of(lab, &summary);
    frame_chain_at(chain, &receipt, 1);
    const bool first = frame_hash_compare(&receipt.hash, &summary.heads[0]) < 0;
    const struct frame_hash heads[2] = {first ? receipt.hash : summary.heads[0],
                                        first ? summary.heads[0] : receipt.hash};
    frame_commitment(lab->crypto, &attestation.commitment, heads, 2);
    puppet_attest_as(lab, 2, 0, &attestation, heads, 2, &lab->identity_secret);
}

/* It holds more than the one who has it all: of that one's attestation each figure counts. */
static void test_false_figures(void)
{
    struct lab lab;
    struct frame_chain *chain = begin_corrupt(&lab);
    struct frame_chain *start = scribe_new(&lab);
    scribe_write(&lab, start, 3);
    struct frame_chain *fork = scribe_new(&lab);
    scribe_write(&lab, fork, 2);
    scribe_act(&lab, fork, "display.timerTick", "{}", CLOCK_S + 9);
    scribe_copy(&lab, start, fork);
    puppet_attest(&lab, 1, 0, start);
    CHECK(puppet_serve(&lab, 1, start) == 1);
    CHECK(device_count(&lab, 0) == 7);
    const struct frame_summary summary = scribe_summary(chain);
    for (int i = 0; i < 2; i++) {
        struct frame_attestation attestation = attestation_of(&lab, &summary);
        if (i == 0) attestation.state_root.bytes[31] ^= 1;
        if (i == 1) attestation.receipt_count++;
        puppet_attest_as(&lab, 2, 0, &attestation, summary.heads, summary.head_count,
                         &lab.identity_secret);
        CHECK(frame_instance_in_safe_mode(lab.devices[0].instance));
    }
    attest_with_ancestor(&lab, chain);
    CHECK(frame_instance_in_safe_mode(lab.devices[0].instance));
    CHECK(device_told(&lab, 0, FRAME_NOTE_ALARM) == 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_REFUSED) == 0);
    puppet_attest(&lab, 2, 0, chain);
    check_left(&lab, 8); /* with the merge receipt of two heads */
    frame_chain_free(fork);
    frame_chain_free(start);
    end(&lab, chain);
}

/* A crash in safe mode: the log is still corrupt, and what was appended behind is found again, though
   children stand before their parents in it. */
static void test_crash_in_safe_mode(void)
{
    struct lab lab;
    struct frame_chain *chain = begin_corrupt(&lab);
    struct frame_chain *start = scribe_new(&lab);
    scribe_write(&lab, start, 3);
    for (size_t life = 0; life < 3; life++) {
        puppet_attest(&lab, 1, 0, start);
        CHECK(puppet_serve(&lab, 1, start) == (life == 0 ? 1 : 0));
        CHECK(device_count(&lab, 0) == 6);
        device_crash(&lab, 0);
        struct frame_recovery recovery = device_recover(&lab, 0);
        CHECK(recovery.state == FRAME_LOG_CORRUPT && recovery.receipts == 2);
        CHECK(recovery.set_aside == 3 + 4 * (life + 1));
        device_tick(&lab, 0);
        CHECK(device_count(&lab, 0) == 6);
        CHECK(frame_instance_in_safe_mode(lab.devices[0].instance));
    }
    puppet_attest(&lab, 2, 0, chain);
    check_left(&lab, 6);
    frame_chain_free(start);
    end(&lab, chain);
}

static void test_accept_loss(void)
{
    struct lab lab;
    struct frame_chain *chain = begin_corrupt(&lab);
    CHECK(device_do(&lab, 0, (struct frame_event){.type = FRAME_EVENT_ACCEPT_LOSS}) == FRAME_OK);
    CHECK(device_count(&lab, 0) == 2);
    check_left(&lab, 2);
    CHECK(device_do(&lab, 0, (struct frame_event){.type = FRAME_EVENT_ACCEPT_LOSS}) == FRAME_OK);
    CHECK(device_told(&lab, 0, FRAME_NOTE_SAFE_MODE_LEFT) == 1);
    end(&lab, chain);
}

/* Not while an append is outstanding: the log is about to be replaced. */
static void test_accept_loss_later(void)
{
    struct lab lab;
    struct frame_chain *chain = begin_corrupt(&lab);
    lab.devices[0].by_hand = true;
    puppet_attest(&lab, 1, 0, chain);
    CHECK(puppet_serve(&lab, 1, chain) == 1);
    CHECK(device_event(&lab, 0, FRAME_EVENT_ACCEPT_LOSS) == FRAME_OK);
    CHECK(frame_instance_in_safe_mode(lab.devices[0].instance));
    device_settle(&lab, 0);
    lab.devices[0].by_hand = false;
    check_left(&lab, 6);
    end(&lab, chain);
}

/* ---- Good frames of bad receipts ---- */

static void test_other_identity(void)
{
    struct lab lab;
    struct frame_chain *chain = begin(&lab, 4);
    lab.config.identity.length = 4;
    struct frame_recovery recovery = device_recover(&lab, 0);
    CHECK(recovery.state == FRAME_LOG_CORRUPT && recovery.cause == FRAME_IDENTITY);
    CHECK(recovery.offset == 0 && recovery.receipts == 0 && recovery.set_aside == 4);
    CHECK(recovery.safe_mode);
    lab_run(&lab, 5000);
    CHECK(frame_instance_in_safe_mode(lab.devices[0].instance) && device_count(&lab, 0) == 0);
    device_do(&lab, 0, (struct frame_event){.type = FRAME_EVENT_ACCEPT_LOSS});
    check_left(&lab, 0);
    end(&lab, chain);
}

/* A signature that is none, under a checksum that is right: one frame of the second batch. */
static void test_bad_signature(void)
{
    struct lab lab;
    struct frame_receipt receipt;
    struct frame_chain *chain = begin(&lab, 300);
    struct device *device = &lab.devices[0];
    size_t offset = frame_offset(device, 280);
    struct frame_span payload = {device->log.bytes + offset + FRAME_LOG_HEADER_BYTES, 0};
    frame_chain_at(chain, &receipt, 280);
    payload.length = receipt.bytes.length;
    uint8_t *digit = device->log.bytes + offset + FRAME_LOG_HEADER_BYTES + payload.length - 60;
    *digit = *digit == '0' ? '1' : '0'; /* behind it: timestamp and version */
    frame_log_header(device->log.bytes + offset, payload.bytes, payload.length);
    struct frame_recovery recovery = device_recover(&lab, 0);
    CHECK(recovery.state == FRAME_LOG_CORRUPT && recovery.cause == FRAME_SIGNATURE);
    CHECK(recovery.offset == (int64_t)offset);
    CHECK(recovery.receipts == 280 && recovery.set_aside == 20);
    puppet_attest(&lab, 1, 0, chain);
    CHECK(puppet_serve(&lab, 1, chain) == 1);
    check_left(&lab, 300);
    end(&lab, chain);
}

/* A frame is missing, and several batches of good ones stand behind. */
static void test_lost_frame(void)
{
    struct lab lab;
    struct frame_chain *chain = begin(&lab, 600);
    struct device *device = &lab.devices[0];
    const size_t from = frame_offset(device, 5);
    const size_t to = frame_offset(device, 6);
    memmove(device->log.bytes + from, device->log.bytes + to, device->log.length - to);
    device->log.length -= to - from;
    device->synced = device->log.length;
    struct frame_recovery recovery = device_recover(&lab, 0);
    CHECK(recovery.state == FRAME_LOG_CORRUPT && recovery.cause == FRAME_LINK);
    CHECK(recovery.offset == (int64_t)from && recovery.receipts == 5);
    CHECK(recovery.set_aside == 594);
    puppet_attest(&lab, 1, 0, chain);
    (void)puppet_serve(&lab, 1, chain);
    CHECK(device_count(&lab, 0) == 600);
    puppet_attest(&lab, 1, 0, chain);
    check_left(&lab, 600);
    end(&lab, chain);
}

/* Nobody has what is between: it waits for the operator. */
static void test_lost_link(void)
{
    struct lab lab;
    struct frame_chain *chain = begin_corrupt(&lab);
    struct frame_chain *other = scribe_new(&lab);
    scribe_write(&lab, other, 2);
    scribe_act(&lab, other, "display.timerTick", "{}", CLOCK_S);
    puppet_attest(&lab, 1, 0, other);
    CHECK(puppet_serve(&lab, 1, other) == 1);
    for (size_t i = 0; i < 5; i++) {
        lab.now_ms += 2000;
        device_tick(&lab, 0);
        puppet_attest(&lab, 1, 0, other);
    }
    CHECK(device_count(&lab, 0) == 3);
    CHECK(frame_instance_in_safe_mode(lab.devices[0].instance));
    device_do(&lab, 0, (struct frame_event){.type = FRAME_EVENT_ACCEPT_LOSS});
    check_left(&lab, 3);
    frame_chain_free(other);
    end(&lab, chain);
}

/* ---- Many heads ---- */

/* 160 branches, all but one of one receipt, the 5th damaged: too many heads for `have`, and for a merge. */
static void test_many_heads(void)
{
    struct lab lab;
    struct asked asked;
    struct frame_receipt receipt;
    lab_begin(&lab, 2);
    struct frame_chain *chain = scribe_new(&lab);
    for (int64_t i = 0; i < 160; i++) {
        struct frame_chain *branch = scribe_new(&lab);
        scribe_act(&lab, branch, "display.timerTick", "{}", CLOCK_S + (i * 37) % 160);
        scribe_copy(&lab, chain, branch);
        frame_chain_free(branch);
    }
    struct frame_chain *branch = scribe_new(&lab);
    for (int64_t i = 0; i < 40; i++)
        scribe_act(&lab, branch, "notes.create", "{\"text\":\"late\"}", CLOCK_S + 1000);
    scribe_copy(&lab, chain, branch);
    frame_chain_free(branch);
    log_of(&lab.devices[0], chain);
    damage(&lab.devices[0], 4);
    CHECK(device_recover(&lab, 0).receipts == 4);
    device_tick(&lab, 0);
    device_settle(&lab, 0);
    CHECK(device_heads(&lab, 0) == 160 && device_told(&lab, 0, FRAME_NOTE_MERGED) == 0);
    puppet_attest(&lab, 1, 0, chain);
    CHECK(puppet_asked(&lab, 1, &asked) && asked.have_count == FRAME_HAVE_MAX);
    for (size_t i = 0; i < asked.have_count; i++) {
        CHECK(frame_chain_find(chain, &receipt, &asked.have[i]));
        CHECK(receipt.timestamp_s >= CLOCK_S + 160 - FRAME_HAVE_MAX);
        CHECK(receipt.parent_count == 0 || receipt.position + 1 == frame_chain_count(chain));
    }
    CHECK(puppet_answer(&lab, 1, &asked, chain, 256));
    CHECK(device_told(&lab, 0, FRAME_NOTE_SAFE_MODE_LEFT) == 1);
    CHECK(device_heads(&lab, 0) == 161);
    device_wait(&lab, 0, 100); /* and now it merges, being idle */
    CHECK(device_told(&lab, 0, FRAME_NOTE_MERGED) == 1 && device_heads(&lab, 0) == 1);
    end(&lab, chain);
}

/* More heads than an attestation may have, and safe mode merges none: it says nothing. */
static void test_too_many_heads(void)
{
    struct lab lab;
    lab_begin(&lab, 2);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_fork(&lab, chain, FRAME_ATTEST_HEADS_MAX + 2);
    log_of(&lab.devices[0], chain);
    damage(&lab.devices[0], 4);
    CHECK(device_recover(&lab, 0).receipts == 4);
    device_tick(&lab, 0);
    device_settle(&lab, 0);
    CHECK(device_heads(&lab, 0) == FRAME_ATTEST_HEADS_MAX + 1);
    lab_drop_all(&lab);
    device_wait(&lab, 0, 5000);
    CHECK(lab.letter_count == 0);
    device_do(&lab, 0, (struct frame_event){.type = FRAME_EVENT_ACCEPT_LOSS});
    device_wait(&lab, 0, 5000);
    CHECK(device_heads(&lab, 0) == 1 && lab.letter_count > 0);
    end(&lab, chain);
}

int main(void)
{
    test_clean();
    test_torn();
    test_repeated();
    test_safe_mode();
    test_aside_joins();
    test_false_figures();
    test_crash_in_safe_mode();
    test_accept_loss();
    test_accept_loss_later();
    test_other_identity();
    test_bad_signature();
    test_lost_frame();
    test_lost_link();
    test_many_heads();
    test_too_many_heads();
    return check_done();
}
