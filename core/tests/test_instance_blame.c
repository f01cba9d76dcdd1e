// SPDX-License-Identifier: Apache-2.0
/* Whose fault it is (§ 10-12): what costs a peer, what costs nobody, who is heard, who is ignored. Device 0
   receives; the others are puppets. */
#include "json.h"
#include "puppets.h"
#include "receipt.h"

/* ---- Forged receipts ---- */

enum { FIELDS = 16, INPUT_HASH = 4, RECEIPT_HASH = 11, SIGNATURE = 13 };

struct forgery {
    const char *field; /* one is replaced; NULL: the whole receipt is `value` */
    const char *value;
    bool redone; /* receiptHash and signature made anew */
    enum frame_status expected;
};

#define ZEROS "\"0000000000000000000000000000000000000000000000000000000000000000\""
static const struct forgery forgeries[] = {
    {NULL, "{}", false, FRAME_FIELD_COUNT},
    {NULL, "1", false, FRAME_FIELD_TYPE},
    {"version", "3", false, FRAME_VERSION},
    {"inputHash", ZEROS, false, FRAME_INPUT_HASH},
    {"resultHash", ZEROS, false, FRAME_RECEIPT_HASH},
    {"identity", "\"bob\"", true, FRAME_IDENTITY},
    {"timestamp", "1700000001", true, FRAME_TIMESTAMP},
    {"capabilitiesUsed", "[\"fly\"]", true, FRAME_CAPABILITY_UNKNOWN},
    {"capabilitiesUsed", "[\"wallet.send\"]", true, FRAME_CAPABILITY_UNDECLARED},
    {"dappId", "\"wallet\"", true, FRAME_DAPP},
    {"capabilitiesUsed", "[\"storage.read\"]", true, FRAME_CAPABILITY_MANIFEST},
    {"timestamp", "1700000000", false, FRAME_SIGNATURE},
    {"previousStateRoot", ZEROS, true, FRAME_STATE_ROOT_LINK},
    {"resultHash", ZEROS, true, FRAME_RESULT_HASH},
    {"nextStateRoot", ZEROS, true, FRAME_STATE_ROOT},
};

static void append_hex(struct buffer *text, const uint8_t *bytes, size_t length)
{
    buffer_text(text, "\"");
    buffer_hex(text, bytes, length);
    buffer_text(text, "\"");
}

/* The receipt with some members replaced. */
static void rewrite(struct buffer *text, struct frame_span receipt, const char *const *names,
                    const struct frame_span *values, size_t count)
{
    struct json_walk walk;
    struct frame_span key;
    struct frame_span value;
    json_walk_init(&walk, receipt);
    buffer_text(text, "{");
    for (size_t i = 0; json_next_member(&walk, &key, &value); i++) {
        if (i > 0) buffer_text(text, ",");
        buffer_span(text, key);
        buffer_text(text, ":");
        for (size_t k = 0; k < count; k++)
            if (json_string_is(key, names[k])) value = values[k];
        buffer_span(text, value);
    }
    buffer_text(text, "}");
}

/* receiptHash and signature as they should be; `good` false: a signature that is none. */
static void redo(const struct lab *lab, struct buffer *text, bool good)
{
    static const char *const names[] = {"receiptHash", "signature"};
    struct receipt_fields fields;
    struct frame_hash hash;
    uint8_t signature[64] = {0};
    struct buffer values;
    struct buffer whole;
    buffer_init(&values, &lab->allocator);
    buffer_init(&whole, &lab->allocator);
    CHECK(receipt_read(&fields, buffer_view(text), FRAME_MODE_FULL) == FRAME_OK);
    receipt_signable_hash(&hash, lab->crypto, &fields);
    if (good) lab->crypto->sign(lab->crypto->context, signature, &hash, &lab->identity_secret);
    append_hex(&values, hash.bytes, 32);
    append_hex(&values, signature, 64);
    const struct frame_span spans[] = {{values.bytes, 66}, {values.bytes + 66, 130}};
    rewrite(&whole, buffer_view(text), names, spans, 2);
    buffer_clear(text);
    buffer_span(text, buffer_view(&whole));
    buffer_free(&whole);
    buffer_free(&values);
}

