// SPDX-License-Identifier: Apache-2.0
/* A canonical document read value by value and written anew: strings decoded and encoded, integers read
   and printed, keys held to their order. */
#ifndef FUZZ_JSON_AGAIN_H
#define FUZZ_JSON_AGAIN_H

#include "core/frame.h"

/* Allocated; frees with json_again_free. */
struct frame_span json_again(struct frame_span document);
void json_again_free(struct frame_span text);

#endif
