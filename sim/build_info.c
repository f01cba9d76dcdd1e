// SPDX-License-Identifier: Apache-2.0
#include "sim/build_info.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "build_commit.h"

static const char *planted;
static void (*planter)(bool there);

void build_planted(const char *name, void (*plant)(bool there))
{
    planted = name;
    planter = plant;
}

bool build_plant(bool there)
{
    if (planter != NULL) planter(there);
    return planter != NULL;
}

const char *build_commit(void)
{
    static char text[100];
    if (planted == NULL) return BUILD_COMMIT;
    snprintf(text, sizeof text, "%s with %s", BUILD_COMMIT, planted);
    return text;
}

const char *build_replay(void)
{
    static char text[100];
    if (planted == NULL) return "framesim replay";
    snprintf(text, sizeof text, "framesim-planted replay --planted-bug %s", planted);
    return text;
}

static const char ideal[] = "ideal signatures, ";

const char *build_crypto(enum crypto_mode mode)
{
    static char texts[2][120];
#if defined(FRAMESIM_HAVE_LIBCRYPTO)
    static const char sha256[] = "libcrypto";
#else
    static const char sha256[] = "libsodium";
#endif
    snprintf(texts[mode], sizeof texts[mode],
             "%slibsodium %s, SHA-256 of %s, signature checks remembered",
             mode == CRYPTO_IDEAL ? ideal : "", sodium_version_string(), sha256);
    return texts[mode];
}

enum crypto_mode build_crypto_mode(const char *text, size_t length)
{
    const size_t size = sizeof ideal - 1;
    return length >= size && memcmp(text, ideal, size) == 0 ? CRYPTO_IDEAL : CRYPTO_REAL;
}