static void forge(const struct lab *lab, struct buffer *text, const struct forgery *forgery,
                  struct frame_span honest)
{
    const struct frame_span value = {(const uint8_t *)forgery->value, strlen(forgery->value)};
    if (forgery->field == NULL) {
        buffer_span(text, value);
        return;
    }
    rewrite(text, honest, &forgery->field, &value, 1);
    if (forgery->redone || forgery->expected == FRAME_SIGNATURE) redo(lab, text, forgery->redone);
}

/* The honest attestation of `chain`, and then these receipts as all there is. */
static void answer_falsely(struct lab *lab, struct frame_chain *chain,
                           const struct frame_span *receipts, size_t count)
{
    struct asked asked;
    lab->now_ms += 40000; /* past any delay */
    device_tick(lab, 0);
    puppet_attest(lab, 1, 0, chain);
    if (CHECK(puppet_asked(lab, 1, &asked))) puppet_page(lab, 1, &asked, receipts, count, 0);
    lab_drop_all(lab);
}

/* Each costs one offence, and nothing is kept. */
static void test_forged(void)
{
    struct lab lab;
    struct frame_receipt honest;
    lab_begin(&lab, 2);
    lab.config.offences_max = 100;
    device_new(&lab, 0);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 2);
    frame_chain_at(chain, &honest, 0);
    size_t count = sizeof forgeries / sizeof forgeries[0];
    for (size_t i = 0; i < count; i++) {
        struct buffer text;
        buffer_init(&text, &lab.allocator);
        forge(&lab, &text, &forgeries[i], honest.bytes);
        struct frame_span receipt = buffer_view(&text);
        answer_falsely(&lab, chain, &receipt, 1);
        const char *name = frame_status_name(forgeries[i].expected);
        CHECK_IN(name, device_refused(&lab, 0, forgeries[i].expected) == 1);
        CHECK_IN(name, device_told(&lab, 0, FRAME_NOTE_OFFENCE) == i + 1);
        CHECK_IN(name, device_last(&lab, 0, FRAME_NOTE_OFFENCE)->note.count == i + 1);
        CHECK_IN(name, device_count(&lab, 0) == 0);
        buffer_free(&text);
    }
    struct frame_span twice[2] = {honest.bytes, honest.bytes};
    answer_falsely(&lab, chain, twice, 2);
    CHECK(device_refused(&lab, 0, FRAME_DUPLICATE) == 1);
    CHECK(device_last(&lab, 0, FRAME_NOTE_REFUSED)->note.fault.index == 1);
    CHECK(device_peer(&lab, 0, 1).offences == count + 1);
    CHECK(device_count(&lab, 0) == 0);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* A receipt over 256 KiB is the one fault of step 1 that an envelope lets through. */
static void test_too_long(void)
{
    enum { LENGTH = FRAME_RECEIPT_BYTES_MAX + 1 };
    static char text[LENGTH];
    struct lab lab;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 1);
    memset(text, 'x', LENGTH);
    text[0] = text[LENGTH - 1] = '"';
    struct frame_span receipt = {(const uint8_t *)text, LENGTH};
    answer_falsely(&lab, chain, &receipt, 1);
    CHECK(device_refused(&lab, 0, FRAME_LIMIT) == 1);
    CHECK(device_last(&lab, 0, FRAME_NOTE_OFFENCE)->note.count == 1);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* A bad receipt in front of more pages: found when staging is full, or at once where it has no hash. */
