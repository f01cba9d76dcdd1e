// SPDX-License-Identifier: Apache-2.0
/*
 * Chains out of memory: one allocation after the other fails in what is done to a chain. Then nothing has happened, and
 * once there is memory the same comes out as where there always was. All of it again where texts of receipts are held.
 */
#include "chain.h"
#include "puppets.h"
#include "quick_crypto.h"

static struct frame_crypto quick;

/* What is done: to a chain that holds `begin`, and what it holds afterwards (NULL: whatever comes). */
struct deed {
    struct frame_chain *begin;
    struct frame_chain *after;
    enum frame_status (*act)(struct lab *lab, struct frame_chain *chain, const struct deed *deed);
};

/* Does the allocator hold receipts' texts? */
static bool holding;

static bool alike(const struct frame_chain *a, const struct frame_chain *b)
{
    const struct frame_summary of_a = scribe_summary(a);
    const struct frame_summary of_b = scribe_summary(b);
    return of_a.receipts == of_b.receipts && of_a.head_count == of_b.head_count &&
           frame_hash_compare(&of_a.commitment, &of_b.commitment) == 0 &&
           frame_hash_compare(&of_a.state_root, &of_b.state_root) == 0 &&
           of_a.superseded == of_b.superseded && of_a.changed == of_b.changed;
}

/* What is counted as receipts come is what a walk over them finds. */
static void check_memory(const struct frame_chain *chain)
{
    size_t wire_bytes;
    size_t other_bytes;
    size_t wire = 0;
    size_t merges = 0;
    frame_chain_memory(chain, &wire_bytes, &other_bytes);
    for (size_t i = 0; i < chain->arrivals.count; i++) {
        const struct node *node = chain->arrivals.nodes[i];
        wire += node->length;
        if (node->merge)
            merges += node->parent_count * (sizeof(struct node *) + sizeof(struct frame_hash)) +
                      node->rest_count * sizeof(struct node *);
    }
    CHECK(wire_bytes == wire && chain->merge_bytes == merges);
    CHECK(other_bytes > merges + chain->arrivals.count * sizeof(struct node));
}

/* A chain with memory of its own that holds the same. */
static struct frame_chain *copy_into(struct lab *lab, struct heap *heap,
                                     const struct frame_chain *from)
{
    const struct frame_allocator tests = lab->allocator;
    lab->allocator = holding ? heap_holding_allocator(heap) : heap_allocator(heap);
    struct frame_chain *chain = scribe_new(lab);
    lab->allocator = tests;
    scribe_copy(lab, chain, from);
    return chain;
}

static bool failed_at(struct lab *lab, const struct deed *deed, const struct frame_chain *good,
                      size_t n)
{
    struct heap heap = {0};
    struct frame_chain *chain = copy_into(lab, &heap, deed->begin);
    heap_fail(&heap, n);
    enum frame_status status = deed->act(lab, chain, deed);
    const bool failed = heap.asked >= n;
    CHECK(status == FRAME_OK || (failed && status == FRAME_NO_MEMORY));
    heap_fail(&heap, 0);
    if (status == FRAME_NO_MEMORY) {
        CHECK(alike(chain, deed->begin));
        CHECK(deed->act(lab, chain, deed) == FRAME_OK);
    }
    CHECK(alike(chain, good));
    check_memory(chain);
    frame_chain_free(chain);
    CHECK(heap.live == 0 && !heap.wrong_size);
    return failed;
}

static void each_allocation(struct lab *lab, const struct deed *deed)
{
    struct heap heap = {0};
    struct frame_chain *good = copy_into(lab, &heap, deed->begin);
    CHECK(deed->act(lab, good, deed) == FRAME_OK);
    CHECK(deed->after == NULL || alike(good, deed->after));
    size_t n = 1;
    while (failed_at(lab, deed, good, n))
        n++;
    CHECK(n > 10);
    frame_chain_free(good);
}

/* ---- Deeds ----------------------------------------------------------------------------------- */

static enum frame_status merge(struct lab *lab, struct frame_chain *chain, const struct deed *deed)
{
    size_t appended;
    (void)deed;
    return frame_chain_merge_heads(chain, &appended, &lab->identity_secret, 1);
}

static enum frame_status execute(struct lab *lab, struct frame_chain *chain,
                                 const struct deed *deed)
{
    struct frame_executed executed;
    const struct frame_intent intent = {.action = {(const uint8_t *)"notes.create", 12},
                                        .payload = {(const uint8_t *)"{\"text\":\"\"}", 11}};
    (void)deed;
    return frame_chain_execute(chain, &executed, &lab->identity_secret, &intent, CLOCK_S);
}

static enum frame_status join(struct lab *lab, struct frame_chain *chain, const struct deed *deed)
{
    struct buffer text;
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    struct frame_replayed *replayed = NULL;
    struct frame_fault fault;
    buffer_init(&text, &lab->allocator);
    CHECK(frame_chain_write(deed->after, buffer_sink(&text)));
    CHECK(frame_parse(&parsed, &fault, &lab->allocator, text.bytes, text.length) == FRAME_OK);
    enum frame_status status = frame_verify(&verified, &fault, chain, parsed);
    if (status == FRAME_OK) status = frame_replay(&replayed, &fault, verified);
    if (status == FRAME_OK) status = frame_join(NULL, replayed);
    if (status != FRAME_OK) frame_replayed_discard(replayed);
    frame_parsed_free(parsed);
    buffer_free(&text);
    return status;
}

