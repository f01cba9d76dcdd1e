// SPDX-License-Identifier: Apache-2.0
/*
 * A run's fingerprint: a chain of XXH3 hashes (128 bits), each over the one before it and one record. Records
 * are put together from integers, big-endian, and bytes' own hashes, so the same run has the same
 * fingerprint on every machine.
 */
#ifndef SIM_RUN_HASH_H
#define SIM_RUN_HASH_H

#include <stddef.h>
#include <stdint.h>

struct run_hash {
    uint8_t bytes[16]; /* canonical; all zero at the start */
};

/* One record in the making. */
enum { RUN_RECORD_BYTES_MAX = 256 };
struct run_record {
    uint8_t bytes[RUN_RECORD_BYTES_MAX];
    size_t length;
};
void run_record_begin(struct run_record *record);
void run_record_integer(struct run_record *record, uint64_t integer);
void run_record_bytes(struct run_record *record, const void *bytes, size_t length); /* their hash */
/* The same of bytes whose hash, XXH3 with 128 bits, is known. */
void run_record_digest(struct run_record *record, const uint8_t digest[16], size_t length);

void run_hash_add(struct run_hash *hash, const struct run_record *record);

#endif
