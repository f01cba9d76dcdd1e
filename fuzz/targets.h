// SPDX-License-Identifier: Apache-2.0
/* All targets: target_NAME.c each, with inputs in corpora/NAME. */
#ifndef FUZZ_TARGETS_H
#define FUZZ_TARGETS_H

#define FUZZ_TARGETS(X) \
    X(json)             \
    X(receipt)          \
    X(parse)            \
    X(verify)           \
    X(merge)            \
    X(execute)          \
    X(attestation)      \
    X(envelope)         \
    X(sync)             \
    X(routing)          \
    X(log)              \
    X(scenario)         \
    X(tape)

#endif