static void test_forged_in_parts(void)
{
    struct lab lab;
    struct asked asked;
    struct frame_receipt receipt;
    const struct frame_span none = {(const uint8_t *)"{}", 2};
    lab_begin(&lab, 2);
    lab.config.staging_receipts_max = 2;
    device_new(&lab, 0);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 3);
    puppet_attest(&lab, 1, 0, chain);
    CHECK(puppet_asked(&lab, 1, &asked));
    puppet_page(&lab, 1, &asked, &none, 1, 2);
    CHECK(device_refused(&lab, 0, FRAME_FIELD_COUNT) == 1);
    lab.now_ms += 40000;
    device_tick(&lab, 0);
    CHECK(puppet_asked(&lab, 1, &asked));
    frame_chain_at(chain, &receipt, 0);
    puppet_page(&lab, 1, &asked, &receipt.bytes, 1, 2);
    CHECK(puppet_asked(&lab, 1, &asked) && asked.has_after);
    puppet_page(&lab, 1, &asked, &receipt.bytes, 1, 2);
    CHECK(device_refused(&lab, 0, FRAME_DUPLICATE) == 1);
    CHECK(device_count(&lab, 0) == 0 && device_peer(&lab, 0, 1).offences == 2);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* ---- Ignoring ---- */

static const char bad_body[] = "{\"type\":\"request\"}";

/* Offends until it is ignored; for how long. */
static uint64_t offend(struct lab *lab, int puppet, uint32_t offences)
{
    for (uint32_t i = 1; i <= offences; i++) {
        CHECK(device_peer(lab, 0, puppet).offences == i - 1);
        puppet_say_text(lab, puppet, 0, bad_body);
    }
    return device_last(lab, 0, FRAME_NOTE_IGNORING)->note.count;
}

static void test_ignored(void)
{
    struct lab lab;
    lab_begin(&lab, 3);
    lab.config.ignore_ms_max = 25000;
    device_new(&lab, 0);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 1);
    puppet_attest(&lab, 1, 0, chain); /* a transfer is under way, which ends */
    static const uint64_t waits_ms[] = {10000, 20000, 25000, 25000};
    for (size_t i = 0; i < 4; i++) {
        CHECK(offend(&lab, 1, 8) == waits_ms[i]);
        CHECK(device_peer(&lab, 0, 1).ignored_until_ms == lab.now_ms + waits_ms[i]);
        CHECK(!device_peer(&lab, 0, 1).requesting);
        lab_drop_all(&lab);
        puppet_attest(&lab, 1, 0, chain); /* not heard */
        puppet_say_text(&lab, 1, 0, bad_body);
        CHECK(device_refused(&lab, 0, FRAME_IGNORED) == 2 * (i + 1));
        device_wait(&lab, 0, waits_ms[i] - 1); /* nor told anything */
        CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_ATTEST) == 0);
        CHECK(lab_letters(&lab, 0, 2, FRAME_MESSAGE_ATTEST) > 3);
        CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REQUEST) == 0);
        lab.now_ms += 1;
        device_tick(&lab, 0);
        CHECK(device_peer(&lab, 0, 1).ignored_until_ms == 0);
        CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REQUEST) == 0); /* what it said is forgotten */
    }
    puppet_attest(&lab, 1, 0, chain);
    CHECK(puppet_serve(&lab, 1, chain) == 1);
    CHECK(device_count(&lab, 0) == 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 32);
    CHECK(device_told(&lab, 0, FRAME_NOTE_IGNORING) == 4);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* ---- Envelopes and bodies ---- */

static void test_bad_envelope(void)
{
    static const struct frame_public_key nobody;
    struct lab lab;
    struct letter *letter;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    puppet_reject(&lab, 1, 0, "unknown");
    struct frame_hash hash = {{0}};
    puppet_request(&lab, 1, 0, &hash, 1, NULL, 0, NULL);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REJECT) == 1);
    lab_post(&lab, 1, 0, FRAME_MESSAGE_REJECT,
             (struct frame_span){lab.letters[0].bytes, lab.letters[0].length});
    letter = &lab.letters[lab.letter_count - 1]; /* sent back to its sender, changed */
    for (size_t i = 0; i < letter->length; i += 7) {
        letter->bytes[i] ^= 1;
        lab_bring(&lab, lab.letter_count - 1);
        letter->bytes[i] ^= 1;
    }
    CHECK(device_refused(&lab, 0, FRAME_ENVELOPE) == letter->length / 7 + 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 0);
    CHECK(memcmp(&device_last(&lab, 0, FRAME_NOTE_REFUSED)->note.peer, &nobody, 32) == 0);
    device_forget_told(&lab, 0);
    lab_post(&lab, 1, 0, FRAME_MESSAGE_REJECT, (struct frame_span){(const uint8_t *)"", 0});
    lab_deliver(&lab, lab.letter_count - 1);
    CHECK(device_refused(&lab, 0, FRAME_ENVELOPE) == 1);
    lab_end(&lab);
}

