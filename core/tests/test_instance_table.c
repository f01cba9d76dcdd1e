// SPDX-License-Identifier: Apache-2.0
/* The table of peers where it is full, and limits of discovery that nobody reaches by chance (§ 15 to 17). */
#include "execute.h"
#include "meeting.h"

/* Nobody makes room who is being ignored, or who is about to bring something. */
static void test_nobody_goes(void)
{
    struct lab lab;
    const struct saying saying = {.issued_ms = 1};
    meeting_begin(&lab, 4);
    lab.config.table_peers_max = 4; /* two of them callers */
    lab.config.offences_max = 1;
    device_new(&lab, 0);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 1);
    puppet_announce(&lab, 1, 0, &saying);
    puppet_announce(&lab, 2, 0, &saying);
    puppet_say_text(&lab, 1, 0, "{}");
    CHECK(device_peer(&lab, 0, 1).ignored_until_ms > 0);
    puppet_attest(&lab, 2, 0, chain);
    CHECK(device_peer(&lab, 0, 2).requesting);
    lab_drop_all(&lab);
    puppet_announce(&lab, 3, 0, &saying);
    CHECK(device_told(&lab, 0, FRAME_NOTE_FORGOTTEN) == 0 && !device_peer(&lab, 0, 3).member);
    CHECK(lab_letters(&lab, 0, 3, FRAME_MESSAGE_ANNOUNCE) == 1); /* like a stranger */
    CHECK(puppet_serve(&lab, 2, chain) == 0);                    /* it was dropped above */
    puppet_reject(&lab, 2, 0, "unknown");
    puppet_announce(&lab, 3, 0, &saying);
    CHECK(device_told(&lab, 0, FRAME_NOTE_FORGOTTEN) == 1 && device_peer(&lab, 0, 3).member);
    CHECK(!device_peer(&lab, 0, 2).member && device_peer(&lab, 0, 1).member);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* Who fails goes before one who is longer unheard. */
static void test_worst_goes(void)
{
    struct lab lab;
    const struct saying saying = {.issued_ms = 1};
    meeting_begin(&lab, 4);
    lab.config.table_peers_max = 4;
    device_new(&lab, 0);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 1);
    puppet_announce(&lab, 2, 0, &saying);
    lab.now_ms += 100;
    puppet_announce(&lab, 1, 0, &saying);
    puppet_attest(&lab, 1, 0, chain);
    while (device_told(&lab, 0, FRAME_NOTE_TIMED_OUT) == 0 || !device_peer(&lab, 0, 1).requesting)
        device_wait(&lab, 0, 100);
    puppet_reject(&lab, 1, 0, "unknown"); /* so that nothing is under way */
    CHECK(device_peer(&lab, 0, 1).failures == 1 && device_peer(&lab, 0, 2).failures == 0);
    puppet_announce(&lab, 3, 0, &saying);
    CHECK(!device_peer(&lab, 0, 1).member);
    CHECK(device_peer(&lab, 0, 2).member && device_peer(&lab, 0, 3).member);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* One who was contacted, and finds no room among those who are chosen, is a caller like others. */
static void test_chosen_half_is_full(void)
{
    struct lab lab;
    struct saying names = {.issued_ms = 1, .peer_count = 1};
    const struct saying saying = {.issued_ms = 1};
    meeting_begin(&lab, 4);
    lab.config.table_peers_max = 2; /* one of each */
    device_new(&lab, 0);
    meeting_introduce(&lab, 0, 1, false);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 1);
    for (int i = 2; i < 4; i++) {
        names.peers = &lab.devices[i].key;
        names.issued_ms = i;
        puppet_announce(&lab, 1, 0, &names);
        CHECK(lab_letters(&lab, 0, i, FRAME_MESSAGE_ANNOUNCE) == 1); /* it is contacted */
        puppet_announce(&lab, i, 0, &saying);
        CHECK(device_peer(&lab, 0, i).member && device_peer(&lab, 0, i).chosen == (i == 2));
        if (i == 2) puppet_attest(&lab, 2, 0, chain);
        CHECK(device_peer(&lab, 0, 2).requesting && device_peer(&lab, 0, 2).chosen);
    }
    CHECK(device_told(&lab, 0, FRAME_NOTE_FORGOTTEN) == 0);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* An interval that never ends: what lasts a few of them never ends either. */
