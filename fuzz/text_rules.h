// SPDX-License-Identifier: Apache-2.0
/* What a value of canonical JSON may have to be (§ 3, 11, 12), asked once more and slowly. */
#ifndef FUZZ_TEXT_RULES_H
#define FUZZ_TEXT_RULES_H

#include "core/json.h"

/* Canonical JSON (§ 2), and an object; any bytes may be asked about. The others ask about values of such text. */
bool canonical_object(struct frame_span text);
/* A string of so many bytes once decoded. */
bool is_text(struct frame_span value, size_t least, size_t most);
/* A string of just so many lower-case hex digits. */
bool is_hex(struct frame_span value, size_t digits);
/* A string of 1 to 64 of [A-Za-z0-9._-]. */
bool is_name(struct frame_span value);
bool is_integer(struct frame_span value, int64_t least);
/* An array of strings, ascending in UTF-16 code units, each once. */
bool is_ascending(struct frame_span value);
/* An array of at most so many hex64. */
bool is_hashes(struct frame_span value, size_t most);
/* Containers that are open at once at the most. */
size_t depth_of(struct frame_span value);
/* An object of these members and no others, in the order of their names; the values of as many. */
bool has_just(struct frame_span object, const char *const *names, size_t count,
              struct frame_span *values);

#endif
