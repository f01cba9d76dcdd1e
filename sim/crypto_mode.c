// SPDX-License-Identifier: Apache-2.0
#include "sim/crypto_mode.h"

#include <string.h>

const char *crypto_mode_name(enum crypto_mode mode)
{
    return mode == CRYPTO_IDEAL ? "ideal" : "real";
}

bool crypto_mode_find(enum crypto_mode *mode, const char *name)
{
    for (int i = CRYPTO_REAL; i <= CRYPTO_IDEAL; i++) {
        if (strcmp(name, crypto_mode_name((enum crypto_mode)i)) != 0) continue;
        *mode = (enum crypto_mode)i;
        return true;
    }
    return false;
}

const char *crypto_mode_option(enum crypto_mode mode)
{
    return mode == CRYPTO_IDEAL ? " --crypto ideal" : "";
}
