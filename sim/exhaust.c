// SPDX-License-Identifier: Apache-2.0
#include "exhaust.h"

#include <stdarg.h>
#include <string.h>

const struct exhaust_kind exhaust_kinds[EXHAUST_KINDS] = {
    {"joins", 3, 4,
     "three devices write so many intents in every way; what comes of it (at most 6 receipts) is\n"
     "joined in every order of receipts, cut into batches in every way, with what each device "
     "holds\n"
     "on top: always the set, fold and report that the model has",
     exhaust_joins},
    {"merges", 3, 4,
     "of the same histories (at most 5 receipts) every three closed sets are three writers': each\n"
     "merges its heads, they take over each other's, and merge again: the model's receipts, byte "
     "for\n"
     "byte",
     exhaust_merges},
    {"deliveries", 1, 5,
     "two instances write up to 2 receipts (2 and more: 3), the last at any time; of at most 6 "
     "messages on\n"
     "their way each is delivered, lost or delivered twice, and time passes, in every order: with "
     "one\n"
     "(3: two, and so on) of what is no delivery. Once all is calm they converge",
     exhaust_deliveries},
    {"crashes", 1, 2,
     "two instances write, fork and merge; one crashes before every event and after every 16th "
     "byte\n"
     "(2: every byte) of every write, restarts from its log, and they converge with all that was\n"
     "acknowledged",
     exhaust_crashes},
    {"changes", 1, 3,
     "every byte (three values; 2: every bit; 3: every value) of a short chain, its log, its "
     "attestation and an\n"
     "envelope of every type of message is changed: refused, and nothing has changed",
     exhaust_changes},
    {"truncations", 1, 1,
     "the same, ending after every byte: logs are cut where their last whole frame ends, and all "
     "else\n"
     "is refused",
     exhaust_truncations},
};

void exhaust_init(struct exhaust *exhaust, const struct frame_crypto *crypto, unsigned depth,
                  FILE *out)
{
    static const uint8_t seed[32] = {0x5e};
    memset(exhaust, 0, sizeof *exhaust);
    exhaust->crypto = crypto;
    exhaust->depth = depth;
    exhaust->out = out;
    exhaust->identity = (struct frame_span){(const uint8_t *)"alice", 5};
    crypto->key_pair(crypto->context, &exhaust->secret, &exhaust->key, seed);
}

void exhaust_count(struct exhaust *exhaust, const char *what, uint64_t more)
{
    size_t i = 0;
    while (i < exhaust->count && strcmp(exhaust->counts[i].what, what) != 0)
        i++;
    if (i == EXHAUST_COUNTS_MAX) return;
    if (i == exhaust->count) exhaust->counts[exhaust->count++].what = what;
    exhaust->counts[i].count += more;
}

bool exhaust_enough(const struct exhaust *exhaust)
{
    return exhaust->failures >= EXHAUST_FAILURES_MAX;
}

bool exhaust_check(struct exhaust *exhaust, bool good, const char *format, ...)
{
    if (good) return true;
    if (exhaust->failures++ < EXHAUST_TOLD_MAX) {
        va_list arguments;
        va_start(arguments, format);
        (void)fputs("  failed: ", exhaust->out);
        (void)vfprintf(exhaust->out, format, arguments);
        (void)fputc('\n', exhaust->out);
        va_end(arguments);
    }
    return false;
}