/* What only discovery knows is for an instance without it of an unknown type: refused, and nobody's fault. */
static void test_later_types(void)
{
    static const struct frame_route_id id = {{1}};
    static const struct frame_hash hash = {{2}};
    const struct frame_span name = {(const uint8_t *)"notes.create", 12};
    static const uint8_t member[64] = {3};
    const struct frame_span object = {(const uint8_t *)"{}", 2};
    const struct frame_span array = {(const uint8_t *)"[]", 2};
    struct lab lab;
    struct buffer body;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    buffer_init(&body, &lab.allocator);
    message_route(&body, &id, name, object, (struct frame_span){(const uint8_t *)"", 0});
    puppet_say(&lab, 1, 0, FRAME_MESSAGE_ROUTE, &body);
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == 1);
    buffer_init(&body, &lab.allocator);
    message_result(&body, &id, &hash, object);
    puppet_say(&lab, 1, 0, FRAME_MESSAGE_RESULT, &body);
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == 2);
    buffer_init(&body, &lab.allocator);
    message_announce(&body, array, array, 1, member, NULL, 0);
    puppet_say(&lab, 1, 0, FRAME_MESSAGE_ANNOUNCE, &body);
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == 3);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 0);
    const struct frame_note *note = &device_last(&lab, 0, FRAME_NOTE_REFUSED)->note;
    CHECK(note->fault.index == -1 && note->fault.offset == -1);
    lab_end(&lab);
}

/* A page whose only receipt is a string of that length. */
static void say_long_page(struct lab *lab, size_t length)
{
    struct buffer body;
    buffer_init(&body, &lab->allocator);
    buffer_text(&body, "{\"after\":null,\"receipts\":[\"");
    for (size_t i = 0; i < length; i++)
        buffer_text(&body, "x");
    buffer_text(&body, "\"],\"remaining\":0,\"type\":\"page\",\"want\":[]}");
    puppet_say(lab, 1, 0, FRAME_MESSAGE_PAGE, &body);
}

static void test_bodies(void)
{
    struct lab lab;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    puppet_say_text(&lab, 1, 0, "{\"type\":\"poem\",\"words\":[]}");
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == 1);
    CHECK(device_peer(&lab, 0, 1).offences == 0);
    puppet_say_text(&lab, 1, 0, "{\"type\":1}");
    CHECK(device_peer(&lab, 0, 1).offences == 1);
    puppet_say_text(&lab, 1, 0, "{}");
    CHECK(device_peer(&lab, 0, 1).offences == 2);
    puppet_say_text(
        &lab, 1, 0,
        "{\"after\":null,\"receipts\":[],\"remaining\":1,\"type\":\"page\",\"want\":[]}");
    CHECK(device_peer(&lab, 0, 1).offences == 3);
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == 4);
    puppet_say_text(
        &lab, 1, 0,
        "{\"after\":null,\"receipts\":[],\"remaining\":0,\"type\":\"page\",\"want\":[]}");
    CHECK(device_refused(&lab, 0, FRAME_UNASKED) == 1);
    CHECK(device_peer(&lab, 0, 1).offences == 3);
    say_long_page(&lab, 100);
    CHECK(device_refused(&lab, 0, FRAME_UNASKED) == 2);
    say_long_page(&lab, FRAME_PAGE_BYTES_MAX);
    say_long_page(&lab, (size_t)3 * FRAME_PAGE_BYTES_MAX);
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == 6);
    CHECK(device_peer(&lab, 0, 1).offences == 5);
    lab_end(&lab);
}

