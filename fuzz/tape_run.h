// SPDX-License-Identifier: Apache-2.0
/*
 * A short simulated run whose choices the input makes: lines `identity=value` are overrides of the tape of
 * one fixed world, in which links lose, double, turn round and damage messages, disks tear, and peers crash.
 */
#ifndef FUZZ_TAPE_RUN_H
#define FUZZ_TAPE_RUN_H

#include "core/frame.h"

/* Runs it, faults first, then none, and holds all checks of the world. */
void tape_run(const uint8_t *data, size_t size);

/* What the run before asked for, for the mutator: identities that can be overridden, and their bounds. */
enum { TAPE_ASKED_MAX = 4096 };
size_t tape_asked_count(void);
const char *tape_asked(size_t i, uint64_t *bound);

#endif
