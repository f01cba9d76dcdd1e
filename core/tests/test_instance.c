// SPDX-License-Identifier: Apache-2.0
/* Instances among themselves (§ 9, 12): they converge, say nothing before it is durable, page, merge,
   and attest in time. */
#include "puppets.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* ---- Convergence ---- */

static void test_converge(void)
{
    struct lab lab;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    device_new(&lab, 1);
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    CHECK(device_intent(&lab, 1) == FRAME_OK);
    CHECK(device_intent(&lab, 1) == FRAME_OK);
    lab_run(&lab, 5000);
    CHECK(device_count(&lab, 0) == 3 && device_heads(&lab, 0) == 2);
    CHECK(lab_same(&lab, 0, 1));
    CHECK(device_told(&lab, 0, FRAME_NOTE_JOINED) == 1);
    CHECK(device_last(&lab, 0, FRAME_NOTE_JOINED)->note.report.fresh == 2);
    /* an intent on top merges, and the other side takes both receipts */
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    CHECK(device_told(&lab, 0, FRAME_NOTE_MERGED) == 1);
    CHECK(device_last(&lab, 0, FRAME_NOTE_MERGED)->note.count == 1);
    lab_run(&lab, 5000);
    CHECK(device_count(&lab, 1) == 5 && device_heads(&lab, 1) == 1);
    CHECK(lab_same(&lab, 0, 1));
    CHECK(device_last(&lab, 1, FRAME_NOTE_COMPARED)->note.comparison == FRAME_SYNCHRONIZED);
    CHECK(device_told(&lab, 1, FRAME_NOTE_REFUSED) == 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ACKNOWLEDGED) == 2);
    CHECK(device_told(&lab, 1, FRAME_NOTE_ACKNOWLEDGED) == 2);
    lab_end(&lab);
}

/* Both merge the same heads at once: the merge receipt is one and the same. */
static void test_merge_alike(void)
{
    struct lab lab;
    lab_begin(&lab, 3);
    for (int i = 0; i < 3; i++) {
        device_new(&lab, i);
        CHECK(device_act(&lab, i, "wallet.mintFrame", "{\"amount\":5,\"target\":\"alice\"}") ==
              FRAME_OK);
    }
    lab_run(&lab, 5000);
    CHECK(device_heads(&lab, 2) == 3 && lab_same(&lab, 0, 1) && lab_same(&lab, 0, 2));
    for (int i = 0; i < 3; i++) /* 5 is all that it had in each one's own past */
        CHECK(device_act(&lab, i, "wallet.send", "{\"amount\":5,\"recipient\":\"bob\"}") ==
              FRAME_OK);
    lab_run(&lab, 5000);
    CHECK(device_count(&lab, 0) == 7 && device_heads(&lab, 0) == 3);
    CHECK(lab_same(&lab, 0, 1) && lab_same(&lab, 0, 2));
    lab_end(&lab);
}

/* The lists of a report are there with its note. */
static void test_report(void)
{
    struct lab lab;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    device_new(&lab, 1);
    CHECK(device_act(&lab, 0, "wallet.mintFrame", "{\"amount\":5,\"target\":\"alice\"}") ==
          FRAME_OK);
    lab_run(&lab, 5000);
    for (int i = 0; i < 2; i++)
        CHECK(device_act(&lab, i, "wallet.send", "{\"amount\":4,\"recipient\":\"bob\"}") ==
              FRAME_OK);
    lab_run(&lab, 5000);
    CHECK(lab_same(&lab, 0, 1));
    size_t superseded = 0;
    for (int i = 0; i < 2; i++)
        superseded += device_last(&lab, i, FRAME_NOTE_JOINED)->note.report.superseded_count;
    CHECK(superseded == 2); /* the same one, told on both devices */
    lab_end(&lab);
}

/* ---- Nothing before it is durable (§ 12) ---- */

/* Asks for a head; true where the answer is a page, false where it is `reject unknown`. */
static bool serves(struct lab *lab, int puppet, int device, const struct frame_hash *head)
{
    size_t at;
    lab_drop_all(lab);
    puppet_request(lab, puppet, device, head, 1, NULL, 0, NULL);
    if (lab_seek(lab, &at, device, puppet, FRAME_MESSAGE_PAGE)) return true;
    if (CHECK(lab_seek(lab, &at, device, puppet, FRAME_MESSAGE_REJECT))) {
        struct frame_message message = letter_open(lab, at);
        CHECK(message.code.length == 9 && memcmp(message.code.bytes, "\"unknown\"", 9) == 0);
    }
    return false;
}