/* Letters of all kinds with changed bodies in good envelopes: whatever they say, it is survived. */
static void test_changed_bodies(void)
{
    struct lab lab;
    uint64_t seed = 1;
    lab_begin(&lab, 3);
    lab.config.offences_max = UINT32_MAX;
    device_new(&lab, 0);
    device_new(&lab, 2);
    for (size_t i = 0; i < 3; i++)
        CHECK(device_intent(&lab, 2) == FRAME_OK);
    for (size_t round = 0; round < 1500; round++) {
        lab.now_ms += 100;
        device_tick(&lab, 0);
        device_tick(&lab, 2);
        if (round % 16 == 0) CHECK(device_intent(&lab, 2) == FRAME_OK);
        if (lab.letter_count == 0) continue;
        const struct letter *letter = &lab.letters[random_below(&seed, lab.letter_count)];
        static const char digits[] = "0123456789abcdef[]{}\",:nutx";
        struct buffer body;
        buffer_init(&body, &lab.allocator);
        size_t envelope = strlen("{\"body\":") + strlen(",\"from\":\"\",\"signature\":\"\",") +
                          192 + strlen("\"version\":1}");
        buffer_append(&body, letter->bytes + strlen("{\"body\":"), letter->length - envelope);
        for (size_t i = random_below(&seed, 3); i > 0; i--)
            body.bytes[random_below(&seed, body.length)] =
                (uint8_t)digits[random_below(&seed, sizeof digits - 1)];
        puppet_say(&lab, 1, 0, letter->type, &body);
        while (lab.letter_count > 8)
            lab_deliver(&lab, 0);
    }
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) > 50);
    CHECK(device_refused(&lab, 0, FRAME_ENVELOPE) > 50);
    lab_run(&lab, 100000);
    CHECK(lab_same(&lab, 0, 2) && device_count(&lab, 0) > 50);
    lab_end(&lab);
}

/* ---- Attestations (§ 11) ---- */

static void test_attestations(void)
{
    struct lab lab;
    struct frame_chain *chain;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    chain = scribe_new(&lab);
    scribe_write(&lab, chain, 2);
    struct frame_summary summary = scribe_summary(chain);
    struct frame_attestation honest = attestation_of(&lab, &summary);
    puppet_attest_as(&lab, 1, 0, &honest, summary.heads, 1, &lab.devices[1].transport);
    CHECK(device_refused(&lab, 0, FRAME_ATTESTATION_SIGNATURE) == 1);
    struct frame_attestation other = honest;
    other.identity_key = lab.devices[1].key;
    puppet_attest_as(&lab, 1, 0, &other, summary.heads, 1, &lab.devices[1].transport);
    CHECK(device_refused(&lab, 0, FRAME_ATTESTATION_IDENTITY) == 1);
    CHECK(device_peer(&lab, 0, 1).offences == 2);
    puppet_attest_as(&lab, 1, 0, &honest, NULL, 0, &lab.identity_secret); /* of other heads */
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == 1);
    CHECK(device_peer(&lab, 0, 1).offences == 3);
    puppet_say_text(&lab, 1, 0,
                    "{\"attestation\":{\"version\":2},\"heads\":[],\"type\":\"attest\"}");
    CHECK(device_refused(&lab, 0, FRAME_ATTESTATION_VERSION) == 1);
    CHECK(device_peer(&lab, 0, 1).offences == 3);
    CHECK(device_told(&lab, 0, FRAME_NOTE_COMPARED) == 0);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REQUEST) == 0);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* Who comes over to another version is not asked any more for what it attested before (§ 11: refuse to sync). */
