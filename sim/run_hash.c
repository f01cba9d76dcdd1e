// SPDX-License-Identifier: Apache-2.0
#include "sim/run_hash.h"

#include <string.h>
#include <xxhash.h>

#include "core/memory.h"

static uint8_t *record_room(struct run_record *record, size_t length)
{
    FRAME_ASSERT(record->length + length <= RUN_RECORD_BYTES_MAX);
    uint8_t *room = record->bytes + record->length;
    record->length += length;
    return room;
}

void run_record_begin(struct run_record *record)
{
    record->length = 0;
}

void run_record_integer(struct run_record *record, uint64_t integer)
{
    uint8_t *room = record_room(record, 8);
    for (unsigned i = 0; i < 8; i++)
        room[i] = (uint8_t)(integer >> (56 - 8 * i));
}

void run_record_bytes(struct run_record *record, const void *bytes, size_t length)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, length));
    run_record_digest(record, canonical.digest, length);
}

void run_record_digest(struct run_record *record, const uint8_t digest[16], size_t length)
{
    run_record_integer(record, length);
    memcpy(record_room(record, 16), digest, 16);
}

void run_hash_add(struct run_hash *hash, const struct run_record *record)
{
    uint8_t both[sizeof hash->bytes + RUN_RECORD_BYTES_MAX];
    memcpy(both, hash->bytes, sizeof hash->bytes);
    memcpy(both + sizeof hash->bytes, record->bytes, record->length);
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(both, sizeof hash->bytes + record->length));
    memcpy(hash->bytes, canonical.digest, sizeof hash->bytes);
}