static void test_durable_first(void)
{
    struct lab lab;
    struct frame_receipt receipt;
    size_t at;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    lab.devices[0].by_hand = true;
    CHECK(device_act(&lab, 0, "wallet.mintFrame", "{\"amount\":5,\"target\":\"alice\"}") ==
          FRAME_OK);
    frame_chain_arrived(frame_instance_chain(lab.devices[0].instance), &receipt, 0);
    CHECK(lab.devices[0].log.length > 0);
    CHECK(device_intent(&lab, 0) == FRAME_BUSY);
    CHECK(!serves(&lab, 1, 0, &receipt.hash));
    device_wait(&lab, 0, 10000); /* it attests meanwhile: nothing; see check_outgoing */
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_ATTEST) >= 4);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ACKNOWLEDGED) == 0);
    CHECK(frame_instance_durable(lab.devices[0].instance) == 0);
    lab_drop_all(&lab);
    device_settle(&lab, 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ACKNOWLEDGED) == 1);
    const struct told *told = device_last(&lab, 0, FRAME_NOTE_ACKNOWLEDGED);
    CHECK(frame_hash_compare(&told->note.hash, &receipt.hash) == 0);
    CHECK(strcmp(told->result, "{\"ok\":true,\"supply\":5}") == 0);
    CHECK(serves(&lab, 1, 0, &receipt.hash));
    device_wait(&lab, 0, 100);
    CHECK(lab_seek(&lab, &at, 0, 1, FRAME_MESSAGE_ATTEST));
    CHECK(device_event(&lab, 0, FRAME_EVENT_DURABLE) == FRAME_OK); /* says nothing new */
    CHECK(device_told(&lab, 0, FRAME_NOTE_ACKNOWLEDGED) == 1);
    lab_end(&lab);
}

/* What was joined is not there for others, nor to build on, before it is durable. */
static void test_joined_is_not_durable(void)
{
    struct lab lab;
    struct frame_receipt receipt;
    lab_begin(&lab, 2);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 3);
    frame_chain_at(chain, &receipt, 2);
    device_new(&lab, 0);
    lab.devices[0].by_hand = true;
    puppet_attest(&lab, 1, 0, chain);
    CHECK(puppet_serve(&lab, 1, chain) == 1);
    CHECK(device_count(&lab, 0) == 3 && frame_instance_durable(lab.devices[0].instance) == 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_JOINED) == 1);
    CHECK(device_intent(&lab, 0) == FRAME_BUSY);
    CHECK(!serves(&lab, 1, 0, &receipt.hash));
    /* and no other request or join while it is so */
    scribe_write(&lab, chain, 1);
    puppet_attest(&lab, 1, 0, chain);
    CHECK(puppet_serve(&lab, 1, chain) == 0);
    device_settle(&lab, 0);
    CHECK(puppet_serve(&lab, 1, chain) == 1); /* now it looks at what was attested meanwhile */
    device_settle(&lab, 0);
    CHECK(device_count(&lab, 0) == 4);
    CHECK(serves(&lab, 1, 0, &receipt.hash));
    frame_chain_free(chain);
    lab_end(&lab);
}

static void test_failed_storage(void)
{
    struct lab lab;
    struct frame_update update;
    struct frame_event tick = {.type = FRAME_EVENT_TICK, .now_ms = START_MS};
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    struct frame_instance *instance = lab.devices[0].instance;
    lab.devices[0].by_hand = true;
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    struct frame_event failed = {.type = FRAME_EVENT_FAILED, .now_ms = START_MS};
    CHECK(frame_instance_step(instance, &update, &failed) == FRAME_OK);
    CHECK(update.append.length == 0 && update.message_count == 0 && update.note_count == 0);
    CHECK(frame_instance_halted(instance));
    CHECK(frame_instance_deadline(instance) == UINT64_MAX);
    CHECK(frame_instance_step(instance, &update, &tick) == FRAME_HALTED);
    CHECK(update.append.length == 0 && update.message_count == 0 && update.note_count == 0);
    lab_end(&lab);
}

