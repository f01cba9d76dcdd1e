// SPDX-License-Identifier: Apache-2.0
#ifndef FRAME_PLANTED_BUILD /* this file belongs to such builds alone, and is read outside of them too */
#define FRAME_PLANTED_BUILD
#endif
#include "planted_bug.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/planted.h"

enum frame_planted frame_planted_bug = FRAME_PLANTED_nothing;

void planted_bug_choose(void)
{
    static const char *const names[FRAME_PLANTED_COUNT] = {
#define NAME(name, section, what) [FRAME_PLANTED_##name] = #name,
        FRAME_PLANTED_LIST(NAME)
#undef NAME
    };
    const char *wanted = getenv("FRAMESIM_PLANTED_BUG");
    if (wanted == NULL) return;
    for (int i = FRAME_PLANTED_nothing + 1; i < FRAME_PLANTED_COUNT; i++) {
        if (strcmp(names[i], wanted) != 0) continue;
        frame_planted_bug = (enum frame_planted)i;
        return;
    }
    fprintf(stderr, "no planted bug '%s'\n", wanted);
    exit(2);
}
