// SPDX-License-Identifier: Apache-2.0
/* Walks over the graph are numbered: what they have marked is forgotten where the numbers begin anew. */
#include "chain.h"
#include "puppets.h"
#include "quick_crypto.h"

static struct frame_crypto quick;

static size_t closure(struct frame_chain *chain, size_t head)
{
    size_t receipts = 0;
    struct frame_hash commitment;
    struct frame_hash root;
    const struct frame_hash *heads = scribe_summary(chain).heads;
    CHECK(frame_chain_closure(chain, &receipts, &commitment, &root, &heads[head], 1) == FRAME_OK);
    return receipts;
}

/* The second walk of one head marks nothing of what the first one of another has marked long ago. */
static void test_anew(void)
{
    struct lab lab;
    lab_begin_with(&lab, 1, &quick);
    for (uint32_t before = 0; before < 4; before++) {
        struct frame_chain *chain = scribe_new(&lab);
        scribe_fork(&lab, chain, 3);
        chain->epoch = 0;
        for (size_t i = 0; i < 4; i++)
            CHECK(closure(chain, 1 + i % 2) == 1);
        chain->epoch = UINT32_MAX - before;
        for (size_t i = 0; i < 6; i++)
            CHECK(closure(chain, 0) == 1);
        CHECK(chain->epoch < 100);
        size_t appended;
        CHECK(frame_chain_merge_heads(chain, &appended, &lab.identity_secret, 1) == FRAME_OK);
        CHECK(appended == 1 && closure(chain, 0) == 4);
        frame_chain_free(chain);
    }
    lab_end(&lab);
}

/* So it is with receipts that a batch repeats: held ones are passed over in any number of batches. */
static void test_batches(void)
{
    struct lab lab;
    lab_begin_with(&lab, 1, &quick);
    struct frame_chain *chain = scribe_new(&lab);
    struct frame_chain *other = scribe_new(&lab);
    scribe_write(&lab, other, 3);
    scribe_copy(&lab, chain, other);
    chain->epoch = 0;
    scribe_copy(&lab, chain, other);
    chain->epoch = UINT32_MAX;
    scribe_copy(&lab, chain, other);
    CHECK(frame_chain_count(chain) == 3 && chain->epoch < 100);
    frame_chain_free(other);
    frame_chain_free(chain);
    lab_end(&lab);
}

int main(void)
{
    quick = quick_crypto();
    test_anew();
    test_batches();
    return check_done();
}