static void test_refused_intents(void)
{
    struct lab lab;
    lab_begin(&lab, 1);
    device_new(&lab, 0);
    CHECK(device_act(&lab, 0, "no.such", "{}") == FRAME_DAPP);
    CHECK(device_act(&lab, 0, "federation.merge", "{}") == FRAME_DAPP);
    CHECK(device_act(&lab, 0, "notes.create", "[]") == FRAME_BAD_ARGUMENT);
    CHECK(device_count(&lab, 0) == 0 && lab.devices[0].log.length == 0);
    /* a refusal of the dApp still yields a receipt, and the origin is the instance's own [E4] */
    CHECK(device_act(&lab, 0, "notes.create", "{}") == FRAME_OK);
    CHECK(strcmp(device_last(&lab, 0, FRAME_NOTE_ACKNOWLEDGED)->result,
                 "{\"error\":\"bad_payload\",\"ok\":false}") == 0);
    char origin[64] = "\"origin\":\"";
    struct frame_receipt receipt;
    frame_chain_at(frame_instance_chain(lab.devices[0].instance), &receipt, 0);
    frame_hex_encode(origin + 10, lab.devices[0].key.bytes, 16);
    origin[42] = '"';
    bool found = false;
    for (size_t i = 0; i + 43 <= receipt.payload.length; i++)
        found = found || memcmp(receipt.payload.bytes + i, origin, 43) == 0;
    CHECK(found);
    lab_end(&lab);
}

static void test_clock_behind(void)
{
    struct lab lab;
    lab_begin(&lab, 1);
    device_new(&lab, 0);
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    lab.devices[0].clock_s = CLOCK_S - 100;
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    CHECK(device_last(&lab, 0, FRAME_NOTE_CLOCK_BEHIND)->note.count == 100);
    lab.devices[0].clock_s = INT64_MIN;
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    CHECK(device_last(&lab, 0, FRAME_NOTE_CLOCK_BEHIND)->note.count == CLOCK_S);
    lab.devices[0].clock_s = INT64_MAX;
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    CHECK(device_told(&lab, 0, FRAME_NOTE_CLOCK_BEHIND) == 2);
    lab_run(&lab, 5000); /* attests with such a clock, too */
    lab_end(&lab);
}

/* ---- Pages ---- */

/* Syncs device 1, new, with device 0; how many pages that took. */
static size_t pages_to_newcomer(struct lab *lab)
{
    size_t pages = 0;
    device_new(lab, 1);
    device_wait(lab, 0, 3000);
    while (lab->letter_count > 0) {
        if (lab->letters[0].type == FRAME_MESSAGE_PAGE) pages++;
        lab_deliver(lab, 0);
    }
    CHECK(lab_same(lab, 0, 1));
    return pages;
}

static void test_page_of_256(void)
{
    struct lab lab;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    for (size_t i = 0; i < 520; i++)
        CHECK(device_intent(&lab, 0) == FRAME_OK);
    lab_drop_all(&lab);
    CHECK(pages_to_newcomer(&lab) == 3);
    lab_end(&lab);
}

static void test_page_of_a_mebibyte(void)
{
    enum { TEXT = 60000, RECEIPTS = 20 };
    static char payload[TEXT + 32];
    struct lab lab;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    for (size_t i = 0; i < RECEIPTS; i++) {
        int length = snprintf(payload, sizeof payload, "{\"text\":\"%02zu", i);
        memset(payload + length, 'x', TEXT);
        memcpy(payload + length + TEXT, "\"}", 3);
        CHECK(device_act(&lab, 0, "notes.create", payload) == FRAME_OK);
    }
    lab_drop_all(&lab);
    CHECK(pages_to_newcomer(&lab) == 2); /* 17 receipts fit into one */
    lab_end(&lab);
}

/* ---- Merging when idle ---- */

static void take_heads(struct lab *lab, struct frame_chain *chain, size_t heads)
{
    scribe_fork(lab, chain, heads);
    CHECK(scribe_summary(chain).head_count == heads);
    device_new(lab, 0);
    puppet_attest(lab, 1, 0, chain);
    CHECK(puppet_serve(lab, 1, chain) == 1);
}