static void test_endless_interval(void)
{
    struct lab lab;
    meeting_begin(&lab, 3);
    lab.config.announce_interval_ms = UINT64_MAX / 2 + 1; /* twice that is none */
    device_new(&lab, 0);
    const struct saying names = {.issued_ms = 1, .peers = &lab.devices[2].key, .peer_count = 1};
    const struct saying saying = {.issued_ms = 1};
    meeting_introduce(&lab, 0, 1, false);
    puppet_announce(&lab, 1, 0, &names);
    CHECK(lab_letters(&lab, 0, 2, FRAME_MESSAGE_ANNOUNCE) == 1);
    device_wait(&lab, 0, 1000000);
    CHECK(lab_letters(&lab, 0, 2, FRAME_MESSAGE_ANNOUNCE) == 1); /* still awaited */
    puppet_announce(&lab, 2, 0, &saying);
    CHECK(device_peer(&lab, 0, 2).chosen && !device_peer(&lab, 0, 2).suspect);
    CHECK(!device_peer(&lab, 0, 1).suspect);
    lab_end(&lab);
}

/* ---- Many dApps ------------------------------------------------------------------------------ */

enum { DAPPS = FRAME_ANNOUNCE_NAMES_MAX + 1 };

static char names[DAPPS][8];
static char actions[DAPPS][8];
static struct frame_dapp_intent intents[DAPPS];
static struct frame_dapp dapps[DAPPS];
static const struct frame_dapp *table_of[DAPPS];
static const struct frame_dapp_table table = {table_of, DAPPS};

static void table_fill(void)
{
    for (size_t i = 0; i < DAPPS; i++) {
        (void)snprintf(names[i], sizeof names[i], "d%02zu", i);
        (void)snprintf(actions[i], sizeof actions[i], "d%02zu.do", i);
        intents[i] = (struct frame_dapp_intent){.action = actions[i]};
        dapps[i] = (struct frame_dapp){
            .id = names[i], .version = "1.0.0", .intents = &intents[i], .intent_count = 1};
        table_of[i] = &dapps[i];
    }
}

/* Device 0 hears that the puppet has two dApps of the table, the first and the n-th. */
static void announce_dapp(struct lab *lab, size_t n)
{
    uint8_t member[64];
    struct buffer body;
    struct buffer array;
    uint8_t envelope[2048];
    size_t length;
    const struct frame_dapp *const both[] = {&dapps[0], &dapps[n]};
    const struct frame_dapp_table told = {both, 2};
    buffer_init(&body, &lab->allocator);
    buffer_init(&array, &lab->allocator);
    membership(lab, member, &lab->devices[1].key, &lab->identity_secret);
    message_dapps(&array, lab->crypto, &told);
    message_announce(&body, (struct frame_span){(const uint8_t *)"[]", 2}, buffer_view(&array),
                     (int64_t)n + 1, member, NULL, 0);
    frame_envelope_seal(envelope, &length, lab->crypto, &lab->devices[1].transport, body.bytes,
                        body.length);
    (void)device_do(
        lab, 0, (struct frame_event){.type = FRAME_EVENT_MESSAGE, .message = {envelope, length}});
    buffer_free(&array);
    buffer_free(&body);
}

/* Of a table of more dApps than can be announced those beyond have no providers. */
static void test_many_dapps(void)
{
    struct lab lab;
    table_fill();
    meeting_begin(&lab, 2);
    lab.config.dapps = &table;
    device_new(&lab, 0);
    for (size_t n = DAPPS - 2; n < DAPPS; n++) {
        struct frame_public_key key;
        const bool within = n < FRAME_ANNOUNCE_NAMES_MAX;
        const struct frame_span action = {(const uint8_t *)actions[n], strlen(actions[n])};
        announce_dapp(&lab, n);
        CHECK(device_peer(&lab, 0, 1).issued_ms == (int64_t)n + 1);
        CHECK(device_peer(&lab, 0, 1).dapps == (within ? UINT64_C(1) << n | 1 : 1));
        CHECK(frame_instance_providers(lab.devices[0].instance, &key, 1, action,
                                       (struct frame_span){(const uint8_t *)"{}", 2}) == within);
    }
    lab_end(&lab);
}

int main(void)
{
    test_nobody_goes();
    test_worst_goes();
    test_chosen_half_is_full();
    test_endless_interval();
    test_many_dapps();
    return check_done();
}
