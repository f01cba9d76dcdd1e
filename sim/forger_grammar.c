// SPDX-License-Identifier: Apache-2.0
/* Composed forgeries as text, and the error that each must meet: told from the grammar alone. */
#include "sim/forger_grammar.h"

#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "sim/forger_change.h"

static const char *const subjects[FORGED_COUNT] = {"none",    "receipt", "merge",  "attest",
                                                   "request", "page",    "reject", "envelope"};
static const char *const signings[SIGNING_COUNT] = {"kept",     "own_key",     "identity_key",
                                                    "s_plus_l", "small_order", "blank"};

const char *forgery_subject_name(enum forgery_subject subject)
{
    return subjects[subject];
}

const char *forgery_signing_name(enum forgery_signing signing)
{
    return signings[signing];
}

/* ---- The list of changes ---- */

size_t forgery_change_count(void)
{
    return changes_receipt_count + changes_message_count;
}

const struct change *change_at(size_t i)
{
    FRAME_ASSERT(i < forgery_change_count());
    return i < changes_receipt_count ? &changes_receipt[i]
                                     : &changes_message[i - changes_receipt_count];
}

const char *forgery_change_name(size_t change)
{
    return change_at(change)->name;
}

const char *forgery_change_what(size_t change)
{
    return change_at(change)->what;
}

bool forgery_change_fits(size_t change, enum forgery_subject subject)
{
    return (change_at(change)->subjects >> subject & 1) != 0;
}

/* ---- What must become of it ---- */

bool forgery_about_receipt(const struct forgery_composition *composition)
{
    return composition->subject == FORGED_RECEIPT || composition->subject == FORGED_MERGE;
}

static uint32_t touched(const struct forgery_composition *composition)
{
    uint32_t touches = 0;
    for (size_t i = 0; i < composition->change_count; i++) {
        const struct change *change = change_at(composition->changes[i]);
        if (change->stage != STAGE_LIST) touches |= change->touches;
    }
    return touches;
}

/* § 3: what is not redone no longer fits. A signature is over receiptHash, publicKey apart [E3]. */
static void break_receipt(bool broken[RULE_COUNT], const struct forgery_composition *composition)
{
    const uint32_t touches = touched(composition);
    const bool input = (touches & TOUCHES_INPUT & ~(uint32_t)TOUCHES_SIGNED) != 0;
    const bool fields = (touches & TOUCHES_SIGNED) != 0;
    const bool other_hash =
        (fields && composition->rehashed) || (touches & TOUCHES_HASH_ITSELF) != 0;
    if (input && !composition->rehashed) broken[RULE_INPUT_HASH] = true;
    if (fields && !composition->rehashed) broken[RULE_RECEIPT_HASH] = true;
    if (composition->signing == SIGNING_KEPT ? other_hash
                                             : composition->signing != SIGNING_IDENTITY_KEY)
        broken[RULE_SIGNATURE] = true;
    /* § 4 [E5]: inputHash seeds the random numbers of the notes that are forged with the key; the
       result of a merge is the number of its heads */
    if (input && composition->subject == FORGED_RECEIPT) broken[RULE_RESULT_HASH] = true;
}

/* § 11: the version fields are read first; heads of another version are not compared with its commitment. */
static void break_attestation(bool broken[RULE_COUNT],
                              const struct forgery_composition *composition)
{
    const bool fields = (touched(composition) & TOUCHES_SIGNED) != 0;
    if (composition->signing == SIGNING_KEPT ? fields
                                             : composition->signing != SIGNING_IDENTITY_KEY)
        broken[RULE_ATTESTATION_SIGNATURE] = true;
    if (broken[RULE_ATTESTATION_VERSION]) broken[RULE_HEADS_COMMITTED] = false;
}

/* Another's key in an envelope that the other has sealed: a good one of a stranger's. */
static bool resealed(const struct forgery_composition *composition)
{
    return composition->subject == FORGED_ENVELOPE && composition->signing == SIGNING_OWN_KEY &&
           composition->change_count == 1 &&
           strcmp(forgery_change_name(composition->changes[0]), "other_from") == 0;
}

static enum rule first_broken(const struct forgery_composition *composition, bool in_file)
{
    bool broken[RULE_COUNT] = {false};
    for (size_t i = 0; i < composition->change_count; i++) {
        const struct change *change = change_at(composition->changes[i]);
        broken[in_file ? change->in_file : change->breaks] = true;
    }
    if (forgery_about_receipt(composition)) break_receipt(broken, composition);
    if (composition->subject == FORGED_ATTEST) break_attestation(broken, composition);
    if (composition->subject == FORGED_ENVELOPE && composition->signing != SIGNING_KEPT)
        broken[RULE_ENVELOPE] = true;
    if (resealed(composition)) return RULE_NONE;
    size_t rule = 0;
    while (rule < RULE_NONE && !broken[rule])
        rule++;
    return (enum rule)rule;
}

enum frame_status forgery_composition_error(const struct forgery_composition *composition,
                                            bool in_file)
{
    static const enum frame_status errors[RULE_COUNT] = {
#define FORGERY_ERROR(rule, error) FRAME_##error,
        FORGERY_RULES(FORGERY_ERROR)
#undef FORGERY_ERROR
    };
    return errors[first_broken(composition, in_file)];
}

