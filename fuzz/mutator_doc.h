// SPDX-License-Identifier: Apache-2.0
/* An input taken apart into lines, and the receipts in them into one pool. */
#ifndef FUZZ_MUTATOR_DOC_H
#define FUZZ_MUTATOR_DOC_H

#include "mutator_pool.h"

enum { DOC_PARTS_MAX = 64 };

enum part_kind {
    PART_RAW,
    PART_CHAIN,       /* an array of receipts */
    PART_RECEIPT,     /* one receipt, made a first one */
    PART_ATTESTATION, /* of the first list, where there is one */
    PART_INTENT,      /* an inputPayload */
    PART_PAGE,        /* bodies of messages */
    PART_ATTEST,
    PART_BODY /* another body: only the hashes in it follow */
};
struct part {
    enum part_kind kind;
    char prefix[3];         /* of an event: its letter, and a peer */
    struct frame_span text; /* behind the prefix */
    size_t list;            /* CHAIN, RECEIPT, PAGE */
};

struct doc {
    struct pool pool;
    struct part parts[DOC_PARTS_MAX];
    size_t part_count;
    bool log;      /* the first list, framed */
    bool envelope; /* the first part is a body, to be sealed by `sealer` */
    size_t sealer;
    bool attest_all; /* attests and pages name the heads of all pages */
    uint64_t damage; /* of a log's frames or of an envelope, from this seed; 0: none */
};

/* False where nothing in it can be read. `bytes` must outlive it. */
bool doc_read(struct doc *doc, const uint8_t *bytes, size_t size, uint64_t seed);
void doc_release(struct doc *doc);
/* Seals everything and writes it; free the bytes. */
struct model_text doc_write(struct doc *doc);
/* One change. */
void doc_change(struct doc *doc);

#endif
