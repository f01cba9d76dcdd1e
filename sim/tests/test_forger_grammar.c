// SPDX-License-Identifier: Apache-2.0
/*
 * The grammar of forgeries: its texts; the errors it derives, against answers given by hand and against the
 * core's verifier; and every change, alone and with others, in a world that lives.
 */
#include <string.h>

#include "core/tests/check.h"
#include "sim/forger_change.h"

/* ---- Texts ---- */

static void test_names(void)
{
    for (size_t i = 0; i < forgery_change_count(); i++) {
        const struct change *change = change_at(i);
        CHECK_IN(change->name, strlen(change->name) < 32 && strlen(change->what) > 0);
        CHECK_IN(change->name, change->subjects != 0 && change->slots != 0);
        for (size_t k = 0; k < i; k++)
            CHECK_IN(change->name, strcmp(change->name, change_at(k)->name) != 0);
    }
}

static void test_texts(void)
{
    static const char *const good[] = {
        "receipt/version_3+no_such_parent/rehashed/own_key",
        "receipt/as_is/s_plus_l",
        "merge/unsorted_heads/rehashed/identity_key",
        "attest/count_more+unheld_head/identity_key",
        "request/want_unknown",
        "page/other_after+remaining_negative",
        "reject/code_number+bad_utf8",
        "envelope/as_is/blank",
    };
    static const char *const bad[] = {
        "",
        "receipt",
        "receipt/",
        "kindness/float",
        "receipt/kindness",
        "receipt/as_is",
        "receipt/version_3/rehashed/rehashed",
        "receipt/version_3/own_key/blank",
        "receipt/version_1+version_3",
        "request/want_unknown/own_key",
        "page/hole/rehashed",
        "envelope/as_is/identity_key",
        "merge/before_parent",
        "attest/attested_long_ago+kindness",
        "receipt/float+version_3+other_root+other_key+other_dapp",
    };
    char text[FORGERY_NAME_BYTES_MAX + 1];
    struct forgery_composition composition;
    const char *problem;
    struct frame_span word;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK_IN(good[i],
                 forgery_composition_read(&composition, &problem, &word, span_of(good[i])));
        forgery_composition_write(text, sizeof text, &composition);
        CHECK_IN(good[i], strcmp(text, good[i]) == 0);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_IN(bad[i],
                 !forgery_composition_read(&composition, &problem, &word, span_of(bad[i])) &&
                     problem != NULL);
    CHECK(forgery_composition_read(&composition, &problem, &word,
                                   span_of("receipt/other_root+version_3")));
    forgery_composition_write(text, sizeof text, &composition);
    CHECK(strcmp(text, "receipt/version_3+other_root") == 0); /* in the order of the list */
}

/* ---- Errors, by hand from the text of the protocol ---- */

