// SPDX-License-Identifier: Apache-2.0
/* What `run` and `replay` share: one run, its exit code, and how its result is written. */
#ifndef SIM_CLI_RUN_H
#define SIM_CLI_RUN_H

#include "interpret.h"
#include "signature.h"
#include "tape_file.h"

enum {
    CLI_NO_CONVERGENCE = 4,
    CLI_UNSAFE = 5,     /* a safety check failed */
    CLI_BUDGET = 6,     /* the bound on events or memory was reached */
    CLI_IMPOSSIBLE = 7, /* there was nothing left that could have converged: no failure */
    CLI_PROBES = 8      /* a probe was never hit */
};

struct run_settings {
    bool has_seed;
    uint64_t seed;
    uint64_t events_max;
    struct crypto_memo *memo;
    bool story;
    bool trace;                                  /* every event on a line, in place of the story */
    const struct interpret_listener *listener;   /* who listens in place of both; NULL: nobody */
    const struct interpret_snapshots *snapshots; /* NULL: they are compared */
    FILE *tape_body;          /* gets the choices as they come; NULL: nobody wants them */
    struct tape_file *follow; /* NULL: the seed decides */
    bool verify;              /* run twice; what differs is a failure */
};

/* Runs a scenario, with its story or trace on `out`. */
void run_one(struct interpret_result *result, FILE *out, const struct scenario *scenario,
             const struct run_settings *settings);
int run_exit_code(enum interpret_verdict verdict);

/*
 * Reads the tape at `path` into `file`, the caller's, and lets `settings` follow it: the tape names seed and mode, and
 * the scenario where *scenario is NULL. CLI_OK, or the exit code after a line for the user of `command`.
 */
int run_load_tape(struct run_settings *settings, struct tape_file *file, enum crypto_mode *mode,
                  const char **scenario, const char *command, const char *path);

/* A run's result in a line or a few. `died`: there is no hash, its process has ended. */
void run_put_text(FILE *out, const struct scenario *scenario, const struct interpret_result *result,
                  bool died);
/* One line of canonical JSON; `signature` NULL where all is fine. */
void run_put_json(FILE *out, const struct scenario *scenario, const struct interpret_result *result,
                  const struct signature *signature, bool died, bool with_probes);

#endif