/* A signature with an R of small order fits all but that rule only where the signer has the key. */
bool forgery_composition_needs_key(const struct forgery_composition *composition)
{
    if (composition->subject == FORGED_MERGE) return true;
    if (composition->subject == FORGED_ENVELOPE) return false;
    for (size_t i = 0; i < composition->change_count; i++)
        if (change_at(composition->changes[i])->stage == STAGE_BASE) return true;
    return composition->signing == SIGNING_IDENTITY_KEY ||
           composition->signing == SIGNING_SMALL_ORDER;
}

/* ---- Can it be made? ---- */

const char *forgery_composition_problem(const struct forgery_composition *composition)
{
    uint32_t slots = 0;
    const bool attest = composition->subject == FORGED_ATTEST;
    const bool envelope = composition->subject == FORGED_ENVELOPE;
    for (size_t i = 0; i < composition->change_count; i++) {
        const struct change *change = change_at(composition->changes[i]);
        if (!forgery_change_fits(composition->changes[i], composition->subject))
            return "there is no such change of this subject";
        if ((slots & change->slots) != 0) return "two changes take hold of the same thing";
        slots |= change->slots;
    }
    if (composition->rehashed && !forgery_about_receipt(composition))
        return "only receipts are rehashed";
    if (composition->signing != SIGNING_KEPT && !forgery_about_receipt(composition) && !attest &&
        !envelope)
        return "only receipts, attestations and envelopes are signed";
    if (composition->signing == SIGNING_IDENTITY_KEY && envelope)
        return "envelopes are signed by transport keys";
    if (composition->change_count == 0 && composition->signing == SIGNING_KEPT)
        return "nothing is forged";
    if (forgery_composition_error(composition, false) == FRAME_OK &&
        !forgery_composition_needs_key(composition) && composition->subject != FORGED_REQUEST)
        return "nothing is forged";
    return NULL;
}

/* ---- Text ---- */

void forgery_composition_write(char *text, size_t size,
                               const struct forgery_composition *composition)
{
    int at = snprintf(text, size, "%s", subjects[composition->subject]);
    if (composition->change_count == 0) at += snprintf(text + at, size - (size_t)at, "/as_is");
    for (size_t i = 0; i < composition->change_count && (size_t)at < size; i++)
        at += snprintf(text + at, size - (size_t)at, "%c%s", i == 0 ? '/' : '+',
                       forgery_change_name(composition->changes[i]));
    if (composition->rehashed && (size_t)at < size)
        at += snprintf(text + at, size - (size_t)at, "/rehashed");
    if (composition->signing != SIGNING_KEPT && (size_t)at < size)
        (void)snprintf(text + at, size - (size_t)at, "/%s", signings[composition->signing]);
}

/* The part of the text up to the mark (or its end), which is taken off. */
static struct frame_span take_part(struct frame_span *text, uint8_t mark)
{
    struct frame_span part = {text->bytes, 0};
    while (part.length < text->length && text->bytes[part.length] != mark)
        part.length++;
    const size_t step = part.length < text->length ? part.length + 1 : part.length;
    text->bytes += step;
    text->length -= step;
    return part;
}

static size_t find_name(const char *const *names, size_t count, struct frame_span word)
{
    for (size_t i = 1; i < count; i++)
        if (span_is(word, names[i])) return i;
    return 0;
}

/* Keeps the changes ascending: then they are applied in one order, however they are written. */
static bool add_change(struct forgery_composition *composition, struct frame_span word)
{
    size_t found = 0;
    while (found < forgery_change_count() && (!span_is(word, forgery_change_name(found)) ||
                                              !forgery_change_fits(found, composition->subject)))
        found++;
    if (found == forgery_change_count()) return false;
    size_t at = composition->change_count++;
    for (; at > 0 && composition->changes[at - 1] > found; at--)
        composition->changes[at] = composition->changes[at - 1];
    composition->changes[at] = found;
    return true;
}

static const char *read_changes(struct forgery_composition *composition, struct frame_span *word,
                                struct frame_span text)
{
    if (span_is(text, "as_is")) return NULL;
    do {
        *word = take_part(&text, '+');
        if (composition->change_count == FORGERY_CHANGES_MAX) return "too many changes at once";
        if (!add_change(composition, *word)) return "there is no such change of this subject";
    } while (text.length > 0);
    return NULL;
}

static const char *read_end(struct forgery_composition *composition, struct frame_span *word,
                            struct frame_span text)
{
    while (text.length > 0) {
        *word = take_part(&text, '/');
        const size_t signing = find_name(signings, SIGNING_COUNT, *word);
        if (span_is(*word, "rehashed") && !composition->rehashed)
            composition->rehashed = true;
        else if (signing > 0 && composition->signing == SIGNING_KEPT)
            composition->signing = (enum forgery_signing)signing;
        else
            return "'rehashed', or whose signature, was expected here";
    }
    return NULL;
}

bool forgery_composition_read(struct forgery_composition *composition, const char **problem,
                              struct frame_span *word, struct frame_span text)
{
    memset(composition, 0, sizeof *composition);
    *word = take_part(&text, '/');
    composition->subject = (enum forgery_subject)find_name(subjects, FORGED_COUNT, *word);
    *problem = composition->subject == FORGED_NONE ? "there is no such subject" : NULL;
    if (*problem == NULL) *problem = read_changes(composition, word, take_part(&text, '/'));
    if (*problem == NULL) *problem = read_end(composition, word, text);
    if (*problem != NULL) return false;
    word->length = 0;
    *problem = forgery_composition_problem(composition);
    return *problem == NULL;
}
