// SPDX-License-Identifier: Apache-2.0
/* Which program this is: results and tapes say by what they were made. */
#ifndef SIM_BUILD_INFO_H
#define SIM_BUILD_INFO_H

/* The commit's first 12 hex digits, with a "+" where files differed from it; "unknown" where the source was
   no checkout; where a bug is planted, with its name behind: "0123456789ab with overdraft". */
const char *build_commit(void);
/* A bug is planted in this program; the name must outlive it. */
void build_planted(const char *name);
/* Whose cryptography runs in it: "libsodium 1.0.18, SHA-256 of libcrypto, signature checks remembered". */
const char *build_crypto(void);

#endif