static void test_many_heads(void)
{
    struct lab lab;
    size_t appended;
    lab_begin(&lab, 2);
    struct frame_chain *chain = scribe_new(&lab);
    take_heads(&lab, chain, FRAME_MERGE_HEADS_MAX); /* may stay */
    CHECK(device_heads(&lab, 0) == FRAME_MERGE_HEADS_MAX);
    CHECK(device_told(&lab, 0, FRAME_NOTE_MERGED) == 0);
    device_crash(&lab, 0);
    lab.devices[0].log.length = lab.devices[0].synced = 0;
    frame_chain_free(chain);

    chain = scribe_new(&lab);
    take_heads(&lab, chain, 140); /* 64, 64, and what is left with both merges */
    CHECK(device_heads(&lab, 0) == 1 && device_count(&lab, 0) == 143);
    CHECK(device_last(&lab, 0, FRAME_NOTE_MERGED)->note.count == 3);
    CHECK(frame_chain_merge_heads(chain, &appended, &lab.identity_secret, 1) == FRAME_OK);
    struct frame_summary mine;
    frame_chain_summary(frame_instance_chain(lab.devices[0].instance), &mine);
    struct frame_summary theirs = scribe_summary(chain);
    CHECK(frame_hash_compare(&mine.commitment, &theirs.commitment) == 0);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* ---- Attestations ---- */

static void test_gossip(void)
{
    struct lab lab;
    lab_begin(&lab, 3);
    device_new(&lab, 0);
    device_wait(&lab, 0, 60000); /* one each 1.5 to 2 s */
    size_t count = lab_letters(&lab, 0, 1, FRAME_MESSAGE_ATTEST);
    CHECK(count >= 30 && count <= 41);
    CHECK(lab_letters(&lab, 0, 2, FRAME_MESSAGE_ATTEST) == count);
    CHECK(lab.letter_count == 2 * count);
    lab_end(&lab);
}

/* After changes, coalesced: three intents within 50 ms, one attestation at their end. */
static void test_coalesce(void)
{
    struct lab lab;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    device_wait(&lab, 0, 100);
    lab_drop_all(&lab);
    for (int i = 0; i < 3; i++) {
        CHECK(device_intent(&lab, 0) == FRAME_OK);
        lab.now_ms += 10;
    }
    device_wait(&lab, 0, 19);
    CHECK(lab.letter_count == 0);
    device_wait(&lab, 0, 1);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_ATTEST) == 1);
    device_wait(&lab, 0, 1000);
    CHECK(lab.letter_count == 1);
    lab_end(&lab);
}

/* ---- As much as a step can say ---- */

/* One DURABLE: requests to all, and attestations. */
static void test_many_messages(void)
{
    enum { PUPPETS = DEVICES_MAX - 1 };
    struct lab lab;
    lab_begin(&lab, 1 + PUPPETS);
    lab.config.coalesce_ms = 0;
    device_new(&lab, 0);
    lab.devices[0].by_hand = true;
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    lab_drop_all(&lab);
    for (int i = 1; i <= PUPPETS; i++) {
        struct frame_chain *chain = scribe_new(&lab);
        scribe_write(&lab, chain, (size_t)i + 1);
        scribe_act(&lab, chain, "display.timerTick", "{}", CLOCK_S + i);
        puppet_attest(&lab, i, 0, chain);
        frame_chain_free(chain);
    }
    CHECK(lab.letter_count == 0);
    CHECK(device_event(&lab, 0, FRAME_EVENT_DURABLE) == FRAME_OK);
    for (int i = 1; i <= PUPPETS; i++) {
        CHECK(lab_letters(&lab, 0, i, FRAME_MESSAGE_REQUEST) == 1);
        CHECK(lab_letters(&lab, 0, i, FRAME_MESSAGE_ATTEST) == 1);
    }
    lab_end(&lab);
}

