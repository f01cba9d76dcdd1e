// SPDX-License-Identifier: Apache-2.0
/* Probes: names are names, hits are counted by the world they happen in, and survive the way between processes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli_probes.h"
#include "sim/world.h"

static unsigned checks;
static unsigned failures;

static void is(bool holds, const char *what)
{
    checks++;
    if (holds) return;
    failures++;
    printf("failed: %s\n", what);
}

static void test_names(void)
{
    size_t refusals = 0;
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        const char *name = probe_name((enum probe)i);
        is(strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789") == strlen(name), name);
        is(probe_what((enum probe)i)[0] != '\0', "says what it is");
        refusals += strncmp(name, "refused_", 8) == 0;
        for (size_t k = 0; k < i; k++)
            is(strcmp(name, probe_name((enum probe)k)) != 0, "names differ");
    }
    /* a refusal's probe has the name of its status */
#define PROBE_NAMED(status, name, often) \
    is(strcmp(&#name[8], frame_status_name(FRAME_##status)) == 0, #name);
    PROBE_REFUSAL_LIST(PROBE_NAMED)
#undef PROBE_NAMED
    is(refusals == 34, "34 kinds of refusal");
    is(PROBE_COUNT >= 100, "a hundred probes");
}

static void test_world(void)
{
    struct world_config config;
    struct world_peer_options options;
    uint64_t hits[PROBE_COUNT];
    world_config_init(&config);
    world_peer_options_init(&options);
    struct world *world = world_new(&config);
    is(world != NULL, "a world");
    if (world == NULL) return;
    world_probes(world, hits);
    for (size_t i = 0; i < PROBE_COUNT; i++)
        is(hits[i] == 0, "none is hit in an empty world");
    world_add_peer(world, "ana", &options);
    world_add_peer(world, "ben", &options);
    const struct world_intent intent = {.action = "notes.create", .payload = "{\"text\":\"x\"}"};
    world_intent(world, 0, &intent);
    is(world_run_until_converged(world, NULL, 0, 10 * WORLD_SECOND) == WORLD_RUN_DONE, "converges");
    world_probes(world, hits);
    is(hits[PROBE_acknowledged] == 1, "one intent is acknowledged");
    is(hits[PROBE_joined] == 1, "one receipt is joined");
    is(hits[PROBE_merged] == 0 && hits[PROBE_refused_link] == 0, "nothing else happens");
    world_free(world);
}

static void test_tally(void)
{
    struct probe_tally *tally = calloc(1, sizeof *tally);
    struct interpret_result result = {.verdict = INTERPRET_OK};
    char *text = NULL;
    size_t length = 0;
    if (tally == NULL) abort();
    result.probes[0] = UINT64_C(0x0102030405060708);
    result.probes[PROBE_COUNT - 1] = 1;
    for (int run = 0; run < 2; run++) {
        FILE *out = open_memstream(&text, &length);
        if (out == NULL) abort();
        fputs("words\n", out);
        probe_tally_put(out, &result);
        fclose(out);
        is(probe_tally_take(tally, text, length) == strlen("words\n"), "the text alone is left");
        free(text);
    }
    is(tally->hits[0] == UINT64_C(0x020406080a0c0e10) && tally->runs[0] == 2, "hits add up");
    is(tally->hits[1] == 0 && tally->runs[1] == 0, "none where none was");
    is(tally->hits[PROBE_COUNT - 1] == 2, "to the last one");
    free(tally);
}

int main(void)
{
    test_names();
    test_world();
    test_tally();
    printf("%u checks, %u failed\n", checks, failures);
    return failures != 0;
}
