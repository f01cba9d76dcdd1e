// SPDX-License-Identifier: Apache-2.0
/* Instances of the identity that fuzz inputs belong to: "alice.frame", fuzz key 0. */
#ifndef FUZZ_INSTANCES_H
#define FUZZ_INSTANCES_H

#include "fuzz.h"

/* Its transport key is fuzz key 7. */
enum { INSTANCES_TRANSPORT = 7 };
struct frame_span instances_identity(void);
/* `discovery`: § 15 to 18 are on. */
struct frame_instance *instances_new(const struct frame_crypto *crypto, uint64_t now_ms,
                                     bool discovery);

#endif