static void test_another_version(void)
{
    static const char foreign[] =
        "{\"attestation\":{\"version\":2},\"heads\":[],\"type\":\"attest\"}";
    struct lab lab;
    struct frame_chain *chain;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    chain = scribe_new(&lab);
    scribe_write(&lab, chain, 2);
    struct frame_summary summary = scribe_summary(chain);
    struct frame_attestation honest = attestation_of(&lab, &summary);
    puppet_attest_as(&lab, 1, 0, &honest, summary.heads, 1, &lab.identity_secret);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REQUEST) == 1);
    CHECK(device_peer(&lab, 0, 1).requesting);
    puppet_say_text(&lab, 1, 0, foreign);
    CHECK(device_refused(&lab, 0, FRAME_ATTESTATION_VERSION) == 1);
    CHECK(!device_peer(&lab, 0, 1).requesting);
    device_wait(&lab, 0, 120000);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REQUEST) == 1);
    CHECK(device_peer(&lab, 0, 1).offences == 0);
    puppet_attest_as(&lab, 1, 0, &honest, summary.heads, 1, &lab.identity_secret);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REQUEST) == 2); /* and is at once when it is back */
    frame_chain_free(chain);
    lab_end(&lab);
}

/* One commitment, two roots: an alarm, again and again, and nothing else. */
static void test_alarm(void)
{
    struct lab lab;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    struct frame_summary summary;
    frame_chain_summary(frame_instance_chain(lab.devices[0].instance), &summary);
    struct frame_attestation other = attestation_of(&lab, &summary);
    other.state_root.bytes[5] ^= 1;
    for (size_t i = 1; i <= 2; i++) {
        puppet_attest_as(&lab, 1, 0, &other, summary.heads, 1, &lab.identity_secret);
        CHECK(device_told(&lab, 0, FRAME_NOTE_ALARM) == i);
        CHECK(device_last(&lab, 0, FRAME_NOTE_COMPARED)->note.comparison == FRAME_NONDETERMINISM);
    }
    CHECK(frame_hash_compare(&device_last(&lab, 0, FRAME_NOTE_ALARM)->note.hash,
                             &summary.commitment) == 0);
    CHECK(lab.letter_count == 0 && device_count(&lab, 0) == 1);
    puppet_attest_as(&lab, 1, 0, &other, summary.heads, 1, &lab.devices[1].transport);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ALARM) == 2); /* anybody can say so */
    lab_end(&lab);
}

/* ---- Trust ---- */

static void test_strict_trust(void)
{
    struct lab lab;
    lab_begin(&lab, 3);
    lab.known = 2;
    lab.config.strict_trust = true;
    device_new(&lab, 0);
    struct frame_instance *instance = lab.devices[0].instance;
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 1);
    puppet_attest(&lab, 2, 0, chain);
    CHECK(device_refused(&lab, 0, FRAME_UNTRUSTED) == 1);
    CHECK(memcmp(&device_last(&lab, 0, FRAME_NOTE_REFUSED)->note.peer, &lab.devices[2].key, 32) ==
          0);
    CHECK(frame_instance_peer(instance, &lab.devices[2].key, false) == FRAME_OK);
    puppet_attest(&lab, 2, 0, chain);
    puppet_say_text(&lab, 2, 0, bad_body); /* whatever is in it */
    CHECK(device_refused(&lab, 0, FRAME_UNTRUSTED) == 3);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 0 && lab.letter_count == 0);
    CHECK(frame_instance_peer(instance, &lab.devices[2].key, true) == FRAME_OK);
    puppet_attest(&lab, 2, 0, chain);
    CHECK(puppet_serve(&lab, 2, chain) == 1);
    CHECK(device_count(&lab, 0) == 1);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* Its own words come back: they make no peer. */
static void test_own_voice(void)
{
    struct lab lab;
    struct frame_peer_state state;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    device_wait(&lab, 0, 1000);
    CHECK(lab.letter_count > 0);
    lab.letters[0].to = 0;
    lab_deliver(&lab, 0);
    CHECK(device_refused(&lab, 0, FRAME_UNTRUSTED) == 1);
    CHECK(!frame_instance_peer_state(lab.devices[0].instance, &state, &lab.devices[0].key));
    lab_end(&lab);
}

