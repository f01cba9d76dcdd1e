// SPDX-License-Identifier: Apache-2.0
/* Policy strict (§ 9): the remote chain is taken where the local one is a prefix of it, and left alone
   where it is not. Device 0 is strict, device 1 a puppet. */
#include "puppets.h"

static void begin(struct lab *lab, size_t staging)
{
    lab_begin(lab, 2);
    lab->config.policy = FRAME_POLICY_STRICT;
    lab->config.staging_receipts_max = staging;
    device_new(lab, 0);
}

static void gossip(struct lab *lab, const struct frame_chain *chain)
{
    lab->now_ms += 2000;
    device_tick(lab, 0);
    puppet_attest(lab, 1, 0, chain);
}

static void test_prefix(void)
{
    struct lab lab;
    begin(&lab, 4096);
    struct frame_chain *chain = scribe_new(&lab);
    struct frame_chain *start = scribe_new(&lab);
    scribe_write(&lab, start, 2);
    scribe_copy(&lab, chain, start);
    scribe_write(&lab, chain, 3);
    gossip(&lab, start);
    CHECK(puppet_serve(&lab, 1, start) == 1 && device_count(&lab, 0) == 2);
    gossip(&lab, chain);
    CHECK(puppet_serve(&lab, 1, chain) == 1 && device_count(&lab, 0) == 5);
    gossip(&lab, start); /* a prefix of the local one */
    gossip(&lab, chain); /* equal to it */
    CHECK(puppet_serve(&lab, 1, chain) == 0 && device_count(&lab, 0) == 5);
    CHECK(device_told(&lab, 0, FRAME_NOTE_DIVERGED) == 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_REFUSED) == 0);
    frame_chain_free(start);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* Three receipts in common, one of the device's own, and a remote chain of so many. */
static struct frame_chain *diverge(struct lab *lab, size_t receipts)
{
    struct frame_chain *chain = scribe_new(lab);
    scribe_write(lab, chain, 3);
    gossip(lab, chain);
    CHECK(puppet_serve(lab, 1, chain) == 1 && device_count(lab, 0) == 3);
    CHECK(device_intent(lab, 0) == FRAME_OK);
    scribe_write(lab, chain, receipts);
    return chain;
}

static void test_diverged(void)
{
    struct lab lab;
    begin(&lab, 4096);
    struct frame_chain *chain = diverge(&lab, 2);
    for (size_t i = 0; i < 4; i++) { /* once, not at every gossip */
        gossip(&lab, chain);
        CHECK(puppet_serve(&lab, 1, chain) == (i == 0 ? 1 : 0));
        CHECK(device_told(&lab, 0, FRAME_NOTE_DIVERGED) == 1);
    }
    CHECK(device_last(&lab, 0, FRAME_NOTE_DIVERGED)->note.count == 3);
    CHECK(device_count(&lab, 0) == 4 && device_told(&lab, 0, FRAME_NOTE_JOINED) == 1);
    CHECK(device_intent(&lab, 0) == FRAME_OK); /* either side moves: looked at again */
    CHECK(puppet_serve(&lab, 1, chain) == 1);
    scribe_write(&lab, chain, 1);
    gossip(&lab, chain);
    CHECK(puppet_serve(&lab, 1, chain) == 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_DIVERGED) == 3);
    CHECK(device_last(&lab, 0, FRAME_NOTE_DIVERGED)->note.count == 3);
    CHECK(device_told(&lab, 0, FRAME_NOTE_REFUSED) == 0 && device_count(&lab, 0) == 5);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* Where staging is full before the chain is complete, the part decides. */
static void test_parts(void)
{
    struct lab lab;
    struct asked asked;
    begin(&lab, 16);
    struct frame_chain *chain = scribe_new(&lab);
    struct frame_chain *other = scribe_new(&lab);
    scribe_act(&lab, other, "display.timerTick", "{}", CLOCK_S);
    scribe_write(&lab, other, 39);
    scribe_write(&lab, chain, 40);
    scribe_copy(&lab, chain, other); /* two branches, which the order weaves together */
    gossip(&lab, chain);
    while (puppet_asked(&lab, 1, &asked))
        CHECK(puppet_answer(&lab, 1, &asked, chain, 16));
    CHECK(device_count(&lab, 0) == 80 && device_heads(&lab, 0) == 2);
    CHECK(device_told(&lab, 0, FRAME_NOTE_JOINED) == 5);
    CHECK(device_told(&lab, 0, FRAME_NOTE_DIVERGED) == 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_REFUSED) == 0);
    frame_chain_free(other);
    frame_chain_free(chain);
    lab_end(&lab);
}

static void test_diverged_part(void)
{
    struct lab lab;
    struct asked asked;
    begin(&lab, 16);
    struct frame_chain *chain = diverge(&lab, 50);
    gossip(&lab, chain);
    CHECK(puppet_asked(&lab, 1, &asked));
    CHECK(puppet_answer(&lab, 1, &asked, chain, 16));
    CHECK(!puppet_asked(&lab, 1, &asked)); /* no use in the rest */
    CHECK(device_told(&lab, 0, FRAME_NOTE_DIVERGED) == 1);
    CHECK(device_last(&lab, 0, FRAME_NOTE_DIVERGED)->note.count == 3);
    gossip(&lab, chain);
    CHECK(!puppet_asked(&lab, 1, &asked) && device_count(&lab, 0) == 4);
    CHECK(device_told(&lab, 0, FRAME_NOTE_REFUSED) == 0);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* A part that stands behind all that is held, of a chain that lacks some of it. */
static void test_part_without_ours(void)
{
    struct lab lab;
    struct asked asked;
    begin(&lab, 16);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 3);
    gossip(&lab, chain);
    CHECK(puppet_serve(&lab, 1, chain) == 1);
    lab.devices[0].clock_s = CLOCK_S - 1; /* ours has the same second as theirs ... */
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    for (size_t i = 0; i < 20; i++) /* ... which come in later ones */
        scribe_act(&lab, chain, "display.timerTick", "{}", CLOCK_S + 1);
    gossip(&lab, chain);
    CHECK(puppet_asked(&lab, 1, &asked));
    CHECK(puppet_answer(&lab, 1, &asked, chain, 16));
    CHECK(device_told(&lab, 0, FRAME_NOTE_DIVERGED) == 1 && device_count(&lab, 0) == 4);
    CHECK(device_last(&lab, 0, FRAME_NOTE_DIVERGED)->note.count == 3);
    frame_chain_free(chain);
    lab_end(&lab);
}

int main(void)
{
    test_prefix();
    test_diverged();
    test_parts();
    test_diverged_part();
    test_part_without_ours();
    return check_done();
}
