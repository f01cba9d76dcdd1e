// SPDX-License-Identifier: Apache-2.0
#include "sim/build_info.h"

#include <sodium.h>
#include <stdio.h>

#include "build_commit.h"

static const char *planted;

void build_planted(const char *name)
{
    planted = name;
}

const char *build_commit(void)
{
    static char text[100];
    if (planted == NULL) return BUILD_COMMIT;
    snprintf(text, sizeof text, "%s with %s", BUILD_COMMIT, planted);
    return text;
}

const char *build_crypto(void)
{
    static char text[100];
#if defined(FRAMESIM_HAVE_LIBCRYPTO)
    static const char sha256[] = "libcrypto";
#else
    static const char sha256[] = "libsodium";
#endif
    snprintf(text, sizeof text, "libsodium %s, SHA-256 of %s, signature checks remembered",
             sodium_version_string(), sha256);
    return text;
}