static void test_order(void)
{
    static const struct {
        const char *text;
        enum frame_status error;
    } cases[] = {
        {"receipt/other_root", FRAME_RECEIPT_HASH},
        {"receipt/other_root/rehashed", FRAME_SIGNATURE},
        {"receipt/other_root/rehashed/own_key", FRAME_SIGNATURE},
        {"receipt/other_root/rehashed/identity_key", FRAME_STATE_ROOT},
        {"receipt/other_root+other_result/rehashed/identity_key", FRAME_RESULT_HASH},
        {"receipt/other_root+other_previous_root/rehashed/identity_key", FRAME_STATE_ROOT_LINK},
        {"receipt/other_payload", FRAME_INPUT_HASH},
        {"receipt/other_payload/rehashed", FRAME_SIGNATURE},
        {"receipt/other_payload/rehashed/identity_key", FRAME_RESULT_HASH},
        {"receipt/other_payload+no_such_parent/rehashed", FRAME_LINK},
        {"receipt/other_identity+no_such_parent/rehashed", FRAME_LINK},
        {"receipt/other_identity+before_parent/rehashed/identity_key", FRAME_IDENTITY},
        {"receipt/before_parent+unknown_capability/rehashed", FRAME_TIMESTAMP},
        {"receipt/unknown_dapp+unknown_capability/rehashed", FRAME_CAPABILITY_UNKNOWN},
        {"receipt/unknown_dapp+other_capabilities/rehashed", FRAME_DAPP},
        {"receipt/other_key", FRAME_IDENTITY},
        {"receipt/other_key+version_3+missing_field", FRAME_FIELD_COUNT},
        {"receipt/renamed_field+version_string", FRAME_FIELD_ORDER},
        {"receipt/version_3+root_upper", FRAME_FIELD_TYPE},
        {"receipt/version_3+other_input_hash", FRAME_VERSION},
        {"receipt/receipt_long+version_3", FRAME_LIMIT},
        {"receipt/bad_utf8+version_3", FRAME_ENVELOPE},
        {"receipt/version_3+unknown_type", FRAME_MESSAGE},
        {"receipt/version_3+other_want", FRAME_UNASKED},
        {"receipt/as_is/s_plus_l", FRAME_SIGNATURE},
        {"receipt/as_is/identity_key", FRAME_OK},
        {"receipt/far_future", FRAME_OK},
        {"merge/no_heads+no_such_parent/rehashed", FRAME_BAD_ARGUMENT}, /* one slot: not read */
        {"merge/no_heads+version_1/rehashed", FRAME_VERSION},
        {"merge/no_heads+other_identity/rehashed", FRAME_MERGE_HEADS},
        {"merge/unknown_head+merge_raw/rehashed", FRAME_BAD_ARGUMENT},
        {"merge/unknown_head+other_key/rehashed", FRAME_LINK},
        {"merge/later_than_heads/rehashed/identity_key", FRAME_TIMESTAMP},
        {"merge/other_root/rehashed/identity_key", FRAME_STATE_ROOT},
        {"attest/protocol_version+commitment_missing", FRAME_ATTESTATION_VERSION},
        {"attest/protocol_version+commitment_other", FRAME_ATTESTATION_VERSION},
        {"attest/protocol_version+heads_unsorted", FRAME_MESSAGE},
        {"attest/version_missing+commitment_other", FRAME_MESSAGE},
        {"attest/count_string+attested_other_key", FRAME_ATTESTATION_FORMAT},
        {"attest/count_more+attested_other_key", FRAME_ATTESTATION_IDENTITY},
        {"attest/count_more", FRAME_ATTESTATION_SIGNATURE},
        {"attest/count_more+attested_ancestor/identity_key", FRAME_ATTESTATION_COUNT},
        {"attest/attested_root_other+attested_ancestor/identity_key", FRAME_ATTESTATION_COMMITMENT},
        {"attest/attested_root_other/identity_key", FRAME_ATTESTATION_ROOT},
        {"request/want_unknown", FRAME_UNKNOWN},
        {"request/want_unknown+have_129", FRAME_MESSAGE},
        {"request/want_repeats", FRAME_OK},
        {"page/hole+extra_member", FRAME_MESSAGE},
        {"page/hole", FRAME_LINK},
        {"envelope/small_order_from", FRAME_ENVELOPE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct forgery_composition composition;
        const char *problem;
        struct frame_span word;
        enum frame_status error = FRAME_BAD_ARGUMENT;
        if (forgery_composition_read(&composition, &problem, &word, span_of(cases[i].text)))
            error = forgery_composition_error(&composition, false);
        if (!CHECK_IN(cases[i].text, error == cases[i].error))
            printf("%s: %s\n", cases[i].text, frame_status_name(error));
    }
}

/* ---- Errors, against the core's verifier ---- */

enum { ANA, BEN, CAI, EVE, PEERS };

static struct world *make_world(uint64_t seed, uint64_t interval_us)
{
    static const char *const names[PEERS] = {"ana", "ben", "cai", "eve"};
    static const int workers[] = {ANA, CAI};
    struct world_config config;
    struct world_peer_options options;
    struct world_workload workload;
    world_config_init(&config);
    config.seed = seed;
    config.memory_bytes_max = (size_t)64 << 20;
    config.refold_receipts_max = 50;
    struct world *world = world_new(&config);
    for (int i = 0; i < PEERS; i++) {
        world_peer_options_init(&options);
        options.adversary = i == EVE;
        options.gossip_interval_ms = 500;
        options.offences_max = UINT32_MAX; /* or nobody would listen any more */
        CHECK(world_add_peer(world, names[i], &options) == i);
    }
    world_workload_init(&workload);
    workload.peers = workers;
    workload.peer_count = 2;
    workload.interval_us = interval_us;
    CHECK(world_workload(world, &workload));
    CHECK(world_run_for(world, 4 * WORLD_SECOND) == WORLD_RUN_DONE);
    return world;
}

/* What a fresh instance of the victim's chain says of the receipts as a file. */
static enum frame_status verdict(struct workshop *shop, const struct page_list *list)
{
    struct frame_chain *chain = NULL;
    struct frame_fault fault = {FRAME_OK, -1, -1};
    struct buffer array;
    CHECK(world_rebuild_chain(&chain, &fault, shop->world, shop->victim) == FRAME_OK);
    buffer_init(&array, &shop->allocator);
    for (size_t i = 0; i < list->count; i++) {
        buffer_text(&array, i == 0 ? "[" : ",");
        buffer_span(&array, page_list_at(list, i));
    }
    buffer_text(&array, "]");
    compose_spoil(shop, &array);
    const enum frame_status status =
        chain_accept(chain, &shop->allocator, buffer_view(&array), &fault);
    buffer_free(&array);
    frame_chain_free(chain);
    return status;
}

static bool in_file(const struct forgery_composition *composition)
{
    for (size_t i = 0; i < composition->change_count; i++) {
        const struct change *change = change_at(composition->changes[i]);
        const bool spoils = change->member == NULL && change->value != NULL;
        if (change->stage == STAGE_BODY && !spoils) return false;
    }
    return true;
}

/* False where it cannot be made. */
static bool try_in_file(struct world *world, const struct forgery_composition *composition)
{
    struct forgery kind;
    struct recipe recipe;
    struct workshop shop;
    struct forged_plan plan = {.relayed = WORLD_NOBODY};
    if (forgery_composition_problem(composition) != NULL || !in_file(composition)) return false;
    const enum frame_status expected = forgery_composition_error(composition, true);
    CHECK(forgery_compose(&kind, composition, FORGERY_PEER));
    kind.needs_key = true;
    compose_recipe(&recipe, &kind);
    shop_open(&shop, world, &recipe, EVE, BEN, 0);
    buffer_init(&plan.attest, &shop.allocator);
    page_list_init(&plan.list, &shop.allocator);
    if (CHECK_IN(kind.name, plan_branch(&shop, &plan))) {
        const enum frame_status status = verdict(&shop, &plan.list);
        if (!CHECK_IN(kind.name, status == expected))
            printf("%s: expected %s, seen %s\n", kind.name, frame_status_name(expected),
                   frame_status_name(status));
    }
    buffer_free(&plan.attest);
    page_list_release(&plan.list);
    return true;
}

/* All alone with all that can be redone; all pairs with nothing redone, and with all of it. */
static void test_files(enum forgery_subject subject)
{
    struct world *world = make_world(7, WORLD_SECOND);
    size_t tried = 0;
    for (size_t i = 0; i < forgery_change_count(); i++) {
        struct forgery_composition composition = {.subject = subject, .change_count = 1};
        if (!forgery_change_fits(i, subject)) continue;
        composition.changes[0] = i;
        for (unsigned redone = 0; redone < 2 * SIGNING_COUNT; redone++) {
            composition.rehashed = redone % 2 != 0;
            composition.signing = (enum forgery_signing)(redone / 2);
            tried += try_in_file(world, &composition);
        }
        composition.change_count = 2;
        for (size_t k = i + 1; k < forgery_change_count(); k++) {
            if (!forgery_change_fits(k, subject)) continue;
            composition.changes[1] = k;
            composition.rehashed = (i + k) % 3 != 0;
            composition.signing = (i + k) % 3 == 1 ? SIGNING_IDENTITY_KEY : SIGNING_KEPT;
            tried += try_in_file(world, &composition);
        }
    }
    printf("%s: %zu in files\n", forgery_subject_name(subject), tried);
    CHECK(tried > 1000);
    world_free(world);
}

/* ---- Worlds ---- */

static bool settled(void *context, const struct world *world)
{
    struct world_forgery forgery;
    world_forgery(world, &forgery, *(size_t *)context);
    return forgery.state == WORLD_FORGERY_MET || forgery.state == WORLD_FORGERY_UNMET;
}

static bool has_one_head(const struct world *world)
{
    struct frame_summary summary;
    frame_chain_summary(world_peer_chain(world, BEN), &summary);
    return summary.head_count == 1 && summary.receipts > 1;
}

static void forge_one(struct world *world, const struct forgery *kind)
{
    const bool peer = kind->place == FORGERY_PEER;
    /* ben, who does nothing, is asked for nothing */
    const bool request = !peer && kind->composition.subject == FORGED_REQUEST;
    size_t number = world_forge(world, kind, peer ? EVE : request ? CAI : ANA, request ? ANA : BEN);
    const bool relay = peer && !kind->needs_key;
    const bool page = !peer && kind->composition.subject == FORGED_PAGE;
    if (relay || page) {
        for (int i = 0; i < 300 && !has_one_head(world);
             i++) /* the fork that ben is left with stays */
            CHECK(world_run_for(world, WORLD_SECOND / 10) == WORLD_RUN_DONE);
        world_block(world, ANA, BEN);
        world_block(world, CAI, BEN);
    }
    if (page) { /* of several receipts: ben has some time to catch up with, from ana alone */
        CHECK(world_run_for(world, 6 * WORLD_SECOND) == WORLD_RUN_DONE);
        world_unblock(world, ANA, BEN);
    }
    const enum world_run_result result =
        world_run_while_not(world, settled, &number, world_now_us(world) + 90 * WORLD_SECOND);
    struct world_forgery forgery;
    world_forgery(world, &forgery, number);
    if (!CHECK_IN(kind->name, result == WORLD_RUN_DONE && forgery.state == WORLD_FORGERY_MET))
        printf("%s %s: %s, expected %s, seen %s, %llu tries\n", kind->name,
               peer ? "as peer" : "on the wire", world_forgery_state_name(forgery.state),
               forgery_expected(kind), frame_status_name(forgery.seen),
               (unsigned long long)forgery.tries);
    world_heal(world);
    if (relay || page) CHECK(world_run_for(world, 3 * WORLD_SECOND) == WORLD_RUN_DONE);
}

static void end_world(struct world *world)
{
    world_workload_stop(world);
    world_heal(world);
    CHECK(world_run_until_converged(world, NULL, 0, world_now_us(world) + 120 * WORLD_SECOND) ==
          WORLD_RUN_DONE);
    CHECK(world_check_converged(world, NULL, 0));
    CHECK(world_check_end(world) == 0);
    for (size_t i = 0; i < world_failure_count(world); i++) {
        struct world_failure failure;
        world_failure(world, &failure, i);
        printf("%s: %s\n", failure.check, failure.text);
    }
    world_free(world);
}

struct stage {
    struct world *world;
    size_t in_world;
    size_t all;
};

/* A new world now and then: the chains stay short. */
static void next(struct stage *stage, const struct forgery *kind)
{
    enum { IN_ONE_WORLD = 12 };
    if (stage->in_world == IN_ONE_WORLD) {
        end_world(stage->world);
        stage->world = NULL;
        stage->in_world = 0;
    }
    if (stage->world == NULL) stage->world = make_world(stage->all, WORLD_SECOND);
    forge_one(stage->world, kind);
    stage->in_world++;
    stage->all++;
}

/* Every change of every subject, at every place where it can be done, with the least redone that lets it be
   seen, which is also where its own rule is the first broken. */
static void test_each_change(void)
{
    struct stage stage = {.world = NULL};
    for (size_t s = 1; s < FORGED_COUNT; s++) {
        for (size_t i = 0; i < forgery_change_count(); i++) {
            struct forgery_composition composition = {
                .subject = (enum forgery_subject)s, .change_count = 1, .changes = {i}};
            struct forgery kind;
            if (!forgery_change_fits(i, composition.subject)) continue;
            composition.rehashed = s == FORGED_RECEIPT || s == FORGED_MERGE;
            for (unsigned key = 0; key < 2; key++) {
                composition.signing = key == 0 ? SIGNING_KEPT : SIGNING_IDENTITY_KEY;
                if (forgery_composition_problem(&composition) != NULL) continue;
                if (forgery_compose(&kind, &composition, FORGERY_WIRE)) next(&stage, &kind);
                if (forgery_compose(&kind, &composition, FORGERY_PEER)) next(&stage, &kind);
            }
        }
    }
    printf("%zu in worlds\n", stage.all);
    CHECK(stage.all > 300);
    end_world(stage.world);
}

static void test_drawn(void)
{
    struct stage stage = {.world = NULL};
    struct forgery kind;
    size_t with_key = 0;
    size_t refused = 0;
    for (uint64_t i = 0; i < 120; i++) {
        if (stage.world == NULL) stage.world = make_world(i, WORLD_SECOND);
        forgery_draw(&kind, world_tape(stage.world), "test",
                     i % 2 == 0 ? FORGERY_WIRE : FORGERY_PEER, i);
        with_key += kind.needs_key;
        refused += kind.fate == FORGERY_REFUSED;
        next(&stage, &kind);
    }
    CHECK(with_key >= 10 && refused >= 60);
    end_world(stage.world);
}

int main(void)
{
    test_names();
    test_texts();
    test_order();
    test_files(FORGED_RECEIPT);
    test_files(FORGED_MERGE);
    test_each_change();
    test_drawn();
    return check_done();
}