/* ---- Chains ---------------------------------------------------------------------------------- */

static void act_as(struct lab *lab, struct frame_chain *chain, const char *origin,
                   const char *action, const char *payload, int64_t clock_s)
{
    struct frame_executed executed;
    const struct frame_intent intent = {.action = {(const uint8_t *)action, strlen(action)},
                                        .payload = {(const uint8_t *)payload, strlen(payload)},
                                        .origin = {(const uint8_t *)origin, strlen(origin)}};
    CHECK(frame_chain_execute(chain, &executed, &lab->identity_secret, &intent, clock_s) ==
          FRAME_OK);
}

/* More heads than one merge receipt takes, all of one second, so that it need not stand at the end; and each of them
   spends the same, so that it lays others to rest. */
static void test_many_heads(void)
{
    struct lab lab;
    lab_begin_with(&lab, 1, &quick);
    struct frame_chain *chain = scribe_new(&lab);
    for (int64_t i = 0; i < FRAME_MERGE_HEADS_MAX + 4; i++) {
        char payload[64];
        struct frame_chain *branch = scribe_new(&lab);
        act_as(&lab, branch, "", "wallet.mintFrame", "{\"amount\":1,\"target\":\"alice\"}",
               CLOCK_S);
        (void)snprintf(payload, sizeof payload, "{\"amount\":1,\"recipient\":\"%d\"}", (int)i);
        act_as(&lab, branch, "", "wallet.send", payload, CLOCK_S + 1);
        scribe_copy(&lab, chain, branch);
        frame_chain_free(branch);
    }
    CHECK(scribe_summary(chain).superseded == FRAME_MERGE_HEADS_MAX + 3);
    each_allocation(&lab, &(struct deed){.begin = chain, .act = merge});
    each_allocation(&lab, &(struct deed){.begin = chain, .act = execute});
    frame_chain_free(chain);
    lab_end(&lab);
}

/* The first `count` receipts of one and the same chain, ten seconds between them. */
static struct frame_chain *beginning(struct lab *lab, int64_t count)
{
    struct frame_chain *chain = scribe_new(lab);
    for (int64_t i = 0; i < count; i++)
        act_as(lab, chain, "", "display.timerTick", "{}", CLOCK_S + 10 * i);
    return chain;
}

/* Two branches that leave a long chain in its middle, one before the other. */
static void test_branches(void)
{
    struct lab lab;
    lab_begin_with(&lab, 1, &quick);
    struct deed deed = {.begin = beginning(&lab, 45), .after = scribe_new(&lab), .act = join};
    scribe_copy(&lab, deed.after, deed.begin);
    for (int64_t count = 15; count <= 35; count += 10) {
        struct frame_chain *branch = beginning(&lab, count);
        act_as(&lab, branch, "", "notes.create", "{\"text\":\"\"}", CLOCK_S + 10 * count - 5);
        act_as(&lab, branch, "", "notes.create", "{\"text\":\"\"}", CLOCK_S + 10 * count + 5);
        scribe_copy(&lab, deed.after, branch);
        frame_chain_free(branch);
    }
    CHECK(frame_chain_count(deed.after) == 51);
    each_allocation(&lab, &deed);
    frame_chain_free(deed.begin);
    frame_chain_free(deed.after);
    lab_end(&lab);
}

#define DIGITS "0123456789abcdef0123456789abcdef"

/* A routed intent that was refused is passed over in each new fold, which notes its id. */
static void test_refused_route(void)
{
    static const char more[] = "{\"amount\":7,\"recipient\":\"b\"}";
    struct lab lab;
    lab_begin_with(&lab, 1, &quick);
    struct deed deed = {.begin = beginning(&lab, 2), .after = scribe_new(&lab), .act = join};
    act_as(&lab, deed.begin, DIGITS DIGITS, "wallet.send", more, CLOCK_S + 20);
    act_as(&lab, deed.begin, "", "notes.create", "{\"text\":\"\"}", CLOCK_S + 30);
    struct frame_chain *branch = beginning(&lab, 1);
    act_as(&lab, branch, "", "wallet.mintFrame", "{\"amount\":9,\"target\":\"alice\"}",
           CLOCK_S + 5);
    scribe_copy(&lab, deed.after, deed.begin);
    scribe_copy(&lab, deed.after, branch);
    struct frame_receipt receipt;
    frame_chain_at(deed.after, &receipt, 3);
    CHECK(receipt.outcome == FRAME_OUTCOME_REFUSED);
    each_allocation(&lab, &deed);
    each_allocation(&lab, &(struct deed){.begin = deed.after, .act = merge});
    frame_chain_free(deed.begin);
    frame_chain_free(deed.after);
    frame_chain_free(branch);
    lab_end(&lab);
}

int main(void)
{
    quick = quick_crypto();
    for (int i = 0; i < 2; i++) {
        holding = i == 1;
        test_many_heads();
        test_branches();
        test_refused_route();
    }
    return check_done();
}
