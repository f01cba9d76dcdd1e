// SPDX-License-Identifier: Apache-2.0
/*
 * No target may ask for time or randomness: the linker sends such calls here (--wrap), and while a target
 * runs they abort. The fuzzing engines' own calls, between inputs, go through.
 */
#include <stdlib.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>

#include "fuzz.h"

#define FORBIDDEN(type, name, parameters, arguments) \
    type __real_##name parameters;                   \
    type __wrap_##name parameters;                   \
    type __wrap_##name parameters                    \
    {                                                \
        FUZZ_CHECK(!fuzz_running);                   \
        return __real_##name arguments;              \
    }

FORBIDDEN(time_t, time, (time_t * seconds), (seconds))
FORBIDDEN(int, clock_gettime, (clockid_t clock, struct timespec *now), (clock, now))
FORBIDDEN(int, gettimeofday, (struct timeval * now, void *zone), (now, zone))
FORBIDDEN(clock_t, clock, (void), ())
FORBIDDEN(int, rand, (void), ())
FORBIDDEN(long, random, (void), ())
FORBIDDEN(ssize_t, getrandom, (void *bytes, size_t size, unsigned flags), (bytes, size, flags))
FORBIDDEN(uint32_t, randombytes_random, (void), ())
FORBIDDEN(uint32_t, randombytes_uniform, (uint32_t bound), (bound))