/* A page with more behind it, whose last item has no hash to go on from: it is looked at, and is at fault. */
static void test_pages_without_end(void)
{
    static const struct {
        const char *item;
        enum frame_status status;
    } cases[] = {
        {"1", FRAME_FIELD_TYPE},
        {"{}", FRAME_FIELD_COUNT},
        {"[\"receiptHash\"," ZEROS "]", FRAME_FIELD_TYPE},
        {"{\"receiptHash\":7}", FRAME_FIELD_COUNT},
        {"{\"receiptHash\":\"00\"}", FRAME_FIELD_COUNT},
    };
    struct lab lab;
    struct asked asked;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct frame_span item = {(const uint8_t *)cases[i].item, strlen(cases[i].item)};
        lab.now_ms += lab.config.retry_ms_max;
        puppet_attest(&lab, 1, 0, chain);
        CHECK_IN(cases[i].item, puppet_asked(&lab, 1, &asked) && !asked.has_after);
        puppet_page(&lab, 1, &asked, &item, 1, 1);
        CHECK_IN(cases[i].item, !puppet_asked(&lab, 1, &asked));
        CHECK_IN(cases[i].item,
                 device_last(&lab, 0, FRAME_NOTE_REFUSED)->note.fault.status == cases[i].status);
        CHECK_IN(cases[i].item, device_peer(&lab, 0, 1).offences == i + 1);
    }
    CHECK(device_count(&lab, 0) == 0);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* Open trust: who calls in becomes known, as far as there is room; who was added stays. */
static void test_strangers(void)
{
    struct lab lab;
    struct frame_peer_state state;
    lab_begin(&lab, 6);
    lab.known = 2;
    lab.config.peers_max = 3;
    device_new(&lab, 0);
    struct frame_instance *instance = lab.devices[0].instance;
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 1);
    puppet_attest(&lab, 2, 0, chain); /* a transfer is under way */
    CHECK(device_peer(&lab, 0, 2).requesting);
    for (int i = 3; i < 6; i++) {
        puppet_attest(&lab, i, 0, chain);
        CHECK(frame_instance_peer_state(instance, &state, &lab.devices[i].key));
        CHECK(!frame_instance_peer_state(instance, &state, &lab.devices[i - 1].key) || i == 3);
    }
    CHECK(offend(&lab, 5, 8) > 0);
    puppet_attest(&lab, 4, 0, chain); /* nobody is left who could go */
    CHECK(device_refused(&lab, 0, FRAME_NO_MEMORY) == 1);
    CHECK(frame_instance_peer(instance, &lab.devices[4].key, true) == FRAME_NO_MEMORY);
    CHECK(puppet_serve(&lab, 2, chain) == 1);
    CHECK(frame_instance_peer(instance, &lab.devices[4].key, true) == FRAME_OK);
    CHECK(!frame_instance_peer_state(instance, &state, &lab.devices[2].key));
    CHECK(frame_instance_peer_state(instance, &state, &lab.devices[1].key) && state.trusted);
    lab_drop_all(&lab);
    device_wait(&lab, 0, 3000);
    for (int i = 1; i < 6; i++)
        CHECK((lab_letters(&lab, 0, i, FRAME_MESSAGE_ATTEST) > 0) == (i == 1 || i == 4));
    frame_chain_free(chain);
    lab_end(&lab);
}

/* Who was heard the longest ago goes first. */
static void test_stranger_to_go(void)
{
    struct lab lab;
    struct frame_peer_state state;
    lab_begin(&lab, 5);
    lab.known = 1;
    lab.config.peers_max = 2;
    device_new(&lab, 0);
    for (int first = 2; first < 4; first++) {
        puppet_reject(&lab, first, 0, "hello");
        puppet_reject(&lab, 5 - first, 0, "hello");
        puppet_reject(&lab, 4, 0, "hello");
        for (int i = 2; i < 5; i++)
            CHECK(frame_instance_peer_state(lab.devices[0].instance, &state, &lab.devices[i].key) ==
                  (i != first));
    }
    lab_end(&lab);
}

int main(void)
{
    test_forged();
    test_too_long();
    test_forged_in_parts();
    test_ignored();
    test_bad_envelope();
    test_later_types();
    test_bodies();
    test_changed_bodies();
    test_attestations();
    test_another_version();
    test_alarm();
    test_strict_trust();
    test_own_voice();
    test_pages_without_end();
    test_strangers();
    test_stranger_to_go();
    return check_done();
}
