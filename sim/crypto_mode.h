// SPDX-License-Identifier: Apache-2.0
/* Which signatures simulated instances use. Hashes are SHA-256 in either mode. */
#ifndef SIM_CRYPTO_MODE_H
#define SIM_CRYPTO_MODE_H

#include <stdbool.h>

enum crypto_mode {
    CRYPTO_REAL, /* Ed25519, libsodium's */
    CRYPTO_IDEAL /* a keyed hash in its place: sim/crypto_ideal.h */
};
const char *crypto_mode_name(enum crypto_mode mode); /* real, ideal */
bool crypto_mode_find(enum crypto_mode *mode, const char *name);
/* What has to stand in a command that repeats a run: "" or " --crypto ideal". */
const char *crypto_mode_option(enum crypto_mode mode);

#endif
