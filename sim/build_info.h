// SPDX-License-Identifier: Apache-2.0
/* Which program this is: results and tapes say by what they were made. */
#ifndef SIM_BUILD_INFO_H
#define SIM_BUILD_INFO_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/crypto_mode.h"

/* The commit's first 12 hex digits, with a "+" where files differed from it; "unknown" where the source was
   no checkout; where a bug is planted, with its name behind: "0123456789ab with overdraft". */
const char *build_commit(void);
/* A bug is planted in this program; the name must outlive it. `plant` takes it out, and puts it back. */
void build_planted(const char *name, void (*plant)(bool there));
/* Takes the planted bug out, or puts it back. False: this program has none. */
bool build_plant(bool there);
/* How this program is asked to replay something: "framesim replay", or with the planted bug. */
const char *build_replay(void);
/* Whose cryptography runs in it: "libsodium 1.0.18, SHA-256 of libcrypto, signature checks remembered", behind
   "ideal signatures, " where they are. Another call with the other mode leaves it as it is. */
const char *build_crypto(enum crypto_mode mode);
/* The mode that such a text names; real where it names none. */
enum crypto_mode build_crypto_mode(const char *text, size_t length);

#endif