/* One STOP: of each peer a time-out, and bad receipts that it is ignored for. */
static void test_many_notes(void)
{
    enum { PUPPETS = DEVICES_MAX - 1 };
    struct lab lab;
    struct asked asked;
    const struct frame_span none = {(const uint8_t *)"{\"receiptHash\":\"" ZEROS "\"}", 82};
    lab_begin(&lab, 1 + PUPPETS);
    lab.config.offences_max = 1;
    device_new(&lab, 0);
    for (int i = 1; i <= PUPPETS; i++) {
        struct frame_chain *chain = scribe_new(&lab);
        scribe_write(&lab, chain, (size_t)i);
        scribe_act(&lab, chain, "display.timerTick", "{}", CLOCK_S + i);
        puppet_attest(&lab, i, 0, chain);
        frame_chain_free(chain);
    }
    for (int i = 1; i <= PUPPETS; i++)
        if (CHECK(puppet_asked(&lab, i, &asked))) puppet_page(&lab, i, &asked, &none, 1, 1);
    device_forget_told(&lab, 0);
    lab.now_ms += 100000;
    CHECK(device_event(&lab, 0, FRAME_EVENT_STOP) == FRAME_OK);
    CHECK(device_told(&lab, 0, FRAME_NOTE_TIMED_OUT) == PUPPETS);
    CHECK(device_told(&lab, 0, FRAME_NOTE_IGNORING) == PUPPETS);
    CHECK(lab.devices[0].told_count == 4 * (size_t)PUPPETS);
    lab_end(&lab);
}

/* ---- One course of events, one course of letters ---- */

static struct frame_hash course(uint64_t seed)
{
    struct lab lab;
    struct frame_hash hash;
    lab_begin(&lab, 3);
    for (int i = 0; i < 3; i++) {
        device_new(&lab, i);
        CHECK(device_intent(&lab, i) == FRAME_OK);
    }
    for (int i = 0; i < 40; i++) { /* with losses */
        int next = (int)random_below(&seed, 3);
        lab.now_ms += random_below(&seed, 500);
        device_tick(&lab, next);
        if (random_below(&seed, 8) == 0) CHECK(device_intent(&lab, next) == FRAME_OK);
        while (lab.letter_count > 0)
            if (random_below(&seed, 2) == 0)
                lab_drop(&lab, 0);
            else
                lab_deliver(&lab, 0);
    }
    lab.crypto->sha256_final(lab.crypto->context, &lab.said, &hash);
    lab_end(&lab);
    return hash;
}

static void test_same_letters(void)
{
    struct frame_hash once = course(1);
    struct frame_hash again = course(1);
    struct frame_hash other = course(2);
    CHECK(frame_hash_compare(&once, &again) == 0);
    CHECK(frame_hash_compare(&once, &other) != 0);
}

static void test_config(void)
{
    struct lab lab;
    struct frame_instance *instance = NULL;
    lab_begin(&lab, 1);
    struct frame_instance_config good = lab.config;
    good.allocator = lab.allocator;
    good.transport_secret = lab.devices[0].transport;
    struct frame_instance_config bad = good;
    bad.identity.length = 0;
    CHECK(frame_instance_new(&instance, &bad, 0) == FRAME_BAD_ARGUMENT);
    bad = good;
    bad.gossip_interval_ms = 0;
    CHECK(frame_instance_new(&instance, &bad, 0) == FRAME_BAD_ARGUMENT);
    bad = good;
    bad.identity = (struct frame_span){(const uint8_t *)"\xff", 1};
    CHECK(frame_instance_new(&instance, &bad, 0) == FRAME_BAD_ARGUMENT && instance == NULL);
    /* waits without end, at the end of time */
    good.gossip_interval_ms = good.request_timeout_ms = good.retry_ms_max = UINT64_MAX;
    good.coalesce_ms = good.ignore_ms = good.ignore_ms_max = UINT64_MAX;
    CHECK(frame_instance_new(&instance, &good, UINT64_MAX - 1) == FRAME_OK);
    CHECK(frame_instance_deadline(instance) == UINT64_MAX);
    CHECK(frame_instance_peer(instance, &lab.devices[0].key, true) == FRAME_BAD_ARGUMENT);
    frame_instance_free(instance);
    frame_instance_free(NULL);
    lab_end(&lab);
}

int main(void)
{
    test_converge();
    test_merge_alike();
    test_report();
    test_durable_first();
    test_joined_is_not_durable();
    test_failed_storage();
    test_refused_intents();
    test_clock_behind();
    test_page_of_256();
    test_page_of_a_mebibyte();
    test_many_heads();
    test_gossip();
    test_coalesce();
    test_many_messages();
    test_many_notes();
    test_same_letters();
    test_config();
    return check_done();
}
